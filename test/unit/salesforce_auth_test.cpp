// Logging in: the flows, the assertion, and what each refusal tells the user.
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

#include "core/crypto.h"
#include "salesforce_support.h"

namespace crm {
namespace {

using namespace salesforce_test;  // NOLINT: the helpers of these tests

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

const Key &TestKey() {
  static const Key key(EVP_RSA_gen(2048), EVP_PKEY_free);
  return key;
}

std::string Pem(EVP_PKEY *key, const char *passphrase = nullptr) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
  EXPECT_EQ(PEM_write_bio_PrivateKey(bio.get(), key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(),
                                     reinterpret_cast<const unsigned char *>(passphrase),
                                     passphrase == nullptr ? 0 : 4, nullptr, nullptr),
            1);
  char *data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string FromBase64Url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  std::size_t padding = 0;
  for (; text.size() % 4 != 0; ++padding) text += '=';
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char *>(bytes.data()),
                      reinterpret_cast<const unsigned char *>(text.data()), static_cast<int>(text.size()));
  EXPECT_GE(size, 0);
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

bool Verifies(const std::string &text, const std::string &signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, TestKey().get());
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char *>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char *>(text.data()),
                          text.size()) == 1;
}

// Names of secrets are known from the table.
Options Mapping(const std::vector<std::pair<std::string, std::string>> &given) {
  Options options;
  for (const auto &[name, value] : given) {
    const auto rows = Salesforce().info().options;
    const auto row = std::ranges::find(rows, name, &OptionRow::name);
    options.Add(name, value, row != rows.end() && row->secret);
  }
  return options;
}

Options JwtMapping(const std::string &login = "") {
  Options options = Mapping(
      {{"client_id", "3MVG9.app"}, {"username", "me@acme.test"}, {"private_key", Pem(TestKey().get())}});
  if (!login.empty()) options.Add("login_url", login, false);
  return options;
}

std::map<std::string, std::string> FormOf(const HttpRequest &request) {
  std::map<std::string, std::string> fields;
  HttpRequest as_query;
  as_query.target = "/?" + request.body;
  for (const auto &[name, value] : Asked(as_query).params) fields[name] = value;
  return fields;
}

// 2024-01-01 00:00:00 UTC.
constexpr std::int64_t kNewYear = 757'382'400LL * 1'000'000;
constexpr std::int64_t kNewYearUnix = 1'704'067'200;

TEST(SalesforceAuth, JwtIsSignedAndShortLived) {
  const Options options = JwtMapping();
  EXPECT_FALSE(Salesforce().ReadyCredential(options).has_value());
  const HttpRequest request = Salesforce().TokenRequest(options, nullptr, Context{kNewYear, 1});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/services/oauth2/token");
  EXPECT_TRUE(request.safe_to_repeat);
  auto form = FormOf(request);
  EXPECT_EQ(form.size(), 2u);
  EXPECT_EQ(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const std::string &jwt = form["assertion"];
  const std::size_t first = jwt.find('.'), last = jwt.rfind('.');
  EXPECT_EQ(Json::parse(FromBase64Url(jwt.substr(0, first))), Json::parse(R"({"alg":"RS256"})"));
  const Json claims = Json::parse(FromBase64Url(jwt.substr(first + 1, last - first - 1)));
  EXPECT_EQ(claims.size(), 4u);
  EXPECT_EQ(claims["iss"], "3MVG9.app");
  EXPECT_EQ(claims["sub"], "me@acme.test");
  EXPECT_EQ(claims["aud"], "https://login.salesforce.com");
  EXPECT_EQ(claims["exp"], kNewYearUnix + 150);
  const std::string signature = FromBase64Url(jwt.substr(last + 1));
  EXPECT_TRUE(Verifies(jwt.substr(0, last), signature));
  EXPECT_FALSE(Verifies(jwt.substr(0, last) + "x", signature));
}

TEST(SalesforceAuth, EachAttemptSignsAnew) {
  const Options options = JwtMapping();
  const auto once = Salesforce().TokenRequest(options, nullptr, Context{kNewYear, 1});
  const auto later = Salesforce().TokenRequest(options, nullptr, Context{kNewYear + 2'000'000, 1});
  EXPECT_NE(FormOf(once)["assertion"], FormOf(later)["assertion"]);
}

TEST(SalesforceAuth, AudienceIsTheLoginHost) {
  const auto audience = [](const std::string &login) {
    const std::string jwt =
        FormOf(Salesforce().TokenRequest(JwtMapping(login), nullptr, Context{0, 0}))["assertion"];
    const std::size_t dot = jwt.find('.');
    return Json::parse(FromBase64Url(jwt.substr(dot + 1, jwt.rfind('.') - dot - 1)))["aud"]
        .get<std::string>();
  };
  EXPECT_EQ(audience("https://test.salesforce.com/"), "https://test.salesforce.com");
  EXPECT_EQ(audience("http://127.0.0.1:8080"), "http://127.0.0.1:8080");
}

TEST(SalesforceAuth, TokensAreAskedOfTheLoginHost) {
  EXPECT_EQ(Salesforce().Endpoint(JwtMapping()), "https://login.salesforce.com");
  EXPECT_EQ(Salesforce().Endpoint(JwtMapping("https://test.salesforce.com")), "https://test.salesforce.com");
  EXPECT_EQ(Salesforce().Endpoint(Mapping({{"endpoint", "http://127.0.0.1:1"}})), "http://127.0.0.1:1");
  EXPECT_EQ(Salesforce().Endpoint(
                Mapping({{"endpoint", "http://127.0.0.1:1"}, {"login_url", "http://127.0.0.1:2"}})),
            "http://127.0.0.1:2");
  EXPECT_EQ(Salesforce().Endpoint(Mapping({{"access_token", "t"},
                                           {"instance_url", "https://acme.my.salesforce.com"},
                                           {"login_url", "https://test.salesforce.com"}})),
            "https://acme.my.salesforce.com");
}

TEST(SalesforceAuth, KeysThatAreNone) {
  const auto rows = Salesforce().info().options;
  const auto row = std::ranges::find(rows, "private_key", &OptionRow::name);
  ASSERT_NE(row, rows.end());
  const Key curve(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::string good = Pem(TestKey().get());
  EXPECT_TRUE(row->objection(good).empty());
  for (const std::string &bad : {std::string("sEcReT-key"), good.substr(0, good.size() / 2), Pem(curve.get()),
                                 Pem(TestKey().get(), "pass"), std::string()}) {
    EXPECT_FALSE(row->objection(bad).empty());
    if (bad.empty()) continue;
    const Options options = Mapping({{"client_id", "c"}, {"username", "u"}, {"private_key", bad}});
    const Error error = Thrown([&] { Salesforce().TokenRequest(options, nullptr, Context{0, 0}); });
    EXPECT_EQ(error.kind, CrmErrorKind::kInvalidOptionValue);
    EXPECT_EQ((error.message + error.detail + error.hint).find(bad), std::string::npos);
  }
}

TEST(SalesforceAuth, ApiVersions) {
  const auto rows = Salesforce().info().options;
  const auto row = std::ranges::find(rows, "api_version", &OptionRow::name);
  for (const char *good : {"v31.0", "v62.0", "v100.0"}) EXPECT_TRUE(row->objection(good).empty()) << good;
  for (const char *bad :
       {"62.0", "v62", "v62.5", "v30.0", "v062.0", "v62.0/", "v", "v.0", "v-62.0", "V62.0"}) {
    EXPECT_FALSE(row->objection(bad).empty()) << bad;
  }
}

TEST(SalesforceAuth, ClientCredentialsNeedMyDomain) {
  Options options = Mapping({{"client_id", "c"}, {"client_secret", "s+1"}});
  EXPECT_EQ(Thrown([&] { Salesforce().ReadyCredential(options); }).kind, CrmErrorKind::kInvalidOptionValue);
  options.Add("login_url", "https://TEST.salesforce.com:443/", false);
  const Error error = Thrown([&] { Salesforce().TokenRequest(options, nullptr, Context{0, 0}); });
  EXPECT_NE(error.hint.find("SET login_url"), std::string::npos);
  options.Add("login_url", "https://acme.my.salesforce.com", false);
  EXPECT_FALSE(Salesforce().ReadyCredential(options).has_value());
  const HttpRequest request = Salesforce().TokenRequest(options, nullptr, Context{0, 0});
  EXPECT_EQ(request.body, "grant_type=client_credentials&client_id=c&client_secret=s%2B1");
  EXPECT_TRUE(request.safe_to_repeat);
}

TEST(SalesforceAuth, RefreshTokensAreSentOnce) {
  const Options options = Mapping({{"client_id", "c"}, {"refresh_token", "rt1"}});
  const HttpRequest first = Salesforce().TokenRequest(options, nullptr, Context{0, 0});
  EXPECT_EQ(first.body, "grant_type=refresh_token&client_id=c&refresh_token=rt1");
  EXPECT_FALSE(first.safe_to_repeat);
  const Secret newest("rt2");
  EXPECT_TRUE(Salesforce().TokenRequest(options, &newest, Context{0, 0}).body.ends_with("refresh_token=rt2"));
  EXPECT_TRUE(Salesforce().info().rotates_refresh_tokens);
}

TEST(SalesforceAuth, ReadyToken) {
  Options options = Mapping({{"access_token", "00D!x"}});
  EXPECT_NE(Thrown([&] { Salesforce().ReadyCredential(options); }).hint.find("ADD instance_url"),
            std::string::npos);
  options.Add("instance_url", "https://acme.my.salesforce.com", false);
  const auto credential = Salesforce().ReadyCredential(options);
  ASSERT_TRUE(credential.has_value());
  EXPECT_EQ(credential->value.Reveal(), "Bearer 00D!x");
}

TEST(SalesforceAuth, HalfAndDoubleSets) {
  const std::string key = Pem(TestKey().get());
  using Set = std::vector<std::pair<std::string, std::string>>;
  const auto missing = [](const Set &set) {
    const Error error = Thrown([&] { Salesforce().ReadyCredential(Mapping(set)); });
    EXPECT_EQ(error.kind, CrmErrorKind::kMissingOption);
    return error.message;
  };
  EXPECT_EQ(missing({{"private_key", key}, {"username", "u"}}),
            "option \"client_id\" is missing in the user mapping");
  EXPECT_EQ(missing({{"private_key", key}, {"client_id", "c"}}),
            "option \"username\" is missing in the user mapping");
  EXPECT_EQ(missing({{"refresh_token", "r"}}), "option \"client_id\" is missing in the user mapping");
  EXPECT_EQ(missing({{"client_id", "c"}}), "user mapping has no credentials for Salesforce");
  for (const Set &set :
       {Set{{"private_key", key}, {"access_token", "t"}}, Set{{"private_key", key}, {"client_secret", "s"}},
        Set{{"private_key", key}, {"refresh_token", "r"}},
        Set{{"refresh_token", "r"}, {"access_token", "t"}}}) {
    EXPECT_EQ(Thrown([&] { Salesforce().ReadyCredential(Mapping(set)); }).kind,
              CrmErrorKind::kInvalidOptionValue);
  }
}

TEST(SalesforceAuth, TokenAnswers) {
  const auto parse = [](const char *body) {
    return Salesforce().ParseToken(Answer(200, body), Context{0, 0});
  };
  const Token token = parse(R"({"access_token":"00D!a","instance_url":"https://acme.my.salesforce.com",
    "id":"https://login.salesforce.com/id/00D/005","issued_at":"1","token_type":"Bearer"})");
  EXPECT_EQ(token.access_token.Reveal(), "00D!a");
  EXPECT_EQ(token.instance_url, "https://acme.my.salesforce.com");
  EXPECT_TRUE(token.refresh_token.empty());
  EXPECT_EQ(token.expires_at_us, 0);
  EXPECT_EQ(Salesforce().TokenCredential(token).value.Reveal(), "Bearer 00D!a");
  EXPECT_EQ(parse(R"({"access_token":"a","instance_url":"u","refresh_token":"r2"})").refresh_token.Reveal(),
            "r2");
  for (const char *body : {"", "[]", "{}", R"({"access_token":"a"})", R"({"instance_url":"u"})",
                           R"({"access_token":1,"instance_url":"u"})"}) {
    EXPECT_EQ(Thrown([&] { parse(body); }).kind, CrmErrorKind::kMalformedAnswer) << body;
  }
}

Error Refused(const char *code, const char *description, int status = 400) {
  const Json body = {{"error", code}, {"error_description", description}};
  return Thrown([&] { Salesforce().ParseToken(Answer(status, body.dump()), Context{0, 0}); });
}

TEST(SalesforceAuth, EachRefusalSaysWhatToDo) {
  struct Case {
    const char *code, *description, *word;
  };
  std::vector<std::string> hints;
  for (const Case &one :
       {Case{"invalid_grant", "user hasn't approved this consumer", "pre-authorized"},
        Case{"invalid_grant", "audience is invalid", "SET login_url"},
        Case{"invalid_grant", "expired authorization code", "clock"},
        Case{"invalid_grant", "invalid assertion", "SET private_key"},
        Case{"invalid_grant", "expired access/refresh token", "SET refresh_token"},
        Case{"invalid_grant", "authentication failure", "login history"},
        Case{"inactive_org", "organization is inactive", "browser"},
        Case{"invalid_client_id", "client identifier invalid", "client_id in the user mapping and login_url"},
        Case{"invalid_client", "invalid client credentials", "client_secret"}}) {
    const Error error = Refused(one.code, one.description);
    EXPECT_EQ(error.kind, CrmErrorKind::kBadCredentials) << one.description;
    EXPECT_NE(error.hint.find(one.word), std::string::npos) << error.hint;
    EXPECT_EQ(error.remote_code, one.code);
    EXPECT_EQ(error.http_status, 400);
    hints.push_back(error.hint);
  }
  std::ranges::sort(hints);
  EXPECT_EQ(std::ranges::unique(hints).begin(), hints.end());
  EXPECT_EQ(Refused("invalid_grant", "user is locked").detail.find("locked") == std::string::npos, false);
  EXPECT_EQ(Refused("inactive_user", "").detail.find("not active") == std::string::npos, false);
}

TEST(SalesforceAuth, UnknownRefusalsRepeatNothing) {
  const Error error = Refused("invalid_grant", "no such thing as sEcReT", 401);
  EXPECT_EQ(error.kind, CrmErrorKind::kBadCredentials);
  EXPECT_EQ((error.message + error.detail + error.hint).find("sEcReT"), std::string::npos);
  EXPECT_FALSE(error.hint.empty());
  EXPECT_EQ(Refused("x", "", 503).kind, CrmErrorKind::kServerError);
  EXPECT_EQ(Refused("rate_limit_exceeded", "").kind, CrmErrorKind::kRateLimited);
}

TEST(SalesforceAuth, RefusedLoginsAreNotTriedAgain) {
  HttpRequest request;
  request.target = "/services/oauth2/token";
  const auto judged = [&](int status, const char *body) {
    return Salesforce().Judge(request, Answer(status, body)).kind;
  };
  EXPECT_EQ(judged(400, R"({"error":"invalid_grant"})"), Judgement::kDeliver);
  EXPECT_EQ(judged(401, R"({"error":"invalid_client"})"), Judgement::kDeliver);
  EXPECT_EQ(judged(403, "{}"), Judgement::kDeliver);
  EXPECT_EQ(judged(400, R"({"error":"rate_limit_exceeded"})"), Judgement::kTryLater);
  EXPECT_EQ(judged(503, "<html>"), Judgement::kTryLater);
}

TEST(Crypto, Base64UrlHasNoPadding) {
  EXPECT_EQ(Base64Url(""), "");
  EXPECT_EQ(Base64Url("f"), "Zg");
  EXPECT_EQ(Base64Url("\xfb\xff\xfe"), "-__-");
}

}  // namespace
}  // namespace crm
