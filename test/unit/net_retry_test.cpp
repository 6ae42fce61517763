#include "net/retry.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>

#include "net/gcra.h"

namespace crm {
namespace {

TEST(BackoffTest, DoublesWithFullJitterUpToTheCap) {
  const RetryPolicy policy;
  std::mt19937_64 random(1);
  for (int attempt = 1; attempt <= 100; ++attempt) {
    const std::int64_t ceiling = attempt > 6 ? 30'000 : 500LL << (attempt - 1);
    std::int64_t low = ceiling, high = 0;
    for (int i = 0; i < 500; ++i) {
      const std::int64_t wait = BackoffMs(policy, attempt, -1, random());
      ASSERT_GE(wait, policy.floor_ms);
      ASSERT_LE(wait, ceiling);
      low = std::min(low, wait);
      high = std::max(high, wait);
    }
    EXPECT_LT(low, ceiling / 4) << "full jitter reaches far down";
    EXPECT_GT(high, ceiling * 3 / 4);
  }
}

TEST(BackoffTest, NeverUndercutsWhatTheCrmNamed) {
  const RetryPolicy policy;
  std::mt19937_64 random(2);
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t wait = BackoffMs(policy, 1, 2000, random());
    ASSERT_GE(wait, 2000);
    ASSERT_LE(wait, 2200);
    const std::int64_t hour = BackoffMs(policy, 1, 3'600'000, random());
    ASSERT_GE(hour, 3'600'000) << "beyond the cap it is obeyed";
    ASSERT_LE(hour, 3'601'000) << "at most a second of jitter";
    ASSERT_GE(BackoffMs(policy, 1, 0, random()), policy.floor_ms);
  }
  const std::int64_t never = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(BackoffMs(policy, 1, never, 999), never);
}

TEST(BackoffTest, OddPolicies) {
  EXPECT_EQ(BackoffMs({4, 50, 500, 10}, 3, -1, 12345), 50) << "the floor wins over a lower cap";
  EXPECT_EQ(BackoffMs({4, 0, 0, 0}, 3, -1, 12345), 0);
}

TEST(MayRepeatTest, UnsafeRequestsOnlyWhenTheServerCannotHaveActed) {
  HttpRequest read, create;
  create.safe_to_repeat = false;
  HttpResponse response;

  response.error = TransferError::kRefused;
  EXPECT_TRUE(MayRepeat(read, response));
  EXPECT_TRUE(MayRepeat(create, response)) << "nothing was sent";

  response.error = TransferError::kReset;
  response.request_sent = true;
  EXPECT_TRUE(MayRepeat(read, response));
  EXPECT_FALSE(MayRepeat(create, response));

  response.error = TransferError::kNone;
  for (const int status : {500, 502, 503, 504, 401}) {
    response.status = status;
    EXPECT_TRUE(MayRepeat(read, response));
    EXPECT_FALSE(MayRepeat(create, response)) << status;
  }
  response.status = 429;
  EXPECT_TRUE(MayRepeat(create, response));
}

TEST(MayRepeatTest, WhatWouldComeAgainIsNotRepeated) {
  HttpResponse response;
  response.error = TransferError::kTls;
  EXPECT_FALSE(MayRepeat({}, response));
  response.error = TransferError::kTooLarge;
  EXPECT_FALSE(MayRepeat({}, response));
  response.error = TransferError::kTruncated;
  EXPECT_TRUE(MayRepeat({}, response));
}

TEST(HttpTest, FindsTheFirstHeader) {
  HttpResponse response;
  EXPECT_EQ(response.Find("a"), "");
  response.headers = {{"a", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(response.Find("a"), "1");
  EXPECT_EQ(response.Find("c"), "");
}

TEST(GcraTest, BurstThenPace) {
  const Rate rate{100, 300};
  std::int64_t arrival = 0;
  for (int i = 0; i < 4; ++i) {
    const Admission admission = Admit(arrival, 1000, rate);
    EXPECT_EQ(admission.wait_us, 0) << i;
    arrival = admission.next_arrival_us;
  }
  EXPECT_EQ(Admit(arrival, 1000, rate).wait_us, 100);
  EXPECT_EQ(Admit(arrival, 5000, rate).wait_us, 0) << "unused time is not saved up";
  EXPECT_EQ(Admit(0, 1000, Rate{}).wait_us, 0);
}

}  // namespace
}  // namespace crm
