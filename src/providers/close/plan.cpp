#include "providers/close/plan.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "providers/close/filter.h"
#include "providers/close/objects.h"
#include "providers/close/query.h"
#include "providers/close/search_filter.h"
#include "providers/close/wire.h"
#include "providers/paging.h"

namespace crm::close_crm {

namespace {

using Route = Query::Route;

// More requests than any other way takes: a list that is longer than can be paged through.
constexpr double kBeyondDepth = 100'000;

// Builds the access paths of one request.
class Planner {
 public:
  Planner(const ReadRequest &request, const Object &object) : request_(request), object_(object) {
    for (const Expr &conjunct : request.conjuncts) {
      listed_.push_back(TranslateForList(conjunct, request, object));
      searched_.push_back(TranslateForSearch(conjunct, request, object));
      given_.push_back(GivenType(conjunct));
    }
  }

  std::vector<AccessPath> Paths() const {
    if (request_.WantsCountOnly()) return Counts();
    if (request_.grouped()) return {};
    std::vector<AccessPath> paths;
    const bool has_query = std::ranges::find(given_, kQueryType) != given_.end();
    const bool has_view = std::ranges::find(given_, kSmartViewType) != given_.end();
    if (has_query && has_view) {
      throw Error(CrmErrorKind::kInvalidArgument, "query and smart_view cannot be asked together",
                  "Close answers them in different ways.", "Ask for one, and join the other.");
    }
    if (!has_query && !object_.search_type.empty() && !WantsEverything()) paths.push_back(BySearch());
    if (!has_query && !has_view) {
      if (const int key = BestKey("id", false); key >= 0) paths.push_back(ByIds(key));
      if (const int key = BestKey("lead_id", true); key >= 0) paths.push_back(ByLeads(key));
    }
    if (!has_query && !has_view) AddRanked(paths);
    if (!has_view) paths.push_back(ByList());
    if (paths.empty()) {
      throw Error(CrmErrorKind::kInvalidArgument, "a smart view cannot be read with all fields",
                  "The search of Close gives only fields that are named.",
                  "Leave out the columns raw and properties.");
    }
    return paths;
  }

 private:
  // remote_type of a given field; empty: it is none.
  std::string_view GivenType(const Expr &expr) const {
    if (expr.kind != Expr::Kind::kCompare || expr.field < 0) return {};
    const Field &field = request_.fields[expr.field];
    return field.HasTrait(kGiven) ? std::string_view(field.remote_type) : std::string_view();
  }

  bool WantsEverything() const {
    return std::ranges::any_of(request_.fields, [](const Field &field) {
      return field.fetch && (field.remote_type == kRawType || field.remote_type == kPropertiesType);
    });
  }

  // The candidate on `field` that names the fewest values; -1: none.
  int BestKey(std::string_view field, bool lists_only) const {
    int best = -1;
    for (int i = 0; i < static_cast<int>(listed_.size()); ++i) {
      const auto &filter = listed_[i].filter;
      if (!filter || filter->field != field || (lists_only && !filter->any)) continue;
      if (best < 0 || Items(*filter) < Items(*listed_[best].filter)) best = i;
    }
    return best;
  }

  static double Items(const Filter &filter) { return ItemCount(filter.operand, filter.any); }

  AccessPath NewPath() const {
    AccessPath path;
    path.verdicts.assign(listed_.size(), Verdict::kLocal);
    path.reasons.resize(listed_.size());
    path.rows_sent = std::max(1.0, request_.table_rows);
    path.page_rows = static_cast<double>(object_.page_max > 0 ? object_.page_max : 100);
    return path;
  }

  void Use(AccessPath &path, std::size_t i, Verdict verdict, std::string reason) const {
    path.verdicts[i] = verdict;
    path.reasons[i] = std::move(reason);
    if (i < request_.selectivity.size()) path.rows_sent *= request_.selectivity[i];
  }

  AccessPath ByIds(int key) const {
    AccessPath path = NewPath();
    for (std::string &reason : path.reasons) reason = "records are read by id";
    Query query;
    query.route = Route::kIds;
    query.key = listed_[key].filter;
    Use(path, key, Verdict::kExact, "");
    const double items = Items(*query.key);
    path.rows_sent = std::min(items, std::max(1.0, request_.table_rows));
    path.requests = object_.lists_ids ? std::ceil(items / kIdsPerCall) : items;
    Finish(path, query);
    return path;
  }

  AccessPath ByLeads(int key) const {
    AccessPath path = NewPath();
    Query query;
    query.route = Route::kLeads;
    query.key = listed_[key].filter;
    Use(path, key, Verdict::kExact, "");
    AddFilters(path, query, "lead_id");
    Finish(path, query);
    path.requests = std::max(path.requests, Items(*query.key));
    return path;
  }

  AccessPath ByList() const {
    AccessPath path = NewPath();
    Query query;
    AddFilters(path, query, "");
    AddTextQuery(path, query);
    if (object_.orders && OrderIs(object_.time)) AddOrder(path, query);
    Finish(path, query);
    const bool by_lead =
        std::ranges::any_of(query.filters, [](const Filter &f) { return f.field == "lead_id"; });
    if (object_.depth > 0 && !by_lead && path.rows_sent > static_cast<double>(object_.depth)) {
      path.requests += kBeyondDepth;
    }
    return path;
  }

  // A bound on a number that the list can be sorted by: reading ends there.
  void AddRanked(std::vector<AccessPath> &paths) const {
    for (std::size_t i = 0; i < request_.conjuncts.size(); ++i) {
      const Expr &expr = request_.conjuncts[i];
      if (expr.kind != Expr::Kind::kCompare || !IsRankedBy(expr)) continue;
      AccessPath path = NewPath();
      Query query;
      query.route = Route::kRanked;
      AddFilters(path, query, "");
      query.order = request_.fields[expr.field].path;
      query.descending = expr.op == CompareOp::kGt || expr.op == CompareOp::kGe;
      query.bound = Operand::Of(expr);
      Use(path, i, Verdict::kSuperset, "read in this order, up to there");
      Finish(path, query);
      query.first_page = 0;
      paths.push_back(std::move(path));
      return;
    }
  }

  // Not by confidence, which many rows have alike: rows of equal numbers may come in another order with each
  // request.
  bool IsRankedBy(const Expr &expr) const {
    if (object_.name != "opportunity" || expr.field < 0 || expr.op == CompareOp::kEq ||
        expr.op == CompareOp::kNe) {
      return false;
    }
    const Field &field = request_.fields[expr.field];
    const bool is_number = field.type == CrmType::kDecimal || field.type == CrmType::kInt;
    return field.path == "value" && field.HasTrait(kFilterable) && is_number &&
           expr.operand.type == field.type;
  }

  AccessPath BySearch() const {
    AccessPath path = NewPath();
    path.fresh = false;
    Query query;
    query.route = Route::kSearch;
    AddConditions(path, query);
    path.page_rows = 200;
    if (!request_.order.empty() && IsSearchKey(object_, OrderField().path) && !MayBeOvertaken(path)) {
      AddOrder(path, query);
    }
    Finish(path, query);
    return path;
  }

  // Newest change first: a row that changes after the first page goes to the front, where it is not looked
  // for.
  bool MayBeOvertaken(const AccessPath &path) const {
    const bool one_page = request_.rows_wanted >= 0 && request_.rows_wanted <= path.page_rows;
    return OrderField().path != "date_created" && request_.order.front().descending && !one_page;
  }

  void AddConditions(AccessPath &path, Query &query) const {
    for (std::size_t i = 0; i < searched_.size(); ++i) {
      const Translation &translation = searched_[i];
      path.reasons[i] = translation.reason;
      if (!translation.node) continue;
      query.conditions.push_back(*translation.node);
      Use(path, i, translation.verdict, translation.reason);
    }
  }

  // Paths that know the number of rows: all conditions are exact, and Close counts.
  std::vector<AccessPath> Counts() const {
    std::vector<AccessPath> paths;
    const auto add = [&](AccessPath path, Query query) {
      if (std::ranges::any_of(path.verdicts, [](Verdict v) { return v != Verdict::kExact; })) return;
      // A given field has one value, which is compared with the others where rows are read.
      if (std::ranges::count_if(given_, [](std::string_view type) { return !type.empty(); }) > 1) return;
      query.count = true;
      path.requests = 1;
      path.rows_sent = 1;
      path.plan = query.Encode();
      paths.push_back(std::move(path));
    };
    if (object_.counts) {
      AccessPath path = NewPath();
      Query query;
      AddFilters(path, query, "");
      add(std::move(path), std::move(query));
    }
    if (!object_.search_type.empty()) {
      AccessPath path = NewPath();
      path.fresh = false;
      Query query;
      query.route = Route::kSearch;
      AddConditions(path, query);
      add(std::move(path), std::move(query));
    }
    return paths;
  }

  // Every filter that the list takes, but for those on `except`.
  void AddFilters(AccessPath &path, Query &query, std::string_view except) const {
    std::vector<std::string> used;
    for (std::size_t i = 0; i < listed_.size(); ++i) {
      const auto &filter = listed_[i].filter;
      if (path.verdicts[i] != Verdict::kLocal) continue;
      path.reasons[i] = listed_[i].reason;
      if (!filter) continue;
      if (filter->field == "id") {
        path.reasons[i] = NoFilter(object_, "id");
        continue;
      }
      if (filter->kind == Filter::Kind::kLead && (filter->any || filter->field == except)) {
        path.reasons[i] = "a Close list takes one value of " + filter->field;
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
      Use(path, i, VerdictOf(*filter, object_), VerdictReason(*filter, object_));
    }
  }

  // Close answers a text query from its index.
  void AddTextQuery(AccessPath &path, Query &query) const {
    for (std::size_t i = 0; i < given_.size(); ++i) {
      if (given_[i] != kQueryType) continue;
      query.text_query = Operand::Of(request_.conjuncts[i]);
      path.fresh = false;
      Use(path, i, Verdict::kExact, "");
    }
  }

  const Field &OrderField() const { return request_.fields[request_.order.front().field]; }

  bool OrderIs(std::string_view path) const { return !request_.order.empty() && OrderField().path == path; }

  void AddOrder(AccessPath &path, Query &query) const {
    const Field &field = OrderField();
    if (request_.order.size() != 1 || field.type != CrmType::kTimestamp || !field.HasTrait(kSortable)) return;
    path.ordered = true;
    query.order = field.path;
    query.descending = request_.order.front().descending;
  }

  void Finish(AccessPath &path, Query &query) const {
    const bool all_sent = std::ranges::find(path.verdicts, Verdict::kLocal) == path.verdicts.end();
    if (query.route != Route::kIds) {
      path.requests = std::max(1.0, std::ceil(path.rows_sent / path.page_rows));
      if (object_.page_max == 0) path.requests = 1;
      if (request_.rows_wanted >= 0 && request_.rows_wanted < path.page_rows && all_sent) {
        query.first_page = std::max<std::int64_t>(1, std::llround(std::ceil(request_.rows_wanted)));
      }
    }
    const bool labels = std::ranges::any_of(
        query.conditions, [](const SearchNode &node) { return Uses(node, SearchKind::kLabel); });
    const bool view = std::ranges::any_of(
        query.conditions, [](const SearchNode &node) { return Uses(node, SearchKind::kSmartView); });
    path.requests += (labels ? 1 : 0) + (view ? 1 : 0);
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
  std::vector<Candidate> listed_;
  std::vector<Translation> searched_;
  std::vector<std::string_view> given_;
};

// ---- EXPLAIN
// -------------------------------------------------------------------------------------------------

std::string OperandWords(const Operand &operand, const std::vector<Value> *params,
                         std::vector<std::string> &keys) {
  if (operand.param >= 0 && params == nullptr) return ParamWord(operand);
  keys = DistinctKeys(operand.param < 0 ? operand.constant : BoundValue(operand, *params));
  std::string words;
  for (const std::string &key : keys) words.append(words.empty() ? "" : ",").append(key);
  return words;
}

std::string Joined(const std::vector<std::string> &names) {
  std::string list;
  for (const std::string &name : names) list.append(list.empty() ? "" : ",").append(name);
  return list;
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
  if (!several && object.get_by_id) {
    return "GET " + std::string(object.path) + words + "/" + ReadableQuery(list);
  }
  if (object.lists_ids) {
    std::vector<Param> whole = ListParams(object, query);
    whole.insert(whole.begin(), {{"id__in", words}, {"_limit", std::to_string(kIdsPerCall)}});
    whole.insert(whole.end(), list.begin(), list.end());
    return "GET " + std::string(object.path) + ReadableQuery(whole);
  }
  return "GET " + std::string(object.path) + (unbound ? "any(" + words + ")" : keys.front()) + "/" +
         ReadableQuery(list) + (unbound ? "" : " and " + std::to_string(keys.size() - 1) + " more");
}

std::string DescribeSearch(const Object &object, const Query &query,
                           const std::vector<std::string> &selectors, const std::vector<Value> *params) {
  const auto made = MakeSearchBody(object, query, {params, nullptr, true}, selectors);
  if (!made) return "nothing to ask for";
  const std::string type(object.search_type);
  const std::string words = SearchWords(made->query);
  std::string text = "POST /api/v1/data/search/ " + type + (words.empty() ? "" : ": " + words);
  if (query.count) return text + ", count";
  std::vector<std::string> names = made->fields.at(type).get<std::vector<std::string>>();
  const std::int64_t rows = query.first_page > 0 ? query.first_page : 200;
  return text + ", sort " + SearchKeyOf(query) + (query.descending ? " desc" : " asc") + ", _limit " +
         std::to_string(rows) + ", _fields " + Joined(names);
}

}  // namespace

std::vector<AccessPath> PlanRead(const ReadRequest &request) {
  return Planner(request, PlannedObject(request.object)).Paths();
}

std::string DescribeRead(const ReadPlan &plan, const std::vector<Value> *params) {
  const Object &object = PlannedObject(plan.object);
  const Query query = Query::Decode(plan.plan);
  const std::vector<std::string> selectors = FieldSelectors(object, plan.fields, PagingFields(object, query));
  if (query.route == Route::kSearch) return DescribeSearch(object, query, selectors, params);
  const std::string fields = Joined(selectors);
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
  if (query.text_query) {
    std::vector<std::string> keys;
    bound.params.push_back({"query", OperandWords(*query.text_query, params, keys)});
  }
  for (Param &param : ListParams(object, query)) bound.params.push_back(std::move(param));
  if (query.count) {
    bound.params.push_back({"_limit", "1"});
    bound.params.push_back({"_fields", "id"});
    return "GET " + std::string(object.path) + ReadableQuery(bound.params);
  }
  if (object.page_max > 0) {
    const std::int64_t rows = query.first_page > 0 ? query.first_page : object.page_max;
    bound.params.push_back({"_limit", std::to_string(rows)});
  }
  if (!fields.empty()) bound.params.push_back({"_fields", fields});
  return "GET " + std::string(object.path) + ReadableQuery(bound.params) + more;
}

}  // namespace crm::close_crm
