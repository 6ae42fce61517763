#include "providers/salesforce/soql_text.h"

#include <algorithm>
#include <array>

#include "core/civil_time.h"
#include "core/decimal.h"

namespace crm::salesforce {

namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::size_t kSignificant = 15;
constexpr std::int64_t kMostPlaces = 24;  // before and behind the point

// Takes the next character off `text`, a few bytes at most. Control characters but TAB as \u00XX; some
// readers of SOQL take the separators of lines and paragraphs for the end of a line, which a literal must not
// contain.
void TakeEscaped(std::string_view &text, std::string &out) {
  static constexpr std::string_view kLineSeparator = "\u2028", kParagraphSeparator = "\u2029";
  if (text.starts_with(kLineSeparator) || text.starts_with(kParagraphSeparator)) {
    out += text.starts_with(kLineSeparator) ? "\\u2028" : "\\u2029";
    text.remove_prefix(kLineSeparator.size());
    return;
  }
  const char c = text.front();
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\\' || c == '\'') {
    out.append({'\\', c});
  } else if (c == '\t') {
    out += "\\t";
  } else if (byte < 0x20 || byte == 0x7F) {
    out.append("\\u00").append({kHex[byte >> 4], kHex[byte & 15]});
  } else {
    out += c;
  }
  text.remove_prefix(1);
}

}  // namespace

std::string QuoteText(std::string_view text) {
  std::string out = "'";
  while (!text.empty()) TakeEscaped(text, out);
  return out + '\'';
}

// ---- LIKE ------------------------------------------------------------------------------------------------

namespace {

// Whether a character may match a text that has another one there. Only I and K have other cases than their
// own two, and beyond ASCII the database's locale decides.
bool IsUncertain(char c, bool fold_case) {
  if (c == '\r' || c == '\n') return true;
  return fold_case && (static_cast<unsigned char>(c) >= 0x80 || c == 'i' || c == 'I' || c == 'k' || c == 'K');
}

class PatternWriter {
 public:
  void AddAnything() {
    if (!out_.text.ends_with('%') || ends_literal_) out_.text += '%';
    ends_literal_ = false;
  }
  void AddLiteral(char c) {
    if (c == '%' || c == '_') out_.text += '\\';
    out_.text += c;
    ends_literal_ = has_literal_ = true;
  }
  Pattern Finish() {
    out_.kind = has_literal_ ? Pattern::kPattern : Pattern::kUnsendable;
    return std::move(out_);
  }

 private:
  Pattern out_;
  bool ends_literal_ = false;  // the last character stands for itself
  bool has_literal_ = false;
};

}  // namespace

Pattern TranslatePattern(std::string_view pattern, bool fold_case) {
  PatternWriter writer;
  std::string plain;
  bool has_wildcard = false, only_anything = !pattern.empty();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    char c = pattern[i];
    if (c == '%' || c == '_') {
      // One character of PostgreSQL may be two of Salesforce's.
      writer.AddAnything();
      has_wildcard = true;
      only_anything = only_anything && c == '%';
      continue;
    }
    only_anything = false;
    if (c == '\\' && ++i == pattern.size()) return {};
    c = pattern[i];
    plain += c;
    // How a backslash is written in a pattern is not known.
    if (c == '\\' || IsUncertain(c, fold_case)) {
      writer.AddAnything();
    } else {
      writer.AddLiteral(c);
    }
  }
  if (only_anything) return {Pattern::kAnything, {}};
  if (!has_wildcard && !fold_case) return {Pattern::kPlain, std::move(plain)};
  return writer.Finish();
}

std::string QuotePattern(std::string_view pattern) {
  std::string out = "'";
  while (!pattern.empty()) {
    if (pattern.front() == '\\') {
      out += '\\';
      pattern.remove_prefix(1);
    } else {
      TakeEscaped(pattern, out);
    }
  }
  return out + '\'';
}

// ---- ids -------------------------------------------------------------------------------------------------

std::optional<std::string> FullId(std::string_view text) {
  static constexpr std::string_view kSuffix = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
  if (text.size() != 15 && text.size() != 18) return std::nullopt;
  const auto is_digit = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  if (!std::all_of(text.begin(), text.begin() + 15, is_digit)) return std::nullopt;
  std::string full(text.substr(0, 15));
  for (std::size_t chunk = 0; chunk < 3; ++chunk) {
    std::size_t bits = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      const char c = text[chunk * 5 + i];
      if (c >= 'A' && c <= 'Z') bits |= std::size_t{1} << i;
    }
    full += kSuffix[bits];
  }
  if (text.size() == 18 && text != full) return std::nullopt;
  return full;
}

// ---- numbers and times -----------------------------------------------------------------------------------

namespace {

// ± `digits` × 10^`scale`, digits being at most 17 of them.
std::string PlainNumber(bool negative, std::int64_t digits, std::int64_t scale) {
  std::string text = std::to_string(digits);
  if (scale >= 0) {
    text.append(static_cast<std::size_t>(scale), '0');
  } else {
    const auto places = static_cast<std::size_t>(-scale);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    text.insert(text.size() - places, 1, '.');
  }
  return (negative ? "-" : "") + text;
}

}  // namespace

std::optional<DecimalBounds> WidenDecimal(std::string_view text) {
  const std::optional<Decimal> number = ParseDecimal(text, NumberGrammar::kLoose);
  if (!number) return std::nullopt;
  std::string digits = std::string(number->whole) + std::string(number->fraction);
  std::int64_t point = static_cast<std::int64_t>(number->whole.size()) + number->exponent;
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return DecimalBounds{true, "0", "0"};
  digits.erase(0, first);
  point -= static_cast<std::int64_t>(first);
  // The number is 0.digits × 10^point.
  if (point > kMostPlaces || point < -kMostPlaces) return std::nullopt;
  const bool has_rest =
      digits.size() > kSignificant && digits.find_first_not_of('0', kSignificant) != std::string::npos;
  digits.resize(kSignificant, '0');
  const std::int64_t head = std::stoll(digits);
  const std::int64_t scale = point - static_cast<std::int64_t>(kSignificant);
  std::string near = PlainNumber(number->negative, head - 1, scale);
  std::string far = PlainNumber(number->negative, head + (has_rest ? 2 : 1), scale);
  if (number->negative) std::swap(near, far);
  return DecimalBounds{false, std::move(near), std::move(far)};
}

bool IsSendableDay(std::int64_t days) {
  static const std::int64_t first = *ParseDate("1700-01-02"), last = *ParseDate("4000-12-30");
  return days >= first && days <= last;
}

bool IsSendableTime(std::int64_t micros) {
  static const std::int64_t first = *ParseTimestamp("1700-01-02"), last = *ParseTimestamp("4000-12-30");
  return micros >= first && micros <= last;
}

}  // namespace crm::salesforce
