// Reading through Close's lists, and records by their ids.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "providers/close/record_exchange.h"

namespace crm::close_crm {

struct ListJob {
  std::vector<Param> params;                   // filters and order
  bool timed = false;                          // sorted by the list's time, newest first unless it `sorts`
  bool sorts = false;                          // the order by time was asked for
  bool descending = false;                     // that order
  bool ordered = false;                        // and it was promised
  bool whole = false;                          // the reader will not stop early
  std::int64_t page_size = 0, first_page = 0;  // page_size 0: the list comes at once
  bool by_key = false;                         // few rows of many, perhaps asked for again and again
  std::optional<std::string> lead_id;          // only rows of this lead are given
  std::set<std::string> ids;                   // not empty: asked for by id__in
};

std::unique_ptr<Exchange> ReadList(ShapePtr shape, ListJob job);
std::unique_ptr<Exchange> ReadById(ShapePtr shape, std::string id);
// One row with the number of rows that the list counts. `params`: filters.
std::unique_ptr<Exchange> CountList(ShapePtr shape, std::vector<Param> params);

}  // namespace crm::close_crm
