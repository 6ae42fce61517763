// Paths, error bodies, judgements and the share of the quota.
#include "providers/salesforce/rate.h"
#include "providers/salesforce/wire.h"
#include "salesforce_support.h"

namespace crm {
namespace {

using namespace salesforce_test;  // NOLINT: the helpers of these tests
using namespace salesforce;       // NOLINT: what is tested

HttpRequest Query() { return GetRequest(DataPath({}, "query?q=SELECT")); }

Judgement::Kind Judged(int status, const std::string &body, const HttpRequest &request = Query()) {
  return Salesforce().Judge(request, Answer(status, body)).kind;
}
std::string Body(const std::string &code, const std::string &message = "words") {
  return Json::array({{{"errorCode", code}, {"message", message}}}).dump();
}

TEST(SalesforceWire, PathsNameTheVersion) {
  Options options;
  EXPECT_EQ(DataPath(options, "query"), "/services/data/v62.0/query");
  options.Add("api_version", "v67.0", false);
  EXPECT_EQ(DataPath(options, "sobjects/X/describe"), "/services/data/v67.0/sobjects/X/describe");
  const HttpRequest request = GetRequest("/x");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/x");
  ASSERT_EQ(request.headers.size(), 1u);
  EXPECT_EQ(request.headers[0].value, "application/json");
  EXPECT_FALSE(request.rate_group.empty());
}

TEST(SalesforceWire, ErrorBodies) {
  const auto errors = ApiErrors(R"([{"message":"Required fields are missing: [LastName]",
    "errorCode":"REQUIRED_FIELD_MISSING","fields":["LastName",1]},{"statusCode":"X","message":"y"},7,{}])");
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].code, "REQUIRED_FIELD_MISSING");
  EXPECT_EQ(errors[0].message, "Required fields are missing: [LastName]");
  EXPECT_EQ(errors[0].fields, std::vector<std::string>{"LastName"});
  EXPECT_EQ(errors[1].code, "X");
  for (const char *body : {"", "{}", "[]", "null", "<html>busy</html>", "[{\"errorCode\":3}]", "\xff"}) {
    EXPECT_TRUE(ApiErrors(body).empty()) << body;
  }
  EXPECT_EQ(ErrorText("<html> busy\n</html>"), "<html> busy </html>");
  EXPECT_EQ(ErrorText(Body("A", "b\n  ^\nc")), "A: b ^ c");
}

TEST(SalesforceWire, RefusalsKeepTheirWords) {
  const auto explained = [](int status, const std::string &body) {
    return Salesforce().Explain(Query(), Answer(status, body));
  };
  const Error error = explained(400, Body("INVALID_FIELD", "No such column 'Foo' on entity 'Account'."));
  EXPECT_EQ(error.kind, CrmErrorKind::kUnknownField);
  EXPECT_EQ(error.remote_code, "INVALID_FIELD");
  EXPECT_EQ(
      error.detail,
      "GET /services/data/v62.0/query was answered with status 400: INVALID_FIELD: No such column 'Foo' on "
      "entity 'Account'.");
  struct Case {
    int status;
    std::string body;
    CrmErrorKind kind;
  };
  for (const Case &one : {Case{401, Body("INVALID_SESSION_ID"), CrmErrorKind::kBadCredentials},
                          Case{401, "", CrmErrorKind::kBadCredentials},
                          Case{403, Body("REQUEST_LIMIT_EXCEEDED"), CrmErrorKind::kRateLimited},
                          Case{403, Body("API_DISABLED_FOR_ORG"), CrmErrorKind::kPlanLacksFeature},
                          Case{403, Body("SOMETHING"), CrmErrorKind::kForbidden},
                          Case{400, Body("INSUFFICIENT_ACCESS_OR_READONLY"), CrmErrorKind::kForbidden},
                          Case{404, "", CrmErrorKind::kUnknownObject},
                          Case{400, Body("INVALID_TYPE"), CrmErrorKind::kUnknownObject},
                          Case{400, Body("MALFORMED_QUERY"), CrmErrorKind::kBadRequest},
                          Case{400, Body("QUERY_TIMEOUT"), CrmErrorKind::kTimeout},
                          Case{400, Body("INVALID_QUERY_LOCATOR"), CrmErrorKind::kIncompleteRead},
                          Case{410, "", CrmErrorKind::kBadRequest}, Case{414, "", CrmErrorKind::kBadRequest},
                          Case{420, "<html>", CrmErrorKind::kServerError},
                          Case{503, Body("SERVER_UNAVAILABLE"), CrmErrorKind::kServerError},
                          Case{200, "{", CrmErrorKind::kMalformedAnswer}}) {
    EXPECT_EQ(explained(one.status, one.body).kind, one.kind) << one.status << one.body;
  }
  EXPECT_NE(explained(403, Body("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.")).message,
            explained(403, Body("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")).message);
}

TEST(SalesforceWire, OnlyALostSessionIsRenewed) {
  EXPECT_EQ(Judged(401, Body("INVALID_SESSION_ID", "Session expired or invalid")), Judgement::kRenew);
  EXPECT_EQ(Judged(401, Body("INVALID_SESSION_ID", "Sitzung abgelaufen")), Judgement::kRenew);
  EXPECT_EQ(Judged(401, Body("INVALID_SESSION_ID", "This session is not valid for use with the REST API")),
            Judgement::kFail);
  EXPECT_EQ(Judged(401, Body("INVALID_SESSION_ID", "Connected app is not attached to Agent")),
            Judgement::kFail);
  EXPECT_EQ(Judged(401, Body("INVALID_AUTH_HEADER")), Judgement::kFail);
  EXPECT_EQ(Judged(401, ""), Judgement::kFail);
  EXPECT_EQ(Judged(403, Body("INVALID_SESSION_ID")), Judgement::kFail);
}

TEST(SalesforceWire, WhatPassesIsTriedAgain) {
  EXPECT_EQ(Judged(403, Body("REQUEST_LIMIT_EXCEEDED",
                             "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")),
            Judgement::kTryLater);
  EXPECT_EQ(Judged(403, Body("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.")),
            Judgement::kTryLater);
  EXPECT_EQ(Judged(403, Body("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")), Judgement::kFail);
  EXPECT_EQ(Judged(403, Body("API_DISABLED_FOR_ORG")), Judgement::kFail);
  EXPECT_EQ(Judged(403, "<html>"), Judgement::kFail);
  EXPECT_EQ(Judged(500, Body("INVALID_OPERATION_WITH_EXPIRED_PASSWORD")), Judgement::kFail);
  for (int status : {420, 500, 502, 503, 504}) EXPECT_EQ(Judged(status, "<html>"), Judgement::kTryLater);
  EXPECT_EQ(Judged(500, Body("UNKNOWN_EXCEPTION")), Judgement::kTryLater);
  EXPECT_EQ(Judged(400, Body("SERVER_UNAVAILABLE")), Judgement::kTryLater);
  for (int status : {200, 300, 400, 404, 405, 410, 414, 431}) {
    EXPECT_EQ(Judged(status, Body("INVALID_FIELD")), Judgement::kDeliver) << status;
  }
}

TEST(SalesforceWire, OptionalRequestsMayBeRefused) {
  for (const char *target :
       {"/services/data/v62.0/limits/recordCount?sObjects=A", "/services/oauth2/userinfo"}) {
    EXPECT_EQ(Judged(403, "Bad_OAuth_Token", GetRequest(target)), Judgement::kDeliver) << target;
    EXPECT_EQ(Judged(401, "", GetRequest(target)), Judgement::kDeliver) << target;
    EXPECT_EQ(Judged(401, Body("INVALID_SESSION_ID"), GetRequest(target)), Judgement::kRenew) << target;
    EXPECT_EQ(Judged(403, Body("REQUEST_LIMIT_EXCEEDED"), GetRequest(target)), Judgement::kFail) << target;
  }
}

TEST(SalesforceRate, HeaderOfAllKinds) {
  const auto usage = [](const char *header) {
    const auto found = ReadApiUsage(header);
    return found ? std::to_string(found->used) + "/" + std::to_string(found->limit) : "none";
  };
  EXPECT_EQ(usage("api-usage=10018/100000"), "10018/100000");
  EXPECT_EQ(usage("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)"), "25/5000");
  EXPECT_EQ(usage("per-app-api-usage=17/250(appName=x); api-usage = 1/2"), "none");
  EXPECT_EQ(usage("per-app-api-usage=17/250(appName=x);api-usage=3 / 4"), "3/4");
  for (const char *header : {"", "api-usage=", "api-usage=x/y", "api-usage=1", "api-usage=1/0",
                             "api-usage=-1/5", "api-usage=99999999999999999999/5"}) {
    EXPECT_EQ(usage(header), "none") << header;
  }
}

TEST(SalesforceRate, StopsBeyondTheAllowedShare) {
  Options options;
  const auto check = [&](const char *header) {
    CheckApiUsage(options, Answer(200, "", {{"sforce-limit-info", header}}));
  };
  check("api-usage=100/100");
  options.Add("max_api_usage_pct", "80", false);
  check("api-usage=80/100");
  check("");
  const Error error = Thrown([&] { check("api-usage=81/100"); });
  EXPECT_EQ(error.kind, CrmErrorKind::kRateLimited);
  EXPECT_NE(error.hint.find("max_api_usage_pct '90'"), std::string::npos);
}

}  // namespace
}  // namespace crm
