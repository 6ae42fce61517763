// Lists that are read in the order of a number, up to a bound.
#include <algorithm>
#include <set>
#include <utility>

#include "close_support.h"

namespace crm {
namespace {

using namespace close_test;  // NOLINT: the helpers of these tests

struct Row {
  std::optional<int> value;
  std::string id;
};

// Rows of equal values are in another order with each request; those without one stand last.
struct RankedServer {
  std::vector<Row> rows;
  bool counts = true;
  bool lies = false;        // counts a row that it never gives
  bool obeys_order = true;  // false: any
  std::function<void(RankedServer &)> before;
  std::size_t asked = 0;

  HttpResponse operator()(const Asked &request) {
    ++asked;
    if (before) before(*this);
    const std::string order = obeys_order ? request.Param("_order_by") : "";
    const int sign = order == "-value" ? -1 : 1;
    std::ranges::stable_sort(rows, {}, [&](const Row &row) {
      return std::pair(!row.value, obeys_order ? row.value.value_or(0) * sign : 0);
    });
    for (std::size_t i = 0; i < rows.size();) {
      std::size_t end = i;
      while (end < rows.size() && rows[end].value == rows[i].value) ++end;
      std::rotate(rows.begin() + static_cast<std::ptrdiff_t>(i),
                  rows.begin() + static_cast<std::ptrdiff_t>(i + asked * 7 % (end - i)),
                  rows.begin() + static_cast<std::ptrdiff_t>(end));
      i = end;
    }
    const auto skip = static_cast<std::size_t>(request.Number("_skip", 0));
    const auto limit = static_cast<std::size_t>(request.Number("_limit", 100));
    const std::size_t end = std::min(rows.size(), skip + limit);
    Json answer = {{"data", Json::array()}, {"has_more", end < rows.size()}};
    for (std::size_t i = skip; i < end; ++i) {
      const Json cents = rows[i].value ? Json(*rows[i].value * 100) : Json();
      answer["data"].push_back({{"id", rows[i].id}, {"value", cents}});
    }
    if (counts) answer["total_results"] = rows.size() + (lies ? 1 : 0);
    return Answer(answer);
  }
};

// `alike` rows of each value: 0, 1, 2, …
std::vector<Row> Rows(int count, int alike) {
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) rows.push_back({i / alike, "oppo_" + std::to_string(i)});
  return rows;
}

Reading ValueBelow(int value) {
  Value bound = Text(std::to_string(value));
  bound.type = CrmType::kDecimal;
  return Reading("opportunity", "opportunities", {"id", "value"}).Where("value", CompareOp::kLt, bound);
}

Outcome ReadRanked(const Reading &reading, RankedServer &server) {
  const std::vector<AccessPath> paths = reading.Plan();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::size_t from_end = paths.size() - 1 - i;
    if (reading.Planned(from_end).plan.find("\"ranked\"") != std::string::npos)
      return reading.Read(std::ref(server), from_end);
  }
  ADD_FAILURE() << "no path in the order of the value";
  return {};
}

// Every row up to `most` once.
void ExpectUpTo(const Outcome &outcome, const RankedServer &server, int most) {
  std::set<std::string> given;
  for (const std::string &id : outcome.Column(0)) EXPECT_TRUE(given.insert(id).second) << id;
  for (const Row &row : server.rows) {
    const bool wanted = row.value && *row.value < most;
    EXPECT_TRUE(!wanted || given.contains(row.id)) << row.id;
  }
}

TEST(CloseRanked, EqualValuesAtTheJointOfPages) {
  for (const int alike : {1, 2, 7, 40, 99, 198, 199, 200, 201, 350}) {
    RankedServer server;
    server.rows = Rows(2000, alike);
    ExpectUpTo(ReadRanked(ValueBelow(800 / alike + 1), server), server, 800 / alike + 1);
  }
}

TEST(CloseRanked, EndsBehindTheBound) {
  RankedServer server;
  server.rows = Rows(1000, 1);
  ExpectUpTo(ReadRanked(ValueBelow(250), server), server, 250);
  EXPECT_EQ(server.asked, 2U);
}

TEST(CloseRanked, RowsOfTheListThatGo) {
  for (std::size_t when = 2; when < 6; ++when) {
    RankedServer server;
    server.rows = Rows(700, 3);
    server.before = [when](RankedServer &self) {
      if (self.asked == when) self.rows.erase(self.rows.begin(), self.rows.begin() + 5);
    };
    ExpectUpTo(ReadRanked(ValueBelow(120), server), server, 120);
  }
}

TEST(CloseRanked, ListThatKnowsNoOrder) {
  RankedServer server;
  server.rows = Rows(900, 3);
  std::ranges::reverse(server.rows);
  server.obeys_order = false;
  ExpectUpTo(ReadRanked(ValueBelow(100), server), server, 100);
}

// More rows of one value than a page has, and nobody who counts them.
TEST(CloseRanked, WhatNothingProvesIsAnError) {
  RankedServer server;
  server.rows = Rows(600, 300);
  server.counts = false;
  const Error error = Thrown([&] { ReadRanked(ValueBelow(2), server); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
}

TEST(CloseRanked, RowsThatAreCountedButNeverCome) {
  RankedServer server;
  server.rows = Rows(250, 1);
  server.lies = true;
  const Error error = Thrown([&] { ReadRanked(ValueBelow(1000), server); });
  EXPECT_EQ(error.kind, CrmErrorKind::kIncompleteRead);
  EXPECT_NE(error.detail.find("251"), std::string::npos) << error.detail;
}

}  // namespace
}  // namespace crm
