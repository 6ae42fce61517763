#include "providers/close/query.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/civil_time.h"
#include "core/json.h"
#include "providers/paging.h"

namespace crm::close_crm {

namespace {

using Kind = Filter::Kind;
using Route = Query::Route;

// Days from 1900-01-01 to 2999-12-31: what lies outside is no date of a sale, and is not sent.
constexpr std::int64_t kFirstDay = -36'524, kLastDay = 365'242;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr std::size_t kMostValues = 500;  // of one list parameter; longer lists are not sent
constexpr double kGuessedParamItems = 10;

// ---- which list takes which filter (close §4.2, 4.3, 9.3, 9.4) ----------------------------------------

struct ListFilter {
  std::string_view object, field;
  Kind kind;
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
};

const ListFilter *FindListFilter(const Object &object, std::string_view field) {
  const auto *found = std::ranges::find_if(
      kListFilters, [&](const ListFilter &f) { return f.object == object.name && f.field == field; });
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
  const std::string value = "$" + std::to_string(filter.operand.param + 1);
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

constexpr std::array<std::string_view, 5> kKindWords = {"id", "text", "lead", "day", "instant"};
constexpr std::array<std::string_view, 6> kOpWords = {"=", "<>", "<", "<=", ">", ">="};
constexpr std::array<std::string_view, 3> kRouteWords = {"list", "ids", "leads"};

template <typename Enum, std::size_t N>
Enum WordToEnum(const std::array<std::string_view, N> &words, const std::string &word) {
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) throw Error(CrmErrorKind::kInternal, "unknown word in a plan: " + word);
  return static_cast<Enum>(found - words.begin());
}

Json EncodeValue(const Value &value) {
  switch (value.type) {
    case CrmType::kText:
      return value.text;
    case CrmType::kDate:
    case CrmType::kTimestamp:
      return value.integer;
    case CrmType::kTextArray: {
      Json list = Json::array();
      for (const auto &item : value.items) list.push_back(item ? Json(*item) : Json());
      return list;
    }
    default:
      return nullptr;
  }
}

Value DecodeValue(const Json &json, Kind kind) {
  Value value;
  if (json.is_string()) {
    value.type = CrmType::kText;
    value.text = json.get<std::string>();
  } else if (json.is_number()) {
    value.type = kind == Kind::kDay ? CrmType::kDate : CrmType::kTimestamp;
    value.integer = json.get<std::int64_t>();
  } else if (json.is_array()) {
    value.type = CrmType::kTextArray;
    for (const Json &item : json) {
      value.items.push_back(item.is_null() ? std::nullopt : std::optional(item.get<std::string>()));
    }
  }
  return value;
}

Json EncodeFilter(const Filter &filter) {
  Json json = {{"field", filter.field}, {"kind", kKindWords[static_cast<int>(filter.kind)]}};
  if (filter.any) {
    json["op"] = "any";
  } else {
    json["op"] = kOpWords[static_cast<int>(filter.op)];
  }
  if (filter.operand.param >= 0) {
    json["param"] = filter.operand.param;
  } else {
    json["value"] = EncodeValue(filter.operand.constant);
  }
  return json;
}

Filter DecodeFilter(const Json &json) {
  Filter filter;
  filter.field = json.at("field").get<std::string>();
  filter.kind = WordToEnum<Kind>(kKindWords, json.at("kind").get<std::string>());
  const auto op = json.at("op").get<std::string>();
  filter.any = op == "any";
  if (!filter.any) filter.op = WordToEnum<CompareOp>(kOpWords, op);
  if (json.contains("param")) {
    filter.operand.param = json.at("param").get<int>();
  } else {
    filter.operand.constant = DecodeValue(json.at("value"), filter.kind);
  }
  return filter;
}

}  // namespace

std::string Query::Encode() const {
  Json json = {{"route", kRouteWords[static_cast<int>(route)]}};
  if (key) json["key"] = EncodeFilter(*key);
  for (const Filter &filter : filters) json["filters"].push_back(EncodeFilter(filter));
  if (ordered) json["order"] = descending ? "-date_created" : "date_created";
  if (first_page > 0) json["first_page"] = first_page;
  if (!mapped.empty()) json["mapped"] = mapped;
  return json.dump();
}

Query Query::Decode(std::string_view plan) {
  const Json json = Json::parse(plan);
  Query query;
  query.route = WordToEnum<Route>(kRouteWords, json.at("route").get<std::string>());
  if (json.contains("key")) query.key = DecodeFilter(json.at("key"));
  if (json.contains("filters")) {
    for (const Json &filter : json.at("filters")) query.filters.push_back(DecodeFilter(filter));
  }
  if (json.contains("order")) {
    query.ordered = true;
    query.descending = json.at("order").get<std::string>().starts_with('-');
  }
  query.first_page = json.value("first_page", std::int64_t{0});
  if (json.contains("mapped")) query.mapped = json.at("mapped").get<std::vector<std::string>>();
  return query;
}

const Value &BoundValue(const Operand &operand, const std::vector<Value> &params) {
  if (operand.param < 0) return operand.constant;
  if (static_cast<std::size_t>(operand.param) >= params.size()) {
    throw Error(CrmErrorKind::kInternal, "a parameter of the plan is not bound");
  }
  return params[operand.param];
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

// ---- planning ----------------------------------------------------------------------------------------

namespace {

// What one conjunct could be sent as.
struct Candidate {
  std::optional<Filter> filter;
  std::string reason;  // why not
};

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

std::string NoFilter(const Object &object, std::string_view field) {
  return "Close lists of " + std::string(object.table) + " have no filter on " + std::string(field);
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

Candidate Examine(const Expr &expr, const ReadRequest &request, const Object &object) {
  const bool compares =
      expr.kind == Expr::Kind::kCompare || (expr.kind == Expr::Kind::kAnyOf && !expr.negated);
  if (!compares || expr.field < 0) return {{}, WhyNotComparison(expr)};
  const Field &field = request.fields[expr.field];
  if (field.remote_type.empty()) return {{}, "the column has no option \"remote_type\""};
  const bool is_id = field.path == "id" && object.get_by_id;
  const ListFilter *list = FindListFilter(object, field.path);
  if (!is_id && list == nullptr) return {{}, NoFilter(object, field.path)};
  if (!field.HasTrait(kFilterable)) return {{}, "the column's traits do not say filterable"};
  Filter filter{field.path,
                list ? list->kind : Kind::kId,
                expr.op,
                expr.kind == Expr::Kind::kAnyOf,
                {expr.param, expr.param < 0 ? expr.operand : Value{}}};
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

Verdict VerdictOf(const Filter &filter) {
  // A value that is only known later may turn out not to be sendable; Close may fold the case of labels.
  const bool exact =
      filter.operand.param < 0 && filter.kind != Kind::kInstant && filter.field != "status_label";
  return exact ? Verdict::kExact : Verdict::kSuperset;
}

std::string VerdictReason(const Filter &filter) {
  if (filter.kind == Kind::kInstant) return "widened to whole seconds";
  if (filter.field == "status_label") return "Close may ignore the case of labels";
  return "";
}

// Names of the parameters a filter fills, so that none is sent twice.
std::vector<std::string> SlotsOf(const Filter &filter) {
  if (filter.kind == Kind::kDay) return {filter.field + DaySuffix(filter.op)};
  if (filter.kind != Kind::kInstant) return {filter.field};
  if (IsLowerBound(filter.op)) return {filter.field + "__gte"};
  if (IsUpperBound(filter.op)) return {filter.field + "__lte"};
  return {filter.field + "__gte", filter.field + "__lte"};
}

double ItemCount(const Filter &filter) {
  if (!filter.any) return 1;
  if (filter.operand.param >= 0) return kGuessedParamItems;
  return static_cast<double>(DistinctKeys(filter.operand.constant).size());
}

// Builds the access paths of one request.
class Planner {
 public:
  Planner(const ReadRequest &request, const Object &object) : request_(request), object_(object) {
    for (const Expr &conjunct : request.conjuncts) candidates_.push_back(Examine(conjunct, request, object));
  }

  std::vector<AccessPath> Paths() const {
    std::vector<AccessPath> paths;
    if (const int key = BestKey("id", false); key >= 0) paths.push_back(ByIds(key));
    if (const int key = BestKey("lead_id", true); key >= 0) paths.push_back(ByLeads(key));
    paths.push_back(ByList());
    return paths;
  }

 private:
  // The candidate on `field` that names the fewest values; -1: none.
  int BestKey(std::string_view field, bool lists_only) const {
    int best = -1;
    for (int i = 0; i < static_cast<int>(candidates_.size()); ++i) {
      const auto &filter = candidates_[i].filter;
      if (!filter || filter->field != field || (lists_only && !filter->any)) continue;
      if (best < 0 || ItemCount(*filter) < ItemCount(*candidates_[best].filter)) best = i;
    }
    return best;
  }

  AccessPath NewPath() const {
    AccessPath path;
    path.verdicts.assign(candidates_.size(), Verdict::kLocal);
    for (const Candidate &candidate : candidates_) path.reasons.push_back(candidate.reason);
    path.rows_sent = std::max(1.0, request_.table_rows);
    path.page_rows = static_cast<double>(object_.page_max > 0 ? object_.page_max : 100);
    return path;
  }

  void Use(AccessPath &path, int index, Verdict verdict, std::string reason) const {
    path.verdicts[index] = verdict;
    path.reasons[index] = std::move(reason);
    const auto i = static_cast<std::size_t>(index);
    if (i < request_.selectivity.size()) path.rows_sent *= request_.selectivity[i];
  }

  AccessPath ByIds(int key) const {
    AccessPath path = NewPath();
    for (std::string &reason : path.reasons) {
      if (reason.empty()) reason = "records are read by id";
    }
    Query query;
    query.route = Route::kIds;
    query.key = candidates_[key].filter;
    Use(path, key, Verdict::kExact, "");
    const double items = ItemCount(*query.key);
    path.rows_sent = std::min(items, std::max(1.0, request_.table_rows));
    path.requests = object_.name == "lead" ? std::ceil(items / kIdsPerCall) : items;
    Finish(path, query);
    return path;
  }

  AccessPath ByLeads(int key) const {
    AccessPath path = NewPath();
    Query query;
    query.route = Route::kLeads;
    query.key = candidates_[key].filter;
    Use(path, key, Verdict::kExact, "");
    AddFilters(path, query, "lead_id");
    Finish(path, query);
    path.requests = std::max(path.requests, ItemCount(*query.key));
    return path;
  }

  AccessPath ByList() const {
    AccessPath path = NewPath();
    Query query;
    AddFilters(path, query, "");
    if (OrderFits()) {
      query.ordered = path.ordered = true;
      query.descending = request_.order.front().descending;
    }
    Finish(path, query);
    return path;
  }

  // Every filter that the list takes, but for those on `except`.
  void AddFilters(AccessPath &path, Query &query, std::string_view except) const {
    std::vector<std::string> used;
    for (int i = 0; i < static_cast<int>(candidates_.size()); ++i) {
      const auto &filter = candidates_[i].filter;
      if (!filter || path.verdicts[i] != Verdict::kLocal) continue;
      if (filter->field == "id") {
        path.reasons[i] = NoFilter(object_, "id");
        continue;
      }
      if (filter->kind == Kind::kLead && (filter->any || filter->field == except)) {
        path.reasons[i] = "a Close list takes one lead";
        continue;
      }
      const std::vector<std::string> slots = SlotsOf(*filter);
      const bool taken = std::ranges::any_of(
          slots, [&](const std::string &slot) { return std::ranges::find(used, slot) != used.end(); });
      if (taken) {
        path.reasons[i] = "another condition uses this filter";
        continue;
      }
      used.insert(used.end(), slots.begin(), slots.end());
      query.filters.push_back(*filter);
      Use(path, i, VerdictOf(*filter), VerdictReason(*filter));
    }
  }

  bool OrderFits() const {
    if (request_.order.size() != 1 || request_.order.front().field < 0) return false;
    const Field &field = request_.fields[request_.order.front().field];
    return object_.name == "opportunity" && field.path == "date_created" &&
           field.type == CrmType::kTimestamp && field.HasTrait(kSortable);
  }

  void Finish(AccessPath &path, Query &query) const {
    const bool all_sent = std::ranges::find(path.verdicts, Verdict::kLocal) == path.verdicts.end();
    if (query.route != Route::kIds) {
      path.requests = std::max(1.0, std::ceil(path.rows_sent / path.page_rows));
      if (object_.page_max == 0) path.requests = 1;
      if (request_.rows_wanted >= 0 && all_sent && request_.rows_wanted < path.page_rows) {
        query.first_page = std::max<std::int64_t>(1, std::llround(std::ceil(request_.rows_wanted)));
      }
    }
    const bool wants_rest = std::ranges::any_of(
        request_.fields, [](const Field &f) { return f.fetch && f.remote_type == kPropertiesType; });
    for (const Field &field : request_.fields) {
      const bool is_own = field.remote_type == kRawType || field.remote_type == kPropertiesType;
      if (wants_rest && !is_own) query.mapped.push_back(field.path);
    }
    path.plan = query.Encode();
  }

  const ReadRequest &request_;
  const Object &object_;
  std::vector<Candidate> candidates_;
};

std::string OperandWords(const Operand &operand, const std::vector<Value> *params,
                         std::vector<std::string> &keys) {
  if (operand.param >= 0 && params == nullptr) return "$" + std::to_string(operand.param + 1);
  keys = DistinctKeys(operand.param < 0 ? operand.constant : BoundValue(operand, *params));
  std::string words;
  for (const std::string &key : keys) words.append(words.empty() ? "" : ",").append(key);
  return words;
}

std::string DescribeIds(const Object &object, const Query &query, const std::string &fields,
                        const std::vector<Value> *params) {
  std::vector<std::string> keys;
  std::string words = OperandWords(query.key->operand, params, keys);
  const bool unbound = keys.empty() && !words.empty();
  if (words.empty()) return "nothing to ask for";
  std::vector<Param> list;
  if (!fields.empty()) list.push_back({"_fields", fields});
  const bool several = unbound ? query.key->any : keys.size() > 1;
  if (!several) return "GET " + std::string(object.path) + words + "/" + ReadableQuery(list);
  if (object.name == "lead") {
    list.insert(list.begin(), {{"id__in", words}, {"_limit", std::to_string(kIdsPerCall)}});
    return "GET " + std::string(object.path) + ReadableQuery(list);
  }
  return "GET " + std::string(object.path) + (unbound ? "any(" + words + ")" : keys.front()) + "/" +
         ReadableQuery(list) + (unbound ? "" : " and " + std::to_string(keys.size() - 1) + " more");
}

}  // namespace

const Object &PlannedObject(std::string_view name) {
  if (const Object *object = FindObject(name)) return *object;
  std::string valid;
  for (const Object &object : AllObjects()) valid.append(valid.empty() ? "" : ", ").append(object.name);
  throw Error(CrmErrorKind::kUnknownObject, "object \"" + std::string(name) + "\" does not exist in Close",
              {}, "Valid objects are: " + valid + ".");
}

std::vector<AccessPath> PlanRead(const ReadRequest &request) {
  return Planner(request, PlannedObject(request.object)).Paths();
}

std::string FieldsParam(const Object &object, const std::vector<Field> &fields,
                        const std::vector<std::string> &also) {
  if (!object.selects_fields) return "";
  std::vector<std::string> names = {"id"};
  const auto add = [&](const std::string &path) {
    std::string name = path.starts_with(kCustomPrefix) ? path : path.substr(0, path.find('.'));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  };
  for (const Field &field : fields) {
    if (field.remote_type == kRawType || field.remote_type == kPropertiesType) return "";
    add(field.path);
  }
  for (const std::string &name : also) add(name);
  std::string list;
  for (const std::string &name : names) list.append(list.empty() ? "" : ",").append(name);
  return list;
}

std::vector<std::string> PagingFields(const Object &object, const Query &query) {
  std::vector<std::string> names;
  if (query.route != Route::kIds && !object.newest_first.empty()) names.emplace_back(object.newest_first);
  if (query.route == Route::kLeads) names.emplace_back("lead_id");
  return names;
}

std::vector<Param> ListParams(const Object &object, const Query &query) {
  std::vector<Param> params;
  if (query.ordered) {
    params.push_back({"_order_by", query.descending ? "-date_created" : "date_created"});
  } else if (!object.default_order.empty()) {
    params.push_back({"_order_by", std::string(object.default_order)});
  }
  return params;
}

std::string DescribeRead(const ReadPlan &plan, const std::vector<Value> *params) {
  const Object &object = PlannedObject(plan.object);
  const Query query = Query::Decode(plan.plan);
  const std::string fields = FieldsParam(object, plan.fields, PagingFields(object, query));
  if (query.route == Route::kIds) return DescribeIds(object, query, fields, params);
  Bound bound = BindFilters(query.filters, params);
  std::string more;
  if (query.route == Route::kLeads) {
    std::vector<std::string> keys;
    std::string words = OperandWords(query.key->operand, params, keys);
    if (words.empty()) bound.nothing = true;
    if (keys.size() > 1) more = " and " + std::to_string(keys.size() - 1) + " more";
    bound.params.insert(bound.params.begin(),
                        {"lead_id", keys.empty() ? "any(" + words + ")" : keys.front()});
  }
  if (bound.nothing) return "nothing to ask for";
  for (Param &param : ListParams(object, query)) bound.params.push_back(std::move(param));
  if (object.page_max > 0) {
    const std::int64_t rows = query.first_page > 0 ? query.first_page : object.page_max;
    bound.params.push_back({"_limit", std::to_string(rows)});
  }
  if (!fields.empty()) bound.params.push_back({"_fields", fields});
  return "GET " + std::string(object.path) + ReadableQuery(bound.params) + more;
}

}  // namespace crm::close_crm
