// The plan of one read: which way to Close, with what conditions; its JSON form in a plan tree.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/read_request.h"
#include "providers/close/filter.h"
#include "providers/close/objects.h"
#include "providers/close/search_filter.h"
#include "providers/close/wire.h"

namespace crm::close_crm {

struct Query {
  enum class Route : std::uint8_t {
    kList,    // one list, filtered
    kIds,     // each record by its id, or as many as go with one request
    kLeads,   // one list for each lead id
    kRanked,  // one list, filtered, in the order of a number and up to a bound
    kSearch,  // the search index
  };
  Route route = Route::kList;
  std::optional<Filter> key;           // kIds: on id; kLeads: on lead_id
  std::vector<Filter> filters;         // kList, kLeads and kRanked
  std::vector<SearchNode> conditions;  // kSearch, ANDed
  std::optional<Operand> text_query;   // kList: in the words of Close
  Operand bound;                       // kRanked: of the field `order`
  std::string order;                   // by this time, or kRanked by this number; empty: any
  bool descending = false;
  bool count = false;               // how many, not which
  std::int64_t first_page = 0;      // rows; 0: as many as go
  std::vector<std::string> mapped;  // fields that have columns of their own; only if the rest is wanted

  std::string Encode() const;
  static Query Decode(std::string_view plan);
};

// How many ids one call for several records names.
inline constexpr std::int64_t kIdsPerCall = 100;

// The names for _fields; empty: everything is wanted. `also` are fields beside the plan's own.
std::vector<std::string> FieldSelectors(const Object &object, const std::vector<Field> &fields,
                                        const std::vector<std::string> &also);

// Fields that paging or forking needs beside those of the plan.
std::vector<std::string> PagingFields(const Object &object, const Query &query);
// The time that a search goes by: that of the order, else that of creation, which never changes.
std::string SearchKeyOf(const Query &query);
// List parameters that do not depend on values: what the list is always asked with, and the order.
std::vector<Param> ListParams(const Object &object, const Query &query);

// The body of a search, but for paging. `selectors` empty: ids only.
struct SearchBody {
  Json query;  // type and conditions
  Json sort, fields;
};
// nullopt: no row can match.
std::optional<SearchBody> MakeSearchBody(const Object &object, const Query &query,
                                         const SearchBinding &binding,
                                         const std::vector<std::string> &selectors);

// Throws kUnknownObject, with the valid names as a hint.
const Object &PlannedObject(std::string_view name);

}  // namespace crm::close_crm
