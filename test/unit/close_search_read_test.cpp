// Reading and counting through the search: pages, cursors, look-ups, refusals.
#include <map>
#include <set>

#include "close_search_model.h"
#include "close_support.h"
#include "core/civil_time.h"

namespace crm {
namespace {

using namespace close_test;  // NOLINT: the helpers of these tests

constexpr auto kEq = CompareOp::kEq;

HttpResponse Refused(const char *field, const char *text) {
  return Answer(400, Json{{"field-errors", {{field, text}}}}.dump());
}

struct Lead {
  std::int64_t created = 0;  // milliseconds
  Json json;
};

// /data/search/ over leads, and what is looked up for it.
struct SearchServer {
  std::vector<Lead> leads;
  std::vector<Json> smart_views;
  std::optional<std::int64_t> says_total;             // instead of the real one
  int searches = 0;                                   // so far
  std::function<void(SearchServer &)> before;         // each search
  std::function<bool(const SearchServer &)> expired;  // whether a cursor is
  std::function<std::optional<HttpResponse>(const Asked &)> refuses;
  std::size_t page_max = 200;

  HttpResponse operator()(const Asked &request) {
    if (request.path == "/api/v1/status/lead/") {
      return Answer(200, R"({"data":[{"id":"stat_1","label":"New"},{"id":"stat_2","label":"Old"}]})");
    }
    if (request.path == "/api/v1/saved_search/") return SmartViews(request);
    if (request.path == "/api/v1/custom_field_schema/lead/")
      return Answer(200, R"({"fields":[{"id":"cf_1"}]})");
    EXPECT_EQ(request.path, "/api/v1/data/search/");
    ++searches;
    if (before) before(*this);
    if (refuses) {
      if (auto refusal = refuses(request)) return *std::move(refusal);
    }
    return Search(request.body);
  }

  HttpResponse SmartViews(const Asked &request) const {
    EXPECT_EQ(request.Param("type__in"), "lead");
    const auto skip = static_cast<std::size_t>(request.Number("_skip", 0));
    const std::size_t end = std::min(smart_views.size(), skip + 100);
    Json answer = {{"data", Json::array()}, {"has_more", end < smart_views.size()}};
    for (std::size_t i = skip; i < end; ++i) answer["data"].push_back(smart_views[i]);
    return Answer(answer);
  }

  HttpResponse Search(const Json &body) {
    const bool continues = body.contains("cursor") && body["cursor"].is_string();
    if (continues && (cursor_body_.is_null() || (expired && expired(*this)))) {
      cursor_body_ = nullptr;
      return Refused("cursor", "Expired cursor");
    }
    if (!continues) Begin(body);
    Json same = body;
    same.erase("cursor");
    EXPECT_EQ(same, cursor_body_) << "a cursor wants the body that it continues";
    return Answer(Page(body));
  }

  void Begin(const Json &body) {
    cursor_body_ = body;
    found_.clear();
    at_ = 0;
    Json others;
    const auto [from, before] = CreatedBetween(body.at("query"), others);
    const Semantics semantics;
    for (const Lead &lead : leads) {
      const std::int64_t at = lead.created * 1000;
      if (at >= from && at < before && Matches(others, lead.json, semantics)) found_.push_back(&lead);
    }
    const bool descending = body.contains("sort") && body["sort"][0].at("direction") == "desc";
    // Rows of one time are in another order each time.
    std::ranges::rotate(found_, found_.begin() + static_cast<std::ptrdiff_t>(
                                                     found_.empty() ? 0 : searches * 7 % found_.size()));
    std::ranges::stable_sort(found_, [&](const Lead *a, const Lead *b) {
      return descending ? a->created > b->created : a->created < b->created;
    });
  }

  // `others`: the conditions that are not about that.
  static std::pair<std::int64_t, std::int64_t> CreatedBetween(const Json &query, Json &others) {
    std::pair<std::int64_t, std::int64_t> range = {INT64_MIN, INT64_MAX};
    for (const Json &node : query.at("queries")) {
      if (node.at("type") == "object_type") continue;
      if (node.at("type") != "field_condition" || node["field"].at("field_name") != "date_created") {
        others.push_back(node);
        continue;
      }
      const Json &condition = node.at("condition");
      const auto time = [&](const char *key) {
        return *ParseTimestamp(condition[key].at("value").get<std::string>());
      };
      if (condition.contains("on_or_after")) range.first = std::max(range.first, time("on_or_after"));
      if (condition.contains("before")) range.second = std::min(range.second, time("before"));
    }
    return range;
  }

  static bool Matches(const Json &conditions, const Json &lead, const Semantics &semantics) {
    if (conditions.is_null()) return true;
    const Record record = {{"name", lead.value("name", Json())},
                           {"status_id", lead.value("status_id", Json())}};
    return std::ranges::all_of(conditions, [&](const Json &node) {
      return node.at("type") == "saved_search" ? record.at("name") == "Lead 1"
                                               : SearchModel(semantics).Finds(node, record);
    });
  }

  Json Page(const Json &body) {
    Json answer = {{"data", Json::array()}};
    const std::size_t limit =
        body.value("results_limit", -1) == 0 ? 0 : body.value("_limit", std::size_t{100});
    for (; at_ < found_.size() && answer["data"].size() < limit; ++at_)
      answer["data"].push_back(found_[at_]->json);
    answer["cursor"] = at_ < found_.size() && limit > 0 ? Json("next") : Json();
    if (body.value("include_counts", false)) {
      answer["count"]["total"] = says_total.value_or(static_cast<std::int64_t>(found_.size()));
    }
    return answer;
  }

 private:
  Json cursor_body_;
  std::vector<const Lead *> found_;  // no test takes leads away that a cursor is to give
  std::size_t at_ = 0;
};

// `after`: milliseconds after some time in 2019.
Lead LeadAt(int number, std::int64_t after) {
  const std::int64_t created = 600'000'000'000 + after;
  const std::string id = "lead_" + std::to_string(number);
  return {created,
          {{"__object_type", "lead"},
           {"id", id},
           {"name", "Lead " + std::to_string(number)},
           {"status_id", "stat_" + std::to_string(number % 2 + 1)},
           {"status_label", number % 2 == 0 ? "New" : "Old"},
           {"date_created", FormatTimestamp(created * 1000, 3)}}};
}

// A lead a second.
SearchServer Leads(int count) {
  SearchServer server;
  for (int i = 1; i <= count; ++i) server.leads.push_back(LeadAt(i, i * 1000));
  return server;
}

// `count` leads of one millisecond between some others.
SearchServer Plateau(int count) {
  SearchServer server;
  for (int i = 1; i <= count + 200; ++i) {
    server.leads.push_back(LeadAt(i, i <= 100 ? i : i <= count + 100 ? 500 : 1000 + i));
  }
  return server;
}

Reading ReadLeads(const Json &schema = {{"fields", Json::array()}}) {
  return Reading("lead", "leads", {"id", "name"}, schema);
}

std::string SearchPlan(const Reading &reading) {
  for (const AccessPath &path : reading.Plan()) {
    if (path.plan.find(R"("route":"search")") != std::string::npos) return path.plan;
  }
  ADD_FAILURE() << "no search";
  return "";
}

Outcome Search(const Reading &reading, const Server &server, std::vector<Value> params = {},
               const Options &options = {}) {
  ReadPlan plan = reading.Planned();
  plan.plan = SearchPlan(reading);
  if (reading.request.grouped()) {
    plan.outputs.resize(1);
    plan.fields.clear();
  }
  return Drive(Close().Read(plan, std::move(params), options), server);
}

void ExpectEachOnce(const Outcome &outcome, std::size_t count) {
  const std::vector<std::string> ids = outcome.Column(0);
  EXPECT_EQ(ids.size(), count);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), count);
}

// ---- pages -----------------------------------------------------------------------------------------------

TEST(CloseSearchRead, PagesByKeyNotByCursor) {
  SearchServer server = Leads(450);
  const Outcome outcome = Search(ReadLeads(), std::ref(server));
  ExpectEachOnce(outcome, 450);
  ASSERT_EQ(outcome.asked.size(), 3u);
  EXPECT_EQ(outcome.asked[0].method, "POST");
  EXPECT_EQ(outcome.asked[0].body.dump(),
            R"({"query":{"type":"and","queries":[{"type":"object_type","object_type":"lead"}]},)"
            R"("sort":[{"direction":"asc","field":{"type":"regular_field","object_type":"lead",)"
            R"("field_name":"date_created"}}],"_limit":200,"_fields":{"lead":["id","name","date_created"]},)"
            R"("include_counts":true})");
  EXPECT_FALSE(outcome.asked[1].body.contains("include_counts"));
  EXPECT_FALSE(outcome.asked[1].body.contains("cursor"));
  EXPECT_EQ(outcome.asked[1].body["query"]["queries"][1].dump(),
            R"({"type":"field_condition","field":{"type":"regular_field","object_type":"lead",)"
            R"("field_name":"date_created"},"condition":{"type":"moment_range","on_or_after":)"
            R"({"type":"fixed_utc","value":"2019-01-05T10:43:20.000Z"}}})");
  EXPECT_EQ(outcome.rows[0].size(), 2u);
  EXPECT_TRUE(outcome.warnings.empty());
}

TEST(CloseSearchRead, NothingThere) {
  SearchServer server;
  EXPECT_TRUE(Search(ReadLeads(), std::ref(server)).rows.empty());
  EXPECT_EQ(server.searches, 1);
}

TEST(CloseSearchRead, NewestFirst) {
  SearchServer server = Leads(450);
  auto reading = ReadLeads();
  reading.OrderBy("date_created", true);
  EXPECT_TRUE(reading.Plan()[0].ordered);
  const Outcome outcome = Search(reading, std::ref(server));
  ExpectEachOnce(outcome, 450);
  EXPECT_EQ(outcome.rows.front()[0].text, "lead_450");
  EXPECT_EQ(outcome.rows.back()[0].text, "lead_1");
  EXPECT_EQ(outcome.asked[1].body["query"]["queries"][1]["condition"].dump(),
            R"({"type":"moment_range","before":{"type":"fixed_utc","value":"2019-01-05T10:44:11.001Z"}})");
}

// A row that changes while a long read goes from the newest change down would be missed.
TEST(CloseSearchRead, LatestChangeFirstIsPromisedForOnePageOnly) {
  const auto ordered = [](bool descending, double rows_wanted) {
    auto reading = ReadLeads();
    reading.OrderBy("date_updated", descending);
    reading.request.rows_wanted = rows_wanted;
    return reading.Plan()[0].ordered;
  };
  EXPECT_TRUE(ordered(false, -1));
  EXPECT_FALSE(ordered(true, -1));
  EXPECT_TRUE(ordered(true, 20));
  EXPECT_TRUE(ordered(true, 200));
  EXPECT_FALSE(ordered(true, 201));
}

TEST(CloseSearchRead, TimesInEverySpelling) {
  SearchServer server = Leads(250);
  for (std::size_t i = 0; i < server.leads.size(); ++i) {
    std::string text = FormatTimestamp(server.leads[i].created * 1000, i % 3 == 0 ? 0 : 6);
    if (i % 2 == 0) text[10] = ' ';
    if (i % 5 == 0) text.pop_back();
    server.leads[i].json["date_created"] = text;
  }
  ExpectEachOnce(Search(ReadLeads(), std::ref(server)), 250);
}

TEST(CloseSearchRead, PageSizeAndRefusedLimit) {
  SearchServer server = Leads(100);
  Options options;
  options.Add("page_size", "30", false);
  const Outcome small = Search(ReadLeads(), std::ref(server), {}, options);
  ExpectEachOnce(small, 100);
  EXPECT_EQ(small.asked[0].body["_limit"], 30);
  server.refuses = [](const Asked &request) -> std::optional<HttpResponse> {
    if (request.body["_limit"] <= 50) return std::nullopt;
    return Refused("_limit", "Input should be less than or equal to 50");
  };
  const Outcome outcome = Search(ReadLeads(), std::ref(server));
  ExpectEachOnce(outcome, 100);
  EXPECT_EQ(outcome.asked[1].body["_limit"], 50);
  EXPECT_EQ(outcome.asked.size(), 4u);
}

TEST(CloseSearchRead, LimitSizesTheFirstPage) {
  SearchServer server = Leads(500);
  auto reading = ReadLeads();
  reading.request.rows_wanted = 5;
  const Outcome outcome = Search(reading, std::ref(server));
  ExpectEachOnce(outcome, 500);
  EXPECT_EQ(outcome.asked[0].body["_limit"], 5);
  EXPECT_EQ(outcome.asked[1].body["_limit"], 200);
}

// The session asks ahead: a reader who wants a few rows gets them before anything else is asked.
TEST(CloseSearchRead, FewRowsComeAtOnceFromAPlateau) {
  SearchServer server = Plateau(500);
  server.leads.erase(server.leads.begin(), server.leads.begin() + 100);
  auto reading = ReadLeads();
  reading.request.rows_wanted = 5;
  ReadPlan plan = reading.Planned();
  plan.plan = SearchPlan(reading);
  const auto exchange = Close().Read(plan, {}, {});
  Step step = exchange->Next(nullptr, {0, 1});
  const HttpResponse response = server(Asked(std::get<Send>(step).request));
  step = exchange->Next(&response, {0, 1});
  ASSERT_TRUE(std::holds_alternative<Rows>(step));
  EXPECT_EQ(std::get<Rows>(step).batch->size(), 5u);
}

TEST(CloseSearchRead, RowsComeAndGoMeanwhile) {
  SearchServer server = Leads(600);
  server.before = [](SearchServer &self) {
    if (self.searches == 2) self.leads.erase(self.leads.begin() + 10, self.leads.begin() + 15);
    if (self.searches == 3) self.leads.push_back(LeadAt(9000, 100));
    if (self.searches == 3) self.leads.push_back(LeadAt(9001, 599'500));
  };
  const Outcome outcome = Search(ReadLeads(), std::ref(server));
  ExpectEachOnce(outcome, 601);
  EXPECT_TRUE(outcome.warnings.empty());
}

// ---- plateaus --------------------------------------------------------------------------------------------

TEST(CloseSearchRead, ManyRowsOfOneTime) {
  SearchServer server = Plateau(700);
  const Outcome outcome = Search(ReadLeads(), std::ref(server));
  ExpectEachOnce(outcome, 900);
  EXPECT_LE(outcome.asked.size(), 7u);
  const auto follows = std::ranges::count_if(
      outcome.asked, [](const Asked &request) { return request.body.contains("cursor"); });
  EXPECT_GE(follows, 3);
}

// The cursor does not wait for a reader, so the rows of one time are given when all of them are there.
TEST(CloseSearchRead, PlateauIsReadThroughBeforeItIsGiven) {
  SearchServer server = Plateau(700);
  ReadPlan plan = ReadLeads().Planned();
  plan.plan = SearchPlan(ReadLeads());
  const auto exchange = Close().Read(plan, {}, {});
  HttpResponse response;
  const HttpResponse *answer = nullptr;
  std::string steps;  // a new question, a continuation, rows
  for (int i = 0; i < 100; ++i) {
    Step step = exchange->Next(std::exchange(answer, nullptr), {0, 1});
    if (std::holds_alternative<Done>(step)) break;
    auto *send = std::get_if<Send>(&step);
    if (send == nullptr) {
      steps += std::holds_alternative<Rows>(step) ? 'R' : '?';
      continue;
    }
    const Asked request(send->request);
    steps += request.body.contains("cursor") ? 'C' : 'Q';
    response = server(request);
    answer = &response;
  }
  EXPECT_EQ(steps, "QRQCCCRRRR");
}

TEST(CloseSearchRead, ExpiredCursorIsAskedAnew) {
  SearchServer server = Plateau(700);
  int cursors = 0;
  server.expired = [&](const SearchServer &) { return ++cursors == 2; };
  const Outcome outcome = Search(ReadLeads(), std::ref(server));
  ExpectEachOnce(outcome, 900);
  EXPECT_TRUE(outcome.warnings.empty());
}

TEST(CloseSearchRead, CursorThatAlwaysExpires) {
  SearchServer server = Plateau(700);
  server.expired = [](const SearchServer &) { return true; };
  const Error error = Thrown([&] { Search(ReadLeads(), std::ref(server)); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  EXPECT_EQ(error.detail, "More of them have the same date_created than its search gives.");
  EXPECT_LT(server.searches, 60);
}

TEST(CloseSearchRead, DisorderAndMissingTimes) {
  SearchServer server = Leads(3);
  std::swap(server.leads[0].json, server.leads[2].json);
  const auto kind = [&] { return Thrown([&] { Search(ReadLeads(), std::ref(server)); }).kind; };
  EXPECT_EQ(kind(), CrmErrorKind::kMalformedAnswer);
  server = Leads(3);
  server.leads[1].json["date_created"] = nullptr;
  EXPECT_EQ(kind(), CrmErrorKind::kMalformedAnswer);
  server.leads[1].json.erase("date_created");
  EXPECT_EQ(kind(), CrmErrorKind::kMalformedAnswer);
  server = Leads(3);
  server.leads[1].json.erase("id");
  EXPECT_EQ(kind(), CrmErrorKind::kColumnLost);
}

// ---- totals ----------------------------------------------------------------------------------------------

TEST(CloseSearchRead, TotalThatIsNotReached) {
  SearchServer server = Leads(300);
  server.says_total = 305;
  const Error error = Thrown([&] { Search(ReadLeads(), std::ref(server)); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  EXPECT_EQ(error.detail, "Close counts 305, but gave 300.");
  EXPECT_EQ(server.searches, 3);
}

TEST(CloseSearchRead, TotalThatMoves) {
  for (const int again : {300, 290, 303}) {
    SearchServer server = Leads(300);
    server.says_total = 305;
    server.before = [again](SearchServer &self) {
      if (self.searches == 3) self.says_total = again;
    };
    const Outcome outcome = Search(ReadLeads(), std::ref(server));
    ExpectEachOnce(outcome, 300);
    EXPECT_EQ(outcome.warnings.size(), again > 300 ? 1u : 0u);
    if (again > 300) {
      EXPECT_EQ(outcome.warnings[0],
                "leads of Close changed while they were read / Close counts 303 now, and 300 were read.");
    }
  }
}

TEST(CloseSearchRead, TotalThatMayBeTheMostThatIsCounted) {
  SearchServer server = Leads(300);
  server.says_total = 10'000;
  const Outcome outcome = Search(ReadLeads(), std::ref(server));
  ExpectEachOnce(outcome, 300);
  EXPECT_EQ(server.searches, 2);
}

// ---- counting --------------------------------------------------------------------------------------------

Reading Counting() {
  auto reading = Reading("lead", "leads", {});
  reading.request.outputs = {{}};
  return reading;
}

std::int64_t CountOf(const Outcome &outcome) {
  EXPECT_EQ(outcome.rows.size(), 1u);
  return outcome.rows.empty() ? -1 : outcome.rows[0].at(0).integer;
}

TEST(CloseSearchRead, GivesTheNumberOfRowsAlone) {
  EXPECT_FALSE(Counting().Plan().empty());
  auto reading = Counting();
  reading.request.group_by = {0};
  EXPECT_TRUE(reading.Plan().empty());
  reading = Counting();
  reading.request.outputs.push_back({Function::kMin, 0, CrmType::kText});
  EXPECT_TRUE(reading.Plan().empty());
}

TEST(CloseSearchRead, CountsInOneRequest) {
  for (const int rows : {0, 37, 9'999}) {
    SearchServer server = Leads(rows > 100 ? 0 : rows);
    if (rows > 100) server.says_total = rows;
    const Outcome outcome = Search(Counting(), std::ref(server));
    EXPECT_EQ(CountOf(outcome), rows);
    ASSERT_EQ(outcome.asked.size(), 1u);
    EXPECT_EQ(outcome.asked[0].body["results_limit"], 0);
    EXPECT_EQ(outcome.asked[0].body["include_counts"], true);
  }
}

TEST(CloseSearchRead, CountsTheRowsWhereCloseMayHaveStopped) {
  for (const int says : {10'000, 10'100}) {
    SearchServer server = Leads(10'100);
    server.says_total = says;
    const Outcome outcome = Search(Counting(), std::ref(server));
    EXPECT_EQ(CountOf(outcome), 10'100);
    EXPECT_EQ(outcome.asked[1].body["_fields"]["lead"].dump(), R"(["id","date_created"])");
    EXPECT_LE(outcome.asked.size(), 53u);
  }
}

TEST(CloseSearchRead, CountThatTheRowsDoNotReach) {
  SearchServer server = Leads(400);
  server.says_total = 10'100;
  const Error error = Thrown([&] { Search(Counting(), std::ref(server)); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  server.before = [](SearchServer &self) { self.says_total.reset(); };
  server.says_total.reset();
  EXPECT_EQ(CountOf(Search(Counting(), std::ref(server))), 400);
}

TEST(CloseSearchRead, CountOfNothing) {
  auto reading = Counting();
  reading.Where("status_id", kEq, Null());
  SearchServer server = Leads(5);
  const Outcome outcome = Search(reading, std::ref(server));
  EXPECT_EQ(CountOf(outcome), 0);
  EXPECT_TRUE(outcome.asked.empty());
}

TEST(CloseSearchRead, CountsOnlyWhatIsExact) {
  auto exact = Counting();
  exact.Where("status_id", kEq, Text("stat_1")).Where("status_label", kEq, Text("Old"));
  ASSERT_EQ(exact.Plan().size(), 1u);
  auto loose = Counting();
  loose.Where("name", kEq, Text("Lead 1"));
  EXPECT_TRUE(loose.Plan().empty());
  auto views = Counting();
  views.Where("smart_view", kEq, Text("a"));
  EXPECT_EQ(views.Plan().size(), 1u);
  views.Where("smart_view", kEq, Text("b"));
  EXPECT_TRUE(views.Plan().empty());
}

TEST(CloseSearchRead, CountWithoutANumber) {
  const auto kind = [](const char *body) {
    return Thrown([&] { Search(Counting(), [&](const Asked &) { return Answer(200, body); }); }).kind;
  };
  for (const char *body : {R"({"data":[]})", R"({"data":[],"count":{"total":-1}})", R"({"count":7})", "[]",
                           R"({"data":[],"count":{"total":"7"}})"}) {
    EXPECT_EQ(kind(body), CrmErrorKind::kMalformedAnswer) << body;
  }
}

// ---- what is looked up -----------------------------------------------------------------------------------

TEST(CloseSearchRead, LabelsBecomeIds) {
  SearchServer server = Leads(10);
  auto reading = ReadLeads();
  reading.Where("status_label", kEq, Text("Old"));
  const Outcome outcome = Search(reading, std::ref(server));
  ExpectEachOnce(outcome, 5);
  ASSERT_EQ(outcome.asked.size(), 2u);
  EXPECT_EQ(outcome.asked[0].path, "/api/v1/status/lead/");
  EXPECT_EQ(outcome.asked[1].body["query"]["queries"][1]["condition"]["object_ids"].dump(), R"(["stat_2"])");
}

TEST(CloseSearchRead, UnknownLabelHasNoRows) {
  SearchServer server = Leads(10);
  auto reading = ReadLeads();
  reading.Where("status_label", kEq, Text("Gone"));
  EXPECT_TRUE(Search(reading, std::ref(server)).rows.empty());
  EXPECT_EQ(server.searches, 0);
  auto other = ReadLeads();
  other.Where("status_label", CompareOp::kNe, Text("Gone"));
  ExpectEachOnce(Search(other, std::ref(server)), 10);
}

TEST(CloseSearchRead, LabelsThatCannotBeLookedUp) {
  auto reading = ReadLeads();
  reading.Where("status_label", kEq, Text("Old"));
  const auto kind = [&](int status, const char *body) {
    return Thrown([&] { Search(reading, [&](const Asked &) { return Answer(status, body); }); }).kind;
  };
  EXPECT_EQ(kind(403, "{}"), CrmErrorKind::kForbidden);
  EXPECT_EQ(kind(400, "{}"), CrmErrorKind::kBadRequest);
  EXPECT_EQ(kind(200, R"({"data":{}})"), CrmErrorKind::kMalformedAnswer);
  EXPECT_EQ(kind(200, R"({"data":[{"id":"stat_1"}]})"), CrmErrorKind::kMalformedAnswer);
}

SearchServer WithViews() {
  SearchServer server = Leads(4);
  for (int i = 0; i < 150; ++i) {
    server.smart_views.push_back(
        {{"id", "save_" + std::to_string(i)}, {"name", "View " + std::to_string(i)}});
  }
  server.smart_views[3]["name"] = "Twice";
  server.smart_views[140]["name"] = "Twice";
  server.smart_views[7]["name"] = nullptr;
  return server;
}

TEST(CloseSearchRead, SmartViewsByNameAndById) {
  for (const char *word : {"View 120", "save_120"}) {
    SearchServer server = WithViews();
    auto reading = ReadLeads();
    reading.Where("smart_view", kEq, Text(""), 0);
    reading.FieldIndex("smart_view");
    reading.request.fields.back().fetch = true;
    const Outcome outcome = Search(reading, std::ref(server), {Text(word)});
    ASSERT_EQ(outcome.rows.size(), 1u);
    EXPECT_EQ(outcome.rows[0][2].text, word);
    ASSERT_EQ(outcome.asked.size(), 3u);
    EXPECT_EQ(outcome.asked[1].Param("_skip"), "100");
    EXPECT_EQ(outcome.asked[2].body["query"]["queries"][1].dump(),
              R"({"type":"saved_search","saved_search_id":"save_120"})");
    EXPECT_EQ(outcome.asked[2].body["_fields"]["lead"].dump(), R"(["id","name","date_created"])");
  }
}

TEST(CloseSearchRead, SmartViewsThatAreNotThere) {
  const auto error = [](const char *word) {
    SearchServer server = WithViews();
    auto reading = ReadLeads();
    reading.Where("smart_view", kEq, Text(word));
    Error thrown = Thrown([&] { Search(reading, std::ref(server)); });
    EXPECT_EQ(server.searches, 0);
    EXPECT_EQ(thrown.kind, CrmErrorKind::kInvalidArgument);
    return thrown;
  };
  EXPECT_EQ(error("view 1").message, "smart view \"view 1\" does not exist in Close");
  EXPECT_EQ(error("").message, "smart view \"\" does not exist in Close");
  EXPECT_EQ(error("Twice").message, "smart view \"Twice\" is not unique in Close");
  EXPECT_EQ(error("Twice").detail, "2 smart views have that name.");
}

TEST(CloseSearchRead, SmartViewNullHasNoRows) {
  SearchServer server = WithViews();
  auto reading = ReadLeads();
  reading.Where("smart_view", kEq, Text(""), 0);
  const Outcome outcome = Search(reading, std::ref(server), {Null()});
  EXPECT_TRUE(outcome.rows.empty());
  EXPECT_TRUE(outcome.asked.empty());
}

// ---- refusals --------------------------------------------------------------------------------------------

std::optional<HttpResponse> RefuseField(const Asked &request, const char *name) {
  const bool asks = request.body["query"].dump().find(name) != std::string::npos;
  if (!asks) return std::nullopt;
  return Answer(400, R"({"error":"Field 'description' does not belong to type 'lead'"})");
}

TEST(CloseSearchRead, UnprovenFieldIsLeftOut) {
  SearchServer server = Leads(300);
  server.refuses = [](const Asked &request) { return RefuseField(request, "description"); };
  auto reading = ReadLeads();
  reading.Where("description", kEq, Text("x")).Where("status_id", kEq, Text("stat_1"));
  const Outcome outcome = Search(reading, std::ref(server));
  ExpectEachOnce(outcome, 150);
  EXPECT_EQ(outcome.asked.size(), 2u);
  EXPECT_EQ(outcome.asked[1].body["query"].dump().find("description"), std::string::npos);
}

TEST(CloseSearchRead, RefusalOfWhatIsProven) {
  SearchServer server = Leads(3);
  server.refuses = [](const Asked &request) { return RefuseField(request, "object_type"); };
  for (const char *field : {"name", "description"}) {
    auto reading = ReadLeads();
    reading.Where(field, kEq, Text("x"));
    EXPECT_EQ(Thrown([&] { Search(reading, std::ref(server)); }).kind, CrmErrorKind::kBadRequest);
  }
  EXPECT_EQ(server.searches, 3);
}

Json SchemaOf(int fields) {
  Json schema = {{"fields", Json::array()}};
  for (int i = 1; i <= fields; ++i) {
    schema["fields"].push_back(
        {{"id", "cf_" + std::to_string(i)}, {"name", "F" + std::to_string(i)}, {"type", "text"}});
  }
  return schema;
}

Reading ReadCustom(int fields) {
  auto reading = ReadLeads(SchemaOf(fields));
  for (int i = 1; i <= fields; ++i) reading.FieldIndex("custom.cf_" + std::to_string(i));
  return reading;
}

TEST(CloseSearchRead, ManyFieldsAreAskedForAsCustom) {
  SearchServer server = Leads(3);
  for (Lead &lead : server.leads) {
    lead.json["custom.cf_1"] = "flat";
    lead.json["custom"] = {{"cf_2", "nested"}};
  }
  const Outcome many = Search(ReadCustom(58), std::ref(server));
  EXPECT_EQ(many.asked[0].body["_fields"]["lead"].dump(), R"(["id","name","date_created","custom"])");
  EXPECT_EQ(many.rows[0][2].text, "flat");
  EXPECT_EQ(many.rows[0][3].text, "nested");
  const Outcome few = Search(ReadCustom(57), std::ref(server));
  EXPECT_EQ(few.asked[0].body["_fields"]["lead"].size(), 60u);
}

TEST(CloseSearchRead, ListThatIsTooLong) {
  SearchServer server = Leads(300);
  server.refuses = [](const Asked &request) -> std::optional<HttpResponse> {
    if (request.body["_fields"]["lead"].size() < 5) return std::nullopt;
    return Answer(400, R"({"error":"List is too long."})");
  };
  for (Lead &lead : server.leads) lead.json["custom"] = {{"cf_1", "a"}, {"cf_2", "b"}, {"cf_3", "c"}};
  const Outcome outcome = Search(ReadCustom(3), std::ref(server));
  ExpectEachOnce(outcome, 300);
  EXPECT_EQ(outcome.rows[299][4].text, "c");
  EXPECT_EQ(outcome.asked.size(), 3u);
}

TEST(CloseSearchRead, LostCustomField) {
  SearchServer server = Leads(3);
  server.refuses = [](const Asked &request) -> std::optional<HttpResponse> {
    if (request.body["_fields"].dump().find("cf_2") == std::string::npos) return std::nullopt;
    return Answer(400, R"({"error":"Custom field cf_2 does not exist"})");
  };
  const Error error = Thrown([&] { Search(ReadCustom(2), std::ref(server)); });
  EXPECT_EQ(error.kind, CrmErrorKind::kColumnLost);
  EXPECT_EQ(error.column, 3);
  // All fields are there, so something else was refused.
  server.refuses = [](const Asked &) -> std::optional<HttpResponse> { return Answer(400, "{}"); };
  EXPECT_EQ(Thrown([&] { Search(ReadCustom(1), std::ref(server)); }).kind, CrmErrorKind::kBadRequest);
}

TEST(CloseSearchRead, OtherRefusals) {
  const auto kind = [](int status) {
    return Thrown([&] { Search(ReadLeads(), [&](const Asked &) { return Answer(status, "{}"); }); }).kind;
  };
  EXPECT_EQ(kind(402), CrmErrorKind::kPlanLacksFeature);
  EXPECT_EQ(kind(403), CrmErrorKind::kForbidden);
  EXPECT_EQ(kind(404), CrmErrorKind::kUnknownObject);
  EXPECT_EQ(kind(204), CrmErrorKind::kMalformedAnswer);
}

}  // namespace
}  // namespace crm
