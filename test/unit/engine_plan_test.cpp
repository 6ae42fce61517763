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
    fields = {{View("id"), View("id"), View("key"), CrmType::kText, true, 0},
              {View("value"), View("money"), View(""), CrmType::kDecimal, false, 0},
              {View("when"), View("datetime"), View(""), CrmType::kTimestamp, true, 0}};
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
      R"({"v":3,"provider":"fake","object":"lead","fields":[["id","id","key","text"],)"
      R"(["when","datetime","","timestamp"]],"limited":false,"outputs":[],"read":"{\"list\":\"all\"}"})");
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
  refused("{\"v\":3}");
  refused(right.substr(0, right.size() - 1));
  refused(with("\"v\":3", "\"v\":2"));
  refused(with("\"v\":3", "\"v\":\"3\""));
  refused(with("\"v\":3", "\"v\":3,\"w\":1"));
  refused(with("\"outputs\":[]", "\"outputs\":{}"));
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

TEST_F(SourceTest, GroupsAreFreshAfterAWriteOrMadeHere) {
  const CrmOutput rows = {CrmFunction::kCountRows, -1, CrmType::kInt};
  const auto sources = [&] {
    CrmReadRequest request = Request();
    request.database_oid = 1;
    request.server_oid = 2;
    request.outputs = &rows;
    request.output_count = 1;
    EXPECT_TRUE(PlanIt(request)) << why.message;
    std::string letters;
    for (std::int32_t i = 0; i < count; ++i) letters += paths[i].fresh ? 'f' : 'i';
    return letters;
  };
  EXPECT_EQ(sources(), "fii");
  Send("POST");
  EXPECT_EQ(sources(), "f");
  world.plan = Paths({{"index", {}}});
  EXPECT_EQ(sources(), "");
  world.now_us += 61'000'000;
  EXPECT_EQ(sources(), "i");
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

TEST_F(PlanTest, DeletedRowsAreAskedForByTheTable) {
  std::vector<bool> seen;
  world.plan = [&](const ReadRequest &request) {
    seen.push_back(request.include_deleted);
    AccessPath path;
    path.plan = "{}";
    return std::vector<AccessPath>{path};
  };
  CrmReadRequest request = Request();
  ASSERT_TRUE(PlanIt(request)) << why.message;
  request.include_deleted = true;
  ASSERT_TRUE(PlanIt(request)) << why.message;
  EXPECT_EQ(seen, (std::vector<bool>{false, true}));
}

// ---- groups ----------------------------------------------------------------------------------------------

class GroupTest : public PlanTest {
 protected:
  CrmReadRequest Grouped() {
    CrmReadRequest request = Request();
    request.outputs = outputs.data();
    request.output_count = static_cast<std::int32_t>(outputs.size());
    request.group_by = group_by.data();
    request.group_count = static_cast<std::int32_t>(group_by.size());
    return request;
  }

  std::vector<CrmOutput> outputs = {{CrmFunction::kCountRows, -1, CrmType::kInt}};
  std::vector<std::int16_t> group_by;
};

TEST_F(GroupTest, TheProviderSeesWhatIsWanted) {
  outputs = {{CrmFunction::kGroup, 0, CrmType::kText},    {CrmFunction::kCountRows, -1, CrmType::kInt},
             {CrmFunction::kCount, 1, CrmType::kInt},     {CrmFunction::kCountDistinct, 0, CrmType::kInt},
             {CrmFunction::kMin, 2, CrmType::kTimestamp}, {CrmFunction::kMax, 2, CrmType::kTimestamp},
             {CrmFunction::kSum, 1, CrmType::kDecimal}};
  group_by = {2, 0};
  CrmReadRequest grouped = Grouped();
  grouped.approximate = true;
  const ReadRequest request = DecodeRequest(grouped).request;
  EXPECT_TRUE(request.grouped());
  EXPECT_TRUE(request.approximate);
  EXPECT_EQ(request.group_by, (std::vector<int>{2, 0}));
  ASSERT_EQ(request.outputs.size(), outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_EQ(static_cast<int>(request.outputs[i].function), static_cast<int>(i));
    EXPECT_EQ(request.outputs[i].field, outputs[i].field);
    EXPECT_EQ(request.outputs[i].type, outputs[i].type);
  }
  EXPECT_FALSE(DecodeRequest(Grouped()).request.approximate);
  EXPECT_FALSE(DecodeRequest(Request()).request.grouped());
}

TEST_F(GroupTest, OnlyTheNumberOfRows) {
  EXPECT_TRUE(DecodeRequest(Grouped()).request.WantsCountOnly());
  EXPECT_FALSE(DecodeRequest(Request()).request.WantsCountOnly());
  group_by = {0};
  EXPECT_FALSE(DecodeRequest(Grouped()).request.WantsCountOnly());
  group_by = {};
  outputs[0] = {CrmFunction::kCount, 0, CrmType::kInt};
  EXPECT_FALSE(DecodeRequest(Grouped()).request.WantsCountOnly());
  outputs = {{CrmFunction::kCountRows, -1, CrmType::kInt}, {CrmFunction::kCountRows, -1, CrmType::kInt}};
  EXPECT_FALSE(DecodeRequest(Grouped()).request.WantsCountOnly());
}

TEST_F(GroupTest, TextHoldsTheCells) {
  outputs = {{CrmFunction::kGroup, 0, CrmType::kText}, {CrmFunction::kCountRows, -1, CrmType::kInt}};
  group_by = {0};
  ASSERT_TRUE(PlanIt(Grouped())) << why.message;
  ASSERT_EQ(count, 1);
  EXPECT_EQ(Text(paths[0].plan),
            R"({"v":3,"provider":"fake","object":"lead","fields":[],"limited":false,"outputs":)"
            R"([["group",["id","id","key","text"]],["count_rows",["","","","int"]]],)"
            R"("read":"{\"list\":\"all\"}"})");
}

TEST_F(GroupTest, RoundTrip) {
  ReadRequest request;
  request.fields = {{"a", "t", "x y", CrmType::kInt, true}, {"b", "", "", CrmType::kText, true}};
  for (int function = 0; function <= static_cast<int>(Function::kSum); ++function)
    request.outputs.push_back({static_cast<Function>(function),
                               static_cast<Function>(function) == Function::kCountRows ? -1 : function % 2,
                               static_cast<CrmType>(function)});
  request.group_by = {0};
  const ReadPlan plan = DecodePlan(EncodePlan("fake", request, {})).read;
  EXPECT_TRUE(plan.fields.empty());
  EXPECT_EQ(plan.cell_count(), request.outputs.size());
  ASSERT_EQ(plan.outputs.size(), request.outputs.size());
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    const Output &output = request.outputs[i];
    EXPECT_EQ(plan.outputs[i].function, output.function);
    EXPECT_EQ(plan.outputs[i].field.type, output.type);
    EXPECT_EQ(plan.outputs[i].field.path, output.field < 0 ? "" : request.fields[output.field].path);
    EXPECT_EQ(plan.outputs[i].field.traits, output.field == 0 ? "x y" : "");
  }
  request.outputs.clear();
  request.group_by.clear();
  EXPECT_EQ(DecodePlan(EncodePlan("fake", request, {})).read.cell_count(), 2U);
}

TEST_F(GroupTest, OtherTextsAreRefused) {
  ASSERT_TRUE(PlanIt(Grouped())) << why.message;
  const std::string right = Text(paths[0].plan);
  const std::string cell = R"(["count_rows",["","","","int"]])";
  DecodePlan(right);
  for (const std::string &to :
       {std::string("7"), std::string("[]"), std::string(R"(["count_rows"])"),
        std::string(R"(["avg",["","","","int"]])"), std::string(R"([1,["","","","int"]])"),
        std::string(R"(["count_rows",["","","int"]])"), std::string(R"(["count_rows",["","","","blob"]])"),
        std::string(R"(["count_rows",["","","","int"],1])"), std::string(R"(["count_rows",null])")}) {
    std::string text = right;
    text.replace(text.find(cell), cell.size(), to);
    EXPECT_THROW(DecodePlan(text), Error) << text;
  }
  std::string text = right;
  text.replace(text.find(R"("fields":[])"), 11, R"("fields":[["id","id","","text"]])");
  EXPECT_THROW(DecodePlan(text), Error);
}

TEST_F(GroupTest, OddRequests) {
  const auto refused = [&](const CrmReadRequest &request, const char *what) {
    EXPECT_FALSE(PlanIt(request)) << what;
    EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
    EXPECT_NE(std::string(why.message).find(what), std::string::npos) << why.message;
  };
  const std::vector<std::pair<CrmOutput, const char *>> wrong = {
      {{static_cast<CrmFunction>(7), 0, CrmType::kInt}, "unknown function"},
      {{CrmFunction::kMin, 0, static_cast<CrmType>(12)}, "unknown type"},
      {{CrmFunction::kMin, -1, CrmType::kText}, "of no field"},
      {{CrmFunction::kMin, 3, CrmType::kText}, "of no field"},
      {{CrmFunction::kCountRows, 0, CrmType::kInt}, "of no field"},
      {{CrmFunction::kCount, 0, CrmType::kText}, "no integer"},
      {{CrmFunction::kGroup, 0, CrmType::kText}, "not grouped by"},
  };
  group_by = {1};
  for (const auto &[output, what] : wrong) {
    outputs = {output};
    refused(Grouped(), what);
  }
  outputs = {{CrmFunction::kCountRows, -1, CrmType::kInt}};
  for (std::int16_t field : {-1, 3}) {
    group_by = {field};
    refused(Grouped(), "group by no field");
  }
  group_by = {1, 1};
  refused(Grouped(), "twice");
  group_by = {1};
  CrmReadRequest request = Grouped();
  request.output_count = 0;
  refused(request, "without an output");
  request = Grouped();
  request.outputs = nullptr;
  refused(request, "no outputs");
  request = Grouped();
  request.group_by = nullptr;
  refused(request, "no groups");
}

TEST_F(GroupTest, ExactPathsOnly) {
  nodes = {Node(CrmNode::kIsTrue, 0, 0), Node(CrmNode::kIsTrue, 0, 1)};
  conjuncts = {0, 1};
  selectivity = {1, 1};
  world.plan = Paths({{"fresh", {Verdict::kExact, Verdict::kSuperset}},
                      {"fresh2", {Verdict::kExact, Verdict::kExact}},
                      {"fresh3", {Verdict::kLocal, Verdict::kExact}}});
  for (bool approximate : {false, true}) {
    CrmReadRequest request = Grouped();
    request.approximate = approximate;
    ASSERT_TRUE(PlanIt(request)) << why.message;
    ASSERT_EQ(count, 1);
    EXPECT_NE(Text(paths[0].plan).find("fresh2"), std::string::npos);
    request.read_path = View("index");
    ASSERT_TRUE(PlanIt(request)) << why.message;
    EXPECT_EQ(count, 0);
  }
  world.plan = Paths({});
  ASSERT_TRUE(PlanIt(Grouped())) << why.message;
  EXPECT_EQ(count, 0);
}

TEST_F(GroupTest, NoneWithAConditionThatIsLeftOut) {
  for (int i = 0; i < 100; ++i) nodes.push_back(Node(CrmNode::kNot, 1));
  nodes.push_back(Node(CrmNode::kIsTrue, 0, 0));
  conjuncts = {0};
  selectivity = {1};
  world.plan = Paths({{"fresh", {}}});
  ASSERT_TRUE(PlanIt(Grouped())) << why.message;
  EXPECT_EQ(count, 0);
}

TEST_F(GroupTest, RowsHaveTheOutputsCells) {
  outputs.push_back({CrmFunction::kMin, 0, CrmType::kText});
  ASSERT_TRUE(PlanIt(Grouped())) << why.message;
  const std::string plan = Text(paths[0].plan);
  for (int columns : {2, 3}) {  // 3: of all fields
    world.read = [&](const ReadPlan &read, std::vector<Value>) {
      EXPECT_EQ(read.outputs.size(), 2U);
      return std::make_unique<PageExchange>("lead", 1, columns);
    };
    const CrmAccount account = Account();
    const CrmSettings settings = Settings();
    CrmOp *op = nullptr;
    ASSERT_TRUE(crm_open_read(&op, &account, &settings, View(plan.c_str()), &why)) << why.message;
    ASSERT_NE(Bound(op), nullptr);
    EXPECT_EQ(Drain(op).size(), columns == 2 ? 3U : 0U);
    EXPECT_EQ(last, columns == 2 ? CrmStep::kDone : CrmStep::kFailed);
    crm_close(op);
  }
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
