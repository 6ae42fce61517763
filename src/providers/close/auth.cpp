#include "providers/close/auth.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/civil_time.h"
#include "core/crypto.h"
#include "core/json.h"
#include "providers/close/wire.h"

namespace crm::close_crm {

namespace {

constexpr std::string_view kTokenPath = "/oauth2/token/";
constexpr double kLongestLifetime = 365.0 * 86'400;  // seconds

constexpr OptionRow kOptions[] = {
    {"api_key", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, true,
     "API key of a Close user."},
    {"client_id", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, false,
     "Client id of an OAuth app, instead of api_key."},
    {"client_secret", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, true,
     "Client secret of the OAuth app."},
    {"refresh_token", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, true,
     "First refresh token of the authorization; later ones are kept by the server."},
};

// A text that is made of secrets and wiped once it has been copied.
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

void RequireOAuth(const Options &options) {
  const auto require = [](bool given, const std::string &name) {
    if (given) return;
    throw Error(CrmErrorKind::kMissingOption, "option \"" + name + "\" is missing in the user mapping",
                "OAuth with Close needs client_id, client_secret and refresh_token.",
                "ALTER USER MAPPING … OPTIONS (ADD " + name + " '…')");
  };
  require(options.Find("client_id").has_value(), "client_id");
  require(options.FindSecret("client_secret") != nullptr, "client_secret");
  require(options.FindSecret("refresh_token") != nullptr, "refresh_token");
}

// "invalid_grant" and the like; anything else might repeat what was sent, and is not shown.
std::string ErrorCode(const Json &answer) {
  if (!answer.is_object() || !answer.contains("error") || !answer["error"].is_string()) return "";
  std::string code = answer["error"].get<std::string>();
  const bool plain = code.size() <= 40 &&
                     std::ranges::all_of(code, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return plain ? code : "";
}

[[noreturn]] void ThrowTokenRefused(const HttpResponse &response, const std::string &code) {
  const bool is_refusal = response.status >= 400 && response.status < 500 && response.status != 429;
  Error error(is_refusal ? CrmErrorKind::kBadCredentials : CrmErrorKind::kServerError,
              is_refusal ? "could not authenticate with Close" : "could not get an access token from Close",
              "The request for an access token was answered with status " + std::to_string(response.status) +
                  (code.empty() ? "." : ": " + code + "."));
  if (is_refusal) {
    error.hint =
        code == "invalid_grant"
            ? "The refresh token is no longer valid. Authorize the app again, then: ALTER USER MAPPING "
              "… OPTIONS (SET refresh_token '…')"
            : "Check client_id, client_secret and refresh_token in the user mapping.";
  }
  error.http_status = response.status;
  error.remote_code = code;
  throw error;
}

Secret SecretMember(const Json &answer, const char *name) {
  const auto found = answer.find(name);
  if (found == answer.end() || !found->is_string()) return Secret();
  return Secret(found->get_ref<const std::string &>());
}

}  // namespace

std::span<const OptionRow> CredentialOptions() { return kOptions; }

std::optional<SecretHeader> ReadyCredential(const Options &options) {
  const Secret *key = options.FindSecret("api_key");
  const bool has_oauth = options.Find("client_id") || options.FindSecret("client_secret") != nullptr ||
                         options.FindSecret("refresh_token") != nullptr;
  if (key != nullptr && has_oauth) {
    throw Error(CrmErrorKind::kInvalidOptionValue, "user mapping has both an API key and OAuth credentials",
                {}, "Keep one of them: ALTER USER MAPPING … OPTIONS (DROP api_key)");
  }
  if (key == nullptr && has_oauth) {
    RequireOAuth(options);
    return std::nullopt;
  }
  if (key == nullptr) {
    throw Error(CrmErrorKind::kMissingOption, "user mapping has no credentials for Close", {},
                "ALTER USER MAPPING … OPTIONS (ADD api_key '…')");
  }
  SecretText user(key->Reveal().size() + 1);
  user.text().append(key->Reveal()).append(":");
  SecretText header(2 * user.text().size() + 16);
  SecretText encoded(0);
  encoded.text() = Base64(user.text());
  header.text().append("Basic ").append(encoded.text());
  return SecretHeader{"Authorization", Secret(header.text())};
}

HttpRequest TokenRequest(const Options &options, const Secret *refresh) {
  RequireOAuth(options);
  if (refresh == nullptr) refresh = options.FindSecret("refresh_token");
  HttpRequest request;
  request.method = "POST";
  request.target = kTokenPath;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  // The token that goes with it is spent, whether or not the answer arrives.
  request.safe_to_repeat = false;
  request.rate_group = "POST oauth2";
  const std::string_view client_secret = options.FindSecret("client_secret")->Reveal();
  // Room for every byte encoded, so that no copy is left behind by growing.
  request.body.reserve(
      128 + 3 * (options.Find("client_id")->size() + client_secret.size() + refresh->Reveal().size()));
  request.body.append("grant_type=refresh_token&client_id=")
      .append(PercentEncode(*options.Find("client_id")));
  const auto append_secret = [&](std::string_view name, std::string_view value) {
    SecretText encoded(0);
    encoded.text() = PercentEncode(value);
    request.body.append(name).append(encoded.text());
  };
  append_secret("&client_secret=", client_secret);
  append_secret("&refresh_token=", refresh->Reveal());
  return request;
}

bool IsTokenRequest(const HttpRequest &request) { return request.target == kTokenPath; }

Token ParseToken(const HttpResponse &response, const Context &context) {
  Json answer = Json::parse(response.body, nullptr, false);
  if (response.status != 200) ThrowTokenRefused(response, ErrorCode(answer));
  Token token;
  if (answer.is_object()) {
    token.access_token = SecretMember(answer, "access_token");
    token.refresh_token = SecretMember(answer, "refresh_token");
    const auto lifetime = answer.find("expires_in");
    if (lifetime != answer.end() && lifetime->is_number()) {
      const double seconds = std::clamp(lifetime->get<double>(), 0.0, kLongestLifetime);
      token.expires_at_us = context.now_us + static_cast<std::int64_t>(seconds) * kMicrosPerSecond;
    }
  }
  if (token.access_token.empty()) {
    throw Error(CrmErrorKind::kMalformedAnswer, "could not read the access token that Close sent");
  }
  return token;
}

SecretHeader TokenCredential(const Token &token) {
  SecretText header(token.access_token.Reveal().size() + 8);
  header.text().append("Bearer ").append(token.access_token.Reveal());
  return {"Authorization", Secret(header.text())};
}

}  // namespace crm::close_crm
