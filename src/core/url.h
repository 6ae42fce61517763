// Texts inside URLs and forms.
#pragma once
#include <string>
#include <string_view>

namespace crm {

// Letters, digits and the characters of `kept` stay; every other byte becomes %XX. The default leaves what
// RFC 3986 calls unreserved, which is right for a path segment, a query value and a form.
std::string PercentEncode(std::string_view text, std::string_view kept = "-._~");

}  // namespace crm
