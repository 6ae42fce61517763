// From conditions to SOQL (salesforce §10.1 to §10.7). What is sent finds every row that matches, under each
// reading of what Salesforce does not document, and perhaps more.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/read_request.h"
#include "providers/operand.h"

namespace crm::salesforce {

// How Salesforce compares a field (salesforce §10.1).
enum class FieldClass : std::uint8_t {
  kNone,  // never in a condition
  kText,
  kCasedText,  // unique and case-sensitive
  kPicklist,
  kList,  // multi-select picklist
  kId,    // of the record itself
  kReference,
  kInt,
  kDecimal,
  kBool,
  kDate,
  kMoment,       // date and time, stored in whole seconds
  kExactMoment,  // the same of objects that may store fractions
  kClock,        // time of day
};
// By the field's type alone; kNone as well where the column's type is not the one that IMPORT gives it.
// `object`: API name.
FieldClass TypeClassOf(const Field &field, std::string_view object);
// Whether the object's fields compare as those of most objects: it is not kept elsewhere, nor an event.
bool HasOwnStore(std::string_view object);

// `field test operand`.
struct Leaf {
  std::string field;  // "Name", "Account.Name"
  FieldClass kind = FieldClass::kNone;
  Expr::Kind test = Expr::Kind::kCompare;
  CompareOp op = CompareOp::kEq;
  bool negated = false;
  Operand operand;
};

struct Condition {
  enum class Kind : std::uint8_t {
    kAnd,
    kOr,
    kLeaf,
    kSelect,  // leaf.field [NOT] IN (SELECT own FROM object WHERE children)
  };
  Kind kind = Kind::kLeaf;
  Leaf leaf;  // kSelect: field and negated alone
  std::vector<Condition> children;
  std::string object, own;  // kSelect
};

Json EncodeCondition(const Condition &condition);
// Error: kInternal, or an exception of the JSON library, for what Encode did not make.
Condition DecodeCondition(const Json &json);

struct Translation {
  std::optional<Condition> condition;
  Verdict verdict = Verdict::kLocal;
  std::string reason;  // why it is not exact, or not sent
};
Translation TranslateCondition(const Expr &expr, const ReadRequest &request);

// A condition with its values.
struct BoundCondition {
  enum class Kind : std::uint8_t {
    kNothing,     // no row can match
    kEverything,  // nothing is sent
    kText,        // `text` is
  };
  Kind kind = Kind::kText;
  bool exact = false;  // the rows that are found are those that match
  std::string text;    // may stand between AND and AND, or in a group of ORs
  // `text` is `list_field IN (items)`, and may be sent in parts, whose rows differ; empty: it is not.
  std::string list_field;
  std::vector<std::string> items;
  // Without it other rows would come than are asked for, and nobody would leave them out here.
  bool needed = false;
};
// `params` null: unbound ones print as "$1", and `exact` holds for all values they may have.
BoundCondition BindCondition(const Condition &condition, const std::vector<Value> *params);

// "Field IN (a,b)".
std::string InList(std::string_view field, const std::vector<std::string> &items, bool negated);

}  // namespace crm::salesforce
