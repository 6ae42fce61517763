#include "providers/close/read.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "core/decimal.h"
#include "providers/close/query.h"
#include "providers/close/read_list.h"
#include "providers/close/read_ranked.h"
#include "providers/close/read_search.h"
#include "providers/close/record_shape.h"
#include "providers/paging.h"

namespace crm::close_crm {

namespace {

constexpr std::int64_t kSearchPage = 200;

// Neither an empty id nor one of dots alone can be put into a URL; no record has one.
bool CanBeAsked(const std::string &id) {
  return id.size() <= 500 && id.find_first_not_of('.') != std::string::npos;
}

std::int64_t PageSize(const Object &object, const Options &options) {
  std::int64_t size = object.page_max;
  const std::optional<std::string_view> wished = options.Find("page_size");
  if (!wished || size == 0) return size;
  std::int64_t number = size;
  std::from_chars(wished->data(), wished->data() + wished->size(), number);
  return std::clamp<std::int64_t>(number, 1, size);
}

// Some records by their ids: by the hundred where the list takes ids, else one by one. A few requests at a
// time come into being, however many ids there are.
class IdReader final : public Exchange {
 public:
  IdReader(ShapePtr shape, const Query &query, std::vector<std::string> ids, std::int64_t page_size)
      : shape_(std::move(shape)),
        fixed_(ListParams(shape_->object(), query)),
        page_size_(std::min(page_size, kIdsPerCall)),
        ids_(std::move(ids)) {}

  Step Next(const HttpResponse *, const Context &) override {
    Fork fork;
    while (next_ < ids_.size() && fork.exchanges.size() < kRequestsAtOnce) {
      if (auto exchange = TakeSome()) fork.exchanges.push_back(std::move(exchange));
    }
    if (fork.exchanges.empty()) return Done{};
    return fork;
  }

 private:
  // Null: none of them can be an id.
  std::unique_ptr<Exchange> TakeSome() {
    const Object &object = shape_->object();
    std::string id = std::move(ids_[next_++]);
    if (!CanBeAsked(id)) return nullptr;
    const bool listed = object.lists_ids && IsPlainId(id);
    if (!listed) return object.get_by_id ? ReadById(shape_, std::move(id)) : nullptr;
    ListJob job;
    job.ids.insert(id);
    std::string list = id;
    while (next_ < ids_.size() && std::ssize(job.ids) < page_size_ && IsPlainId(ids_[next_])) {
      list.append(",").append(ids_[next_]);
      job.ids.insert(std::move(ids_[next_++]));
    }
    if (job.ids.size() == 1 && object.get_by_id) return ReadById(shape_, std::move(id));
    job.params = fixed_;
    job.params.insert(job.params.begin(), {"id__in", std::move(list)});
    job.by_key = true;
    job.page_size = page_size_;
    return ReadList(shape_, std::move(job));
  }

  static constexpr std::size_t kRequestsAtOnce = 8;

  const ShapePtr shape_;
  const std::vector<Param> fixed_;
  const std::int64_t page_size_;
  std::vector<std::string> ids_;
  std::size_t next_ = 0;
};

std::unique_ptr<Exchange> ReadByIds(const ShapePtr &shape, const Query &query, const Value &operand,
                                    std::int64_t page_size) {
  std::vector<std::string> ids = DistinctKeys(operand);
  // Those that a list does not take come last, so that they divide no call for several.
  std::stable_partition(ids.begin(), ids.end(), [](const std::string &id) { return IsPlainId(id); });
  return std::make_unique<IdReader>(shape, query, std::move(ids), page_size);
}

std::unique_ptr<Exchange> ReadByLeads(const ShapePtr &shape, const ListJob &job, const Value &operand) {
  std::vector<std::unique_ptr<Exchange>> exchanges;
  for (const std::string &lead : DistinctKeys(operand)) {
    Filter filter;
    filter.field = "lead_id";
    filter.kind = Filter::Kind::kLead;
    filter.operand.constant.type = CrmType::kText;
    filter.operand.constant.text = lead;
    ListJob one = job;
    one.lead_id = lead;
    Bound bound = BindFilters({filter}, nullptr);
    one.params.insert(one.params.begin(), bound.params.begin(), bound.params.end());
    exchanges.push_back(ReadList(shape, std::move(one)));
  }
  return std::make_unique<Forker>(std::move(exchanges));
}

// What the query names of given fields is what their cells hold.
void SetGiven(RecordShape &shape, const Query &query, const std::vector<Value> &params) {
  if (query.text_query) shape.SetGiven(kQueryType, BoundValue(*query.text_query, params).text);
  for (const SearchNode &node : query.conditions) {
    if (node.kind != SearchNode::Kind::kLeaf || node.leaf.kind != SearchKind::kSmartView) continue;
    shape.SetGiven(kSmartViewType, BoundValue(node.leaf.operand, params).text);
  }
}

ListJob MakeListJob(const Object &object, const Query &query, std::vector<Param> params, bool limited,
                    std::int64_t page_size) {
  ListJob job;
  job.params = std::move(params);
  for (Param &param : ListParams(object, query)) job.params.push_back(std::move(param));
  job.timed = !object.time.empty();
  job.sorts = object.sorts;
  job.descending = query.descending;
  job.ordered = !query.order.empty();
  job.whole = !limited;
  job.page_size = page_size;
  job.first_page = query.first_page;
  job.by_key = query.route == Query::Route::kLeads ||
               std::ranges::find(query.filters, Filter::Kind::kLead, &Filter::kind) != query.filters.end();
  return job;
}

// nullopt: none that a double can hold.
std::optional<double> NumberIn(const Value &value) {
  if (value.type == CrmType::kInt) return static_cast<double>(value.integer);
  const auto decimal = ParseDecimal(value.text, NumberGrammar::kLoose);
  return decimal ? ToDouble(*decimal) : std::nullopt;
}

}  // namespace

std::unique_ptr<Exchange> MakeRead(const ReadPlan &plan, const std::vector<Value> &params,
                                   const Options &options) {
  const Object &object = PlannedObject(plan.object);
  Query query = Query::Decode(plan.plan);
  const auto shape =
      std::make_shared<RecordShape>(object, plan.fields, query.mapped, PagingFields(object, query));
  SetGiven(*shape, query, params);
  const std::int64_t page_size = PageSize(object, options);
  if (query.route == Query::Route::kSearch) {
    return ReadSearch(shape, {std::move(query), params, std::min(page_size, kSearchPage)});
  }
  if (query.route == Query::Route::kIds) {
    return ReadByIds(shape, query, BoundValue(query.key->operand, params), page_size);
  }
  Bound bound = BindFilters(query.filters, &params);
  if (query.text_query) {
    const Value &text = BoundValue(*query.text_query, params);
    bound.nothing = bound.nothing || text.is_null();
    bound.params.push_back({"query", text.text});
  }
  if (query.count && bound.nothing) return GroupOfNone(plan.outputs);
  if (bound.nothing) return NoRows();
  if (query.count) {
    for (Param &param : ListParams(object, query)) bound.params.push_back(std::move(param));
    return CountList(shape, std::move(bound.params));
  }
  if (query.route == Query::Route::kRanked) {
    const Value &last = BoundValue(query.bound, params);
    if (last.is_null()) return NoRows();
    for (Param &param : ListParams(object, query)) bound.params.push_back(std::move(param));
    return ReadRanked(shape,
                      {std::move(bound.params), query.order, query.descending, NumberIn(last), page_size});
  }
  const ListJob job = MakeListJob(object, query, std::move(bound.params), plan.limited, page_size);
  if (query.route == Query::Route::kLeads) {
    return ReadByLeads(shape, job, BoundValue(query.key->operand, params));
  }
  return ReadList(shape, job);
}

}  // namespace crm::close_crm
