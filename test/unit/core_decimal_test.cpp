#include "core/decimal.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace crm {
namespace {

Decimal Number(std::string_view text) {
  const auto number = ParseDecimal(text, NumberGrammar::kLoose);
  EXPECT_TRUE(number.has_value()) << text;
  return number.value_or(Decimal{});
}

TEST(DecimalTest, JsonGrammar) {
  for (const char *text : {"0", "-0", "1", "10", "-12.50", "1e5", "1E+5", "1.0e-5", "0.1", "0e0"}) {
    EXPECT_TRUE(ParseDecimal(text, NumberGrammar::kJson)) << text;
  }
  for (const char *text : {"", "-", "+1", "01", "-01", ".5", "5.", "1e", "1e+", "1.e5", "0x10", "1 ", " 1",
                           "1,5", "NaN", "Infinity", "--1", "1e5.0", "1_000"}) {
    EXPECT_FALSE(ParseDecimal(text, NumberGrammar::kJson)) << text;
  }
}

TEST(DecimalTest, LooseGrammar) {
  for (const char *text : {"+1", "007", ".5", "5.", "-.5", "+0", "1e5", "1.e5"}) {
    EXPECT_TRUE(ParseDecimal(text, NumberGrammar::kLoose)) << text;
  }
  for (const char *text :
       {"", ".", "-", "+-1", "e5", "$5", "1,000", "309;388", "5 ", "five", "0x1", "-.", "inf"}) {
    EXPECT_FALSE(ParseDecimal(text, NumberGrammar::kLoose)) << text;
  }
}

TEST(DecimalTest, Integers) {
  EXPECT_EQ(ToInt64(Number("0")), 0);
  EXPECT_EQ(ToInt64(Number("-0.000")), 0);
  EXPECT_EQ(ToInt64(Number("5.0")), 5);
  EXPECT_EQ(ToInt64(Number("1e3")), 1000);
  EXPECT_EQ(ToInt64(Number("1.5e1")), 15);
  EXPECT_EQ(ToInt64(Number("1500e-2")), 15);
  EXPECT_EQ(ToInt64(Number("0.00015e5")), 15);
  EXPECT_EQ(ToInt64(Number("9007199254740993")), 9007199254740993) << "beyond a double's integers";
  EXPECT_EQ(ToInt64(Number("9223372036854775807")), INT64_MAX);
  EXPECT_EQ(ToInt64(Number("-9223372036854775808")), INT64_MIN);
  EXPECT_EQ(ToInt64(Number("0009223372036854775807.000")), INT64_MAX);
  EXPECT_EQ(ToInt64(Number("9223372036854775808")), std::nullopt);
  EXPECT_EQ(ToInt64(Number("-9223372036854775809")), std::nullopt);
  EXPECT_EQ(ToInt64(Number("99999999999999999999")), std::nullopt);
  EXPECT_EQ(ToInt64(Number("1e19")), std::nullopt);
  EXPECT_EQ(ToInt64(Number("1e999999999999999999999")), std::nullopt);
  EXPECT_EQ(ToInt64(Number("0e999999999999999999999")), 0);
  EXPECT_EQ(ToInt64(Number("5.5")), std::nullopt);
  EXPECT_EQ(ToInt64(Number("5e-1")), std::nullopt);
  EXPECT_EQ(ToInt64(Number("1e-999999999999999999999")), std::nullopt);
  EXPECT_EQ(ToInt64(Number("0.001")), std::nullopt);
  EXPECT_FALSE(IsIntegral(Number("5e-1")));
  EXPECT_TRUE(IsIntegral(Number("1e30")));
}

TEST(DecimalTest, Doubles) {
  EXPECT_EQ(ToDouble(Number("0.1")), 0.1);
  EXPECT_EQ(ToDouble(Number("+.5")), 0.5);
  EXPECT_EQ(ToDouble(Number("5.")), 5.0);
  EXPECT_EQ(ToDouble(Number("-1.7976931348623157e308")), -1.7976931348623157e308);
  EXPECT_EQ(ToDouble(Number("5e-324")), 5e-324);
  EXPECT_EQ(ToDouble(Number("1e400")), std::nullopt);
  EXPECT_EQ(ToDouble(Number("1e-400")), std::nullopt) << "as float8in";
  EXPECT_EQ(ToDouble(Number("0e999999")), 0.0);
}

TEST(DecimalTest, ShiftsByText) {
  const auto shift = [](std::string_view text, int places) { return ShiftedText(Number(text), places); };
  EXPECT_EQ(shift("50000", 2), "500.00");
  EXPECT_EQ(shift("5", 2), "0.05");
  EXPECT_EQ(shift("-5", 2), "-0.05");
  EXPECT_EQ(shift("12.5", 2), "0.125");
  EXPECT_EQ(shift("-50000.25", 2), "-500.0025");
  EXPECT_EQ(shift("0", 2), "0.00");
  EXPECT_EQ(shift("100", 2), "1.00");
  EXPECT_EQ(shift("99", 2), "0.99");
  EXPECT_EQ(shift(".5", 2), "0.005");
  EXPECT_EQ(shift("1e3", 2), "1e1");
  EXPECT_EQ(shift("-1.5E-3", 2), "-1.5e-5");
  EXPECT_EQ(shift("7", 0), "7");
  EXPECT_EQ(shift("7.50", 0), "7.50");
  EXPECT_EQ(shift("123456789012345678901234567890", 3), "123456789012345678901234567.890");
}

TEST(DecimalTest, RangeOfNumeric) {
  const auto fits = [](const std::string &text) { return FitsNumeric(Number(text)); };
  EXPECT_TRUE(fits("1e400"));
  EXPECT_TRUE(fits(std::string(131'072, '9')));
  EXPECT_FALSE(fits(std::string(131'073, '9')));
  EXPECT_TRUE(fits(std::string(200'000, '0') + "1"));
  EXPECT_TRUE(fits("1e131071"));
  EXPECT_FALSE(fits("1e131072"));
  EXPECT_FALSE(fits("10e131071"));
  EXPECT_TRUE(fits("0.1e131072"));
  EXPECT_TRUE(fits("0." + std::string(16'383, '1')));
  EXPECT_FALSE(fits("0." + std::string(16'384, '1')));
  EXPECT_FALSE(fits("1." + std::string(16'384, '0')));
  EXPECT_TRUE(fits("1e-16383"));
  EXPECT_FALSE(fits("1e-16384"));
  EXPECT_FALSE(fits("0e-16384"));
  EXPECT_TRUE(fits("0e200000"));
  EXPECT_FALSE(fits("0e99999999999999999999"));
}

}  // namespace
}  // namespace crm
