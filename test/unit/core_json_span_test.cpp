#include "core/json_span.h"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>
#include <vector>

namespace crm {
namespace {

using Members = std::vector<std::pair<std::string_view, std::string_view>>;

TEST(JsonSpan, Members) {
  EXPECT_EQ(JsonMembers(R"({"a":1, "b" : {"c":[2,"}"]} ,"a":"\"x"})"),
            (Members{{"a", "1"}, {"b", R"({"c":[2,"}"]})"}, {"a", R"("\"x")"}}));
  EXPECT_EQ(JsonMembers(" { } "), Members{});
  EXPECT_EQ(JsonMember(R"({"a":{"b":1},"b":2})", "b"), "2");
  EXPECT_EQ(JsonMember("{}", "b"), "");
}

TEST(JsonSpan, Elements) {
  EXPECT_EQ(JsonElements(R"([ 1,"a,]" , [2],{"b":[]} ])"),
            (std::vector<std::string_view>{"1", R"("a,]")", "[2]", R"({"b":[]})"}));
  EXPECT_TRUE(JsonElements("[ ]").empty());
}

}  // namespace
}  // namespace crm
