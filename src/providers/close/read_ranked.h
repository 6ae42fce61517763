// Reading a list in the order of a number, up to a bound.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "providers/close/record_exchange.h"

namespace crm::close_crm {

struct RankedJob {
  std::vector<Param> params;   // filters and order
  std::string field;           // that the list is sorted by; a number, or null
  bool descending = false;     // from the greatest on
  std::optional<double> last;  // rows behind it are not wanted; nullopt: all are
  std::int64_t page_size = 0;
};

// Each row up to the bound once, and perhaps some behind it. The list may change meanwhile, and rows of equal
// numbers may come in another order each time: each page begins before those that the last one ended with,
// and where it does not, reading begins anew.
std::unique_ptr<Exchange> ReadRanked(ShapePtr shape, RankedJob job);

}  // namespace crm::close_crm
