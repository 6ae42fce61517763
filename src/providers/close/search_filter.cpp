#include "providers/close/search_filter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/civil_time.h"
#include "core/decimal.h"
#include "core/like.h"
#include "providers/close/search_text.h"
#include "providers/paging.h"

namespace crm::close_crm {

namespace {

using Kind = SearchKind;
using Test = Expr::Kind;

constexpr std::size_t kMostValues = 500;  // of one condition; longer lists are not sent
constexpr std::int64_t kMicrosPerMilli = 1000;
constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
// 1900-01-01 to 3000-01-01: bounds beyond are not sent.
constexpr std::int64_t kFirstInstant = -36'524 * kMicrosPerDay, kLastInstant = 365'243 * kMicrosPerDay;

// ---- which field can be searched by (close §5.4) ------------------------------------------------------

constexpr std::string_view kUserReference = "user_or_group";

struct SearchField {
  std::string_view type;  // of the object; "activity." stands for all of them
  std::string_view field;
  Kind kind;
  bool proven = true;
  std::string_view detail = "";
};
constexpr SearchField kSearchFields[] = {
    {"lead", "name", Kind::kText},
    {"lead", "status_id", Kind::kReference, true, "status.lead"},
    {"lead", "status_label", Kind::kLabel},
    {"lead", "date_created", Kind::kMoment},
    {"lead", "date_updated", Kind::kMoment},
    {"lead", "description", Kind::kText, false},
    {"lead", "url", Kind::kText, false},
    {"lead", "created_by", Kind::kReference, false, kUserReference},
    {"lead", "updated_by", Kind::kReference, false, kUserReference},
    {"lead", "contacts.[].emails.[].email", Kind::kEmail},
    {"lead", "contacts.[].phones.[].phone", Kind::kPhone},
    {"lead", "smart_view", Kind::kSmartView},
    {"contact", "name", Kind::kText},
    {"contact", "title", Kind::kText, false},
    {"contact", "date_created", Kind::kMoment},
    {"contact", "date_updated", Kind::kMoment},
    {"contact", "created_by", Kind::kReference, false, kUserReference},
    {"contact", "updated_by", Kind::kReference, false, kUserReference},
    {"contact", "emails.0.email", Kind::kEmail},
    {"contact", "emails.[].email", Kind::kEmail},
    {"contact", "phones.0.phone", Kind::kPhone},
    {"contact", "phones.[].phone", Kind::kPhone},
    {"contact", "smart_view", Kind::kSmartView},
    {"opportunity", "status_id", Kind::kReference, true, "status.opportunity"},
    {"opportunity", "status_type", Kind::kTerm},
    {"opportunity", "user_id", Kind::kReference, true, kUserReference},
    {"opportunity", "created_by", Kind::kReference, true, kUserReference},
    {"opportunity", "updated_by", Kind::kReference, false, kUserReference},
    {"opportunity", "date_created", Kind::kMoment},
    {"opportunity", "date_updated", Kind::kMoment},
    {"opportunity", "date_lost", Kind::kMoment, false},
    {"opportunity", "date_won", Kind::kDay, false},
    {"opportunity", "confidence", Kind::kNumber, false},
    {"opportunity", "note", Kind::kText, false},
    {"activity.", "date_created", Kind::kMoment},
    {"activity.", "activity_at", Kind::kMoment},
    {"activity.", "date_updated", Kind::kMoment, false},
    {"activity.", "user_id", Kind::kReference, false, kUserReference},
    {"activity.", "status", Kind::kTerm},
    {"activity.", "direction", Kind::kDirection},
    {"activity.", "duration", Kind::kNumber, false},
    {"activity.", "date_sent", Kind::kMoment},
    {"activity.note", "note", Kind::kText, false},
    {"activity.email", "subject", Kind::kText, false},
    {"activity.sms", "text", Kind::kText, false},
    {"activity.meeting", "title", Kind::kText, false},
};

// By type of a custom field (close §4.14).
constexpr SearchField kCustomFields[] = {
    {"", "text", Kind::kText},
    {"", "textarea", Kind::kText},
    {"", "number", Kind::kNumber},
    {"", "date", Kind::kDay},
    {"", "datetime", Kind::kMoment},
    {"", "choices", Kind::kTerm},
    {"", "user", Kind::kReference, true, kUserReference},
};

const SearchField *FindSearchField(const Object &object, const Field &field) {
  if (field.path.starts_with(kCustomPrefix)) {
    const auto *custom = std::ranges::find(kCustomFields, field.remote_type, &SearchField::field);
    return custom == std::end(kCustomFields) ? nullptr : custom;
  }
  const auto *found = std::ranges::find_if(kSearchFields, [&](const SearchField &known) {
    const bool of_type = known.type.ends_with('.') ? object.search_type.starts_with(known.type)
                                                   : object.search_type == known.type;
    return of_type && known.field == field.path;
  });
  return found == std::end(kSearchFields) ? nullptr : found;
}

// ---- what can be asked of a field -------------------------------------------------------------------------

bool IsEqual(const Expr &expr) {
  return (expr.kind == Test::kCompare && expr.op == CompareOp::kEq) || expr.kind == Test::kAnyOf;
}

// Whether the field is a list, or has a value per row.
bool IsList(const Field &field) { return field.type == CrmType::kTextArray; }

bool KindTakesTest(Kind kind, const Field &field, const Expr &expr) {
  const bool on_list = expr.kind == Test::kContains || expr.kind == Test::kOverlaps;
  if (expr.kind == Test::kIsNull) {
    // An empty text, or an empty list, may count as no value: then "there is one" would lose it. Choices are
    // never empty.
    const bool is_choice = field.path.starts_with(kCustomPrefix);
    const bool open = kind == Kind::kText || (kind == Kind::kTerm && !is_choice) || IsList(field);
    const bool knows = kind == Kind::kText || kind == Kind::kTerm || kind == Kind::kReference ||
                       kind == Kind::kNumber || kind == Kind::kMoment || kind == Kind::kDay;
    return knows && !(open && expr.negated);
  }
  if (on_list != IsList(field)) return false;
  switch (kind) {
    case Kind::kText:
      return !expr.negated &&
             (IsEqual(expr) || on_list || expr.kind == Test::kLike || expr.kind == Test::kILike);
    case Kind::kTerm:
    case Kind::kDirection:
    case Kind::kEmail:
    case Kind::kPhone:
      return !expr.negated && (IsEqual(expr) || on_list);
    case Kind::kReference:
      return on_list ? !expr.negated
                     : IsEqual(expr) || (expr.kind == Test::kCompare && expr.op == CompareOp::kNe);
    case Kind::kLabel:
      return IsEqual(expr) || expr.kind == Test::kLike || expr.kind == Test::kILike ||
             (expr.kind == Test::kCompare && expr.op == CompareOp::kNe);
    case Kind::kNumber:
      return expr.kind == Test::kCompare;
    case Kind::kMoment:
    case Kind::kDay:
      return expr.kind == Test::kCompare && expr.op != CompareOp::kNe;
    case Kind::kSmartView:
      return expr.kind == Test::kCompare && expr.op == CompareOp::kEq;
  }
  return false;
}

bool TypesFit(Kind kind, const Field &field, const Expr &expr) {
  if (expr.kind == Test::kIsNull) return true;
  const CrmType operand = expr.operand.type;
  if (expr.param < 0 && expr.operand.is_null()) return true;
  switch (kind) {
    case Kind::kNumber:
      return operand == field.type && (operand == CrmType::kDecimal || operand == CrmType::kInt);
    case Kind::kMoment:
      return operand == CrmType::kTimestamp && field.type == CrmType::kTimestamp;
    case Kind::kDay:
      return operand == CrmType::kDate && field.type == CrmType::kDate;
    default:
      break;
  }
  if (field.type != CrmType::kText && field.type != CrmType::kTextArray) return false;
  if (expr.kind == Test::kAnyOf || expr.kind == Test::kContains) return operand == CrmType::kTextArray;
  if (expr.kind == Test::kOverlaps) return operand == CrmType::kTextArray || operand == CrmType::kText;
  return operand == CrmType::kText;
}

std::string ReasonOf(const SearchLeaf &leaf) {
  if (!leaf.proven) return "Close may refuse to search by this field";
  if (leaf.test == Test::kIsNull) return "an empty value may count as none";
  switch (leaf.kind) {
    case Kind::kText:
    case Kind::kEmail:
    case Kind::kPhone:
      return "the search finds words, not texts";
    case Kind::kTerm:
    case Kind::kDirection:
      return "Close may ignore case";
    case Kind::kMoment:
      return "in whole milliseconds";
    case Kind::kDay:
      return "widened by a day";
    case Kind::kNumber:
      return "Close compares numbers in floating point";
    case Kind::kLabel:
      if (leaf.test == Test::kLike || leaf.test == Test::kILike)
        return "the database decides which labels match";
      [[fallthrough]];
    default:
      if (leaf.field.starts_with(kCustomPrefix)) return "what Close finds by custom fields is not documented";
      return leaf.operand.param >= 0 ? "the value is known at execution only" : "";
  }
}

Verdict VerdictOf(const SearchLeaf &leaf) {
  const bool exact =
      leaf.proven && leaf.operand.param < 0 && (leaf.kind == Kind::kReference || leaf.kind == Kind::kLabel) &&
      leaf.test != Test::kLike && leaf.test != Test::kILike && !leaf.field.starts_with("custom.");
  return exact || leaf.kind == Kind::kSmartView ? Verdict::kExact : Verdict::kSuperset;
}

Translation TranslateLeaf(const Expr &expr, const ReadRequest &request, const Object &object) {
  if (expr.field < 0) return {{}, Verdict::kLocal, "the search of Close takes no such condition"};
  const Field &field = request.fields[expr.field];
  if (field.remote_type.empty()) return {{}, Verdict::kLocal, "the column has no option \"remote_type\""};
  const SearchField *known = FindSearchField(object, field);
  if (known == nullptr) return {{}, Verdict::kLocal, "Close cannot search by " + field.path};
  const bool is_custom = field.path.starts_with(kCustomPrefix);
  if (!is_custom && !field.HasTrait(kFilterable) && !field.HasTrait(kGiven)) {
    return {{}, Verdict::kLocal, "the column's traits do not say filterable"};
  }
  if (!KindTakesTest(known->kind, field, expr)) {
    return {{}, Verdict::kLocal, "the search of Close has no such comparison of " + field.path};
  }
  if (!TypesFit(known->kind, field, expr)) {
    return {{}, Verdict::kLocal, "the column's type is not the one that Close searches by"};
  }
  SearchNode node;
  node.leaf = {field.path, known->kind,  std::string(known->detail), known->proven, expr.kind,
               expr.op,    expr.negated, Operand::Of(expr)};
  if (node.leaf.operand.param < 0 &&
      BindSearch(node, object.search_type, {}).kind == BoundSearch::Kind::kEverything) {
    return {{}, Verdict::kLocal, "Close could misread this value"};
  }
  const Verdict verdict = VerdictOf(node.leaf);
  std::string reason = verdict == Verdict::kExact ? std::string() : ReasonOf(node.leaf);
  return {std::move(node), verdict, std::move(reason)};
}

// ---- values
// ------------------------------------------------------------------------------------------------

Json FieldNode(std::string_view type, const std::string &path) {
  if (path.starts_with(kCustomPrefix)) {
    return {{"type", "custom_field"}, {"custom_field_id", path.substr(kCustomPrefix.size())}};
  }
  return {{"type", "regular_field"}, {"object_type", type}, {"field_name", path}};
}

Json Condition(Json field, Json condition, bool negate = false) {
  Json node = {{"type", "field_condition"}};
  if (negate) node["negate"] = true;
  node["field"] = std::move(field);
  node["condition"] = std::move(condition);
  return node;
}

Json Group(const char *type, std::vector<Json> nodes) {
  if (nodes.size() == 1) return std::move(nodes.front());
  return {{"type", type}, {"queries", std::move(nodes)}};
}

BoundSearch Nothing() { return {BoundSearch::Kind::kNothing, {}}; }
BoundSearch Everything() { return {BoundSearch::Kind::kEverything, {}}; }
BoundSearch Node(Json node) { return {BoundSearch::Kind::kNode, std::move(node)}; }

std::int64_t FloorTo(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - (rest < 0 ? rest + unit : rest);
}

// [from, before) of a comparison with an instant. Close keeps whole milliseconds.
BoundSearch BindRange(const Json &field, CompareOp op, std::int64_t lower, std::int64_t upper) {
  Json range = {{"type", "moment_range"}};
  const auto moment = [](std::int64_t at) {
    return Json{{"type", "fixed_utc"}, {"value", FormatTimestamp(at, 3)}};
  };
  const bool from = op == CompareOp::kEq || op == CompareOp::kGe || op == CompareOp::kGt;
  const bool before = op == CompareOp::kEq || op == CompareOp::kLe || op == CompareOp::kLt;
  if (from && lower >= kFirstInstant && lower < kLastInstant) range["on_or_after"] = moment(lower);
  if (before && upper >= kFirstInstant && upper < kLastInstant) range["before"] = moment(upper);
  if (range.size() == 1) return Everything();
  return Node(Condition(field, std::move(range)));
}

BoundSearch BindMoment(const Json &field, CompareOp op, const Value &value) {
  if (value.integer < kFirstInstant || value.integer >= kLastInstant) return Everything();
  const std::int64_t lower = FloorTo(value.integer, kMicrosPerMilli);
  const bool whole = lower == value.integer;
  const std::int64_t upper = op == CompareOp::kLt && whole ? lower : lower + kMicrosPerMilli;
  return BindRange(field, op, lower, upper);
}

BoundSearch BindDay(const Json &field, CompareOp op, const Value &value) {
  if (value.integer < -1'000'000 || value.integer > 1'000'000) return Everything();
  return BindRange(field, op, (value.integer - 1) * kMicrosPerDay, (value.integer + 2) * kMicrosPerDay);
}

// The doubles on both sides of a number that may be none itself.
BoundSearch BindNumber(const Json &field, CompareOp op, const Value &value) {
  constexpr double kLargestWhole = 9007199254740992.0;  // which the next whole number is rounded to
  double lower = 0, upper = 0;
  bool exact = true;
  if (value.type == CrmType::kInt) {
    lower = upper = static_cast<double>(value.integer);
    exact = std::abs(lower) < kLargestWhole;
  } else {
    const auto decimal = ParseDecimal(value.text, NumberGrammar::kLoose);
    const auto number = decimal ? ToDouble(*decimal) : std::nullopt;
    if (!number) return Everything();
    lower = upper = *number;
    exact = IsIntegral(*decimal) && std::abs(lower) < kLargestWhole;
  }
  if (!exact) {
    if (op == CompareOp::kNe) return Everything();
    lower = std::nextafter(lower, -INFINITY);
    upper = std::nextafter(upper, INFINITY);
    if (!std::isfinite(lower) || !std::isfinite(upper)) return Everything();
  }
  const auto number = [](double at) {
    return std::abs(at) <= kLargestWhole && at == std::floor(at) ? Json(static_cast<std::int64_t>(at))
                                                                 : Json(at);
  };
  const auto range = [&](const char *key, double at) {
    return Condition(field, Json{{"type", "number_range"}, {key, number(at)}});
  };
  switch (op) {
    case CompareOp::kEq:
      return Node(
          Condition(field, Json{{"type", "number_range"}, {"gte", number(lower)}, {"lte", number(upper)}}));
    case CompareOp::kNe:
      return Node(Group("or", {range("lt", lower), range("gt", upper)}));
    case CompareOp::kLt:
      return Node(range(exact ? "lt" : "lte", upper));
    case CompareOp::kLe:
      return Node(range("lte", upper));
    case CompareOp::kGt:
      return Node(range(exact ? "gt" : "gte", lower));
    case CompareOp::kGe:
      return Node(range("gte", lower));
  }
  return Everything();
}

// ---- texts ---------------------------------------------------------------------------------------------

Json TextNode(const Json &field, const TextTerm &term) {
  return Condition(field, Json{{"type", "text"}, {"mode", term.mode}, {"value", term.value}});
}

std::vector<Json> TextNodes(const Json &field, const std::vector<TextTerm> &terms) {
  std::vector<Json> nodes;
  nodes.reserve(terms.size());
  for (const TextTerm &term : terms) nodes.push_back(TextNode(field, term));
  return nodes;
}

// The field is one of these texts, or, being a list, has one of them, or all.
BoundSearch BindTexts(const Json &field, const SearchLeaf &leaf, const Value &value) {
  if (leaf.test == Test::kLike || leaf.test == Test::kILike) {
    const std::vector<TextTerm> terms = TermsForLike(value.text, leaf.test == Test::kILike);
    return terms.empty() ? Everything() : Node(Group("and", TextNodes(field, terms)));
  }
  const bool all = leaf.test == Test::kContains;
  std::vector<Json> nodes;
  for (const std::string &key : DistinctKeys(value)) {
    const std::vector<TextTerm> terms = TermsForEqual(key);
    if (terms.empty() && !all) return Everything();
    if (!terms.empty()) nodes.push_back(Group("or", TextNodes(field, terms)));
  }
  if (nodes.empty()) return all ? Everything() : Nothing();
  if (nodes.size() > kMostValues) return Everything();
  return Node(Group(all ? "and" : "or", std::move(nodes)));
}

Json Related(std::string_view from, std::string_view to, Json inner) {
  return {{"type", "has_related"},
          {"this_object_type", from},
          {"related_object_type", to},
          {"related_query", std::move(inner)}};
}

BoundSearch BindAddress(std::string_view type, const SearchLeaf &leaf, const Value &value) {
  const bool is_email = leaf.kind == Kind::kEmail;
  const char *related = is_email ? "contact_email" : "contact_phone";
  const Json field = {
      {"type", "regular_field"}, {"object_type", related}, {"field_name", is_email ? "email" : "phone"}};
  BoundSearch inner = BindTexts(field, leaf, value);
  if (inner.kind != BoundSearch::Kind::kNode) return inner;
  // Several addresses that are all wanted belong to several related objects.
  std::vector<Json> wanted;
  if (leaf.test == Test::kContains && inner.node.at("type") == "and") {
    for (Json &node : inner.node.at("queries")) wanted.push_back(std::move(node));
  } else {
    wanted.push_back(std::move(inner.node));
  }
  for (Json &node : wanted) {
    node = Related("contact", related, std::move(node));
    if (type == "lead") node = Related("lead", "contact", std::move(node));
  }
  return Node(Group("and", std::move(wanted)));
}

// ---- ids and words ---------------------------------------------------------------------------------------

// NOT in a list that has a NULL is true for no row.
bool HasNull(const Value &value) {
  return std::ranges::any_of(value.items, [](const auto &item) { return !item; });
}

BoundSearch BindSet(const Json &field, const SearchLeaf &leaf, const Value &value, const Json &condition,
                    const char *member) {
  const bool negative = leaf.negated || leaf.op == CompareOp::kNe;
  std::vector<std::string> keys = DistinctKeys(value);
  if (negative && HasNull(value)) return Nothing();
  if (keys.size() > kMostValues) return Everything();
  const bool all = leaf.test == Test::kContains;
  if (keys.empty()) return negative || all ? Everything() : Nothing();
  std::vector<Json> nodes;
  if (all) {
    for (std::string &key : keys) {
      Json one = condition;
      one[member] = Json::array({std::move(key)});
      nodes.push_back(Condition(field, std::move(one)));
    }
    return Node(Group("and", std::move(nodes)));
  }
  Json any = condition;
  any[member] = std::move(keys);
  nodes.push_back(Condition(field, std::move(any), negative));
  // Whether a negation finds rows without a value is disputed, so it is said.
  if (negative) nodes.push_back(Condition(field, Json{{"type", "exists"}}));
  return Node(Group("and", std::move(nodes)));
}

BoundSearch BindReference(const Json &field, const SearchLeaf &leaf, const Value &value) {
  // A group would stand for its members, and a word such as CURRENT_USER for one of the users.
  const std::string_view prefix = leaf.detail == kUserReference ? "user_" : "";
  const auto sendable = [&](const std::string &key) { return IsPlainId(key) && key.starts_with(prefix); };
  if (!std::ranges::all_of(DistinctKeys(value), sendable)) return Everything();
  return BindSet(field, leaf, value, Json{{"type", "reference"}, {"reference_type", leaf.detail}},
                 "object_ids");
}

BoundSearch BindTerm(const Json &field, const SearchLeaf &leaf, const Value &value) {
  // An empty text may count as no value.
  if (std::ranges::any_of(DistinctKeys(value), &std::string::empty)) return Everything();
  return BindSet(field, leaf, value, Json{{"type", "term"}}, "values");
}

// Calls are inbound or outbound to the API, and incoming or outgoing to the search.
BoundSearch BindDirection(const Json &field, const SearchLeaf &leaf, const Value &value) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kTwins = {
      {{"inbound", "incoming"}, {"outbound", "outgoing"}}};
  Value both;
  both.type = CrmType::kTextArray;
  for (const std::string &key : DistinctKeys(value)) {
    both.items.emplace_back(key);
    for (const auto &[api, search] : kTwins) {
      if (key == api) both.items.emplace_back(search);
      if (key == search) both.items.emplace_back(api);
    }
  }
  return BindTerm(field, leaf, both);
}

// Whether the label fulfils the condition, without its negation.
Match MatchLabel(const std::string &label, const SearchLeaf &leaf, const Value &value) {
  if (leaf.test == Test::kLike || leaf.test == Test::kILike) {
    return MatchLike(label, value.text, leaf.test == Test::kILike);
  }
  const std::vector<std::string> keys = DistinctKeys(value);
  return std::ranges::find(keys, label) != keys.end() ? Match::kYes : Match::kNo;
}

// A status that the list does not name (deleted, made just now) may have any label: it is not excluded by a
// negation, and has no label that another condition could name.
BoundSearch BindLabel(std::string_view type, const SearchLeaf &leaf, const Value &value,
                      const Vocabulary &vocabulary) {
  const bool negative = leaf.negated || leaf.op == CompareOp::kNe;
  if (negative && HasNull(value)) return Nothing();
  std::vector<std::string> ids;
  for (const Named &status : vocabulary.lead_statuses) {
    const Match match = MatchLabel(status.name, leaf, value);
    if (match == Match::kYes || (match == Match::kUnknown && !negative)) ids.push_back(status.id);
  }
  if (ids.empty()) return negative ? Everything() : Nothing();
  const Json field = FieldNode(type, "status_id");
  return Node(Condition(
      field, Json{{"type", "reference"}, {"reference_type", "status.lead"}, {"object_ids", std::move(ids)}},
      negative));
}

// ---- leaves and groups -----------------------------------------------------------------------------------

BoundSearch Unbound(const Json &field, const SearchLeaf &leaf) {
  static constexpr std::array<std::string_view, 6> kOps = {"=", "<>", "<", "<=", ">", ">="};
  std::string text(leaf.negated ? "NOT " : "");
  switch (leaf.test) {
    case Test::kAnyOf:
      text += "= ANY ";
      break;
    case Test::kLike:
      text += "LIKE ";
      break;
    case Test::kILike:
      text += "ILIKE ";
      break;
    case Test::kContains:
      text += "@> ";
      break;
    case Test::kOverlaps:
      text += "&& ";
      break;
    default:
      text += std::string(kOps[static_cast<int>(leaf.op)]) + " ";
  }
  if (leaf.operand.param >= 0) {
    text += ParamWord(leaf.operand);
  } else {
    std::string list;
    for (const std::string &key : DistinctKeys(leaf.operand.constant))
      list += (list.empty() ? "" : ", ") + key;
    text += list;
  }
  return Node(Condition(field, text));
}

BoundSearch BindLeaf(const SearchLeaf &leaf, std::string_view type, const SearchBinding &binding) {
  if (!leaf.proven && !binding.with_unproven) return Everything();
  const Json field = FieldNode(type, leaf.field);
  if (leaf.test == Test::kIsNull) return Node(Condition(field, Json{{"type", "exists"}}, !leaf.negated));
  const bool looked_up = leaf.kind == Kind::kLabel || leaf.kind == Kind::kSmartView;
  if ((leaf.operand.param >= 0 && binding.params == nullptr) ||
      (looked_up && binding.vocabulary == nullptr)) {
    return Unbound(field, leaf);
  }
  static const std::vector<Value> kNone;
  const Value &value = BoundValue(leaf.operand, binding.params ? *binding.params : kNone);
  if (value.is_null()) return Nothing();
  switch (leaf.kind) {
    case Kind::kText:
      return BindTexts(field, leaf, value);
    case Kind::kEmail:
    case Kind::kPhone:
      return BindAddress(type, leaf, value);
    case Kind::kTerm:
      return BindTerm(field, leaf, value);
    case Kind::kDirection:
      return BindDirection(field, leaf, value);
    case Kind::kReference:
      return BindReference(field, leaf, value);
    case Kind::kNumber:
      return BindNumber(field, leaf.op, value);
    case Kind::kMoment:
      return BindMoment(field, leaf.op, value);
    case Kind::kDay:
      return BindDay(field, leaf.op, value);
    case Kind::kLabel:
      return BindLabel(type, leaf, value, *binding.vocabulary);
    case Kind::kSmartView:
      return Node(Json{{"type", "saved_search"}, {"saved_search_id", binding.vocabulary->smart_view}});
  }
  return Everything();
}

}  // namespace

BoundSearch BindSearch(const SearchNode &node, std::string_view search_type, const SearchBinding &binding) {
  if (node.kind == SearchNode::Kind::kLeaf) return BindLeaf(node.leaf, search_type, binding);
  const bool is_and = node.kind == SearchNode::Kind::kAnd;
  std::vector<Json> nodes;
  for (const SearchNode &child : node.children) {
    BoundSearch bound = BindSearch(child, search_type, binding);
    if (bound.kind == BoundSearch::Kind::kNode) {
      nodes.push_back(std::move(bound.node));
    } else if ((bound.kind == BoundSearch::Kind::kNothing) == is_and) {
      return bound;
    }
  }
  if (nodes.empty()) return is_and ? Everything() : Nothing();
  return Node(Group(is_and ? "and" : "or", std::move(nodes)));
}

Translation TranslateForSearch(const Expr &expr, const ReadRequest &request, const Object &object) {
  if (object.search_type.empty()) {
    return {{}, Verdict::kLocal, "Close cannot search " + std::string(object.table)};
  }
  const bool is_and = expr.kind == Test::kAnd;
  if (!is_and && expr.kind != Test::kOr) return TranslateLeaf(expr, request, object);
  Translation whole{SearchNode{}, Verdict::kExact, ""};
  whole.node->kind = is_and ? SearchNode::Kind::kAnd : SearchNode::Kind::kOr;
  for (const Expr &child : expr.children) {
    Translation part = TranslateForSearch(child, request, object);
    if (part.verdict != Verdict::kExact) {
      whole.verdict = Verdict::kSuperset;
      if (whole.reason.empty()) whole.reason = part.reason;
    }
    if (part.node) {
      whole.node->children.push_back(std::move(*part.node));
    } else if (!is_and) {
      return {{}, Verdict::kLocal, std::move(part.reason)};
    }
  }
  if (whole.node->children.empty()) return {{}, Verdict::kLocal, std::move(whole.reason)};
  return whole;
}

bool IsSearchKey(const Object &object, std::string_view field) {
  return !object.search_type.empty() && (field == "date_created" || field == "date_updated") &&
         (field == "date_created" || !object.search_type.starts_with("activity."));
}

bool Uses(const SearchNode &node, SearchKind kind) {
  if (node.kind == SearchNode::Kind::kLeaf) return node.leaf.kind == kind;
  return std::ranges::any_of(node.children, [&](const SearchNode &child) { return Uses(child, kind); });
}

bool HasUnproven(const SearchNode &node) {
  if (node.kind == SearchNode::Kind::kLeaf) return !node.leaf.proven;
  return std::ranges::any_of(node.children, HasUnproven);
}

Json MomentCondition(std::string_view search_type, std::string_view field, std::optional<std::int64_t> from,
                     std::optional<std::int64_t> before) {
  Json range = {{"type", "moment_range"}};
  const auto moment = [](std::int64_t at) {
    return Json{{"type", "fixed_utc"}, {"value", FormatTimestamp(at, 3)}};
  };
  if (from) range["on_or_after"] = moment(*from);
  if (before) range["before"] = moment(*before);
  return Condition(FieldNode(search_type, std::string(field)), std::move(range));
}

// ---- JSON
// --------------------------------------------------------------------------------------------------

Json EncodeSearch(const SearchNode &node) {
  if (node.kind != SearchNode::Kind::kLeaf) {
    Json children = Json::array();
    for (const SearchNode &child : node.children) children.push_back(EncodeSearch(child));
    return {{node.kind == SearchNode::Kind::kAnd ? "and" : "or", std::move(children)}};
  }
  const SearchLeaf &leaf = node.leaf;
  return {
      {"field", leaf.field},     {"kind", static_cast<int>(leaf.kind)},   {"detail", leaf.detail},
      {"proven", leaf.proven},   {"test", static_cast<int>(leaf.test)},   {"op", static_cast<int>(leaf.op)},
      {"negated", leaf.negated}, {"operand", EncodeOperand(leaf.operand)}};
}

SearchNode DecodeSearch(const Json &json) {
  SearchNode node;
  if (json.empty()) throw Error(CrmErrorKind::kInternal, "an empty condition in a plan");
  if (!json.contains("field")) {
    const std::string word = json.begin().key();
    node.kind = word == "and" ? SearchNode::Kind::kAnd : SearchNode::Kind::kOr;
    for (const Json &child : json.begin().value()) node.children.push_back(DecodeSearch(child));
    return node;
  }
  const auto number = [&](const char *key, int most) {
    return static_cast<int>(PlanNumber(json.at(key), 0, most));
  };
  node.leaf.field = json.at("field").get<std::string>();
  node.leaf.kind = static_cast<Kind>(number("kind", static_cast<int>(Kind::kSmartView)));
  node.leaf.detail = json.at("detail").get<std::string>();
  node.leaf.proven = json.at("proven").get<bool>();
  node.leaf.test = static_cast<Test>(number("test", static_cast<int>(Test::kOverlaps)));
  node.leaf.op = static_cast<CompareOp>(number("op", static_cast<int>(CompareOp::kGe)));
  node.leaf.negated = json.at("negated").get<bool>();
  node.leaf.operand = DecodeOperand(json.at("operand"));
  return node;
}

}  // namespace crm::close_crm
