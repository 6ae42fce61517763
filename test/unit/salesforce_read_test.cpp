// Reading Salesforce: pages, what ends them, long queries, records by id, counts.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "salesforce_support.h"

namespace crm {
namespace {

using namespace salesforce_test;  // NOLINT: the helpers of these tests

constexpr const char *kPage = "/services/data/v62.0/query/0r8000000000001AAA-";

Field MakeField(std::string path, std::string remote_type, CrmType type,
                std::string traits = "filterable sortable") {
  return {std::move(path), std::move(remote_type), std::move(traits), type, true};
}

// 18 characters.
std::string IdOf(std::size_t number) {
  std::string id = "001000000000000AAA";
  for (std::size_t at = 14; number > 0; number /= 10, --at) id[at] = static_cast<char>('0' + number % 10);
  return id;
}

struct Accounts {
  ReadRequest request;

  Accounts() {
    request.object = "Account";
    request.table_rows = 1000;
    request.fields = {MakeField("Id", "id", CrmType::kText), MakeField("Name", "string", CrmType::kText),
                      MakeField("AnnualRevenue", "currency", CrmType::kDecimal),
                      MakeField("Tags__c", "multipicklist", CrmType::kTextArray),
                      MakeField("IsDeleted", "boolean", CrmType::kBool)};
    request.fields.back().fetch = false;
  }
  Accounts &Where(int field, CompareOp op, Value operand) {
    Expr expr;
    expr.kind = operand.type == CrmType::kTextArray ? Expr::Kind::kAnyOf : Expr::Kind::kCompare;
    expr.op = op;
    expr.field = field;
    expr.operand = std::move(operand);
    request.conjuncts.push_back(std::move(expr));
    request.selectivity.push_back(0.1);
    return *this;
  }
  ReadPlan Planned(std::size_t from_end = 0) const {
    const std::vector<AccessPath> paths = Salesforce().Plan(request);
    ReadPlan plan;
    plan.object = request.object;
    plan.outputs.resize(request.outputs.size());
    for (const Field &field : request.fields)
      if (field.fetch && !request.grouped()) plan.fields.push_back(field);
    plan.plan = paths.at(paths.size() - 1 - from_end).plan;
    return plan;
  }
  Outcome Read(const Server &server, std::size_t from_end = 0) const {
    return Drive(Salesforce().Read(Planned(from_end), {}, {}), server);
  }
};

Json Record(std::size_t number) {
  return {{"attributes", {{"type", "Account"}}},
          {"Id", IdOf(number)},
          {"Name", "n"},
          {"AnnualRevenue", 1.0e7},
          {"Tags__c", "a;b"}};
}

// A query of `total` rows in pages of `page`.
struct Org {
  std::size_t total = 0, page = 2;
  std::size_t counted = 0;       // by a second look; 0: total
  std::set<std::size_t> gone{};  // rows that are not there any more when their page is asked for

  HttpResponse operator()(const Asked &request) const {
    if (request.Param("q").starts_with("SELECT COUNT() "))
      return Answer(
          Json{{"totalSize", counted == 0 ? total : counted}, {"done", true}, {"records", Json::array()}});
    const std::string prefix = kPage;
    const std::size_t begin =
        request.path.starts_with(prefix) ? std::stoul(request.path.substr(prefix.size())) : 0;
    const std::size_t end = std::min(total, begin + page);
    Json records = Json::array();
    for (std::size_t i = begin; i < end; ++i)
      if (!gone.contains(i)) records.push_back(Record(i));
    Json answer = {{"totalSize", total}, {"done", end == total}, {"records", std::move(records)}};
    if (end < total) answer["nextRecordsUrl"] = prefix + std::to_string(end);
    return Answer(answer);
  }
};

TEST(SalesforceRead, Pages) {
  const Outcome outcome = Accounts().Read(Org{5});
  ASSERT_EQ(outcome.rows.size(), 5U);
  ASSERT_EQ(outcome.asked.size(), 3U);
  EXPECT_EQ(outcome.asked[0].path, "/services/data/v62.0/query");
  EXPECT_EQ(outcome.asked[0].Param("q"), "SELECT Id,Name,AnnualRevenue,Tags__c FROM Account");
  EXPECT_EQ(outcome.asked[2].path, std::string(kPage) + "4");
  EXPECT_EQ(outcome.rows[4][0].text, IdOf(4));
  EXPECT_EQ(outcome.rows[0][2].text, "10000000");
  EXPECT_EQ(outcome.rows[0][3].items.size(), 2U);
  EXPECT_TRUE(outcome.warnings.empty());
}

TEST(SalesforceRead, DeletedRowsAsWell) {
  Accounts accounts;
  accounts.request.include_deleted = true;
  EXPECT_EQ(accounts.Read(Org{1}).asked[0].path, "/services/data/v62.0/queryAll");
}

TEST(SalesforceRead, RowsThatGoWhileTheyAreRead) {
  Org org{5};
  org.gone = {3};
  org.counted = 4;
  const Outcome outcome = Accounts().Read(org);
  EXPECT_EQ(outcome.rows.size(), 4U);
  ASSERT_EQ(outcome.warnings.size(), 1U);
  EXPECT_NE(outcome.warnings[0].find("counted 5 at first and 4 now, and 4 were read"), std::string::npos)
      << outcome.warnings[0];
}

TEST(SalesforceRead, RowsThatAreCountedButNeverCome) {
  Org org{5};
  org.gone = {3};
  const Error error = Thrown([&] { Accounts().Read(org); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  EXPECT_EQ(error.detail, "Salesforce counts 5, but gave 4.");
}

TEST(SalesforceRead, MoreRowsThanAreCounted) {
  const Error error = Thrown([] {
    Accounts().Read([](const Asked &) {
      return Answer(Json{{"totalSize", 1}, {"done", true}, {"records", {Record(1), Record(1)}}});
    });
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
}

TEST(SalesforceRead, PagesThatLeadNowhere) {
  for (const char *next : {"", "https://elsewhere.test/services/data/x", "/elsewhere"}) {
    const Error error = Thrown([&] {
      Accounts().Read([&](const Asked &) {
        return Answer(
            Json{{"totalSize", 9}, {"done", false}, {"nextRecordsUrl", next}, {"records", {Record(1)}}});
      });
    });
    EXPECT_EQ(error.kind, CrmErrorKind::kMalformedAnswer) << next;
  }
}

TEST(SalesforceRead, StopsWhereTheQuotaShouldEnd) {
  Options options;
  options.Add("max_api_usage_pct", "80", false);
  const auto server = [](const Asked &request) {
    HttpResponse answer = Org{5}(request);
    answer.headers.push_back({"sforce-limit-info", "api-usage=81/100"});
    return answer;
  };
  const Error error = Thrown([&] { Drive(Salesforce().Read(Accounts().Planned(), {}, options), server); });
  EXPECT_EQ(error.kind, CrmErrorKind::kRateLimited);
}

// The first page says where the second is, and the second names itself.
TEST(SalesforceRead, PagesThatGoInCircles) {
  const Error error = Thrown([] {
    Accounts().Read([](const Asked &) {
      return Answer(Json{{"totalSize", 9},
                         {"done", false},
                         {"nextRecordsUrl", std::string(kPage) + "1"},
                         {"records", {Record(1)}}});
    });
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kMalformedAnswer);
}

HttpResponse Refusal(const char *code, const std::string &message) {
  return Answer(400, Json::array({{{"errorCode", code}, {"message", message}}}).dump());
}

TEST(SalesforceRead, ConditionThatSalesforceNoLongerTakes) {
  Accounts accounts;
  accounts.Where(1, CompareOp::kEq, Text("Acme")).Where(2, CompareOp::kGt, [] {
    Value zero = Text("0");
    zero.type = CrmType::kDecimal;
    return zero;
  }());
  const Outcome outcome = accounts.Read([](const Asked &request) {
    if (request.Param("q").find("Name =") == std::string::npos) return Org{3}(request);
    return Refusal("INVALID_FIELD", "field 'Name' can not be filtered in a query call");
  });
  EXPECT_EQ(outcome.rows.size(), 3U);
  EXPECT_EQ(outcome.asked[1].Param("q"),
            "SELECT Id,Name,AnnualRevenue,Tags__c FROM Account WHERE AnnualRevenue > 0");
}

TEST(SalesforceRead, FieldThatIsGone) {
  const Error error = Thrown([] {
    Accounts().Where(1, CompareOp::kEq, Text("Acme")).Read([](const Asked &) {
      return Refusal("INVALID_FIELD",
                     "\nSELECT Id,Tags__c\n ^\nNo such column 'Tags__c' on entity 'Account'.");
    });
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kColumnLost);
  EXPECT_NE(error.detail.find("SELECT Id,Name"), std::string::npos) << error.detail;
  EXPECT_FALSE(error.hint.empty());
}

// A condition that the user wrote in SOQL is checked nowhere else.
TEST(SalesforceRead, RefusedConditionThatIsTheQuestion) {
  Accounts accounts;
  accounts.request.fields.push_back(MakeField("_query", "_query", CrmType::kText, "given"));
  accounts.Where(5, CompareOp::kEq, Text("Description LIKE 'x%'"));
  for (const char *code : {"INVALID_FIELD", "MALFORMED_QUERY"}) {
    const Error error = Thrown([&] {
      accounts.Read([&](const Asked &request) {
        if (request.Param("q").find("WHERE") == std::string::npos) return Org{3}(request);
        return Refusal(code, "field 'Description' can not be filtered in a query call");
      });
    });
    EXPECT_NE(error.detail.find("WHERE (Description LIKE 'x%')"), std::string::npos) << code;
  }
}

TEST(SalesforceRead, LocatorThatExpired) {
  const Error error = Thrown([] {
    Accounts().Read([](const Asked &request) {
      if (request.Param("q").empty()) return Refusal("INVALID_QUERY_LOCATOR", "invalid query locator");
      return Org{5}(request);
    });
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
}

TEST(SalesforceRead, LongSelectionsTravelInABody) {
  Accounts accounts;
  for (int i = 0; i < 700; ++i)
    accounts.request.fields.push_back(
        MakeField("A_Rather_Long_Name_" + std::to_string(i) + "__c", "string", CrmType::kText));
  const Outcome outcome = accounts.Read([&](const Asked &request) {
    EXPECT_EQ(request.path, "/services/data/v62.0/composite");
    const std::string url = request.body.at("compositeRequest").at(0).at("url").get<std::string>();
    EXPECT_TRUE(url.starts_with("/services/data/v62.0/query?q=SELECT%20Id,Name,"));
    Json record = Record(7);
    for (const Field &field : accounts.request.fields)
      if (!record.contains(field.path)) record[field.path] = nullptr;
    const Json answer = {{"totalSize", 1}, {"done", true}, {"records", {record}}};
    const Json part = {
        {"body", answer}, {"httpHeaders", Json::object()}, {"httpStatusCode", 200}, {"referenceId", "query"}};
    return Answer(Json{{"compositeResponse", {part}}});
  });
  EXPECT_EQ(outcome.rows.size(), 1U);
}

// ---- records by id ----------------------------------------------------------------------------------------

Value Ids(std::size_t count) {
  std::vector<std::optional<std::string>> ids;
  for (std::size_t i = 0; i < count; ++i) ids.emplace_back(IdOf(i));
  return Texts(std::move(ids));
}

TEST(SalesforceRead, RecordsByIdTwoThousandARequest) {
  const Outcome outcome =
      Accounts()
          .Where(0, CompareOp::kEq, Ids(2500))
          .Read(
              [](const Asked &request) {
                EXPECT_EQ(request.path, "/services/data/v62.0/composite/sobjects/Account");
                std::string body = "[";
                for (std::size_t i = 0; i < request.body.at("ids").size(); ++i) {
                  Json record = Record(i);
                  record["Id"] = request.body["ids"][i];
                  record["IsDeleted"] = i % 10 == 1;
                  body += (i == 0 ? "" : ",\n ") + (i % 10 == 0 ? "null" : record.dump());
                }
                return Answer(200, body + "]");
              },
              1);
  EXPECT_EQ(outcome.asked.size(), 2U);
  EXPECT_EQ(outcome.rows.size(), 2000U);
}

TEST(SalesforceRead, RecordsByIdThatAreNoList) {
  const std::string deep(100, '['), digits(200'000, '1');
  const std::string record = Record(0).dump();
  for (const std::string &body :
       {std::string(), std::string("null"), std::string("{}"), R"({"x":[)" + record + "]}", "[" + record,
        std::string("[nothing]"), std::string("[1]"),
        R"([{"Id":"001","Name":)" + deep + std::string(100, ']') + "}]",
        R"([{"Id":"001","AnnualRevenue":)" + digits + "}]",
        std::string(R"([{"Id":"001","AnnualRevenue":1e999999999}])")}) {
    const Error error = Thrown([&] {
      Accounts().Where(0, CompareOp::kEq, Ids(3)).Read([&](const Asked &) { return Answer(200, body); }, 1);
    });
    EXPECT_NE(error.kind, CrmErrorKind::kInternal) << body.substr(0, 60);
  }
}

TEST(SalesforceRead, IdOfAnotherObject) {
  const Outcome outcome =
      Accounts()
          .Where(0, CompareOp::kEq, Ids(3))
          .Read(
              [](const Asked &request) {
                if (request.method == "POST")
                  return Refusal("MALFORMED_ID", "Account ID: id value of incorrect type: 003…");
                EXPECT_NE(request.Param("q").find("WHERE Id IN ('001"), std::string::npos);
                return Org{2}(request);
              },
              1);
  EXPECT_EQ(outcome.rows.size(), 2U);
}

TEST(SalesforceRead, LongListsGoInParts) {
  Accounts accounts;
  accounts.request.fields.pop_back();  // deleted records could not be told: no retrieve
  accounts.Where(0, CompareOp::kEq, Ids(1200));
  EXPECT_EQ(Salesforce().Plan(accounts.request).size(), 1U);
  const Outcome outcome = accounts.Read(Org{1});
  EXPECT_EQ(outcome.asked.size(), 3U);
  for (const Asked &asked : outcome.asked) EXPECT_EQ(asked.path, "/services/data/v62.0/query");
}

// Without its list a part would give the rows of the others as well.
TEST(SalesforceRead, RefusedPartOfALongList) {
  Accounts accounts;
  accounts.request.fields.pop_back();
  accounts.Where(0, CompareOp::kEq, Ids(1200));
  const Error error = Thrown([&] {
    accounts.Read([](const Asked &request) {
      if (request.Param("q").find("WHERE") == std::string::npos) return Org{3}(request);
      return Refusal("QUERY_TIMEOUT", "Your query request was running for too long.");
    });
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kTimeout);
}

TEST(SalesforceRead, RefusedRetrieveOfALongList) {
  const Error error = Thrown([] {
    Accounts()
        .Where(0, CompareOp::kEq, Ids(2500))
        .Read(
            [](const Asked &request) {
              if (request.method == "GET" && request.Param("q").find("WHERE") == std::string::npos)
                return Org{3}(request);
              return Refusal("MALFORMED_QUERY", "unexpected token");
            },
            1);
  });
  EXPECT_EQ(error.kind, CrmErrorKind::kBadRequest);
}

// ---- questions that need no rows --------------------------------------------------------------------------

TEST(SalesforceRead, NothingIsAskedWhereNothingCanMatch) {
  const Outcome outcome = Accounts().Where(1, CompareOp::kEq, Text("")).Read(Org{3});
  EXPECT_TRUE(outcome.asked.empty());
  EXPECT_TRUE(outcome.rows.empty());
}

TEST(SalesforceRead, CountsThatAreNone) {
  Accounts accounts;
  accounts.request.outputs = {{}};
  for (const char *total : {"1e400", "2.5", "-1", "9223372036854775808", "\"3\"", "null"}) {
    const Error error = Thrown([&] {
      accounts.Read([&](const Asked &) {
        return Answer(200, std::string(R"({"totalSize":)") + total + R"(,"done":true,"records":[]})");
      });
    });
    EXPECT_EQ(error.kind, CrmErrorKind::kMalformedAnswer) << total;
  }
}

TEST(SalesforceRead, Describes) {
  Accounts accounts;
  accounts.Where(1, CompareOp::kEq, Text("it's"));
  accounts.request.order.push_back({2, true, false});
  EXPECT_EQ(Salesforce().Describe(accounts.Planned(), nullptr),
            "SELECT Id,Name,AnnualRevenue,Tags__c FROM Account WHERE Name = 'it\\'s' "
            "ORDER BY AnnualRevenue DESC NULLS LAST");
}

}  // namespace
}  // namespace crm
