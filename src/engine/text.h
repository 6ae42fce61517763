// Texts of the edge: views into them, and views of ours for it.
#pragma once
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

}  // namespace crm
