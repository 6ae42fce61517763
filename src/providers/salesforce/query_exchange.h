// What conversations that ask one statement have in common: how it is sent, and what a refusal means.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "providers/provider.h"
#include "providers/salesforce/query.h"
#include "providers/salesforce/soql_request.h"
#include "providers/salesforce/wire.h"

namespace crm::salesforce {

// What all statements of one read have in common.
struct QueryJob {
  std::shared_ptr<const Options> options;
  std::string data_path;  // "/services/data/v62.0/"
  bool all_rows = false;
  int page_size = 0;  // 0: Salesforce's own
};

class QueryExchange : public Exchange {
 public:
  QueryExchange(QueryJob job, Statement statement) : job_(std::move(job)), statement_(std::move(statement)) {}

 protected:
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
};

}  // namespace crm::salesforce
