// What every CRM with access tokens shares of OAuth 2.0.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/secret.h"
#include "net/http.h"
#include "providers/provider.h"

namespace crm {

// A text that is made of secrets and wiped once it has been copied. It must not outgrow its room: growing
// leaves a copy behind.
class SecretText {
 public:
  explicit SecretText(std::size_t room) { text_.reserve(room); }
  SecretText(const SecretText &) = delete;
  SecretText &operator=(const SecretText &) = delete;
  ~SecretText() { OPENSSL_cleanse(text_.data(), text_.size()); }
  std::string &text() { return text_; }

 private:
  std::string text_;
};

struct FormField {
  std::string_view name, value;  // not encoded; the value may be a secret
};
// A POST of that form, which is not safe to repeat unless the caller says so. The sender wipes its body.
HttpRequest FormRequest(std::string path, const std::vector<FormField> &fields);

// Member of an answer, the body of which may be wiped afterwards; empty: absent, or no string.
Secret SecretMember(const Json &answer, const char *name);
// "invalid_grant" and the like; empty where "error" is anything else, which might repeat what was sent.
std::string OAuthErrorCode(const Json &answer);

// "Authorization: Bearer …"
SecretHeader BearerCredential(const Secret &access_token);

// Throws kMissingOption, with a hint, unless `given`. `needs`: a sentence on what belongs together.
void RequireMappingOption(bool given, std::string_view name, std::string_view needs);

}  // namespace crm
