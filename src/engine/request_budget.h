// Counts requests per outermost statement, for crm_fdw.max_requests.
#pragma once
#include <cstdint>
#include <map>

namespace crm {

class RequestBudget {
 public:
  // Counts one request of that statement. limit 0: none. Throws kTooManyRequests instead of counting it.
  void Charge(std::uint64_t statement, std::int64_t limit);

 private:
  std::map<std::uint64_t, std::int64_t> used_;
};

}  // namespace crm
