// What each leaf becomes: the table of salesforce §10.2, with the values of §10.5.
#include <algorithm>
#include <utility>

#include "core/civil_time.h"
#include "core/decimal.h"
#include "providers/salesforce/condition.h"
#include "providers/salesforce/soql_text.h"

namespace crm::salesforce {

namespace {

using Bound = BoundCondition;
using Test = Expr::Kind;

constexpr std::size_t kLongestText = 3900;  // of a literal; Salesforce takes 4,000 characters
constexpr std::size_t kMostItems = 3000;    // of a list that cannot be sent in parts
constexpr std::int64_t kInt32Max = 2'147'483'647;

Bound Nothing() { return {Bound::Kind::kNothing, true, {}, {}, {}}; }
Bound Everything(bool exact) { return {Bound::Kind::kEverything, exact, {}, {}, {}}; }
Bound Text(std::string text, bool exact) { return {Bound::Kind::kText, exact, std::move(text), {}, {}}; }

std::string_view OpWord(CompareOp op) {
  static constexpr std::string_view kWords[] = {"=", "!=", "<", "<=", ">", ">="};
  return kWords[static_cast<int>(op)];
}

std::string Compare(const std::string &field, CompareOp op, const std::string &literal) {
  return field + " " + std::string(OpWord(op)) + " " + literal;
}

std::string NotNull(const std::string &field) { return field + " != null"; }
// `!=` finds rows without a value, or not: under both readings the guard makes it what SQL means.
Bound Differs(const std::string &field, const std::string &condition) {
  return Text("(" + condition + " AND " + NotNull(field) + ")", true);
}

bool IsLess(CompareOp op) { return op == CompareOp::kLt || op == CompareOp::kLe; }

// The relationship that leads to the field: "Account." of "Account.Name"; empty: the record's own.
std::string PrefixOf(const std::string &field) { return field.substr(0, field.rfind('.') + 1); }

class LeafBinder {
 public:
  LeafBinder(const Leaf &leaf, const Value *value) : leaf_(leaf), field_(leaf.field), value_(value) {}

  Bound Bind() const {
    if (leaf_.test == Test::kIsNull) return NullTest();
    if (leaf_.kind == FieldClass::kBool) return Bool();
    if (value_ != nullptr && value_->is_null()) return Nothing();
    if (leaf_.test == Test::kAnyOf) return AnyOf();
    switch (leaf_.kind) {
      case FieldClass::kText:
      case FieldClass::kCasedText:
      case FieldClass::kPicklist:
        return leaf_.test == Test::kCompare ? TextCompare() : Like();
      case FieldClass::kList:
        return List();
      case FieldClass::kId:
      case FieldClass::kReference:
        return leaf_.test == Test::kCompare ? Id() : NotNullAtLeast();
      case FieldClass::kInt:
        return Int();
      case FieldClass::kDecimal:
        return Number();
      case FieldClass::kDate:
        return Date();
      case FieldClass::kMoment:
      case FieldClass::kExactMoment:
        return Moment();
      default:
        return NotNullAtLeast();
    }
  }

 private:
  // Every condition that is left over here holds for no row without a value.
  Bound NotNullAtLeast() const { return NotNullBut(false); }
  Bound NotNullBut(bool exact) const {
    return leaf_.kind == FieldClass::kId ? Everything(exact) : Text(NotNull(field_), exact);
  }
  std::string Unbound() const { return ParamWord(leaf_.operand); }

  Bound NullTest() const {
    const bool never_null = leaf_.kind == FieldClass::kId;
    if (leaf_.kind == FieldClass::kBool) {
      // A flag is never null; one of another record is where there is none.
      const std::string prefix = PrefixOf(field_);
      if (!prefix.empty()) return Text(prefix + "Id " + (leaf_.negated ? "!=" : "=") + " null", true);
    }
    if (never_null || leaf_.kind == FieldClass::kBool) return leaf_.negated ? Everything(true) : Nothing();
    return Text(field_ + (leaf_.negated ? " != null" : " = null"), true);
  }

  // ---- flags ---------------------------------------------------------------------------------------------

  Bound Bool() const {
    bool may[2] = {false, false};  // which of false and true match
    if (leaf_.test == Test::kIsTrue) {
      may[leaf_.negated ? 0 : 1] = true;
    } else if (value_ == nullptr) {
      return Flag(std::string(leaf_.op == CompareOp::kNe ? "!= " : "= ") + Unbound());
    } else if (value_->is_null()) {
      return Nothing();
    } else {
      for (const int flag : {0, 1}) may[flag] = Holds(flag - static_cast<int>(value_->boolean));
    }
    if (!may[0] && !may[1]) return Nothing();
    const std::string prefix = PrefixOf(field_);
    if (may[0] && may[1]) return prefix.empty() ? Everything(true) : Text(NotNull(prefix + "Id"), true);
    return Flag(may[1] ? "= TRUE" : "= FALSE");
  }

  // Salesforce takes a flag of a record that is not there for false.
  Bound Flag(const std::string &test) const {
    const std::string prefix = PrefixOf(field_);
    if (prefix.empty()) return Text(field_ + " " + test, true);
    return Text("(" + field_ + " " + test + " AND " + NotNull(prefix + "Id") + ")", true);
  }

  // Whether `a op b` for a - b = difference.
  bool Holds(int difference) const {
    switch (leaf_.op) {
      case CompareOp::kEq:
        return difference == 0;
      case CompareOp::kNe:
        return difference != 0;
      case CompareOp::kLt:
        return difference < 0;
      case CompareOp::kLe:
        return difference <= 0;
      case CompareOp::kGt:
        return difference > 0;
      case CompareOp::kGe:
        return difference >= 0;
    }
    return true;
  }

  // ---- text ----------------------------------------------------------------------------------------------

  // What can be read otherwise than it is stored: line breaks, and what stands for a mended byte.
  static bool IsSendableText(const std::string &text) {
    return text.size() <= kLongestText && text.find_first_of("\r\n") == std::string::npos &&
           text.find("\xEF\xBF\xBD") == std::string::npos;
  }

  // Salesforce stores no empty text.
  Bound TextCompare() const {
    const bool equal = leaf_.op == CompareOp::kEq;
    if (value_ == nullptr)
      return equal ? Text(Compare(field_, leaf_.op, Unbound()), false) : NotNullAtLeast();
    const std::string &text = value_->text;
    if (text.empty() && (equal || IsLess(leaf_.op))) return Nothing();
    if (text.empty()) return NotNullBut(true);
    if (!equal || !IsSendableText(text)) return NotNullAtLeast();
    return Text(Compare(field_, leaf_.op, QuoteText(text)), false);
  }

  Bound Like() const {
    if (leaf_.negated || (leaf_.test != Test::kLike && leaf_.test != Test::kILike)) return NotNullAtLeast();
    const bool fold_case = leaf_.test == Test::kILike;
    // LIKE compares the labels of picklists.
    if (fold_case && leaf_.kind != FieldClass::kText) return NotNullAtLeast();
    if (value_ == nullptr) {
      return leaf_.kind == FieldClass::kPicklist ? NotNullAtLeast()
                                                 : Text(field_ + " LIKE " + Unbound(), false);
    }
    const Pattern pattern = TranslatePattern(value_->text, fold_case);
    if (pattern.kind == Pattern::kAnything) return NotNullBut(true);
    if (pattern.kind == Pattern::kUnsendable) return NotNullAtLeast();
    if (pattern.kind == Pattern::kPlain && pattern.text.empty()) return Nothing();
    const bool sendable = IsSendableText(pattern.text);
    if (!sendable || (pattern.kind == Pattern::kPattern && leaf_.kind == FieldClass::kPicklist))
      return NotNullAtLeast();
    const char *word = pattern.kind == Pattern::kPlain ? " = " : " LIKE ";
    const std::string literal =
        pattern.kind == Pattern::kPlain ? QuoteText(pattern.text) : QuotePattern(pattern.text);
    return Text(field_ + word + literal, false);
  }

  // ---- lists of values -----------------------------------------------------------------------------------

  Bound AnyOf() const {
    const bool is_id = leaf_.kind == FieldClass::kId || leaf_.kind == FieldClass::kReference;
    const bool is_exact = is_id || leaf_.kind == FieldClass::kInt;
    if (value_ == nullptr) {
      // An empty list excludes nothing, rows without a value included.
      if (leaf_.negated) return Everything(false);
      return Text(InList(field_, {Unbound()}, false), is_exact);
    }
    const bool has_null = std::ranges::any_of(value_->items, [](const auto &item) { return !item; });
    if (leaf_.negated && has_null) return Nothing();
    if (leaf_.negated && value_->items.empty()) return Everything(true);
    if (leaf_.negated && !is_exact) return NotNullAtLeast();
    std::vector<std::string> literals;
    for (const auto &item : value_->items) {
      if (!item) continue;
      if (is_exact) {
        if (auto literal = is_id ? IdLiteral(*item) : IntLiteral(*item))
          literals.push_back(std::move(*literal));
      } else if (!item->empty()) {
        if (!IsSendableText(*item)) return NotNullAtLeast();
        literals.push_back(QuoteText(*item));
      }
    }
    std::ranges::sort(literals);
    literals.erase(std::unique(literals.begin(), literals.end()), literals.end());
    if (literals.empty()) return leaf_.negated ? NotNullBut(true) : Nothing();
    if (leaf_.negated) {
      return literals.size() > kMostItems ? NotNullAtLeast() : Excluding(InList(field_, literals, true));
    }
    Bound bound = Text(InList(field_, literals, false), is_exact);
    bound.list_field = field_;
    bound.items = std::move(literals);
    return bound;
  }

  Bound Excluding(const std::string &condition) const {
    return leaf_.kind == FieldClass::kId ? Text(condition, true) : Differs(field_, condition);
  }

  static std::optional<std::string> IdLiteral(const std::string &text) {
    if (text.size() != 18) return std::nullopt;  // what is read has 18 characters
    const auto id = FullId(text);
    return id ? std::optional(QuoteText(*id)) : std::nullopt;
  }

  static std::optional<std::string> IntLiteral(const std::string &text) {
    const auto number = ParseDecimal(text, NumberGrammar::kLoose);
    const auto integer = number ? ToInt64(*number) : std::nullopt;
    if (!integer || *integer > kInt32Max || *integer < -kInt32Max - 1) return std::nullopt;
    return std::to_string(*integer);
  }

  // Multi-select picklists: "a;b" is both.
  Bound List() const {
    const bool all = leaf_.test == Test::kContains;
    if (!all && leaf_.test != Test::kOverlaps) return NotNullAtLeast();
    if (value_ == nullptr) {
      return leaf_.negated ? NotNullAtLeast() : Text(field_ + " INCLUDES (" + Unbound() + ")", false);
    }
    std::vector<std::string> values;
    const auto take = [&](const std::optional<std::string> &item) {
      if (item && !item->empty()) values.push_back(*item);
      return item && !item->empty();
    };
    bool complete = true;
    if (value_->type == CrmType::kText) {
      take(value_->text);
    } else {
      for (const auto &item : value_->items) complete = take(item) && complete;
    }
    if (all && value_->items.empty()) return leaf_.negated ? Nothing() : NotNullBut(true);
    const bool never = all ? !complete : values.empty();
    if (never) return leaf_.negated ? NotNullBut(true) : Nothing();
    if (leaf_.negated) return NotNullAtLeast();
    const auto sendable = [](const std::string &value) {
      return IsSendableText(value) && value.find(';') == std::string::npos;
    };
    if (!std::ranges::all_of(values, sendable)) return NotNullAtLeast();
    std::string list;
    for (const std::string &value : values) {
      list += list.empty() ? "" : all ? ";" : ",";
      list += all ? value : QuoteText(value);
    }
    return Text(field_ + " INCLUDES (" + (all ? QuoteText(list) : list) + ")", false);
  }

  // ---- ids and numbers -----------------------------------------------------------------------------------

  Bound Id() const {
    const bool equal = leaf_.op == CompareOp::kEq;
    if (!equal && leaf_.op != CompareOp::kNe) return NotNullAtLeast();
    if (value_ == nullptr) return equal ? Text(Compare(field_, leaf_.op, Unbound()), true) : Other(Unbound());
    const auto literal = IdLiteral(value_->text);
    if (!literal) return equal ? Nothing() : NotNullBut(true);
    return equal ? Text(Compare(field_, leaf_.op, *literal), true) : Other(*literal);
  }

  Bound Other(const std::string &literal) const {
    return Excluding(Compare(field_, CompareOp::kNe, literal));
  }

  Bound Exactly(const std::string &literal) const {
    return leaf_.op == CompareOp::kNe ? Other(literal) : Text(Compare(field_, leaf_.op, literal), true);
  }

  // The operand is below (-1) or above (1) all values that there can be.
  Bound OutOfRange(int side) const {
    const bool all = leaf_.op == CompareOp::kNe || (side < 0 ? !IsLess(leaf_.op) : IsLess(leaf_.op));
    return all && leaf_.op != CompareOp::kEq ? NotNullBut(true) : Nothing();
  }

  Bound Int() const {
    if (value_ == nullptr) return Exactly(Unbound());
    const std::int64_t number = value_->integer;
    if (number > kInt32Max) return OutOfRange(1);
    if (number < -kInt32Max - 1) return OutOfRange(-1);
    return Exactly(std::to_string(number));
  }

  Bound Number() const {
    const bool differs = leaf_.op == CompareOp::kNe;
    if (value_ == nullptr)
      return differs ? NotNullAtLeast() : Text(Compare(field_, leaf_.op, Unbound()), false);
    const std::string &text = value_->text;
    if (text == "NaN" || text == "Infinity") return OutOfRange(1);
    if (text == "-Infinity") return OutOfRange(-1);
    const auto bounds = WidenDecimal(text);
    if (!bounds) return NotNullAtLeast();
    if (bounds->is_zero) return Exactly("0");
    if (differs) return NotNullAtLeast();
    const std::string low = Compare(field_, CompareOp::kGe, bounds->low);
    const std::string high = Compare(field_, CompareOp::kLe, bounds->high);
    if (leaf_.op == CompareOp::kEq) return Text("(" + low + " AND " + high + ")", false);
    return Text(IsLess(leaf_.op) ? high : low, false);
  }

  // ---- time ----------------------------------------------------------------------------------------------

  Bound Date() const {
    if (value_ == nullptr) return Exactly(Unbound());
    static const std::int64_t first = *ParseDate("1700-01-01"), last = *ParseDate("4000-12-31");
    if (value_->integer < first) return OutOfRange(-1);
    if (value_->integer > last) return OutOfRange(1);
    return Exactly(FormatDate(value_->integer));
  }

  Bound Moment() const {
    const bool is_exact = leaf_.kind == FieldClass::kMoment;
    const bool differs = leaf_.op == CompareOp::kNe;
    if (value_ == nullptr) {
      if (differs && !is_exact) return NotNullAtLeast();
      return is_exact ? Exactly(Unbound()) : Text(Compare(field_, leaf_.op, Unbound()), false);
    }
    const std::int64_t time = value_->integer;
    static const std::int64_t first = *ParseTimestamp("1700-01-01"), last = *ParseTimestamp("4001-01-01");
    if (time < first) return OutOfRange(-1);
    if (time >= last) return OutOfRange(1);
    if (!IsSendableTime(time)) return NotNullAtLeast();
    const std::int64_t rest = ((time % kMicrosPerSecond) + kMicrosPerSecond) % kMicrosPerSecond;
    const std::string floor = FormatTimestamp(time, 0);
    const std::string ceiling = rest == 0 ? floor : FormatTimestamp(time + kMicrosPerSecond, 0);
    if (is_exact && rest == 0) return Exactly(floor);
    if (is_exact && leaf_.op == CompareOp::kEq) return Nothing();
    if (differs) return NotNullBut(is_exact);
    if (leaf_.op == CompareOp::kEq) {
      return Text("(" + Compare(field_, CompareOp::kGe, floor) + " AND " +
                      Compare(field_, CompareOp::kLe, ceiling) + ")",
                  false);
    }
    // Between two whole seconds lies nothing that is stored; other objects may store something there.
    const std::string &below = is_exact ? floor : ceiling, &above = is_exact ? ceiling : floor;
    return Text(
        IsLess(leaf_.op) ? Compare(field_, CompareOp::kLe, below) : Compare(field_, CompareOp::kGe, above),
        is_exact);
  }

  const Leaf &leaf_;
  const std::string &field_;
  const Value *value_;  // null: not known yet
};

Bound BindLeaf(const Leaf &leaf, const std::vector<Value> *params) {
  static const auto &none = *new std::vector<Value>;
  const bool unbound = leaf.operand.param >= 0 && params == nullptr;
  const Value *value = unbound ? nullptr : &BoundValue(leaf.operand, params == nullptr ? none : *params);
  return LeafBinder(leaf, value).Bind();
}

// The children of a group, as one text; `nothing` and `everything` are what the group is without any.
Bound BindGroup(const Condition &group, const std::vector<Value> *params) {
  const bool all = group.kind == Condition::Kind::kAnd;
  bool exact = true;
  std::vector<std::string> texts;
  for (const Condition &child : group.children) {
    Bound bound = BindCondition(child, params);
    if (bound.kind == (all ? Bound::Kind::kNothing : Bound::Kind::kEverything)) return bound;
    exact = exact && bound.exact;
    if (bound.kind != Bound::Kind::kText) continue;
    if (bound.items.size() > kMostItems) {
      if (!all) return Everything(false);
      exact = false;
      continue;
    }
    texts.push_back(std::move(bound.text));
  }
  if (texts.empty()) return all ? Everything(exact) : Nothing();
  if (texts.size() == 1) return Text(std::move(texts.front()), exact);
  std::string joined = "(";
  for (const std::string &text : texts) joined += (joined.size() == 1 ? "" : all ? " AND " : " OR ") + text;
  return Text(joined + ")", exact);
}

// `field [NOT] IN (SELECT own FROM object WHERE …)`.
Bound BindSelect(const Condition &select, const std::vector<Value> *params) {
  std::string where;
  bool exact = true;
  const auto add = [&](const std::string &text) {
    where.append(where.empty() ? " WHERE " : " AND ").append(text);
  };
  for (const Condition &child : select.children) {
    const Bound bound = BindCondition(child, params);
    if (bound.kind == Bound::Kind::kNothing) return select.leaf.negated ? Everything(true) : Nothing();
    exact = exact && bound.exact;
    if (bound.kind == Bound::Kind::kText) add(bound.text);
  }
  // What a missing value among those selected does to NOT IN is not known of every version.
  if (select.own != "Id") add(NotNull(select.own));
  Bound bound = Text(select.leaf.field + (select.leaf.negated ? " NOT IN (SELECT " : " IN (SELECT ") +
                         select.own + " FROM " + select.object + where + ")",
                     exact);
  bound.needed = true;
  return bound;
}

}  // namespace

BoundCondition BindCondition(const Condition &condition, const std::vector<Value> *params) {
  switch (condition.kind) {
    case Condition::Kind::kLeaf:
      return BindLeaf(condition.leaf, params);
    case Condition::Kind::kSelect:
      return BindSelect(condition, params);
    default:
      return BindGroup(condition, params);
  }
}

std::string InList(std::string_view field, const std::vector<std::string> &items, bool negated) {
  std::string text = std::string(field) + (negated ? " NOT IN (" : " IN (");
  for (const std::string &item : items) text.append(&item == items.data() ? "" : ",").append(item);
  return text + ")";
}

}  // namespace crm::salesforce
