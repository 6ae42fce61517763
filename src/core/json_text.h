// JSON as text: measured, checked and mended without building anything. Input is valid UTF-8 in which no
// string holds a raw control character (page_reader.cpp's parser has seen to that), unless said otherwise.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crm {

inline constexpr int kMaxJsonNesting = 64;

struct JsonExtent {
  enum Verdict : unsigned char { kFits, kBroken, kTooDeep, kNumberTooLarge } verdict = kBroken;
  // kFits: just behind the value.
  const char *end = nullptr;
  // Holds an escape that PostgreSQL refuses: \u0000 or half a surrogate pair.
  bool unclean = false;
};
// Walks over the one JSON value at `begin` and checks that jsonb_in will take it. Nothing at or behind
// `limit` is read.
JsonExtent MeasureJson(const char *begin, const char *limit);

// Copies JSON to `out` (room for text.size() bytes), each refused escape as \ufffd. Returns the
// length.
std::size_t CleanJson(std::string_view text, char *out);

// Decodes what stands between the quotes of a JSON string into `out` (room for content.size() bytes); refused
// escapes become U+FFFD and set *mended. nullopt: not a JSON string. Returns the length.
std::optional<std::size_t> DecodeJsonString(std::string_view content, char *out, bool *mended);

// The quote that ends the JSON string whose content starts at `begin`; null: none before `limit`.
const char *EndOfJsonString(const char *begin, const char *limit);

// Any bytes: every maximal piece that is no UTF-8 becomes one U+FFFD. `places` gets the offset of each in the
// result, ascending.
std::string MendUtf8(std::string_view bytes, std::vector<std::size_t> &places);

// Any bytes that should be JSON: what is no UTF-8, and escapes that PostgreSQL refuses, as U+FFFD.
std::string MendJson(std::string_view bytes);

}  // namespace crm
