// Decimal numbers as text: exact, never through a double.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace crm {

// A number taken apart: ± whole.fraction × 10^exponent. Views into the text it came from.
struct Decimal {
  bool negative = false;
  std::string_view whole, fraction;  // digits; not both empty
  std::int64_t exponent = 0;
};

enum class NumberGrammar : std::uint8_t {
  kJson,  // RFC 8259
  kLoose  // also a leading +, leading zeros, ".5" and "5.", as people type numbers into text fields
};
std::optional<Decimal> ParseDecimal(std::string_view text, NumberGrammar grammar);

// Whether PostgreSQL's numeric takes it: at most 131072 digits before the point and 16383 after it.
bool FitsNumeric(const Decimal &number);
// Whether it is a whole number ("5.0" and "1e3" are).
bool IsIntegral(const Decimal &number);
// nullopt: not a whole number, or beyond 64 bits.
std::optional<std::int64_t> ToInt64(const Decimal &number);
// The nearest double; nullopt: beyond its range.
std::optional<double> ToDouble(const Decimal &number);
// The number moved `places` (>= 0) decimal places to the right of the point, as numeric_in reads it: 50000 by
// 2 is "500.00".
std::string ShiftedText(const Decimal &number, int places);

// The number as numeric_in reads it, without an exponent and without zeros at the end of its fraction. It
// must fit numeric.
std::string TrimmedText(const Decimal &number);

}  // namespace crm
