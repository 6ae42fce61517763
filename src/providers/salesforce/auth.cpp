#include "providers/salesforce/auth.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "core/civil_time.h"
#include "core/crypto.h"
#include "core/json.h"
#include "providers/oauth.h"
#include "providers/salesforce/wire.h"

namespace crm::salesforce {

namespace {

constexpr std::string_view kTokenPath = "/services/oauth2/token";
constexpr std::string_view kLogin = "https://login.salesforce.com";
constexpr std::string_view kSharedLogins[] = {kLogin, "https://test.salesforce.com"};
constexpr std::string_view kJwtGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::int64_t kUnixEpochLead = 946'684'800;  // seconds from 1970 to 2000
// Salesforce takes three minutes at most; clocks differ.
constexpr std::int64_t kAssertionSeconds = 150;
constexpr int kOldestVersion = 31;  // older ones are retired

std::string_view ObjectToVersion(std::string_view value) {
  int number = 0;
  const char *end = value.data() + value.size();
  if (value.starts_with('v')) {
    const auto [rest, error] = std::from_chars(value.data() + 1, end, number);
    if (error == std::errc() && std::string_view(rest, end) == ".0" && number >= kOldestVersion &&
        number <= 999 && value[1] != '0') {
      return {};
    }
  }
  return "Write a version of the API from v31.0 on, such as v62.0.";
}

std::string_view ObjectToKey(std::string_view value) {
  if (IsRsaPrivateKey(value)) return {};
  return "Give an RSA key in PEM form, from BEGIN to END with its line breaks and without a passphrase.";
}

constexpr OptionRow kOptions[] = {
    {"login_url", OptionLevel::kServer, OptionType::kUrl, "", "", Privilege::kNone, false,
     "Where access tokens are asked for: https://login.salesforce.com, https://test.salesforce.com for "
     "sandboxes, or the org's My Domain. Default: the endpoint, else https://login.salesforce.com."},
    {"api_version", OptionLevel::kServer, OptionType::kText, kDefaultVersion, "", Privilege::kNone, false,
     "Version of the API that every request names.", ObjectToVersion},
    {"max_api_usage_pct", OptionLevel::kServer, OptionType::kInt, "", "1..100", Privilege::kNone, false,
     "Share of the org's daily requests beyond which reads stop with an error, whoever used them."},
    {"remote_joins", OptionLevel::kServer, OptionType::kBool, "false", "", Privilege::kNone, false,
     "Whether a join with the record that a reference leads to is one query. Set it where the user sees all "
     "records: Salesforce does not say whether a query shows fields of records that the user does not see."},
    {"private_key", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, true,
     "RSA key in PEM form that signs the assertions of the JWT flow.", ObjectToKey},
    {"client_id", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, false,
     "Consumer key of the connected app or external client app."},
    {"username", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, false,
     "User whom the JWT flow logs in."},
    {"client_secret", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, true,
     "Consumer secret: for the client credentials flow, or with a refresh token."},
    {"refresh_token", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, true,
     "First refresh token of the authorization; later ones are kept by the server."},
    {"access_token", OptionLevel::kMapping, OptionType::kText, "", "", Privilege::kNone, true,
     "Access token or session id that somebody else has asked for; it cannot be renewed."},
    {"instance_url", OptionLevel::kMapping, OptionType::kUrl, "", "", Privilege::kNone, false,
     "Instance that access_token belongs to, such as https://acme.my.salesforce.com."},
    {"include_deleted", OptionLevel::kTable, OptionType::kBool, "false", "", Privilege::kNone, false,
     "Whether rows in the recycle bin, and archived ones, are read as well; is_deleted tells them."},
    {"include_deleted", OptionLevel::kImport, OptionType::kBool, "false", "", Privilege::kNone, false,
     "Gives every table the option include_deleted."},
    {"include_parents", OptionLevel::kImport, OptionType::kBool, "false", "", Privilege::kNone, false,
     "Whether each reference gets a column with the name of the record it leads to, such as account_name."},
};

// ---- which flow --------------------------------------------------------------------------------------

enum class Flow : std::uint8_t { kReady, kJwt, kClientCredentials, kRefresh };

bool IsSharedLogin(std::string_view url) {
  std::string lower(url);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  for (const std::string_view tail : {"/", ":443"}) {
    if (lower.ends_with(tail)) lower.resize(lower.size() - tail.size());
  }
  return std::ranges::find(kSharedLogins, lower) != std::end(kSharedLogins);
}

std::string_view LoginUrl(const Options &options) {
  if (const auto login = options.Find("login_url")) return *login;
  return options.Find("endpoint").value_or(kLogin);
}

[[noreturn]] void ThrowTwoFlows(std::string_view one, std::string_view other) {
  throw Error(CrmErrorKind::kInvalidOptionValue,
              "user mapping has both " + std::string(one) + " and " + std::string(other),
              "Each of them is a way of its own to log in.",
              "Keep one of them: ALTER USER MAPPING … OPTIONS (DROP " + std::string(other) + ")");
}

void CheckClientCredentials(const Options &options) {
  if (!IsSharedLogin(LoginUrl(options))) return;
  throw Error(CrmErrorKind::kInvalidOptionValue, "client credentials do not work with a shared login host",
              "Salesforce takes them at the org's My Domain only.",
              "ALTER SERVER … OPTIONS (" + std::string(options.Find("login_url") ? "SET" : "ADD") +
                  " login_url 'https://MyDomain.my.salesforce.com')");
}

// Throws where the options make no whole set.
Flow FlowOf(const Options &options) {
  const auto has = [&](std::string_view name) { return options.FindSecret(name) != nullptr; };
  const auto given = [&](std::string_view name) { return options.Find(name).has_value(); };
  constexpr std::string_view kFlows[] = {"access_token", "private_key", "refresh_token"};
  for (const std::string_view one : kFlows) {
    for (const std::string_view other : kFlows) {
      if (one < other && has(one) && has(other)) ThrowTwoFlows(one, other);
    }
  }
  if (has("access_token")) {
    RequireMappingOption(given("instance_url") || given("endpoint"), "instance_url",
                         "An access token is good for one instance, which instance_url names.");
    return Flow::kReady;
  }
  if (has("private_key")) {
    if (has("client_secret")) ThrowTwoFlows("private_key", "client_secret");
    constexpr std::string_view kNeeds = "The JWT flow needs client_id, username and private_key.";
    RequireMappingOption(given("client_id"), "client_id", kNeeds);
    RequireMappingOption(given("username"), "username", kNeeds);
    return Flow::kJwt;
  }
  if (has("refresh_token")) {
    RequireMappingOption(given("client_id"), "client_id", "A refresh token needs the client_id of its app.");
    return Flow::kRefresh;
  }
  if (has("client_secret")) {
    RequireMappingOption(given("client_id"), "client_id",
                         "The client credentials flow needs client_id and client_secret.");
    CheckClientCredentials(options);
    return Flow::kClientCredentials;
  }
  throw Error(
      CrmErrorKind::kMissingOption, "user mapping has no credentials for Salesforce",
      "It needs client_id, username and private_key; or client_id and client_secret; or client_id and "
      "refresh_token; or access_token and instance_url.",
      "ALTER USER MAPPING … OPTIONS (ADD client_id '…', username '…', private_key '…')");
}

// ---- the assertion -----------------------------------------------------------------------------------

std::string Assertion(const Options &options, const Context &context) {
  std::string_view audience = LoginUrl(options);
  if (audience.ends_with('/')) audience.remove_suffix(1);
  const Json claims = {{"iss", *options.Find("client_id")},
                       {"sub", *options.Find("username")},
                       {"aud", audience},
                       {"exp", context.now_us / kMicrosPerSecond + kUnixEpochLead + kAssertionSeconds}};
  const std::string text = Base64Url(R"({"alg":"RS256"})") + "." +
                           Base64Url(claims.dump(-1, ' ', false, Json::error_handler_t::replace));
  return text + "." + Base64Url(SignRs256(text, options.FindSecret("private_key")->Reveal()));
}

// ---- refusals ----------------------------------------------------------------------------------------

struct Refusal {
  std::string_view words;  // in the description, lower case; empty: any
  std::string_view code;   // empty: any
  CrmErrorKind kind;
  const char *detail, *hint;
};

constexpr auto kBad = CrmErrorKind::kBadCredentials;
constexpr const char *kUnlock = "An administrator of the org can see why in the user's login history.";
constexpr const char *kCheckClient = "Check client_id and client_secret in the user mapping.";

// The first that fits. The descriptions are those that were seen; they are not documented.
constexpr Refusal kRefusals[] = {
    {"hasn't approved this consumer", "", kBad, "The app is not approved for this user.",
     "In Setup, let the app's policy be \"admin approved users are pre-authorized\", and give the app to the "
     "user's profile or a permission set."},
    {"audience is invalid", "", kBad, "The assertion was made for another login host.",
     "ALTER SERVER … OPTIONS (SET login_url 'https://test.salesforce.com') for a sandbox, "
     "'https://login.salesforce.com' for any other org."},
    {"expired authorization code", "", kBad, "The assertion had expired when it came in.",
     "Check the clock of the database host: its time in UTC must be right to the minute."},
    {"invalid assertion", "", kBad, "The signature does not fit the app's certificate.",
     "Upload the certificate of this key to the app, or: ALTER USER MAPPING … OPTIONS (SET private_key '…')"},
    {"expired access/refresh token", "", kBad, "The refresh token is no longer valid.",
     "Authorize the app again, then: ALTER USER MAPPING … OPTIONS (SET refresh_token '…')"},
    {"user is locked", "", kBad, "The user is locked.", kUnlock},
    {"inactive user", "", kBad, "The user is not active.", kUnlock},
    {"", "inactive_user", kBad, "The user is not active.", kUnlock},
    {"", "inactive_org", kBad, "The org is not active.", "Log in with a browser to see why."},
    {"authentication failure", "", kBad,
     "The user is not active or locked, or may not log in from this address.", kUnlock},
    {"not supported on this domain", "", kBad, "This login host does not take this flow.",
     "ALTER SERVER … OPTIONS (SET login_url 'https://MyDomain.my.salesforce.com')"},
    {"no client credentials user", "", kBad, "The app has no user to run as.",
     "In Setup, enable the client credentials flow of the app and choose its execution user."},
    {"", "invalid_client_id", kBad, "The app is not known at this login host.",
     "Check client_id in the user mapping and login_url of the server; a new app takes some minutes."},
    {"client identifier invalid", "", kBad, "The app is not known at this login host.",
     "Check client_id in the user mapping and login_url of the server; a new app takes some minutes."},
    {"", "invalid_client", kBad, "The app's id and secret do not fit.", kCheckClient},
    {"", "invalid_client_credentials", kBad, "The app's id and secret do not fit.", kCheckClient},
    {"", "invalid_app_access", kBad, "The user may not use the app.",
     "In Setup, give the app to the user's profile or a permission set."},
    {"", "unsupported_grant_type", kBad, "This login host does not take this flow.",
     "Check login_url of the server, and that the app enables the flow."},
    {"", "rate_limit_exceeded", CrmErrorKind::kRateLimited, "The user has logged in too often.",
     "Wait some minutes. Sessions of the database share no access token: fewer of them log in less often."},
};

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return text;
}

std::string Description(const Json &answer) {
  if (!answer.is_object()) return "";
  const auto found = answer.find("error_description");
  return found != answer.end() && found->is_string() ? Lower(found->get<std::string>()) : "";
}

const Refusal *FindRefusal(const Json &answer) {
  const std::string code = OAuthErrorCode(answer), description = Description(answer);
  const auto *found = std::ranges::find_if(kRefusals, [&](const Refusal &refusal) {
    return (refusal.words.empty() || description.find(refusal.words) != std::string::npos) &&
           (refusal.code.empty() || code == refusal.code);
  });
  return found == std::end(kRefusals) ? nullptr : found;
}

}  // namespace

std::span<const OptionRow> OptionRows() { return kOptions; }

std::string_view EndpointOf(const Options &options) {
  if (options.FindSecret("access_token") == nullptr) return LoginUrl(options);
  if (const auto instance = options.Find("instance_url")) return *instance;
  return options.Find("endpoint").value_or(kLogin);
}

std::optional<SecretHeader> ReadyCredential(const Options &options) {
  if (FlowOf(options) != Flow::kReady) return std::nullopt;
  return BearerCredential(*options.FindSecret("access_token"));
}

HttpRequest TokenRequest(const Options &options, const Secret *refresh, const Context &context) {
  std::vector<FormField> fields;
  const Flow flow = FlowOf(options);
  SecretText assertion(0);
  if (flow == Flow::kJwt) {
    assertion.text() = Assertion(options, context);
    fields = {{"grant_type", kJwtGrant}, {"assertion", assertion.text()}};
  } else {
    fields = {{"grant_type", flow == Flow::kRefresh ? "refresh_token" : "client_credentials"},
              {"client_id", *options.Find("client_id")}};
    if (const Secret *secret = options.FindSecret("client_secret")) {
      fields.push_back({"client_secret", secret->Reveal()});
    }
    if (refresh == nullptr) refresh = options.FindSecret("refresh_token");
    if (flow == Flow::kRefresh) fields.push_back({"refresh_token", refresh->Reveal()});
  }
  HttpRequest request = FormRequest(std::string(kTokenPath), fields);
  // A refresh token may be good for one use.
  request.safe_to_repeat = flow != Flow::kRefresh;
  request.rate_group = "token";
  return request;
}

bool IsTokenRequest(const HttpRequest &request) { return request.target == kTokenPath; }

Token ParseToken(const HttpResponse &response, const Context &) {
  if (response.status != 200) throw ExplainTokenRefusal(response);
  const Json answer = Json::parse(response.body, nullptr, false);
  Token token;
  if (answer.is_object()) {
    token.access_token = SecretMember(answer, "access_token");
    token.refresh_token = SecretMember(answer, "refresh_token");
    token.instance_url = std::string(SecretMember(answer, "instance_url").Reveal());
  }
  if (token.access_token.empty() || token.instance_url.empty()) {
    throw Error(CrmErrorKind::kMalformedAnswer, "could not read the access token that Salesforce sent",
                token.access_token.empty() ? "The answer holds no access_token."
                                           : "The answer holds no instance_url.",
                "Check that login_url of the server leads to Salesforce.");
  }
  return token;
}

Error ExplainTokenRefusal(const HttpResponse &response) {
  const Json answer = Json::parse(response.body, nullptr, false);
  const std::string code = OAuthErrorCode(answer);
  const Refusal *known = FindRefusal(answer);
  const bool is_refusal = response.status >= 400 && response.status < 500;
  Error error(
      is_refusal ? kBad : CrmErrorKind::kServerError,
      is_refusal ? "could not authenticate with Salesforce" : "could not get an access token from Salesforce",
      "The request for an access token was answered with status " + std::to_string(response.status) +
          (code.empty() ? "." : ": " + code + "."));
  if (known != nullptr) {
    error.kind = known->kind;
    error.detail.append(" ").append(known->detail);
    error.hint = known->hint;
  } else if (is_refusal) {
    error.hint = "Check the credentials in the user mapping and the server option \"login_url\".";
  }
  error.http_status = response.status;
  error.remote_code = code;
  return error;
}

bool IsLoginLimit(const HttpResponse &response) {
  return OAuthErrorCode(Json::parse(response.body, nullptr, false)) == "rate_limit_exceeded";
}

}  // namespace crm::salesforce
