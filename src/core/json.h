// nlohmann/json behind one name: it builds requests and plans and reads small metadata. Pages go through
// page_reader.h.
#pragma once
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace crm {
using Json = nlohmann::ordered_json;  // ordered: plan text must be identical for identical input

// The whole number that `json` is; nullopt: it is another value, or one past std::int64_t. get<>() would
// round a float, wrap a large number, and is undefined for a float past the range.
inline std::optional<std::int64_t> WholeNumber(const Json &json) {
  if (!json.is_number_integer()) return std::nullopt;
  if (json.is_number_unsigned() &&
      json.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return std::nullopt;
  return json.get<std::int64_t>();
}

}  // namespace crm
