// What conversations that ask one statement have in common: how it is sent, and what a refusal means.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "providers/provider.h"
#include "providers/salesforce/query.h"
#include "providers/salesforce/wire.h"

namespace crm::salesforce {

// Bytes of path and query: Salesforce takes 16,384 together with all headers, and tokens may be long.
inline constexpr std::size_t kLongestTarget = 12'000;

// What all statements of one read have in common.
struct QueryJob {
  std::shared_ptr<const Options> options;
  std::string data_path;  // "/services/data/v62.0/"
  bool all_rows = false;
  int page_size = 0;  // 0: Salesforce's own
};

// Error: kMalformedAnswer.
[[noreturn]] void ThrowMalformed(std::string detail);
// Member totalSize of the answer to a query. Error: kMalformedAnswer where there is none.
std::int64_t TotalOf(std::string_view body);

class QueryExchange : public Exchange {
 public:
  QueryExchange(QueryJob job, Statement statement) : job_(std::move(job)), statement_(std::move(statement)) {}

 protected:
  // Sends the statement; a long one travels in the body of a composite request.
  Step AskQuery(const std::string &soql);
  Step Ask(HttpRequest request);

  // The answer to what was asked. Throws for a refusal, unless the statement was changed: then nullopt.
  std::optional<HttpResponse> Accept(const HttpResponse &response);

  // A condition that Salesforce no longer takes may be left out where all rows are checked here as well.
  virtual bool MayDropConditions() const = 0;
  // Whether the refusal is one that this conversation meets by asking another way, before it is asked.
  virtual bool Meets(const ApiError &) { return false; }

  QueryJob job_;
  Statement statement_;
  HttpRequest request_;

 private:
  Error Explained(const HttpResponse &response, const std::vector<ApiError> &errors) const;
  bool DropRefused(const ApiError &error);

  bool composite_ = false;
};

}  // namespace crm::salesforce
