#include "providers/salesforce/read_groups.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/page_reader.h"
#include "providers/salesforce/record_shape.h"

namespace crm::salesforce {

namespace {

// From here on a sum that went through a double need not be the sum.
constexpr std::int64_t kBeyondDoubles = std::int64_t{1} << 53;
constexpr const char *kMakeHere = "SET crm_fdw.pushdown = off; then the groups are made of rows, here.";

// Which groups one statement asks for. More than fit into an answer are divided by the first key: those
// without a value, and those with one, in its order and from where the last answer ended.
struct Range {
  std::vector<std::string> fixed;  // conditions
  std::size_t depth = 0;           // keys that have one value each
  bool ordered = false;            // by the next key, which is not null
  std::string from;                // ordered: "OwnerId >= '005…'"; empty: the first
};

std::string Literal(FieldClass kind, std::string_view value) {
  return kind == FieldClass::kReference ? "'" + std::string(value) + "'" : std::string(value);
}

bool IsBelow(FieldClass kind, std::string_view left, std::string_view right) {
  if (kind != FieldClass::kInt) return left < right;
  const auto number = [](std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  return number(left) < number(right);
}

class GroupRead final : public QueryExchange {
 public:
  GroupRead(QueryJob job, const Query &query, const ReadPlan &plan, Statement statement)
      : QueryExchange(std::move(job), std::move(statement)),
        keys_(query.group_by),
        whole_(statement_),
        outputs_(plan.outputs) {
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      Field field = outputs_[i].field;
      field.path = OutputName(query, outputs_[i], i);
      shape_.columns.push_back(ColumnOf(field));
    }
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      ColumnShape &key = shape_.columns.emplace_back();
      key.path = {KeyName(i)};
      key.required = true;
    }
    shape_.rows_key = "records";
    ranges_.emplace_back();
  }

  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) {
      if (const auto answer = Accept(*response)) Take(*answer);
    }
    if (batch_ != nullptr && batch_->size() > 0) return Rows{std::move(batch_)};
    if (ranges_.empty()) return Done{};
    range_ = std::move(ranges_.back());
    ranges_.pop_back();
    Narrow();
    return AskQuery(statement_.Soql());
  }

 private:
  bool MayDropConditions() const override { return false; }

  bool Meets(const ApiError &error) override {
    if (error.code != "EXCEEDED_ID_LIMIT" || range_.ordered) return false;
    Divide();
    return true;
  }

  const Query::Key &key() const { return keys_[range_.depth]; }

  // The statement of the range.
  void Narrow() {
    statement_ = whole_;
    const auto add = [&](const std::string &text) {
      BoundCondition &condition = statement_.conditions.emplace_back();
      condition.text = text;
    };
    for (const std::string &condition : range_.fixed) add(condition);
    if (!range_.ordered) return;
    add(range_.from.empty() ? key().field + " != null" : range_.from);
    statement_.order = key().field + " ASC";
    statement_.limit = kMostGroups;
  }

  Range Fixed(const std::string &condition) const {
    Range range{range_.fixed, range_.depth + 1, false, {}};
    range.fixed.push_back(condition);
    return range;
  }
  Range From(std::string_view comparison, std::string_view value) const {
    return {range_.fixed, range_.depth, true,
            key().field + " " + std::string(comparison) + " " + Literal(key().kind, value)};
  }

  void Divide() {
    if (range_.depth == keys_.size() || !key().divides()) {
      throw Error(CrmErrorKind::kIncompleteRead, "Salesforce cannot make so many groups",
                  "It gives up to 2,000 groups, and these cannot be asked for in parts.", kMakeHere);
    }
    ranges_.push_back({range_.fixed, range_.depth, true, {}});
    ranges_.push_back(Fixed(key().field + " = null"));
  }

  void Take(const HttpResponse &answer) {
    PageInfo info;
    auto batch = std::make_unique<RowBatch>(static_cast<int>(shape_.columns.size()));
    ReadPage(answer.body, shape_, *batch, info);
    const auto done = info.Bool("done");
    if (!info.has_rows_key || !done) ThrowMalformed("It has no member \"records\" or \"done\".");
    const bool full = !*done || batch->size() >= static_cast<std::size_t>(kMostGroups);
    std::vector<bool> keep(batch->size(), true);
    if (!range_.ordered) {
      if (!*done) return Divide();
    } else if (full) {
      keep = Continue(*batch);
    }
    if (info.Integer("totalSize") != static_cast<std::int64_t>(batch->size()) && *done)
      ThrowMalformed("It does not hold as many groups as it says.");
    batch->Keep(keep, static_cast<int>(outputs_.size()));
    CheckSums(*batch);
    batch_ = std::move(batch);
  }

  // Rows of a full answer that are complete: all but those with the last value, which may go on. They come
  // again.
  std::vector<bool> Continue(const RowBatch &batch) {
    const std::size_t column = outputs_.size() + range_.depth;
    const auto value = [&](std::size_t i) { return View(batch.row(i)[column].text); };
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (batch.row(i)[column].type != CrmType::kText ||
          (i > 0 && IsBelow(key().kind, value(i), value(i - 1))))
        throw Error(CrmErrorKind::kIncompleteRead, "could not read all groups from Salesforce",
                    "They did not come in the order of " + key().field + ".", kMakeHere);
    }
    const std::string last(value(batch.size() - 1));
    if (last == value(0)) {
      ranges_.push_back(From(">", last));
      ranges_.push_back(Fixed(key().field + " = " + Literal(key().kind, last)));
    } else {
      ranges_.push_back(From(">=", last));
    }
    std::vector<bool> keep;
    keep.reserve(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) keep.push_back(value(i) != last);
    return keep;
  }

  void CheckSums(const RowBatch &batch) const {
    for (std::size_t column = 0; column < outputs_.size(); ++column) {
      if (outputs_[column].function != Function::kSum || outputs_[column].field.type != CrmType::kInt)
        continue;
      for (std::size_t i = 0; i < batch.size(); ++i) {
        const CrmValue &sum = batch.row(i)[column];
        if (sum.type == CrmType::kInt && (sum.integer >= kBeyondDoubles || sum.integer <= -kBeyondDoubles))
          throw Error(CrmErrorKind::kIncompleteRead,
                      "a sum of " + outputs_[column].field.path + " is beyond what Salesforce adds exactly",
                      {}, kMakeHere);
      }
    }
  }

  std::vector<Query::Key> keys_;
  Statement whole_;
  std::vector<PlannedOutput> outputs_;
  PageShape shape_;  // the outputs, then the keys
  std::vector<Range> ranges_;
  Range range_;
  std::unique_ptr<RowBatch> batch_;
};

}  // namespace

std::unique_ptr<Exchange> MakeGroupRead(QueryJob job, const Query &query, const ReadPlan &plan,
                                        Statement statement) {
  return std::make_unique<GroupRead>(std::move(job), query, plan, std::move(statement));
}

}  // namespace crm::salesforce
