#include "core/like.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace crm {

namespace {

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// `dotted`: an I becomes an i, which it does not in Turkish.
std::string Lower(std::string_view text, bool dotted) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [dotted](char c) {
    const bool folds = c >= 'A' && c <= 'Z' && (dotted || c != 'I');
    return folds ? static_cast<char>(c + 32) : c;
  });
  return out;
}

bool EndsInEscape(std::string_view pattern) {
  std::size_t backslashes = 0;
  while (backslashes < pattern.size() && pattern[pattern.size() - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

std::size_t CharacterSize(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  return size;
}

// Without recursion: what follows the last % is tried at every later place.
bool Matches(std::string_view text, std::string_view pattern) {
  std::size_t at = 0, in = 0, retry_at = 0, retry_in = std::string_view::npos;
  while (at < text.size() || in < pattern.size()) {
    if (in < pattern.size() && pattern[in] == '%') {
      retry_in = ++in;
      retry_at = at;
      continue;
    }
    if (in < pattern.size() && at < text.size()) {
      if (pattern[in] == '_') {
        at += CharacterSize(text.substr(at));
        ++in;
        continue;
      }
      const std::size_t literal = pattern[in] == '\\' ? in + 1 : in;
      if (pattern[literal] == text[at]) {
        ++at;
        in = literal + 1;
        continue;
      }
    }
    if (retry_in == std::string_view::npos || retry_at >= text.size()) return false;
    retry_at += CharacterSize(text.substr(retry_at));
    at = retry_at;
    in = retry_in;
  }
  return true;
}

}  // namespace

Match MatchLike(std::string_view text, std::string_view pattern, bool fold_case) {
  if (EndsInEscape(pattern)) return Match::kUnknown;
  if (!fold_case) return Matches(text, pattern) ? Match::kYes : Match::kNo;
  if (!IsAscii(text) || !IsAscii(pattern)) return Match::kUnknown;
  if (!Matches(Lower(text, true), Lower(pattern, true))) return Match::kNo;
  return Matches(Lower(text, false), Lower(pattern, false)) ? Match::kYes : Match::kUnknown;
}

}  // namespace crm
