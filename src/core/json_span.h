// Parts of a JSON text as they stand there: numbers keep every digit.
#pragma once
#include <string_view>
#include <utility>
#include <vector>

namespace crm {

// Is it one JSON value by its structure (brackets and strings closed, nothing after it)? Not a validation.
bool IsOneJsonValue(std::string_view text);

// The value of a top-level member of a valid JSON object, without the blanks around it; empty: no such
// member. `key` is a plain word.
std::string_view JsonMember(std::string_view object, std::string_view key);

// Of a valid JSON object, in its order: what stands between the quotes of each key, and the value.
std::vector<std::pair<std::string_view, std::string_view>> JsonMembers(std::string_view object);

// Of a valid JSON array, in its order.
std::vector<std::string_view> JsonElements(std::string_view array);

}  // namespace crm
