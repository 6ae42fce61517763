// What is sent of each condition: the table of salesforce §10.2 and the values of §10.5.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/civil_time.h"
#include "core/error.h"
#include "providers/salesforce/condition.h"
#include "providers/salesforce/query.h"
#include "providers/salesforce/soql_text.h"

namespace crm::salesforce {
namespace {

using Leaves = Expr::Kind;

constexpr const char *kId = "001000000000001AAA";

Field MakeField(std::string path, std::string remote_type, CrmType type,
                std::string traits = "filterable sortable") {
  return {std::move(path), std::move(remote_type), std::move(traits), type, true};
}

std::vector<Field> Fields() {
  return {MakeField("Id", "id", CrmType::kText),
          MakeField("Name", "string", CrmType::kText),
          MakeField("Code__c", "string", CrmType::kText, "filterable case-sensitive unique"),
          MakeField("Stage", "picklist", CrmType::kText),
          MakeField("Tags__c", "multipicklist", CrmType::kTextArray),
          MakeField("OwnerId", "reference", CrmType::kText),
          MakeField("Count__c", "int", CrmType::kInt),
          MakeField("Amount", "currency", CrmType::kDecimal),
          MakeField("IsWon", "boolean", CrmType::kBool),
          MakeField("CloseDate", "date", CrmType::kDate),
          MakeField("CreatedDate", "datetime", CrmType::kTimestamp),
          MakeField("Account.Name", "string", CrmType::kText),
          MakeField("Account.IsPartner", "boolean", CrmType::kBool),
          MakeField("Description", "textarea", CrmType::kText, "long"),
          MakeField("Formula__c", "double", CrmType::kDecimal, "calculated"),
          MakeField("Changed__c", "string", CrmType::kInt)};
}

Value Of(CrmType type, std::string text) {
  Value value;
  value.type = type;
  value.text = std::move(text);
  return value;
}
Value Text(std::string text) { return Of(CrmType::kText, std::move(text)); }
Value Decimal(std::string text) { return Of(CrmType::kDecimal, std::move(text)); }
Value Whole(CrmType type, std::int64_t number) {
  Value value;
  value.type = type;
  value.integer = number;
  return value;
}
Value Int(std::int64_t number) { return Whole(CrmType::kInt, number); }
Value Date(const char *text) { return Whole(CrmType::kDate, *ParseDate(text)); }
Value Time(const char *text) { return Whole(CrmType::kTimestamp, *ParseTimestamp(text)); }
Value Bool(bool flag) {
  Value value;
  value.type = CrmType::kBool;
  value.boolean = flag;
  return value;
}
Value List(std::vector<std::optional<std::string>> items) {
  Value value;
  value.type = CrmType::kTextArray;
  value.items = std::move(items);
  return value;
}

struct Sent {
  std::string text;  // FALSE, TRUE or SOQL
  Verdict verdict;
  friend bool operator==(const Sent &, const Sent &) = default;
  friend std::ostream &operator<<(std::ostream &out, const Sent &sent) {
    return out << sent.text
               << (sent.verdict == Verdict::kExact      ? " [exact]"
                   : sent.verdict == Verdict::kSuperset ? " [superset]"
                                                        : " [local]");
  }
};
Sent Exact(std::string text) { return {std::move(text), Verdict::kExact}; }
Sent Superset(std::string text) { return {std::move(text), Verdict::kSuperset}; }
Sent Local() { return {"TRUE", Verdict::kLocal}; }

class Conditions : public ::testing::Test {
 protected:
  Conditions() {
    request_.object = "Opportunity";
    request_.fields = Fields();
  }

  Expr Leaf(const std::string &path, Leaves test, CompareOp op, Value operand, bool negated = false) const {
    Expr expr;
    expr.kind = test;
    expr.op = op;
    expr.negated = negated;
    expr.operand = std::move(operand);
    for (std::size_t i = 0; i < request_.fields.size(); ++i)
      if (request_.fields[i].path == path) expr.field = static_cast<int>(i);
    return expr;
  }

  Sent Translate(const Expr &expr) const {
    Translation translated = TranslateCondition(expr, request_);
    if (!translated.condition) return Local();
    // The plan survives being written down.
    const Condition condition = DecodeCondition(EncodeCondition(*translated.condition));
    const std::vector<Value> params;
    const BoundCondition bound = BindCondition(condition, &params);
    EXPECT_TRUE(translated.verdict != Verdict::kExact || bound.exact);
    switch (bound.kind) {
      case BoundCondition::Kind::kNothing:
        return {"FALSE", translated.verdict};
      case BoundCondition::Kind::kEverything:
        return {"TRUE", translated.verdict};
      default:
        return {bound.text, translated.verdict};
    }
  }

  Sent Compare(const std::string &path, CompareOp op, Value operand) const {
    return Translate(Leaf(path, Leaves::kCompare, op, std::move(operand)));
  }
  Sent Any(const std::string &path, Value operand, bool negated = false) const {
    return Translate(Leaf(path, Leaves::kAnyOf, CompareOp::kEq, std::move(operand), negated));
  }
  Sent Null(const std::string &path, bool negated) const {
    return Translate(Leaf(path, Leaves::kIsNull, CompareOp::kEq, {}, negated));
  }
  Sent Like(const std::string &path, const char *pattern, Leaves test = Leaves::kLike,
            bool negated = false) const {
    return Translate(Leaf(path, test, CompareOp::kEq, Text(pattern), negated));
  }

  ReadRequest request_;
};

using enum CompareOp;

TEST_F(Conditions, Text) {
  EXPECT_EQ(Compare("Name", kEq, Text("a\u2028b\u2029c\u202a")),
            Superset("Name = 'a\\u2028b\\u2029c\u202a'"));
  EXPECT_EQ(Compare("Name", kEq, Text("O'Neil \\ Co\t")), Superset("Name = 'O\\'Neil \\\\ Co\\t'"));
  EXPECT_EQ(Compare("Name", kNe, Text("x")), Superset("Name != null"));
  EXPECT_EQ(Compare("Name", kLt, Text("x")), Superset("Name != null"));
  EXPECT_EQ(Compare("Name", kEq, Text("")), Exact("FALSE"));
  EXPECT_EQ(Compare("Name", kLe, Text("")), Exact("FALSE"));
  EXPECT_EQ(Compare("Name", kGt, Text("")), Exact("Name != null"));
  EXPECT_EQ(Compare("Name", kNe, Text("")), Exact("Name != null"));
  EXPECT_EQ(Compare("Name", kEq, Text("a\r\nb")), Superset("Name != null"));
  EXPECT_EQ(Compare("Name", kEq, Text("a\xEF\xBF\xBD")), Superset("Name != null"));
  EXPECT_EQ(Compare("Name", kEq, Text(std::string(5000, 'a'))), Superset("Name != null"));
  EXPECT_EQ(Compare("Stage", kEq, Text("Won")), Superset("Stage = 'Won'"));
  EXPECT_EQ(Compare("Description", kEq, Text("x")), Local());
  EXPECT_EQ(Null("Description", false), Local());
  EXPECT_EQ(Compare("Formula__c", kEq, Decimal("1")), Local());
  EXPECT_EQ(Compare("Changed__c", kEq, Int(1)), Local());
  EXPECT_EQ(Any("Name", List({"b", "a", std::nullopt, "", "a"})), Superset("Name IN ('a','b')"));
  EXPECT_EQ(Any("Name", List({"", std::nullopt})), Exact("FALSE"));
  EXPECT_EQ(Any("Name", List({"a\nb", "c"})), Superset("Name != null"));
  EXPECT_EQ(Any("Name", List({"a"}), true), Superset("Name != null"));
  EXPECT_EQ(Any("Name", List({}), true), Exact("TRUE"));
  EXPECT_EQ(Any("Name", List({"a", std::nullopt}), true), Exact("FALSE"));
}

TEST_F(Conditions, Patterns) {
  EXPECT_EQ(Like("Name", "a\u2028b_c%"), Superset("Name LIKE 'a\\u2028b%c%'"));
  EXPECT_EQ(Like("Name", "50\\%_a%"), Superset("Name LIKE '50\\%%a%'"));
  EXPECT_EQ(Like("Name", "a\\_b%"), Superset("Name LIKE 'a\\_b%'"));
  EXPECT_EQ(Like("Name", "a\\\\b%"), Superset("Name LIKE 'a%b%'"));
  EXPECT_EQ(Like("Name", "it's%"), Superset("Name LIKE 'it\\'s%'"));
  EXPECT_EQ(Like("Name", "%%"), Exact("Name != null"));
  EXPECT_EQ(Like("Name", "___"), Superset("Name != null"));
  EXPECT_EQ(Like("Name", "plain"), Superset("Name = 'plain'"));
  EXPECT_EQ(Like("Name", ""), Exact("FALSE"));
  EXPECT_EQ(Like("Name", "a\\"), Superset("Name != null"));
  EXPECT_EQ(Like("Name", "a%", Leaves::kLike, true), Superset("Name != null"));
  EXPECT_EQ(Like("Name", "Kilo caf\xC3\xA9%", Leaves::kILike), Superset("Name LIKE '%lo caf%'"));
  EXPECT_EQ(Like("Name", "ik", Leaves::kILike), Superset("Name != null"));
  EXPECT_EQ(Like("Code__c", "abc%", Leaves::kILike), Superset("Code__c != null"));
  EXPECT_EQ(Like("Stage", "Won"), Superset("Stage = 'Won'"));
  EXPECT_EQ(Like("Stage", "Won%"), Superset("Stage != null"));
}

TEST_F(Conditions, Ids) {
  const std::string id = kId;
  EXPECT_EQ(Compare("OwnerId", kEq, Text(id)), Exact("OwnerId = '" + id + "'"));
  EXPECT_EQ(Compare("OwnerId", kEq, Text(id.substr(0, 15))), Exact("FALSE"));
  EXPECT_EQ(Compare("OwnerId", kEq, Text("001000000000001AAB")), Exact("FALSE"));
  EXPECT_EQ(Compare("OwnerId", kNe, Text("nonsense")), Exact("OwnerId != null"));
  EXPECT_EQ(Compare("OwnerId", kNe, Text(id)), Exact("(OwnerId != '" + id + "' AND OwnerId != null)"));
  EXPECT_EQ(Compare("Id", kNe, Text(id)), Exact("Id != '" + id + "'"));
  EXPECT_EQ(Compare("OwnerId", kLt, Text(id)), Superset("OwnerId != null"));
  EXPECT_EQ(Compare("Id", kLt, Text(id)), Local());
  EXPECT_EQ(Any("Id", List({id, "x", id})), Exact("Id IN ('" + id + "')"));
  EXPECT_EQ(Any("OwnerId", List({id}), true), Exact("(OwnerId NOT IN ('" + id + "') AND OwnerId != null)"));
  EXPECT_EQ(Null("Id", false), Exact("FALSE"));
  EXPECT_EQ(Null("Id", true), Exact("TRUE"));
  EXPECT_EQ(FullId("0031i000013x2TE"), "0031i000013x2TEAAY");
}

TEST_F(Conditions, Numbers) {
  EXPECT_EQ(Compare("Count__c", kGe, Int(50)), Exact("Count__c >= 50"));
  EXPECT_EQ(Compare("Count__c", kNe, Int(-5)), Exact("(Count__c != -5 AND Count__c != null)"));
  EXPECT_EQ(Compare("Count__c", kLt, Int(3'000'000'000)), Exact("Count__c != null"));
  EXPECT_EQ(Compare("Count__c", kGt, Int(3'000'000'000)), Exact("FALSE"));
  EXPECT_EQ(Compare("Count__c", kNe, Int(3'000'000'000)), Exact("Count__c != null"));
  EXPECT_EQ(Compare("Count__c", kGt, Int(-3'000'000'000)), Exact("Count__c != null"));
  EXPECT_EQ(Compare("Count__c", kEq, Int(-3'000'000'000)), Exact("FALSE"));
  EXPECT_EQ(Compare("Amount", kGe, Decimal("10.50")), Superset("Amount >= 10.4999999999999"));
  EXPECT_EQ(Compare("Amount", kLt, Decimal("10.50")), Superset("Amount <= 10.5000000000001"));
  EXPECT_EQ(Compare("Amount", kEq, Decimal("-2")),
            Superset("(Amount >= -2.00000000000001 AND Amount <= -1.99999999999999)"));
  EXPECT_EQ(Compare("Amount", kEq, Decimal("0.00")), Exact("Amount = 0"));
  EXPECT_EQ(Compare("Amount", kNe, Decimal("0")), Exact("(Amount != 0 AND Amount != null)"));
  EXPECT_EQ(Compare("Amount", kNe, Decimal("5")), Superset("Amount != null"));
  EXPECT_EQ(Compare("Amount", kLt, Decimal("NaN")), Exact("Amount != null"));
  EXPECT_EQ(Compare("Amount", kEq, Decimal("NaN")), Exact("FALSE"));
  EXPECT_EQ(Compare("Amount", kGt, Decimal("-Infinity")), Exact("Amount != null"));
  EXPECT_EQ(Compare("Amount", kGt, Decimal("1e300")), Superset("Amount != null"));
  EXPECT_EQ(Compare("Amount", kGt, Decimal("12345678901234567890")),
            Superset("Amount >= 12345678901234400000"));
  EXPECT_EQ(Compare("Amount", kLe, Decimal("12345678901234567890")),
            Superset("Amount <= 12345678901234700000"));
  EXPECT_EQ(Compare("Amount", kGt, Decimal("0.001")), Superset("Amount >= 0.00099999999999999"));
}

TEST_F(Conditions, Flags) {
  EXPECT_EQ(Compare("IsWon", kEq, Bool(true)), Exact("IsWon = TRUE"));
  EXPECT_EQ(Compare("IsWon", kNe, Bool(true)), Exact("IsWon = FALSE"));
  EXPECT_EQ(Compare("IsWon", kLt, Bool(true)), Exact("IsWon = FALSE"));
  EXPECT_EQ(Compare("IsWon", kGe, Bool(false)), Exact("TRUE"));
  EXPECT_EQ(Compare("IsWon", kLt, Bool(false)), Exact("FALSE"));
  EXPECT_EQ(Null("IsWon", false), Exact("FALSE"));
  EXPECT_EQ(Null("IsWon", true), Exact("TRUE"));
  EXPECT_EQ(Compare("Account.IsPartner", kEq, Bool(false)),
            Exact("(Account.IsPartner = FALSE AND Account.Id != null)"));
  EXPECT_EQ(Null("Account.IsPartner", false), Exact("Account.Id = null"));
  EXPECT_EQ(Null("Account.Name", false), Exact("Account.Name = null"));
}

TEST_F(Conditions, DatesAndTimes) {
  EXPECT_EQ(Compare("CloseDate", kGt, Date("2026-01-01")), Exact("CloseDate > 2026-01-01"));
  EXPECT_EQ(Compare("CloseDate", kLt, Date("1600-01-01")), Exact("FALSE"));
  EXPECT_EQ(Compare("CloseDate", kGe, Date("1600-01-01")), Exact("CloseDate != null"));
  EXPECT_EQ(Compare("CloseDate", kNe, Date("5000-01-01")), Exact("CloseDate != null"));
  EXPECT_EQ(Compare("CreatedDate", kGe, Time("2026-05-01T00:00:00Z")),
            Exact("CreatedDate >= 2026-05-01T00:00:00Z"));
  EXPECT_EQ(Compare("CreatedDate", kLt, Time("2026-05-01T10:00:00.5Z")),
            Exact("CreatedDate <= 2026-05-01T10:00:00Z"));
  EXPECT_EQ(Compare("CreatedDate", kGt, Time("2026-05-01T10:00:00.5Z")),
            Exact("CreatedDate >= 2026-05-01T10:00:01Z"));
  EXPECT_EQ(Compare("CreatedDate", kEq, Time("2026-05-01T10:00:00.5Z")), Exact("FALSE"));
  EXPECT_EQ(Compare("CreatedDate", kNe, Time("2026-05-01T10:00:00.5Z")), Exact("CreatedDate != null"));
  EXPECT_EQ(Compare("CreatedDate", kLt, Whole(CrmType::kTimestamp, INT64_MAX)), Exact("CreatedDate != null"));
  EXPECT_EQ(Compare("CreatedDate", kLt, Whole(CrmType::kTimestamp, INT64_MIN)), Exact("FALSE"));
  request_.object = "LoginEvent";
  EXPECT_EQ(Compare("CreatedDate", kLt, Time("2026-05-01T10:00:00.5Z")),
            Superset("CreatedDate <= 2026-05-01T10:00:01Z"));
  EXPECT_EQ(Compare("CreatedDate", kEq, Time("2026-05-01T10:00:00.5Z")),
            Superset("(CreatedDate >= 2026-05-01T10:00:00Z AND CreatedDate <= 2026-05-01T10:00:01Z)"));
}

TEST_F(Conditions, Lists) {
  const auto contains = [&](Value list, bool negated = false) {
    return Translate(Leaf("Tags__c", Leaves::kContains, kEq, std::move(list), negated));
  };
  const auto overlaps = [&](Value list, bool negated = false) {
    return Translate(Leaf("Tags__c", Leaves::kOverlaps, kEq, std::move(list), negated));
  };
  EXPECT_EQ(contains(List({"a", "b"})), Superset("Tags__c INCLUDES ('a;b')"));
  EXPECT_EQ(contains(List({})), Exact("Tags__c != null"));
  EXPECT_EQ(contains(List({"a", ""})), Exact("FALSE"));
  EXPECT_EQ(contains(List({"a;b"})), Superset("Tags__c != null"));
  EXPECT_EQ(contains(List({"a"}), true), Superset("Tags__c != null"));
  EXPECT_EQ(overlaps(List({"a", std::nullopt, "b"})), Superset("Tags__c INCLUDES ('a','b')"));
  EXPECT_EQ(overlaps(List({})), Exact("FALSE"));
  EXPECT_EQ(overlaps(List({}), true), Exact("Tags__c != null"));
  EXPECT_EQ(overlaps(Text("a")), Superset("Tags__c INCLUDES ('a')"));
  EXPECT_EQ(Null("Tags__c", false), Exact("Tags__c = null"));
}

TEST_F(Conditions, Groups) {
  const auto group = [&](Leaves kind, std::vector<Expr> children) {
    Expr expr;
    expr.kind = kind;
    expr.children = std::move(children);
    return Translate(expr);
  };
  const Expr won = Leaf("IsWon", Leaves::kIsTrue, kEq, {});
  const Expr big = Leaf("Count__c", Leaves::kCompare, kGt, Int(5));
  const Expr stage = Leaf("Stage", Leaves::kCompare, kNe, Text("Won"));
  const Expr never = Leaf("Name", Leaves::kCompare, kEq, Text(""));
  const Expr local = Leaf("Description", Leaves::kCompare, kEq, Text("x"));
  EXPECT_EQ(group(Leaves::kOr, {won, big}), Exact("(IsWon = TRUE OR Count__c > 5)"));
  EXPECT_EQ(group(Leaves::kOr, {stage, big}), Superset("(Stage != null OR Count__c > 5)"));
  EXPECT_EQ(group(Leaves::kOr, {never, big}), Exact("Count__c > 5"));
  EXPECT_EQ(group(Leaves::kOr, {local, big}), Local());
  EXPECT_EQ(group(Leaves::kAnd, {local, big}), Superset("Count__c > 5"));
  EXPECT_EQ(group(Leaves::kAnd, {never, big}), Exact("FALSE"));
}

// ---- statements ----------------------------------------------------------------------------------------

ReadPlan AccountPlan(std::vector<Field> fields) {
  ReadPlan plan;
  plan.object = "Account";
  plan.fields = std::move(fields);
  return plan;
}

TEST(Statements, LongListsAreSentInParts) {
  Query query;
  Condition condition;
  condition.leaf = {"OwnerId", FieldClass::kReference, Leaves::kAnyOf, kEq, false, {}};
  Value list = List({});
  for (int i = 0; i < 2000; ++i) {
    std::string id = "005" + std::string(12, '0');
    for (int rest = i, at = 14; rest > 0; rest /= 10, --at) id[at] = static_cast<char>('0' + rest % 10);
    list.items.emplace_back(*FullId(id));
  }
  condition.leaf.operand.constant = list;
  query.conditions = {condition};
  const std::vector<Value> params;
  const Statement statement = BindQuery(query, AccountPlan(Fields()), &params);
  std::size_t items = 0;
  std::string all;
  for (const Statement &part : statement.Split(8000)) {
    EXPECT_LE(EncodeSoql(part.Soql()).size(), 8000U);
    items += part.conditions.front().items.size();
    all += part.Soql();
  }
  EXPECT_EQ(items, 2000U);
  for (const auto &item : list.items) EXPECT_NE(all.find("'" + *item + "'"), std::string::npos);
  EXPECT_EQ(statement.Split(1'000'000).size(), 1U);
}

TEST(Statements, TheUsersOwnConditionStaysOneCondition) {
  const std::vector<Value> params;
  const auto soql = [&](const char *text) {
    Query query;
    query.text = Operand{-1, Text(text)};
    return BindQuery(query, AccountPlan({}), &params).Soql();
  };
  EXPECT_EQ(soql("Name LIKE 'A)%' OR Name = null"),
            "SELECT Id FROM Account WHERE (Name LIKE 'A)%' OR Name = null)");
  for (const char *text : {"a) OR (b", "(a", "a'", "", " ", "a)", "'\\'"})
    EXPECT_THROW(soql(text), Error) << text;
}

}  // namespace
}  // namespace crm::salesforce
