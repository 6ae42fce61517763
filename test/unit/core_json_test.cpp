#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>

#include "core/json.h"

namespace {

using crm::Json;
using crm::WholeNumber;

TEST(JsonTest, ReadsWholeNumbersThatFit) {
  EXPECT_EQ(WholeNumber(Json::parse("0")), 0);
  EXPECT_EQ(WholeNumber(Json::parse("9223372036854775807")), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(WholeNumber(Json::parse("-9223372036854775808")), std::numeric_limits<std::int64_t>::min());
}

TEST(JsonTest, ReadsNoOtherValueAsAWholeNumber) {
  for (const char *text : {"9223372036854775808", "18446744073709551615", "-9223372036854775809", "1e30",
                           "1.0", "true", "null", "\"1\"", "[1]", "{}"})
    EXPECT_EQ(WholeNumber(Json::parse(text)), std::nullopt) << text;
}

}  // namespace
