// Reading records: look-ups, lists, refusals, what changes meanwhile.
#include <map>
#include <set>

#include "close_support.h"
#include "core/civil_time.h"

namespace crm {
namespace {

using namespace close_test;  // NOLINT: the helpers of these tests

constexpr auto kEq = CompareOp::kEq;

HttpResponse NotFound() {
  return Answer(404, R"({"error":"Empty query: Lead matching query does not exist."})");
}
HttpResponse NoSuchUrl() {
  return Answer(404, R"({"error":"The requested URL was not found on the server."})");
}
HttpResponse Refused(const char *field, const char *text) {
  return Answer(400, Json{{"errors", Json::array()}, {"field-errors", {{field, text}}}}.dump());
}

// A list endpoint over rows in their order, with look-ups by id.
struct Endpoint {
  std::string path;
  std::vector<Json> rows;
  bool counts = true;
  std::int64_t max_limit = 200;
  int asked = 0;
  std::function<void(Endpoint &)> before;  // each list request

  HttpResponse operator()(const Asked &request) {
    if (request.path != path) return One(request.path);
    ++asked;
    if (before) before(*this);
    if (request.Number("_limit", 100) > max_limit) {
      return Refused("_limit",
                     ("Input should be less than or equal to " + std::to_string(max_limit)).c_str());
    }
    std::vector<Json> matching;
    const std::vector<std::string> ids = request.List("id__in");
    const std::string lead = request.Param("lead_id");
    for (const Json &row : rows) {
      const bool wanted = ids.empty() || std::ranges::find(ids, row["id"].get<std::string>()) != ids.end();
      if (wanted && (lead.empty() || row["lead_id"] == lead)) matching.push_back(row);
    }
    const auto skip = static_cast<std::size_t>(request.Number("_skip", 0));
    const auto end =
        std::min(matching.size(), skip + static_cast<std::size_t>(request.Number("_limit", 100)));
    Json answer = {{"data", Json::array()}, {"has_more", end < matching.size()}};
    for (std::size_t i = skip; i < end; ++i) answer["data"].push_back(matching[i]);
    if (counts) answer["total_results"] = matching.size();
    return Answer(answer);
  }
  HttpResponse One(const std::string &target) const {
    for (const Json &row : rows) {
      if (target == path + row["id"].get<std::string>() + "/") return Answer(row);
    }
    return NotFound();
  }
};

std::string TimeText(int second) { return FormatTimestamp(second * kMicrosPerSecond, 3); }

Json Lead(int number) {
  return {{"id", "lead_" + std::to_string(number)},
          {"name", "Lead " + std::to_string(number)},
          {"date_updated", TimeText(number)}};
}

Endpoint Leads(int count) {
  Endpoint endpoint{"/api/v1/lead/", {}, true, 200, 0, {}};
  for (int i = count; i > 0; --i) endpoint.rows.push_back(Lead(i));
  return endpoint;
}

Reading ReadLeads() { return Reading("lead", "leads", {"id", "name"}); }

std::set<std::string> IdsOf(const Outcome &outcome) {
  const auto ids = outcome.Column(0);
  return {ids.begin(), ids.end()};
}

// ---- by id -------------------------------------------------------------------------------------------

TEST(CloseRead, OneById) {
  Endpoint server = Leads(3);
  auto reading = ReadLeads();
  reading.Where("id", kEq, Text(""), 0);
  const Outcome found = reading.Read(std::ref(server), 1, {Text("lead_2")});
  ASSERT_EQ(found.rows.size(), 1u);
  EXPECT_EQ(found.rows[0][1].text, "Lead 2");
  ASSERT_EQ(found.asked.size(), 1u);
  EXPECT_EQ(found.asked[0].path, "/api/v1/lead/lead_2/");
  EXPECT_EQ(found.asked[0].Param("_fields"), "id,name");
  EXPECT_TRUE(reading.Read(std::ref(server), 1, {Text("lead_9")}).rows.empty());
}

TEST(CloseRead, NullAndImpossibleIdsAskNothing) {
  auto one = ReadLeads();
  one.Where("id", kEq, Text(""), 0);
  auto many = ReadLeads();
  many.Where("id", kEq, Texts({}), 0);
  const Server never = [](const Asked &) {
    ADD_FAILURE() << "a request was sent";
    return NotFound();
  };
  for (const char *id : {"", ".", ".."}) EXPECT_TRUE(one.Read(never, 1, {Text(id)}).asked.empty());
  EXPECT_TRUE(one.Read(never, 1, {Null()}).rows.empty());
  EXPECT_TRUE(many.Read(never, 1, {Null()}).rows.empty());
  EXPECT_TRUE(many.Read(never, 1, {Texts({})}).rows.empty());
  EXPECT_TRUE(many.Read(never, 1, {Texts({std::nullopt, "", ".."})}).rows.empty());
}

TEST(CloseRead, WrongUrlIsAnErrorUnlessTheIdCannotBeOne) {
  auto reading = ReadLeads();
  reading.Where("id", kEq, Text(""), 0);
  const Server server = [](const Asked &) { return NoSuchUrl(); };
  EXPECT_EQ(Thrown([&] { reading.Read(server, 1, {Text("lead_1")}); }).kind, CrmErrorKind::kUnknownObject);
  const Outcome odd = reading.Read(server, 1, {Text("a/b ?")});
  EXPECT_TRUE(odd.rows.empty());
  EXPECT_EQ(odd.asked[0].path, "/api/v1/lead/a%2Fb%20%3F/");
  const Server page = [](const Asked &) { return Answer(404, "<html>no</html>"); };
  EXPECT_EQ(Thrown([&] { reading.Read(page, 1, {Text("lead_1")}); }).kind, CrmErrorKind::kUnknownObject);
}

TEST(CloseRead, RecordOfAnotherIdIsNotGiven) {
  auto reading = ReadLeads();
  reading.Where("id", kEq, Text("lead_1"));
  EXPECT_TRUE(reading.Read([](const Asked &) { return Answer(Lead(2)); }, 1).rows.empty());
}

TEST(CloseRead, LeadsByTheHundred) {
  Endpoint server = Leads(300);
  auto reading = ReadLeads();
  reading.Where("id", kEq, Texts({}), 0);
  std::vector<std::optional<std::string>> ids = {std::nullopt, "odd id", "lead_1"};
  for (int i = 1; i <= 150; ++i) ids.emplace_back("lead_" + std::to_string(i));
  ids.emplace_back("lead_gone");
  const Outcome outcome = reading.Read(std::ref(server), 1, {Texts(ids)});
  EXPECT_EQ(outcome.rows.size(), 150u);
  EXPECT_EQ(IdsOf(outcome).size(), 150u);
  ASSERT_EQ(outcome.asked.size(), 3u);
  EXPECT_EQ(outcome.asked[0].method, "POST");
  EXPECT_EQ(outcome.asked[0].Param("_limit"), "100");
  EXPECT_EQ(outcome.asked[0].Param("_fields"), "id,name");
  EXPECT_EQ(outcome.asked[0].List("id__in").size(), 100u);
  EXPECT_EQ(outcome.asked[2].path, "/api/v1/lead/odd%20id/");
}

// The answer comes in one page: the order of a list of ids may be another one with each request.
TEST(CloseRead, NoMoreIdsThanRowsOfAPage) {
  Endpoint server = Leads(70);
  Options options;
  options.Add("page_size", "30", false);
  auto reading = ReadLeads();
  reading.Where("id", kEq, Texts({}), 0);
  std::vector<std::optional<std::string>> ids;
  for (int i = 1; i <= 70; ++i) ids.emplace_back("lead_" + std::to_string(i));
  const Outcome outcome = reading.Read(std::ref(server), 1, {Texts(ids)}, options);
  EXPECT_EQ(IdsOf(outcome).size(), 70u);
  ASSERT_EQ(outcome.asked.size(), 3u);
  EXPECT_EQ(outcome.asked[0].List("id__in").size(), 30u);
}

TEST(CloseRead, IgnoredIdListFallsBackToSingleRecords) {
  Endpoint server = Leads(5);
  auto reading = ReadLeads();
  reading.Where("id", kEq, Texts({"lead_2", "lead_3", "lead_x"}));
  const Outcome outcome = reading.Read(
      [&](const Asked &request) {
        Asked ignoring = request;
        std::erase_if(ignoring.params, [](const auto &param) { return param.first == "id__in"; });
        return server(ignoring);
      },
      1);
  EXPECT_EQ(IdsOf(outcome), (std::set<std::string>{"lead_2", "lead_3"}));
  EXPECT_EQ(outcome.asked.size(), 4u);
}

TEST(CloseRead, RefusedIdListFallsBackToSingleRecords) {
  Endpoint server = Leads(5);
  auto reading = ReadLeads();
  reading.Where("id", kEq, Texts({"lead_2", "lead_3"}));
  const Outcome outcome = reading.Read(
      [&](const Asked &request) {
        return request.Param("id__in").empty() ? server(request) : Refused("id__in", "Unknown parameter.");
      },
      1);
  EXPECT_EQ(outcome.rows.size(), 2u);
}

TEST(CloseRead, IdListThatIsPaged) {
  Endpoint server = Leads(60);
  server.max_limit = 25;
  auto reading = ReadLeads();
  std::vector<std::optional<std::string>> ids;
  for (int i = 1; i <= 60; ++i) ids.emplace_back("lead_" + std::to_string(i));
  reading.Where("id", kEq, Texts(ids));
  EXPECT_EQ(IdsOf(reading.Read(std::ref(server), 1)).size(), 60u);
}

TEST(CloseRead, ContactsByIdGoOneByOne) {
  Endpoint server{"/api/v1/contact/", {}, false, 200, 0, {}};
  for (const char *id : {"cont_1", "cont_2"}) {
    server.rows.push_back({{"id", id}, {"lead_id", "lead_1"}, {"name", id}});
  }
  auto reading = Reading("contact", "contacts", {"id", "name"});
  reading.Where("id", kEq, Texts({"cont_2", "cont_1", "cont_2"}));
  const Outcome outcome = reading.Read(std::ref(server), 1);
  EXPECT_EQ(outcome.Column(1), (std::vector<std::string>{"cont_2", "cont_1"}));
  EXPECT_EQ(outcome.asked.size(), 2u);
}

// ---- lists -------------------------------------------------------------------------------------------

TEST(CloseRead, WholeListInFullPages) {
  Endpoint server = Leads(1000);
  const Outcome outcome = ReadLeads().Read(std::ref(server));
  EXPECT_EQ(IdsOf(outcome).size(), 1000u);
  EXPECT_EQ(outcome.rows[0].size(), 2u);
  EXPECT_EQ(outcome.asked.size(), 5u);
  EXPECT_TRUE(outcome.warnings.empty());
}

TEST(CloseRead, NoColumnsAtAll) {
  Endpoint server = Leads(3);
  auto reading = Reading("lead", "leads", {});
  EXPECT_EQ(reading.Read(std::ref(server)).rows.size(), 3u);
  EXPECT_EQ(Reading("contact", "contacts", {}).Planned().fields.size(), 0u);
}

TEST(CloseRead, PageSizeOptionAndRefusedLimit) {
  Endpoint server = Leads(100);
  Options options;
  options.Add("page_size", "30", false);
  EXPECT_EQ(ReadLeads().Read(std::ref(server), 0, {}, options).asked[0].Param("_limit"), "30");
  server.max_limit = 50;
  const Outcome outcome = ReadLeads().Read(std::ref(server));
  EXPECT_EQ(IdsOf(outcome).size(), 100u);
  EXPECT_EQ(outcome.asked.size(), 3u);
  EXPECT_EQ(outcome.asked[1].Param("_limit"), "50");
}

TEST(CloseRead, LeadsUpdatedWhileRead) {
  Endpoint server = Leads(700);
  server.before = [](Endpoint &list) {
    if (list.asked != 3) return;
    Json moved = list.rows.back();
    list.rows.pop_back();
    moved["date_updated"] = TimeText(5000);
    list.rows.insert(list.rows.begin(), moved);
  };
  const Outcome outcome = ReadLeads().Read(std::ref(server));
  EXPECT_EQ(outcome.rows.size(), 700u);
  EXPECT_EQ(IdsOf(outcome).size(), 700u);
  EXPECT_TRUE(outcome.warnings.empty());
  EXPECT_EQ(outcome.asked.size(), 5u);
}

TEST(CloseRead, LeadsDeletedWhileRead) {
  Endpoint server = Leads(700);
  server.before = [](Endpoint &list) {
    if (list.asked == 3) list.rows.erase(list.rows.begin(), list.rows.begin() + 7);
  };
  EXPECT_EQ(IdsOf(ReadLeads().Read(std::ref(server))).size(), 700u);
}

TEST(CloseRead, TotalThatDoesNotFit) {
  const auto server = [](std::int64_t again) {
    return [again, first = true](const Asked &) mutable {
      const std::int64_t total = std::exchange(first, false) ? 5 : again;
      return Answer(
          Json{{"data", {{{"id", "cont_1"}, {"name", "a"}}}}, {"has_more", false}, {"total_results", total}});
    };
  };
  const auto reading = Reading("contact", "contacts", {"id", "name"});
  const Error error = Thrown([&] { reading.Read(server(5)); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  EXPECT_EQ(error.detail, "Close counts 5, but gave 1.");
  const Outcome moved = reading.Read(server(4));
  EXPECT_EQ(moved.rows.size(), 1u);
  ASSERT_EQ(moved.warnings.size(), 1u);
  EXPECT_EQ(moved.warnings[0],
            "the list of contacts in Close changed while it was read / Close counts 4 now, and 1 were read.");
}

TEST(CloseRead, TooDeep) {
  const auto reading = ReadLeads();
  for (const char *body :
       {R"({"error":"x larger than the maximum skip for this resource (max_skip = 35000) y"})",
        R"({"field-errors":{"_skip":"Input should be less than or equal to 35000"}})"}) {
    const Error error = Thrown([&] { reading.Read([&](const Asked &) { return Answer(400, body); }); });
    EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
    EXPECT_EQ(error.message, "close does not page deeper than 35000 rows through this list");
    EXPECT_NE(error.hint.find("ANALYZE leads"), std::string::npos) << error.hint;
  }
}

TEST(CloseRead, ListsThatComeAtOnce) {
  const Outcome outcome = Reading("status/lead", "lead_statuses", {"id", "label"}).Read([](const Asked &) {
    return Answer(
        Json{{"data", {{{"id", "stat_1"}, {"label", "New"}}, {{"id", "stat_2"}, {"label", "Old"}}}}});
  });
  EXPECT_EQ(outcome.rows.size(), 2u);
  ASSERT_EQ(outcome.asked.size(), 1u);
  EXPECT_TRUE(outcome.asked[0].params.empty());
}

TEST(CloseRead, MalformedAnswers) {
  const auto reading = ReadLeads();
  const auto kind = [&](const char *body) {
    return Thrown([&] { reading.Read([&](const Asked &) { return Answer(200, body); }); }).kind;
  };
  EXPECT_EQ(kind("<html>"), CrmErrorKind::kMalformedAnswer);
  EXPECT_EQ(kind(R"({"has_more":false})"), CrmErrorKind::kMalformedAnswer);
  EXPECT_EQ(kind(R"({"data":[{"name":"x"}]})"), CrmErrorKind::kColumnLost);
  EXPECT_EQ(Thrown([&] { reading.Read([&](const Asked &) { return Answer(204, ""); }); }).kind,
            CrmErrorKind::kMalformedAnswer);
}

// ---- filters -----------------------------------------------------------------------------------------

Reading Opportunities() { return Reading("opportunity", "opportunities", {"id", "status_label"}); }

Json Opportunity(int number, const std::string &lead = "lead_1") {
  return {{"id", "oppo_" + std::to_string(number)},
          {"lead_id", lead},
          {"status_label", "Won"},
          {"date_created", TimeText(number)}};
}

Endpoint OpportunityList(int count, bool descending = true) {
  Endpoint endpoint{"/api/v1/opportunity/", {}, true, 200, 0, {}};
  for (int i = 1; i <= count; ++i) endpoint.rows.push_back(Opportunity(i));
  if (descending) std::ranges::reverse(endpoint.rows);
  return endpoint;
}

TEST(CloseRead, BoundFilters) {
  auto reading = Opportunities();
  reading.Where("status_label", kEq, Texts({}), 0)
      .Where("date_won", CompareOp::kGe, Number(CrmType::kDate, 0), 1);
  Endpoint list = OpportunityList(1);
  const auto asked = [&](Value labels, Value day) {
    return reading.Read(std::ref(list), 0, {std::move(labels), std::move(day)}).asked;
  };
  const auto both = asked(Texts({"Won", std::nullopt, "Lost"}), Number(CrmType::kDate, 1));
  ASSERT_EQ(both.size(), 1u);
  EXPECT_EQ(both[0].Param("status_label__in"), "Won,Lost");
  EXPECT_EQ(both[0].Param("date_won__gte"), "2000-01-02");
  const auto one = asked(Texts({"Won"}), Number(CrmType::kDate, INT64_MAX));
  EXPECT_EQ(one[0].Param("status_label"), "Won");
  EXPECT_EQ(one[0].Param("date_won__gte"), "");
  EXPECT_EQ(asked(Texts({"a,b"}), Number(CrmType::kDate, 1))[0].Param("status_label"), "");
  EXPECT_TRUE(asked(Texts({std::nullopt}), Number(CrmType::kDate, 1)).empty());
  EXPECT_TRUE(asked(Texts({"Won"}), Null()).empty());
  std::vector<std::optional<std::string>> many;
  for (int i = 0; i < 400; ++i) many.emplace_back("label " + std::to_string(i));
  const auto long_list = asked(Texts(many), Number(CrmType::kDate, 1));
  EXPECT_EQ(long_list[0].method, "POST");
  EXPECT_EQ(long_list[0].List("status_label__in").size(), 400u);
  for (int i = 0; i < 400; ++i) many.emplace_back("more " + std::to_string(i));
  EXPECT_EQ(asked(Texts(many), Number(CrmType::kDate, 1))[0].Param("status_label__in"), "");
}

TEST(CloseRead, RefusedFilterIsLeftOut) {
  auto reading = Opportunities();
  reading.Where("status_id", kEq, Text("stat_x")).Where("user_id", kEq, Text("user_1"));
  Endpoint list = OpportunityList(2);
  const Outcome outcome = reading.Read([&](const Asked &request) {
    return request.Param("status_id").empty() ? list(request) : Refused("status", "Object does not exist.");
  });
  EXPECT_EQ(outcome.rows.size(), 2u);
  ASSERT_EQ(outcome.asked.size(), 2u);
  EXPECT_EQ(outcome.asked[1].Param("user_id"), "user_1");
}

TEST(CloseRead, UnknownLeadHasNothing) {
  auto reading = Opportunities();
  reading.Where("lead_id", kEq, Text("lead_x"));
  const Outcome outcome =
      reading.Read([](const Asked &) { return Refused("lead", "Object does not exist."); });
  EXPECT_TRUE(outcome.rows.empty());
  EXPECT_EQ(outcome.asked.size(), 1u);
}

TEST(CloseRead, OtherRefusalsAreErrors) {
  auto reading = Opportunities();
  reading.Where("status_id", kEq, Text("stat_x"));
  const Error error =
      Thrown([&] { reading.Read([](const Asked &) { return Refused("_order_by", "No."); }); });
  EXPECT_EQ(error.kind, CrmErrorKind::kBadRequest);
  EXPECT_EQ(error.detail, "GET /api/v1/opportunity/ was answered with status 400: _order_by: No.");
  EXPECT_EQ(Thrown([&] { reading.Read([](const Asked &) { return NoSuchUrl(); }); }).kind,
            CrmErrorKind::kUnknownObject);
}

TEST(CloseRead, TooManyFieldsAreLeftOut) {
  Endpoint list = OpportunityList(2);
  const Outcome outcome = Opportunities().Read([&](const Asked &request) {
    return request.Param("_fields").empty() ? list(request) : Answer(400, R"({"error":"List is too long."})");
  });
  EXPECT_EQ(outcome.rows.size(), 2u);
  EXPECT_EQ(outcome.asked.size(), 2u);
}

TEST(CloseRead, OneListPerLead) {
  Endpoint server = OpportunityList(0);
  server.rows = {Opportunity(3, "lead_b"), Opportunity(2, "lead_a"), Opportunity(1, "lead_a")};
  auto reading = Opportunities();
  reading.Where("lead_id", kEq, Texts({}), 0);
  const Outcome outcome =
      reading.Read(std::ref(server), 1, {Texts({"lead_a", "lead_c", "lead_b", "lead_a"})});
  EXPECT_EQ(IdsOf(outcome), (std::set<std::string>{"oppo_1", "oppo_2", "oppo_3"}));
  EXPECT_EQ(outcome.asked.size(), 3u);
  // Even where the filter is not obeyed, no row comes twice.
  const Outcome ignored = reading.Read(
      [&](const Asked &request) {
        Asked all = request;
        std::erase_if(all.params, [](const auto &param) { return param.first == "lead_id"; });
        return server(all);
      },
      1, {Texts({"lead_a", "lead_b"})});
  EXPECT_EQ(ignored.rows.size(), 3u);
}

// ---- order -------------------------------------------------------------------------------------------

TEST(CloseRead, OrderIsKeptWhenRowsGo) {
  for (const bool descending : {true, false}) {
    Endpoint server = OpportunityList(500, descending);
    server.before = [](Endpoint &list) {
      if (list.asked == 2) list.rows.erase(list.rows.begin() + 3, list.rows.begin() + 6);
    };
    auto reading = Opportunities();
    reading.FieldIndex("date_created");
    reading.request.fields.back().fetch = true;
    reading.OrderBy("date_created", descending);
    const Outcome outcome = reading.Read(std::ref(server));
    EXPECT_EQ(outcome.rows.size(), 500u);
    for (std::size_t i = 1; i < outcome.rows.size(); ++i) {
      const std::int64_t before = outcome.rows[i - 1][2].integer, after = outcome.rows[i][2].integer;
      EXPECT_TRUE(descending ? before >= after : before <= after);
    }
  }
}

TEST(CloseRead, OrderThatIsNotKeptIsAnError) {
  Endpoint server = OpportunityList(3, false);
  auto reading = Opportunities();
  reading.OrderBy("date_created", true);
  EXPECT_EQ(Thrown([&] { reading.Read(std::ref(server)); }).kind, CrmErrorKind::kMalformedAnswer);
}

// ---- values ------------------------------------------------------------------------------------------

TEST(CloseRead, MoneyTimesAndEmptyTexts) {
  auto reading =
      Reading("opportunity", "opportunities", {"value", "confidence", "note", "date_created", "date_won"});
  const Outcome outcome = reading.Read([](const Asked &) {
    return Answer(200, R"({"data":[
      {"id":"a","value":50005,"confidence":70,"note":"","date_created":"2026-06-19T11:04:19.934000+00:00","date_won":"2026-01-02"},
      {"id":"b","value":null,"confidence":0,"note":null,"date_created":"2026-06-19 09:22:10","date_won":null},
      {"id":"c","value":9007199254740993,"confidence":1,"note":"x","date_created":"2026-06-19T09:22:10Z","date_won":null}],
      "has_more":false,"total_results":3})");
  });
  ASSERT_EQ(outcome.rows.size(), 3u);
  EXPECT_EQ(outcome.rows[0][0].text, "500.05");
  EXPECT_EQ(outcome.rows[0][1].integer, 70);
  EXPECT_EQ(outcome.rows[0][2].text, "");
  EXPECT_FALSE(outcome.rows[0][2].is_null());
  EXPECT_EQ(outcome.rows[0][3].integer, *ParseTimestamp("2026-06-19T11:04:19.934Z"));
  EXPECT_EQ(outcome.rows[0][4].integer, *ParseDate("2026-01-02"));
  EXPECT_TRUE(outcome.rows[1][0].is_null());
  EXPECT_TRUE(outcome.rows[1][2].is_null());
  EXPECT_EQ(outcome.rows[1][3].integer, *ParseTimestamp("2026-06-19T09:22:10Z"));
  EXPECT_EQ(outcome.rows[2][0].text, "90071992547409.93");
}

Json SchemaOf(const std::vector<std::string> &ids) {
  Json fields = Json::array();
  for (const std::string &id : ids) fields.push_back({{"id", id}, {"name", id}, {"type", "text"}});
  return {{"object_type", "lead"}, {"fields", fields}};
}

TEST(CloseRead, CustomFields) {
  const auto reading =
      Reading("lead", "leads", {"id", "custom.cf_A", "custom.cf_B"}, SchemaOf({"cf_A", "cf_B"}));
  const Outcome outcome = reading.Read([](const Asked &request) {
    EXPECT_EQ(request.Param("_fields"), "id,custom.cf_A,custom.cf_B,date_updated");
    return Answer(200, R"({"data":[{"id":"lead_1","custom.cf_A":["x"],"date_updated":"2026-01-01T00:00:00Z"},
      {"id":"lead_2","custom":{"cf_B":"y"},"custom.cf_A":null,"date_updated":"2026-01-01T00:00:00Z"}],"total_results":2})");
  });
  EXPECT_EQ(outcome.Column(1), (std::vector<std::string>{"x", "NULL"}));
  EXPECT_EQ(outcome.Column(2), (std::vector<std::string>{"NULL", "y"}));
  EXPECT_EQ(outcome.asked.size(), 1u);
}

// A list of leads and the schema of their custom fields.
Server WithSchema(Endpoint &leads, const std::vector<std::string> &ids) {
  return [&leads, schema = SchemaOf(ids)](const Asked &request) {
    return request.path == "/api/v1/custom_field_schema/lead/" ? Answer(schema) : leads(request);
  };
}

TEST(CloseRead, LostCustomFieldIsNoticed) {
  const auto reading = Reading("lead", "leads", {"id", "custom.cf_A"}, SchemaOf({"cf_A"}));
  for (int rows : {1, 150}) {
    Endpoint leads = Leads(rows);
    const Error error = Thrown([&] { reading.Read(WithSchema(leads, {"cf_B"})); });
    EXPECT_EQ(error.kind, CrmErrorKind::kColumnLost);
    EXPECT_EQ(error.column, 1);
    EXPECT_EQ(error.message, "custom field \"cf_A\" no longer exists in Close");
  }
}

TEST(CloseRead, UnsetCustomFieldCostsOneRequest) {
  const auto reading = Reading("lead", "leads", {"id", "custom.cf_A"}, SchemaOf({"cf_A"}));
  Endpoint leads = Leads(450);
  const Outcome outcome = reading.Read(WithSchema(leads, {"cf_A"}));
  EXPECT_EQ(outcome.rows.size(), 450u);
  EXPECT_EQ(outcome.asked.size(), 4u);
  EXPECT_EQ(outcome.asked[1].path, "/api/v1/custom_field_schema/lead/");
  Endpoint none = Leads(0);
  EXPECT_EQ(reading.Read(WithSchema(none, {})).asked.size(), 1u);
  auto by_id = reading;
  by_id.Where("id", kEq, Texts({"lead_1", "lead_2"}));
  Endpoint few = Leads(5);
  EXPECT_EQ(by_id.Read(WithSchema(few, {}), 1).asked.size(), 1u);
}

TEST(CloseRead, RawAndProperties) {
  auto reading = Reading("lead", "leads", {"id"});
  Field raw, rest;
  raw.path = raw.remote_type = "_raw";
  rest.path = rest.remote_type = "_properties";
  raw.type = rest.type = CrmType::kJson;
  reading.request.fields.push_back(raw);
  reading.request.fields.push_back(rest);
  reading.FieldIndex("name", false);
  EXPECT_EQ(reading.Described(), "GET /api/v1/lead/?_limit=200");
  const Outcome outcome = reading.Read([](const Asked &) {
    return Answer(
        200,
        R"({"data":[{"id":"lead_1","name":"n","custom":{"A":1},"x":1,"custom.cf_A":"v"}],"total_results":1})");
  });
  ASSERT_EQ(outcome.rows.size(), 1u);
  EXPECT_EQ(Json::parse(outcome.rows[0][1].text)["name"], "n");
  EXPECT_EQ(Json::parse(outcome.rows[0][2].text), Json::parse(R"({"x":1,"custom.cf_A":"v"})"));
}

}  // namespace
}  // namespace crm
