#include "providers/close/read.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <utility>

#include "providers/close/query.h"
#include "providers/close/record_shape.h"
#include "providers/close/wire.h"
#include "providers/paging.h"

namespace crm::close_crm {

namespace {

using ShapePtr = std::shared_ptr<RecordShape>;

bool MentionsFields(std::string_view body) {
  const std::string text = ErrorText(body);
  return text.find("_fields") != std::string::npos || text.find("List is too long") != std::string::npos;
}

// The last number in the text; -1: none.
std::int64_t LastNumber(std::string_view text) {
  const std::size_t last = text.find_last_of("0123456789");
  if (last == std::string_view::npos) return -1;
  const std::size_t before = text.find_last_not_of("0123456789", last);
  const std::size_t first = before == std::string_view::npos ? 0 : before + 1;
  std::int64_t number = -1;
  std::from_chars(text.data() + first, text.data() + last + 1, number);
  return number;
}

// N of "max_skip = N" anywhere in the body; -1: it is not there.
std::int64_t MaxSkip(std::string_view body) {
  static constexpr std::string_view kMark = "max_skip = ";
  const std::size_t at = body.find(kMark);
  if (at == std::string_view::npos) return -1;
  std::int64_t number = -1;
  const std::string_view rest = body.substr(at + kMark.size());
  std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return number;
}

// What all conversations that read records have in common: rows held back, and the watch over custom fields.
class RecordExchange : public Exchange {
 public:
  explicit RecordExchange(ShapePtr shape) : shape_(std::move(shape)) {}

  Step Next(const HttpResponse *response, const Context &) final {
    if (response != nullptr) {
      if (std::exchange(checking_, false)) {
        shape_->CheckFields(request_, *response);
      } else if (response->status == 200) {
        TakeAnswer(*response);
      } else {
        TakeRefusal(*response);
      }
    }
    if (shape_->WantsFieldCheck(false)) return CheckFields();
    if (batch_ != nullptr && batch_->size() > 0) return Rows{std::move(batch_)};
    return Advance();
  }

 protected:
  virtual void TakeAnswer(const HttpResponse &response) = 0;
  // Throws, or leaves something else to do.
  virtual void TakeRefusal(const HttpResponse &response) = 0;
  // What comes after the rows of the last answer.
  virtual Step Advance() = 0;

  Step Ask(HttpRequest request) {
    request_ = request;
    return Send{std::move(request)};
  }
  Step CheckFields() {
    checking_ = true;
    return Ask(shape_->FieldCheckRequest());
  }
  // Drops the helpers' cells and the rows whose flag is false.
  void Give(ReadRecords records, const std::vector<bool> &keep) {
    records.batch->Keep(keep, shape_->columns());
    batch_ = std::move(records.batch);
  }
  // _fields, unless Close refused it or everything is wanted.
  void AddFieldsParam(std::vector<Param> &params) const {
    if (!without_fields_ && !shape_->fields_param().empty()) {
      params.push_back({"_fields", shape_->fields_param()});
    }
  }
  // A list of many fields may be refused as too long: then all are asked for. False: that was not it.
  bool DropFieldsParam(const HttpResponse &response) {
    if (response.status != 400 || without_fields_ || shape_->fields_param().empty() ||
        !MentionsFields(response.body)) {
      return false;
    }
    without_fields_ = true;
    return true;
  }

  const ShapePtr shape_;
  HttpRequest request_;  // the last one

 private:
  std::unique_ptr<RowBatch> batch_;
  bool checking_ = false;
  bool without_fields_ = false;
};

// ---- one record --------------------------------------------------------------------------------------

class RecordById final : public RecordExchange {
 public:
  RecordById(ShapePtr shape, std::string id) : RecordExchange(std::move(shape)), id_(std::move(id)) {}

 private:
  Step Advance() override {
    if (done_) return Done{};
    std::vector<Param> params;
    AddFieldsParam(params);
    return Ask(GetRequest(std::string(shape_->object().path) + PercentEncode(id_) + "/", params));
  }

  void TakeAnswer(const HttpResponse &response) override {
    done_ = true;
    ReadRecords records = shape_->ReadRecord(response.body);
    if (records.info.ids.size() != 1 || records.info.ids.front().empty()) {
      throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Close",
                  "The record that was asked for by id has no id.");
    }
    // A merged record might answer for another one, which is then read by its own id as well.
    const bool is_it = records.info.ids.front() == id_;
    Give(std::move(records), {is_it});
  }

  void TakeRefusal(const HttpResponse &response) override {
    if (DropFieldsParam(response)) return;
    done_ = true;
    if (response.status == 404 && SaysNoSuchRecord(response.body)) return;
    // What cannot be an id may be refused in other words, or not find its way through the URL at all.
    if ((response.status == 404 || response.status == 400) && !IsPlainId(id_)) return;
    throw ExplainAnswer(request_, response);
  }

  const std::string id_;
  bool done_ = false;
};

// Neither an empty id nor one of dots alone can be put into a URL; no record has one.
bool CanBeAsked(const std::string &id) {
  return id.size() <= 500 && id.find_first_not_of('.') != std::string::npos;
}

// ---- lists -------------------------------------------------------------------------------------------

struct ListJob {
  std::vector<Param> params;  // filters and order
  bool ordered = false, descending = false;
  bool newest_first = false;
  std::int64_t page_size = 0, first_page = 0;  // page_size 0: the list comes at once
  bool by_key = false;                         // few rows of many, perhaps asked for again and again
  std::optional<std::string> lead_id;          // only rows of this lead are given
  std::set<std::string> ids;                   // not empty: asked for by id__in
};

OffsetPager::Options PagerOptions(const ListJob &job) {
  OffsetPager::Options options;
  options.page_size = job.page_size > 0 ? job.page_size : 100;
  options.first_page = job.first_page;
  options.newest_first = job.newest_first;
  options.ascending = job.ordered && !job.descending;
  options.give_late_rows = !job.ordered;
  return options;
}

class RecordList final : public RecordExchange {
 public:
  RecordList(ShapePtr shape, ListJob job)
      : RecordExchange(std::move(shape)), job_(std::move(job)), pager_(PagerOptions(job_)) {}

 private:
  using State = OffsetPager::State;

  Step Advance() override {
    if (by_id_) return ReadOneByOne();
    if (done_) return Done{};
    if (pager_.state() == State::kAsk) return Ask(PageRequest());
    if (pager_.state() == State::kIncomplete || pager_.state() == State::kUnsteady) throw Incomplete();
    if (!job_.by_key && shape_->WantsFieldCheck(true)) return CheckFields();
    done_ = true;
    if (pager_.state() != State::kMoved) return Done{};
    return Warn{"the list of " + Name() + " in Close changed while it was read",
                "Close counts " + std::to_string(pager_.total()) + " now, and " +
                    std::to_string(pager_.rows()) + " were read."};
  }

  std::string Name() const { return std::string(shape_->object().table); }

  HttpRequest PageRequest() const {
    std::vector<Param> params = job_.params;
    const OffsetPager::Page &page = pager_.page();
    if (page.skip > 0) params.push_back({"_skip", std::to_string(page.skip)});
    if (job_.page_size > 0) params.push_back({"_limit", std::to_string(page.limit)});
    AddFieldsParam(params);
    // id__in is not documented; this is the form in which it was seen to work.
    const auto form = job_.ids.empty() ? RequestForm::kByLength : RequestForm::kOverride;
    return GetRequest(std::string(shape_->object().path), params, form);
  }

  void TakeAnswer(const HttpResponse &response) override {
    ReadRecords records = shape_->ReadList(response.body);
    const std::vector<std::string> &ids = records.info.ids;
    if (!records.info.has_rows_key || std::ranges::find(ids, "") != ids.end()) {
      throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Close",
                  records.info.has_rows_key ? "A record of " + Name() + " has no id."
                                            : "The answer has no member \"data\".");
    }
    if (!job_.ids.empty() && !AllAskedFor(ids)) {
      by_id_ = true;
      return;
    }
    const std::string_view time = shape_->object().newest_first;
    std::vector<std::optional<std::int64_t>> times;
    for (std::size_t i = 0; i < ids.size() && (job_.newest_first || job_.ordered); ++i) {
      times.push_back(shape_->TimeOf(records.batch->row(i), time));
    }
    std::vector<bool> keep =
        pager_.Take({ids, HasMore(records.info), records.info.Integer("total_results"), times});
    if (keep.empty()) return;
    for (std::size_t i = 0; i < keep.size(); ++i) {
      keep[i] = keep[i] && InOrder(times, i) && IsOfLead(records.batch->row(i));
    }
    Give(std::move(records), keep);
  }

  // Lists that come at once do not say so.
  bool HasMore(const PageInfo &info) const {
    const auto received = pager_.page().skip + static_cast<std::int64_t>(info.ids.size());
    return info.Bool("has_more").value_or(info.Integer("total_results").value_or(0) > received);
  }

  // A list that does not know id__in gives everything.
  bool AllAskedFor(const std::vector<std::string> &ids) const {
    return std::ranges::all_of(ids, [&](const std::string &id) { return job_.ids.contains(id); });
  }

  bool IsOfLead(const CrmValue *row) const {
    return !job_.lead_id || shape_->TextOf(row, "lead_id") == *job_.lead_id;
  }

  // The order was promised to PostgreSQL. A row that was put in behind us while we read is left out, as if it
  // had come later.
  bool InOrder(const std::vector<std::optional<std::int64_t>> &times, std::size_t row) {
    if (!job_.ordered) return true;
    const std::optional<std::int64_t> time = times[row];
    if (time && last_time_ && (job_.descending ? *time > *last_time_ : *time < *last_time_)) {
      if (pager_.moved()) return false;
    } else if (time) {
      last_time_ = time;
      return true;
    }
    throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Close",
                "The list of " + Name() + " is not in the order that was asked for.");
  }

  void TakeRefusal(const HttpResponse &response) override {
    if (response.status != 400 || by_id_) throw ExplainAnswer(request_, response);
    if (const std::int64_t deepest = MaxSkip(response.body); deepest >= 0) throw TooDeep(response, deepest);
    for (const FieldError &error : FieldErrors(response.body)) {
      if (error.field == "_skip") throw TooDeep(response, LastNumber(error.text));
      if (error.field == "_limit" && pager_.LowerLimit(LastNumber(error.text))) return;
      if (DropParam(error)) return;
    }
    if (!DropFieldsParam(response)) throw ExplainAnswer(request_, response);
  }

  // Close does not take this value of a filter. Without the filter more rows come, which PostgreSQL drops.
  bool DropParam(const FieldError &error) {
    const auto means = [&](const Param &param) {
      return !param.name.starts_with('_') && ErrorMeansParam(error.field, param.name);
    };
    if (std::ranges::none_of(job_.params, means)) return false;
    const bool is_unknown_lead =
        error.text.find("does not exist") != std::string::npos && ErrorMeansParam(error.field, "lead_id");
    if (!job_.ids.empty()) {
      by_id_ = true;
    } else if (is_unknown_lead) {
      done_ = true;  // and nothing belongs to it
    } else {
      std::erase_if(job_.params, means);
    }
    return true;
  }

  Step ReadOneByOne() {
    by_id_ = false;
    done_ = true;
    std::vector<std::unique_ptr<Exchange>> exchanges;
    for (const std::string &id : job_.ids) exchanges.push_back(std::make_unique<RecordById>(shape_, id));
    return Fork{std::move(exchanges)};
  }

  Error Incomplete() const {
    if (pager_.state() == State::kUnsteady) {
      return Error(CrmErrorKind::kIncompleteRead, "could not read all " + Name() + " from Close",
                   "The list changes faster than it can be read.", "Try again, or filter the rows.");
    }
    return Error(CrmErrorKind::kIncompleteRead, "could not read all " + Name() + " from Close",
                 "Close counts " + std::to_string(pager_.total()) + ", but gave " +
                     std::to_string(pager_.rows()) + ".");
  }

  Error TooDeep(const HttpResponse &response, std::int64_t deepest) const {
    std::string hint = "Read fewer rows at a time, with conditions that Close can filter by";
    std::string columns;
    for (const StandardField &field : shape_->object().fields) {
      if (field.traits.find(kFilterable) == std::string_view::npos) continue;
      columns.append(columns.empty() ? "" : ", ").append(field.name);
    }
    hint += columns.empty() ? "." : ": " + columns + ".";
    Error error(CrmErrorKind::kIncompleteRead,
                deepest >= 0
                    ? "close does not page deeper than " + std::to_string(deepest) + " rows through this list"
                    : "close does not page that deep through this list",
                "The list is that of " + Name() + ".", std::move(hint));
    error.http_status = response.status;
    return error;
  }

  ListJob job_;
  OffsetPager pager_;
  std::optional<std::int64_t> last_time_;  // of the last row given, with an order
  bool by_id_ = false;
  bool done_ = false;
};

// ---- from plan to conversations ------------------------------------------------------------------------

std::int64_t PageSize(const Object &object, const Options &options) {
  std::int64_t size = object.page_max;
  const std::optional<std::string_view> wished = options.Find("page_size");
  if (!wished || size == 0) return size;
  std::int64_t number = size;
  std::from_chars(wished->data(), wished->data() + wished->size(), number);
  return std::clamp<std::int64_t>(number, 1, size);
}

// Leads are asked for by the hundred, the others one by one.
std::unique_ptr<Exchange> ReadByIds(const ShapePtr &shape, const Value &operand, std::int64_t page_size) {
  std::vector<std::unique_ptr<Exchange>> exchanges;
  std::vector<std::string> plain;
  const bool in_lists = shape->object().name == "lead";
  for (std::string &id : DistinctKeys(operand)) {
    if (!CanBeAsked(id)) continue;
    if (in_lists && IsPlainId(id)) {
      plain.push_back(std::move(id));
    } else {
      exchanges.push_back(std::make_unique<RecordById>(shape, std::move(id)));
    }
  }
  if (plain.size() == 1) exchanges.push_back(std::make_unique<RecordById>(shape, plain.front()));
  for (std::size_t i = 0; plain.size() > 1 && i < plain.size(); i += kIdsPerCall) {
    ListJob job;
    std::string list;
    for (std::size_t k = i; k < std::min(plain.size(), i + kIdsPerCall); ++k) {
      list.append(list.empty() ? "" : ",").append(plain[k]);
      job.ids.insert(plain[k]);
    }
    job.params = {{"id__in", std::move(list)}};
    job.by_key = true;
    job.page_size = std::min(page_size, kIdsPerCall);
    exchanges.push_back(std::make_unique<RecordList>(shape, std::move(job)));
  }
  if (exchanges.size() == 1) return std::move(exchanges.front());
  return std::make_unique<Forker>(std::move(exchanges));
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
    exchanges.push_back(std::make_unique<RecordList>(shape, std::move(one)));
  }
  return std::make_unique<Forker>(std::move(exchanges));
}

}  // namespace

std::unique_ptr<Exchange> MakeRead(const ReadPlan &plan, const std::vector<Value> &params,
                                   const Options &options) {
  const Object &object = PlannedObject(plan.object);
  const Query query = Query::Decode(plan.plan);
  const auto shape =
      std::make_shared<RecordShape>(object, plan.fields, query.mapped, PagingFields(object, query));
  const std::int64_t page_size = PageSize(object, options);
  if (query.route == Query::Route::kIds) {
    return ReadByIds(shape, BoundValue(query.key->operand, params), page_size);
  }
  Bound bound = BindFilters(query.filters, &params);
  if (bound.nothing) return std::make_unique<Forker>(std::vector<std::unique_ptr<Exchange>>());
  ListJob job;
  job.params = std::move(bound.params);
  for (Param &param : ListParams(object, query)) job.params.push_back(std::move(param));
  job.ordered = query.ordered;
  job.descending = query.descending;
  job.newest_first = !object.newest_first.empty() && (!query.ordered || query.descending);
  job.page_size = page_size;
  job.first_page = query.first_page;
  job.by_key = query.route == Query::Route::kLeads ||
               std::ranges::find(query.filters, Filter::Kind::kLead, &Filter::kind) != query.filters.end();
  if (query.route == Query::Route::kLeads) {
    return ReadByLeads(shape, job, BoundValue(query.key->operand, params));
  }
  return std::make_unique<RecordList>(shape, std::move(job));
}

}  // namespace crm::close_crm
