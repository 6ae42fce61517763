// Lists that are longer than can be paged through: they are asked for anew from the time they were read up
// to.
#include <random>
#include <set>
#include <utility>

#include "close_support.h"
#include "core/civil_time.h"

namespace crm {
namespace {

using namespace close_test;  // NOLINT: the helpers of these tests

struct Row {
  std::int64_t created = 0;  // microseconds
  std::string id;
};

// A list that is sorted by the time of creation. Rows of one time are in another order with each request.
struct ListServer {
  std::vector<Row> rows;
  bool counts = false;
  bool obeys_order = true;        // false: newest first whatever is asked
  std::int64_t deepest = 25'000;  // largest _skip
  std::size_t page_max = 100;
  std::function<void(ListServer &)> before;  // each request
  std::function<std::int64_t(const ListServer &, std::int64_t)> says_total;

  int asked = 0;
  std::int64_t deepest_asked = 0;

  HttpResponse operator()(const Asked &request) {
    ++asked;
    if (before) before(*this);
    const std::int64_t skip = request.Number("_skip", 0);
    deepest_asked = std::max(deepest_asked, skip);
    if (skip > deepest) {
      const std::string most = "max_skip = " + std::to_string(deepest);
      return Answer(400, Json{{"error", "larger than the maximum skip (" + most + ")"}}.dump());
    }
    if (!std::ranges::is_sorted(rows, {}, &Row::created)) std::ranges::sort(rows, {}, &Row::created);
    const auto [first, last] = Range(request);
    const bool descending = !obeys_order || request.Param("_order_by") == "-date_created";
    const std::size_t size = last - first;
    const auto limit = static_cast<std::size_t>(request.Number("_limit", 100));
    const std::size_t end = std::min(size, static_cast<std::size_t>(skip) + limit);
    Json answer = {{"data", Json::array()}, {"has_more", end < size}};
    for (auto i = static_cast<std::size_t>(skip); i < end; ++i) {
      answer["data"].push_back(RecordOf(Shuffled(descending ? last - 1 - i : first + i)));
    }
    if (counts) {
      const auto total = static_cast<std::int64_t>(size);
      answer["total_results"] = says_total ? says_total(*this, total) : total;
    }
    return Answer(answer);
  }

  // Places of the rows that match; the list compares whole seconds.
  std::pair<std::size_t, std::size_t> Range(const Asked &request) const {
    const auto place = [&](std::int64_t time) {
      const auto found = std::ranges::lower_bound(rows, time, {}, &Row::created);
      return static_cast<std::size_t>(found - rows.begin());
    };
    const std::string from = request.Param("date_created__gte"), to = request.Param("date_created__lte");
    const std::size_t first = from.empty() ? 0 : place(*ParseTimestamp(from));
    return {first, to.empty() ? rows.size() : std::max(first, place(*ParseTimestamp(to) + kMicrosPerSecond))};
  }

 private:
  const Row &Shuffled(std::size_t place) const {
    const auto same = std::ranges::equal_range(rows, rows[place].created, {}, &Row::created);
    const auto begin = static_cast<std::size_t>(same.begin() - rows.begin());
    return rows[begin + (place - begin + static_cast<std::size_t>(asked) * 7) % same.size()];
  }
  static Json RecordOf(const Row &row) {
    return {{"id", row.id}, {"date_created", FormatTimestamp(row.created, 6)}, {"_type", "Note"}};
  }
};

// Rows at `step` microseconds from each other.
std::vector<Row> Rows(int count, std::int64_t step, std::int64_t start = 0) {
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back({start + i * step, "r_" + std::to_string(start / 1000) + "_" + std::to_string(i)});
  }
  return rows;
}

void Append(std::vector<Row> &rows, std::vector<Row> more) {
  rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Reading Notes() { return Reading("activity/note", "notes", {"id", "date_created"}); }
Reading Tasks() { return Reading("task", "tasks", {"id", "date_created"}); }
Reading Opportunities() { return Reading("opportunity", "opportunities", {"id", "date_created"}); }

std::set<std::string> IdsOf(const std::vector<Row> &rows) {
  std::set<std::string> ids;
  for (const Row &row : rows) ids.insert(row.id);
  return ids;
}

// `passing` may be given or not; the others have to be.
void ExpectEachOnce(const Outcome &outcome, const std::vector<Row> &rows,
                    const std::set<std::string> &passing = {}) {
  std::set<std::string> wanted = IdsOf(rows), given;
  for (const std::string &id : outcome.Column(0)) {
    ASSERT_TRUE(given.insert(id).second) << id << " came twice";
    ASSERT_TRUE(wanted.contains(id) || passing.contains(id)) << id;
  }
  for (const std::string &id : wanted) {
    ASSERT_TRUE(given.contains(id) || passing.contains(id)) << id << " is missing";
  }
}

TEST(CloseWindow, PositionsStaySmall) {
  for (const bool counts : {false, true}) {
    ListServer server;
    server.rows = Rows(counts ? 12'000 : 26'000, 1'700'000);
    server.counts = counts;
    const Outcome outcome = Notes().Read(std::ref(server));
    ExpectEachOnce(outcome, server.rows);
    EXPECT_LE(server.deepest_asked, 10'200);
    EXPECT_LE(outcome.asked.size(), server.rows.size() / 100 * 105 / 100);
    EXPECT_TRUE(outcome.warnings.empty());
    EXPECT_NE(outcome.asked.back().Param("date_created__gte"), "");
  }
}

TEST(CloseWindow, ManyRowsASecond) {
  ListServer server;
  server.rows = Rows(21'000, 700);  // 15 seconds in all
  ExpectEachOnce(Notes().Read(std::ref(server)), server.rows);
}

// More rows of one moment than a window has.
TEST(CloseWindow, ManyRowsOfOneMoment) {
  for (const bool counts : {false, true}) {
    ListServer server;
    server.counts = counts;
    server.rows = Rows(9'950, 1'000'000);
    for (int i = 0; i < 300; ++i) {
      server.rows.push_back({server.rows[9'949].created, "same_" + std::to_string(i)});
    }
    Append(server.rows, Rows(8'000, 1'000'000, 20'000'000'000));
    ExpectEachOnce(Notes().Read(std::ref(server)), server.rows);
  }
}

TEST(CloseWindow, AWholeListOfOneSecond) {
  ListServer server;
  server.rows = Rows(10'500, 90);
  Append(server.rows, Rows(3'000, 1'000'000, 50'000'000));
  ExpectEachOnce(Notes().Read(std::ref(server)), server.rows);
}

// ---- order -----------------------------------------------------------------------------------------------

TEST(CloseWindow, NewestFirst) {
  ListServer server;
  server.rows = Rows(21'500, 900'000);
  server.counts = true;
  auto reading = Tasks();
  reading.OrderBy("date_created", true);
  const Outcome outcome = reading.Read(std::ref(server));
  ExpectEachOnce(outcome, server.rows);
  EXPECT_EQ(outcome.rows.front()[0].text, server.rows.back().id);
  EXPECT_EQ(outcome.rows.back()[0].text, server.rows.front().id);
  EXPECT_LE(server.deepest_asked, 10'200);
}

TEST(CloseWindow, ListThatIsNewestFirstWhateverIsAsked) {
  ListServer server;
  server.obeys_order = false;
  server.rows = Rows(21'500, 900'000);
  const Outcome outcome = Notes().Read(std::ref(server));
  ExpectEachOnce(outcome, server.rows);
  EXPECT_LE(server.deepest_asked, 10'200);
  EXPECT_NE(outcome.asked.back().Param("date_created__lte"), "");
}

// The first page does not tell which way the list goes.
TEST(CloseWindow, NewestFirstAfterAFlatPage) {
  ListServer server;
  server.obeys_order = false;
  server.rows = Rows(21'500, 900'000);
  for (int i = 0; i < 150; ++i) {
    server.rows.push_back({server.rows[21'499].created + 5'000'000, "top_" + std::to_string(i)});
  }
  ExpectEachOnce(Notes().Read(std::ref(server)), server.rows);
}

// Each page has one time, and each an earlier one.
TEST(CloseWindow, NewestFirstInFlatPages) {
  ListServer server;
  server.obeys_order = false;
  for (int i = 0; i < 12'000; ++i) {
    server.rows.push_back({(i / 100) * 10 * kMicrosPerSecond, "r_" + std::to_string(i)});
  }
  ExpectEachOnce(Notes().Read(std::ref(server)), server.rows);
}

TEST(CloseWindow, PromisedOrderIsKept) {
  ListServer server;
  server.rows = Rows(12'000, 300'000);
  auto reading = Opportunities();
  reading.OrderBy("date_created", false);
  const Outcome outcome = reading.Read(std::ref(server));
  ExpectEachOnce(outcome, server.rows);
  EXPECT_TRUE(std::ranges::is_sorted(outcome.rows, {}, [](const auto &row) { return row[1].integer; }));
  server.obeys_order = false;
  EXPECT_EQ(Thrown([&] { reading.Read(std::ref(server)); }).kind, CrmErrorKind::kMalformedAnswer);
}

// ---- what changes meanwhile
// --------------------------------------------------------------------------------

// Rows are deleted and made, before and behind the reader, while it reads.
void Disturb(unsigned seed, bool counts, bool descending, int deletions) {
  SCOPED_TRACE(testing::Message() << "seed " << seed << ", counts " << counts << ", down " << descending);
  std::mt19937 random(seed);
  ListServer server;
  server.counts = counts;
  server.rows = Rows(11'000, 400'000);
  for (int i = 0; i < 250; ++i) {
    server.rows.push_back({server.rows[random() % 11'000].created, "same_" + std::to_string(i)});
    server.rows.push_back({server.rows[descending ? 1'005 : 9'995].created, "tie_" + std::to_string(i)});
  }
  const std::vector<Row> all = server.rows;
  std::set<std::string> passing;
  server.before = [&](ListServer &self) {
    if (random() % 4 != 0) return;
    for (int i = 0; i < deletions && !self.rows.empty(); ++i) {
      const std::size_t at = random() % self.rows.size();
      passing.insert(self.rows[at].id);
      self.rows.erase(self.rows.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (random() % 2 == 0) {
      const std::string id = "new_" + std::to_string(passing.size());
      passing.insert(id);
      self.rows.push_back({static_cast<std::int64_t>(random() % 11'000) * 400'000, id});
    }
  };
  auto reading = Tasks();
  if (descending) reading.OrderBy("date_created", true);
  try {
    ExpectEachOnce(reading.Read(std::ref(server)), all, passing);
  } catch (const Error &error) {
    EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead) << error.message << ": " << error.detail;
  }
}

TEST(CloseWindow, RowsComeAndGoMeanwhile) {
  for (unsigned seed = 1; seed <= 4; ++seed) Disturb(seed, seed % 2 == 0, seed > 2, 3);
}

TEST(CloseWindow, ManyRowsGoAtOnce) {
  for (unsigned seed = 5; seed <= 6; ++seed) Disturb(seed, true, seed == 6, 40);
}

// Rows in front of the reader go at the moment when a window could begin: an earlier page is read again then.
TEST(CloseWindow, RowsGoWhereAWindowBegins) {
  for (const int at : {99, 101}) {
    for (const bool descending : {false, true}) {
      ListServer server;
      server.counts = true;
      server.rows = Rows(13'000, 700'000);
      std::set<std::string> passing;
      server.before = [&](ListServer &self) {
        if (self.asked != at) return;
        for (int i = 0; i < 400; ++i) {
          const std::size_t place = descending ? self.rows.size() - 1 : 0;
          passing.insert(self.rows[place].id);
          self.rows.erase(self.rows.begin() + static_cast<std::ptrdiff_t>(place));
        }
      };
      const std::vector<Row> all = server.rows;
      auto reading = Tasks();
      if (descending) reading.OrderBy("date_created", true);
      SCOPED_TRACE(testing::Message() << at << ", down " << descending);
      ExpectEachOnce(reading.Read(std::ref(server)), all, passing);
    }
  }
}

// ---- totals ----------------------------------------------------------------------------------------------

TEST(CloseWindow, FirstTotalIsNotReached) {
  ListServer server;
  server.counts = true;
  server.rows = Rows(12'000, 1'000'000);
  // The whole list says more than it gives; a part of it does not.
  server.says_total = [](const ListServer &, std::int64_t total) { return total == 12'000 ? 12'005 : total; };
  const Error error = Thrown([&] { Tasks().Read(std::ref(server)); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  EXPECT_EQ(error.detail, "Close counts 12005, but gave 12000.");
}

TEST(CloseWindow, FirstTotalHasMoved) {
  ListServer server;
  server.counts = true;
  server.rows = Rows(12'000, 1'000'000);
  server.says_total = [](const ListServer &self, std::int64_t total) {
    return total == 12'000 && self.asked < 50 ? 12'005 : total;
  };
  const Outcome outcome = Tasks().Read(std::ref(server));
  ExpectEachOnce(outcome, server.rows);
}

TEST(CloseWindow, TooDeepIsSaid) {
  ListServer server;
  server.deepest = 5'000;
  server.rows = Rows(12'000, 1'000'000);
  const Error error = Thrown([&] { Notes().Read(std::ref(server)); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  EXPECT_EQ(error.message, "close does not page deeper than 5000 rows through this list");
}

}  // namespace
}  // namespace crm
