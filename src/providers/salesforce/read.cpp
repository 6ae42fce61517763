#include "providers/salesforce/read.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/json_span.h"
#include "providers/count.h"
#include "providers/paging.h"
#include "providers/salesforce/query.h"
#include "providers/salesforce/query_exchange.h"
#include "providers/salesforce/rate.h"
#include "providers/salesforce/read_groups.h"
#include "providers/salesforce/record_shape.h"
#include "providers/salesforce/soql_request.h"
#include "providers/salesforce/soql_text.h"
#include "providers/salesforce/wire.h"

namespace crm::salesforce {

namespace {

constexpr int kLeastPage = 200, kMostPage = 2000;

using ShapePtr = std::shared_ptr<const RecordShape>;

// In the encoded form, for a statement that goes in a URL.
std::size_t RoomForSoql(const QueryJob &job) {
  return kLongestTarget - SoqlRequest(job.data_path, "", job.all_rows, 0).target.size();
}

// ---- rows
// --------------------------------------------------------------------------------------------------

class QueryRead final : public QueryExchange {
 public:
  QueryRead(QueryJob job, Statement statement, ShapePtr shape)
      : QueryExchange(std::move(job), std::move(statement)), shape_(std::move(shape)) {}

  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) {
      if (const auto answer = Accept(*response)) Take(*answer);
    }
    if (batch_ != nullptr && batch_->size() > 0) return Rows{std::move(batch_)};
    if (!trail_.begun()) return AskQuery(statement_.Soql());
    if (!trail_.next().empty()) return Ask(GetRequest(trail_.next()));
    if (trail_.records() == trail_.total() || done_) return Done{};
    if (!std::exchange(recounting_, true)) return AskQuery(statement_.CountSoql());
    done_ = true;
    return Warn{"rows of " + shape_->object() + " in Salesforce changed while they were read",
                "Salesforce counted " + std::to_string(trail_.total()) + " at first and " +
                    std::to_string(now_) + " now, and " + std::to_string(trail_.records()) + " were read."};
  }

 private:
  bool MayDropConditions() const override { return !trail_.begun(); }

  void Take(const HttpResponse &answer) {
    if (recounting_) return TakeRecount(TotalOf(answer.body));
    ReadRecords records = shape_->Read(answer.body);
    trail_.Take(PageOf(records.info));
    if (trail_.records() > trail_.total()) throw Miscounted();
    batch_ = std::move(records.batch);
  }

  void TakeRecount(std::int64_t now) {
    now_ = now;
    if (now_ == trail_.total()) throw Miscounted();
  }

  Error Miscounted() const {
    return Error(CrmErrorKind::kIncompleteRead,
                 "could not read all rows of " + shape_->object() + " from Salesforce",
                 "Salesforce counts " + std::to_string(trail_.total()) + ", but gave " +
                     std::to_string(trail_.records()) + ".");
  }

  ShapePtr shape_;
  std::unique_ptr<RowBatch> batch_;
  PageTrail trail_;
  std::int64_t now_ = 0;
  bool recounting_ = false, done_ = false;
};

// ---- counting
// ----------------------------------------------------------------------------------------------

class QueryCount final : public QueryExchange {
 public:
  QueryCount(QueryJob job, std::vector<Statement> parts)
      : QueryExchange(std::move(job), parts.front()), parts_(std::move(parts)) {}

  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) {
      const auto answer = Accept(*response);
      count_ += TotalOf(answer->body);
      ++asked_;
    }
    if (asked_ < parts_.size()) {
      statement_ = parts_[asked_];
      return AskQuery(statement_.Soql());
    }
    if (std::exchange(given_, true)) return Done{};
    return Rows{CountRow(count_)};
  }

 private:
  bool MayDropConditions() const override { return false; }

  std::vector<Statement> parts_;
  std::size_t asked_ = 0;
  std::int64_t count_ = 0;
  bool given_ = false;
};

// ---- records by id
// -----------------------------------------------------------------------------------------

// The records of an array, of which some may be null.
std::string RecordsIn(std::string_view body) {
  const std::size_t at = body.find_first_not_of(" \t\r\n");
  if (at == std::string_view::npos || body[at] != '[' || !IsOneJsonValue(body))
    ThrowMalformed("It is not a list of records.");
  std::string records = "{\"records\":[";
  for (const std::string_view record : JsonElements(body))
    if (record != "null") records.append(records.back() == '[' ? "" : ",").append(record);
  return records + "]}";
}

class Retrieve final : public Exchange {
 public:
  Retrieve(QueryJob job, ShapePtr shape, Statement statement, std::vector<std::string> ids,
           std::vector<std::string> fields)
      : job_(std::move(job)),
        shape_(std::move(shape)),
        statement_(std::move(statement)),
        ids_(std::move(ids)),
        fields_(std::move(fields)) {}

  Step Next(const HttpResponse *response, const Context &) override {
    if (response == nullptr && !std::exchange(asked_, true)) {
      HttpRequest request = JsonRequest(job_.data_path + "composite/sobjects/" + shape_->object(),
                                        Json{{"ids", ids_}, {"fields", fields_}});
      request_ = request;
      return Send{std::move(request)};
    }
    if (response == nullptr) return Done{};
    CheckApiUsage(*job_.options, *response);
    if (response->status == 200) return Rows{shape_->Read(RecordsIn(response->body)).batch};
    if (response->status != 400 && response->status != 404) throw ExplainAnswer(request_, *response);
    // An id of another object may be refused where a query only finds nothing.
    std::vector<std::unique_ptr<Exchange>> parts;
    std::vector<Statement> statements = statement_.Split(RoomForSoql(job_));
    parts.reserve(statements.size());
    for (Statement &part : statements)
      parts.push_back(std::make_unique<QueryRead>(job_, std::move(part), shape_));
    return Fork{std::move(parts)};
  }

 private:
  QueryJob job_;
  ShapePtr shape_;
  Statement statement_;
  std::vector<std::string> ids_, fields_;
  HttpRequest request_;
  bool asked_ = false;
};

std::string Unquoted(const std::string &literal) { return literal.substr(1, literal.size() - 2); }

std::unique_ptr<Exchange> RetrieveAll(const QueryJob &job, const ShapePtr &shape, const Statement &statement,
                                      std::vector<std::string> fields) {
  if (std::ranges::find(fields, "IsDeleted") == fields.end()) fields.emplace_back("IsDeleted");
  const BoundCondition &key = statement.conditions.front();
  std::vector<std::unique_ptr<Exchange>> parts;
  for (std::size_t i = 0; i < key.items.size(); i += kMostRetrieved) {
    const std::size_t end = std::min(key.items.size(), i + kMostRetrieved);
    Statement part = statement;
    BoundCondition &condition = part.conditions.front();
    condition.items.assign(key.items.begin() + static_cast<std::ptrdiff_t>(i),
                           key.items.begin() + static_cast<std::ptrdiff_t>(end));
    condition.text = InList(key.list_field, condition.items, false);
    condition.needed = key.items.size() > kMostRetrieved;
    std::vector<std::string> ids;
    ids.reserve(condition.items.size());
    for (const std::string &literal : condition.items) ids.push_back(Unquoted(literal));
    parts.push_back(std::make_unique<Retrieve>(job, shape, std::move(part), std::move(ids), fields));
  }
  return std::make_unique<Forker>(std::move(parts));
}

int PageSizeOf(const ReadPlan &plan, const Options &options) {
  const std::string_view text = options.Find("page_size").value_or("");
  int size = 0;
  std::from_chars(text.data(), text.data() + text.size(), size);
  if (size > 0) return std::clamp(size, kLeastPage, kMostPage);
  return plan.limited ? kLeastPage : 0;
}

[[noreturn]] void ThrowUnfit(const char *what) {
  throw Error(CrmErrorKind::kInvalidArgument,
              std::string("cannot ") + what + " remotely for these parameters",
              "A value is beyond what Salesforce compares exactly.", "SET crm_fdw.pushdown = off;");
}

// One row for each group, or their number alone.
std::unique_ptr<Exchange> ReadGrouped(QueryJob job, const Query &query, const ReadPlan &plan,
                                      const Statement &statement) {
  if (!statement.exact) ThrowUnfit("aggregate");
  if (statement.nothing) return query.group_by.empty() ? GroupOfNone(plan.outputs) : NoRows();
  if (!query.count) return MakeGroupRead(std::move(job), query, plan, statement);
  std::vector<Statement> parts = statement.Split(RoomForSoql(job));
  return std::make_unique<QueryCount>(std::move(job), std::move(parts));
}

}  // namespace

std::unique_ptr<Exchange> MakeRead(const ReadPlan &plan, const std::vector<Value> &params,
                                   const Options &options) {
  const Query query = Query::Decode(plan.plan);
  const Statement statement = BindQuery(query, plan, &params);
  QueryJob job;
  job.options = std::make_shared<const Options>(RequestOptions(options));
  job.data_path = DataPath(options, "");
  job.all_rows = query.all_rows;
  if (!plan.outputs.empty()) return ReadGrouped(std::move(job), query, plan, statement);
  const auto is_unfit = [](const BoundCondition &condition) { return condition.needed && !condition.exact; };
  if (std::ranges::any_of(statement.conditions, is_unfit)) ThrowUnfit("join");
  if (statement.nothing) return NoRows();
  const bool retrieves = query.route == Query::Route::kRetrieve;
  const auto shape = std::make_shared<const RecordShape>(
      plan.object, plan.fields, query.text ? BoundValue(*query.text, params).text : std::string(), retrieves,
      query.deletable);
  if (retrieves) return RetrieveAll(job, shape, statement, Selection(plan.fields));
  job.page_size = PageSizeOf(plan, options);
  std::vector<Statement> parts = statement.Split(RoomForSoql(job));
  if (parts.size() == 1) return std::make_unique<QueryRead>(std::move(job), std::move(parts.front()), shape);
  std::vector<std::unique_ptr<Exchange>> exchanges;
  exchanges.reserve(parts.size());
  for (Statement &part : parts) exchanges.push_back(std::make_unique<QueryRead>(job, std::move(part), shape));
  return std::make_unique<Forker>(std::move(exchanges));
}

}  // namespace crm::salesforce
