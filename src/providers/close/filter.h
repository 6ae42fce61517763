// From conditions to the parameters of Close's lists (close §4, 9.3 to 9.6).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/read_request.h"
#include "providers/close/objects.h"
#include "providers/close/wire.h"
#include "providers/operand.h"

namespace crm::close_crm {

// `field op operand` that goes into list parameters.
struct Filter {
  enum class Kind : std::uint8_t {
    kId,       // one id, or several by comma
    kText,     // one word, or several by comma; those that could be misread are not sent
    kLead,     // one id; the list takes no more of them
    kDay,      // compared as days
    kInstant,  // compared as seconds, so that the range is widened
    kFlag,     // a boolean; the operand is it
  };
  std::string field;
  Kind kind = Kind::kId;
  CompareOp op = CompareOp::kEq;  // kDay and kInstant; the others are equality
  bool any = false;               // field = ANY (operand)
  Operand operand;
};

Json EncodeFilter(const Filter &filter);
Filter DecodeFilter(const Json &json);

// Filters as list parameters. `params` null: unbound ones read "$1".
struct Bound {
  bool nothing = false;  // no row can match
  std::vector<Param> params;
};
Bound BindFilters(const std::vector<Filter> &filters, const std::vector<Value> *params);

// What one conjunct could be sent as.
struct Candidate {
  std::optional<Filter> filter;
  std::string reason;  // why not
};
Candidate TranslateForList(const Expr &expr, const ReadRequest &request, const Object &object);
Verdict VerdictOf(const Filter &filter, const Object &object);
std::string VerdictReason(const Filter &filter, const Object &object);
// Names of the parameters a filter fills, so that none is sent twice.
std::vector<std::string> SlotsOf(const Filter &filter);
// How many values it names, as far as planning can know.
double ItemCount(const Operand &operand, bool any);
std::string NoFilter(const Object &object, std::string_view field);

// Whether a refusal of `field` ("lead", "status_id") means this list parameter ("lead_id", "status_id__in").
bool ErrorMeansParam(std::string_view field, std::string_view param);
// Whether the parameter is a filter that was refused by that error: without it more rows come, which
// PostgreSQL drops.
bool MayDrop(const Param &param, std::string_view error_field);
// Leaves those out; what the list is always asked with comes back in their place.
void DropRefused(std::vector<Param> &params, const Object &object, std::string_view error_field);

}  // namespace crm::close_crm
