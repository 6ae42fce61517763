// Requests about several objects: what becomes of their fields and conditions.
#include <gtest/gtest.h>

#include "engine/plan.h"
#include "engine_fakes.h"

namespace crm::fake {
namespace {

// contact (0 id, 1 account), its parent account (2 id, 3 name), a task of the contact (4 id, 5 who, 6 done).
class RelationsTest : public EngineTest {
 protected:
  RelationsTest() {
    const auto field = [](const char *path, std::int16_t relation) {
      return CrmField{View(path), View("text"), View(""), CrmType::kText, relation < 2, relation};
    };
    fields = {field("id", 0), field("account", 0), field("id", 1),  field("name", 1),
              field("id", 2), field("who", 2),     field("done", 2)};
    relations = {{CrmRelationKind::kParent, View("account"), 1, 2},
                 {CrmRelationKind::kSelect, View("task"), 0, 5}};
    world.plan = [this](const ReadRequest &request) {
      seen = request;
      AccessPath path;
      path.plan = "{}";
      path.verdicts.assign(request.conjuncts.size(), verdict);
      path.reasons.assign(request.conjuncts.size(), "");
      return std::vector<AccessPath>{path};
    };
    world.join_parent = [](ReadRequest &request, const Parent &parent) {
      for (const int field : parent.fields) request.fields[field].path.insert(0, parent.object + ".");
      return true;
    };
  }

  CrmReadRequest Request() {
    CrmReadRequest request{};
    request.object = View("contact");
    request.fields = fields.data();
    request.field_count = static_cast<std::int32_t>(fields.size());
    request.relations = relations.data();
    request.relation_count = static_cast<std::int32_t>(relations.size());
    request.nodes = nodes.data();
    request.node_count = static_cast<std::int32_t>(nodes.size());
    request.conjuncts = conjuncts.data();
    request.conjunct_count = static_cast<std::int32_t>(conjuncts.size());
    request.rows_wanted = -1;
    return request;
  }
  void Conjunct(std::vector<CrmExpr> expr) {
    conjuncts.push_back(static_cast<std::int32_t>(nodes.size()));
    nodes.insert(nodes.end(), expr.begin(), expr.end());
  }
  static CrmExpr Node(CrmNode kind, int field, int children = 0, int relation = -1) {
    CrmExpr node{};
    node.node = kind;
    node.field = static_cast<std::int16_t>(field);
    node.param = -1;
    node.relation = static_cast<std::int16_t>(relation);
    node.children = children;
    return node;
  }
  bool PlanIt() { return crm_plan_read(View("fake"), &request_, &paths, &count, &why); }
  bool PlanIt(const CrmReadRequest &request) {
    request_ = request;
    return PlanIt();
  }

  std::vector<CrmField> fields;
  std::vector<CrmRelation> relations;
  std::vector<CrmExpr> nodes;
  std::vector<std::int32_t> conjuncts;
  CrmReadRequest request_{};
  const CrmAccessPath *paths = nullptr;
  std::int32_t count = 0;
  CrmFailure why{};
  Verdict verdict = Verdict::kExact;
  ReadRequest seen;
};

TEST_F(RelationsTest, ParentsBecomeFieldsAndSelectsConditions) {
  Conjunct({Node(CrmNode::kIsNull, 3)});
  Conjunct({Node(CrmNode::kOr, -1, 2), Node(CrmNode::kIsNull, 6), Node(CrmNode::kIsNull, 5)});
  Conjunct({Node(CrmNode::kInSelect, 0, 0, 1)});
  ASSERT_TRUE(PlanIt(Request())) << why.message;
  ASSERT_EQ(seen.fields.size(), 4U);
  EXPECT_EQ(seen.fields[3].path, "account.name");
  ASSERT_EQ(seen.conjuncts.size(), 2U);
  EXPECT_EQ(seen.conjuncts[0].field, 3);
  EXPECT_EQ(seen.conjuncts[1].kind, Expr::Kind::kInSelect);
  EXPECT_EQ(seen.conjuncts[1].select, 0);
  EXPECT_FALSE(seen.conjuncts[1].negated);
  ASSERT_EQ(seen.selects.size(), 1U);
  const SubSelect &select = seen.selects[0];
  EXPECT_EQ(select.object, "task");
  EXPECT_EQ(select.own, 1);
  ASSERT_EQ(select.fields.size(), 3U);
  EXPECT_EQ(select.fields[2].path, "done");
  ASSERT_EQ(select.conjuncts.size(), 1U);
  EXPECT_EQ(select.conjuncts[0].children[0].field, 2);
  EXPECT_EQ(select.conjuncts[0].children[1].field, 1);
  ASSERT_EQ(count, 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(paths[0].verdicts[i], CrmVerdict::kExact);
}

TEST_F(RelationsTest, RowsThatMustNotBeThere) {
  relations[1].kind = CrmRelationKind::kExcludingSelect;
  Conjunct({Node(CrmNode::kInSelect, 0, 0, 1)});
  ASSERT_TRUE(PlanIt(Request()));
  EXPECT_TRUE(seen.conjuncts[0].negated);
}

TEST_F(RelationsTest, WhatIsNotExactGivesNoPath) {
  Conjunct({Node(CrmNode::kInSelect, 0, 0, 1)});
  verdict = Verdict::kSuperset;
  ASSERT_TRUE(PlanIt(Request()));
  EXPECT_EQ(count, 0);
}

TEST_F(RelationsTest, AConditionTooDeepToBeSentGivesNoPath) {
  std::vector<CrmExpr> deep(100, Node(CrmNode::kNot, -1, 1));
  deep.push_back(Node(CrmNode::kIsNull, 6));
  Conjunct(deep);
  Conjunct({Node(CrmNode::kInSelect, 0, 0, 1)});
  ASSERT_TRUE(PlanIt(Request()));
  EXPECT_EQ(count, 0);
}

TEST_F(RelationsTest, AParentThatCannotBeJoinedGivesNoPath) {
  world.join_parent = nullptr;
  ASSERT_TRUE(PlanIt(Request()));
  EXPECT_EQ(count, 0);
}

TEST_F(RelationsTest, WhatDoesNotFitTogetherIsRefused) {
  const auto refused = [&](const CrmReadRequest &request) {
    EXPECT_FALSE(PlanIt(request));
    EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
  };
  const auto with = [&](auto change) {
    const auto fields_before = fields;
    const auto relations_before = relations;
    change();
    refused(Request());
    fields = fields_before;
    relations = relations_before;
  };
  with([&] { fields[3].relation = 3; });
  with([&] { fields[3].relation = -1; });
  with([&] { fields[1].relation = 2; });  // before the object's own end
  with([&] { fields[5].relation = 1; });  // in the middle of a select's
  with([&] { relations[0].own = 1; });
  with([&] { relations[0].reference = 3; });  // its own
  with([&] { relations[0].reference = 99; });
  with([&] { relations[1].reference = 3; });  // a parent's
  Conjunct({Node(CrmNode::kInSelect, 0, 0, 0)});
  refused(Request());
  conjuncts.clear();
  Conjunct({Node(CrmNode::kInSelect, 0, 0, 2)});
  refused(Request());
  conjuncts.clear();
  Conjunct({Node(CrmNode::kAnd, -1, 2), Node(CrmNode::kIsNull, 3), Node(CrmNode::kIsNull, 6)});
  refused(Request());
}

}  // namespace
}  // namespace crm::fake
