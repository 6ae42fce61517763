// How much of the org's daily requests is used, as every answer says.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "providers/provider.h"

namespace crm::salesforce {

struct ApiUsage {
  std::int64_t used = 0, limit = 0;
};
// Of the header Sforce-Limit-Info: "api-usage=25/5000; per-app-api-usage=17/250(appName=x)". nullopt: it does
// not say.
std::optional<ApiUsage> ReadApiUsage(std::string_view header);

// Throws kRateLimited when the answer says that the org has used more than the server option
// max_api_usage_pct allows. To be called with every answer before it is used.
void CheckApiUsage(const Options &options, const HttpResponse &response);

}  // namespace crm::salesforce
