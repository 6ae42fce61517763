// Reading and counting through the search index.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/value.h"
#include "providers/close/query.h"
#include "providers/close/record_exchange.h"

namespace crm::close_crm {

struct SearchJob {
  Query query;
  std::vector<Value> params;
  std::int64_t page_size = 200;
};

// Rows in the order of SearchKeyOf(query), or one row with their number if query.count.
std::unique_ptr<Exchange> ReadSearch(ShapePtr shape, SearchJob job);

}  // namespace crm::close_crm
