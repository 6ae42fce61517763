#include "providers/salesforce/soql_request.h"

#include <charconv>
#include <utility>

#include "core/json_span.h"
#include "providers/salesforce/query.h"
#include "providers/salesforce/wire.h"

namespace crm::salesforce {

namespace {

constexpr int kMostBarrenPages = 100;
constexpr std::string_view kComposite = "/composite";

}  // namespace

void ThrowMalformed(std::string detail) {
  throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Salesforce", std::move(detail));
}

HttpRequest SoqlRequest(const std::string &data_path, std::string_view soql, bool all_rows, int page_size) {
  std::string target = data_path + (all_rows ? "queryAll" : "query") + "?q=" + EncodeSoql(soql);
  if (target.size() > kLongestTarget) {
    const Json query = {{"method", "GET"}, {"url", std::move(target)}, {"referenceId", "query"}};
    return JsonRequest(data_path + "composite", Json{{"compositeRequest", Json::array({query})}});
  }
  HttpRequest request = GetRequest(std::move(target));
  if (page_size > 0)
    request.headers.push_back({"Sforce-Query-Options", "batchSize=" + std::to_string(page_size)});
  return request;
}

HttpResponse SoqlAnswer(const HttpRequest &request, const HttpResponse &response) {
  if (!request.target.ends_with(kComposite) || response.status != 200) return response;
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
    const char *end = text.data() + text.size();
    if (std::from_chars(text.data(), end, total).ptr != end) total = -1;
  }
  if (total < 0) ThrowMalformed("It does not say how many rows there are.");
  return total;
}

SoqlPage PageOf(const PageInfo &info) {
  if (!info.has_rows_key) ThrowMalformed("It has no member \"records\".");
  return {static_cast<std::int64_t>(info.ids.size()), info.Bool("done"), info.Integer("totalSize"),
          info.String("nextRecordsUrl").value_or("")};
}

void PageTrail::Take(const SoqlPage &page) {
  if (!page.done || !page.total) ThrowMalformed("It has no member \"done\" or \"totalSize\".");
  if (!std::exchange(begun_, true)) total_ = *page.total;
  records_ += page.records;
  barren_ = page.records == 0 ? barren_ + 1 : 0;
  std::string next = *page.done ? "" : page.next;
  const bool follows = next.starts_with("/services/data/") && next != next_ && barren_ < kMostBarrenPages;
  if (!*page.done && !follows) ThrowMalformed("The way to the next page is missing, or leads nowhere.");
  next_ = std::move(next);
}

}  // namespace crm::salesforce
