#include "core/json_text.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#include "core/decimal.h"

namespace crm {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kReplacementEscape = "\\ufffd";
constexpr std::size_t kEscapeSize = 6;  // \uXXXX
// Without an exponent and shorter than this, a number is within numeric's range.
constexpr std::size_t kShortNumber = 16'000;

bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool EndsWord(char c) {
  switch (c) {
    case ',':
    case ']':
    case '}':
    case ':':
    case '"':
    case '[':
    case '{':
      return true;
    default:
      return IsBlank(c);
  }
}

// Bytes of `word` that equal `c` have their top bit set in the result; above the lowest of them others may
// too.
std::uint64_t Matches(std::uint64_t word, char c) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;
  const std::uint64_t difference = word ^ kOnes * static_cast<unsigned char>(c);
  return (difference - kOnes) & ~difference & kTops;
}

// The first quote or backslash; `limit`: none before it. Eight bytes at a time: this is where a page's bytes
// are read one by one.
const char *FindQuoteOrEscape(const char *at, const char *limit) {
  if constexpr (std::endian::native == std::endian::little) {
    for (; limit - at >= 8; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof(word));
      const std::uint64_t found = Matches(word, '"') | Matches(word, '\\');
      if (found != 0) return at + std::countr_zero(found) / 8;
    }
  }
  while (at < limit && *at != '"' && *at != '\\') ++at;
  return at;
}

// The code unit of the \uXXXX at `at`; -1: none there.
int CodeUnit(const char *at, const char *limit) {
  if (limit - at < static_cast<std::ptrdiff_t>(kEscapeSize) || at[0] != '\\' || at[1] != 'u') return -1;
  int unit = 0;
  for (int i = 2; i < 6; ++i) {
    const char c = at[i];
    int digit;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return -1;
    }
    unit = unit << 4 | digit;
  }
  return unit;
}

struct UnicodeEscape {
  bool valid = false;       // \u with four hex digits
  bool refused = false;     // \u0000 or half a pair
  std::uint32_t point = 0;  // when neither
  std::size_t size = 0;     // 6, or 12 for a pair
};

UnicodeEscape ReadUnicodeEscape(const char *at, const char *limit) {
  UnicodeEscape escape;
  const int unit = CodeUnit(at, limit);
  if (unit < 0) return escape;
  escape.valid = true;
  escape.size = kEscapeSize;
  escape.point = unit;
  if (unit >= 0xD800 && unit < 0xDC00) {
    const int low = CodeUnit(at + kEscapeSize, limit);
    if (low >= 0xDC00 && low < 0xE000) {
      escape.size = 2 * kEscapeSize;
      escape.point = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      return escape;
    }
  }
  escape.refused = unit == 0 || (unit >= 0xD800 && unit < 0xE000);
  return escape;
}

char *PutUtf8(std::uint32_t point, char *out) {
  const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 63));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 63));
    put(0x80 | (point & 63));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 63));
    put(0x80 | (point >> 6 & 63));
    put(0x80 | (point & 63));
  }
  return out;
}

// What the escape of one letter stands for; 0: no such escape.
char SimpleEscape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

// A walk over one value. Containers are bits of a stack, so that hostile nesting costs nothing.
class Measurer {
 public:
  Measurer(const char *begin, const char *limit) : at_(begin), limit_(limit) {}

  JsonExtent Run() {
    for (;;) {
      if (!Value()) return extent_;
      // After a value: close what ends here, then either the next element or the end of it all.
      for (;;) {
        if (depth_ == 0) return Finish();
        SkipBlanks();
        if (at_ == limit_) return extent_;
        const char c = *at_++;
        if (c == ',') {
          if (InObject() && !Key()) return extent_;
          break;
        }
        if (c != (InObject() ? '}' : ']')) return extent_;
        --depth_;
      }
    }
  }

 private:
  JsonExtent Finish() {
    extent_.verdict = JsonExtent::kFits;
    extent_.end = at_;
    return extent_;
  }
  bool Fail(JsonExtent::Verdict verdict) {
    extent_.verdict = verdict;
    return false;
  }
  bool InObject() const { return (objects_ >> (depth_ - 1) & 1) != 0; }
  void SkipBlanks() {
    while (at_ != limit_ && IsBlank(*at_)) ++at_;
  }

  // A scalar, an empty container, or containers opened down to their first scalar.
  bool Value() {
    for (;;) {
      SkipBlanks();
      if (at_ == limit_) return false;
      const char c = *at_;
      if (c == '"') return String();
      if (c != '{' && c != '[') return Word();
      if (depth_ == kMaxJsonNesting) return Fail(JsonExtent::kTooDeep);
      ++at_;
      SkipBlanks();
      if (at_ != limit_ && *at_ == (c == '{' ? '}' : ']')) {
        ++at_;
        return true;
      }
      const std::uint64_t bit = std::uint64_t{1} << depth_++;
      objects_ = c == '{' ? objects_ | bit : objects_ & ~bit;
      if (c == '{' && !Key()) return false;
    }
  }

  bool Key() {
    SkipBlanks();
    if (at_ == limit_ || *at_ != '"' || !String()) return false;
    SkipBlanks();
    return at_ != limit_ && *at_++ == ':';
  }

  bool String() {
    ++at_;
    for (;;) {
      at_ = FindQuoteOrEscape(at_, limit_);
      if (at_ == limit_) return false;
      if (*at_ == '"') {
        ++at_;
        return true;
      }
      if (!Escape()) return false;
    }
  }

  bool Escape() {
    if (limit_ - at_ < 2) return false;
    if (at_[1] != 'u') {
      if (SimpleEscape(at_[1]) == 0) return false;
      at_ += 2;
      return true;
    }
    const UnicodeEscape escape = ReadUnicodeEscape(at_, limit_);
    if (!escape.valid) return false;
    extent_.unclean = extent_.unclean || escape.refused;
    at_ += escape.size;
    return true;
  }

  bool Word() {
    const char *begin = at_;
    while (at_ != limit_ && !EndsWord(*at_)) ++at_;
    const std::string_view word(begin, at_ - begin);
    if (word == "null" || word == "true" || word == "false") return true;
    const std::optional<Decimal> number = ParseDecimal(word, NumberGrammar::kJson);
    if (!number) return false;
    if ((number->exponent != 0 || word.size() > kShortNumber) && !FitsNumeric(*number)) {
      return Fail(JsonExtent::kNumberTooLarge);
    }
    return true;
  }

  const char *at_, *limit_;
  int depth_ = 0;
  std::uint64_t objects_ = 0;
  JsonExtent extent_;
  static_assert(kMaxJsonNesting <= 64, "objects_ has one bit per level");
};

// Length of the UTF-8 character at `at`, or 0 and in `bad` the length of the piece to replace.
std::size_t CharacterSize(const unsigned char *at, std::size_t room, std::size_t &bad) {
  const unsigned char lead = *at;
  if (lead < 0x80) return 1;
  std::size_t size = 0;
  unsigned char low = 0x80, high = 0xBF;  // of the second byte
  if (lead >= 0xC2 && lead <= 0xDF) {
    size = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    size = 3;
    if (lead == 0xE0) low = 0xA0;   // shorter forms exist
    if (lead == 0xED) high = 0x9F;  // surrogates
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    size = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;  // beyond U+10FFFF
  }
  bad = 1;
  for (; bad < size && bad < room; ++bad) {
    if (at[bad] < low || at[bad] > high) return 0;
    low = 0x80;
    high = 0xBF;
  }
  return size != 0 && bad == size ? size : 0;
}

}  // namespace

JsonExtent MeasureJson(const char *begin, const char *limit) { return Measurer(begin, limit).Run(); }

std::size_t CleanJson(std::string_view text, char *out) {
  const char *at = text.data(), *limit = at + text.size();
  char *const start = out;
  const auto copy = [&](const char *from, std::size_t size) {
    std::memcpy(out, from, size);
    out += size;
  };
  while (at != limit) {
    const auto *escape = static_cast<const char *>(std::memchr(at, '\\', limit - at));
    if (escape == nullptr) escape = limit;
    copy(at, escape - at);
    at = escape;
    if (at == limit) break;
    const UnicodeEscape unicode = ReadUnicodeEscape(at, limit);
    // What is no JSON may end with the backslash.
    const std::size_t size = unicode.valid ? unicode.size : std::min<std::size_t>(2, limit - at);
    if (unicode.valid && unicode.refused) {
      copy(kReplacementEscape.data(), kReplacementEscape.size());
    } else {
      copy(at, size);
    }
    at += size;
  }
  return out - start;
}

std::optional<std::size_t> DecodeJsonString(std::string_view content, char *out, bool *mended) {
  const char *at = content.data(), *limit = at + content.size();
  char *const start = out;
  while (at != limit) {
    const auto *escape = static_cast<const char *>(std::memchr(at, '\\', limit - at));
    if (escape == nullptr) escape = limit;
    std::memcpy(out, at, escape - at);
    out += escape - at;
    at = escape;
    if (at == limit) break;
    if (limit - at < 2) return std::nullopt;
    if (at[1] != 'u') {
      const char c = SimpleEscape(at[1]);
      if (c == 0) return std::nullopt;
      *out++ = c;
      at += 2;
      continue;
    }
    const UnicodeEscape unicode = ReadUnicodeEscape(at, limit);
    if (!unicode.valid) return std::nullopt;
    if (unicode.refused) {
      std::memcpy(out, kReplacement.data(), kReplacement.size());
      out += kReplacement.size();
      *mended = true;
    } else {
      out = PutUtf8(unicode.point, out);
    }
    at += unicode.size;
  }
  return out - start;
}

const char *EndOfJsonString(const char *begin, const char *limit) {
  while (begin < limit) {
    begin = FindQuoteOrEscape(begin, limit);
    if (begin == limit) return nullptr;
    if (*begin == '"') return begin;
    begin += 2;
  }
  return nullptr;
}

std::string MendUtf8(std::string_view bytes, std::vector<std::size_t> &places) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 16 + 64);
  const auto *at = reinterpret_cast<const unsigned char *>(bytes.data());
  // Valid text goes over in one piece: there may be a lot of it.
  std::size_t done = 0, begin = 0;
  while (done < bytes.size()) {
    std::size_t bad = 0;
    const std::size_t size = at[done] < 0x80 ? 1 : CharacterSize(at + done, bytes.size() - done, bad);
    if (size > 0) {
      done += size;
      continue;
    }
    text.append(bytes, begin, done - begin);
    places.push_back(text.size());
    text.append(kReplacement);
    begin = done += bad;
  }
  text.append(bytes, begin);
  return text;
}

std::string MendJson(std::string_view bytes) {
  std::vector<std::size_t> places;
  const std::string text = MendUtf8(bytes, places);
  std::string clean(text.size(), '\0');
  clean.resize(CleanJson(text, clean.data()));
  return clean;
}

}  // namespace crm
