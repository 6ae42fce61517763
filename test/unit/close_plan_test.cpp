// From conditions to list parameters.
#include "close_support.h"
#include "core/civil_time.h"

namespace crm {
namespace {

using namespace close_test;  // NOLINT: the helpers of these tests

constexpr auto kEq = CompareOp::kEq;

Reading Opportunities() { return Reading("opportunity", "opportunities", {"id", "value"}); }

Value Day(const char *text) { return Number(CrmType::kDate, *ParseDate(text)); }
Value Instant(const char *text) { return Number(CrmType::kTimestamp, *ParseTimestamp(text)); }

TEST(ClosePlan, FullListNamesFields) {
  EXPECT_EQ(Reading("lead", "leads", {"id", "name"}).Described(),
            "GET /api/v1/lead/?_limit=200&_fields=id,name,date_updated");
  EXPECT_EQ(Reading("contact", "contacts", {}).Described(),
            "GET /api/v1/contact/?_limit=200&_fields=id,date_created");
  EXPECT_EQ(Opportunities().Described(),
            "GET /api/v1/opportunity/?_order_by=date_created&_limit=200&_fields=id,value,date_created");
  EXPECT_EQ(Reading("status/lead", "lead_statuses", {"id", "label"}).Described(), "GET /api/v1/status/lead/");
}

TEST(ClosePlan, IdBecomesALookUp) {
  auto reading = Reading("lead", "leads", {"name"});
  reading.Where("id", kEq, Text("lead_a"));
  const auto paths = reading.Plan();
  ASSERT_EQ(paths.size(), 3u);
  EXPECT_EQ(paths[1].verdicts[0], Verdict::kExact);
  EXPECT_EQ(paths[1].requests, 1);
  EXPECT_EQ(paths[1].rows_sent, 1);
  EXPECT_EQ(paths[2].verdicts[0], Verdict::kLocal);
  EXPECT_EQ(paths[2].requests, 5);
  EXPECT_EQ(reading.Described(1), "GET /api/v1/lead/lead_a/?_fields=id,name");
}

TEST(ClosePlan, ParametersPrintAsSuch) {
  auto one = Reading("lead", "leads", {"name"});
  one.Where("id", kEq, Text(""), 0);
  EXPECT_EQ(one.Described(1), "GET /api/v1/lead/$1/?_fields=id,name");
  auto many = Reading("lead", "leads", {"name"});
  many.Where("id", kEq, Texts({}), 2);
  EXPECT_EQ(many.Described(1), "GET /api/v1/lead/?id__in=$3&_limit=100&_fields=id,name");
  EXPECT_EQ(many.Plan()[1].rows_sent, 10);
  EXPECT_EQ(many.Plan()[1].requests, 1);
  auto contacts = Reading("contact", "contacts", {"name"});
  contacts.Where("id", kEq, Texts({}), 0);
  EXPECT_EQ(contacts.Described(1), "GET /api/v1/contact/any($1)/?_fields=id,name");
  EXPECT_EQ(contacts.Plan()[1].requests, 10);
  auto leads = Reading("contact", "contacts", {"name"});
  leads.Where("lead_id", kEq, Texts({}), 0);
  EXPECT_EQ(leads.Described(1),
            "GET /api/v1/contact/?lead_id=any($1)&_limit=200&_fields=id,name,date_created,lead_id");
  const std::vector<Value> bound = {Texts({"lead_a", "lead_b"})};
  EXPECT_EQ(leads.Described(1, &bound),
            "GET /api/v1/contact/?lead_id=lead_a&_limit=200&_fields=id,name,date_created,lead_id and 1 more");
}

TEST(ClosePlan, StatusesAndPipelinesHaveNoLookUp) {
  auto reading = Reading("pipeline", "pipelines", {"name"});
  reading.Where("id", kEq, Text("pipe_a"));
  ASSERT_EQ(reading.Plan().size(), 1u);
  EXPECT_EQ(reading.Plan()[0].verdicts[0], Verdict::kLocal);
  EXPECT_EQ(reading.Plan()[0].reasons[0], "Close lists of pipelines have no filter on id");
}

TEST(ClosePlan, OpportunityFilters) {
  auto reading = Opportunities();
  reading.Where("status_type", kEq, Text("won"))
      .Where("user_id", kEq, Texts({"user_a", "user_b", "user_a", std::nullopt}))
      .Where("status_label", kEq, Text("Won"))
      .Where("value_period", kEq, Texts({"monthly"}))
      .Where("date_won", CompareOp::kGe, Day("2026-01-01"))
      .Where("date_won", CompareOp::kLt, Day("2026-02-01"))
      .Where("date_created", CompareOp::kGt, Instant("2026-01-01T00:00:00.5"))
      .Where("date_updated", CompareOp::kLe, Instant("2026-01-01T00:00:00"));
  EXPECT_EQ(reading.Described(),
            "GET /api/v1/opportunity/?status_type=won&user_id__in=user_a,user_b&status_label=Won"
            "&value_period=monthly&date_won__gte=2026-01-01&date_won__lt=2026-02-01"
            "&date_created__gte=2026-01-01T00:00:00Z&date_updated__lte=2026-01-01T00:00:01Z"
            "&_order_by=date_created&_limit=200&_fields=id,value,date_created");
  const AccessPath path = reading.Plan().back();
  EXPECT_EQ(path.verdicts[0], Verdict::kExact);
  EXPECT_EQ(path.verdicts[2], Verdict::kSuperset);
  EXPECT_EQ(path.verdicts[6], Verdict::kSuperset);
  EXPECT_EQ(path.reasons[6], "widened to whole seconds");
  EXPECT_EQ(path.requests, 1);
}

TEST(ClosePlan, InstantsAreWidenedOnBothSides) {
  const auto sent = [](CompareOp op, const char *text) {
    auto reading = Opportunities();
    reading.Where("date_created", op, Instant(text));
    const std::string query = reading.Described();
    const std::size_t begin = query.find('?') + 1;
    return query.substr(begin, query.find("&_order") - begin);
  };
  EXPECT_EQ(sent(CompareOp::kGe, "2026-01-01T10:00:05.999999"), "date_created__gte=2026-01-01T10:00:05Z");
  EXPECT_EQ(sent(CompareOp::kLt, "2026-01-01T10:00:05.000001"), "date_created__lte=2026-01-01T10:00:06Z");
  EXPECT_EQ(sent(CompareOp::kEq, "2026-01-01T10:00:05.5"),
            "date_created__gte=2026-01-01T10:00:05Z&date_created__lte=2026-01-01T10:00:06Z");
  EXPECT_EQ(sent(CompareOp::kGe, "1999-12-31T23:59:59.5"), "date_created__gte=1999-12-31T23:59:59Z");
}

TEST(ClosePlan, WhatCannotBeSentStaysLocal) {
  const auto verdict = [](const std::string &path, CompareOp op, Value value) {
    auto reading = Opportunities();
    reading.Where(path, op, std::move(value));
    return reading.Plan().back().verdicts[0];
  };
  EXPECT_EQ(verdict("status_label", kEq, Text("a, b")), Verdict::kLocal);
  EXPECT_EQ(verdict("status_label", kEq, Text("")), Verdict::kLocal);
  EXPECT_EQ(verdict("status_label", kEq, Text(" a")), Verdict::kLocal);
  EXPECT_EQ(verdict("status_label", kEq, Text("a\xC2\xA0")), Verdict::kLocal);
  EXPECT_EQ(verdict("status_label", kEq, Text("\xE2\x80\x83 a")), Verdict::kLocal);
  EXPECT_EQ(verdict("status_label", kEq, Text("“a” à")), Verdict::kSuperset);
  EXPECT_EQ(verdict("status_label", kEq, Texts({"a", "b,c"})), Verdict::kLocal);
  EXPECT_EQ(verdict("user_id", kEq, Text("user a")), Verdict::kLocal);
  EXPECT_EQ(verdict("status_type", CompareOp::kNe, Text("won")), Verdict::kLocal);
  EXPECT_EQ(verdict("status_type", CompareOp::kLt, Text("won")), Verdict::kLocal);
  EXPECT_EQ(verdict("note", kEq, Text("x")), Verdict::kLocal);
  EXPECT_EQ(verdict("pipeline_id", kEq, Text("pipe_a")), Verdict::kLocal);
  EXPECT_EQ(verdict("date_won", CompareOp::kLt, Number(CrmType::kDate, INT64_MAX)), Verdict::kLocal);
  EXPECT_EQ(verdict("date_created", CompareOp::kGt, Number(CrmType::kTimestamp, INT64_MIN)), Verdict::kLocal);
  EXPECT_EQ(verdict("status_type", kEq, Text("won")), Verdict::kExact);
}

TEST(ClosePlan, ReasonsAreNamed) {
  auto reading = Reading("lead", "leads", {"id"});
  reading.Where("name", kEq, Text("x"));
  Expr either;
  either.kind = Expr::Kind::kOr;
  reading.request.conjuncts.push_back(either);
  Expr null;
  null.kind = Expr::Kind::kIsNull;
  null.field = 0;
  reading.request.conjuncts.push_back(null);
  const AccessPath path = reading.Plan().back();
  EXPECT_EQ(path.reasons[0], "Close lists of leads have no filter on name");
  EXPECT_EQ(path.reasons[1], "Close lists take no alternatives");
  EXPECT_EQ(path.reasons[2], "Close lists cannot look for empty values");
}

TEST(ClosePlan, ColumnsOfTheUserAreLocal) {
  auto reading = Opportunities();
  reading.Where("status_type", kEq, Text("won"));
  reading.request.fields.back().remote_type.clear();
  EXPECT_EQ(reading.Plan().back().verdicts[0], Verdict::kLocal);
  reading.request.fields.back().remote_type = "text";
  reading.request.fields.back().traits = "read-only";
  EXPECT_EQ(reading.Plan().back().verdicts[0], Verdict::kLocal);
  reading.request.fields.back().traits = "filterable";
  reading.request.fields.back().type = CrmType::kJson;
  EXPECT_EQ(reading.Plan().back().verdicts[0], Verdict::kLocal);
}

TEST(ClosePlan, NoParameterTwice) {
  auto reading = Opportunities();
  reading.Where("status_type", kEq, Text("won"))
      .Where("status_type", kEq, Texts({"won", "lost"}))
      .Where("date_created", CompareOp::kGe, Instant("2026-01-01"))
      .Where("date_created", CompareOp::kEq, Instant("2026-01-02"));
  const AccessPath path = reading.Plan().back();
  EXPECT_EQ(path.verdicts,
            (std::vector<Verdict>{Verdict::kExact, Verdict::kLocal, Verdict::kSuperset, Verdict::kLocal}));
  EXPECT_EQ(path.reasons[1], "another condition uses this filter");
}

TEST(ClosePlan, PerLeadPathBesideTheList) {
  auto reading = Opportunities();
  reading.Where("lead_id", kEq, Texts({"lead_a", "lead_b"})).Where("status_type", kEq, Text("won"));
  const auto paths = reading.Plan();
  ASSERT_EQ(paths.size(), 3u);
  EXPECT_EQ(paths[1].requests, 2);
  EXPECT_EQ(paths[1].verdicts, (std::vector<Verdict>{Verdict::kExact, Verdict::kExact}));
  EXPECT_EQ(paths[2].verdicts, (std::vector<Verdict>{Verdict::kLocal, Verdict::kExact}));
  EXPECT_EQ(paths[2].reasons[0], "a Close list takes one value of lead_id");
  auto single = Opportunities();
  single.Where("lead_id", kEq, Text("lead_a"));
  ASSERT_EQ(single.Plan().size(), 2u);
  EXPECT_NE(single.Described().find("?lead_id=lead_a&"), std::string::npos);
}

TEST(ClosePlan, OrderOfOpportunitiesByCreation) {
  auto reading = Opportunities();
  reading.OrderBy("date_created", true);
  EXPECT_TRUE(reading.Plan().back().ordered);
  EXPECT_NE(reading.Described().find("_order_by=-date_created"), std::string::npos);
  auto ascending = Opportunities();
  ascending.OrderBy("date_created", false);
  EXPECT_NE(ascending.Described().find("_order_by=date_created"), std::string::npos);
  auto two = Opportunities();
  two.OrderBy("date_created", false).OrderBy("id", false);
  EXPECT_FALSE(two.Plan().back().ordered);
  auto value = Opportunities();
  value.OrderBy("value", false);
  EXPECT_FALSE(value.Plan().back().ordered);
  auto leads = Reading("lead", "leads", {"id"});
  leads.OrderBy("date_created", false);
  EXPECT_FALSE(leads.Plan().back().ordered);
}

TEST(ClosePlan, LimitSizesTheFirstPageOnlyIfAllIsSent) {
  auto reading = Opportunities();
  reading.request.rows_wanted = 5;
  EXPECT_NE(reading.Described().find("_limit=5&"), std::string::npos);
  reading.Where("status_type", kEq, Text("won"));
  EXPECT_NE(reading.Described().find("_limit=5&"), std::string::npos);
  reading.Where("note", kEq, Text("x"));
  EXPECT_NE(reading.Described().find("_limit=200&"), std::string::npos);
  auto many = Opportunities();
  many.request.rows_wanted = 5000;
  EXPECT_NE(many.Described().find("_limit=200&"), std::string::npos);
}

TEST(ClosePlan, UnknownObject) {
  ReadRequest request;
  request.object = "leed";
  const Error error = Thrown([&] { Close().Plan(request); });
  EXPECT_EQ(error.kind, CrmErrorKind::kUnknownObject);
  EXPECT_EQ(
      error.hint,
      "Valid objects are: lead, contact, opportunity, user, status/lead, status/opportunity, pipeline, task, "
      "activity, activity/note, activity/call, activity/email, activity/sms, activity/meeting, "
      "saved_search.");
}

TEST(ClosePlan, PlanTextSurvivesDecoding) {
  auto reading = Opportunities();
  reading.Where("status_label", kEq, Texts({"Über \"x\"", "b"}))
      .Where("date_won", CompareOp::kLe, Day("2026-01-01"), 4);
  EXPECT_EQ(reading.Plan().back().plan, reading.Plan().back().plan);
  EXPECT_NE(reading.Described().find("status_label__in=Über \"x\",b&date_won__lte=$5"), std::string::npos);
}

}  // namespace
}  // namespace crm
