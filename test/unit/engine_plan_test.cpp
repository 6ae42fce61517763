// Planning through the edge, and the text of plans.
#include "engine/plan.h"

#include <gtest/gtest.h>

#include <functional>

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

// Paths of these verdicts, named by their plans; "fresh" ones and others.
std::function<std::vector<AccessPath>(const ReadRequest &)> Paths(
    std::vector<std::pair<std::string, std::vector<Verdict>>> paths) {
  return [paths](const ReadRequest &) {
    std::vector<AccessPath> result;
    for (const auto &[plan, verdicts] : paths) {
      AccessPath &path = result.emplace_back();
      path.plan = plan;
      path.verdicts = verdicts;
      path.reasons.resize(verdicts.size());
      path.fresh = plan.starts_with("fresh");
    }
    return result;
  };
}

class SourceTest : public PlanTest {
 protected:
  SourceTest() { world.plan = Paths({{"fresh", {}}, {"index", {}}, {"index2", {}}}); }

  // The sources of the paths given, one letter each; "!" and the kind on failure.
  std::string Sources(const char *read_path, const char *index_lag = "", std::uint32_t server = 2) {
    CrmReadRequest request = Request();
    request.database_oid = 1;
    request.server_oid = server;
    request.read_path = View(read_path);
    request.index_lag = View(index_lag);
    if (!PlanIt(request)) return why.kind == CrmErrorKind::kNoReadPath ? "none" : why.message;
    std::string sources;
    for (std::int32_t i = 0; i < count; ++i) sources += paths[i].fresh ? 'f' : 'i';
    return sources;
  }
  void Send(const char *method) {
    options.emplace_back("updatable", "true");
    const std::string arguments = R"({"path":"/x","method":")" + std::string(method) + "\"}";
    CrmOp *op = OpenCall("request", arguments.c_str());
    ASSERT_NE(op, nullptr) << why.message;
    Drain(op);
    crm_close(op);
  }
};

TEST_F(SourceTest, ReadPathKeepsItsPaths) {
  EXPECT_EQ(Sources(""), "fii");
  EXPECT_EQ(Sources("auto"), "fii");
  EXPECT_EQ(Sources("fresh"), "f");
  EXPECT_EQ(Sources("index"), "ii");
  world.plan = Paths({{"fresh", {}}});
  EXPECT_EQ(Sources("index"), "none");
  EXPECT_NE(std::string(why.message).find("read_path"), std::string::npos);
  EXPECT_EQ(Sources("fresh"), "f");
  world.plan = Paths({{"index", {}}});
  EXPECT_EQ(Sources("fresh"), "none");
}

TEST_F(SourceTest, AutoReadsFreshAfterAWrite) {
  Send("GET");
  EXPECT_EQ(Sources("auto"), "fii");
  Send("POST");
  EXPECT_EQ(Sources("auto"), "f");
  EXPECT_EQ(Sources("index"), "ii");
  EXPECT_EQ(Sources("auto", "", 3), "fii");  // through another server
  world.now_us += 59'000'000;
  EXPECT_EQ(Sources("auto"), "f");
  EXPECT_EQ(Sources("auto", "30s"), "fii");
  EXPECT_EQ(Sources("auto", "2min"), "f");
  world.now_us += 2'000'000;
  EXPECT_EQ(Sources("auto"), "fii");
  Send("DELETE");
  world.plan = Paths({{"index", {}}});
  EXPECT_EQ(Sources("auto"), "i");  // better than nothing
}

TEST_F(SourceTest, AWriteWhoseAnswerIsLostCounts) {
  world.server = [](const Sent &) { return Broken(TransferError::kReset); };
  Send("POST");
  EXPECT_EQ(last, CrmStep::kFailed);
  EXPECT_EQ(Sources("auto"), "f");
}

TEST_F(SourceTest, TheLagBeginsWithTheAnswer) {
  world.latency_us = 50'000'000;
  Send("PUT");
  world.now_us += 30'000'000;
  EXPECT_EQ(Sources("auto"), "f");
}

TEST_F(PlanTest, GivenConditionsMustBeExact) {
  fields[1].traits = View("a given");
  nodes = {Node(CrmNode::kCompare, 0, 0), Node(CrmNode::kCompare, 0, 1)};
  for (CrmExpr &node : nodes) {
    node.value.type = CrmType::kText;
    node.value.text = View("x");
  }
  conjuncts = {0, 1};
  selectivity = {1, 1};
  world.plan = Paths({{"fresh", {Verdict::kLocal, Verdict::kExact}}});
  EXPECT_TRUE(PlanIt(Request())) << why.message;
  for (Verdict verdict : {Verdict::kLocal, Verdict::kSuperset}) {
    world.plan =
        Paths({{"fresh", {Verdict::kExact, Verdict::kExact}}, {"fresh", {Verdict::kExact, verdict}}});
    EXPECT_FALSE(PlanIt(Request()));
    EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
  }
}

TEST_F(PlanTest, PathsThatDoNotFitAreRefused) {
  for (const auto &plan : {Paths({}), Paths({{"fresh", {Verdict::kExact}}})}) {
    world.plan = plan;
    EXPECT_FALSE(PlanIt(Request()));
    EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
  }
}

TEST_F(PlanTest, CountsTakeExactPathsOnly) {
  nodes = {Node(CrmNode::kIsTrue, 0, 0), Node(CrmNode::kIsTrue, 0, 1)};
  conjuncts = {0, 1};
  selectivity = {1, 1};
  CrmReadRequest request = Request();
  request.count_only = true;
  world.plan = Paths({{"fresh", {Verdict::kExact, Verdict::kSuperset}},
                      {"fresh2", {Verdict::kExact, Verdict::kExact}},
                      {"fresh3", {Verdict::kLocal, Verdict::kExact}}});
  ASSERT_TRUE(PlanIt(request)) << why.message;
  ASSERT_EQ(count, 1);
  EXPECT_NE(Text(paths[0].plan).find("fresh2"), std::string::npos);
  EXPECT_NE(Text(paths[0].plan).find(R"("fields":[],"limited":false,"count_only":true)"), std::string::npos);
  request.read_path = View("index");
  ASSERT_TRUE(PlanIt(request)) << why.message;
  EXPECT_EQ(count, 0);
  world.plan = Paths({});
  ASSERT_TRUE(PlanIt(request)) << why.message;
  EXPECT_EQ(count, 0);
}

TEST_F(PlanTest, NoCountWithAConditionThatIsLeftOut) {
  for (int i = 0; i < 100; ++i) nodes.push_back(Node(CrmNode::kNot, 1));
  nodes.push_back(Node(CrmNode::kIsTrue, 0, 0));
  conjuncts = {0};
  selectivity = {1};
  CrmReadRequest request = Request();
  request.count_only = true;
  world.plan = Paths({{"fresh", {}}});
  ASSERT_TRUE(PlanIt(request)) << why.message;
  EXPECT_EQ(count, 0);
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
