// SOQL literals (salesforce §5.2, §10.4, §10.5).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace crm::salesforce {

// 'text', escaped.
std::string QuoteText(std::string_view text);

// The pattern of a SOQL LIKE that matches at least what PostgreSQL's pattern (escape character: backslash)
// matches. `fold_case`: as ILIKE does. Not quoted yet.
struct Pattern {
  enum Kind : unsigned char {
    kPattern,     // `text` is to be sent
    kPlain,       // no wildcard: the pattern is the text itself
    kAnything,    // matches every text
    kUnsendable,  // nothing literal remains, or PostgreSQL refuses it
  } kind = kUnsendable;
  std::string text;
};
Pattern TranslatePattern(std::string_view pattern, bool fold_case);
// 'pattern', quoted. Its backslashes stand before % and _ only.
std::string QuotePattern(std::string_view pattern);

// 15 or 18 characters, as an 18-character id; nullopt: not an id. An id of 18 with a wrong suffix is none.
std::optional<std::string> FullId(std::string_view text);

// Bounds around a decimal number within which every stored number lies that is read as this one: what is read
// is the nearest double of up to 24 decimal places. Plain digits, no exponent.
struct DecimalBounds {
  bool is_zero = false;  // then nothing is widened: both are "0"
  std::string low, high;
};
// nullopt: no number, or one too large or too small to be written.
std::optional<DecimalBounds> WidenDecimal(std::string_view text);

// 1 day inside the range that SOQL takes, since the user's zone may shift it.
bool IsSendableDay(std::int64_t days);
bool IsSendableTime(std::int64_t micros);

}  // namespace crm::salesforce
