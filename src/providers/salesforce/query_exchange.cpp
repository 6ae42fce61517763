#include "providers/salesforce/query_exchange.h"

#include <algorithm>
#include <set>
#include <utility>

#include "providers/salesforce/rate.h"

namespace crm::salesforce {

Step QueryExchange::AskQuery(const std::string &soql) {
  return Ask(SoqlRequest(job_.data_path, soql, job_.all_rows, job_.page_size));
}

Step QueryExchange::Ask(HttpRequest request) {
  request_ = request;
  return Send{std::move(request)};
}

std::optional<HttpResponse> QueryExchange::Accept(const HttpResponse &response) {
  CheckApiUsage(*job_.options, response);
  HttpResponse answer = SoqlAnswer(request_, response);
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
