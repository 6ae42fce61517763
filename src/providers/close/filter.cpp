#include "providers/close/filter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/civil_time.h"
#include "providers/paging.h"

namespace crm::close_crm {

namespace {

using Kind = Filter::Kind;

// Days from 1900-01-01 to 2999-12-31: what lies outside is no date of a sale, and is not sent.
constexpr std::int64_t kFirstDay = -36'524, kLastDay = 365'242;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr std::size_t kMostValues = 500;  // of one list parameter; longer lists are not sent
constexpr double kGuessedParamItems = 10;

// ---- which list takes which filter (close §4.3 to 4.5, 9.3 to 9.6) ----------------------------------

struct ListFilter {
  std::string_view object, field;
  Kind kind;
  bool certain = true;  // false: the list may ignore it
};
constexpr ListFilter kListFilters[] = {
    {"contact", "lead_id", Kind::kLead},
    {"opportunity", "lead_id", Kind::kLead},
    {"opportunity", "user_id", Kind::kId},
    {"opportunity", "status_id", Kind::kId},
    {"opportunity", "status_type", Kind::kText},
    {"opportunity", "status_label", Kind::kText},
    {"opportunity", "value_period", Kind::kText},
    {"opportunity", "date_won", Kind::kDay},
    {"opportunity", "date_created", Kind::kInstant},
    {"opportunity", "date_updated", Kind::kInstant},
    {"task", "lead_id", Kind::kLead},
    {"task", "assigned_to", Kind::kLead},
    {"task", "_type", Kind::kText},
    {"task", "is_complete", Kind::kFlag},
    {"task", "date_created", Kind::kInstant},
    {"task", "date_updated", Kind::kInstant},
    {"activity", "lead_id", Kind::kLead},
    {"activity", "user_id", Kind::kId, false},
    {"activity", "contact_id", Kind::kId, false},
    {"activity", "_type", Kind::kText, false},
    {"activity", "date_created", Kind::kInstant},
};

// Every kind of activity is listed alike.
std::string_view FamilyOf(const Object &object) {
  return object.name.starts_with("activity/") ? std::string_view("activity") : object.name;
}

const ListFilter *FindListFilter(const Object &object, std::string_view field) {
  const auto *found = std::ranges::find_if(
      kListFilters, [&](const ListFilter &f) { return f.object == FamilyOf(object) && f.field == field; });
  return found == std::end(kListFilters) ? nullptr : found;
}

// ---- values ------------------------------------------------------------------------------------------

// Bytes of the blank, of any kind, at the front; 0: none. Texts may be trimmed by Unicode's rules.
std::size_t BlankSize(std::string_view text) {
  static constexpr std::string_view kBlanks[] = {" ",
                                                 "\xC2\x85",
                                                 "\xC2\xA0",
                                                 "\xE1\x9A\x80",
                                                 "\xE2\x80\xA8",
                                                 "\xE2\x80\xA9",
                                                 "\xE2\x80\xAF",
                                                 "\xE2\x81\x9F",
                                                 "\xE3\x80\x80"};
  for (const std::string_view blank : kBlanks) {
    if (text.starts_with(blank)) return blank.size();
  }
  // U+2000 to U+200A
  const bool is_space =
      text.size() >= 3 && text.starts_with("\xE2\x80") && static_cast<unsigned char>(text[2]) <= 0x8A;
  return is_space ? 3 : 0;
}

bool EndsWithBlank(std::string_view text) {
  for (std::size_t size = 1; size <= 3 && size <= text.size(); ++size) {
    if (BlankSize(text.substr(text.size() - size)) == size) return true;
  }
  return false;
}

// Text that a comma list keeps as it is: a comma would divide it, blanks at its ends might be cut off, an
// empty text might be dropped.
bool IsSendableText(std::string_view text) {
  return !text.empty() && BlankSize(text) == 0 && !EndsWithBlank(text) &&
         std::ranges::none_of(text, [](unsigned char c) { return c == ',' || c < ' ' || c == 0x7F; });
}

bool IsSendableLead(std::string_view id) {
  return !id.empty() && id.size() <= 500 &&
         std::ranges::none_of(id, [](unsigned char c) { return c <= ' ' || c == 0x7F; });
}

bool IsSendable(Kind kind, std::string_view text) {
  switch (kind) {
    case Kind::kId:
      return IsPlainId(text);
    case Kind::kLead:
      return IsSendableLead(text);
    default:
      return IsSendableText(text);
  }
}

bool IsSendableDay(std::int64_t day) { return day >= kFirstDay && day <= kLastDay; }

bool IsSendableInstant(std::int64_t micros) {
  return micros >= kFirstDay * kMicrosPerDay && micros < kLastDay * kMicrosPerDay;
}

bool IsSendable(const Filter &filter, const Value &value) {
  switch (filter.kind) {
    case Kind::kDay:
      return IsSendableDay(value.integer);
    case Kind::kInstant:
      return IsSendableInstant(value.integer);
    case Kind::kFlag:
      return true;
    default:
      break;
  }
  const std::vector<std::string> keys = DistinctKeys(value);
  return keys.size() <= kMostValues &&
         std::ranges::all_of(keys, [&](const std::string &key) { return IsSendable(filter.kind, key); });
}

bool IsLowerBound(CompareOp op) { return op == CompareOp::kGt || op == CompareOp::kGe; }
bool IsUpperBound(CompareOp op) { return op == CompareOp::kLt || op == CompareOp::kLe; }

std::string DaySuffix(CompareOp op) {
  switch (op) {
    case CompareOp::kLt:
      return "__lt";
    case CompareOp::kLe:
      return "__lte";
    case CompareOp::kGt:
      return "__gt";
    case CompareOp::kGe:
      return "__gte";
    default:
      return "";
  }
}

// ---- binding -----------------------------------------------------------------------------------------

void AddUnbound(const Filter &filter, std::vector<Param> &out) {
  const std::string value = ParamWord(filter.operand);
  if (filter.kind == Kind::kDay) {
    out.push_back({filter.field + DaySuffix(filter.op), value});
  } else if (filter.kind == Kind::kInstant) {
    if (!IsUpperBound(filter.op)) out.push_back({filter.field + "__gte", value});
    if (!IsLowerBound(filter.op)) out.push_back({filter.field + "__lte", value});
  } else {
    out.push_back({filter.field + (filter.any ? "__in" : ""), value});
  }
}

// Whole seconds around the instant, since the list compares no finer; one more above, in case it rounds.
void AddInstant(const Filter &filter, std::int64_t micros, std::vector<Param> &out) {
  const std::int64_t above = micros + kMicrosPerSecond;
  if (!IsUpperBound(filter.op)) out.push_back({filter.field + "__gte", FormatTimestamp(micros, 0)});
  if (!IsLowerBound(filter.op)) out.push_back({filter.field + "__lte", FormatTimestamp(above, 0)});
}

void AddValue(const Filter &filter, const Value &value, std::vector<Param> &out) {
  if (filter.kind == Kind::kDay) {
    out.push_back({filter.field + DaySuffix(filter.op), FormatDate(value.integer)});
    return;
  }
  if (filter.kind == Kind::kInstant) return AddInstant(filter, value.integer, out);
  if (filter.kind == Kind::kFlag) {
    out.push_back({filter.field, value.boolean ? "true" : "false"});
    return;
  }
  std::string list;
  const std::vector<std::string> keys = DistinctKeys(value);
  for (const std::string &key : keys) list.append(list.empty() ? "" : ",").append(key);
  out.push_back({filter.field + (keys.size() > 1 ? "__in" : ""), std::move(list)});
}

// A comparison with NULL, or with no value at all, is true for no row.
bool MatchesNothing(const Value &value) {
  return value.is_null() || (value.type == CrmType::kTextArray && DistinctKeys(value).empty());
}

// ---- JSON --------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 6> kKindWords = {"id", "text", "lead", "day", "instant", "flag"};
constexpr std::array<std::string_view, 6> kOpWords = {"=", "<>", "<", "<=", ">", ">="};

template <typename Enum, std::size_t N>
Enum WordToEnum(const std::array<std::string_view, N> &words, const std::string &word) {
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) throw Error(CrmErrorKind::kInternal, "unknown word in a plan: " + word);
  return static_cast<Enum>(found - words.begin());
}

}  // namespace

Json EncodeFilter(const Filter &filter) {
  Json json = {{"field", filter.field}, {"kind", kKindWords[static_cast<int>(filter.kind)]}};
  if (filter.any) {
    json["op"] = "any";
  } else {
    json["op"] = kOpWords[static_cast<int>(filter.op)];
  }
  json["operand"] = EncodeOperand(filter.operand);
  return json;
}

Filter DecodeFilter(const Json &json) {
  Filter filter;
  filter.field = json.at("field").get<std::string>();
  filter.kind = WordToEnum<Kind>(kKindWords, json.at("kind").get<std::string>());
  const auto op = json.at("op").get<std::string>();
  filter.any = op == "any";
  if (!filter.any) filter.op = WordToEnum<CompareOp>(kOpWords, op);
  filter.operand = DecodeOperand(json.at("operand"));
  return filter;
}

Bound BindFilters(const std::vector<Filter> &filters, const std::vector<Value> *params) {
  Bound bound;
  for (const Filter &filter : filters) {
    if (filter.operand.param >= 0 && params == nullptr) {
      AddUnbound(filter, bound.params);
      continue;
    }
    const Value &value =
        filter.operand.param < 0 ? filter.operand.constant : BoundValue(filter.operand, *params);
    if (MatchesNothing(value)) {
      bound.nothing = true;
    } else if (IsSendable(filter, value)) {
      AddValue(filter, value, bound.params);
    }
  }
  return bound;
}

bool ErrorMeansParam(std::string_view field, std::string_view param) {
  if (field == param) return true;
  const auto cut = [](std::string_view name, std::string_view suffix) {
    return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
  };
  const auto column = [](std::string_view name) { return name.substr(0, name.find("__")); };
  // Errors name the model: lead for lead_id, status for status_id, status_label and status_type.
  const auto model = [&](std::string_view name) { return cut(cut(cut(name, "_id"), "_label"), "_type"); };
  return column(field) == column(param) || field == model(column(param));
}

bool MayDrop(const Param &param, std::string_view error_field) {
  static constexpr std::array<std::string_view, 4> kNoFilters = {"_skip", "_limit", "_fields", "_order_by"};
  return std::ranges::find(kNoFilters, param.name) == kNoFilters.end() &&
         ErrorMeansParam(error_field, param.name);
}

void DropRefused(std::vector<Param> &params, const Object &object, std::string_view error_field) {
  const auto fixes = [&](const Param &param) {
    return !object.fixed_param.empty() && ErrorMeansParam(object.fixed_param, param.name);
  };
  const bool fixed = std::ranges::any_of(params, [&](const Param &param) {
    return MayDrop(param, error_field) && fixes(param) && param.value != object.fixed_value;
  });
  std::erase_if(params, [&](const Param &param) { return MayDrop(param, error_field); });
  if (fixed) params.push_back({std::string(object.fixed_param), std::string(object.fixed_value)});
}

// ---- planning ----------------------------------------------------------------------------------------

namespace {

bool OperandFits(Kind kind, const Expr &expr, const Field &field) {
  switch (kind) {
    case Kind::kDay:
      return expr.operand.type == CrmType::kDate && field.type == CrmType::kDate;
    case Kind::kInstant:
      return expr.operand.type == CrmType::kTimestamp && field.type == CrmType::kTimestamp;
    default:
      break;
  }
  const CrmType wanted = expr.kind == Expr::Kind::kAnyOf ? CrmType::kTextArray : CrmType::kText;
  return field.type == CrmType::kText && expr.operand.type == wanted;
}

std::string WhyNotComparison(const Expr &expr) {
  switch (expr.kind) {
    case Expr::Kind::kOr:
      return "Close lists take no alternatives";
    case Expr::Kind::kIsNull:
      return "Close lists cannot look for empty values";
    default:
      return "Close lists take no such condition";
  }
}

}  // namespace

std::string NoFilter(const Object &object, std::string_view field) {
  return "Close lists of " + std::string(object.table) + " have no filter on " + std::string(field);
}

Candidate TranslateForList(const Expr &expr, const ReadRequest &request, const Object &object) {
  const bool is_flag = expr.kind == Expr::Kind::kIsTrue;
  const bool compares =
      expr.kind == Expr::Kind::kCompare || (expr.kind == Expr::Kind::kAnyOf && !expr.negated) || is_flag;
  if (!compares || expr.field < 0) return {{}, WhyNotComparison(expr)};
  const Field &field = request.fields[expr.field];
  if (field.remote_type.empty()) return {{}, "the column has no option \"remote_type\""};
  const bool is_id = field.path == "id" && (object.get_by_id || object.lists_ids);
  const ListFilter *list = FindListFilter(object, field.path);
  if (!is_id && (list == nullptr || is_flag != (list->kind == Kind::kFlag))) {
    return {{}, NoFilter(object, field.path)};
  }
  if (!field.HasTrait(kFilterable)) return {{}, "the column's traits do not say filterable"};
  Filter filter{field.path, list ? list->kind : Kind::kId, expr.op, expr.kind == Expr::Kind::kAnyOf,
                Operand::Of(expr)};
  if (is_flag) {
    filter.op = CompareOp::kEq;
    filter.operand.constant.type = CrmType::kBool;
    filter.operand.constant.boolean = !expr.negated;
    if (field.type != CrmType::kBool) return {{}, "the column's type is not the one that Close filters by"};
    return {std::move(filter), ""};
  }
  const bool is_range = filter.kind == Kind::kDay || filter.kind == Kind::kInstant;
  if (filter.any ? is_range : expr.op == CompareOp::kNe || (!is_range && expr.op != CompareOp::kEq)) {
    return {{}, "Close lists have no such comparison of " + field.path};
  }
  const bool is_null = expr.param < 0 && expr.operand.is_null();
  if (!is_null && !OperandFits(filter.kind, expr, field)) {
    return {{}, "the column's type is not the one that Close filters by"};
  }
  if (!is_id && expr.param < 0 && !is_null && !IsSendable(filter, expr.operand)) {
    return {{}, "Close could misread this value"};
  }
  return {std::move(filter), ""};
}

Verdict VerdictOf(const Filter &filter, const Object &object) {
  const ListFilter *list = FindListFilter(object, filter.field);
  // A value that is only known later may turn out not to be sendable; Close may fold the case of labels.
  const bool exact = filter.operand.param < 0 && filter.kind != Kind::kInstant &&
                     filter.field != "status_label" && filter.field != "_type" &&
                     (list == nullptr || list->certain);
  return exact ? Verdict::kExact : Verdict::kSuperset;
}

std::string VerdictReason(const Filter &filter, const Object &object) {
  const ListFilter *list = FindListFilter(object, filter.field);
  if (filter.kind == Kind::kInstant) return "widened to whole seconds";
  if (filter.field == "status_label") return "Close may ignore the case of labels";
  if (filter.field == "_type") return "Close has words for several types";
  if (list != nullptr && !list->certain) return "Close may ignore this filter";
  return "";
}

std::vector<std::string> SlotsOf(const Filter &filter) {
  if (filter.kind == Kind::kDay) return {filter.field + DaySuffix(filter.op)};
  if (filter.kind != Kind::kInstant) return {filter.field};
  if (IsLowerBound(filter.op)) return {filter.field + "__gte"};
  if (IsUpperBound(filter.op)) return {filter.field + "__lte"};
  return {filter.field + "__gte", filter.field + "__lte"};
}

double ItemCount(const Operand &operand, bool any) {
  if (!any) return 1;
  if (operand.param >= 0) return kGuessedParamItems;
  return static_cast<double>(DistinctKeys(operand.constant).size());
}

}  // namespace crm::close_crm
