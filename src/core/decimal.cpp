#include "core/decimal.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace crm {

namespace {

constexpr std::int64_t kMaxWholeDigits = 131'072;
constexpr std::int64_t kMaxFractionDigits = 16'383;
constexpr std::int64_t kExponentClamp = 1'000'000'000'000;  // far beyond every limit, far from overflow
constexpr std::int64_t kMaxExponent = 1'000'000'000;        // numeric_in refuses more, even of zero
constexpr std::int64_t kInt64Digits = 19;

std::string_view TakeDigits(std::string_view &text) {
  const std::size_t size = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

bool Take(std::string_view &text, char mark) {
  if (text.empty() || text.front() != mark) return false;
  text.remove_prefix(1);
  return true;
}

bool TakeExponent(std::string_view &text, std::int64_t &exponent) {
  if (!Take(text, 'e') && !Take(text, 'E')) return true;
  const bool negative = Take(text, '-');
  if (!negative) Take(text, '+');
  const std::string_view digits = TakeDigits(text);
  for (const char digit : digits) exponent = std::min(exponent * 10 + (digit - '0'), kExponentClamp);
  if (negative) exponent = -exponent;
  return !digits.empty();
}

// Digit `index` of whole and fraction put together.
char DigitAt(const Decimal &number, std::size_t index) {
  return index < number.whole.size() ? number.whole[index] : number.fraction[index - number.whole.size()];
}

std::size_t DigitCount(const Decimal &number) { return number.whole.size() + number.fraction.size(); }

// Index of the first digit that is not 0; DigitCount: the number is zero.
std::size_t FirstSignificant(const Decimal &number) {
  std::size_t index = 0;
  while (index < DigitCount(number) && DigitAt(number, index) == '0') ++index;
  return index;
}

}  // namespace

std::optional<Decimal> ParseDecimal(std::string_view text, NumberGrammar grammar) {
  Decimal number;
  number.negative = Take(text, '-');
  const bool loose = grammar == NumberGrammar::kLoose;
  if (loose && !number.negative) Take(text, '+');
  number.whole = TakeDigits(text);
  const bool point = Take(text, '.');
  if (point) number.fraction = TakeDigits(text);
  if (number.whole.empty() && number.fraction.empty()) return std::nullopt;
  if (!loose) {
    if (number.whole.empty() || (number.whole.size() > 1 && number.whole.front() == '0')) return std::nullopt;
    if (point && number.fraction.empty()) return std::nullopt;
  }
  if (!TakeExponent(text, number.exponent) || !text.empty()) return std::nullopt;
  return number;
}

bool FitsNumeric(const Decimal &number) {
  if (number.exponent > kMaxExponent || number.exponent < -kMaxExponent) return false;
  // The scale counts as written, trailing zeros included, and for zero as well.
  const auto fraction = static_cast<std::int64_t>(number.fraction.size());
  if (fraction - number.exponent > kMaxFractionDigits) return false;
  const std::size_t first = FirstSignificant(number);
  if (first == DigitCount(number)) return true;
  const auto whole = static_cast<std::int64_t>(number.whole.size());
  return whole - static_cast<std::int64_t>(first) + number.exponent <= kMaxWholeDigits;
}

bool IsIntegral(const Decimal &number) {
  // Digits behind the point, once the exponent is applied, must all be zero.
  const auto count = static_cast<std::int64_t>(DigitCount(number));
  const std::int64_t point = static_cast<std::int64_t>(number.whole.size()) + number.exponent;
  for (std::int64_t i = std::max<std::int64_t>(point, 0); i < count; ++i) {
    if (DigitAt(number, i) != '0') return false;
  }
  return true;
}

std::optional<std::int64_t> ToInt64(const Decimal &number) {
  if (!IsIntegral(number)) return std::nullopt;
  const std::size_t first = FirstSignificant(number);
  if (first == DigitCount(number)) return 0;
  const std::int64_t point = static_cast<std::int64_t>(number.whole.size()) + number.exponent;
  if (point - static_cast<std::int64_t>(first) > kInt64Digits) return std::nullopt;
  // 19 digits fit an unsigned 64-bit number.
  std::uint64_t magnitude = 0;
  for (auto i = static_cast<std::int64_t>(first); i < point; ++i) {
    magnitude =
        magnitude * 10 + (i < static_cast<std::int64_t>(DigitCount(number)) ? DigitAt(number, i) - '0' : 0);
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (magnitude > kMax + (number.negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(number.negative ? 0 - magnitude : magnitude);
}

std::optional<double> ToDouble(const Decimal &number) {
  std::string text = number.negative ? "-" : "";
  text.append(number.whole.empty() ? "0" : number.whole);
  if (!number.fraction.empty()) text.append(".").append(number.fraction);
  if (number.exponent != 0) text.append("e").append(std::to_string(number.exponent));
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string ShiftedText(const Decimal &number, int places) {
  std::string text = number.negative ? "-" : "";
  if (number.exponent != 0) {
    text.append(number.whole.empty() ? "0" : number.whole);
    if (!number.fraction.empty()) text.append(".").append(number.fraction);
    return text.append("e").append(std::to_string(number.exponent - places));
  }
  std::string digits;
  // Zeros in front, so that at least one digit stands before the point.
  if (number.whole.size() <= static_cast<std::size_t>(places)) {
    digits.assign(places + 1 - number.whole.size(), '0');
  }
  digits.append(number.whole);
  const std::size_t point = digits.size() - places;
  digits.append(number.fraction);
  text.append(digits, 0, point);
  if (point < digits.size()) text.append(".").append(digits, point);
  return text;
}

std::string TrimmedText(const Decimal &number) {
  std::string digits(number.whole);
  digits.append(number.fraction);
  std::int64_t point = static_cast<std::int64_t>(number.whole.size()) + number.exponent;
  if (point < 1) {
    digits.insert(0, static_cast<std::size_t>(1 - point), '0');
    point = 1;
  }
  const auto whole = static_cast<std::size_t>(point);
  if (digits.size() < whole) digits.append(whole - digits.size(), '0');
  digits.erase(std::max(digits.find_last_not_of('0') + 1, whole));
  if (digits.size() > whole) digits.insert(whole, 1, '.');
  return (number.negative ? "-" : "") + digits;
}

}  // namespace crm
