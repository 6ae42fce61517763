#include "core/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace crm {
namespace {

JsonExtent Measure(const std::string &text) { return MeasureJson(text.data(), text.data() + text.size()); }

std::string Clean(const std::string &text) {
  std::string out(text.size(), '\0');
  out.resize(CleanJson(text, out.data()));
  return out;
}

TEST(JsonTextTest, FindsTheEnd) {
  for (const std::string value :
       {"{}", "[]", "[1,2]", R"({"a":[{},[],{"b":null}]})", R"("a\"b")", "true", "false", "null", "-1.5e+3",
        "[ 1 , \"]\" ]", "{ \"a\" : \"}\" }", "\"\"", R"("\\")"}) {
    for (const char *behind : {"", ",1", " ,1", "]", "}", " \n]"}) {
      const std::string text = value + behind;
      const JsonExtent extent = Measure(text);
      ASSERT_EQ(extent.verdict, JsonExtent::kFits) << text;
      EXPECT_EQ(extent.end - text.data(), static_cast<std::ptrdiff_t>(value.size())) << text;
      EXPECT_FALSE(extent.unclean);
    }
  }
}

TEST(JsonTextTest, RefusesWhatIsBroken) {
  for (const char *text : {"",          " ",
                           "{",         "[",
                           "[1",        "[1,",
                           "[1,]",      "[,1]",
                           "[1 2]",     "[1}",
                           "{\"a\":1]", "{\"a\"}",
                           "{\"a\":}",  "{\"a\":1,}",
                           "{a:1}",     "{1:1}",
                           "{,}",       "\"abc",
                           R"("a\)",    R"("\x")",
                           R"("\u12")", R"("\u12g4")",
                           "tru",       "nul",
                           "True",      "01",
                           "[-]",       "[1.]",
                           "[.5]",      "[+1]",
                           "[1e]",      "[NaN]",
                           "]",         "[\"a\" \"b\"]",
                           "{\"a\" 1}"}) {
    EXPECT_EQ(Measure(text).verdict, JsonExtent::kBroken) << text;
  }
}

TEST(JsonTextTest, LimitsNesting) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(Measure(nested(64)).verdict, JsonExtent::kFits);
  EXPECT_EQ(Measure(nested(65)).verdict, JsonExtent::kTooDeep);
  EXPECT_EQ(Measure(nested(100'000)).verdict, JsonExtent::kTooDeep);
  std::string mixed = "1";
  for (int i = 0; i < 32; ++i) mixed = "[{\"a\":" + mixed + "}]";
  EXPECT_EQ(Measure(mixed).verdict, JsonExtent::kFits);
  EXPECT_EQ(Measure("[" + mixed + "]").verdict, JsonExtent::kTooDeep);
  mixed[mixed.size() - 1] = '}';
  EXPECT_EQ(Measure(mixed).verdict, JsonExtent::kBroken) << "brackets must match";
}

TEST(JsonTextTest, LimitsNumbers) {
  EXPECT_EQ(Measure("[1e400]").verdict, JsonExtent::kFits);
  EXPECT_EQ(Measure("[1e131071]").verdict, JsonExtent::kFits);
  EXPECT_EQ(Measure("[1e131072]").verdict, JsonExtent::kNumberTooLarge);
  EXPECT_EQ(Measure("[1e-16384]").verdict, JsonExtent::kNumberTooLarge);
  EXPECT_EQ(Measure("[" + std::string(131'073, '9') + "]").verdict, JsonExtent::kNumberTooLarge);
  EXPECT_EQ(Measure("[0." + std::string(16'384, '1') + "]").verdict, JsonExtent::kNumberTooLarge);
}

TEST(JsonTextTest, CleansRefusedEscapes) {
  EXPECT_TRUE(Measure(R"("\u0000")").unclean);
  EXPECT_TRUE(Measure(R"({"\ud800":1})").unclean);
  EXPECT_TRUE(Measure(R"("\udc00")").unclean);
  EXPECT_TRUE(Measure(R"("\ud800\ud800\udc00")").unclean) << "the first is alone";
  EXPECT_FALSE(Measure(R"("\ud83d\ude00")").unclean);
  EXPECT_FALSE(Measure(R"("\\u0000")").unclean) << "an escaped backslash, then letters";
  EXPECT_EQ(Clean(R"(["a\u0000b\n", "\ud800", "\udc00x"])"), R"(["a\ufffdb\n", "\ufffd", "\ufffdx"])");
  EXPECT_EQ(Clean(R"(["\ud83d\ude00", "\\u0000", "\"\u0000"])"),
            R"(["\ud83d\ude00", "\\u0000", "\"\ufffd"])");
  EXPECT_EQ(Clean(R"("\ud800\ud800\udc00")"), R"("\ufffd\ud800\udc00")");
  EXPECT_EQ(Clean(R"("\uD800\u0041")"), R"("\ufffd\u0041")");
}

TEST(JsonTextTest, DecodesStrings) {
  const auto decode = [](std::string_view content, bool *mended = nullptr) -> std::string {
    std::string out(content.size(), '\0');
    bool ignored = false;
    const auto size = DecodeJsonString(content, out.data(), mended != nullptr ? mended : &ignored);
    return size ? out.substr(0, *size) : "(broken)";
  };
  EXPECT_EQ(decode(""), "");
  EXPECT_EQ(decode(R"(a\"\\\/\b\f\n\r\tz)"), "a\"\\/\b\f\n\r\tz");
  EXPECT_EQ(decode(R"(\u0041\u00e9\u20AC\ud83d\ude00)"), "Aé€😀");
  bool mended = false;
  EXPECT_EQ(decode(R"(plain \u0041)", &mended), "plain A");
  EXPECT_FALSE(mended);
  EXPECT_EQ(decode(R"(\u0000|\ud800|\udfff|\ud800\u0041)", &mended), "\uFFFD|\uFFFD|\uFFFD|\uFFFDA");
  EXPECT_TRUE(mended);
  for (const char *broken : {"\\", "\\x", "\\u", "\\u12", "\\u12g4", "a\\", "\\ud800\\u12"}) {
    // Half a pair is mended; what follows it is broken all the same.
    EXPECT_EQ(decode(broken), "(broken)") << broken;
  }
}

TEST(JsonTextTest, MendsUtf8) {
  const auto mend = [](std::string_view bytes) {
    std::vector<std::size_t> places;
    const std::string text = MendUtf8(bytes, places);
    for (const std::size_t place : places) EXPECT_EQ(text.substr(place, 3), "\uFFFD");
    return text;
  };
  const std::string good = "a é € 😀 \xF4\x8F\xBF\xBF \xED\x9F\xBF \xEE\x80\x80";
  EXPECT_EQ(mend(good), good);
  EXPECT_EQ(mend("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(mend("\xC3\""), "\uFFFD\"") << "the quote behind half a character stays";
  EXPECT_EQ(mend("\xC0\x80"), "\uFFFD\uFFFD");
  EXPECT_EQ(mend("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
  EXPECT_EQ(mend("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(mend("\xE2\x82"), "\uFFFD") << "one piece, cut at the end";
  EXPECT_EQ(mend("\xF0\x9F\x98z"), "\uFFFDz");
  EXPECT_EQ(mend("\x80\x80"), "\uFFFD\uFFFD");
  EXPECT_EQ(mend("\xE0\x9F\x80"), "\uFFFD\uFFFD\uFFFD");
}

// Judged by another parser: what we pass it takes, and what it refuses we refuse.
TEST(JsonTextTest, AgreesWithAnotherParser) {
  static constexpr std::string_view kPieces[] = {"{",     "}",    "[",       "]",           ",",      ":",
                                                 "\"a\"", "\"\"", "1",       "-0.5",        "true",   "null",
                                                 " ",     "\\",   "\"\\n\"", "\"\\u00e9\"", "\"b\":", "01"};
  std::mt19937 random(3);
  int fits = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string text;
    for (unsigned n = random() % 9 + 1; n > 0; --n) text += kPieces[random() % std::size(kPieces)];
    const JsonExtent extent = Measure(text);
    const bool whole =
        extent.verdict == JsonExtent::kFits &&
        std::string_view(extent.end, text.data() + text.size() - extent.end).find_first_not_of(' ') ==
            std::string_view::npos;
    ASSERT_EQ(whole, nlohmann::json::accept(text)) << text;
    fits += whole ? 1 : 0;
  }
  EXPECT_GT(fits, 1000);
}

TEST(JsonTextTest, MendsWhatShouldBeJson) {
  EXPECT_EQ(MendJson(R"({"a":"\u00e4\\","b":1})"), R"({"a":"\u00e4\\","b":1})");
  EXPECT_EQ(MendJson("\"\xFF\\ud800\\u0000\""), "\"\xEF\xBF\xBD\\ufffd\\ufffd\"");
  EXPECT_EQ(MendJson("no JSON\\"), "no JSON\\");
  EXPECT_EQ(MendJson(""), "");
}

}  // namespace
}  // namespace crm
