#include "providers/salesforce/query.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/url.h"

namespace crm::salesforce {

std::string Query::Encode() const {
  Json json = {{"route", route == Route::kSoql ? "soql" : "retrieve"}};
  for (const Condition &condition : conditions) json["conditions"].push_back(EncodeCondition(condition));
  for (const Sort &sort : order)
    json["order"].push_back(Json::array({sort.field, sort.descending, sort.nulls_first}));
  if (text) json["text"] = EncodeOperand(*text);
  if (all_rows) json["all_rows"] = true;
  if (count) json["count"] = true;
  return json.dump();
}

Query Query::Decode(std::string_view plan) {
  const Json json = Json::parse(plan);
  Query query;
  const auto route = json.at("route").get<std::string>();
  if (route != "soql" && route != "retrieve") throw Error(CrmErrorKind::kInternal, "unknown route in a plan");
  query.route = route == "soql" ? Route::kSoql : Route::kRetrieve;
  if (json.contains("conditions"))
    for (const Json &condition : json.at("conditions"))
      query.conditions.push_back(DecodeCondition(condition));
  if (json.contains("order"))
    for (const Json &sort : json.at("order"))
      query.order.push_back({sort.at(0).get<std::string>(), sort.at(1).get<bool>(), sort.at(2).get<bool>()});
  if (json.contains("text")) query.text = DecodeOperand(json.at("text"));
  query.all_rows = json.value("all_rows", false);
  query.count = json.value("count", false);
  if (query.route == Route::kRetrieve && query.conditions.size() != 1)
    throw Error(CrmErrorKind::kInternal, "a plan without its key");
  return query;
}

// ---- the statement
// -----------------------------------------------------------------------------------------

namespace {

// One condition of the user's own, and nothing else: it must not close the parentheses that are put around
// it.
BoundCondition BindText(const Operand &operand, const std::vector<Value> *params) {
  BoundCondition bound;
  bound.exact = true;
  if (operand.param >= 0 && params == nullptr) {
    bound.text = "(" + ParamWord(operand) + ")";
    return bound;
  }
  static const auto &none = *new std::vector<Value>;
  const Value &value = BoundValue(operand, params == nullptr ? none : *params);
  if (value.is_null()) {
    bound.kind = BoundCondition::Kind::kNothing;
    return bound;
  }
  int depth = 0;
  bool quoted = false, broken = value.text.find_first_not_of(" \t\r\n") == std::string::npos;
  for (std::size_t i = 0; i < value.text.size() && !broken; ++i) {
    const char c = value.text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '\'') {
      quoted = !quoted;
    } else if (!quoted && (c == '(' || c == ')')) {
      depth += c == '(' ? 1 : -1;
      broken = depth < 0;
    }
  }
  if (broken || quoted || depth != 0) {
    throw Error(CrmErrorKind::kInvalidArgument, "query is not one SOQL condition",
                "Its parentheses or quotation marks do not match, or it is empty.",
                "Write a condition as after WHERE, such as query = 'Name LIKE ''A%'''.");
  }
  bound.text = "(" + value.text + ")";
  return bound;
}

std::string OrderText(const std::vector<Query::Sort> &order) {
  std::string text;
  for (const Query::Sort &sort : order) {
    text += text.empty() ? "" : ", ";
    text += sort.field + (sort.descending ? " DESC" : " ASC") +
            (sort.nulls_first ? " NULLS FIRST" : " NULLS LAST");
  }
  return text;
}

std::string Joined(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names) text.append(text.empty() ? "" : ",").append(name);
  return text;
}

}  // namespace

std::vector<std::string> Selection(const std::vector<Field> &fields) {
  std::vector<std::string> names = {"Id"};
  for (const Field &field : fields)
    if (!field.HasTrait("given") && std::ranges::find(names, field.path) == names.end())
      names.push_back(field.path);
  return names;
}

Statement BindQuery(const Query &query, const std::string &object, const std::vector<Field> &fields,
                    const std::vector<Value> *params) {
  Statement statement{
      query.count ? "COUNT()" : Joined(Selection(fields)), object, OrderText(query.order), {}};
  const auto add = [&](BoundCondition bound) {
    statement.exact = statement.exact && bound.exact;
    if (bound.kind == BoundCondition::Kind::kNothing) statement.nothing = true;
    if (bound.kind == BoundCondition::Kind::kText) statement.conditions.push_back(std::move(bound));
  };
  for (const Condition &condition : query.conditions) add(BindCondition(condition, params));
  if (query.text) add(BindText(*query.text, params));
  return statement;
}

// Conditions stand side by side: a pair of parentheses around all of them would forbid sub-selects.
std::string Statement::SoqlWith(std::string_view what, std::string_view by) const {
  std::string soql = "SELECT " + std::string(what) + " FROM " + from;
  for (const BoundCondition &condition : conditions)
    soql.append(&condition == conditions.data() ? " WHERE " : " AND ").append(condition.text);
  if (!by.empty()) soql.append(" ORDER BY ").append(by);
  return soql;
}

std::vector<Statement> Statement::Split(std::size_t bytes) const {
  const std::size_t size = EncodeSoql(Soql()).size();
  const auto longest = std::ranges::max_element(conditions, {}, [](const BoundCondition &bound) {
    return bound.list_field.empty() ? 0 : bound.text.size();
  });
  if (size <= bytes || longest == conditions.end() || longest->items.size() < 2) return {*this};
  std::size_t rest = size;
  for (const std::string &item : longest->items) rest -= EncodeSoql(item).size() + 1;
  const std::size_t room = bytes > rest ? bytes - rest : 0;
  std::vector<Statement> parts;
  std::vector<std::string> items;
  std::size_t used = 0;
  const auto flush = [&] {
    Statement &part = parts.emplace_back(*this);
    BoundCondition &condition = part.conditions[static_cast<std::size_t>(longest - conditions.begin())];
    condition.text = InList(condition.list_field, items, false);
    condition.items = std::exchange(items, {});
    used = 0;
  };
  for (const std::string &item : longest->items) {
    const std::size_t more = EncodeSoql(item).size() + 1;
    if (!items.empty() && used + more > room) flush();
    items.push_back(item);
    used += more;
  }
  flush();
  return parts;
}

// Characters that a query may hold raw stay: the URL must not become too long.
std::string EncodeSoql(std::string_view soql) { return PercentEncode(soql, "-._~'(),*:!"); }

}  // namespace crm::salesforce
