// What a search of Close finds and what a condition of SQL means, on records that a test makes up. Whatever
// is not documented is a reading: each of them has to be served.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "close_support.h"
#include "core/civil_time.h"
#include "core/like.h"
#include "providers/close/search_filter.h"

namespace crm::close_test {

// Values by path: texts, decimals as text, whole numbers, times in microseconds, days; null or absent: NULL.
using Record = std::map<std::string, Json>;

struct Semantics {
  bool folds_case = true;              // of words and values, on both sides
  bool lowers_index = false;           // exact_value: of the index only
  bool negation_finds_missing = true;  // a negated condition is true where there is no value
  bool empty_exists = true;            // an empty text is a value
  int day_starts = 0;                  // hours before midnight UTC at which the index begins a day
};

inline std::vector<Semantics> AllSemantics() {
  std::vector<Semantics> all;
  for (int bits = 0; bits < 16; ++bits) {
    const bool folds = (bits & 1) != 0, lowers = (bits & 2) != 0;
    all.push_back({folds, lowers && !folds, (bits & 4) != 0, (bits & 8) != 0, bits * 26 / 15 - 12});
  }
  return all;
}

// ASCII, and the accented letters that the tests use.
inline std::string Folded(std::string text) {
  static const std::vector<std::pair<std::string, std::string>> kTwins = {
      {"Ä", "ä"}, {"É", "é"}, {"İ", "i"}, {"ß", "ss"}};
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const auto &[from, to] : kTwins) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;)
      text.replace(at, from.size(), to);
  }
  return text;
}

inline std::vector<std::string> WordsOf(const std::string &text, const Semantics &semantics) {
  std::vector<std::string> words(1);
  for (const char c : semantics.folds_case ? Folded(text) : text) {
    const bool is_word = static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c));
    if (is_word) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

inline double AsNumber(const Json &value) {
  return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}

class SearchModel {
 public:
  explicit SearchModel(const Semantics &semantics) : semantics_(semantics) {}

  bool Finds(const Json &node, const Record &record) const {
    const auto type = node.at("type").get<std::string>();
    if (type == "field_condition") return Condition(node, record);
    EXPECT_FALSE(node.contains("negate")) << node.dump();
    if (type == "and") {
      return std::ranges::all_of(node.at("queries"), [&](const Json &part) { return Finds(part, record); });
    }
    if (type == "or") {
      return std::ranges::any_of(node.at("queries"), [&](const Json &part) { return Finds(part, record); });
    }
    if (type == "has_related") return Related(node, record);
    ADD_FAILURE() << "unknown node " << node.dump();
    return false;
  }

 private:
  static std::vector<Json> Values(const Record &record, const std::string &path) {
    const auto found = record.find(path);
    if (found == record.end() || found->second.is_null()) return {};
    if (!found->second.is_array()) return {found->second};
    std::vector<Json> values;
    for (const Json &item : found->second) {
      if (!item.is_null()) values.push_back(item);
    }
    return values;
  }

  bool Related(const Json &node, const Record &record) const {
    const Json *inner = &node.at("related_query");
    const bool from_lead = node.at("this_object_type") == "lead";
    if (from_lead) {
      EXPECT_EQ(node.at("related_object_type"), "contact");
      EXPECT_EQ(inner->at("this_object_type"), "contact");
      inner = &inner->at("related_query");
    }
    const bool is_email = node.dump().find("contact_email") != std::string::npos;
    const std::string own = is_email ? "emails.[].email" : "phones.[].phone";
    for (const Json &address : Values(record, from_lead ? "contacts.[]." + own : own)) {
      if (Finds(*inner, {{is_email ? "email" : "phone", address}})) return true;
    }
    return false;
  }

  bool Condition(const Json &node, const Record &record) const {
    const Json &field = node.at("field");
    const bool is_custom = field.at("type") == "custom_field";
    const auto path = is_custom ? "custom." + field.at("custom_field_id").get<std::string>()
                                : field.at("field_name").get<std::string>();
    std::vector<Json> values = Values(record, path);
    if (!semantics_.empty_exists) std::erase(values, Json(""));
    const Json &condition = node.at("condition");
    const bool negate = node.value("negate", false);
    if (condition.at("type") == "exists") return values.empty() == negate;
    const bool holds =
        std::ranges::any_of(values, [&](const Json &value) { return Holds(condition, value); });
    if (!negate) return holds;
    return !holds && (semantics_.negation_finds_missing || !values.empty());
  }

  bool Holds(const Json &condition, const Json &value) const {
    const auto type = condition.at("type").get<std::string>();
    if (type == "text") return Text(condition, value.get<std::string>());
    if (type == "term") {
      return Any(condition.at("values"), [&](const std::string &word) { return Same(word, value); });
    }
    if (type == "reference") {
      const bool of_users = condition.at("reference_type") == "user_or_group";
      return Any(condition.at("object_ids"), [&](const std::string &id) {
        return value == Json(id) || (of_users && id == "CURRENT_USER" && value == "user_a") ||
               (of_users && id == "group_x" && value == "user_b");
      });
    }
    if (type == "number_range") return Number(condition, AsNumber(value));
    if (type == "moment_range") return Moment(condition, value.get<std::int64_t>());
    ADD_FAILURE() << "unknown condition " << condition.dump();
    return false;
  }

  template <typename Test>
  static bool Any(const Json &list, const Test &test) {
    EXPECT_FALSE(list.empty());
    return std::ranges::any_of(list, [&](const Json &item) { return test(item.get<std::string>()); });
  }

  bool Same(const std::string &word, const Json &value) const {
    return semantics_.folds_case ? Folded(word) == Folded(value.get<std::string>()) : value == word;
  }

  bool Text(const Json &condition, const std::string &value) const {
    const auto wanted = condition.at("value").get<std::string>();
    if (condition.at("mode") == "exact_value") {
      return semantics_.lowers_index ? Folded(value) == wanted : Same(wanted, value);
    }
    const bool whole = condition.at("mode") == "full_words";
    EXPECT_TRUE(whole || condition.at("mode") == "beginning_of_words");
    const std::vector<std::string> words = WordsOf(value, semantics_), asked = WordsOf(wanted, semantics_);
    return !asked.empty() && std::ranges::all_of(asked, [&](const std::string &word) {
      return std::ranges::any_of(
          words, [&](const std::string &one) { return whole ? one == word : one.starts_with(word); });
    });
  }

  static bool Number(const Json &condition, double value) {
    EXPECT_GT(condition.size(), 1u);
    return (!condition.contains("gt") || value > condition["gt"].get<double>()) &&
           (!condition.contains("gte") || value >= condition["gte"].get<double>()) &&
           (!condition.contains("lt") || value < condition["lt"].get<double>()) &&
           (!condition.contains("lte") || value <= condition["lte"].get<double>());
  }

  // A day is small where an instant is not; the index keeps milliseconds.
  bool Moment(const Json &condition, std::int64_t value) const {
    constexpr std::int64_t kHour = 3600 * kMicrosPerSecond;
    const bool is_day = std::abs(value) < 4'000'000;
    const std::int64_t at =
        is_day ? (value * 24 - semantics_.day_starts) * kHour : value - ((value % 1000) + 1000) % 1000;
    const auto bound = [&](const char *key) {
      EXPECT_EQ(condition[key].at("type"), "fixed_utc");
      return ParseTimestamp(condition[key].at("value").get<std::string>()).value();
    };
    EXPECT_GT(condition.size(), 1u);
    return (!condition.contains("on_or_after") || at >= bound("on_or_after")) &&
           (!condition.contains("before") || at < bound("before"));
  }

  const Semantics &semantics_;
};

// ---- SQL -------------------------------------------------------------------------------------------------

// "12.50" as sign and digits that compare as texts do; NaN is above all.
inline int CompareDecimals(const std::string &a, const std::string &b) {
  const auto parts = [](std::string text) {
    const bool negative = text.starts_with('-');
    if (negative) text.erase(0, 1);
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string fraction = point < text.size() ? text.substr(point + 1) : "";
    fraction.resize(30, '0');
    std::string digits = std::string(40 - point, '0') + text.substr(0, point) + fraction;
    if (text == "NaN") digits = std::string(80, 'z');
    if (text == "Infinity") digits = std::string(80, 'y');
    const bool zero = digits.find_first_not_of('0') == std::string::npos;
    return std::pair(negative && !zero, digits);
  };
  const auto [a_negative, a_digits] = parts(a);
  const auto [b_negative, b_digits] = parts(b);
  if (a_negative != b_negative) return a_negative ? -1 : 1;
  const int order = a_digits.compare(b_digits);
  return a_negative ? -order : order;
}

class SqlModel {
 public:
  // `turkish`: ILIKE by that locale's rules, where I and i are two letters.
  SqlModel(const ReadRequest &request, const std::vector<Value> &params, bool turkish)
      : request_(request), params_(params), turkish_(turkish) {}

  // nullopt: NULL.
  std::optional<bool> Holds(const Expr &expr, const Record &record) const {
    if (expr.kind != Expr::Kind::kAnd && expr.kind != Expr::Kind::kOr) return Leaf(expr, record);
    const bool is_and = expr.kind == Expr::Kind::kAnd;
    bool unknown = false;
    for (const Expr &child : expr.children) {
      const std::optional<bool> part = Holds(child, record);
      if (!part) unknown = true;
      if (part && *part != is_and) return !is_and;
    }
    return unknown ? std::nullopt : std::optional(is_and);
  }

 private:
  std::optional<bool> Leaf(const Expr &expr, const Record &record) const {
    const Json value = ValueOf(record, request_.fields[static_cast<std::size_t>(expr.field)].path);
    if (expr.kind == Expr::Kind::kIsNull) return value.is_null() != expr.negated;
    const Value &operand = expr.param < 0 ? expr.operand : params_[static_cast<std::size_t>(expr.param)];
    if (operand.is_null()) return std::nullopt;
    if (expr.kind == Expr::Kind::kAnyOf && operand.items.empty()) return expr.negated;
    if (value.is_null()) return std::nullopt;
    const std::optional<bool> plain = Plain(expr, value, operand);
    return plain && expr.negated ? std::optional(!*plain) : plain;
  }

  static Json ValueOf(const Record &record, const std::string &path) {
    const bool is_first = path == "emails.0.email" || path == "phones.0.phone";
    const auto found = record.find(!is_first             ? path
                                   : path.front() == 'e' ? "emails.[].email"
                                                         : "phones.[].phone");
    if (found == record.end() || !is_first) return found == record.end() ? Json() : found->second;
    return found->second.empty() ? Json() : found->second[0];
  }

  std::optional<bool> Plain(const Expr &expr, const Json &value, const Value &operand) const {
    switch (expr.kind) {
      case Expr::Kind::kCompare:
        return Compares(expr.op, Order(value, operand));
      case Expr::Kind::kAnyOf:
        return AnyOf(value, operand);
      case Expr::Kind::kLike:
        return MatchLike(value.get<std::string>(), operand.text, false) == Match::kYes;
      case Expr::Kind::kILike:
        return MatchLike(Lower(value.get<std::string>()), Lower(operand.text), false) == Match::kYes;
      case Expr::Kind::kContains:
        return std::ranges::all_of(operand.items,
                                   [&](const auto &item) { return item && Has(value, *item); });
      case Expr::Kind::kOverlaps:
        if (operand.type == CrmType::kText) return Has(value, operand.text);
        return std::ranges::any_of(operand.items,
                                   [&](const auto &item) { return item && Has(value, *item); });
      default:
        ADD_FAILURE() << "unknown test";
        return std::nullopt;
    }
  }

  static bool Has(const Json &list, const std::string &item) {
    return std::ranges::find(list, Json(item)) != list.end();
  }

  static std::optional<bool> AnyOf(const Json &value, const Value &operand) {
    bool has_null = false;
    for (const auto &item : operand.items) {
      if (!item) has_null = true;
      if (item && value == *item) return true;
    }
    return has_null ? std::nullopt : std::optional(false);
  }

  static int Order(const Json &value, const Value &operand) {
    if (operand.type == CrmType::kText) return value.get<std::string>().compare(operand.text);
    if (operand.type == CrmType::kDecimal) return CompareDecimals(value.get<std::string>(), operand.text);
    const auto number = value.get<std::int64_t>();
    return number < operand.integer ? -1 : number > operand.integer ? 1 : 0;
  }

  static bool Compares(CompareOp op, int order) {
    switch (op) {
      case CompareOp::kEq:
        return order == 0;
      case CompareOp::kNe:
        return order != 0;
      case CompareOp::kLt:
        return order < 0;
      case CompareOp::kLe:
        return order <= 0;
      case CompareOp::kGt:
        return order > 0;
      case CompareOp::kGe:
        return order >= 0;
    }
    return false;
  }

  std::string Lower(std::string text) const {
    for (std::size_t at = 0; turkish_ && (at = text.find('I', at)) != std::string::npos;)
      text.replace(at, 1, "ı");
    return Folded(std::move(text));
  }

  const ReadRequest &request_;
  const std::vector<Value> &params_;
  const bool turkish_;
};

// ---- conditions to be sent ------------------------------------------------------------------------------

inline const Json kSchema = Json::parse(R"({"fields":[
  {"id":"cf_text","name":"Text","type":"text"},
  {"id":"cf_area","name":"Area","type":"textarea"},
  {"id":"cf_number","name":"Number","type":"number"},
  {"id":"cf_day","name":"Day","type":"date"},
  {"id":"cf_time","name":"Time","type":"datetime"},
  {"id":"cf_choice","name":"Choice","type":"choices"},
  {"id":"cf_choices","name":"Choices","type":"choices","accepts_multiple_values":true},
  {"id":"cf_texts","name":"Texts","type":"text","accepts_multiple_values":true},
  {"id":"cf_user","name":"User","type":"user"},
  {"id":"cf_users","name":"Users","type":"user","accepts_multiple_values":true},
  {"id":"cf_hidden","name":"Hidden","type":"hidden"}]})");

inline const close_crm::Vocabulary kVocabulary = {
    {{"stat_1", "New"}, {"stat_2", "Old"}, {"stat_3", "new"}, {"stat_4", "Ärger"}, {"stat_5", "TITLE"}},
    "save_1"};

// Conditions on one table.
struct On {
  Reading reading;
  const close_crm::Object &object;

  On(const std::string &name, const std::string &table)
      : reading(name, table, {}, kSchema), object(*close_crm::FindObject(name)) {}

  CrmType TypeOf(const std::string &path) {
    return reading.request.fields[static_cast<std::size_t>(reading.FieldIndex(path))].type;
  }
  Expr Leaf(Expr::Kind kind, const std::string &path, Value operand = {}, CompareOp op = CompareOp::kEq) {
    Expr expr;
    expr.kind = kind;
    expr.op = op;
    expr.field = reading.FieldIndex(path);
    expr.operand = std::move(operand);
    return expr;
  }
  Expr Is(const std::string &path, CompareOp op, Value operand) {
    return Leaf(Expr::Kind::kCompare, path, std::move(operand), op);
  }
  close_crm::Translation Translate(const Expr &expr) const {
    return close_crm::TranslateForSearch(expr, reading.request, object);
  }
};

inline On Leads() { return {"lead", "leads"}; }
inline On Contacts() { return {"contact", "contacts"}; }
inline On Opportunities() { return {"opportunity", "opportunities"}; }
inline On Calls() { return {"activity/call", "calls"}; }

inline Expr Not(Expr expr) {
  expr.negated = true;
  return expr;
}
inline Expr Group(Expr::Kind kind, std::vector<Expr> children) {
  Expr expr;
  expr.kind = kind;
  expr.children = std::move(children);
  return expr;
}

}  // namespace crm::close_test
