#include "providers/close/query.h"

#include <algorithm>
#include <array>
#include <utility>

namespace crm::close_crm {

namespace {

using Route = Query::Route;

constexpr std::array<std::string_view, 5> kRouteWords = {"list", "ids", "leads", "ranked", "search"};
// A search takes about 80 selectors; beyond 60 one stands for all custom fields.
constexpr std::size_t kMostSelectors = 60;

bool IsOwn(const Field &field) {
  return field.remote_type == kRawType || field.remote_type == kPropertiesType;
}

Json SearchSelectors(const std::vector<std::string> &selectors) {
  if (selectors.size() <= kMostSelectors) return selectors;
  Json names = Json::array();
  for (const std::string &name : selectors) {
    if (!name.starts_with(kCustomPrefix)) names.push_back(name);
  }
  names.push_back("custom");
  return names;
}

}  // namespace

std::string Query::Encode() const {
  Json json = {{"route", kRouteWords[static_cast<int>(route)]}};
  if (key) json["key"] = EncodeFilter(*key);
  for (const Filter &filter : filters) json["filters"].push_back(EncodeFilter(filter));
  for (const SearchNode &node : conditions) json["conditions"].push_back(EncodeSearch(node));
  if (text_query) json["text_query"] = EncodeOperand(*text_query);
  if (route == Route::kRanked) json["bound"] = EncodeOperand(bound);
  if (!order.empty()) {
    json["order"] = order;
    json["descending"] = descending;
  }
  if (count) json["count"] = true;
  if (first_page > 0) json["first_page"] = first_page;
  if (!mapped.empty()) json["mapped"] = mapped;
  return json.dump();
}

Query Query::Decode(std::string_view plan) {
  const Json json = Json::parse(plan);
  Query query;
  const auto *route = std::ranges::find(kRouteWords, json.at("route").get<std::string>());
  if (route == kRouteWords.end()) throw Error(CrmErrorKind::kInternal, "unknown route in a plan");
  query.route = static_cast<Route>(route - kRouteWords.begin());
  if (json.contains("key")) query.key = DecodeFilter(json.at("key"));
  if (!query.key && (query.route == Route::kIds || query.route == Route::kLeads)) {
    throw Error(CrmErrorKind::kInternal, "a plan without its key");
  }
  if (json.contains("filters")) {
    for (const Json &filter : json.at("filters")) query.filters.push_back(DecodeFilter(filter));
  }
  if (json.contains("conditions")) {
    for (const Json &node : json.at("conditions")) query.conditions.push_back(DecodeSearch(node));
  }
  if (json.contains("text_query")) query.text_query = DecodeOperand(json.at("text_query"));
  if (json.contains("bound")) query.bound = DecodeOperand(json.at("bound"));
  if (json.contains("order")) {
    query.order = json.at("order").get<std::string>();
    query.descending = json.at("descending").get<bool>();
  }
  query.count = json.value("count", false);
  if (json.contains("first_page")) query.first_page = PlanNumber(json.at("first_page"), 1);
  if (json.contains("mapped")) query.mapped = json.at("mapped").get<std::vector<std::string>>();
  return query;
}

std::vector<std::string> FieldSelectors(const Object &object, const std::vector<Field> &fields,
                                        const std::vector<std::string> &also) {
  if (!object.selects_fields) return {};
  std::vector<std::string> names = {"id"};
  const auto add = [&](const std::string &path) {
    std::string name = path.starts_with(kCustomPrefix) ? path : path.substr(0, path.find('.'));
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
  };
  for (const Field &field : fields) {
    if (IsOwn(field)) return {};
    if (!field.HasTrait(kGiven)) add(field.path);
  }
  for (const std::string &name : also) add(name);
  return names;
}

std::vector<std::string> PagingFields(const Object &object, const Query &query) {
  if (query.route == Route::kSearch) return {SearchKeyOf(query)};
  if (query.route == Route::kRanked) return {query.order};
  std::vector<std::string> names;
  if (query.route != Route::kIds && !object.time.empty()) names.emplace_back(object.time);
  if (query.route == Route::kLeads) names.emplace_back("lead_id");
  return names;
}

std::string SearchKeyOf(const Query &query) { return query.order.empty() ? "date_created" : query.order; }

std::vector<Param> ListParams(const Object &object, const Query &query) {
  std::vector<Param> params;
  const auto is_fixed = [&](const Filter &filter) { return filter.field == object.fixed_param; };
  if (!object.fixed_param.empty() && std::ranges::none_of(query.filters, is_fixed)) {
    params.push_back({std::string(object.fixed_param), std::string(object.fixed_value)});
  }
  if (object.sorts && query.route != Route::kIds && !query.count) {
    const std::string by = query.route == Route::kRanked ? query.order : std::string(object.time);
    params.push_back({"_order_by", (query.descending ? "-" : "") + by});
  }
  return params;
}

std::optional<SearchBody> MakeSearchBody(const Object &object, const Query &query,
                                         const SearchBinding &binding,
                                         const std::vector<std::string> &selectors) {
  SearchBody body;
  Json nodes = Json::array();
  nodes.push_back({{"type", "object_type"}, {"object_type", object.search_type}});
  for (const SearchNode &condition : query.conditions) {
    BoundSearch bound = BindSearch(condition, object.search_type, binding);
    if (bound.kind == BoundSearch::Kind::kNothing) return std::nullopt;
    if (bound.kind == BoundSearch::Kind::kNode) nodes.push_back(std::move(bound.node));
  }
  body.query = {{"type", "and"}, {"queries", std::move(nodes)}};
  Json key = {
      {"direction", query.descending ? "desc" : "asc"},
      {"field",
       {{"type", "regular_field"}, {"object_type", object.search_type}, {"field_name", SearchKeyOf(query)}}}};
  body.sort.push_back(std::move(key));
  body.fields[std::string(object.search_type)] = SearchSelectors(selectors);
  return body;
}

const Object &PlannedObject(std::string_view name) {
  if (const Object *object = FindObject(name)) return *object;
  std::string valid;
  for (const Object &object : AllObjects()) valid.append(valid.empty() ? "" : ", ").append(object.name);
  throw Error(CrmErrorKind::kUnknownObject, "object \"" + std::string(name) + "\" does not exist in Close",
              {}, "Valid objects are: " + valid + ".");
}

}  // namespace crm::close_crm
