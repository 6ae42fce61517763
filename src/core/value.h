// An owning twin of CrmValue, for constants and parameters that outlive a call.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/pod.h"

namespace crm {

struct Value {
  CrmType type = CrmType::kNull;
  bool boolean = false;
  std::int64_t integer = 0;  // kInt, kDate, kTime, kTimestamp, in the units of CrmType
  double real = 0;
  std::string text;                               // kDecimal, kText, kJson, kBytes
  std::vector<std::optional<std::string>> items;  // kTextArray

  bool is_null() const { return type == CrmType::kNull; }
  static Value From(const CrmValue &view);
};

inline std::string_view View(CrmText text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

}  // namespace crm
