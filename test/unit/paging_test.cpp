// Offset paging against lists that change between pages.
#include "providers/paging.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>

namespace crm {
namespace {

// A list as a server keeps it: rows with a time, sorted by it.
struct ServerList {
  struct Row {
    std::string id;
    std::int64_t time;
  };
  std::vector<Row> rows;
  bool descending = true;
  bool counts = true;
  bool times = true;      // rows show their times
  bool shuffles = false;  // rows of equal time come in another order with each request
  std::mt19937 random;
  std::int64_t clock = 1'000'000;
  int next_id = 0;

  void Sort() {
    std::ranges::stable_sort(
        rows, [&](const Row &a, const Row &b) { return descending ? a.time > b.time : a.time < b.time; });
  }
  void ShuffleTies() {
    std::ranges::shuffle(rows, random);
    Sort();
  }
  std::string Insert(std::int64_t time) {
    std::string id = "row_" + std::to_string(next_id++);
    rows.push_back({id, time});
    Sort();
    return id;
  }
  void Fill(int count) {
    for (int i = 0; i < count; ++i) Insert(1000 + i);
  }
  void Delete(const std::string &id) {
    std::erase_if(rows, [&](const Row &row) { return row.id == id; });
  }
  void Touch(const std::string &id) {
    for (Row &row : rows) {
      if (row.id == id) row.time = ++clock;
    }
    Sort();
  }
  std::set<std::string> Ids() const {
    std::set<std::string> ids;
    for (const Row &row : rows) ids.insert(row.id);
    return ids;
  }
};

struct Scan {
  std::vector<std::string> given;
  std::vector<OffsetPager::Page> asked;
  OffsetPager::State state = OffsetPager::State::kAsk;
  std::int64_t total = 0;

  std::set<std::string> Ids() const { return {given.begin(), given.end()}; }
};

using Change = std::function<void(int page, ServerList &)>;  // before the page with that number, from 0

Scan ReadAll(ServerList &list, OffsetPager::Options options, const Change &change = {}) {
  Scan scan;
  OffsetPager pager(options);
  while (pager.state() == OffsetPager::State::kAsk && scan.asked.size() < 1000) {
    if (change) change(static_cast<int>(scan.asked.size()), list);
    if (list.shuffles) list.ShuffleTies();
    const OffsetPager::Page page = pager.page();
    scan.asked.push_back(page);
    const auto size = static_cast<std::int64_t>(list.rows.size());
    const std::int64_t end = std::min(size, page.skip + page.limit);
    std::vector<std::string> ids;
    std::vector<std::optional<std::int64_t>> times;
    for (std::int64_t i = page.skip; i < end; ++i) {
      ids.push_back(list.rows[i].id);
      if (list.times) times.push_back(list.rows[i].time);
    }
    std::optional<std::int64_t> total;
    if (list.counts) total = size;
    const std::vector<bool> keep = pager.Take({ids, end < size, total, times});
    for (std::size_t i = 0; i < keep.size(); ++i) {
      if (keep[i]) scan.given.push_back(ids[i]);
    }
  }
  scan.state = pager.state();
  scan.total = pager.total();
  return scan;
}

OffsetPager::Options PageOf(std::int64_t rows, bool newest_first = false) {
  OffsetPager::Options options;
  options.page_size = rows;
  options.newest_first = newest_first;
  options.ascending = false;
  return options;
}

using State = OffsetPager::State;

TEST(OffsetPager, QuietCountedListCostsNoExtraRequest) {
  for (int rows : {0, 1, 9, 10, 11, 20, 25, 99, 100}) {
    ServerList list;
    list.Fill(rows);
    const Scan scan = ReadAll(list, PageOf(10, true));
    EXPECT_EQ(scan.state, State::kDone) << rows;
    EXPECT_EQ(scan.given.size(), static_cast<std::size_t>(rows));
    EXPECT_EQ(scan.Ids(), list.Ids());
    EXPECT_EQ(scan.asked.size(), static_cast<std::size_t>(std::max(1, (rows + 9) / 10))) << rows;
  }
}

TEST(OffsetPager, UncountedListRepeatsRows) {
  ServerList list;
  list.counts = false;
  list.Fill(25);
  const Scan sorted = ReadAll(list, PageOf(10));
  EXPECT_EQ(sorted.state, State::kDone);
  EXPECT_EQ(sorted.given.size(), 25u);
  ASSERT_EQ(sorted.asked.size(), 3u);
  EXPECT_EQ(sorted.asked[1].skip, 8);
  EXPECT_EQ(sorted.asked[2].skip, 16);
  list.times = false;
  const Scan unsorted = ReadAll(list, PageOf(10));
  EXPECT_EQ(unsorted.given.size(), 25u);
  ASSERT_EQ(unsorted.asked.size(), 3u);
  EXPECT_EQ(unsorted.asked[1].skip, 9);
  EXPECT_EQ(unsorted.asked[2].skip, 18);
}

TEST(OffsetPager, FirstPageIsSmallThenPagesGrow) {
  ServerList list;
  list.Fill(30);
  auto options = PageOf(10);
  options.first_page = 3;
  const Scan scan = ReadAll(list, options);
  EXPECT_EQ(scan.asked[0].limit, 3);
  EXPECT_EQ(scan.asked[1].limit, 10);
  EXPECT_EQ(scan.given.size(), 30u);
}

TEST(OffsetPager, DeletedRowsShiftTheRestLeft) {
  for (bool counts : {true, false}) {
    for (int deleted : {1, 2, 3, 9, 10}) {
      ServerList list;
      list.counts = counts;
      list.Fill(40);
      const std::set<std::string> before = list.Ids();
      const Scan scan = ReadAll(list, PageOf(10), [&](int page, ServerList &l) {
        for (int i = 0; page == 2 && i < deleted; ++i) l.Delete(l.rows.front().id);
      });
      EXPECT_EQ(scan.state, State::kDone) << counts << deleted;
      EXPECT_EQ(scan.Ids(), before) << counts << deleted;
      EXPECT_EQ(scan.given.size(), 40u);
    }
  }
}

TEST(OffsetPager, ManyDeletedRowsAreFoundByDoubledSteps) {
  ServerList list;
  list.counts = false;
  list.Fill(100);
  const std::set<std::string> before = list.Ids();
  const Scan scan = ReadAll(list, PageOf(10), [&](int page, ServerList &l) {
    for (int i = 0; page == 8 && i < 60; ++i) l.Delete(l.rows.front().id);
  });
  EXPECT_EQ(scan.Ids(), before);
}

TEST(OffsetPager, DeleteAndInsertBetweenTwoPages) {
  // The total stays the same; only the row asked for again gives it away.
  ServerList list;
  list.descending = false;
  list.Fill(35);
  const std::set<std::string> before = list.Ids();
  const Scan scan = ReadAll(list, PageOf(10), [&](int page, ServerList &l) {
    if (page != 1) return;
    l.Delete(l.rows[2].id);
    l.Insert(++l.clock);
  });
  for (const std::string &id : before) EXPECT_TRUE(scan.Ids().contains(id)) << id;
}

TEST(OffsetPager, InsertedRowsOnlyRepeatOthers) {
  ServerList list;
  list.Fill(30);
  const std::set<std::string> before = list.Ids();
  const Scan scan = ReadAll(list, PageOf(10, true), [&](int page, ServerList &l) {
    if (page == 1) l.Insert(++l.clock);
    if (page == 2) l.Insert(++l.clock);
  });
  EXPECT_EQ(scan.state, State::kDone);
  EXPECT_EQ(scan.given.size(), scan.Ids().size());
  EXPECT_EQ(scan.Ids(), list.Ids());
  for (const std::string &id : before) EXPECT_TRUE(scan.Ids().contains(id));
}

TEST(OffsetPager, UpdatedRowsThatJumpToTheFrontAreReadThere) {
  ServerList list;
  list.Fill(50);
  const Scan scan = ReadAll(list, PageOf(10, true), [&](int page, ServerList &l) {
    if (page == 2) l.Touch(l.rows.back().id);
    if (page == 3) l.Touch(l.rows[45].id);
  });
  EXPECT_EQ(scan.state, State::kDone);
  EXPECT_EQ(scan.given.size(), 50u);
  EXPECT_EQ(scan.Ids(), list.Ids());
  EXPECT_EQ(scan.asked.back().skip, 0);
}

TEST(OffsetPager, LateRowsAreCountedButNotGivenInAnOrder) {
  ServerList list;
  list.Fill(30);
  auto options = PageOf(10, true);
  options.give_late_rows = false;
  std::string inserted, deleted;
  const Scan scan = ReadAll(list, options, [&](int page, ServerList &l) {
    if (page != 1) return;
    inserted = l.Insert(++l.clock);
    deleted = l.rows.back().id;
    l.Delete(deleted);
  });
  EXPECT_EQ(scan.state, State::kDone);
  EXPECT_FALSE(scan.Ids().contains(inserted));
  EXPECT_EQ(scan.given.size(), 29u);
}

TEST(OffsetPager, TotalThatMovedIsAWarning) {
  // Oldest first, a row put in behind the reader: it was not there when the scan began.
  ServerList list;
  list.descending = false;
  list.Fill(30);
  const Scan scan = ReadAll(list, PageOf(10), [&](int page, ServerList &l) {
    if (page == 2) l.Insert(1);
  });
  EXPECT_EQ(scan.state, State::kMoved);
  EXPECT_EQ(scan.total, 31);
  EXPECT_EQ(scan.given.size(), 30u);
}

TEST(OffsetPager, TotalThatStaysIsAnError) {
  OffsetPager pager(PageOf(10));
  const std::vector<std::string> ids = {"a", "b"};
  EXPECT_EQ(pager.Take({ids, false, 5, {}}).size(), 2u);
  ASSERT_EQ(pager.state(), State::kAsk);
  EXPECT_EQ(pager.page().limit, 1);
  pager.Take({{ids.data(), 1}, true, 5, {}});
  EXPECT_EQ(pager.state(), State::kIncomplete);
}

TEST(OffsetPager, TotalThatMovesWhenAskedAgainIsAWarning) {
  OffsetPager pager(PageOf(10));
  const std::vector<std::string> ids = {"a", "b"};
  pager.Take({ids, false, 5, {}});
  pager.Take({{ids.data(), 1}, true, 6, {}});
  EXPECT_EQ(pager.state(), State::kMoved);
}

TEST(OffsetPager, ListThatGoesInCirclesEnds) {
  OffsetPager pager(PageOf(2));
  const std::vector<std::string> ids = {"a", "b"};
  int pages = 0;
  for (; pager.state() == State::kAsk && pages < 1000; ++pages) pager.Take({ids, true, std::nullopt, {}});
  EXPECT_EQ(pager.state(), State::kUnsteady);
  EXPECT_LT(pages, 50);
}

TEST(OffsetPager, ListWhoseHeadNeverWasReadEnds) {
  OffsetPager pager(PageOf(2));
  int pages = 0;
  for (; pager.state() == State::kAsk && pages < 5000; ++pages) {
    const std::vector<std::string> ids = {std::to_string(2 * pages), std::to_string(2 * pages + 1)};
    // Deep pages never begin with a known row, and the front is always new.
    pager.Take({ids, true, std::nullopt, {}});
  }
  EXPECT_EQ(pager.state(), State::kUnsteady);
}

TEST(OffsetPager, EmptyPageEndsEvenIfMoreIsClaimed) {
  OffsetPager pager(PageOf(10));
  pager.Take({{}, true, std::nullopt, {}});
  EXPECT_EQ(pager.state(), State::kDone);
}

TEST(OffsetPager, LimitIsLowered) {
  OffsetPager pager(PageOf(200));
  EXPECT_FALSE(pager.LowerLimit(200));
  EXPECT_FALSE(pager.LowerLimit(0));
  EXPECT_FALSE(pager.LowerLimit(-1));
  EXPECT_TRUE(pager.LowerLimit(1));
  const std::vector<std::string> a = {"a"}, b = {"b"};
  pager.Take({a, true, std::nullopt, {}});
  EXPECT_EQ(pager.page().skip, 1);  // a page of one row repeats none
  pager.Take({b, false, std::nullopt, {}});
  EXPECT_EQ(pager.state(), State::kDone);
}

// Rows that were there from the beginning to the end are never missed, whatever happens between the pages.
void Churn(std::mt19937 &random, ServerList &list, bool touch) {
  const auto any = [&] { return list.rows[random() % list.rows.size()].id; };
  for (unsigned changes = random() % 4; changes > 0; --changes) {
    switch (random() % (touch ? 3 : 2)) {
      case 0:
        list.Insert(list.descending || random() % 4 > 0 ? ++list.clock : 1000 + random() % 50);
        break;
      case 1:
        if (!list.rows.empty()) list.Delete(any());
        break;
      default:
        if (!list.rows.empty()) list.Touch(any());
    }
  }
}

// `distinct_times`: how many times the first rows share; 0: each has its own.
void CheckChurn(bool counts, bool touch, bool newest_first, int distinct_times = 0, bool churn = true,
                bool times = true) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    ServerList list;
    list.counts = counts;
    list.times = times;
    list.Fill(static_cast<int>(random() % 60));
    if (distinct_times > 0) {
      for (auto &row : list.rows) row.time = 1000 + static_cast<std::int64_t>(random() % distinct_times);
      list.shuffles = true;
      list.random.seed(seed);
      list.Sort();
    }
    const std::set<std::string> before = list.Ids();
    const std::int64_t page_size = (distinct_times > 0 ? 3 : 2) + random() % 12;
    const Scan scan = ReadAll(list, PageOf(page_size, newest_first), [&](int page, ServerList &l) {
      if (churn && page > 0 && page < 8) Churn(random, l, touch);
    });
    EXPECT_TRUE(scan.state == State::kDone || (churn && scan.state == State::kMoved)) << seed;
    EXPECT_EQ(scan.given.size(), scan.Ids().size()) << seed;
    for (const std::string &id : before) {
      EXPECT_TRUE(scan.Ids().contains(id) || !list.Ids().contains(id)) << "seed " << seed << " lost " << id;
    }
  }
}

TEST(OffsetPager, ChurnNewestFirst) { CheckChurn(true, false, true); }
TEST(OffsetPager, ChurnUncounted) { CheckChurn(false, false, true); }
TEST(OffsetPager, ChurnUnsorted) { CheckChurn(false, false, false, 0, true, false); }
TEST(OffsetPager, ChurnByLastUpdate) { CheckChurn(true, true, true); }
TEST(OffsetPager, TiesInRandomOrder) {
  for (const bool counts : {true, false}) {
    for (const int times : {1, 2, 5, 12, 30}) CheckChurn(counts, false, true, times, false);
  }
}
TEST(OffsetPager, TiesInRandomOrderWithChurn) { CheckChurn(true, false, true, 20); }

TEST(OffsetPager, TiesInOneOrderCostNothing) {
  for (const int divisor : {1, 7, 30, 10'000}) {
    for (const bool descending : {true, false}) {
      ServerList list;
      list.descending = descending;
      list.Fill(100);
      for (auto &row : list.rows) row.time /= divisor;
      auto options = PageOf(20, descending);
      options.ascending = !descending;
      const Scan scan = ReadAll(list, options);
      EXPECT_EQ(scan.state, State::kDone);
      EXPECT_EQ(scan.Ids(), list.Ids());
      EXPECT_EQ(scan.asked.size(), 5u);
    }
  }
}

TEST(OffsetPager, UncountedTiesAreReadWhole) {
  for (const int divisor : {1, 7, 30, 10'000}) {
    ServerList list;
    list.counts = false;
    list.Fill(100);
    for (auto &row : list.rows) row.time /= divisor;
    const Scan scan = ReadAll(list, PageOf(20, true));
    EXPECT_EQ(scan.state, State::kDone);
    EXPECT_EQ(scan.Ids(), list.Ids());
    EXPECT_LE(scan.asked.size(), 12u);
  }
}

TEST(OffsetPager, TiesKeepTheOrderOfTimes) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    ServerList list;
    list.descending = false;
    list.shuffles = true;
    list.random.seed(seed);
    list.Fill(60);
    for (auto &row : list.rows) row.time /= 7;
    std::map<std::string, std::int64_t> times;
    for (const auto &row : list.rows) times[row.id] = row.time;
    auto options = PageOf(9);
    options.ascending = true;
    const Scan scan = ReadAll(list, options);
    ASSERT_EQ(scan.given.size(), 60u) << seed;
    for (std::size_t i = 1; i < 60; ++i) EXPECT_LE(times[scan.given[i - 1]], times[scan.given[i]]) << seed;
  }
}

TEST(OffsetPager, ManyRowsUpdatedAtOnceWhileRead) {
  ServerList list;
  list.Fill(100);
  const Scan scan = ReadAll(list, PageOf(10, true), [&](int page, ServerList &l) {
    if (page != 4) return;
    for (auto &row : l.rows) {
      if (row.time % 3 == 0) row.time = 5000;
    }
    l.Sort();
  });
  EXPECT_EQ(scan.Ids(), list.Ids());
  EXPECT_LT(scan.asked.size(), 40u);
}

TEST(IdSet, TellsApart) {
  IdSet ids;
  EXPECT_TRUE(ids.Insert("a"));
  EXPECT_FALSE(ids.Insert("a"));
  EXPECT_TRUE(ids.Insert(""));
  EXPECT_TRUE(ids.Contains("a"));
  EXPECT_FALSE(ids.Contains("b"));
  EXPECT_EQ(ids.size(), 2);
}

TEST(DistinctKeys, OnceInOrderWithoutNulls) {
  Value value;
  EXPECT_TRUE(DistinctKeys(value).empty());
  value.type = CrmType::kTextArray;
  value.items = {"b", std::nullopt, "a", "b"};
  EXPECT_EQ(DistinctKeys(value), (std::vector<std::string>{"b", "a"}));
  value.type = CrmType::kText;
  value.text = "x";
  EXPECT_EQ(DistinctKeys(value), (std::vector<std::string>{"x"}));
}

}  // namespace
}  // namespace crm
