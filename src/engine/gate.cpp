#include "engine/gate.h"

#include <algorithm>

namespace crm {
namespace {

// Far above the number of endpoint groups of any account; keeps a provider's mistake from growing it for
// ever.
constexpr std::size_t kMaxGroups = 1024;
// No CRM's window is longer; also keeps the sums below from overflowing.
constexpr std::int64_t kLongestWaitUs = 24LL * 3600 * 1'000'000;

}  // namespace

std::int64_t &Gate::Arrival(const Account &account, const std::string &group, std::int64_t now_us) {
  if (arrivals_.size() >= kMaxGroups)
    std::erase_if(arrivals_, [&](const auto &entry) { return entry.second <= now_us; });
  // A state in the past lets everything pass, as a new one must.
  return arrivals_.try_emplace({account.key, group}, INT64_MIN).first->second;
}

std::int64_t Gate::Admit(const Account &account, const std::string &group, std::int64_t now_us) {
  std::int64_t &arrival = Arrival(account, group, now_us);
  const Admission admission = crm::Admit(arrival, now_us, account.rate);
  arrival = admission.next_arrival_us;
  return admission.wait_us;
}

void Gate::PushBack(const Account &account, const std::string &group, std::int64_t now_us,
                    std::int64_t wait_us) {
  std::int64_t &arrival = Arrival(account, group, now_us);
  // The burst allowance would let requests pass that much earlier.
  arrival = std::max(arrival,
                     now_us + std::clamp<std::int64_t>(wait_us, 0, kLongestWaitUs) + account.rate.burst_us);
}

void Gate::Correct(const Account &account, const std::string &group, std::int64_t now_us,
                   const RateReport &report) {
  if (report.limit <= 0) return;
  if (report.remaining <= 0) {
    const std::int64_t reset_ms = std::clamp<std::int64_t>(report.reset_ms, 0, kLongestWaitUs / 1000);
    PushBack(account, group, now_us, reset_ms * 1000);
    return;
  }
  const Rate &rate = account.rate;
  if (rate.interval_us <= 0 || report.remaining > rate.burst_us / rate.interval_us) return;
  // With `remaining` left, at most that many may go at once.
  std::int64_t &arrival = Arrival(account, group, now_us);
  arrival = std::max(arrival, now_us + rate.burst_us - (report.remaining - 1) * rate.interval_us);
}

}  // namespace crm
