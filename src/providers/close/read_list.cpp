#include "providers/close/read_list.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/civil_time.h"
#include "core/url.h"
#include "providers/paging.h"

namespace crm::close_crm {

namespace {

// Rows of a sorted list after which it is asked for anew, from the last row's second on: positions stay
// small.
constexpr std::int64_t kWindowRows = 10'000;
// Kept inside a path: an id of dots would lead elsewhere.
constexpr std::string_view kPlain = "-_";
// How far the list may round the times it compares, to either side, and the window is widened.
constexpr std::int64_t kEdge = 3 * kMicrosPerSecond;

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

// ---- one record --------------------------------------------------------------------------------------

class RecordById final : public RecordExchange {
 public:
  RecordById(ShapePtr shape, std::string id) : RecordExchange(std::move(shape)), id_(std::move(id)) {}

 private:
  Step Advance() override {
    if (done_) return Done{};
    std::vector<Param> params;
    AddFieldsParam(params);
    return Ask(GetRequest(std::string(shape_->object().path) + PercentEncode(id_, kPlain) + "/", params));
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

// ---- lists -------------------------------------------------------------------------------------------

OffsetPager::Options PagerOptions(const ListJob &job) {
  OffsetPager::Options options;
  options.page_size = job.page_size > 0 ? job.page_size : 100;
  options.first_page = job.first_page;
  options.newest_first = job.timed && (!job.sorts || job.descending);
  options.ascending = job.sorts && !job.descending;
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
    if (pager_.state() == State::kIncomplete) throw Incomplete(pager_.rows(), pager_.total());
    if (pager_.state() == State::kUnsteady) throw Unsteady();
    if (windows_ > 0 && first_total_ && given_ < *first_total_ && !std::exchange(recounting_, true)) {
      return Ask(RecountRequest());
    }
    if (!job_.by_key && shape_->WantsFieldCheck(true)) return CheckFields();
    done_ = true;
    if (pager_.state() != State::kMoved) return Done{};
    const std::string count =
        windows_ == 0 ? "Close counts " + std::to_string(pager_.total()) + " now, and " : "";
    return Warn{"the list of " + Table() + " in Close changed while it was read",
                count + std::to_string(windows_ == 0 ? pager_.rows() : given_) + " were read."};
  }

  HttpRequest PageRequest() const {
    std::vector<Param> params = job_.params;
    if (windows_ > 0) {
      // The list compares whole seconds; one more above, in case it rounds.
      const std::int64_t edge = window_second_ + (job_.descending ? 2 * kMicrosPerSecond : 0);
      params.push_back({std::string(shape_->object().time) + (job_.descending ? "__lte" : "__gte"),
                        FormatTimestamp(edge, 0)});
    }
    const OffsetPager::Page &page = pager_.page();
    if (page.skip > 0) params.push_back({"_skip", std::to_string(page.skip)});
    if (job_.page_size > 0) params.push_back({"_limit", std::to_string(page.limit)});
    AddFieldsParam(params);
    // id__in is not documented; this is the form in which it was seen to work.
    const auto form = job_.ids.empty() ? RequestForm::kByLength : RequestForm::kOverride;
    return GetRequest(std::string(shape_->object().path), params, form);
  }

  // Without the window, and without rows: what the whole list counts now.
  HttpRequest RecountRequest() const {
    std::vector<Param> params = job_.params;
    params.push_back({"_limit", "1"});
    return GetRequest(std::string(shape_->object().path), params);
  }

  using Times = std::vector<std::optional<std::int64_t>>;

  void TakeAnswer(const HttpResponse &response) override {
    ReadRecords records = shape_->ReadList(response.body);
    const std::vector<std::string> &ids = records.info.ids;
    CheckIds(records.info);
    const std::optional<std::int64_t> total = records.info.Integer("total_results");
    if (recounting_) return TakeRecount(total);
    if (!job_.ids.empty() && !AllAskedFor(ids)) {
      by_id_ = true;
      return;
    }
    Times times;
    for (std::size_t i = 0; i < ids.size() && job_.timed; ++i) {
      times.push_back(shape_->TimeOf(records.batch->row(i), shape_->object().time));
    }
    if (!std::exchange(begun_, true)) {
      first_total_ = total;
      CheckDepth(total);
    }
    if (TurnsAround(times)) return;
    const bool advances = pager_.advances();
    std::vector<bool> keep = pager_.Take({ids, HasMore(records.info), total, times});
    if (keep.empty()) return;
    NoteRecent(times, ids, keep);
    const bool ends_new = advances && keep.back();
    for (std::size_t i = 0; i < keep.size(); ++i) {
      keep[i] = keep[i] && !WasInWindow(times, i, ids[i]);
      if (keep[i]) ++given_;
      keep[i] = keep[i] && InOrder(times, i) && IsOfLead(records.batch->row(i));
    }
    Give(std::move(records), keep);
    if (ends_new && MayBeginWindow(times.empty() ? std::nullopt : times.back())) BeginWindow();
  }

  // ---- windows: a sorted list that is asked for anew, from the second it was read up to -------------------

  // Enough rows were read, each page was in order, the last row is the furthest, and time has gone on since
  // the window began.
  bool MayBeginWindow(std::optional<std::int64_t> last) const {
    if (pager_.state() != State::kAsk || !pager_.advances() || pager_.rows() < kWindowRows) return false;
    if (!last || !furthest_ || SecondOf(*last) != *furthest_) return false;
    return windows_ == 0 ? *furthest_ != SecondOf(*first_time_)
                         : std::abs(*furthest_ - window_second_) > kEdge;
  }

  void BeginWindow() {
    ++windows_;
    window_second_ = *furthest_;
    window_ids_ = IdSet();
    for (const auto &[second, id] : recent_) window_ids_.Insert(id);
    ListJob rest = job_;
    rest.first_page = 0;
    pager_ = OffsetPager(PagerOptions(rest));
  }

  static std::int64_t SecondOf(std::int64_t time) {
    const std::int64_t rest = time % kMicrosPerSecond;
    return time - (rest < 0 ? rest + kMicrosPerSecond : rest);
  }

  bool IsFurther(std::int64_t a, std::int64_t b) const { return job_.descending ? a < b : a > b; }

  // Remembers the rows of the last seconds: the next window will have them again.
  void NoteRecent(const Times &times, const std::vector<std::string> &ids, const std::vector<bool> &fresh) {
    if (!job_.sorts || job_.by_key || !job_.ids.empty()) return;
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (!times[i] || !fresh[i]) continue;
      const std::int64_t second = SecondOf(*times[i]);
      if (!first_time_) first_time_ = times[i];
      if (!furthest_ || IsFurther(second, *furthest_)) furthest_ = second;
      recent_.emplace_back(second, ids[i]);
    }
    std::erase_if(recent_, [&](const auto &row) { return std::abs(row.first - *furthest_) > kEdge; });
  }

  bool WasInWindow(const Times &times, std::size_t row, const std::string &id) const {
    return windows_ > 0 && times[row] && std::abs(SecondOf(*times[row]) - window_second_) <= kEdge &&
           window_ids_.Contains(id);
  }

  // Some lists of activities are newest first whatever is asked, which shows when a second time is met. True:
  // the answer is thrown away, and what was read so far, all of one time, is the begin of a window.
  bool TurnsAround(const Times &times) {
    if (!job_.sorts || job_.ordered || job_.descending || std::exchange(turned_, true)) return false;
    if (!first_time_ && pager_.rows() > 0) return false;  // few rows of many, without windows
    const std::optional<std::int64_t> first = first_time_ || times.empty() ? first_time_ : times.front();
    const auto other = std::ranges::find_if(times, [&](const auto &time) { return time && time != first; });
    if (other == times.end()) {
      turned_ = false;
      return false;
    }
    if (!first || **other > *first) return false;
    job_.descending = true;
    if (first_time_) {
      BeginWindow();
      return true;
    }
    pager_ = OffsetPager(PagerOptions(job_));
    return false;
  }

  void CheckDepth(std::optional<std::int64_t> total) const {
    const std::int64_t depth = shape_->object().depth;
    if (job_.whole && depth > 0 && total && *total > depth && job_.ids.empty() && !job_.by_key)
      throw TooDeep(0, depth);
  }

  void TakeRecount(std::optional<std::int64_t> total) {
    if (total && total == first_total_) throw Incomplete(given_, *total);
  }

  // Lists that come at once do not say so. Where nothing counts the rows, a full page is not taken to be the
  // last on the list's word alone.
  bool HasMore(const PageInfo &info) const {
    const OffsetPager::Page &page = pager_.page();
    const auto received = static_cast<std::int64_t>(info.ids.size());
    const auto total = info.Integer("total_results");
    const auto says = info.Bool("has_more");
    if (says && !total && job_.ids.empty() && job_.page_size > 0 && received >= page.limit) return true;
    return says.value_or(total.value_or(0) > page.skip + received);
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
      if (pager_.moved() || windows_ > 0) return false;
    } else if (time) {
      last_time_ = time;
      return true;
    }
    throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Close",
                "The list of " + Table() + " is not in the order that was asked for.");
  }

  void TakeRefusal(const HttpResponse &response) override {
    if (response.status != 400 || by_id_) throw ExplainAnswer(request_, response);
    if (const std::int64_t deepest = MaxSkip(response.body); deepest >= 0) throw TooDeep(400, deepest);
    for (const FieldError &error : FieldErrors(response.body)) {
      if (error.field == "_skip") throw TooDeep(400, LastNumber(error.text));
      if (error.field == "_limit" && pager_.LowerLimit(LastNumber(error.text))) return;
      if (error.field == "_order_by" && DropOrder()) return;
      if (DropParam(error)) return;
    }
    if (!DropFieldsParam(response)) throw ExplainAnswer(request_, response);
  }

  // A list that takes no order is newest first.
  bool DropOrder() {
    const auto is_order = [](const Param &param) { return param.name == "_order_by"; };
    if (job_.ordered || std::erase_if(job_.params, is_order) == 0) return false;
    job_.descending = turned_ = true;
    pager_ = OffsetPager(PagerOptions(job_));
    return true;
  }

  // Close does not take this value of a filter. Without the filter more rows come, which PostgreSQL drops.
  bool DropParam(const FieldError &error) {
    const auto means = [&](const Param &param) { return MayDrop(param, error.field); };
    if (std::ranges::none_of(job_.params, means)) return false;
    const bool is_unknown_lead =
        error.text.find("does not exist") != std::string::npos && ErrorMeansParam(error.field, "lead_id");
    if (!job_.ids.empty()) {
      by_id_ = true;
    } else if (is_unknown_lead) {
      done_ = true;  // and nothing belongs to it
    } else {
      DropRefused(job_.params, shape_->object(), error.field);
    }
    return true;
  }

  Step ReadOneByOne() {
    by_id_ = false;
    done_ = true;
    if (!shape_->object().get_by_id) throw Incomplete(0, static_cast<std::int64_t>(job_.ids.size()));
    std::vector<std::unique_ptr<Exchange>> exchanges;
    for (const std::string &id : job_.ids) exchanges.push_back(std::make_unique<RecordById>(shape_, id));
    return Fork{std::move(exchanges)};
  }

  Error Unsteady() const {
    return Error(CrmErrorKind::kIncompleteRead, "could not read all " + Table() + " from Close",
                 "The list changes faster than it can be read.", "Try again, or filter the rows.");
  }

  Error Incomplete(std::int64_t rows, std::int64_t total) const {
    return Error(CrmErrorKind::kIncompleteRead, "could not read all " + Table() + " from Close",
                 "Close counts " + std::to_string(total) + ", but gave " + std::to_string(rows) + ".");
  }

  Error TooDeep(int status, std::int64_t deepest) const {
    const Object &object = shape_->object();
    std::string hint;
    if (!object.search_type.empty()) {
      hint = "Let the search of Close be used: ANALYZE " + Table() +
             ", so that the planner knows how many rows there are, or ALTER SERVER … OPTIONS (ADD read_path "
             "'index').";
    } else {
      std::string columns;
      for (const StandardField &field : object.fields) {
        if (field.traits.find(kFilterable) == std::string_view::npos) continue;
        columns.append(columns.empty() ? "" : ", ").append(field.name);
      }
      hint = "Read fewer rows at a time, with conditions that Close can filter by" +
             (columns.empty() ? std::string(".") : ": " + columns + ".");
    }
    Error error(CrmErrorKind::kIncompleteRead,
                deepest >= 0
                    ? "close does not page deeper than " + std::to_string(deepest) + " rows through this list"
                    : "close does not page that deep through this list",
                "The list is that of " + Table() + ".", std::move(hint));
    error.http_status = status;
    return error;
  }

  ListJob job_;
  OffsetPager pager_;
  std::optional<std::int64_t> last_time_;  // of the last row given, with an order
  std::optional<std::int64_t> first_total_;
  std::int64_t given_ = 0;  // rows, each counted once
  bool begun_ = false, recounting_ = false;
  std::vector<std::pair<std::int64_t, std::string>> recent_;  // second and id of the rows read last
  std::optional<std::int64_t> first_time_, furthest_;         // of the first row; second of the furthest
  bool turned_ = false;                                       // the list's direction is known
  int windows_ = 0;
  std::int64_t window_second_ = 0;  // of the window, and the rows of it that were read before
  IdSet window_ids_;
  bool by_id_ = false;
  bool done_ = false;
};

// ---- counting ----------------------------------------------------------------------------------------

class ListCount final : public RecordExchange {
 public:
  ListCount(ShapePtr shape, std::vector<Param> params)
      : RecordExchange(std::move(shape)), params_(std::move(params)) {}

 private:
  Step Advance() override {
    if (count_) {
      auto row = CountRow(*count_);
      count_.reset();
      done_ = true;
      return Rows{std::move(row)};
    }
    if (done_) return Done{};
    std::vector<Param> params = params_;
    params.push_back({"_limit", "1"});
    params.push_back({"_fields", "id"});
    return Ask(GetRequest(std::string(shape_->object().path), params));
  }

  void TakeAnswer(const HttpResponse &response) override {
    const ReadRecords records = shape_->ReadList(response.body);
    count_ = records.info.Integer("total_results");
    if (!count_ || *count_ < 0) {
      throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Close",
                  "The list of " + Table() + " does not say how many rows there are.");
    }
  }

  // A value that Close does not take, of a closed vocabulary or of an id: no row has it.
  void TakeRefusal(const HttpResponse &response) override {
    const std::vector<FieldError> errors = FieldErrors(response.body);
    const bool of_filter = std::ranges::any_of(errors, [&](const FieldError &error) {
      return std::ranges::any_of(params_, [&](const Param &param) { return MayDrop(param, error.field); });
    });
    if (response.status != 400 || !of_filter) throw ExplainAnswer(request_, response);
    count_ = 0;
  }

  const std::vector<Param> params_;
  std::optional<std::int64_t> count_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Exchange> ReadList(ShapePtr shape, ListJob job) {
  return std::make_unique<RecordList>(std::move(shape), std::move(job));
}

std::unique_ptr<Exchange> ReadById(ShapePtr shape, std::string id) {
  return std::make_unique<RecordById>(std::move(shape), std::move(id));
}

std::unique_ptr<Exchange> CountList(ShapePtr shape, std::vector<Param> params) {
  return std::make_unique<ListCount>(std::move(shape), std::move(params));
}

}  // namespace crm::close_crm
