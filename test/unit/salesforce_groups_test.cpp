// Groups of Salesforce's records: which are asked for, and what is done when there are too many.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "salesforce_support.h"

namespace crm {
namespace {

using namespace salesforce_test;  // NOLINT: the helpers of these tests

constexpr const char *kAll = "filterable sortable groupable aggregatable";

struct Grouping {
  ReadRequest request;

  Grouping() {
    request.object = "Opportunity";
    request.table_rows = 1000;
    request.fields = {{"Id", "id", kAll, CrmType::kText},
                      {"OwnerId", "reference", kAll, CrmType::kText},
                      {"StageName", "picklist", kAll, CrmType::kText},
                      {"IsWon", "boolean", "filterable groupable", CrmType::kBool},
                      {"Year", "int", kAll, CrmType::kInt},
                      {"Amount", "currency", kAll, CrmType::kDecimal},
                      {"CloseDate", "date", kAll, CrmType::kDate},
                      {"Formula__c", "int", "filterable groupable aggregatable calculated", CrmType::kInt},
                      {"Converted", "currency", "filterable aggregatable converted", CrmType::kDecimal},
                      {"Account.OwnerId", "reference", kAll, CrmType::kText},
                      {"CreatedDate", "datetime", kAll, CrmType::kTimestamp}};
  }
  int At(std::string_view path) const {
    for (std::size_t i = 0; i < request.fields.size(); ++i)
      if (request.fields[i].path == path) return static_cast<int>(i);
    ADD_FAILURE() << path;
    return -1;
  }
  Grouping &By(std::string_view path) {
    request.group_by.push_back(At(path));
    request.outputs.push_back({Function::kGroup, At(path), request.fields[At(path)].type});
    return *this;
  }
  Grouping &With(Function function, std::string_view path = "", CrmType type = CrmType::kInt) {
    request.outputs.push_back({function, path.empty() ? -1 : At(path), type});
    return *this;
  }
  Grouping &Approximate() {
    request.approximate = true;
    return *this;
  }
  bool Goes() const { return !Salesforce().Plan(request).empty(); }
  ReadPlan Planned() const {
    ReadPlan plan;
    plan.object = request.object;
    plan.plan = Salesforce().Plan(request).at(0).plan;
    for (const Output &output : request.outputs) {
      PlannedOutput &planned = plan.outputs.emplace_back();
      planned.function = output.function;
      if (output.field >= 0) planned.field = request.fields[static_cast<std::size_t>(output.field)];
      planned.field.type = output.type;
    }
    return plan;
  }
  std::string Soql() const { return Salesforce().Describe(Planned(), nullptr); }
  Outcome Read(const Server &server) const { return Drive(Salesforce().Read(Planned(), {}, {}), server); }
};

TEST(SalesforceGroups, OnlyWhatMeansTheSame) {
  const auto by = [](const char *path) { return Grouping().By(path).With(Function::kCountRows).Goes(); };
  for (const char *path : {"OwnerId", "IsWon", "Year", "CloseDate"}) EXPECT_TRUE(by(path)) << path;
  for (const char *path : {"Id", "StageName", "Amount", "Formula__c", "Account.OwnerId", "CreatedDate"})
    EXPECT_FALSE(by(path)) << path;
  EXPECT_TRUE(Grouping().By("StageName").With(Function::kCountRows).Approximate().Goes());

  const auto of = [](Function function, const char *path, bool approximate = false) {
    Grouping grouping;
    if (approximate) grouping.Approximate();
    return grouping.By("IsWon").With(function, path).Goes();
  };
  for (const char *path : {"Id", "OwnerId", "StageName", "Year", "Amount", "CloseDate", "CreatedDate"})
    EXPECT_TRUE(of(Function::kCount, path)) << path;
  EXPECT_FALSE(of(Function::kCount, "IsWon"));  // grouped by
  for (const char *path : {"Id", "OwnerId", "Year", "CloseDate", "CreatedDate"})
    EXPECT_TRUE(of(Function::kCountDistinct, path)) << path;
  for (const char *path : {"StageName", "Amount", "Formula__c"}) {
    EXPECT_FALSE(of(Function::kCountDistinct, path)) << path;
    EXPECT_EQ(of(Function::kCountDistinct, path, true), path != std::string("Formula__c")) << path;
  }
  for (const Function function : {Function::kMin, Function::kMax}) {
    for (const char *path : {"Year", "Amount", "CloseDate", "CreatedDate"}) EXPECT_TRUE(of(function, path));
    for (const char *path : {"Id", "StageName", "Converted", "Formula__c"}) EXPECT_FALSE(of(function, path));
    EXPECT_TRUE(of(function, "StageName", true));
    EXPECT_FALSE(of(function, "Converted", true));
  }
  EXPECT_TRUE(of(Function::kSum, "Year"));
  EXPECT_FALSE(of(Function::kSum, "Amount"));
  EXPECT_TRUE(of(Function::kSum, "Amount", true));
  EXPECT_FALSE(of(Function::kSum, "Converted", true));
}

TEST(SalesforceGroups, NothingIsLeftToBeChecked) {
  Grouping grouping;
  grouping.By("OwnerId").With(Function::kCountRows);
  Expr stage;
  stage.kind = Expr::Kind::kCompare;
  stage.field = grouping.At("StageName");
  stage.operand.type = CrmType::kText;
  stage.operand.text = "Won";
  grouping.request.conjuncts = {stage};
  grouping.request.selectivity = {0.1};
  EXPECT_FALSE(grouping.Approximate().Goes());
}

TEST(SalesforceGroups, Soql) {
  EXPECT_EQ(Grouping()
                .By("IsWon")
                .By("OwnerId")
                .With(Function::kCountRows)
                .With(Function::kCount, "Amount")
                .With(Function::kCountDistinct, "Year")
                .With(Function::kMax, "CloseDate", CrmType::kDate)
                .Soql(),
            "SELECT OwnerId k0,IsWon k1,COUNT(Id) c2,COUNT(Amount) c3,COUNT_DISTINCT(Year) c4,"
            "MAX(CloseDate) c5 FROM Opportunity GROUP BY OwnerId,IsWon");
  EXPECT_EQ(Grouping().With(Function::kMin, "Year").With(Function::kCount, "IsWon").Soql(),
            "SELECT MIN(Year) c0,COUNT(Id) c1 FROM Opportunity");
  EXPECT_EQ(Grouping().With(Function::kCountRows).Soql(), "SELECT COUNT() FROM Opportunity");
}

// Opportunities of owners 0 … owners-1, or of nobody (-1), each won or not. It groups by OwnerId, IsWon.
struct Groups {
  std::vector<std::pair<int, bool>> groups;
  bool sorted = true;

  static std::string Owner(int number) {
    std::string id = "005000000000000AAA";
    for (std::size_t at = 14; number > 0; number /= 10, --at) id[at] = static_cast<char>('0' + number % 10);
    return id;
  }
  static Json Group(const std::pair<int, bool> &group) {
    return {{"attributes", {{"type", "AggregateResult"}}},
            {"k0", group.first < 0 ? Json() : Json(Owner(group.first))},
            {"k1", group.second},
            {"c2", group.first + 2}};
  }
  HttpResponse operator()(const Asked &request) const {
    const std::string soql = request.Param("q");
    const auto asks = [&](const std::string &text) { return soql.find(text) != std::string::npos; };
    const std::size_t from = soql.find("OwnerId >");
    const std::string first = from == std::string::npos ? "" : soql.substr(soql.find('\'', from) + 1, 18);
    const std::size_t equal = soql.find("OwnerId = '");
    const std::string only = equal == std::string::npos ? "" : soql.substr(equal + 11, 18);
    Json records = Json::array();
    for (const auto &group : groups) {
      const std::string owner = group.first < 0 ? "" : Owner(group.first);
      if (asks("OwnerId = null") && group.first >= 0) continue;
      if ((asks("OwnerId != null") || !first.empty()) && group.first < 0) continue;
      if (!first.empty() && (asks("OwnerId >=") ? owner < first : owner <= first)) continue;
      if (!only.empty() && owner != only) continue;
      records.push_back(Group(group));
    }
    if (asks("LIMIT 2000") && records.size() > 2000) records.erase(records.begin() + 2000, records.end());
    if (!sorted) std::reverse(records.begin(), records.end());
    if (records.size() > 2000)
      return Answer(400, R"([{"errorCode":"EXCEEDED_ID_LIMIT","message":"does not support queryMore"
  }])");
    return Answer(Json{{"totalSize", records.size()}, {"done", true}, {"records", records}});
  }
};

Grouping ByOwnerAndWon() { return Grouping().By("OwnerId").By("IsWon").With(Function::kCountRows); }

TEST(SalesforceGroups, OneRequestWhereTheyFit) {
  const Outcome outcome = ByOwnerAndWon().Read(Groups{{{-1, true}, {0, false}, {0, true}}});
  ASSERT_EQ(outcome.rows.size(), 3U);
  EXPECT_EQ(outcome.asked.size(), 1U);
  EXPECT_EQ(outcome.rows[0][0].type, CrmType::kNull);
  EXPECT_EQ(outcome.rows[1][0].text, Groups::Owner(0));
  EXPECT_TRUE(outcome.rows[2][1].boolean);
  EXPECT_EQ(outcome.rows[2][2].integer, 2);
}

TEST(SalesforceGroups, InPartsWhereTheyDoNot) {
  Groups groups;
  groups.groups.push_back({-1, false});
  for (int owner = 0; owner < 2700; ++owner) {
    groups.groups.push_back({owner, false});
    if (owner % 3 != 0) groups.groups.push_back({owner, true});
  }
  const Outcome outcome = ByOwnerAndWon().Read(groups);
  ASSERT_EQ(outcome.rows.size(), groups.groups.size());
  std::set<std::pair<std::string, bool>> seen;
  for (const auto &row : outcome.rows) seen.insert({row[0].text, row[1].boolean});
  EXPECT_EQ(seen.size(), groups.groups.size());
  EXPECT_LE(outcome.asked.size(), 6U);
}

TEST(SalesforceGroups, PartsThatComeInNoOrder) {
  Groups groups;
  for (int owner = 0; owner < 2700; ++owner) groups.groups.push_back({owner, false});
  groups.sorted = false;
  EXPECT_EQ(Thrown([&] { (void)ByOwnerAndWon().Read(groups); }).kind, CrmErrorKind::kIncompleteRead);
}

TEST(SalesforceGroups, TextIsNotDivided) {
  Groups groups;
  for (int owner = 0; owner < 2700; ++owner) groups.groups.push_back({owner, false});
  const Error error =
      Thrown([&] { (void)Grouping().By("StageName").With(Function::kCountRows).Approximate().Read(groups); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  EXPECT_NE(error.hint.find("SET crm_fdw.pushdown = off"), std::string::npos);
}

TEST(SalesforceGroups, SumsThatADoubleCannotHold) {
  const auto sum = [](const char *text) {
    return Grouping().With(Function::kSum, "Year").Read([&](const Asked &) {
      return Answer(200, std::string(R"({"totalSize":1,"done":true,"records":[{"c0":)") + text + "}]}");
    });
  };
  EXPECT_EQ(sum("9.007199254740991E15").rows.at(0).at(0).integer, 9'007'199'254'740'991);
  EXPECT_EQ(sum("null").rows.at(0).at(0).type, CrmType::kNull);
  EXPECT_THROW(sum("9007199254740992"), Error);
  EXPECT_THROW(sum("-1e16"), Error);
}

}  // namespace
}  // namespace crm
