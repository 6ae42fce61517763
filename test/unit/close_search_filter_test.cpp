// From conditions to the query of a search: what is sent, word for word, and that it loses no row under any
// reading of what Close does not document.
#include "providers/close/search_filter.h"

#include <limits>

#include "close_search_model.h"
#include "close_support.h"
#include "core/civil_time.h"

namespace crm {
namespace {

using namespace close_test;  // NOLINT: the helpers of these tests
using namespace close_crm;   // NOLINT: what is tested
using Kind = Expr::Kind;

constexpr auto kEq = CompareOp::kEq;
constexpr auto kNe = CompareOp::kNe;
constexpr std::int64_t kInfinity = std::numeric_limits<std::int64_t>::max();

Value Day(std::int64_t days) { return Number(CrmType::kDate, days); }
Value Day(const char *text) { return Day(*ParseDate(text)); }
Value Instant(std::int64_t micros) { return Number(CrmType::kTimestamp, micros); }
Value Instant(const char *text) { return Instant(*ParseTimestamp(text)); }
Value Decimal(const char *text) {
  Value value;
  value.type = CrmType::kDecimal;
  value.text = text;
  return value;
}
Value Integer(std::int64_t number) { return Number(CrmType::kInt, number); }

std::string Shown(const BoundSearch &bound) {
  if (bound.kind == BoundSearch::Kind::kNothing) return "nothing";
  return bound.kind == BoundSearch::Kind::kEverything ? "everything" : bound.node.dump();
}

// "exact {…}": the verdict and what is sent, the field left out where it is one of the object's own.
std::string Sent(const On &on, const Expr &expr, const std::vector<Value> &params = {}) {
  const Translation translation = on.Translate(expr);
  if (!translation.node) {
    EXPECT_EQ(translation.verdict, Verdict::kLocal);
    EXPECT_FALSE(translation.reason.empty());
    return "local";
  }
  EXPECT_EQ(translation.reason.empty(), translation.verdict == Verdict::kExact);
  const SearchBinding binding{&params, &kVocabulary, true};
  const std::string words = translation.verdict == Verdict::kExact ? "exact " : "superset ";
  return words + Shown(BindSearch(*translation.node, on.object.search_type, binding));
}

std::string Field(const On &on, const std::string &name) {
  return R"("field":{"type":"regular_field","object_type":")" + std::string(on.object.search_type) +
         R"(","field_name":")" + name + R"("})";
}
std::string Condition(const std::string &field, const std::string &condition, bool negate = false) {
  return std::string(R"({"type":"field_condition",)") + (negate ? R"("negate":true,)" : "") + field +
         R"(,"condition":)" + condition + "}";
}
std::string TextCondition(const char *mode, const std::string &value) {
  return R"({"type":"text","mode":")" + std::string(mode) + R"(","value":)" + Json(value).dump() + "}";
}
std::string Grouped(const char *type, const std::string &nodes) {
  return R"({"type":")" + std::string(type) + R"(","queries":[)" + nodes + "]}";
}

TEST(CloseSearchFilter, TextEquality) {
  On leads = Leads();
  const std::string name = Field(leads, "name");
  const auto sent = [&](const std::string &text) { return Sent(leads, leads.Is("name", kEq, Text(text))); };
  EXPECT_EQ(sent("acme"), "superset " + Condition(name, TextCondition("exact_value", "acme")));
  EXPECT_EQ(sent("Acme"),
            "superset " + Grouped("or", Condition(name, TextCondition("exact_value", "Acme")) + "," +
                                            Condition(name, TextCondition("exact_value", "acme"))));
  EXPECT_EQ(
      sent("O'Brien \"x\\y\""),
      "superset " + Grouped("or", Condition(name, TextCondition("exact_value", "O'Brien \"x\\y\"")) + "," +
                                      Condition(name, TextCondition("exact_value", "o'brien \"x\\y\""))));
  for (const char *words :
       {"Ärger", "日本語", "İstanbul", "straße", " acme", "acme ", "a  b", "a\nb", "acme 🎉"}) {
    EXPECT_EQ(sent(words), "superset " + Condition(name, TextCondition("full_words", words)));
  }
  for (const char *nothing : {"", " ", "   ", "🎉", "🎉🎉", "-", "…", "\"\"", "ๆ"}) {
    EXPECT_EQ(sent(nothing), "local") << nothing;
  }
  EXPECT_EQ(sent(std::string(101, 'x')),
            "superset " + Condition(name, TextCondition("full_words", std::string(101, 'x'))));
  EXPECT_EQ(sent(std::string(32'768, 'x')), "local");
}

TEST(CloseSearchFilter, TextsThatCannotBeAskedFor) {
  On leads = Leads();
  EXPECT_EQ(Sent(leads, leads.Is("name", kNe, Text("acme"))), "local");
  EXPECT_EQ(Sent(leads, leads.Is("name", CompareOp::kLt, Text("acme"))), "local");
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kAnyOf, "name", Texts({"acme"})))), "local");
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kLike, "name", Text("acme%")))), "local");
  EXPECT_EQ(Sent(leads, leads.Is("display_name", kEq, Text("acme"))), "local");
  EXPECT_EQ(Sent(leads, leads.Is("custom.cf_hidden", kEq, Text("acme"))), "local");
}

TEST(CloseSearchFilter, TextLists) {
  On leads = Leads();
  const std::string name = Field(leads, "name");
  const auto exact = [&](const char *text) { return Condition(name, TextCondition("exact_value", text)); };
  const auto sent = [&](std::vector<std::optional<std::string>> items) {
    return Sent(leads, leads.Leaf(Kind::kAnyOf, "name", Texts(std::move(items))));
  };
  EXPECT_EQ(sent({"a", "b", "a"}), "superset " + Grouped("or", exact("a") + "," + exact("b")));
  EXPECT_EQ(sent({"a", std::nullopt}), "superset " + exact("a"));
  EXPECT_EQ(sent({std::nullopt}), "superset nothing");
  EXPECT_EQ(sent({}), "superset nothing");
  EXPECT_EQ(sent({"a", "🎉"}), "local");
  EXPECT_EQ(sent({"a", ""}), "local");
  std::vector<std::optional<std::string>> many;
  for (int i = 0; i < 500; ++i) many.emplace_back("n" + std::to_string(i));
  EXPECT_NE(sent(many), "local");
  many.emplace_back("one more");
  EXPECT_EQ(sent(many), "local");
}

TEST(CloseSearchFilter, Like) {
  On leads = Leads();
  const std::string name = Field(leads, "name");
  const auto words = [&](const char *text) { return Condition(name, TextCondition("full_words", text)); };
  const auto part = [&](const char *text) {
    return Condition(name, TextCondition("beginning_of_words", text));
  };
  const auto sent = [&](const char *pattern) {
    return Sent(leads, leads.Leaf(Kind::kLike, "name", Text(pattern)));
  };
  EXPECT_EQ(sent("Acme%"), "superset " + part("Acme"));
  EXPECT_EQ(sent("Acme Cor%"), "superset " + Grouped("and", words("Acme") + "," + part("Cor")));
  EXPECT_EQ(sent("Acme %"), "superset " + words("Acme"));
  EXPECT_EQ(sent("Acme big Cor%x_"), "superset " + Grouped("and", words("Acme big") + "," + part("Cor")));
  EXPECT_EQ(sent("Ac_e%"), "superset " + part("Ac"));
  EXPECT_EQ(sent("Acme Corp"), "superset " + words("Acme Corp"));
  for (const char *pattern : {"%acme", "_acme", "", "%", "Acme-C%", "Ärger%", " acme%", "a  b%", "100\\%"}) {
    EXPECT_EQ(sent(pattern), "local") << pattern;
  }
  const auto folded = [&](const char *pattern) {
    return Sent(leads, leads.Leaf(Kind::kILike, "name", Text(pattern)));
  };
  EXPECT_EQ(folded("12 3%"), "superset " + Grouped("and", words("12") + "," + part("3")));
  EXPECT_EQ(folded("acme%"), "local");
}

TEST(CloseSearchFilter, References) {
  On leads = Leads();
  const std::string status = Field(leads, "status_id");
  const auto of = [](const char *ids) {
    return R"({"type":"reference","reference_type":"status.lead","object_ids":[)" + std::string(ids) + "]}";
  };
  const std::string exists = Condition(status, R"({"type":"exists"})");
  EXPECT_EQ(Sent(leads, leads.Is("status_id", kEq, Text("stat_1"))),
            "exact " + Condition(status, of(R"("stat_1")")));
  EXPECT_EQ(Sent(leads, leads.Is("status_id", kNe, Text("stat_1"))),
            "exact " + Grouped("and", Condition(status, of(R"("stat_1")"), true) + "," + exists));
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kAnyOf, "status_id", Texts({"stat_1", std::nullopt, "stat_2"}))),
            "exact " + Condition(status, of(R"("stat_1","stat_2")")));
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kAnyOf, "status_id", Texts({"stat_1", "stat_2"})))),
            "exact " + Grouped("and", Condition(status, of(R"("stat_1","stat_2")"), true) + "," + exists));
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kAnyOf, "status_id", Texts({"stat_1", std::nullopt})))),
            "exact nothing");
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kAnyOf, "status_id", Texts({})))), "local");
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kAnyOf, "status_id", Texts({}))), "exact nothing");
  EXPECT_EQ(Sent(leads, leads.Is("status_id", kEq, Null())), "exact nothing");
  EXPECT_EQ(Sent(leads, leads.Is("status_id", kEq, Text("stat 1"))), "local");
  EXPECT_EQ(Sent(leads, leads.Is("status_id", kEq, Text(""))), "local");
  EXPECT_EQ(Sent(leads, leads.Is("status_id", CompareOp::kLt, Text("stat_1"))), "local");
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kLike, "status_id", Text("stat%"))), "local");
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kIsNull, "status_id")),
            "exact " + Condition(status, R"({"type":"exists"})", true));
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kIsNull, "status_id"))), "exact " + exists);
  std::vector<std::optional<std::string>> many;
  for (int i = 0; i < 501; ++i) many.emplace_back("stat_" + std::to_string(i));
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kAnyOf, "status_id", Texts(many))), "local");
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kAnyOf, "status_id", Texts(many)))), "local");
}

// The reference type of users takes groups too, and words that stand for a user: those mean other rows.
TEST(CloseSearchFilter, OnlyUsersAreUsers) {
  On opportunities = Opportunities();
  const std::string user = Field(opportunities, "user_id");
  EXPECT_EQ(Sent(opportunities, opportunities.Is("user_id", kEq, Text("user_a"))),
            "exact " + Condition(user, R"({"type":"reference","reference_type":"user_or_group",)"
                                       R"("object_ids":["user_a"]})"));
  for (const char *id : {"CURRENT_USER", "current_user", "group_x", "me"}) {
    for (const CompareOp op : {kEq, kNe}) {
      EXPECT_EQ(Sent(opportunities, opportunities.Is("user_id", op, Text(id))), "local") << id;
    }
    EXPECT_EQ(Sent(opportunities, Not(opportunities.Leaf(Kind::kAnyOf, "user_id", Texts({"user_a", id})))),
              "local");
  }
  Expr bound = opportunities.Is("user_id", kNe, Text(""));
  bound.param = 0;
  EXPECT_EQ(Sent(opportunities, bound, {Text("group_x")}), "superset everything");
}

TEST(CloseSearchFilter, UnprovenFieldsAreNeverExact) {
  On leads = Leads();
  const Translation translation = leads.Translate(leads.Is("created_by", kEq, Text("user_a")));
  EXPECT_EQ(translation.verdict, Verdict::kSuperset);
  EXPECT_EQ(translation.reason, "Close may refuse to search by this field");
  EXPECT_TRUE(HasUnproven(*translation.node));
  const std::vector<Value> none;
  EXPECT_EQ(Shown(BindSearch(*translation.node, "lead", {&none, &kVocabulary, false})), "everything");
}

TEST(CloseSearchFilter, Terms) {
  On opportunities = Opportunities();
  const std::string type = Field(opportunities, "status_type");
  EXPECT_EQ(Sent(opportunities, opportunities.Is("status_type", kEq, Text("won"))),
            "superset " + Condition(type, R"({"type":"term","values":["won"]})"));
  EXPECT_EQ(Sent(opportunities, opportunities.Leaf(Kind::kAnyOf, "status_type", Texts({"won", "lost"}))),
            "superset " + Condition(type, R"({"type":"term","values":["won","lost"]})"));
  EXPECT_EQ(Sent(opportunities, opportunities.Is("status_type", kNe, Text("won"))), "local");
  // An empty text may count as no value, and then no term finds it.
  EXPECT_EQ(Sent(opportunities, opportunities.Is("status_type", kEq, Text(""))), "local");
  EXPECT_EQ(Sent(opportunities, opportunities.Leaf(Kind::kAnyOf, "status_type", Texts({"won", ""}))),
            "local");
  EXPECT_EQ(Sent(opportunities, opportunities.Leaf(Kind::kIsNull, "status_type")),
            "superset " + Condition(type, R"({"type":"exists"})", true));
}

TEST(CloseSearchFilter, DirectionsHaveTwoNames) {
  On calls = Calls();
  const auto sent = [&](const char *word) { return Sent(calls, calls.Is("direction", kEq, Text(word))); };
  const auto terms = [&](const char *words) {
    return "superset " +
           Condition(Field(calls, "direction"), R"({"type":"term","values":[)" + std::string(words) + "]}");
  };
  EXPECT_EQ(sent("inbound"), terms(R"("inbound","incoming")"));
  EXPECT_EQ(sent("outgoing"), terms(R"("outgoing","outbound")"));
  EXPECT_EQ(sent("sideways"), terms(R"("sideways")"));
  EXPECT_EQ(Sent(calls, calls.Leaf(Kind::kAnyOf, "direction", Texts({"inbound", "incoming"}))),
            terms(R"("inbound","incoming")"));
  EXPECT_EQ(Sent(calls, calls.Is("direction", kNe, Text("inbound"))), "local");
  EXPECT_EQ(Sent(calls, calls.Leaf(Kind::kIsNull, "direction")), "local");
}

TEST(CloseSearchFilter, Labels) {
  On leads = Leads();
  const std::string status = Field(leads, "status_id");
  const auto ids = [&](const char *list, bool negate = false) {
    return Condition(
        status,
        R"({"type":"reference","reference_type":"status.lead","object_ids":[)" + std::string(list) + "]}",
        negate);
  };
  const auto is = [&](CompareOp op, const char *label) { return leads.Is("status_label", op, Text(label)); };
  EXPECT_EQ(Sent(leads, is(kEq, "New")), "exact " + ids(R"("stat_1")"));
  EXPECT_EQ(Sent(leads, is(kEq, "NEW")), "exact nothing");
  EXPECT_EQ(Sent(leads, is(kNe, "New")), "exact " + ids(R"("stat_1")", true));
  EXPECT_EQ(Sent(leads, is(kNe, "unknown")), "exact everything");
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kLike, "status_label", Text("%e%"))),
            "superset " + ids(R"("stat_1","stat_3","stat_4")"));
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kLike, "status_label", Text("%e%")))),
            "superset " + ids(R"("stat_1","stat_3","stat_4")", true));
  // What the database's locale decides is not excluded, and not left out.
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kILike, "status_label", Text("ti%"))),
            "superset " + ids(R"("stat_4","stat_5")"));
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kILike, "status_label", Text("ti%")))), "superset everything");
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kAnyOf, "status_label", Texts({"New", "Old", std::nullopt}))),
            "exact " + ids(R"("stat_1","stat_2")"));
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kAnyOf, "status_label", Texts({"New", std::nullopt})))),
            "exact nothing");
  EXPECT_EQ(Sent(leads, is(CompareOp::kLt, "New")), "local");
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kIsNull, "status_label")), "local");
}

TEST(CloseSearchFilter, Numbers) {
  On leads = Leads();
  const std::string field = R"("field":{"type":"custom_field","custom_field_id":"cf_number"})";
  const auto sent = [&](CompareOp op, const char *text) {
    return Sent(leads, leads.Is("custom.cf_number", op, Decimal(text)));
  };
  const auto range = [&](const std::string &bounds) {
    return Condition(field, R"({"type":"number_range",)" + bounds + "}");
  };
  EXPECT_EQ(sent(kEq, "50"), "superset " + range(R"("gte":50,"lte":50)"));
  EXPECT_EQ(sent(kEq, "5e1"), "superset " + range(R"("gte":50,"lte":50)"));
  EXPECT_EQ(sent(kNe, "50"), "superset " + Grouped("or", range(R"("lt":50)") + "," + range(R"("gt":50)")));
  EXPECT_EQ(sent(CompareOp::kLt, "-1"), "superset " + range(R"("lt":-1)"));
  EXPECT_EQ(sent(CompareOp::kLe, "0"), "superset " + range(R"("lte":0)"));
  EXPECT_EQ(sent(CompareOp::kGt, "9007199254740991"), "superset " + range(R"("gt":9007199254740991)"));
  // A double cannot tell it from the number before.
  EXPECT_EQ(sent(CompareOp::kLt, "9007199254740993"), "superset " + range(R"("lte":9.007199254740994e+15)"));
  EXPECT_EQ(sent(CompareOp::kGt, "9007199254740992"), "superset " + range(R"("gte":9007199254740991)"));
  EXPECT_EQ(sent(CompareOp::kGe, "50.00"), "superset " + range(R"("gte":50)"));
  EXPECT_EQ(sent(CompareOp::kGt, "0.1"), "superset " + range(R"("gte":0.09999999999999999)"));
  EXPECT_EQ(sent(CompareOp::kLt, "0.1"), "superset " + range(R"("lte":0.10000000000000002)"));
  EXPECT_EQ(sent(kEq, "0.5"), "superset " + range(R"("gte":0.49999999999999994,"lte":0.5000000000000001)"));
  EXPECT_EQ(sent(kNe, "0.1"), "local");
  for (const char *odd : {"NaN", "Infinity", "-Infinity", "1e400", "-1e400"}) {
    for (const CompareOp op : {kEq, kNe, CompareOp::kLt, CompareOp::kGe})
      EXPECT_EQ(sent(op, odd), "local") << odd;
  }
  On calls = Calls();
  const auto seconds = Condition(Field(calls, "duration"), R"({"type":"number_range","gt":60})");
  EXPECT_EQ(Sent(calls, calls.Is("duration", CompareOp::kGt, Integer(60))), "superset " + seconds);
  EXPECT_EQ(Sent(calls, calls.Is("duration", CompareOp::kGt, Decimal("60"))), "local");
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kIsNull, "custom.cf_number"))),
            "superset " + Condition(field, R"({"type":"exists"})"));
}

TEST(CloseSearchFilter, Moments) {
  On leads = Leads();
  const auto sent = [&](CompareOp op, Value value) {
    return Sent(leads, leads.Is("date_created", op, std::move(value)));
  };
  const auto range = [&](const std::string &from, const std::string &before) {
    Json moments = {{"type", "moment_range"}};
    if (!from.empty()) moments["on_or_after"] = {{"type", "fixed_utc"}, {"value", from}};
    if (!before.empty()) moments["before"] = {{"type", "fixed_utc"}, {"value", before}};
    return "superset " + Condition(Field(leads, "date_created"), moments.dump());
  };
  const char *whole = "2026-03-01T10:00:00.5", *fine = "2026-03-01T10:00:00.500001";
  const char *at = "2026-03-01T10:00:00.500Z", *next = "2026-03-01T10:00:00.501Z";
  EXPECT_EQ(sent(kEq, Instant(whole)), range(at, next));
  EXPECT_EQ(sent(kEq, Instant(fine)), range(at, next));
  EXPECT_EQ(sent(CompareOp::kLt, Instant(whole)), range("", at));
  EXPECT_EQ(sent(CompareOp::kLt, Instant(fine)), range("", next));
  EXPECT_EQ(sent(CompareOp::kLe, Instant(whole)), range("", next));
  EXPECT_EQ(sent(CompareOp::kGt, Instant(whole)), range(at, ""));
  EXPECT_EQ(sent(CompareOp::kGe, Instant(fine)), range(at, ""));
  EXPECT_EQ(sent(CompareOp::kGe, Instant("1999-12-31T23:59:59.9995")), range("1999-12-31T23:59:59.999Z", ""));
  EXPECT_EQ(sent(kNe, Instant(whole)), "local");
  for (const CompareOp op : {kEq, CompareOp::kLt, CompareOp::kLe, CompareOp::kGt, CompareOp::kGe}) {
    for (const std::int64_t odd : {-kInfinity - 1, kInfinity, *ParseTimestamp("0001-01-01T00:00:00.0001"),
                                   *ParseTimestamp("9999-12-31T23:59:59.999999")}) {
      EXPECT_EQ(sent(op, Instant(odd)), "local") << odd;
    }
  }
  EXPECT_EQ(Sent(leads, leads.Is("date_created", CompareOp::kGe, Day("2026-03-01"))), "local");
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kIsNull, "date_created"))),
            "superset " + Condition(Field(leads, "date_created"), R"({"type":"exists"})"));
}

TEST(CloseSearchFilter, DaysAreWidened) {
  On leads = Leads();
  const auto sent = [&](CompareOp op, Value value) {
    return Sent(leads, leads.Is("custom.cf_day", op, std::move(value)));
  };
  const auto range = [&](const char *bounds) {
    return "superset " + Condition(R"("field":{"type":"custom_field","custom_field_id":"cf_day"})",
                                   R"({"type":"moment_range",)" + std::string(bounds) + "}");
  };
  EXPECT_EQ(sent(kEq, Day("2026-03-01")),
            range(R"("on_or_after":{"type":"fixed_utc","value":"2026-02-28T00:00:00.000Z"},)"
                  R"("before":{"type":"fixed_utc","value":"2026-03-03T00:00:00.000Z"})"));
  EXPECT_EQ(sent(CompareOp::kGt, Day("2026-03-01")),
            range(R"("on_or_after":{"type":"fixed_utc","value":"2026-02-28T00:00:00.000Z"})"));
  EXPECT_EQ(sent(kNe, Day("2026-03-01")), "local");
  for (const std::int64_t odd :
       {kInfinity, -kInfinity - 1, *ParseDate("0001-01-01"), *ParseDate("9999-12-31")}) {
    EXPECT_EQ(sent(CompareOp::kLt, Day(odd)), "local") << odd;
    EXPECT_EQ(sent(kEq, Day(odd)), "local") << odd;
  }
}

TEST(CloseSearchFilter, Addresses) {
  On contacts = Contacts();
  On leads = Leads();
  const auto address = [](const char *value) {
    return R"({"type":"has_related","this_object_type":"contact","related_object_type":"contact_email",)"
           R"("related_query":)" +
           Condition(R"("field":{"type":"regular_field","object_type":"contact_email","field_name":"email"})",
                     TextCondition("exact_value", value)) +
           "}";
  };
  const auto of_lead = [&](const char *value) {
    return R"({"type":"has_related","this_object_type":"lead","related_object_type":"contact",)"
           R"("related_query":)" +
           address(value) + "}";
  };
  EXPECT_EQ(Sent(contacts, contacts.Is("emails.0.email", kEq, Text("ida@nw.test"))),
            "superset " + address("ida@nw.test"));
  EXPECT_EQ(Sent(contacts, contacts.Leaf(Kind::kOverlaps, "emails.[].email", Text("ida@nw.test"))),
            "superset " + address("ida@nw.test"));
  // Two addresses may be of two contacts, so each is looked for alone.
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kContains, "contacts.[].emails.[].email", Texts({"a@b", "c@d"}))),
            "superset " + Grouped("and", of_lead("a@b") + "," + of_lead("c@d")));
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kContains, "contacts.[].emails.[].email", Texts({}))), "local");
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kOverlaps, "contacts.[].emails.[].email", Texts({}))),
            "superset nothing");
  EXPECT_EQ(Sent(contacts, contacts.Leaf(Kind::kLike, "emails.0.email", Text("ida%"))), "local");
  EXPECT_EQ(Sent(contacts, contacts.Leaf(Kind::kIsNull, "emails.0.email")), "local");
  EXPECT_EQ(Sent(contacts, contacts.Is("emails.0.email", kNe, Text("ida@nw.test"))), "local");
}

TEST(CloseSearchFilter, SmartViews) {
  On leads = Leads();
  const Expr view = leads.Is("smart_view", kEq, Text("Hot leads"));
  EXPECT_EQ(Sent(leads, view), R"(exact {"type":"saved_search","saved_search_id":"save_1"})");
  EXPECT_EQ(Sent(leads, leads.Is("smart_view", kEq, Null())), "exact nothing");
  EXPECT_EQ(Sent(leads, leads.Is("smart_view", kNe, Text("x"))), "local");
}

TEST(CloseSearchFilter, Lists) {
  On leads = Leads();
  const std::string field = R"("field":{"type":"custom_field","custom_field_id":"cf_choices"})";
  const auto term = [&](const char *words) {
    return Condition(field, R"({"type":"term","values":[)" + std::string(words) + "]}");
  };
  const std::string path = "custom.cf_choices";
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kContains, path, Texts({"a", "b"}))),
            "superset " + Grouped("and", term(R"("a")") + "," + term(R"("b")")));
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kOverlaps, path, Texts({"a", "b", std::nullopt}))),
            "superset " + term(R"("a","b")"));
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kOverlaps, path, Text("a"))), "superset " + term(R"("a")"));
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kContains, path, Texts({}))), "local");
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kContains, path, Texts({"a"})))), "local");
  EXPECT_EQ(Sent(leads, leads.Is(path, kEq, Texts({"a"}))), "local");
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kIsNull, path)),
            "superset " + Condition(field, R"({"type":"exists"})", true));
  // An empty list may count as no value.
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kIsNull, path))), "local");
}

TEST(CloseSearchFilter, EmptyTextsMayCountAsMissing) {
  On leads = Leads();
  EXPECT_EQ(Sent(leads, leads.Leaf(Kind::kIsNull, "description")),
            "superset " + Condition(Field(leads, "description"), R"({"type":"exists"})", true));
  EXPECT_EQ(Sent(leads, Not(leads.Leaf(Kind::kIsNull, "description"))), "local");
}

TEST(CloseSearchFilter, Parameters) {
  On leads = Leads();
  Expr status = leads.Is("status_id", kEq, Text(""));
  status.param = 1;
  EXPECT_EQ(Sent(leads, status, {Null(), Null()}), "superset nothing");
  EXPECT_EQ(Sent(leads, status, {Null(), Text("a b")}), "superset everything");
  const Translation translation = leads.Translate(status);
  EXPECT_EQ(translation.reason, "the value is known at execution only");
  const BoundSearch unbound = BindSearch(*translation.node, "lead", {});
  EXPECT_EQ(SearchWords(unbound.node), "status_id = $2");
  Expr number = leads.Is("custom.cf_number", CompareOp::kGt, Decimal("0"));
  number.param = 0;
  EXPECT_EQ(Sent(leads, number, {Decimal("NaN")}), "superset everything");
  EXPECT_THROW(Sent(leads, status, {Null()}), Error);
}

TEST(CloseSearchFilter, AndOr) {
  On leads = Leads();
  const Expr status = leads.Is("status_id", kEq, Text("stat_1")), url = leads.Is("url", kNe, Text("x"));
  const Expr name = leads.Is("name", kEq, Text("a"));
  const std::string one = Sent(leads, status).substr(6);
  const std::string other = Sent(leads, name).substr(9);
  EXPECT_EQ(Sent(leads, Group(Kind::kAnd, {status, url})), "superset " + one);
  EXPECT_EQ(Sent(leads, Group(Kind::kOr, {status, url})), "local");
  EXPECT_EQ(Sent(leads, Group(Kind::kOr, {status, status})), "exact " + Grouped("or", one + "," + one));
  EXPECT_EQ(Sent(leads, Group(Kind::kOr, {status, name})), "superset " + Grouped("or", one + "," + other));
  EXPECT_EQ(Sent(leads, Group(Kind::kAnd, {url, url})), "local");
  EXPECT_EQ(Sent(leads, Group(Kind::kOr, {status, Group(Kind::kAnd, {name, url})})),
            "superset " + Grouped("or", one + "," + other));
  const Expr nothing = leads.Is("status_id", kEq, Null());
  EXPECT_EQ(Sent(leads, Group(Kind::kOr, {status, nothing})), "exact " + one);
  EXPECT_EQ(Sent(leads, Group(Kind::kAnd, {status, nothing})), "exact nothing");
  Expr bound = name;
  bound.param = 0;
  EXPECT_EQ(Sent(leads, Group(Kind::kOr, {status, bound}), {Text("🎉")}), "superset everything");
  EXPECT_EQ(Sent(leads, Group(Kind::kAnd, {status, bound}), {Text("🎉")}), "superset " + one);
}

TEST(CloseSearchFilter, ColumnsOfTheUserStayLocal) {
  On leads = Leads();
  const Expr name = leads.Is("name", kEq, Text("a"));
  crm::Field &column = leads.reading.request.fields[static_cast<std::size_t>(name.field)];
  const crm::Field original = column;
  column.remote_type.clear();
  EXPECT_EQ(Sent(leads, name), "local");
  column = original;
  column.traits.clear();
  EXPECT_EQ(Sent(leads, name), "local");
  column = original;
  column.type = CrmType::kJson;
  EXPECT_EQ(Sent(leads, name), "local");
}

}  // namespace
}  // namespace crm
