#include "core/crypto.h"

#include <openssl/evp.h>

#include <climits>
#include <cstddef>

#include "core/error.h"

namespace crm {

namespace {
const unsigned char *Bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char *>(bytes.data());
}
}  // namespace

std::string Base64(std::string_view bytes) {
  if (bytes.size() > INT_MAX / 2) throw Error(CrmErrorKind::kInternal, "value too long for base64");
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock writes a terminator
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char *>(text.data()), Bytes(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(size);
  return text;
}

std::string Sha256Hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(Bytes(bytes), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1) {
    throw Error(CrmErrorKind::kInternal, "could not compute a SHA-256 digest");
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(std::size_t{2} * size);
  for (unsigned int i = 0; i < size; ++i) {
    text.push_back(kHex[digest[i] >> 4]);
    text.push_back(kHex[digest[i] & 15]);
  }
  return text;
}

}  // namespace crm
