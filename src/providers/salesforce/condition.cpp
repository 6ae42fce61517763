#include "providers/salesforce/condition.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "providers/salesforce/field_words.h"

namespace crm::salesforce {

namespace {

using Test = Expr::Kind;

bool EndsWithAny(std::string_view name, std::initializer_list<std::string_view> ends) {
  return std::ranges::any_of(ends, [&](std::string_view end) { return name.ends_with(end); });
}

// Objects whose times may have fractions.
bool StoresFractions(std::string_view object) { return EndsWithAny(object, {"Event", "EventStore"}); }
// Objects of other stores, with other rules of comparison.
bool IsForeignStore(std::string_view object) {
  return EndsWithAny(object, {"__x", "__b", "__e", "__dlm", "__dll"});
}
bool IsMetadata(std::string_view object) { return object.ends_with("__mdt"); }

// Nobody may select from these (salesforce §5.9).
bool IsSelectable(std::string_view object) {
  static constexpr std::string_view kObjects[] = {
      "ActivityHistory", "Attachment", "Event", "EventAttendee", "Note", "Task", "OpenActivity"};
  return std::ranges::find(kObjects, object) == std::end(kObjects) && !EndsWithAny(object, {"Tag", "__Tag"});
}

struct TypeClass {
  std::string_view remote_type;
  CrmType type;  // of the column that IMPORT makes of it
  FieldClass kind;
};
constexpr TypeClass kTypes[] = {
    {"id", CrmType::kText, FieldClass::kId},
    {"reference", CrmType::kText, FieldClass::kReference},
    {"masterrecord", CrmType::kText, FieldClass::kReference},
    {"string", CrmType::kText, FieldClass::kText},
    {"textarea", CrmType::kText, FieldClass::kText},
    {"email", CrmType::kText, FieldClass::kText},
    {"phone", CrmType::kText, FieldClass::kText},
    {"url", CrmType::kText, FieldClass::kText},
    {"combobox", CrmType::kText, FieldClass::kText},
    {"picklist", CrmType::kText, FieldClass::kPicklist},
    {"multipicklist", CrmType::kTextArray, FieldClass::kList},
    {"boolean", CrmType::kBool, FieldClass::kBool},
    {"int", CrmType::kInt, FieldClass::kInt},
    {"double", CrmType::kDecimal, FieldClass::kDecimal},
    {"currency", CrmType::kDecimal, FieldClass::kDecimal},
    {"percent", CrmType::kDecimal, FieldClass::kDecimal},
    {"date", CrmType::kDate, FieldClass::kDate},
    {"datetime", CrmType::kTimestamp, FieldClass::kMoment},
    {"time", CrmType::kText, FieldClass::kClock},
};

}  // namespace

bool HasOwnStore(std::string_view object) {
  return !IsForeignStore(object) && !StoresFractions(object) && !IsMetadata(object);
}

FieldClass TypeClassOf(const Field &field, std::string_view object) {
  const auto *found = std::ranges::find(kTypes, field.remote_type, &TypeClass::remote_type);
  if (found == std::end(kTypes) || found->type != field.type) return FieldClass::kNone;
  const bool of_parent = field.path.find('.') != std::string::npos;
  if (IsForeignStore(object) && found->kind != FieldClass::kId) return FieldClass::kNone;
  if (found->kind == FieldClass::kId && of_parent) return FieldClass::kReference;
  if (found->kind == FieldClass::kText && field.HasTrait(kCaseSensitive)) return FieldClass::kCasedText;
  if (found->kind == FieldClass::kMoment && StoresFractions(object)) return FieldClass::kExactMoment;
  return found->kind;
}

// ---- the plan's text
// ---------------------------------------------------------------------------------------

Json EncodeCondition(const Condition &condition) {
  if (condition.kind != Condition::Kind::kLeaf) {
    Json children = Json::array();
    for (const Condition &child : condition.children) children.push_back(EncodeCondition(child));
    if (condition.kind == Condition::Kind::kSelect)
      return {{"in", condition.leaf.field},
              {"negated", condition.leaf.negated},
              {"select", condition.own},
              {"from", condition.object},
              {"where", std::move(children)}};
    return {{condition.kind == Condition::Kind::kAnd ? "and" : "or", std::move(children)}};
  }
  const Leaf &leaf = condition.leaf;
  return {{"field", leaf.field},
          {"kind", static_cast<int>(leaf.kind)},
          {"test", static_cast<int>(leaf.test)},
          {"op", static_cast<int>(leaf.op)},
          {"negated", leaf.negated},
          {"operand", EncodeOperand(leaf.operand)}};
}

Condition DecodeCondition(const Json &json) {
  Condition condition;
  if (json.empty()) throw Error(CrmErrorKind::kInternal, "an empty condition in a plan");
  if (json.contains("in")) {
    condition.kind = Condition::Kind::kSelect;
    condition.leaf.field = json.at("in").get<std::string>();
    condition.leaf.negated = json.at("negated").get<bool>();
    condition.own = json.at("select").get<std::string>();
    condition.object = json.at("from").get<std::string>();
    for (const Json &child : json.at("where")) condition.children.push_back(DecodeCondition(child));
    return condition;
  }
  if (!json.contains("field")) {
    condition.kind = json.begin().key() == "and" ? Condition::Kind::kAnd : Condition::Kind::kOr;
    for (const Json &child : json.begin().value()) condition.children.push_back(DecodeCondition(child));
    return condition;
  }
  const auto number = [&](const char *key, auto most) {
    return static_cast<decltype(most)>(PlanNumber(json.at(key), 0, static_cast<std::int64_t>(most)));
  };
  Leaf &leaf = condition.leaf;
  leaf.field = json.at("field").get<std::string>();
  leaf.kind = number("kind", FieldClass::kClock);
  leaf.test = number("test", Test::kOverlaps);
  leaf.op = number("op", CompareOp::kGe);
  leaf.negated = json.at("negated").get<bool>();
  leaf.operand = DecodeOperand(json.at("operand"));
  return condition;
}

// ---- translation
// -------------------------------------------------------------------------------------------

namespace {

Translation Local(std::string reason) { return {std::nullopt, Verdict::kLocal, std::move(reason)}; }

// Null: conditions on the field may be sent (salesforce §10.1).
const char *WhyUnfiltered(const Field &field) {
  if (!field.HasTrait(kFilterable)) return "Salesforce does not filter by this field";
  if (field.HasTrait(kCalculated)) return "a formula may be read otherwise than it is compared";
  if (field.HasTrait(kPersonName)) return "it is not known how Salesforce compares a person's name";
  const bool opaque = field.HasTrait(kLong) || field.HasTrait(kEncrypted) || field.HasTrait(kHtml);
  return opaque ? "Salesforce does not compare such a text" : nullptr;
}

// Why Salesforce may find more rows, or nothing of the condition can be sent.
std::string_view Looseness(const Leaf &leaf) {
  switch (leaf.kind) {
    case FieldClass::kText:
      return "Salesforce compares without regard to case";
    case FieldClass::kCasedText:
    case FieldClass::kPicklist:
      return "Salesforce compares text in its own way";
    case FieldClass::kList:
      return "Salesforce compares picklist values in its own way";
    case FieldClass::kDecimal:
      return "numbers may be stored with more digits than are read";
    case FieldClass::kExactMoment:
      return "times may be stored with fractions of seconds";
    case FieldClass::kId:
    case FieldClass::kReference:
      return "ids are only compared for equality";
    default:
      return "Salesforce compares in its own way";
  }
}

Translation TranslateLeaf(const Expr &expr, const ReadRequest &request) {
  const Field &field = request.fields[static_cast<std::size_t>(expr.field)];
  Leaf leaf;
  leaf.field = field.path;
  if (const char *why = WhyUnfiltered(field)) return Local(why);
  leaf.kind = TypeClassOf(field, request.object);
  if (leaf.kind == FieldClass::kNone) return Local("the column's type is not the one that IMPORT gives it");
  leaf.test = expr.kind;
  leaf.op = expr.op;
  leaf.negated = expr.negated;
  leaf.operand = Operand::Of(expr);
  Condition condition;
  condition.leaf = std::move(leaf);
  const BoundCondition bound = BindCondition(condition, nullptr);
  if (bound.kind == BoundCondition::Kind::kEverything && !bound.exact)
    return Local(std::string(Looseness(condition.leaf)));
  if (bound.exact) return {std::move(condition), Verdict::kExact, ""};
  std::string reason(Looseness(condition.leaf));
  if (bound.text == field.path + " != null") reason += "; only rows without a value are left out";
  return {std::move(condition), Verdict::kSuperset, std::move(reason)};
}

Condition Group(Condition::Kind kind) {
  Condition group;
  group.kind = kind;
  return group;
}

// All arms, or none.
Translation TranslateOr(const Expr &expr, const ReadRequest &request) {
  Translation whole{Group(Condition::Kind::kOr), Verdict::kExact, ""};
  for (const Expr &child : expr.children) {
    Translation arm = TranslateCondition(child, request);
    if (!arm.condition) return Local(std::move(arm.reason));
    if (arm.verdict == Verdict::kSuperset) {
      whole.verdict = Verdict::kSuperset;
      if (whole.reason.empty()) whole.reason = std::move(arm.reason);
    }
    whole.condition->children.push_back(std::move(*arm.condition));
  }
  if (IsMetadata(request.object)) return Local("custom metadata is not filtered by OR");
  return whole;
}

// Any of the arms.
Translation TranslateAnd(const Expr &expr, const ReadRequest &request) {
  Translation whole{Group(Condition::Kind::kAnd), Verdict::kExact, ""};
  for (const Expr &child : expr.children) {
    Translation arm = TranslateCondition(child, request);
    if (arm.verdict != Verdict::kExact) {
      whole.verdict = Verdict::kSuperset;
      if (whole.reason.empty()) whole.reason = std::move(arm.reason);
    }
    if (arm.condition) whole.condition->children.push_back(std::move(*arm.condition));
  }
  if (whole.condition->children.empty()) return Local(std::move(whole.reason));
  return whole;
}

// Null: the field may stand on a side of IN (SELECT …).
const char *WhyUnselected(const Field &field, std::string_view object) {
  if (const char *why = WhyUnfiltered(field)) return why;
  const FieldClass kind = TypeClassOf(field, object);
  if (kind != FieldClass::kId && kind != FieldClass::kReference) return "it is no id";
  return field.path.find('.') == std::string::npos ? nullptr : "it is of another record";
}

// Of any of its leaves.
std::size_t FieldIn(const Expr &expr) {
  return expr.children.empty() ? static_cast<std::size_t>(expr.field) : FieldIn(expr.children.front());
}

bool NamesParent(const Condition &condition) {
  return condition.leaf.field.find('.') != std::string::npos ||
         std::ranges::any_of(condition.children, NamesParent);
}

// Nobody sees the rows that are selected: their conditions have to be exact (salesforce §10.3).
Translation TranslateSelect(const Expr &expr, const ReadRequest &request) {
  const SubSelect &select = request.selects[static_cast<std::size_t>(expr.select)];
  const Field &field = request.fields[static_cast<std::size_t>(expr.field)];
  const Field &own = select.fields[static_cast<std::size_t>(select.own)];
  if (const char *why = WhyUnselected(field, request.object)) return Local(why);
  if (const char *why = WhyUnselected(own, select.object)) return Local(why);
  if (!HasOwnStore(select.object) || !IsSelectable(select.object) || select.object == request.object)
    return Local("Salesforce does not select from this object");
  if (expr.negated && TypeClassOf(field, request.object) != FieldClass::kId)
    return Local("it is not known what Salesforce makes of rows without a value");
  Condition condition;
  condition.kind = Condition::Kind::kSelect;
  condition.leaf.field = field.path;
  condition.leaf.negated = expr.negated;
  condition.own = own.path;
  condition.object = select.object;
  ReadRequest inner;
  inner.object = select.object;
  inner.fields = select.fields;
  for (const Expr &conjunct : select.conjuncts) {
    if (inner.fields[FieldIn(conjunct)].HasTrait("given")) return Local("the query is of another table");
    Translation part = TranslateCondition(conjunct, inner);
    if (part.verdict != Verdict::kExact) return Local(std::move(part.reason));
    if (NamesParent(*part.condition)) return Local("a condition is on another record");
    condition.children.push_back(std::move(*part.condition));
  }
  return {std::move(condition), Verdict::kExact, ""};
}

}  // namespace

Translation TranslateCondition(const Expr &expr, const ReadRequest &request) {
  if (expr.kind == Test::kOr) return TranslateOr(expr, request);
  if (expr.kind == Test::kAnd) return TranslateAnd(expr, request);
  if (expr.kind == Test::kInSelect) return TranslateSelect(expr, request);
  return TranslateLeaf(expr, request);
}

}  // namespace crm::salesforce
