// Credentials, rate limits and refusals.
#include "close_support.h"

namespace crm {
namespace {

using namespace close_test;  // NOLINT: the helpers of these tests

const Context kNow{1'000'000, 7};

Options OAuth() {
  Options options;
  options.Add("client_id", "app one", false);
  options.Add("client_secret", "s+cret", true);
  options.Add("refresh_token", "rt1", true);
  return options;
}

TEST(CloseAuth, ApiKeyIsBasic) {
  Options options;
  options.Add("api_key", "api_x", true);
  const auto header = Close().ReadyCredential(options);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->name, "Authorization");
  EXPECT_EQ(header->value.Reveal(), "Basic YXBpX3g6");
}

TEST(CloseAuth, MissingAndContradictingOptions) {
  const Error none = Thrown([] { Close().ReadyCredential({}); });
  EXPECT_EQ(none.kind, CrmErrorKind::kMissingOption);
  EXPECT_EQ(none.hint, "ALTER USER MAPPING … OPTIONS (ADD api_key '…')");
  Options both = OAuth();
  both.Add("api_key", "k", true);
  EXPECT_EQ(Thrown([&] { Close().ReadyCredential(both); }).kind, CrmErrorKind::kInvalidOptionValue);
  Options half;
  half.Add("client_id", "a", false);
  const Error missing = Thrown([&] { Close().ReadyCredential(half); });
  EXPECT_EQ(missing.kind, CrmErrorKind::kMissingOption);
  EXPECT_NE(missing.message.find("client_secret"), std::string::npos);
  EXPECT_FALSE(Close().ReadyCredential(OAuth()).has_value());
}

TEST(CloseAuth, RefreshRotates) {
  const Options options = OAuth();
  const HttpRequest first = Close().TokenRequest(options, nullptr, kNow);
  EXPECT_EQ(first.method, "POST");
  EXPECT_EQ(first.target, "/oauth2/token/");
  EXPECT_EQ(first.body,
            "grant_type=refresh_token&client_id=app%20one&client_secret=s%2Bcret&refresh_token=rt1");
  EXPECT_FALSE(first.safe_to_repeat);
  const Secret newest("rt2");
  EXPECT_TRUE(Close().TokenRequest(options, &newest, kNow).body.ends_with("refresh_token=rt2"));
  const Token token = Close().ParseToken(
      Answer(200, R"({"access_token":"at1","refresh_token":"rt3","expires_in":3600,"token_type":"Bearer"})"),
      kNow);
  EXPECT_EQ(token.refresh_token.Reveal(), "rt3");
  EXPECT_EQ(token.expires_at_us, 1'000'000 + 3'600'000'000);
  EXPECT_EQ(Close().TokenCredential(token).value.Reveal(), "Bearer at1");
  EXPECT_EQ(Close().ParseToken(Answer(200, R"({"access_token":"at1"})"), kNow).expires_at_us, 0);
}

TEST(CloseAuth, RefusedRefresh) {
  const Error error = Thrown([] {
    Close().ParseToken(Answer(400, R"({"error":"invalid_grant","error_description":"rt1"})"), kNow);
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kBadCredentials);
  EXPECT_EQ(error.remote_code, "invalid_grant");
  EXPECT_NE(error.hint.find("Authorize the app again"), std::string::npos);
  EXPECT_EQ(error.detail.find("rt1"), std::string::npos);
  const Error server = Thrown([] { Close().ParseToken(Answer(503, "<html>"), kNow); });
  EXPECT_EQ(server.kind, CrmErrorKind::kServerError);
  EXPECT_EQ(Thrown([] { Close().ParseToken(Answer(200, "x"), kNow); }).kind, CrmErrorKind::kMalformedAnswer);
}

// ---- Judge and Pace ------------------------------------------------------------------------------------

Judgement Judged(const HttpResponse &response, const char *target = "/api/v1/lead/") {
  HttpRequest request;
  request.target = target;
  return Close().Judge(request, response);
}

std::int64_t Wait(std::vector<Header> headers, std::string body = "") {
  const Judgement judgement = Judged(Answer(429, std::move(body), std::move(headers)));
  EXPECT_EQ(judgement.kind, Judgement::kTryLater);
  return judgement.wait_ms;
}

TEST(CloseJudge, WaitsForTheLongestReset) {
  EXPECT_EQ(Wait({{"ratelimit", "limit=100, remaining=50, reset=5"}}), 5000);
  EXPECT_EQ(Wait({{"ratelimit", "limit=240; remaining=0; reset=0.59"}, {"retry-after", "1"}}), 1000);
  EXPECT_EQ(Wait({{"ratelimit", "Limit = 240 ; Remaining = 0 ; Reset = 1.25"}}), 1250);
  EXPECT_EQ(Wait({{"ratelimit-reset", "3"}, {"x-ratelimit-reset", "4"}}), 4000);
  EXPECT_EQ(Wait({{"x-rate-limit-reset", "0.595956"}}), 596);
  EXPECT_EQ(Wait({}, R"({"message":"x","rate_limit":320,"rate_reset":"0.59","rate_window":8})"), 590);
  EXPECT_EQ(Wait({}, R"({"error":{"rate_reset":2.5,"message":"x"}})"), 2500);
  EXPECT_EQ(Wait({{"retry-after", "7"}}, R"({"error":{"rate_reset":2.5}})"), 7000);
  EXPECT_EQ(Wait({}, "<html>"), 2000);
  EXPECT_EQ(Wait({{"retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"}}), 2000);
  EXPECT_EQ(Wait({{"x-ratelimit-reset", "1790000000"}}), 2000);
}

TEST(CloseJudge, EveryOutcome) {
  EXPECT_EQ(Judged(Answer(200, "{}")).kind, Judgement::kDeliver);
  EXPECT_EQ(Judged(Answer(400, "{}")).kind, Judgement::kDeliver);
  EXPECT_EQ(Judged(Answer(404, "{}")).kind, Judgement::kDeliver);
  EXPECT_EQ(Judged(Answer(401, "{}")).kind, Judgement::kRenew);
  EXPECT_EQ(Judged(Answer(401, "{}"), "/oauth2/token/").kind, Judgement::kDeliver);
  EXPECT_EQ(Judged(Answer(402, "{}")).kind, Judgement::kFail);
  EXPECT_EQ(Judged(Answer(403, "{}")).kind, Judgement::kFail);
  for (int status : {500, 502, 503, 504}) {
    EXPECT_EQ(Judged(Answer(status, "")).kind, Judgement::kTryLater);
    EXPECT_EQ(Judged(Answer(status, "")).wait_ms, -1);
  }
  const auto transfer = [](TransferError error) {
    HttpResponse response;
    response.error = error;
    return Judged(response).kind;
  };
  EXPECT_EQ(transfer(TransferError::kTimeout), Judgement::kTryLater);
  EXPECT_EQ(transfer(TransferError::kTruncated), Judgement::kTryLater);
  EXPECT_EQ(transfer(TransferError::kDns), Judgement::kTryLater);
  EXPECT_EQ(transfer(TransferError::kTls), Judgement::kFail);
  EXPECT_EQ(transfer(TransferError::kTooLarge), Judgement::kFail);
}

TEST(ClosePace, HeadersOfTheGroupOnly) {
  const auto pace = [](std::vector<Header> headers) {
    return Close().Pace(Answer(200, "", std::move(headers)));
  };
  const RateReport current = pace({{"ratelimit", "limit=240; remaining=239; reset=8"},
                                   {"ratelimit-limit", "60"},
                                   {"x-ratelimit-limit", "60, 60;w=1, 100;w=1"}});
  EXPECT_EQ(current.limit, 240);
  EXPECT_EQ(current.remaining, 239);
  EXPECT_EQ(current.reset_ms, 8000);
  EXPECT_EQ(pace({{"ratelimit", "limit=100, remaining=50, reset=0.5"}}).reset_ms, 500);
  EXPECT_EQ(
      pace({{"x-rate-limit-limit", "600"}, {"x-rate-limit-remaining", "599"}, {"x-rate-limit-reset", "14.5"}})
          .limit,
      600);
  EXPECT_EQ(pace({{"ratelimit-limit", "60"}, {"ratelimit-remaining", "59"}, {"ratelimit-reset", "1"}}).limit,
            0);
  EXPECT_EQ(pace({{"ratelimit", "nonsense"}}).limit, 0);
  EXPECT_EQ(pace({}).limit, 0);
}

// ---- Explain -------------------------------------------------------------------------------------------

Error Explained(int status, std::string body) {
  HttpRequest request;
  request.target = "/api/v1/lead/?query=private";
  return Close().Explain(request, Answer(status, std::move(body)));
}

TEST(CloseExplain, ShapesOfBodies) {
  const std::string prefix = "GET /api/v1/lead/ was answered with status 400: ";
  const auto detail = [](const char *body) { return Explained(400, body).detail; };
  EXPECT_EQ(detail(R"({"errors":[],"field-errors":{"status":"Not a valid choice."}})"),
            prefix + "status: Not a valid choice.");
  EXPECT_EQ(detail(R"({"field-errors":{"a":["x",1],"b":"y"}})"), prefix + "a: [\"x\",1]; b: y.");
  EXPECT_EQ(detail(R"({"errors":["Source lead does not exist."]})"), prefix + "Source lead does not exist.");
  EXPECT_EQ(detail(R"({"error":"No"})"), prefix + "No.");
  EXPECT_EQ(detail(R"({"error":{"message":"No","x":1}})"), prefix + "No.");
  EXPECT_EQ(detail(R"({"message":"No"})"), prefix + "No.");
  EXPECT_EQ(detail("<html>\n  <b>No</b>\r\n</html>"), prefix + "<html> <b>No</b> </html>.");
  EXPECT_EQ(detail(""), "GET /api/v1/lead/ was answered with status 400.");
  EXPECT_EQ(detail("\xff\xfe ok"), prefix + "?? ok.");
  EXPECT_LT(Explained(400, std::string(100'000, 'x')).detail.size(), 700u);
  EXPECT_EQ(Explained(400, R"({"field-errors":{"status":"No"}})").remote_code, "status");
}

TEST(CloseExplain, KindsByStatus) {
  const auto kind = [](int status) { return Explained(status, "{}").kind; };
  EXPECT_EQ(kind(400), CrmErrorKind::kBadRequest);
  EXPECT_EQ(kind(401), CrmErrorKind::kBadCredentials);
  EXPECT_EQ(kind(402), CrmErrorKind::kPlanLacksFeature);
  EXPECT_EQ(kind(403), CrmErrorKind::kForbidden);
  EXPECT_EQ(kind(404), CrmErrorKind::kUnknownObject);
  EXPECT_EQ(kind(405), CrmErrorKind::kBadRequest);
  EXPECT_EQ(kind(429), CrmErrorKind::kRateLimited);
  EXPECT_EQ(kind(503), CrmErrorKind::kServerError);
  EXPECT_EQ(kind(200), CrmErrorKind::kMalformedAnswer);
  EXPECT_EQ(Explained(403, "{}").http_status, 403);
}

TEST(CloseExplain, FailedTransfers) {
  const auto explained = [](TransferError error) {
    HttpResponse response;
    response.error = error;
    response.error_text = "Could not resolve host: api.close.com";
    HttpRequest request;
    request.target = "/api/v1/me/?a=b";
    return Close().Explain(request, response);
  };
  EXPECT_EQ(explained(TransferError::kDns).kind, CrmErrorKind::kDns);
  EXPECT_EQ(explained(TransferError::kDns).message, "could not resolve the host name of Close");
  EXPECT_EQ(explained(TransferError::kDns).detail,
            "GET /api/v1/me/ failed: Could not resolve host: api.close.com.");
  EXPECT_EQ(explained(TransferError::kRefused).kind, CrmErrorKind::kConnectionRefused);
  EXPECT_EQ(explained(TransferError::kTls).kind, CrmErrorKind::kTls);
  EXPECT_EQ(explained(TransferError::kTimeout).kind, CrmErrorKind::kTimeout);
  EXPECT_EQ(explained(TransferError::kReset).kind, CrmErrorKind::kConnectionLost);
  EXPECT_EQ(explained(TransferError::kTruncated).kind, CrmErrorKind::kTruncatedAnswer);
  EXPECT_EQ(explained(TransferError::kTooLarge).kind, CrmErrorKind::kAnswerTooLarge);
  EXPECT_EQ(explained(TransferError::kOther).kind, CrmErrorKind::kConnectionLost);
}

}  // namespace
}  // namespace crm
