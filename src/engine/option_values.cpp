#include "engine/option_values.h"

#include <algorithm>
#include <charconv>

namespace crm {
namespace {

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

std::optional<std::int64_t> UnitMs(std::string_view unit) {
  if (unit.empty() || unit == "s") return 1000;
  if (unit == "ms") return 1;
  if (unit == "min") return 60 * 1000;
  if (unit == "h") return 3600 * 1000;
  return std::nullopt;
}

}  // namespace

std::optional<bool> ParseBool(std::string_view text) {
  for (std::string_view word : {"true", "on", "yes", "1"})
    if (EqualsIgnoringCase(text, word)) return true;
  for (std::string_view word : {"false", "off", "no", "0"})
    if (EqualsIgnoringCase(text, word)) return false;
  return std::nullopt;
}

std::optional<std::int64_t> ParseInt(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

IntRange ParseRange(std::string_view text) {
  IntRange range;
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return range;
  range.lowest = ParseInt(text.substr(0, dots)).value_or(range.lowest);
  range.highest = ParseInt(text.substr(dots + 2)).value_or(range.highest);
  return range;
}

std::optional<std::int64_t> ParseDuration(std::string_view text) {
  std::int64_t number = 0;
  const char *const end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc()) return std::nullopt;
  const auto factor = UnitMs(std::string_view(unit, static_cast<std::size_t>(end - unit)));
  if (!factor || number < 1 || number > kDayMs / *factor) return std::nullopt;
  return number * *factor;
}

std::optional<Rate> ParseRate(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto count = ParseInt(text.substr(0, slash));
  const auto window_ms = ParseDuration(text.substr(slash + 1));
  if (!count || !window_ms || *count < 1 || *count > 1'000'000) return std::nullopt;
  // What may go at once is taken off the steady part, so that no window of that length sees more than
  // `count`.
  const std::int64_t at_once = std::max<std::int64_t>(1, *count / 10);
  const std::int64_t steady = *count - at_once + 1;
  const std::int64_t interval_us = (*window_ms * 1000 + steady - 1) / steady;
  return Rate{interval_us, (at_once - 1) * interval_us};
}

bool IsChoice(std::string_view text, std::string_view choices) {
  while (!choices.empty()) {
    const std::size_t bar = std::min(choices.find('|'), choices.size());
    if (choices.substr(0, bar) == text) return true;
    choices.remove_prefix(std::min(bar + 1, choices.size()));
  }
  return false;
}

}  // namespace crm
