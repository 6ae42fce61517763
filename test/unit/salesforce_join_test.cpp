// Salesforce's records with those that they refer to, and those that refer to them.
#include <string>
#include <utility>
#include <vector>

#include "salesforce_support.h"

namespace crm {
namespace {

using namespace salesforce_test;  // NOLINT: the helpers of these tests

Field MakeField(std::string path, std::string remote_type, CrmType type, std::string traits = "filterable") {
  return {std::move(path), std::move(remote_type), std::move(traits), type, true};
}

// Contacts (0 Id, 1 AccountId, 2 OwnerId) and their accounts (3 Id, 4 Name, 5 IsDeleted, 6 OwnerId).
ReadRequest Contacts() {
  ReadRequest request;
  request.object = "Contact";
  request.table_rows = 100;
  request.fields = {MakeField("Id", "id", CrmType::kText),
                    MakeField("AccountId", "reference", CrmType::kText, "filterable relationship=Account"),
                    MakeField("OwnerId", "reference", CrmType::kText, "polymorphic relationship=Owner"),
                    MakeField("Id", "id", CrmType::kText),
                    MakeField("Name", "string", CrmType::kText),
                    MakeField("IsDeleted", "boolean", CrmType::kBool),
                    MakeField("OwnerId", "reference", CrmType::kText, "filterable relationship=Owner")};
  request.fields[5].fetch = false;
  return request;
}
Parent Account() { return {"Account", 1, 3, {3, 4, 5, 6}}; }

ReadPlan Planned(const ReadRequest &request) {
  ReadPlan plan;
  plan.object = request.object;
  for (const Field &field : request.fields)
    if (field.fetch) plan.fields.push_back(field);
  plan.plan = Salesforce().Plan(request).back().plan;
  return plan;
}

TEST(SalesforceJoin, ParentsAreReadThroughTheirRelationship) {
  ReadRequest request = Contacts();
  ASSERT_TRUE(Salesforce().JoinParent(request, Account()));
  Parent user{"User", 6, 7, {7, 8}};
  request.fields.push_back(MakeField("Id", "id", CrmType::kText));
  request.fields.push_back(MakeField("IsActive", "boolean", CrmType::kBool));
  ASSERT_TRUE(Salesforce().JoinParent(request, user));
  EXPECT_EQ(Salesforce().Describe(Planned(request), nullptr),
            "SELECT Id,AccountId,OwnerId,Account.Id,Account.Name,Account.OwnerId,Account.Owner.Id,"
            "Account.Owner.IsActive,Account.IsDeleted FROM Contact");
}

TEST(SalesforceJoin, WhatCannotBeFollowed) {
  ReadRequest request = Contacts();
  EXPECT_FALSE(Salesforce().JoinParent(request, {"User", 2, 3, {3}}));  // of several objects
  request.fields[1].traits = "filterable";
  EXPECT_FALSE(Salesforce().JoinParent(request, Account()));  // its relationship is not known
  request = Contacts();
  EXPECT_FALSE(Salesforce().JoinParent(request, {"Account", 1, 3, {3, 4}}));  // nothing tells who is deleted
  EXPECT_FALSE(Salesforce().JoinParent(request, {"Thing__x", 1, 3, {3, 4, 5}}));
  EXPECT_FALSE(FindProvider("close")->JoinParent(request, Account()));
}

TEST(SalesforceJoin, DeletedParentsAreNotThere) {
  ReadRequest request = Contacts();
  ASSERT_TRUE(Salesforce().JoinParent(request, Account()));
  const auto contact = [](const char *id, const Json &account) {
    return Json{{"Id", id}, {"AccountId", "001000000000001AAA"}, {"OwnerId", nullptr}, {"Account", account}};
  };
  const Json there = {{"Id", "001000000000001AAA"}, {"Name", "n"}, {"OwnerId", "o"}, {"IsDeleted", false}};
  Json deleted = there;
  deleted["IsDeleted"] = true;
  const Json answer = {{"totalSize", 3},
                       {"done", true},
                       {"records", {contact("a", there), contact("b", deleted), contact("c", nullptr)}}};
  const Outcome outcome =
      Drive(Salesforce().Read(Planned(request), {}, {}), [&](const Asked &) { return Answer(answer); });
  ASSERT_EQ(outcome.rows.size(), 3U);
  ASSERT_EQ(outcome.rows[0].size(), 6U);
  EXPECT_EQ(outcome.rows[0][4].text, "n");
  for (const std::size_t row : {1U, 2U}) {
    EXPECT_EQ(outcome.rows[row][1].text, "001000000000001AAA");
    for (const std::size_t cell : {3U, 4U, 5U}) EXPECT_EQ(outcome.rows[row][cell].type, CrmType::kNull);
  }
}

// ---- sub-selects ---------------------------------------------------------------------------------------

struct Selecting {
  ReadRequest request;
  Expr in;

  Selecting() {
    request.object = "Account";
    request.table_rows = 100;
    request.fields = {MakeField("Id", "id", CrmType::kText),
                      MakeField("OwnerId", "reference", CrmType::kText),
                      MakeField("Name", "string", CrmType::kText)};
    SubSelect select;
    select.object = "Opportunity";
    select.fields = {
        MakeField("AccountId", "reference", CrmType::kText), MakeField("IsWon", "boolean", CrmType::kBool),
        MakeField("StageName", "picklist", CrmType::kText),
        MakeField("Owner.IsActive", "boolean", CrmType::kBool), MakeField("Year", "int", CrmType::kInt)};
    select.own = 0;
    request.selects = {select};
    in.kind = Expr::Kind::kInSelect;
    in.field = 0;
    in.select = 0;
  }
  Selecting &Where(int field, Expr::Kind kind = Expr::Kind::kIsTrue, bool negated = false) {
    Expr expr;
    expr.kind = kind;
    expr.field = field;
    expr.negated = negated;
    request.selects[0].conjuncts.push_back(expr);
    return *this;
  }
  std::vector<AccessPath> Plan() {
    request.conjuncts = {in};
    request.selectivity = {0.5};
    return Salesforce().Plan(request);
  }
  // Empty: it is not sent.
  std::string Soql() {
    const AccessPath path = Plan().back();
    if (path.verdicts[0] != Verdict::kExact) return "";
    const std::string soql = Salesforce().Describe(Planned(request), nullptr);
    return soql.substr(soql.find(" WHERE ") + 7);
  }
};

TEST(SalesforceJoin, Selects) {
  EXPECT_EQ(Selecting().Where(1).Soql(),
            "Id IN (SELECT AccountId FROM Opportunity WHERE IsWon = TRUE AND AccountId != null)");
  Selecting negated;
  negated.in.negated = true;
  EXPECT_EQ(negated.Soql(), "Id NOT IN (SELECT AccountId FROM Opportunity WHERE AccountId != null)");
  // Accounts without an owner belong to nobody, or to all.
  negated.in.field = 1;
  EXPECT_EQ(negated.Soql(), "");
  negated.in.negated = false;
  EXPECT_NE(negated.Soql(), "");
  negated.in.field = 2;
  EXPECT_EQ(negated.Soql(), "");
  EXPECT_EQ(Selecting().Where(2, Expr::Kind::kIsNull, true).Soql(),
            "Id IN (SELECT AccountId FROM Opportunity WHERE StageName != null AND AccountId != null)");
  EXPECT_EQ(Selecting().Where(3).Soql(), "");  // of another record
  Selecting same;
  same.request.object = "Opportunity";
  EXPECT_EQ(same.Soql(), "");
  Selecting task;
  task.request.selects[0].object = "Task";
  EXPECT_EQ(task.Soql(), "");
}

TEST(SalesforceJoin, OnlyExactConditionsSelect) {
  Selecting selecting;
  Expr stage;
  stage.kind = Expr::Kind::kCompare;
  stage.field = 2;
  stage.operand.type = CrmType::kText;
  stage.operand.text = "Won";
  selecting.request.selects[0].conjuncts = {stage};
  EXPECT_EQ(selecting.Soql(), "");
}

TEST(SalesforceJoin, SelectsThatFindNothing) {
  const auto read = [](bool negated) {
    Selecting selecting;
    selecting.in.negated = negated;
    Expr never;
    never.kind = Expr::Kind::kCompare;
    never.field = 1;
    never.param = 0;
    never.operand.type = CrmType::kBool;
    selecting.request.selects[0].conjuncts = {never};
    (void)selecting.Plan();
    return Drive(Salesforce().Read(Planned(selecting.request), {Value()}, {}), [](const Asked &) {
      return Answer(Json{{"totalSize", 0}, {"done", true}, {"records", Json::array()}});
    });
  };
  EXPECT_TRUE(read(false).asked.empty());
  ASSERT_EQ(read(true).asked.size(), 1U);
  EXPECT_EQ(read(true).asked[0].Param("q").find("WHERE"), std::string::npos);
}

TEST(SalesforceJoin, ARefusedSelectIsNotLeftOut) {
  Selecting selecting;
  (void)selecting.Plan();
  int asked = 0;
  EXPECT_THROW(Drive(Salesforce().Read(Planned(selecting.request), {}, {}),
                     [&](const Asked &) {
                       ++asked;
                       return Answer(400, R"([{"errorCode":"MALFORMED_QUERY","message":"no"}])");
                     }),
               Error);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace crm
