#include "providers/close/search_text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace crm::close_crm {

namespace {

// Keyword indexes stop at some length; word lists at some number.
constexpr std::size_t kLongestExact = 100, kLongestWords = 1000;  // bytes

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsPrintableAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7F; });
}

std::string LowerAscii(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// One code point of valid UTF-8.
std::uint32_t CodePoint(std::string_view text, std::size_t &at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  std::uint32_t point = lead < 0xE0 ? lead & 0x1FU : lead < 0xF0 ? lead & 0x0FU : lead & 0x07U;
  if (lead < 0x80) point = lead;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
    point = (point << 6) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  }
  return point;
}

// Letters of the larger scripts: enough to be sure that an analysis finds a word.
constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 12> kLetters = {{
    {0x00C0, 0x00D6},  // Latin
    {0x00D8, 0x00F6},
    {0x00F8, 0x024F},
    {0x0391, 0x03A1},  // Greek
    {0x03B1, 0x03C9},
    {0x0410, 0x044F},  // Cyrillic
    {0x05D0, 0x05EA},  // Hebrew
    {0x0620, 0x063F},  // Arabic
    {0x0905, 0x0939},  // Devanagari
    {0x30A1, 0x30FA},  // Katakana
    {0x4E00, 0x9FA5},  // Han
    {0xAC00, 0xD7A3},  // Hangul
}};

bool HasWord(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t point = CodePoint(text, at);
    if (point < 0x80) {
      if (IsLetter(static_cast<char>(point)) || IsDigit(static_cast<char>(point))) return true;
      continue;
    }
    const auto holds = [&](const auto &range) { return point >= range.first && point <= range.second; };
    if (std::ranges::any_of(kLetters, holds)) return true;
  }
  return false;
}

// Blanks at the ends, or several together, are what an index might normalise.
bool HasOddBlanks(std::string_view text) {
  return text.starts_with(' ') || text.ends_with(' ') || text.find("  ") != std::string_view::npos;
}

// The literal text that a LIKE pattern begins with. `whole`: there is no wildcard.
std::string LiteralStart(std::string_view pattern, bool &whole) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '%' || pattern[at] == '_') {
      whole = false;
      return text;
    }
    if (pattern[at] == '\\' && ++at == pattern.size()) break;
    text += pattern[at];
  }
  whole = true;
  return text;
}

// Letters, digits and single blanks in between: then the index divides it as we do.
bool IsPlain(std::string_view text) {
  return !text.empty() && !text.starts_with(' ') && text.find("  ") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return IsLetter(c) || IsDigit(c) || c == ' '; });
}

}  // namespace

std::vector<TextTerm> TermsForEqual(std::string_view literal) {
  if (!HasWord(literal) || literal.size() > kLongestWords) return {};
  const bool keeps_exact =
      literal.size() <= kLongestExact && IsPrintableAscii(literal) && !HasOddBlanks(literal);
  // Field and literal are analysed alike, so a text that equals the literal has all of its words.
  if (!keeps_exact) return {{"full_words", std::string(literal)}};
  // Whether the index folds case is not known: one spelling or the other is found.
  std::vector<TextTerm> terms = {{"exact_value", std::string(literal)}};
  std::string lower = LowerAscii(literal);
  if (lower != literal) terms.push_back({"exact_value", std::move(lower)});
  return terms;
}

std::vector<TextTerm> TermsForLike(std::string_view pattern, bool fold_case) {
  bool whole = false;
  const std::string start = LiteralStart(pattern, whole);
  const bool has_letters = std::ranges::any_of(start, IsLetter);
  if (!IsPlain(start) || start.size() > kLongestWords || (fold_case && has_letters)) return {};
  std::vector<TextTerm> terms;
  const std::size_t blank = start.rfind(' ');
  std::string words = whole ? start : blank == std::string::npos ? "" : start.substr(0, blank);
  std::string part = whole ? "" : blank == std::string::npos ? start : start.substr(blank + 1);
  if (!words.empty()) terms.push_back({"full_words", std::move(words)});
  if (!part.empty()) terms.push_back({"beginning_of_words", std::move(part)});
  return terms;
}

}  // namespace crm::close_crm
