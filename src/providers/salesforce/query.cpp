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
  if (!deletable.empty()) json["deletable"] = deletable;
  for (const Key &key : group_by)
    json["group_by"].push_back(Json::array({key.field, static_cast<int>(key.kind)}));
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
  if (json.contains("deletable")) query.deletable = json.at("deletable").get<std::vector<std::string>>();
  if (json.contains("group_by"))
    for (const Json &key : json.at("group_by"))
      query.group_by.push_back(
          {key.at(0).get<std::string>(),
           static_cast<FieldClass>(PlanNumber(key.at(1), 0, static_cast<int>(FieldClass::kClock)))});
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
  bound.exact = bound.needed = true;
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

// Salesforce takes no COUNT of a flag, which always has a value.
std::string AggregateText(const PlannedOutput &output) {
  const std::string &path = output.field.path;
  switch (output.function) {
    case Function::kCountRows:
      return "COUNT(Id)";
    case Function::kCount:
      return output.field.remote_type == "boolean" ? "COUNT(Id)" : "COUNT(" + path + ")";
    case Function::kCountDistinct:
      return "COUNT_DISTINCT(" + path + ")";
    case Function::kMin:
      return "MIN(" + path + ")";
    case Function::kMax:
      return "MAX(" + path + ")";
    case Function::kSum:
      return "SUM(" + path + ")";
    case Function::kGroup:
      break;
  }
  throw Error(CrmErrorKind::kInternal, "a grouped read of no function");
}

std::string GroupSelection(const Query &query, const std::vector<PlannedOutput> &outputs) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < query.group_by.size(); ++i)
    items.push_back(query.group_by[i].field + " " + KeyName(i));
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].function != Function::kGroup)
      items.push_back(AggregateText(outputs[i]) + " " + OutputName(query, outputs[i], i));
  return Joined(items);
}

std::string SelectText(const Query &query, const ReadPlan &plan) {
  if (query.count) return "COUNT()";
  if (!plan.outputs.empty()) return GroupSelection(query, plan.outputs);
  std::vector<std::string> names = Selection(plan.fields);
  for (const std::string &parent : query.deletable)
    if (std::string flag = parent + ".IsDeleted"; std::ranges::find(names, flag) == names.end())
      names.push_back(std::move(flag));
  return Joined(names);
}

std::string GroupText(const std::vector<Query::Key> &keys) {
  std::vector<std::string> fields;
  fields.reserve(keys.size());
  for (const Query::Key &key : keys) fields.push_back(key.field);
  return Joined(fields);
}

}  // namespace

std::string KeyName(std::size_t key) { return "k" + std::to_string(key); }

std::string OutputName(const Query &query, const PlannedOutput &output, std::size_t place) {
  if (output.function != Function::kGroup) return "c" + std::to_string(place);
  const auto key = std::ranges::find(query.group_by, output.field.path, &Query::Key::field);
  if (key == query.group_by.end()) throw Error(CrmErrorKind::kInternal, "a plan without its group");
  return KeyName(static_cast<std::size_t>(key - query.group_by.begin()));
}

std::vector<std::string> Selection(const std::vector<Field> &fields) {
  std::vector<std::string> names = {"Id"};
  for (const Field &field : fields)
    if (!field.HasTrait("given") && std::ranges::find(names, field.path) == names.end())
      names.push_back(field.path);
  return names;
}

Statement BindQuery(const Query &query, const ReadPlan &plan, const std::vector<Value> *params) {
  Statement statement;
  statement.select = SelectText(query, plan);
  statement.from = plan.object;
  statement.group = GroupText(query.group_by);
  statement.order = OrderText(query.order);
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
std::string Statement::SoqlWith(std::string_view what) const {
  std::string soql = "SELECT " + std::string(what) + " FROM " + from;
  for (const BoundCondition &condition : conditions)
    soql.append(&condition == conditions.data() ? " WHERE " : " AND ").append(condition.text);
  return soql;
}

std::string Statement::Soql() const {
  std::string soql = SoqlWith(select);
  if (!group.empty()) soql.append(" GROUP BY ").append(group);
  if (!order.empty()) soql.append(" ORDER BY ").append(order);
  if (limit > 0) soql.append(" LIMIT ").append(std::to_string(limit));
  return soql;
}

std::string Statement::CountSoql() const { return SoqlWith("COUNT()"); }

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
    condition.needed = true;
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
