// Idle channels of this process, so that a statement finds the connections of the one before.
#pragma once
#include <compare>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "engine/account.h"
#include "net/channel.h"

namespace crm {

struct PoolKey {
  AccountKey account;
  std::uint64_t generation = 0;
  std::string origin, ca_file;
  bool operator==(const PoolKey &) const = default;
};

// A channel for one user at a time; goes back to the pool when it dies, unless something is under way on it.
class Lease {
 public:
  Lease() = default;
  Lease(PoolKey key, std::uint64_t epoch, std::unique_ptr<Channel> channel)
      : key_(std::move(key)), epoch_(epoch), channel_(std::move(channel)) {}
  Lease(Lease &&) = default;
  Lease &operator=(Lease &&other) noexcept;
  ~Lease() { Release(); }

  explicit operator bool() const { return channel_ != nullptr; }
  Channel *operator->() const { return channel_.get(); }
  const std::string &origin() const { return key_.origin; }

 private:
  void Release() noexcept;

  PoolKey key_;
  std::uint64_t epoch_ = 0;
  std::unique_ptr<Channel> channel_;
};

class Pool {
 public:
  // Throws kHostNotAllowed, or what making a channel throws.
  Lease Take(const Account &account, const std::string &origin);
  std::int32_t open_channels() const { return static_cast<std::int32_t>(idle_.size()) + leased_; }

 private:
  friend class Lease;
  void GiveBack(PoolKey key, std::uint64_t epoch, std::unique_ptr<Channel> channel);

  struct Idle {
    PoolKey key;
    std::uint64_t epoch;
    std::unique_ptr<Channel> channel;
  };
  std::deque<Idle> idle_;  // the longest idle first
  std::int32_t leased_ = 0;
};

}  // namespace crm
