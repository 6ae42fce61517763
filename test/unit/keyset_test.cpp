// Reading by key, against a server that is simulated: random order among equal keys, continuations that get
// lost, rows that come, go and change.
#include "providers/keyset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace crm {
namespace {

using State = KeysetPager::State;

struct Row {
  std::string id;
  std::int64_t key = 0;
};

struct Page {
  std::vector<std::string> ids;
  std::vector<std::int64_t> keys;
  bool has_more = false;

  KeysetPager::Answer Answer() const { return {ids, keys, has_more}; }
};

class Server {
 public:
  Server(std::vector<Row> rows, bool descending, std::size_t page_size, unsigned seed)
      : rows(std::move(rows)), descending_(descending), page_size_(page_size), random_(seed) {}

  // Rows of one key come in another order for each question, and in one order within its continuations.
  Page Ask(std::optional<std::int64_t> bound) {
    found_.clear();
    for (const Row &row : rows) {
      if (!bound || (descending_ ? row.key <= *bound : row.key >= *bound)) found_.push_back(row);
    }
    std::ranges::shuffle(found_, random_);
    std::ranges::sort(
        found_, [&](const Row &a, const Row &b) { return descending_ ? a.key > b.key : a.key < b.key; });
    at_ = 0;
    return Continue();
  }
  Page Continue() {
    Page page;
    for (; at_ < found_.size() && page.ids.size() < page_size_; ++at_) {
      if (gone.contains(found_[at_].id)) continue;
      page.ids.push_back(found_[at_].id);
      page.keys.push_back(found_[at_].key);
    }
    page.has_more = says_more_if_full ? page.ids.size() == page_size_ : at_ < found_.size();
    return page;
  }

  std::vector<Row> rows;
  std::set<std::string> gone;      // that were among them
  bool says_more_if_full = false;  // and there may be nothing behind

 private:
  const bool descending_;
  const std::size_t page_size_;
  std::mt19937 random_;
  std::vector<Row> found_;
  std::size_t at_ = 0;
};

struct Outcome {
  State state = State::kAsk;
  std::map<std::string, int> given;
  std::vector<std::int64_t> keys;  // of the rows given, in their order
  int requests = 0, losses = 0;
};

// `between`: what happens before each request. `loses`: whether a continuation is gone.
template <typename Between, typename Loses>
Outcome Read(Server &server, KeysetPager::Options options, const Between &between, const Loses &loses) {
  KeysetPager pager(options);
  Outcome outcome;
  while (pager.state() == State::kAsk) {
    if (outcome.requests++ > 20'000) {
      ADD_FAILURE() << "no end";
      break;
    }
    between();
    if (pager.following() && loses()) {
      ++outcome.losses;
      pager.Lost();
      continue;
    }
    const Page page = pager.following() ? server.Continue() : server.Ask(pager.bound());
    const std::vector<bool> fresh = pager.Take(page.Answer());
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      if (!fresh[i]) continue;
      ++outcome.given[page.ids[i]];
      outcome.keys.push_back(page.keys[i]);
    }
  }
  outcome.state = pager.state();
  EXPECT_EQ(pager.rows(), static_cast<std::int64_t>(outcome.keys.size()));
  return outcome;
}

Outcome Read(Server &server, KeysetPager::Options options) {
  return Read(
      server, options, [] {}, [] { return false; });
}

void ExpectEachOnce(const Outcome &outcome, const std::vector<Row> &always, const std::string &what) {
  for (const Row &row : always) {
    const auto found = outcome.given.find(row.id);
    ASSERT_TRUE(found != outcome.given.end()) << row.id << " is missing, " << what;
  }
  for (const auto &[id, times] : outcome.given) ASSERT_EQ(times, 1) << id << ", " << what;
}

std::vector<Row> Rows(const std::vector<std::pair<std::int64_t, int>> &plateaus) {
  std::vector<Row> rows;
  for (const auto &[key, count] : plateaus) {
    for (int i = 0; i < count; ++i) rows.push_back({std::to_string(key) + "/" + std::to_string(i), key});
  }
  return rows;
}

// Mostly keys of their own; `plateaus` of them are shared by up to `most` rows.
std::vector<Row> RandomRows(std::mt19937 &random, int count, int plateaus, int most) {
  std::vector<std::pair<std::int64_t, int>> keys;
  std::int64_t key = 0;
  for (int i = 0; i < count; ++i) keys.emplace_back(key += 1 + random() % 3, 1);
  for (int i = 0; i < plateaus && count > 0; ++i) keys[random() % keys.size()].second = 1 + random() % most;
  return Rows(keys);
}

TEST(Keyset, NothingThere) {
  Server server({}, false, 10, 1);
  const Outcome outcome = Read(server, {});
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.requests, 1);
}

TEST(Keyset, OnePageWhereAllFits) {
  Server server(Rows({{1, 1}, {2, 8}, {3, 1}}), false, 10, 1);
  const Outcome outcome = Read(server, {});
  EXPECT_EQ(outcome.requests, 1);
  EXPECT_EQ(outcome.given.size(), 10u);
}

TEST(Keyset, FollowsOnlyWhereAPageHasOneKey) {
  KeysetPager pager({});
  const std::vector<std::string> mixed = {"a", "b", "c"};
  pager.Take({mixed, std::vector<std::int64_t>{1, 2, 2}, true});
  EXPECT_FALSE(pager.following());
  EXPECT_EQ(pager.bound(), 2);
  const std::vector<std::string> flat = {"c", "d", "b"};
  EXPECT_EQ(pager.Take({flat, std::vector<std::int64_t>{2, 2, 2}, true}),
            (std::vector<bool>{false, true, false}));
  EXPECT_TRUE(pager.following());
  const std::vector<std::string> next = {"e", "f", "g"};
  pager.Take({next, std::vector<std::int64_t>{2, 3, 3}, true});
  EXPECT_FALSE(pager.following());
  EXPECT_EQ(pager.bound(), 3);
  EXPECT_EQ(pager.rows(), 7);
}

// The brief of the paging: as many pages as the rows fill, and one more for each plateau.
TEST(Keyset, RequestsAreNearTheLeast) {
  std::mt19937 random(3);
  for (unsigned seed = 0; seed < 12; ++seed) {
    const std::size_t page_size = 50 + random() % 151;
    const int plateaus = static_cast<int>(random() % 5);
    const std::vector<Row> rows = RandomRows(random, 3000, plateaus, 1500);
    const bool descending = seed % 2 == 1;
    Server server(rows, descending, page_size, seed);
    const Outcome outcome = Read(server, {descending, seed % 3 == 0});
    const std::string what = "seed " + std::to_string(seed);
    EXPECT_EQ(outcome.state, State::kDone) << what;
    ExpectEachOnce(outcome, rows, what);
    EXPECT_TRUE(descending ? std::ranges::is_sorted(outcome.keys, std::greater<>())
                           : std::ranges::is_sorted(outcome.keys))
        << what;
    const auto least = static_cast<double>((rows.size() + page_size - 1) / page_size);
    EXPECT_LE(outcome.requests, least * 1.1 + plateaus) << what << ", least " << least;
  }
}

TEST(Keyset, PlateausWithContinuationsThatGetLost) {
  int losses = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    std::mt19937 random(seed);
    const std::size_t page_size = 1 + random() % 12;
    const std::vector<Row> rows = RandomRows(random, static_cast<int>(random() % 60), 3, 40);
    const bool descending = seed % 2 == 1;
    Server server(rows, descending, page_size, seed);
    server.says_more_if_full = random() % 2 == 0;
    const Outcome outcome = Read(
        server, {descending, random() % 2 == 0}, [] {}, [&] { return random() % 100 < 5; });
    const std::string what = "seed " + std::to_string(seed);
    losses += outcome.losses;
    if (outcome.state == State::kStuck) continue;  // given up, which is said
    EXPECT_EQ(outcome.state, State::kDone) << what;
    ExpectEachOnce(outcome, rows, what);
  }
  EXPECT_GT(losses, 50);
}

TEST(Keyset, RowsComeAndGoMeanwhile) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    std::mt19937 random(seed);
    const std::size_t page_size = 1 + random() % 20;
    std::vector<Row> always = RandomRows(random, 40 + static_cast<int>(random() % 100), 3, 30);
    std::vector<Row> passing = RandomRows(random, 60, 2, 20);
    for (Row &row : passing) row.id = "passing " + row.id;
    std::vector<Row> rows = always;
    rows.insert(rows.end(), passing.begin(), passing.end());
    const bool descending = seed % 2 == 1;
    Server server(rows, descending, page_size, seed);
    int made = 0;
    const auto change = [&] {
      const bool is_passing = !server.rows.empty() && server.rows.back().id.starts_with("passing");
      if (is_passing && random() % 3 == 0) {
        server.gone.insert(server.rows.back().id);
        server.rows.pop_back();
      }
      if (made < 50 && random() % 3 == 0) {
        server.rows.push_back(
            {"passing new " + std::to_string(made++), static_cast<std::int64_t>(random() % 200)});
      }
    };
    const Outcome outcome =
        Read(server, {descending, seed % 3 == 0}, change, [&] { return random() % 100 < 3; });
    if (outcome.state == State::kStuck) continue;
    const std::string what = "seed " + std::to_string(seed);
    EXPECT_EQ(outcome.state, State::kDone) << what;
    ExpectEachOnce(outcome, always, what);
  }
}

// By time of the last change, oldest first: a row that changes goes to the end, and comes again.
TEST(Keyset, RowsThatChangeMeanwhileComeOnce) {
  int repeated = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    std::mt19937 random(seed);
    const std::vector<Row> rows = RandomRows(random, 100 + static_cast<int>(random() % 100), 3, 30);
    Server server(rows, false, 2 + random() % 20, seed);
    std::int64_t now = 1'000'000;
    int changes = 200;
    const auto change = [&] {
      for (int i = 0; i < 3 && changes > 0; ++i, --changes) {
        server.rows[random() % server.rows.size()].key = now += static_cast<std::int64_t>(random() % 2);
      }
    };
    const Outcome outcome = Read(server, {false, true}, change, [&] { return random() % 100 < 3; });
    const std::string what = "seed " + std::to_string(seed);
    if (outcome.state == State::kStuck) continue;
    EXPECT_EQ(outcome.state, State::kDone) << what;
    ExpectEachOnce(outcome, rows, what);
    repeated += outcome.requests;
  }
  EXPECT_GT(repeated, 0);
}

// Many rows that were read change at once: page after page has nothing new, and yet it goes on.
TEST(Keyset, RowsThatAllChangeTwice) {
  std::vector<std::pair<std::int64_t, int>> keys;
  for (int i = 0; i < 800; ++i) keys.emplace_back(i, 1);
  Server server(Rows(keys), false, 3, 1);
  std::vector<Row> rows = server.rows;
  int requests = 0;
  const auto change = [&] {
    if (++requests != 380) return;
    for (Row &row : server.rows) row.key += 10'000;
    for (int i = 0; i < 5; ++i)
      rows.push_back(server.rows.emplace_back("new " + std::to_string(i), 20'000 + i));
  };
  const Outcome outcome = Read(server, {false, true}, change, [] { return false; });
  EXPECT_EQ(outcome.state, State::kDone);
  ExpectEachOnce(outcome, rows, "all changed");
}

// ---- servers that lie -------------------------------------------------------------------------------------

State After(const std::vector<Page> &pages, KeysetPager::Options options = {}) {
  KeysetPager pager(options);
  for (const Page &page : pages) {
    EXPECT_EQ(pager.state(), State::kAsk);
    pager.Take(page.Answer());
  }
  return pager.state();
}

TEST(Keyset, DisorderIsSeen) {
  EXPECT_EQ(After({{{"a", "b"}, {2, 1}, true}}), State::kUnsorted);
  EXPECT_EQ(After({{{"a", "b"}, {1, 2}, true}}, {true, false}), State::kUnsorted);
  EXPECT_EQ(After({{{"a", "b"}, {1, 2}, true}, {{"c", "d"}, {1, 3}, true}}), State::kUnsorted);
  EXPECT_EQ(After({{{"a", "b"}, {2, 1}, true}, {{"c"}, {2}, true}}, {true, false}), State::kUnsorted);
  EXPECT_EQ(After({{{"a", "b"}, {1, 2}, true}, {{"b", "c"}, {2, 3}, false}}), State::kDone);
  KeysetPager pager({});
  const std::vector<std::string> ids = {"a", "b"};
  EXPECT_TRUE(pager.Take({ids, std::vector<std::int64_t>{2, 1}, true}).empty());
  EXPECT_EQ(pager.rows(), 0);
}

TEST(Keyset, AnswersThatRepeatThemselvesForEver) {
  for (const bool changing : {false, true}) {
    KeysetPager pager({false, changing});
    const std::vector<std::string> ids = {"a", "b"};
    int requests = 0;
    while (pager.state() == State::kAsk && requests < 5000) {
      ++requests;
      pager.Take({ids, std::vector<std::int64_t>{7, 7}, true});
    }
    EXPECT_EQ(pager.state(), State::kStuck);
    EXPECT_EQ(pager.rows(), 2);
  }
}

TEST(Keyset, EmptyAnswersForEver) {
  KeysetPager pager({});
  int requests = 0;
  while (pager.state() == State::kAsk && requests++ < 5000) pager.Take({{}, {}, true});
  EXPECT_EQ(pager.state(), State::kStuck);
}

TEST(Keyset, KnownRowsWithNewKeysForEver) {
  KeysetPager pager({false, true});
  const std::vector<std::string> ids = {"a", "b"};
  std::int64_t key = 0;
  int requests = 0;
  for (; pager.state() == State::kAsk && requests < 5000; ++requests, ++key) {
    pager.Take({ids, std::vector<std::int64_t>{key, key}, true});
  }
  EXPECT_EQ(pager.state(), State::kStuck);
  EXPECT_EQ(pager.rows(), 2);
}

TEST(Keyset, ContinuationThatIsAlwaysLost) {
  Server server(Rows({{1, 100}}), false, 10, 1);
  const Outcome outcome = Read(
      server, {}, [] {}, [] { return true; });
  EXPECT_EQ(outcome.state, State::kStuck);
  EXPECT_LT(outcome.requests, 100);
  for (const auto &[id, times] : outcome.given) EXPECT_EQ(times, 1) << id;
}

TEST(Keyset, LossesOfOneKeyDoNotCountForTheNext) {
  std::vector<std::pair<std::int64_t, int>> plateaus;
  for (int i = 0; i < 30; ++i) plateaus.emplace_back(i, 15);
  Server server(Rows(plateaus), false, 10, 1);
  bool odd = false;
  const Outcome outcome = Read(
      server, {}, [] {}, [&] { return odd = !odd; });
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.given.size(), 450u);
}

}  // namespace
}  // namespace crm
