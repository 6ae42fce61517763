#include "engine/pool.h"

#include <algorithm>
#include <utility>

#include "engine/process.h"

namespace crm {
namespace {

constexpr std::size_t kMaxIdle = 8;

}  // namespace

Lease &Lease::operator=(Lease &&other) noexcept {
  if (this == &other) return *this;
  Release();
  key_ = std::move(other.key_);
  epoch_ = other.epoch_;
  channel_ = std::move(other.channel_);
  return *this;
}

void Lease::Release() noexcept {
  if (channel_ == nullptr) return;
  try {
    process().pool.GiveBack(std::move(key_), epoch_, std::move(channel_));
  } catch (...) {
    // Out of memory: the channel is gone instead of idle.
    channel_.reset();
  }
}

Lease Pool::Take(const Account &account, const std::string &origin) {
  const ChannelTarget target = TargetOf(account, origin);
  const PoolKey key{account.key, account.generation, target.origin, target.ca_file};
  const std::uint64_t epoch = process().epoch;
  std::erase_if(idle_, [&](const Idle &idle) { return idle.epoch != epoch; });
  // The most recently used one, whose connections are the likeliest to be open still.
  const auto found =
      std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle &idle) { return idle.key == key; });
  std::unique_ptr<Channel> channel;
  if (found == idle_.rend()) {
    channel = process().runtime().make_channel(target);
  } else {
    channel = std::move(found->channel);
    idle_.erase(std::next(found).base());
  }
  ++leased_;
  return Lease(key, epoch, std::move(channel));
}

void Pool::GiveBack(PoolKey key, std::uint64_t epoch, std::unique_ptr<Channel> channel) {
  --leased_;
  if (!channel->idle() || epoch != process().epoch) return;
  if (idle_.size() == kMaxIdle) idle_.pop_front();
  idle_.push_back({std::move(key), epoch, std::move(channel)});
}

}  // namespace crm
