// crm_fdw.soql(): any statement, records as they come, children completed.
#include <string>
#include <utility>
#include <vector>

#include "salesforce_support.h"

namespace crm {
namespace {

using namespace salesforce_test;  // NOLINT: the helpers of these tests

const std::string kLocator = "/services/data/v62.0/query/0r8000000000001AAA-";

Outcome Ask(const std::string &soql, const Server &server, const Options &options = {}) {
  return Drive(Salesforce().Query(soql, options), server);
}
Outcome Ask(const Server &server) { return Ask("SELECT Id FROM Account", server); }

// An answer, or a part of one; `next` empty: there is no more.
std::string Page(int total, const std::string &records, const std::string &next = "") {
  return "{\"totalSize\":" + std::to_string(total) + ",\"done\":" + (next.empty() ? "true" : "false") +
         (next.empty() ? "" : ",\"nextRecordsUrl\":\"" + next + "\"") + ",\"records\":[" + records + "]}";
}

HttpResponse Refusal(const char *code, const std::string &message) {
  return Answer(400, Json::array({{{"errorCode", code}, {"message", message}}}).dump());
}

Json Row(const Outcome &outcome, std::size_t row) { return Json::parse(outcome.rows.at(row).at(0).text); }

TEST(SalesforceSoql, RecordsAsTheyCome) {
  const std::string record =
      R"({"attributes":{"type":"Account"}, "Id":"001","Amount":12345678901234567890.10,"A":1,"A":2})";
  const Outcome outcome = Ask("  select Id,\n A from Account", [&](const Asked &request) {
    EXPECT_EQ(request.path, "/services/data/v62.0/query");
    EXPECT_EQ(request.Param("q"), "  select Id,\n A from Account");
    return Answer(200, Page(1, record));
  });
  ASSERT_EQ(outcome.rows.size(), 1U);
  EXPECT_EQ(outcome.rows[0][0].type, CrmType::kJson);
  EXPECT_EQ(outcome.rows[0][0].text, record);
}

TEST(SalesforceSoql, TextThatPostgresDoesNotStore) {
  const Outcome outcome = Ask([](const Asked &) {
    return Answer(200, Page(1, "{\"Id\":\"001\",\"N\":\"a\\u0000b\\ud800\",\"M\":\"\xFF\"}"));
  });
  EXPECT_EQ(outcome.rows[0][0].text, "{\"Id\":\"001\",\"N\":\"a\\ufffdb\\ufffd\",\"M\":\"\xEF\xBF\xBD\"}");
}

TEST(SalesforceSoql, Pages) {
  const Outcome outcome = Ask([](const Asked &request) {
    if (!request.Param("q").empty()) return Answer(200, Page(3, R"({"Id":"1"},{"Id":"2"})", kLocator + "2"));
    EXPECT_EQ(request.path, kLocator + "2");
    return Answer(200, Page(3, R"({"Id":"3"})"));
  });
  EXPECT_EQ(outcome.rows.size(), 3U);
  EXPECT_EQ(outcome.asked.size(), 2U);
  EXPECT_TRUE(outcome.warnings.empty());
}

TEST(SalesforceSoql, Counts) {
  for (const char *soql : {"SELECT COUNT() FROM Account", "select\ncount ( )from Account"}) {
    const Outcome outcome = Ask(soql, [](const Asked &) { return Answer(200, Page(42, "")); });
    ASSERT_EQ(outcome.rows.size(), 1U);
    EXPECT_EQ(Row(outcome, 0), Json({{"count", 42}}));
    EXPECT_EQ(outcome.asked.size(), 1U);
  }
  // What only looks like it.
  const std::string group = R"({"attributes":{"type":"AggregateResult"},"expr0":3})";
  for (const char *soql : {"SELECT COUNT(Id) FROM Account", "SELECT Count__c FROM Account"}) {
    const Outcome outcome = Ask(soql, [&](const Asked &) { return Answer(200, Page(1, group)); });
    EXPECT_EQ(outcome.rows.at(0)[0].text, group);
  }
}

TEST(SalesforceSoql, NoRecords) {
  const Outcome outcome = Ask([](const Asked &) { return Answer(200, Page(0, "")); });
  EXPECT_TRUE(outcome.rows.empty());
  EXPECT_EQ(outcome.asked.size(), 1U);
}

// ---- children
// ----------------------------------------------------------------------------------------------

// Contacts of accounts 1 and 2: five of the first, of whom two are on the page.
HttpResponse Families(const Asked &request) {
  if (!request.Param("q").empty()) {
    const std::string some = Page(5, R"({"Id":"c1"},{"Id":"c2"})", "/services/data/v62.0/query/0r8CHILD-2");
    return Answer(200, Page(3, R"({"Id":"1","Contacts":)" + some + R"(,"Name":"[\"nextRecordsUrl\":"},)" +
                                   R"({"Id":"2","Contacts":null},{"Id":"3","Contacts":)" +
                                   Page(1, R"({"Id":"c9"})") + "}"));
  }
  if (request.path.ends_with("CHILD-2"))
    return Answer(
        200, Page(5, R"({"Id":"c3"},{"Id":"c4","N":"\u0000"})", "/services/data/v62.0/query/0r8CHILD-4"));
  return Answer(200, Page(5, R"({"Id":"c5"})"));
}

TEST(SalesforceSoql, ChildrenOnPagesOfTheirOwn) {
  const Outcome outcome = Ask(Families);
  ASSERT_EQ(outcome.rows.size(), 3U);
  EXPECT_EQ(outcome.asked.size(), 3U);
  const Json first = Row(outcome, 0);
  EXPECT_EQ(first["Name"], "[\"nextRecordsUrl\":");
  const Json &contacts = first["Contacts"];
  EXPECT_EQ(contacts["done"], true);
  EXPECT_EQ(contacts["totalSize"], 5);
  EXPECT_FALSE(contacts.contains("nextRecordsUrl"));
  ASSERT_EQ(contacts["records"].size(), 5U);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(contacts["records"][i]["Id"], "c" + std::to_string(i + 1));
  EXPECT_EQ(contacts["records"][3]["N"], "\xEF\xBF\xBD");
  EXPECT_EQ(Row(outcome, 1), Json::parse(R"({"Id":"2","Contacts":null})"));
  EXPECT_EQ(Row(outcome, 2)["Contacts"]["records"][0]["Id"], "c9");
}

// Subqueries in subqueries: the inner one ends on another page, and so do records of that page.
TEST(SalesforceSoql, GrandchildrenOnPagesOfTheirOwn) {
  const auto url = [](const std::string &name) { return "/services/data/v62.0/query/" + name; };
  const Outcome outcome = Ask([&](const Asked &request) {
    const auto child = [&](const std::string &name) {
      return R"({"Id":")" + name + R"(","Cases":)" + Page(2, R"({"Id":"a"})", url(name)) + "}";
    };
    if (!request.Param("q").empty())
      return Answer(200, Page(2, R"({"Id":"1","Contacts":)" + Page(2, child("x"), url("more")) + "},{}"));
    if (request.path == url("more")) return Answer(200, Page(2, child("y")));
    return Answer(200, Page(2, R"({"Id":"of )" + request.path.substr(url("").size()) + "\"}"));
  });
  ASSERT_EQ(outcome.rows.size(), 2U);
  EXPECT_EQ(Row(outcome, 1), Json::object());
  const Json contacts = Row(outcome, 0)["Contacts"]["records"];
  ASSERT_EQ(contacts.size(), 2U);
  for (const char *name : {"x", "y"}) {
    const Json &cases = contacts[name[0] == 'x' ? 0 : 1]["Cases"];
    EXPECT_EQ(cases["done"], true);
    ASSERT_EQ(cases["records"].size(), 2U);
    EXPECT_EQ(cases["records"][1]["Id"], "of " + std::string(name));
  }
  EXPECT_EQ(outcome.asked.size(), 4U);
}

// Real members of these names are none of children.
TEST(SalesforceSoql, WhatIsNoEnvelope) {
  const std::string parent = R"({"attributes":{"type":"X"},"done":false,"records":[],"nextRecordsUrl":"/x"})";
  const std::string record =
      R"({"Id":"1","Parent__r":)" + parent + R"(,"A":{"nextRecordsUrl":1},"B":["nextRecordsUrl"]})";
  const Outcome outcome = Ask([&](const Asked &) { return Answer(200, Page(1, record)); });
  EXPECT_EQ(Row(outcome, 0), Json::parse(record));
  EXPECT_EQ(outcome.asked.size(), 1U);
}

TEST(SalesforceSoql, ChildrenThatNeverCome) {
  const Error error = Thrown([] {
    Ask([](const Asked &request) {
      if (request.path.ends_with("CHILD-4")) return Answer(200, Page(5, ""));
      return Families(request);
    });
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  EXPECT_NE(error.detail.find("counts 5, but gave 4"), std::string::npos) << error.detail;
}

TEST(SalesforceSoql, ChildrenWhoseNextPageLeadsNowhere) {
  for (const char *next : {"/elsewhere", "https://elsewhere.test/services/data/"}) {
    const Error error = Thrown([&] {
      Ask([&](const Asked &) {
        return Answer(200, Page(1, R"({"Id":"1","Contacts":)" + Page(2, R"({"Id":"c1"})", next) + "}"));
      });
    });
    EXPECT_EQ(error.kind, CrmErrorKind::kMalformedAnswer) << next;
  }
}

// ---- totals
// ------------------------------------------------------------------------------------------------

// Two of the three that are counted at first; `now` by a second look.
Server Lacking(int now) {
  return [now, asked = 0](const Asked &) mutable {
    return Answer(200, ++asked == 1 ? Page(3, R"({"Id":"1"},{"Id":"2"})") : Page(now, R"({"Id":"1"})"));
  };
}

TEST(SalesforceSoql, RecordsThatGoWhileTheyAreRead) {
  const Outcome outcome = Ask(Lacking(2));
  EXPECT_EQ(outcome.rows.size(), 2U);
  EXPECT_EQ(outcome.asked.size(), 2U);
  ASSERT_EQ(outcome.warnings.size(), 1U);
  EXPECT_NE(outcome.warnings[0].find("counted 3 at first and 2 now, and 2 were read"), std::string::npos);
}

TEST(SalesforceSoql, RecordsThatAreCountedButNeverCome) {
  EXPECT_EQ(Thrown([] { Ask(Lacking(3)); }).kind, CrmErrorKind::kIncompleteRead);
}

TEST(SalesforceSoql, MoreRecordsThanAreCounted) {
  const Error error =
      Thrown([] { Ask([](const Asked &) { return Answer(200, Page(1, R"({"Id":"1"},{"Id":"2"})")); }); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
}

// ---- what goes wrong
// -----------------------------------------------------------------------------------------

TEST(SalesforceSoql, TextsThatAreNoStatement) {
  for (const char *text : {"", " \n", "DELETE FROM Account", "FIND {x}", "SELECTED", "'SELECT'"}) {
    const Error error = Thrown([&] { Salesforce().Query(text, {}); });
    EXPECT_EQ(error.kind, CrmErrorKind::kInvalidArgument) << text;
    EXPECT_FALSE(error.hint.empty());
  }
}

TEST(SalesforceSoql, Refusals) {
  Error error = Thrown([] {
    Ask("SELECT Id FROM Account GROUP BY",
        [](const Asked &) { return Refusal("MALFORMED_QUERY", "unexpected <EOF>"); });
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kBadRequest);
  EXPECT_EQ(error.remote_code, "MALFORMED_QUERY");
  EXPECT_NE(error.detail.find("unexpected <EOF>"), std::string::npos) << error.detail;
  EXPECT_NE(error.detail.find("The query is: SELECT Id FROM Account GROUP BY"), std::string::npos);
  error = Thrown([] { Ask([](const Asked &) { return Refusal("INVALID_FIELD", "No such column 'x'"); }); });
  EXPECT_EQ(error.kind, CrmErrorKind::kUnknownField);
  EXPECT_EQ(error.hint.find("mport"), std::string::npos) << error.hint;
  error = Thrown([] { Ask([](const Asked &) { return Refusal("INVALID_QUERY_LOCATOR", "invalid"); }); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
}

TEST(SalesforceSoql, RecordsThatNoJsonbHolds) {
  const Error error =
      Thrown([] { Ask([](const Asked &) { return Answer(200, Page(1, R"({"Id":"001","N":1e999999})")); }); });
  EXPECT_EQ(error.kind, CrmErrorKind::kBadValue);
  EXPECT_NE(error.detail.find("The record is \"001\"."), std::string::npos) << error.detail;
  for (const char *body :
       {"", "{}", "[]", R"({"totalSize":1,"records":[]})", R"({"done":true,"records":[]})"})
    EXPECT_EQ(Thrown([&] { Ask([&](const Asked &) { return Answer(200, body); }); }).kind,
              CrmErrorKind::kMalformedAnswer)
        << body;
}

TEST(SalesforceSoql, LongStatementsTravelInABody) {
  const std::string soql = "SELECT Id FROM Account WHERE Name != '" + std::string(15'000, 'x') + "'";
  const Outcome outcome = Ask(soql, [&](const Asked &request) {
    EXPECT_EQ(request.path, "/services/data/v62.0/composite");
    const std::string url = request.body.at("compositeRequest").at(0).at("url").get<std::string>();
    EXPECT_EQ(Decoded(url), "/services/data/v62.0/query?q=" + soql);
    const Json part = {{"body", Json::parse(Page(1, R"({"Id":"1"})"))},
                       {"httpHeaders", Json::object()},
                       {"httpStatusCode", 200},
                       {"referenceId", "query"}};
    return Answer(Json{{"compositeResponse", {part}}});
  });
  EXPECT_EQ(outcome.rows.size(), 1U);
}

TEST(SalesforceSoql, StopsWhereTheQuotaShouldEnd) {
  Options options;
  options.Add("max_api_usage_pct", "80", false);
  const Error error = Thrown([&] {
    Ask(
        "SELECT Id FROM Account",
        [](const Asked &) {
          HttpResponse answer = Answer(200, Page(0, ""));
          answer.headers.push_back({"sforce-limit-info", "api-usage=81/100"});
          return answer;
        },
        options);
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kRateLimited);
}

}  // namespace
}  // namespace crm
