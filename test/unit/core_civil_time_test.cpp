#include "core/civil_time.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>

namespace crm {
namespace {

constexpr std::int64_t kDay = 86'400 * kMicrosPerSecond;

TEST(CivilTimeTest, DatesAroundTheEpoch) {
  EXPECT_EQ(ParseDate("2000-01-01"), 0);
  EXPECT_EQ(ParseDate("1999-12-31"), -1);
  EXPECT_EQ(ParseDate("2000-02-29"), 59);
  EXPECT_EQ(ParseDate("2000-03-01"), 60);
  EXPECT_EQ(ParseDate("1970-01-01"), -10957);
  EXPECT_EQ(ParseDate("0001-01-01"), -730119);
  EXPECT_EQ(ParseDate("9999-12-31"), 2921939);
}

TEST(CivilTimeTest, EveryDayFollowsTheOneBefore) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::int64_t expected = -730119;
  for (int year = 1; year <= 9999; ++year) {
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    for (int month = 1; month <= 12; ++month) {
      const int days = kDays[month - 1] + (month == 2 && leap ? 1 : 0);
      for (int day = 1; day <= 31; ++day) {
        char text[40];
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        if (day > days) {
          ASSERT_EQ(ParseDate(text), std::nullopt) << text;
          continue;
        }
        ASSERT_EQ(ParseDate(text), expected) << text;
        ASSERT_EQ(FormatDate(expected), text);
        ++expected;
      }
    }
  }
}

TEST(CivilTimeTest, RefusesWhatIsNoDate) {
  for (const char *text :
       {"",           "2026",        "2026-1-1",    "2026-13-01",  "2026-00-01",
        "2026-01-00", "2026-01-32",  "2025-02-29",  "1900-02-29",  "0000-01-01",
        "20260101",   "2026/01/01",  " 2026-01-01", "2026-01-01 ", "2026-01-01T",
        "-026-01-01", "+2026-01-01", "2026-0a-01",  "10000-01-01", "2026-01-01T00:00:00"}) {
    EXPECT_EQ(ParseDate(text), std::nullopt) << text;
  }
}

TEST(CivilTimeTest, EverySpellingOfOneInstant) {
  const std::int64_t day = *ParseDate("2026-06-19") * kDay;
  const std::int64_t instant = day + (11 * 3600 + 4 * 60 + 19) * kMicrosPerSecond;
  for (const char *text :
       {"2026-06-19T11:04:19+00:00", "2026-06-19 11:04:19+00:00", "2026-06-19T11:04:19Z",
        "2026-06-19T11:04:19", "2026-06-19 11:04:19", "2026-06-19T11:04:19+0000", "2026-06-19T11:04:19+00",
        "2026-06-19T11:04:19-00:00", "2026-06-19T13:04:19+02:00", "2026-06-19T13:04:19+02",
        "2026-06-19T16:34:19+0530", "2026-06-18T23:04:19-12:00", "2026-06-20T01:04:19+14:00",
        "2026-06-19T11:04:19.000000", "2026-06-19T11:04:19.0Z"}) {
    EXPECT_EQ(ParseTimestamp(text), instant) << text;
  }
  EXPECT_EQ(ParseTimestamp("2026-06-19"), day);
  EXPECT_EQ(ParseTimestamp("2026-06-19T11:04:19.934000+00:00"), instant + 934'000);
  EXPECT_EQ(ParseTimestamp("2026-06-19T11:04:19.931820"), instant + 931'820);
  EXPECT_EQ(ParseTimestamp("2026-06-19T11:04:19.9Z"), instant + 900'000);
}

TEST(CivilTimeTest, RoundsBeyondMicrosecondsHalfUp) {
  EXPECT_EQ(ParseTimestamp("2000-01-01T00:00:00.0000004Z"), 0);
  EXPECT_EQ(ParseTimestamp("2000-01-01T00:00:00.0000005Z"), 1);
  EXPECT_EQ(ParseTimestamp("2000-01-01T00:00:00.000000499Z"), 0);
  EXPECT_EQ(ParseTimestamp("2000-01-01T00:00:00.123456789Z"), 123'457);
  EXPECT_EQ(ParseTimestamp("1999-12-31T23:59:59.9999994Z"), -1);
  EXPECT_EQ(ParseTimestamp("1999-12-31T23:59:59.9999995Z"), 0) << "carries into the next year";
  EXPECT_EQ(ParseTimestamp("1969-12-31T23:59:59.9999995Z"), kUnixEpochMicros);
}

TEST(CivilTimeTest, RefusesWhatIsNoTimestamp) {
  for (const char *text : {"",
                           "2026-06-19T",
                           "2026-06-19T11",
                           "2026-06-19T11:04",
                           "2026-06-19T11:04Z",
                           "2026-06-19T24:00:00",
                           "2026-06-19T23:60:00",
                           "2026-06-19T23:59:60",
                           "2026-06-19T11:04:19.",
                           "2026-06-19T11:04:19.Z",
                           "2026-06-19T11:04:19.1234567890",
                           "2026-06-19T11:04:19z",
                           "2026-06-19t11:04:19",
                           "2026-06-19T11:04:19+",
                           "2026-06-19T11:04:19+2",
                           "2026-06-19T11:04:19+02:",
                           "2026-06-19T11:04:19+02:6",
                           "2026-06-19T11:04:19+02:60",
                           "2026-06-19T11:04:19+16:00",
                           "2026-06-19T11:04:19 +02:00",
                           "2026-06-19T11:04:19Z ",
                           "2026-06-19  11:04:19",
                           "2025-02-29T00:00:00Z",
                           "2026-06-19T11:04:19ZZ",
                           "2026-06-19T-1:04:19",
                           "infinity",
                           "1750332259"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

TEST(CivilTimeTest, FormatsWithTheDigitsAsked) {
  const std::int64_t instant = *ParseTimestamp("2026-03-01T08:00:00.987654Z");
  EXPECT_EQ(FormatTimestamp(instant, 0), "2026-03-01T08:00:00Z");
  EXPECT_EQ(FormatTimestamp(instant, 3), "2026-03-01T08:00:00.987Z");
  EXPECT_EQ(FormatTimestamp(instant, 6), "2026-03-01T08:00:00.987654Z");
  EXPECT_EQ(FormatTimestamp(-1, 3), "1999-12-31T23:59:59.999Z") << "cut down, not towards zero";
  EXPECT_EQ(FormatTimestamp(-1, 0), "1999-12-31T23:59:59Z");
  EXPECT_EQ(FormatTimestamp(kUnixEpochMicros, 6), "1970-01-01T00:00:00.000000Z");
}

TEST(CivilTimeTest, YearsBeyondFourDigits) {
  EXPECT_EQ(FormatDate(2921940), "10000-01-01");
  EXPECT_EQ(FormatDate(-730120), "0000-12-31");
  EXPECT_EQ(FormatDate(-730120 - 366), "-0001-12-31");
}

TEST(CivilTimeTest, RoundTrip) {
  std::mt19937_64 random(7);
  const std::int64_t low = *ParseTimestamp("0001-01-01T00:00:00Z");
  const std::int64_t high = *ParseTimestamp("9999-12-31T23:59:59.999999Z");
  std::uniform_int_distribution<std::int64_t> instants(low, high);
  for (int i = 0; i < 200'000; ++i) {
    const std::int64_t instant = instants(random);
    ASSERT_EQ(ParseTimestamp(FormatTimestamp(instant, 6)), instant);
    const std::int64_t cut = *ParseTimestamp(FormatTimestamp(instant, 3));
    ASSERT_TRUE(cut <= instant && instant - cut < 1000 && cut % 1000 == 0);
  }
}

}  // namespace
}  // namespace crm
