// From conditions to list parameters: the plan of one read, its JSON form, and its binding to values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/read_request.h"
#include "providers/close/objects.h"
#include "providers/close/wire.h"

namespace crm::close_crm {

// A right-hand side: a constant, or a parameter bound at execution.
struct Operand {
  int param = -1;
  Value constant;  // param < 0
};

// `field op operand` that goes into list parameters.
struct Filter {
  enum class Kind : std::uint8_t {
    kId,       // one id, or several by comma
    kText,     // one word, or several by comma; those that could be misread are not sent
    kLead,     // one lead id; the list takes no more
    kDay,      // compared as days
    kInstant,  // compared as seconds, so that the range is widened
  };
  std::string field;
  Kind kind = Kind::kId;
  CompareOp op = CompareOp::kEq;  // kDay and kInstant; the others are equality
  bool any = false;               // field = ANY (operand)
  Operand operand;
};

struct Query {
  enum class Route : std::uint8_t {
    kList,   // one list, filtered
    kIds,    // each record by its id; leads up to 100 at a time
    kLeads,  // one list for each lead id
  };
  Route route = Route::kList;
  std::optional<Filter> key;    // kIds: on id; kLeads: on lead_id
  std::vector<Filter> filters;  // kList and kLeads
  bool ordered = false;         // by date_created
  bool descending = false;
  std::int64_t first_page = 0;      // rows; 0: as many as go
  std::vector<std::string> mapped;  // fields that have columns of their own; only if the rest is wanted

  std::string Encode() const;
  static Query Decode(std::string_view plan);
};

// Filters as list parameters. `params` null: unbound ones read "$1".
struct Bound {
  bool nothing = false;  // no row can match
  std::vector<Param> params;
};
Bound BindFilters(const std::vector<Filter> &filters, const std::vector<Value> *params);
const Value &BoundValue(const Operand &operand, const std::vector<Value> &params);

// Whether a refusal of `field` ("lead", "status_id") means this list parameter ("lead_id", "status_id__in").
bool ErrorMeansParam(std::string_view field, std::string_view param);

// How many ids one call for several leads names.
inline constexpr std::int64_t kIdsPerCall = 100;

// The value of _fields; empty: everything is wanted. `also` are fields beside the plan's own.
std::string FieldsParam(const Object &object, const std::vector<Field> &fields,
                        const std::vector<std::string> &also);

// Fields that paging or forking needs beside those of the plan.
std::vector<std::string> PagingFields(const Object &object, const Query &query);
// List parameters that do not depend on values: the order.
std::vector<Param> ListParams(const Object &object, const Query &query);

// Throws kUnknownObject, with the valid names as a hint.
const Object &PlannedObject(std::string_view name);

std::vector<AccessPath> PlanRead(const ReadRequest &request);
std::string DescribeRead(const ReadPlan &plan, const std::vector<Value> *params);

}  // namespace crm::close_crm
