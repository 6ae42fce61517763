#include "engine/request_budget.h"

#include <string>

#include "core/error.h"

namespace crm {
namespace {

// Statements whose cursors may be open side by side; older ones than that start anew.
constexpr std::size_t kMaxStatements = 64;

}  // namespace

void RequestBudget::Charge(std::uint64_t statement, std::int64_t limit) {
  std::int64_t &used = used_[statement];
  if (limit > 0 && used >= limit)
    throw Error(CrmErrorKind::kTooManyRequests,
                "statement needs more than " + std::to_string(limit) + " requests",
                "The setting crm_fdw.max_requests limits them.",
                "Narrow the query, or raise the limit: SET crm_fdw.max_requests = 0;");
  ++used;
  // Statements are numbered upwards.
  if (used_.size() > kMaxStatements)
    used_.erase(used_.begin()->first == statement ? std::next(used_.begin()) : used_.begin());
}

}  // namespace crm
