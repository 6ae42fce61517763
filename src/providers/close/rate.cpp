#include "providers/close/rate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "core/json.h"

namespace crm::close_crm {

namespace {

constexpr double kLongestReset = 86'400;     // seconds; what is more is a point in time, not a span
constexpr std::int64_t kUnnamedWait = 2000;  // milliseconds, when a 429 names nothing

// A plain decimal number and nothing else.
std::optional<double> Number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0) {
    return std::nullopt;
  }
  return value;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// "limit=100, remaining=50, reset=5" or with semicolons: the number of `name`.
std::optional<double> Item(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const std::size_t end = header.find_first_of(",;");
    std::string_view item = header.substr(0, end);
    header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view key = item.substr(0, equals);
    while (key.starts_with(' ')) key.remove_prefix(1);
    while (key.ends_with(' ')) key.remove_suffix(1);
    if (std::ranges::equal(key, name, {}, Lower)) return Number(item.substr(equals + 1));
  }
  return std::nullopt;
}

std::int64_t Milliseconds(double seconds) { return static_cast<std::int64_t>(std::ceil(seconds * 1000)); }

// "rate_reset", a number or a text, at the top or under "error".
std::optional<double> BodyReset(std::string_view body) {
  const Json root = Json::parse(body, nullptr, false);
  if (!root.is_object()) return std::nullopt;
  for (const Json *place : {&root, root.contains("error") ? &root["error"] : &root}) {
    if (!place->is_object() || !place->contains("rate_reset")) continue;
    const Json &reset = (*place)["rate_reset"];
    if (reset.is_number()) return reset.get<double>();
    if (reset.is_string()) return Number(reset.get_ref<const std::string &>());
  }
  return std::nullopt;
}

}  // namespace

std::int64_t WaitAfterRefusal(const HttpResponse &response) {
  std::optional<double> longest;
  const auto consider = [&](std::optional<double> seconds) {
    if (seconds && *seconds >= 0 && *seconds <= kLongestReset)
      longest = std::max(longest.value_or(0), *seconds);
  };
  consider(Item(response.Find("ratelimit"), "reset"));
  for (const char *name : {"retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"}) {
    consider(Number(response.Find(name)));
  }
  consider(BodyReset(response.body));
  return longest ? Milliseconds(*longest) : kUnnamedWait;
}

// The split headers (RateLimit-Limit, X-RateLimit-Limit) are the proxy's, which counts something else.
RateReport ReadRate(const HttpResponse &response) {
  const std::string_view current = response.Find("ratelimit");
  std::optional<double> limit = Item(current, "limit");
  std::optional<double> remaining = Item(current, "remaining");
  std::optional<double> reset = Item(current, "reset");
  if (!limit || !remaining || !reset) {
    limit = Number(response.Find("x-rate-limit-limit"));
    remaining = Number(response.Find("x-rate-limit-remaining"));
    reset = Number(response.Find("x-rate-limit-reset"));
  }
  if (!limit || !remaining || !reset || *limit < 1 || *limit > 1e9 || *remaining > 1e9 ||
      *reset > kLongestReset) {
    return {};
  }
  return {static_cast<std::int64_t>(*limit), static_cast<std::int64_t>(*remaining), Milliseconds(*reset)};
}

}  // namespace crm::close_crm
