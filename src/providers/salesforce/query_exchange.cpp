#include "providers/salesforce/query_exchange.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "core/json_span.h"
#include "core/json_text.h"
#include "providers/salesforce/rate.h"

namespace crm::salesforce {

void ThrowMalformed(std::string detail) {
  throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Salesforce", std::move(detail));
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

namespace {

std::string QueryTarget(const QueryJob &job, const std::string &soql) {
  return job.data_path + (job.all_rows ? "queryAll" : "query") + "?q=" + EncodeSoql(soql);
}

HttpRequest QueryRequest(const QueryJob &job, const std::string &soql) {
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

}  // namespace

Step QueryExchange::AskQuery(const std::string &soql) { return Ask(QueryRequest(job_, soql)); }

Step QueryExchange::Ask(HttpRequest request) {
  request_ = request;
  composite_ = request_.target.ends_with("/composite");
  return Send{std::move(request)};
}

std::optional<HttpResponse> QueryExchange::Accept(const HttpResponse &response) {
  CheckApiUsage(*job_.options, response);
  HttpResponse answer = composite_ ? Unwrapped(response) : response;
  if (answer.status == 200) return answer;
  const std::vector<ApiError> errors = ApiErrors(answer.body);
  if (answer.status == 400 && !errors.empty() && MayDropConditions() && DropRefused(errors.front()))
    return std::nullopt;
  if (!errors.empty() && Meets(errors.front())) return std::nullopt;
  throw Explained(answer, errors);
}

Error QueryExchange::Explained(const HttpResponse &response, const std::vector<ApiError> &errors) const {
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
bool QueryExchange::DropRefused(const ApiError &error) {
  static const std::set<std::string_view> droppable = {"INVALID_FIELD",   "INVALID_QUERY_FILTER_OPERATOR",
                                                       "MALFORMED_QUERY", "QUERY_TOO_COMPLICATED",
                                                       "QUERY_TIMEOUT",   "INVALID_FILTER_VALUE"};
  const auto may_go = [](const BoundCondition &condition) { return !condition.needed; };
  if (!droppable.contains(error.code) || std::ranges::none_of(statement_.conditions, may_go)) return false;
  if (error.message.find("No such column") != std::string::npos) return false;
  const std::size_t begin = error.message.find('\'');
  const std::size_t end = error.message.find('\'', begin + 1);
  if (error.code == "INVALID_FIELD" && end != std::string::npos) {
    const std::string field = error.message.substr(begin + 1, end - begin - 1);
    const auto names_it = [&](const BoundCondition &condition) {
      return may_go(condition) && condition.text.find(field) != std::string::npos;
    };
    if (std::erase_if(statement_.conditions, names_it) > 0) return true;
  }
  std::erase_if(statement_.conditions, may_go);
  return true;
}

}  // namespace crm::salesforce
