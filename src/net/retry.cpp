#include "net/retry.h"

#include <algorithm>
#include <limits>

namespace crm {

namespace {
constexpr std::int64_t kMaxNamedJitterMs = 1'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
}  // namespace

std::int64_t BackoffMs(const RetryPolicy &policy, int attempt, std::int64_t asked_ms, std::uint64_t random) {
  const auto jitter = [random](std::int64_t room) {
    return static_cast<std::int64_t>(random %
                                     (static_cast<std::uint64_t>(std::max<std::int64_t>(room, 0)) + 1));
  };
  if (asked_ms >= 0) {
    const std::int64_t wait = std::max(asked_ms, policy.floor_ms);
    const std::int64_t extra = jitter(std::min(wait / 10, kMaxNamedJitterMs));
    return extra > kNever - wait ? kNever : wait + extra;
  }
  std::int64_t ceiling = std::min(policy.base_ms, policy.cap_ms);
  for (int i = 1; i < attempt && ceiling < policy.cap_ms; ++i) {
    ceiling = ceiling > policy.cap_ms / 2 ? policy.cap_ms : ceiling * 2;
  }
  return policy.floor_ms + jitter(ceiling - policy.floor_ms);
}

bool MayRepeat(const HttpRequest &request, const HttpResponse &response) {
  // These would come again.
  if (response.error == TransferError::kTls || response.error == TransferError::kTooLarge) return false;
  return request.safe_to_repeat || !response.request_sent || response.status == 429;
}

}  // namespace crm
