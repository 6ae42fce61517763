#include "providers/salesforce/rate.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace crm::salesforce {

namespace {

constexpr std::string_view kUsage = "api-usage=";
constexpr std::int64_t kLargest = 1'000'000'000'000;  // beyond it a number is none of theirs

// Takes a number off the front.
std::optional<std::int64_t> TakeNumber(std::string_view &text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number > kLargest) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  while (text.starts_with(' ')) text.remove_prefix(1);
  return number;
}

}  // namespace

std::optional<ApiUsage> ReadApiUsage(std::string_view header) {
  for (std::size_t at = header.find(kUsage); at != std::string_view::npos; at = header.find(kUsage, at + 1)) {
    // "per-app-api-usage" counts one app's share of it.
    if (at > 0 && header[at - 1] == '-') continue;
    std::string_view text = header.substr(at + kUsage.size());
    const auto used = TakeNumber(text);
    if (!used || !text.starts_with('/')) continue;
    text.remove_prefix(1);
    const auto limit = TakeNumber(text);
    if (limit && *limit > 0) return ApiUsage{*used, *limit};
  }
  return std::nullopt;
}

void CheckApiUsage(const Options &options, const HttpResponse &response) {
  const auto option = options.Find("max_api_usage_pct");
  if (!option) return;
  std::int64_t percent = 0;
  std::from_chars(option->data(), option->data() + option->size(), percent);
  const auto usage = ReadApiUsage(response.Find("sforce-limit-info"));
  if (!usage || usage->used * 100 <= usage->limit * percent) return;
  throw Error(
      CrmErrorKind::kRateLimited, "request quota of the Salesforce org is used up to the allowed share",
      std::to_string(usage->used) + " of " + std::to_string(usage->limit) +
          " requests in 24 hours are used; the server option max_api_usage_pct is " + std::string(*option) +
          ".",
      "Wait until older requests no longer count, or: ALTER SERVER … OPTIONS (SET max_api_usage_pct '" +
          std::to_string(std::min<std::int64_t>(100, percent + 10)) + "')");
}

}  // namespace crm::salesforce
