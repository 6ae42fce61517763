// When to send again, as pure rules.
#pragma once
#include <cstdint>

#include "net/http.h"

namespace crm {

struct RetryPolicy {
  int max_retries = 4;           // server option max_retries
  std::int64_t floor_ms = 50;    // never wait less
  std::int64_t base_ms = 500;    // doubled per attempt, with full jitter
  std::int64_t cap_ms = 30'000;  // of one back-off; a reset value named by the CRM is obeyed beyond it
};

// How long to wait before attempt number `attempt` (1 = first retry). `asked_ms` is what the CRM said, -1:
// nothing. A value the CRM named is never undercut; up to 10 % (at most 1 s) of jitter is added.
std::int64_t BackoffMs(const RetryPolicy &policy, int attempt, std::int64_t asked_ms, std::uint64_t random);

// May this request be sent again after this outcome? A request that is not safe to repeat may only be when
// the server cannot have acted on it: nothing was sent, or it answered 429. What would come again (a refused
// certificate, an answer over the size limit) is never worth it.
bool MayRepeat(const HttpRequest &request, const HttpResponse &response);

}  // namespace crm
