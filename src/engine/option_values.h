// The values of options, read from their text.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/gcra.h"

namespace crm {

// true, false, on, off, yes, no, 1, 0; upper and lower case.
std::optional<bool> ParseBool(std::string_view text);
// Digits, with a sign or without.
std::optional<std::int64_t> ParseInt(std::string_view text);

struct IntRange {
  std::int64_t lowest = INT64_MIN, highest = INT64_MAX;
};
// "1..200"; "0..": no upper bound; empty: any.
IntRange ParseRange(std::string_view text);

// Milliseconds of "500ms", "30s", "2min", "1h", or of "30", which is seconds. At least 1 ms, at most a day.
std::optional<std::int64_t> ParseDuration(std::string_view text);

// "100/10s": at most 100 requests in any 10 seconds, a tenth of them at once.
std::optional<Rate> ParseRate(std::string_view text);

// Is it one of "a|b|c"?
bool IsChoice(std::string_view text, std::string_view choices);

}  // namespace crm
