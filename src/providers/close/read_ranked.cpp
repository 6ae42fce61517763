#include "providers/close/read_ranked.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "providers/close/filter.h"
#include "providers/paging.h"

namespace crm::close_crm {

namespace {

constexpr int kMostPasses = 20;

// Behind the bound, whatever the rounding on the way.
bool IsBehind(double value, double last, bool descending) {
  const double slack = 1e-6 + std::abs(last) * 1e-12;
  return descending ? value < last - slack : value > last + slack;
}

class RankedList final : public RecordExchange {
 public:
  RankedList(ShapePtr shape, RankedJob job) : RecordExchange(std::move(shape)), job_(std::move(job)) {}

 private:
  Step Advance() override {
    if (done_) return Done{};
    std::vector<Param> params = job_.params;
    if (skip_ > 0) params.push_back({"_skip", std::to_string(skip_)});
    params.push_back({"_limit", std::to_string(recounting_ ? 1 : job_.page_size)});
    AddFieldsParam(params);
    return Ask(GetRequest(std::string(shape_->object().path), params));
  }

  void TakeAnswer(const HttpResponse &response) override {
    ReadRecords records = shape_->ReadList(response.body);
    CheckIds(records.info);
    const std::vector<std::string> &ids = records.info.ids;
    const std::optional<std::int64_t> total = records.info.Integer("total_results");
    if (recounting_) return TakeRecount(total);
    if (!Joins(records) || (total_ && total != total_)) {
      pass_ = IdSet();
      return BeginAnew(total);
    }
    total_ = total;
    std::vector<bool> keep(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      keep[i] = seen_.Insert(ids[i]);
      pass_.Insert(ids[i]);
    }
    NoteOrder(*records.batch);
    const bool behind = proven_ && IsPast(*records.batch);
    const bool more = records.info.Bool("has_more").value_or(false) && !ids.empty();
    if (more) GoOn(*records.batch);
    Give(std::move(records), keep);
    if (behind) {
      done_ = true;
    } else if (!more) {
      End();
    }
  }

  // The page begins with a row that stands before the last ones read, which it repeats.
  bool Joins(const ReadRecords &records) const {
    if (skip_ == 0 || !proven_) return true;
    if (records.batch->size() == 0) return false;
    const std::optional<double> first = NumberAt(*records.batch, 0);
    return first && joint_ ? IsBefore(*first, *joint_) : first.has_value() != joint_.has_value();
  }

  std::optional<double> NumberAt(const RowBatch &batch, std::size_t row) const {
    return shape_->NumberOf(batch.row(row), job_.field);
  }

  // Rows of equal numbers may come in another order with each request: the next page begins with the row
  // before those that this one ends with. If they fill a page, nothing but the count of the whole list proves
  // that all were read.
  void GoOn(const RowBatch &batch) {
    joint_ = NumberAt(batch, batch.size() - 1);
    std::size_t first = batch.size() - 1;
    while (first > 0 && NumberAt(batch, first - 1) == joint_) --first;
    proven_ = proven_ && first > 1;
    skip_ += static_cast<std::int64_t>(proven_ ? first - 1 : batch.size());
  }

  void BeginAnew(std::optional<std::int64_t> total) {
    if (++passes_ == kMostPasses) {
      throw Error(CrmErrorKind::kIncompleteRead, "could not read all " + Table() + " from Close",
                  "The list changes faster than it can be read.", "Try again, or filter the rows.");
    }
    skip_ = 0;
    total_ = total;
    proven_ = true;
  }

  bool IsBefore(double a, double b) const { return job_.descending ? a > b : a < b; }

  // Without the order that was asked for, the whole list is read.
  void NoteOrder(const RowBatch &batch) {
    std::optional<double> last;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::optional<double> number = NumberAt(batch, i);
      if (!number) continue;
      if (last && IsBefore(*number, *last)) proven_ = false;
      last = number;
    }
  }

  // The last row is behind the bound. Rows without a number may stand at either end.
  bool IsPast(const RowBatch &batch) const {
    if (!job_.last || batch.size() == 0) return false;
    const std::optional<double> number = shape_->NumberOf(batch.row(batch.size() - 1), job_.field);
    return number && IsBehind(*number, *job_.last, job_.descending);
  }

  void End() {
    const bool complete = total_ && pass_.size() >= *total_;
    if (complete || (!total_ && proven_)) {
      done_ = true;
    } else if (proven_) {
      recounting_ = true;
      skip_ = 0;
    } else {
      BeginAnew(total_);  // another pass may meet the others
    }
  }

  void TakeRecount(std::optional<std::int64_t> total) {
    recounting_ = false;
    if (total != total_) {
      pass_ = IdSet();
      return BeginAnew(total);
    }
    throw Error(
        CrmErrorKind::kIncompleteRead, "could not read all " + Table() + " from Close",
        "Close counts " + std::to_string(*total_) + ", but gave " + std::to_string(pass_.size()) + ".");
  }

  void TakeRefusal(const HttpResponse &response) override {
    if (response.status != 400) throw ExplainAnswer(request_, response);
    for (const FieldError &error : FieldErrors(response.body)) {
      const std::int64_t most = LastNumber(error.text);
      if (error.field == "_limit" && most >= 1 && most < job_.page_size) {
        job_.page_size = most;
        return;
      }
      const auto means = [&](const Param &param) { return MayDrop(param, error.field); };
      if (std::ranges::none_of(job_.params, means)) continue;
      DropRefused(job_.params, shape_->object(), error.field);
      return;
    }
    if (!DropFieldsParam(response)) throw ExplainAnswer(request_, response);
  }

  RankedJob job_;
  IdSet seen_;  // given
  IdSet pass_;  // read since the list last changed
  std::int64_t skip_ = 0;
  std::optional<std::int64_t> total_;
  std::optional<double> joint_;  // the number that the last page ended with
  bool proven_ = true;           // sorted so far, and each page began before the end of the one before
  bool recounting_ = false, done_ = false;
  int passes_ = 0;
};

}  // namespace

std::unique_ptr<Exchange> ReadRanked(ShapePtr shape, RankedJob job) {
  return std::make_unique<RankedList>(std::move(shape), std::move(job));
}

}  // namespace crm::close_crm
