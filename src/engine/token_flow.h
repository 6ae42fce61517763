// One renewal of an access token, without blocking. It belongs to the process, not to the operation that
// asked for it: a renewal whose request is on the wire must be seen through even if that operation is
// cancelled, because the answer may hold the only refresh token that is still good.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/account.h"
#include "engine/pool.h"
#include "engine/token_store.h"

namespace crm {

// Renewed this long before it expires: clocks differ, and requests take time.
inline constexpr std::int64_t kTokenMarginUs = 60LL * 1'000'000;

// Good for more than the margin at `now_us`, or for an unknown time.
bool IsFresh(const Token &token, std::int64_t now_us);

class TokenFlow {
 public:
  // `refused`: the access token that the CRM no longer takes, empty: none. `refresh`: the newest refresh
  // token this process knows, empty: the configured one.
  TokenFlow(std::shared_ptr<const Account> account, Secret refused, Secret refresh);

  // Makes what progress it can. True: the token is there. Throws Error when there will be none.
  bool Step();
  // After a failure: gives back the lock and the channel.
  void Release() noexcept;
  Token TakeToken() { return std::move(token_); }
  const Provider &provider() const { return *account_->provider; }

  // What to wait for: -1 and INT64_MAX are nothing. The time is the steady clock's.
  int fd() const { return lease_ ? lease_->fd() : -1; }
  std::int64_t wake_us() const { return in_flight_ ? INT64_MAX : wake_us_; }
  // A refresh token that is good for one use is on the wire.
  bool must_finish() const { return in_flight_ && store_.has_value(); }

 private:
  bool Begin();
  bool WaitForLock(std::int64_t now_us);
  void Send();
  bool Receive();
  void Accept(const HttpResponse &response);

  std::shared_ptr<const Account> account_;
  Secret refused_, refresh_;
  std::optional<TokenStore> store_;
  Lease lease_;
  HttpRequest request_;  // without its body once it is sent
  Channel::Id id_ = 0;
  Token token_;
  std::int64_t wake_us_ = INT64_MIN, give_up_us_ = INT64_MAX, sent_us_ = 0;
  int attempts_ = 0;
  bool in_flight_ = false, done_ = false;
};

}  // namespace crm
