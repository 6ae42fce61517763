#include "providers/close/auth.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/civil_time.h"
#include "core/crypto.h"
#include "core/json.h"
#include "providers/oauth.h"

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

void RequireOAuth(const Options &options) {
  constexpr std::string_view kNeeds = "OAuth with Close needs client_id, client_secret and refresh_token.";
  RequireMappingOption(options.Find("client_id").has_value(), "client_id", kNeeds);
  RequireMappingOption(options.FindSecret("client_secret") != nullptr, "client_secret", kNeeds);
  RequireMappingOption(options.FindSecret("refresh_token") != nullptr, "refresh_token", kNeeds);
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
  // Not safe to repeat: the token that goes with it is spent, whether or not the answer arrives.
  HttpRequest request =
      FormRequest(std::string(kTokenPath), {{"grant_type", "refresh_token"},
                                            {"client_id", *options.Find("client_id")},
                                            {"client_secret", options.FindSecret("client_secret")->Reveal()},
                                            {"refresh_token", refresh->Reveal()}});
  request.rate_group = "POST oauth2";
  return request;
}

bool IsTokenRequest(const HttpRequest &request) { return request.target == kTokenPath; }

Token ParseToken(const HttpResponse &response, const Context &context) {
  Json answer = Json::parse(response.body, nullptr, false);
  if (response.status != 200) ThrowTokenRefused(response, OAuthErrorCode(answer));
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

}  // namespace crm::close_crm
