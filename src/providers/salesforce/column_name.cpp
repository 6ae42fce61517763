#include "providers/salesforce/column_name.h"

namespace crm::salesforce {

namespace {

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string SnakeCase(std::string_view api_name) {
  std::string name;
  for (std::size_t i = 0; i < api_name.size(); ++i) {
    const char c = api_name[i];
    if (!IsUpper(c)) {
      name += IsLower(c) || IsDigit(c) || static_cast<unsigned char>(c) >= 0x80 ? c : '_';
      continue;
    }
    const char before = i > 0 ? api_name[i - 1] : '_';
    const char after = i + 1 < api_name.size() ? api_name[i + 1] : '\0';
    // A word begins; inside capitals it is the last of them: "HTTPServer".
    if (IsLower(before) || IsDigit(before) || (IsUpper(before) && IsLower(after))) name += '_';
    name += static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

std::string ParentColumn(std::string_view relationship, std::string_view field) {
  if (relationship.ends_with("__r")) relationship.remove_suffix(3);
  return SnakeCase(relationship) + "_" + SnakeCase(field);
}

}  // namespace crm::salesforce
