#include "providers/close/column_name.h"

#include <algorithm>
#include <utility>

#include "providers/column_name.h"

namespace crm::close_crm {

namespace {

// Beyond ASCII: blanks, punctuation, symbols, private characters. What is left counts as a letter.
constexpr std::pair<char32_t, char32_t> kNoLetters[] = {
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},       {0xBB, 0xBF},        {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x2000, 0x2BFF}, {0x2E00, 0x2E7F},   {0x3000, 0x3004},    {0x3008, 0x3020},
    {0xE000, 0xF8FF}, {0xFE00, 0xFE6F}, {0xFEFF, 0xFF0F},   {0xFF1A, 0xFF20},    {0xFF3B, 0xFF40},
    {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}, {0xE0000, 0x10FFFF},
};

// Takes one character of valid UTF-8 off the front.
std::string_view TakeCharacter(std::string_view &text, char32_t &code) {
  const auto lead = static_cast<unsigned char>(text.front());
  std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  size = std::min(size, text.size());
  code = size == 1 ? lead : lead & (0xFF >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  const std::string_view character = text.substr(0, size);
  text.remove_prefix(size);
  return character;
}

bool IsDigit(char32_t c) { return c >= '0' && c <= '9'; }

bool IsLetter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return std::ranges::none_of(kNoLetters,
                              [c](const auto &range) { return c >= range.first && c <= range.second; });
}

}  // namespace

std::string SnakeCase(std::string_view label) {
  std::string name;
  bool gap = false;
  while (!label.empty()) {
    char32_t code = 0;
    const std::string_view character = TakeCharacter(label, code);
    if (!IsDigit(code) && !IsLetter(code)) {
      gap = !name.empty();
      continue;
    }
    if (gap) name += '_';
    gap = false;
    if (name.empty() && IsDigit(code)) name += '_';
    if (code >= 'A' && code <= 'Z') {
      name += static_cast<char>(code - 'A' + 'a');
    } else {
      name += character;
    }
  }
  return name.empty() ? "custom_field" : name;
}

std::vector<std::string> ColumnNames(const std::vector<NamedField> &fields,
                                     const std::vector<std::string_view> &taken) {
  std::vector<WishedName> wishes;
  wishes.reserve(fields.size());
  for (const NamedField &field : fields) wishes.push_back({field.id, SnakeCase(field.label)});
  return UniqueNames(std::move(wishes), taken);
}

}  // namespace crm::close_crm
