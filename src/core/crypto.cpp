#include "core/crypto.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <memory>

#include "core/error.h"

namespace crm {

namespace {
const unsigned char *Bytes(std::string_view bytes) {
  return reinterpret_cast<const unsigned char *>(bytes.data());
}

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T *object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

// OpenSSL keeps its errors for whoever asks next, and PostgreSQL's own connections use it too.
struct ErrorQueue {
  ErrorQueue() = default;
  ErrorQueue(const ErrorQueue &) = delete;
  ErrorQueue &operator=(const ErrorQueue &) = delete;
  ~ErrorQueue() { ERR_clear_error(); }
};

// Without it OpenSSL would ask the terminal for a passphrase.
int NoPassphrase(char *, int, int, void *) { return 0; }

// Null: no RSA key.
Key ReadRsaPrivateKey(std::string_view pem) {
  if (pem.size() > INT_MAX) return nullptr;
  const ErrorQueue errors;
  const std::unique_ptr<BIO, Freed<BIO_free_all>> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return nullptr;
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) return nullptr;
  return key;
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

std::string Base64Url(std::string_view bytes) {
  std::string text = Base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
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

bool IsRsaPrivateKey(std::string_view pem) { return ReadRsaPrivateKey(pem) != nullptr; }

std::string SignRs256(std::string_view message, std::string_view private_key_pem) {
  const Key key = ReadRsaPrivateKey(private_key_pem);
  if (!key) {
    throw Error(CrmErrorKind::kInvalidOptionValue, "could not read the private key",
                "It must be an RSA key in PEM form, without a passphrase.");
  }
  const ErrorQueue errors;
  const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  std::string signature(static_cast<std::size_t>(EVP_PKEY_size(key.get())), '\0');
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char *>(signature.data()), &size,
                     Bytes(message), message.size()) != 1) {
    throw Error(CrmErrorKind::kInternal, "could not sign with the private key");
  }
  signature.resize(size);
  return signature;
}

}  // namespace crm
