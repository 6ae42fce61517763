// Salesforce behind the interface that all CRMs share.
#include "providers/provider.h"

#include "providers/oauth.h"
#include "providers/salesforce/auth.h"
#include "providers/salesforce/describe.h"
#include "providers/salesforce/join.h"
#include "providers/salesforce/plan.h"
#include "providers/salesforce/read.h"
#include "providers/salesforce/soql.h"
#include "providers/salesforce/wire.h"

namespace crm::salesforce {

namespace {

const Header kCommonHeaders[] = {
    {"User-Agent", "crm_fdw/1.0"},
    {"Accept", "application/json"},
};

// Instances and My Domains: acme.my.salesforce.com, acme--dev.sandbox.my.salesforce.com.
constexpr std::string_view kHosts[] = {"login.salesforce.com", "*.salesforce.com"};

class SalesforceProvider final : public Provider {
 public:
  const ProviderInfo &info() const override {
    static const ProviderInfo kInfo = {
        .name = "salesforce",
        .label = "Salesforce",
        .endpoint = "https://login.salesforce.com",
        .hosts = kHosts,
        .options = OptionRows(),
        // An app's policy can make them rotate; which one an app has shows only when it is too late.
        .rotates_refresh_tokens = true,
        // 25 requests a second, 25 at once: Salesforce counts by the day, and those that run for long.
        .default_rate = {.interval_us = 40'000, .burst_us = 960'000},
    };
    return kInfo;
  }

  std::vector<AccessPath> Plan(const ReadRequest &request) const override { return PlanRead(request); }
  bool JoinParent(ReadRequest &request, const Parent &parent) const override {
    return salesforce::JoinParent(request, parent);
  }
  std::string Describe(const ReadPlan &plan, const std::vector<Value> *params) const override {
    return DescribeRead(plan, params);
  }
  std::unique_ptr<Exchange> Read(const ReadPlan &plan, std::vector<Value> params,
                                 const Options &options) const override {
    return MakeRead(plan, params, options);
  }
  std::unique_ptr<Exchange> Import(ImportRequest request, const Options &options) const override {
    return MakeImport(std::move(request), options);
  }
  std::unique_ptr<Exchange> Test(const Options &options) const override { return MakeTest(options); }
  std::unique_ptr<Exchange> Query(std::string_view text, const Options &options) const override {
    return MakeSoql(text, options);
  }

  std::string_view Endpoint(const Options &options) const override { return EndpointOf(options); }
  std::optional<SecretHeader> ReadyCredential(const Options &options) const override {
    return salesforce::ReadyCredential(options);
  }
  HttpRequest TokenRequest(const Options &options, const Secret *refresh,
                           const Context &context) const override {
    return salesforce::TokenRequest(options, refresh, context);
  }
  Token ParseToken(const HttpResponse &response, const Context &context) const override {
    return salesforce::ParseToken(response, context);
  }
  SecretHeader TokenCredential(const Token &token) const override {
    return BearerCredential(token.access_token);
  }

  Judgement Judge(const HttpRequest &request, const HttpResponse &response) const override {
    return JudgeAnswer(request, response);
  }
  // The quota is the day's: there is nothing to pace by.
  RateReport Pace(const HttpResponse &) const override { return {}; }
  Error Explain(const HttpRequest &request, const HttpResponse &response) const override {
    return ExplainAnswer(request, response);
  }
  std::span<const Header> CommonHeaders() const override { return kCommonHeaders; }
};

}  // namespace

const Provider &Instance();
const Provider &Instance() {
  static const auto *const provider = new SalesforceProvider;
  return *provider;
}

}  // namespace crm::salesforce
