#include "providers/salesforce/read.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "core/json_span.h"
#include "core/json_text.h"
#include "providers/count.h"
#include "providers/paging.h"
#include "providers/salesforce/query.h"
#include "providers/salesforce/rate.h"
#include "providers/salesforce/record_shape.h"
#include "providers/salesforce/soql_text.h"
#include "providers/salesforce/wire.h"

namespace crm::salesforce {

namespace {

constexpr int kLeastPage = 200, kMostPage = 2000;
// Of path and query: Salesforce takes 16,384 bytes together with all headers, and tokens may be long.
constexpr std::size_t kLongestTarget = 12'000;
constexpr int kMostBarrenPages = 100;

using ShapePtr = std::shared_ptr<const RecordShape>;

// What all conversations of one read have in common.
struct ReadJob {
  ShapePtr shape;
  std::shared_ptr<const Options> options;
  std::string data_path;  // "/services/data/v62.0/"
  bool all_rows = false;
  int page_size = 0;  // 0: Salesforce's own
};

std::string QueryTarget(const ReadJob &job, const std::string &soql) {
  return job.data_path + (job.all_rows ? "queryAll" : "query") + "?q=" + EncodeSoql(soql);
}

HttpRequest QueryRequest(const ReadJob &job, const std::string &soql) {
  std::string target = QueryTarget(job, soql);
  // A query whose URL would be too long travels in the body of a composite request.
  if (target.size() > kLongestTarget) {
    const Json query = {{"method", "GET"}, {"url", std::move(target)}, {"referenceId", "query"}};
    return JsonRequest(job.data_path + "composite", Json{{"compositeRequest", Json::array({query})}});
  }
  HttpRequest request = GetRequest(std::move(target));
  if (job.page_size > 0)
    request.headers.push_back({"Sforce-Query-Options", "batchSize=" + std::to_string(job.page_size)});
  return request;
}

[[noreturn]] void ThrowMalformed(std::string detail) {
  throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Salesforce", std::move(detail));
}

// The answer to the one query in a composite request.
HttpResponse Unwrapped(const HttpResponse &response) {
  if (response.status != 200) return response;
  if (!IsOneJsonValue(response.body)) ThrowMalformed("The composite answer is not JSON.");
  std::string_view answers = JsonMember(response.body, "compositeResponse");
  if (answers.size() < 2 || answers.front() != '[') ThrowMalformed("The composite answer holds no answers.");
  answers = answers.substr(1, answers.size() - 2);
  const std::string_view status = JsonMember(answers, "httpStatusCode");
  HttpResponse inner = response;
  inner.status = 0;
  std::from_chars(status.data(), status.data() + status.size(), inner.status);
  inner.body = JsonMember(answers, "body");
  return inner;
}

std::int64_t TotalOf(std::string_view body) {
  std::int64_t total = -1;
  if (IsOneJsonValue(body)) {
    const std::string_view text = JsonMember(body, "totalSize");
    std::from_chars(text.data(), text.data() + text.size(), total);
  }
  if (total < 0) ThrowMalformed("It does not say how many rows there are.");
  return total;
}

// ---- conversations that ask one statement
// ------------------------------------------------------------------

class QueryExchange : public Exchange {
 public:
  QueryExchange(ReadJob job, Statement statement) : job_(std::move(job)), statement_(std::move(statement)) {}

 protected:
  Step Ask(HttpRequest request) {
    request_ = request;
    composite_ = request_.target.ends_with("/composite");
    return Send{std::move(request)};
  }

  // The answer to what was asked. Throws for a refusal, unless the statement was changed: then nullopt.
  std::optional<HttpResponse> Accept(const HttpResponse &response) {
    CheckApiUsage(*job_.options, response);
    HttpResponse answer = composite_ ? Unwrapped(response) : response;
    if (answer.status == 200) return answer;
    const std::vector<ApiError> errors = ApiErrors(answer.body);
    if (answer.status == 400 && !errors.empty() && MayDropConditions() && DropRefused(errors.front()))
      return std::nullopt;
    throw Explained(answer, errors);
  }

  virtual bool MayDropConditions() const = 0;

  ReadJob job_;
  Statement statement_;
  HttpRequest request_;

 private:
  Error Explained(const HttpResponse &response, const std::vector<ApiError> &errors) const {
    Error error = ExplainAnswer(request_, response);
    if (errors.empty()) return error;
    if (errors.front().message.find("No such column") != std::string::npos) {
      error.kind = CrmErrorKind::kColumnLost;
      error.hint = "Import the table again, or drop the column that Salesforce no longer has.";
    }
    if (errors.front().code == "INVALID_QUERY_LOCATOR") {
      error.kind = CrmErrorKind::kIncompleteRead;
      error.hint = "Salesforce keeps a result for two days. Run the statement again.";
    } else {
      error.detail += (error.detail.empty() ? "" : " ") + ("The query is: " + statement_.Soql());
    }
    return error;
  }

  // A condition that Salesforce no longer takes is checked here alone: what is sent only narrows what comes.
  bool DropRefused(const ApiError &error) {
    static const std::set<std::string_view> droppable = {"INVALID_FIELD",   "INVALID_QUERY_FILTER_OPERATOR",
                                                         "MALFORMED_QUERY", "QUERY_TOO_COMPLICATED",
                                                         "QUERY_TIMEOUT",   "INVALID_FILTER_VALUE"};
    if (!droppable.contains(error.code) || statement_.conditions.empty()) return false;
    if (error.message.find("No such column") != std::string::npos) return false;
    const std::size_t begin = error.message.find('\'');
    const std::size_t end = error.message.find('\'', begin + 1);
    if (error.code == "INVALID_FIELD" && end != std::string::npos) {
      const std::string field = error.message.substr(begin + 1, end - begin - 1);
      const auto names_it = [&](const BoundCondition &condition) {
        return condition.text.find(field) != std::string::npos;
      };
      if (std::erase_if(statement_.conditions, names_it) > 0) return true;
    }
    statement_.conditions.clear();
    return true;
  }

  bool composite_ = false;
};

// ---- rows
// --------------------------------------------------------------------------------------------------

class QueryRead final : public QueryExchange {
 public:
  using QueryExchange::QueryExchange;

  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) {
      if (const auto answer = Accept(*response)) Take(*answer);
    }
    if (batch_ != nullptr && batch_->size() > 0) return Rows{std::move(batch_)};
    if (!begun_) return Ask(QueryRequest(job_, statement_.Soql()));
    if (!next_.empty()) return Ask(GetRequest(next_));
    if (rows_ == total_ || done_) return Done{};
    if (!std::exchange(recounting_, true)) return Ask(QueryRequest(job_, statement_.CountSoql()));
    done_ = true;
    return Warn{"rows of " + job_.shape->object() + " in Salesforce changed while they were read",
                "Salesforce counted " + std::to_string(total_) + " at first and " + std::to_string(now_) +
                    " now, and " + std::to_string(rows_) + " were read."};
  }

 private:
  bool MayDropConditions() const override { return !begun_; }

  void Take(const HttpResponse &answer) {
    if (recounting_) return TakeRecount(TotalOf(answer.body));
    ReadRecords records = job_.shape->Read(answer.body);
    const auto done = records.info.Bool("done");
    const auto total = records.info.Integer("totalSize");
    if (!records.info.has_rows_key || !done || !total)
      ThrowMalformed("It has no member \"records\", \"done\" or \"totalSize\".");
    if (!std::exchange(begun_, true)) total_ = *total;
    const auto count = static_cast<std::int64_t>(records.info.ids.size());
    rows_ += count;
    barren_ = count == 0 ? barren_ + 1 : 0;
    std::string next = *done ? "" : records.info.String("nextRecordsUrl").value_or("");
    const bool follows = next.starts_with("/services/data/") && next != next_ && barren_ < kMostBarrenPages;
    if (!*done && !follows) ThrowMalformed("The way to the next page is missing, or leads nowhere.");
    next_ = std::move(next);
    if (rows_ > total_) throw Miscounted();
    batch_ = std::move(records.batch);
  }

  void TakeRecount(std::int64_t now) {
    now_ = now;
    if (now_ == total_) throw Miscounted();
  }

  Error Miscounted() const {
    return Error(CrmErrorKind::kIncompleteRead,
                 "could not read all rows of " + job_.shape->object() + " from Salesforce",
                 "Salesforce counts " + std::to_string(total_) + ", but gave " + std::to_string(rows_) + ".");
  }

  std::unique_ptr<RowBatch> batch_;
  std::string next_;  // path of the next page; empty: there is none
  std::int64_t total_ = 0, rows_ = 0, now_ = 0;
  int barren_ = 0;  // pages in a row without a record
  bool begun_ = false, recounting_ = false, done_ = false;
};

// ---- counting
// ----------------------------------------------------------------------------------------------

class QueryCount final : public QueryExchange {
 public:
  QueryCount(ReadJob job, std::vector<Statement> parts)
      : QueryExchange(std::move(job), parts.front()), parts_(std::move(parts)) {}

  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) {
      const auto answer = Accept(*response);
      count_ += TotalOf(answer->body);
      ++asked_;
    }
    if (asked_ < parts_.size()) {
      statement_ = parts_[asked_];
      return Ask(QueryRequest(job_, statement_.Soql()));
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
  const std::size_t begin = body.find('[');
  const char *at = body.data() + begin + 1, *limit = body.data() + body.size();
  if (begin == std::string_view::npos || !IsOneJsonValue(body))
    ThrowMalformed("It is not a list of records.");
  std::string records = "{\"records\":[";
  const auto is_between = [](char c) { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while ((at = std::find_if_not(at, limit, is_between)) != limit && *at != ']') {
    const JsonExtent extent = MeasureJson(at, limit);
    if (extent.verdict == JsonExtent::kBroken) ThrowMalformed("It is not valid JSON.");
    const char *end = extent.end;
    if (*at != 'n') records.append(records.back() == '[' ? "" : ",").append(at, end);
    at = end;
  }
  return records + "]}";
}

class Retrieve final : public Exchange {
 public:
  Retrieve(ReadJob job, Statement statement, std::vector<std::string> ids, std::vector<std::string> fields)
      : job_(std::move(job)),
        statement_(std::move(statement)),
        ids_(std::move(ids)),
        fields_(std::move(fields)) {}

  Step Next(const HttpResponse *response, const Context &) override {
    if (response == nullptr && !std::exchange(asked_, true)) {
      HttpRequest request = JsonRequest(job_.data_path + "composite/sobjects/" + job_.shape->object(),
                                        Json{{"ids", ids_}, {"fields", fields_}});
      request_ = request;
      return Send{std::move(request)};
    }
    if (response == nullptr) return Done{};
    CheckApiUsage(*job_.options, *response);
    if (response->status == 200) return Rows{job_.shape->Read(RecordsIn(response->body)).batch};
    if (response->status != 400 && response->status != 404) throw ExplainAnswer(request_, *response);
    // An id of another object may be refused where a query only finds nothing.
    std::vector<std::unique_ptr<Exchange>> parts;
    std::vector<Statement> statements = statement_.Split(kLongestTarget);
    parts.reserve(statements.size());
    for (Statement &part : statements) parts.push_back(std::make_unique<QueryRead>(job_, std::move(part)));
    return Fork{std::move(parts)};
  }

 private:
  ReadJob job_;
  Statement statement_;
  std::vector<std::string> ids_, fields_;
  HttpRequest request_;
  bool asked_ = false;
};

std::string Unquoted(const std::string &literal) { return literal.substr(1, literal.size() - 2); }

std::unique_ptr<Exchange> RetrieveAll(const ReadJob &job, const Statement &statement,
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
    std::vector<std::string> ids;
    ids.reserve(condition.items.size());
    for (const std::string &literal : condition.items) ids.push_back(Unquoted(literal));
    parts.push_back(std::make_unique<Retrieve>(job, std::move(part), std::move(ids), fields));
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

}  // namespace

std::unique_ptr<Exchange> MakeRead(const ReadPlan &plan, const std::vector<Value> &params,
                                   const Options &options) {
  const Query query = Query::Decode(plan.plan);
  const Statement statement = BindQuery(query, plan.object, plan.fields, &params);
  if (statement.nothing) return query.count ? CountNone() : NoRows();
  const bool retrieves = query.route == Query::Route::kRetrieve;
  ReadJob job;
  job.shape = std::make_shared<RecordShape>(
      plan.object, plan.fields, query.text ? BoundValue(*query.text, params).text : std::string(), retrieves);
  job.options = std::make_shared<const Options>(RequestOptions(options));
  job.data_path = DataPath(options, "");
  job.all_rows = query.all_rows;
  if (retrieves) return RetrieveAll(job, statement, Selection(plan.fields));
  job.page_size = PageSizeOf(plan, options);
  std::vector<Statement> parts = statement.Split(kLongestTarget - job.data_path.size());
  if (query.count) {
    if (!statement.exact) {
      throw Error(CrmErrorKind::kInvalidArgument, "cannot count rows remotely for these parameters",
                  "A value is beyond what Salesforce compares exactly.", "SET crm_fdw.pushdown = off;");
    }
    job.page_size = 0;
    return std::make_unique<QueryCount>(std::move(job), std::move(parts));
  }
  if (parts.size() == 1) return std::make_unique<QueryRead>(std::move(job), std::move(parts.front()));
  std::vector<std::unique_ptr<Exchange>> exchanges;
  exchanges.reserve(parts.size());
  for (Statement &part : parts) exchanges.push_back(std::make_unique<QueryRead>(job, std::move(part)));
  return std::make_unique<Forker>(std::move(exchanges));
}

}  // namespace crm::salesforce
