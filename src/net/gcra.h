// Generic cell rate algorithm: one 64-bit number per limit, so the same rule serves one backend now and all
// of them through shared memory later.
#pragma once
#include <algorithm>
#include <cstdint>

namespace crm {

struct Rate {
  std::int64_t interval_us = 0;  // between two requests at the sustained rate; 0: no limit
  std::int64_t burst_us = 0;     // how far ahead of the schedule one may run
};

struct Admission {
  std::int64_t next_arrival_us;  // the new state
  std::int64_t wait_us;          // 0: go now
};

// `arrival_us`: theoretical arrival time so far. The request is charged at once; send it after wait_us.
inline Admission Admit(std::int64_t arrival_us, std::int64_t now_us, const Rate &rate) {
  const std::int64_t start = std::max(arrival_us, now_us);
  return {start + rate.interval_us, std::max<std::int64_t>(0, start - rate.burst_us - now_us)};
}

}  // namespace crm
