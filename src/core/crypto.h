// OpenSSL behind one file.
#pragma once
#include <string>
#include <string_view>

namespace crm {
std::string Base64(std::string_view bytes);
// The alphabet for URLs, without padding (RFC 4648 §5).
std::string Base64Url(std::string_view bytes);
// Lower-case hex.
std::string Sha256Hex(std::string_view bytes);

// PEM, PKCS #8 or PKCS #1, without a passphrase.
bool IsRsaPrivateKey(std::string_view pem);
// RS256 of JSON Web Signatures: RSASSA-PKCS1-v1_5 over SHA-256. Throws kInvalidOptionValue, which says
// nothing of the key, where `private_key_pem` is none.
std::string SignRs256(std::string_view message, std::string_view private_key_pem);
}  // namespace crm
