// The rate gate: what is admitted when, and what refusals and reports change.
#include "engine/gate.h"

#include <gtest/gtest.h>

#include "engine/request_budget.h"

namespace crm {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

class GateTest : public ::testing::Test {
 protected:
  // Requests of the group that may go at once.
  int AtOnce(const std::string &group = "g") {
    int count = 0;
    while (count < 1000 && gate.Admit(account, group, now) == 0) ++count;
    return count;
  }
  GateTest() { account.rate = {kSecond / 10, 4 * kSecond / 10}; }

  Gate gate;
  Account account;
  std::int64_t now = 5 * kSecond;
};

TEST_F(GateTest, BurstThenSteady) {
  EXPECT_EQ(AtOnce(), 5);
  EXPECT_EQ(gate.Admit(account, "g", now), 2 * kSecond / 10);  // one was charged in vain
  now += kSecond;
  EXPECT_EQ(AtOnce(), 5);
  EXPECT_EQ(AtOnce("other"), 5);
}

TEST_F(GateTest, AccountsAreApart) {
  AtOnce();
  account.key.mapping = 7;
  EXPECT_EQ(AtOnce(), 5);
}

TEST_F(GateTest, PushBackHoldsEvenTheBurst) {
  gate.PushBack(account, "g", now, 3 * kSecond);
  EXPECT_EQ(gate.Admit(account, "g", now), 3 * kSecond);
  EXPECT_EQ(gate.Admit(account, "g", now), 3 * kSecond + kSecond / 10);
  EXPECT_EQ(AtOnce("other"), 5);
  // Never forward.
  gate.PushBack(account, "g", now, 0);
  EXPECT_GT(gate.Admit(account, "g", now), 3 * kSecond);
}

TEST_F(GateTest, PushBackWithoutARate) {
  account.rate = {};
  EXPECT_EQ(AtOnce(), 1000);
  gate.PushBack(account, "g", now, kSecond);
  EXPECT_EQ(gate.Admit(account, "g", now), kSecond);
  gate.PushBack(account, "h", now, INT64_MAX);
  EXPECT_LE(gate.Admit(account, "h", now), 24 * 3600 * kSecond);
}

TEST_F(GateTest, ReportsCorrect) {
  gate.Correct(account, "g", now, {});  // says nothing
  gate.Correct(account, "g", now, {100, 50, 1000});
  EXPECT_EQ(AtOnce(), 5);
  for (std::int64_t remaining : {1, 2, 4}) {
    const std::string group = std::to_string(remaining);
    gate.Correct(account, group, now, {100, remaining, 1000});
    EXPECT_EQ(AtOnce(group), remaining);
  }
  gate.Correct(account, "none", now, {100, 0, 2500});
  EXPECT_EQ(gate.Admit(account, "none", now), 5 * kSecond / 2);
  gate.Correct(account, "odd", now, {100, -3, -8});
  EXPECT_EQ(AtOnce("odd"), 1);
}

TEST_F(GateTest, ManyGroupsAreForgotten) {
  for (int i = 0; i < 5000; ++i) {
    now += kSecond;
    EXPECT_EQ(gate.Admit(account, std::to_string(i), now), 0);
  }
}

TEST(RequestBudget, CountsPerStatement) {
  RequestBudget budget;
  budget.Charge(1, 2);
  budget.Charge(2, 2);
  budget.Charge(1, 2);
  EXPECT_THROW(budget.Charge(1, 2), Error);
  budget.Charge(2, 2);
  budget.Charge(1, 3);
  budget.Charge(1, 0);
  for (std::uint64_t statement = 3; statement < 500; ++statement) budget.Charge(statement, 1);
  EXPECT_THROW(budget.Charge(499, 1), Error);
}

}  // namespace
}  // namespace crm
