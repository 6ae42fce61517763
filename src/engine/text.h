// Texts of the edge: views into them, and views of ours for it.
#pragma once
#include <string>
#include <string_view>

#include "core/pod.h"

namespace crm {

// Like View, but takes a negative size for an empty text: callers of the edge are not trusted to count.
inline std::string_view TextOf(CrmText text) {
  return text.data == nullptr || text.size <= 0
             ? std::string_view()
             : std::string_view(text.data, static_cast<std::size_t>(text.size));
}

inline CrmText TextView(std::string_view text) {
  return {text.data() == nullptr ? "" : text.data(), static_cast<std::int32_t>(text.size())};
}

// An identifier as it is written in SQL. Keywords are not known here.
inline std::string QuoteIdentifier(std::string_view name) {
  bool plain = !name.empty() && (name[0] < '0' || name[0] > '9');
  for (char c : name) plain = plain && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
  if (plain) return std::string(name);
  std::string quoted = "\"";
  for (char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

}  // namespace crm
