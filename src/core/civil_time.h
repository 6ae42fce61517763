// ISO 8601 <-> PostgreSQL's units, without locale, time zone database or PostgreSQL.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crm {

// Days since 2000-01-01 of YYYY-MM-DD, years 0001..9999; nullopt: not a date.
std::optional<std::int64_t> ParseDate(std::string_view text);
// Microseconds since 2000-01-01 UTC. Accepts: T or blank between date and time; seconds with 0..9 fraction
// digits (beyond six: rounded half up); offset Z, +hh:mm, +hhmm, +hh (less than 16 hours) or none (= UTC); a
// bare date (= midnight UTC). Refuses 24:00 and second 60.
std::optional<std::int64_t> ParseTimestamp(std::string_view text);
// "2026-03-01"; years outside 0001..9999 come out as they are ("10000-01-01", "-0001-12-31"), which no parser
// of ours takes back.
std::string FormatDate(std::int64_t days);
// "2026-03-01T08:00:00.000Z" with `fraction_digits` digits (0, 3 or 6), cut down (floor) to them.
std::string FormatTimestamp(std::int64_t micros, int fraction_digits);

inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kUnixEpochMicros = -946'684'800 * kMicrosPerSecond;  // 1970-01-01 in our units

}  // namespace crm
