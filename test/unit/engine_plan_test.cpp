// Planning through the edge, and the text of plans.
#include "engine/plan.h"

#include <gtest/gtest.h>

#include "engine_fakes.h"

namespace crm::fake {
namespace {

class PlanTest : public EngineTest {
 protected:
  PlanTest() {
    fields = {{View("id"), View("id"), View("key"), CrmType::kText, true},
              {View("value"), View("money"), View(""), CrmType::kDecimal, false},
              {View("when"), View("datetime"), View(""), CrmType::kTimestamp, true}};
  }
  CrmReadRequest Request() {
    CrmReadRequest request{};
    request.object = View("lead");
    request.fields = fields.data();
    request.field_count = static_cast<std::int32_t>(fields.size());
    request.nodes = nodes.data();
    request.node_count = static_cast<std::int32_t>(nodes.size());
    request.conjuncts = conjuncts.data();
    request.selectivity = selectivity.data();
    request.conjunct_count = static_cast<std::int32_t>(conjuncts.size());
    request.rows_wanted = -1;
    return request;
  }
  bool PlanIt(const CrmReadRequest &request) {
    return crm_plan_read(View("fake"), &request, &paths, &count, &why);
  }
  static CrmExpr Node(CrmNode node, int children, int field = -1) {
    CrmExpr expr{};
    expr.node = node;
    expr.children = children;
    expr.field = static_cast<std::int16_t>(field);
    expr.param = -1;
    return expr;
  }

  std::vector<CrmField> fields;
  std::vector<CrmExpr> nodes;
  std::vector<std::int32_t> conjuncts;
  std::vector<double> selectivity;
  const CrmAccessPath *paths = nullptr;
  std::int32_t count = 0;
};

TEST_F(PlanTest, TextHoldsFetchedFieldsAndIsStable) {
  ASSERT_TRUE(PlanIt(Request())) << why.message;
  ASSERT_EQ(count, 1);
  const std::string text = Text(paths[0].plan);
  EXPECT_EQ(
      text,
      R"({"v":2,"provider":"fake","object":"lead","fields":[["id","id","key","text"],)"
      R"(["when","datetime","","timestamp"]],"limited":false,"count_only":false,"read":"{\"list\":\"all\"}"})");
  ASSERT_TRUE(PlanIt(Request()));
  EXPECT_EQ(Text(paths[0].plan), text);
  EXPECT_EQ(paths[0].requests, 3);
}

TEST_F(PlanTest, RoundTrip) {
  ReadRequest request;
  request.object = "l\"ä\\";
  for (int type = 0; type <= static_cast<int>(CrmType::kTextArray); ++type)
    request.fields.push_back({"p" + std::to_string(type), "t", "a b", static_cast<CrmType>(type), type != 3});
  request.rows_wanted = 5;
  AccessPath path;
  path.plan = "anything \x01 at all";
  const DecodedPlan plan = DecodePlan(EncodePlan("fake", request, path));
  EXPECT_EQ(plan.provider, "fake");
  EXPECT_EQ(plan.read.object, request.object);
  EXPECT_EQ(plan.read.plan, path.plan);
  EXPECT_TRUE(plan.read.limited);
  ASSERT_EQ(plan.read.fields.size(), request.fields.size() - 1);
  EXPECT_EQ(plan.read.fields[3].type, CrmType::kDouble);
  EXPECT_EQ(plan.read.fields[3].traits, "a b");
  EXPECT_EQ(plan.read.fields.back().type, CrmType::kTextArray);
}

TEST_F(PlanTest, OtherTextsAreRefused) {
  const std::string right = Plan();
  const auto refused = [&](std::string text) {
    const CrmAccount account = Account();
    const CrmSettings settings = Settings();
    CrmOp *op = reinterpret_cast<CrmOp *>(1);
    EXPECT_FALSE(crm_open_read(&op, &account, &settings, View(text.c_str()), &why)) << text;
    EXPECT_EQ(op, nullptr);
    EXPECT_NE(std::string(why.message).find("plan was made"), std::string::npos) << why.message;
  };
  const auto with = [&](const std::string &from, const std::string &to) {
    std::string text = right;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return text.replace(at, from.size(), to);
  };
  refused("");
  refused("[]");
  refused("{}");
  refused("{\"v\":2}");
  refused(right.substr(0, right.size() - 1));
  refused(with("\"v\":2", "\"v\":1"));
  refused(with("\"v\":2", "\"v\":\"2\""));
  refused(with("\"v\":2", "\"v\":2,\"w\":1"));
  refused(with("\"limited\":false", "\"limited\":0"));
  refused(with("\"text\"", "\"blob\""));
  refused(with("[\"id\",", "["));
  refused(with("\"fake\"", "\"other\""));
}

TEST_F(PlanTest, VerdictsAreInThePlannersOrder) {
  nodes = {Node(CrmNode::kOr, 2), Node(CrmNode::kIsNull, 0, 1), Node(CrmNode::kIsTrue, 0, 0),
           Node(CrmNode::kCompare, 0, 0)};
  nodes[3].value.type = CrmType::kText;
  nodes[3].value.text = View("x");
  conjuncts = {0, 3};
  selectivity = {0.5, 0.1};
  ASSERT_TRUE(PlanIt(Request())) << why.message;
  EXPECT_EQ(paths[0].verdicts[0], CrmVerdict::kLocal);
  EXPECT_EQ(Text(paths[0].reasons[0]), "not compared");
  EXPECT_EQ(paths[0].verdicts[1], CrmVerdict::kSuperset);
  EXPECT_EQ(Text(paths[0].reasons[1]), "");
}

// NOT (a < 1 AND (b IS NULL OR NOT c)): providers see no negation but those of leaves.
TEST_F(PlanTest, NegationsArePushedToTheLeaves) {
  nodes = {Node(CrmNode::kNot, 1),      Node(CrmNode::kAnd, 2),       Node(CrmNode::kCompare, 0, 0),
           Node(CrmNode::kOr, 2),       Node(CrmNode::kIsNull, 0, 1), Node(CrmNode::kNot, 1),
           Node(CrmNode::kIsTrue, 0, 0)};
  nodes[2].op = CrmCompare::kLt;
  nodes[2].value.type = CrmType::kInt;
  nodes[2].value.integer = 1;
  conjuncts = {0};
  selectivity = {0.5};
  const DecodedRequest decoded = DecodeRequest(Request());
  ASSERT_EQ(decoded.request.conjuncts.size(), 1U);
  const Expr &expr = decoded.request.conjuncts[0];
  EXPECT_EQ(expr.kind, Expr::Kind::kOr);
  ASSERT_EQ(expr.children.size(), 2U);
  EXPECT_EQ(expr.children[0].op, CompareOp::kGe);
  EXPECT_FALSE(expr.children[0].negated);
  EXPECT_EQ(expr.children[1].kind, Expr::Kind::kAnd);
  EXPECT_TRUE(expr.children[1].children[0].negated);
  EXPECT_FALSE(expr.children[1].children[1].negated);
}

TEST_F(PlanTest, DeepConditionsStayLocal) {
  for (int i = 0; i < 100'000; ++i) nodes.push_back(Node(CrmNode::kNot, 1));
  nodes.push_back(Node(CrmNode::kIsTrue, 0, 0));
  nodes.push_back(Node(CrmNode::kCompare, 0, 0));
  conjuncts = {0, 100'001};
  selectivity = {1, 1};
  ASSERT_TRUE(PlanIt(Request())) << why.message;
  EXPECT_EQ(paths[0].verdicts[0], CrmVerdict::kLocal);
  EXPECT_EQ(Text(paths[0].reasons[0]), "nested too deeply");
  EXPECT_EQ(paths[0].verdicts[1], CrmVerdict::kSuperset);
}

TEST_F(PlanTest, OddRequests) {
  EXPECT_TRUE(PlanIt(CrmReadRequest{}));
  const auto refused = [&](const CrmReadRequest &request) {
    EXPECT_FALSE(PlanIt(request));
    EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
  };
  CrmReadRequest request = Request();
  request.field_count = -1;
  refused(request);
  request = Request();
  request.fields = nullptr;
  refused(request);
  selectivity = {1};
  for (const CrmExpr &node :
       {Node(CrmNode::kCompare, 0, 3), Node(CrmNode::kCompare, 0, -1), Node(CrmNode::kCompare, 1, 0),
        Node(CrmNode::kAnd, 0), Node(CrmNode::kAnd, 1), Node(CrmNode::kNot, 2), Node(CrmNode::kOr, -5),
        Node(static_cast<CrmNode>(99), 0, 0)}) {
    nodes = {node};
    conjuncts = {0};
    refused(Request());
  }
  nodes = {Node(CrmNode::kIsTrue, 0, 0)};
  for (std::int32_t first : {-1, 1, 1'000'000}) {
    conjuncts = {first};
    refused(Request());
  }
  EXPECT_FALSE(crm_plan_read(View("fake"), nullptr, &paths, &count, &why));
  EXPECT_FALSE(crm_plan_read(View("nobody"), &request, &paths, &count, &why));
  EXPECT_EQ(why.kind, CrmErrorKind::kInvalidOptionValue);
}

TEST_F(PlanTest, Describe) {
  const std::string plan = Plan();
  CrmText text{};
  ASSERT_TRUE(crm_describe_plan(View(plan.c_str()), nullptr, 0, &text, &why));
  EXPECT_EQ(Text(text), "GET lead $1");
  CrmValue params[1] = {};
  ASSERT_TRUE(crm_describe_plan(View(plan.c_str()), params, 1, &text, &why));
  EXPECT_EQ(Text(text), "GET lead 1");
  EXPECT_FALSE(crm_describe_plan(View("x"), nullptr, 0, &text, &why));
}

}  // namespace
}  // namespace crm::fake
