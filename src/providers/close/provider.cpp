// Close behind the interface that all CRMs share.
#include "providers/provider.h"

#include "providers/close/auth.h"
#include "providers/close/describe.h"
#include "providers/close/plan.h"
#include "providers/close/rate.h"
#include "providers/close/read.h"
#include "providers/close/wire.h"
#include "providers/oauth.h"
#include "providers/transport_error.h"

namespace crm::close_crm {

namespace {

// Relative dates and days are then those of UTC, whatever the user's setting.
const Header kCommonHeaders[] = {
    {"X-TZ-Offset", "0"},
    {"User-Agent", "crm_fdw/1.0"},
    {"Accept", "application/json"},
};

constexpr std::string_view kHosts[] = {"api.close.com"};

class CloseProvider final : public Provider {
 public:
  const ProviderInfo &info() const override {
    static const ProviderInfo kInfo = {
        .name = "close",
        .label = "Close",
        .endpoint = "https://api.close.com",
        .hosts = kHosts,
        .options = CredentialOptions(),
        .rotates_refresh_tokens = true,
        // 20 requests a second, 20 at once: less than Close was seen to allow any group (30 a second).
        .default_rate = {.interval_us = 50'000, .burst_us = 950'000},
    };
    return kInfo;
  }

  std::vector<AccessPath> Plan(const ReadRequest &request) const override { return PlanRead(request); }
  std::string Describe(const ReadPlan &plan, const std::vector<Value> *params) const override {
    return DescribeRead(plan, params);
  }
  std::unique_ptr<Exchange> Read(const ReadPlan &plan, std::vector<Value> params,
                                 const Options &options) const override {
    return MakeRead(plan, params, options);
  }
  std::unique_ptr<Exchange> Import(ImportRequest request, const Options &) const override {
    return MakeImport(request);
  }
  std::unique_ptr<Exchange> Test(const Options &) const override { return MakeTest(); }

  std::optional<SecretHeader> ReadyCredential(const Options &options) const override {
    return close_crm::ReadyCredential(options);
  }
  HttpRequest TokenRequest(const Options &options, const Secret *refresh, const Context &) const override {
    return close_crm::TokenRequest(options, refresh);
  }
  Token ParseToken(const HttpResponse &response, const Context &context) const override {
    return close_crm::ParseToken(response, context);
  }
  SecretHeader TokenCredential(const Token &token) const override {
    return BearerCredential(token.access_token);
  }

  Judgement Judge(const HttpRequest &request, const HttpResponse &response) const override {
    if (const auto transfer = JudgeTransfer(response)) return *transfer;
    switch (response.status) {
      case 429:
        return {Judgement::kTryLater, WaitAfterRefusal(response)};
      case 500:
      case 502:
      case 503:
      case 504:
        return {Judgement::kTryLater, -1};
      case 401:
        // A token request is refused with its own words.
        return {IsTokenRequest(request) ? Judgement::kDeliver : Judgement::kRenew, -1};
      case 402:
      case 403:
        return {Judgement::kFail, -1};
      default:
        return {Judgement::kDeliver, -1};
    }
  }
  RateReport Pace(const HttpResponse &response) const override { return ReadRate(response); }
  Error Explain(const HttpRequest &request, const HttpResponse &response) const override {
    return ExplainAnswer(request, response);
  }
  std::span<const Header> CommonHeaders() const override { return kCommonHeaders; }
};

}  // namespace

const Provider &Instance();
const Provider &Instance() {
  static const auto *const provider = new CloseProvider;
  return *provider;
}

}  // namespace crm::close_crm
