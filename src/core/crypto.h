// OpenSSL behind one file.
#pragma once
#include <string>
#include <string_view>

namespace crm {
std::string Base64(std::string_view bytes);
// Lower-case hex.
std::string Sha256Hex(std::string_view bytes);
}  // namespace crm
