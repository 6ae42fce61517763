// The calls: import, test, request, query.
#include <gtest/gtest.h>

#include "core/json_span.h"
#include "engine/request_exchange.h"
#include "engine_fakes.h"

namespace crm::fake {
namespace {

class CallTest : public EngineTest {
 protected:
  // status, headers and body of the one row; empty body: NULL.
  bool Request(const char *arguments) {
    CrmOp *op = OpenCall("request", arguments);
    if (op == nullptr) return false;
    const CrmValue *cells = nullptr;
    last = Next(op, &cells);
    if (last == CrmStep::kRow) {
      status = static_cast<int>(cells[kRequestStatus].integer);
      headers = Text(cells[kRequestHeaders].text);
      body = cells[kRequestBody].type == CrmType::kNull ? "" : Text(cells[kRequestBody].text);
      EXPECT_EQ(Next(op, &cells), CrmStep::kDone);
    }
    crm_close(op);
    return last == CrmStep::kRow;
  }
  void Refused(const char *arguments, CrmErrorKind kind = CrmErrorKind::kInvalidArgument) {
    EXPECT_EQ(OpenCall("request", arguments), nullptr) << arguments;
    EXPECT_EQ(why.kind, kind) << arguments << ": " << why.message;
    EXPECT_TRUE(world.sent.empty());
  }

  int status = 0;
  std::string headers, body;
};

TEST_F(CallTest, Get) {
  world.server = [](const Sent &) {
    return Answer(200, R"({"n": 12345678901234567890.10})",
                  {{"a", "1"}, {"a", "2"}, {"set-cookie", "session=1"}, {"b", "\xFF"}});
  };
  ASSERT_TRUE(
      Request(R"({"method":"get","path":"/api/me/","query":{"q":"a b&ä","n":5,"x":null,"l":["1",true]}})"))
      << why.message;
  EXPECT_EQ(world.sent.at(0).method, "GET");
  EXPECT_EQ(world.sent[0].target, "/api/me/?q=a%20b%26%C3%A4&n=5&l=1&l=true");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(headers, "{\"a\":\"1, 2\",\"b\":\"\xEF\xBF\xBD\"}");
  EXPECT_NE(body.find("12345678901234567890.10"), std::string::npos);
}

TEST_F(CallTest, BodiesOfAllKinds) {
  const auto answer = [&](std::string text) {
    world.server = [text](const Sent &) { return Answer(200, text); };
    EXPECT_TRUE(Request(R"({"method":"GET","path":"/x"})"));
    return body;
  };
  EXPECT_EQ(answer(""), "");
  EXPECT_EQ(answer(" \n"), "");
  EXPECT_EQ(answer("[1,2]"), "[1,2]");
  EXPECT_EQ(answer("7"), "7");
  EXPECT_EQ(answer("null"), "null");
  EXPECT_EQ(answer("\"s\""), "\"s\"");
  EXPECT_EQ(answer("<html>\"x\"</html>"), R"("<html>\"x\"</html>")");
  EXPECT_EQ(answer("1,\"x\":2"), R"("1,\"x\":2")");
  EXPECT_EQ(answer("{\"a\":1}}"), R"("{\"a\":1}}")");
  EXPECT_EQ(answer("{\"a\":"), R"("{\"a\":")");
  EXPECT_EQ(answer(std::string("a\0b\xFF", 4)),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
}

TEST_F(CallTest, RefusalsAreRows) {
  for (int code : {400, 402, 403, 404, 422}) {
    world.server = [code](const Sent &) { return Answer(code, "{}"); };
    ASSERT_TRUE(Request(R"({"method":"GET","path":"/x"})")) << code;
    EXPECT_EQ(status, code);
  }
  world.server = [](const Sent &) { return Answer(401, "{}"); };
  EXPECT_FALSE(Request(R"({"method":"GET","path":"/x"})"));
  EXPECT_EQ(why.kind, CrmErrorKind::kBadCredentials);
}

TEST_F(CallTest, WritingTakesAnUpdatableServer) {
  const char *post = R"({"method":"POST","path":"/lead/","body":{"value": 1.10, "n":123456789012345678901}})";
  Refused(post, CrmErrorKind::kReadOnly);
  EXPECT_STREQ(why.hint, "ALTER SERVER srv OPTIONS (ADD updatable 'true');");
  options.push_back({"updatable", "yes"});
  world.server = [](const Sent &) { return Answer(201, "{}"); };
  ASSERT_TRUE(Request(post)) << why.message;
  EXPECT_EQ(world.sent.at(0).body, R"({"value": 1.10, "n":123456789012345678901})");
  EXPECT_EQ(status, 201);
}

TEST_F(CallTest, WritesAreNotSentTwice) {
  options.push_back({"updatable", "true"});
  world.server = [](const Sent &) { return Broken(TransferError::kReset); };
  EXPECT_FALSE(Request(R"({"method":"POST","path":"/lead/"})"));
  EXPECT_EQ(world.sent.size(), 1u);
  EXPECT_NE(std::string(why.detail).find("not known"), std::string::npos);
  // Of what only reads nobody wants to know.
  world.server = [](const Sent &) { return Broken(TransferError::kTooLarge); };
  EXPECT_FALSE(Request(R"({"method":"GET","path":"/lead/"})"));
  EXPECT_EQ(std::string(why.detail).find("not known"), std::string::npos) << why.detail;
  // A refusal for the moment is certain.
  int calls = 0;
  world.server = [&](const Sent &) { return ++calls == 1 ? Answer(429) : Answer(200, "{}"); };
  EXPECT_TRUE(Request(R"({"method":"POST","path":"/lead/"})"));
  EXPECT_EQ(calls, 2);
}

TEST_F(CallTest, PathsAreChecked) {
  for (const char *path : {"", "x", "https://evil/", "//evil/", "/a//b", "/a/../b", "/..", "/.", "/%2e%2E/",
                           "/a/.%2e", "/a b", "/a\\u0000b", "/a\\nb", "/a#b", "/a\\\\b", "/\\u00e4"}) {
    const std::string arguments = std::string(R"({"method":"GET","path":")") + path + "\"}";
    Refused(arguments.c_str());
  }
  EXPECT_TRUE(Request(R"({"method":"GET","path":"/a/..b/...?u=http://x//y"})")) << why.message;
  EXPECT_TRUE(Request(R"({"method":"GET","path":"/a?b=1","query":{"c":"2"}})"));
  EXPECT_EQ(world.sent.back().target, "/a?b=1&c=2");
}

TEST_F(CallTest, ArgumentsAreChecked) {
  Refused("");
  Refused("[]");
  Refused("{}");
  Refused(R"({"method":"TRACE","path":"/"})");
  Refused(R"({"method":1,"path":"/"})");
  Refused(R"({"method":"GET","path":"/","query":[]})");
  Refused(R"({"method":"GET","path":"/","query":{"a":{}}})");
  Refused(R"({"method":"GET","path":"/","query":{"a":[[]]}})");
  Refused(R"({"method":"GET","path":"/","body":{}})");
}

TEST_F(CallTest, Import) {
  world.server = [](const Sent &) { return Answer(200, "2"); };
  CrmOp *op =
      OpenCall("import", R"({"options":{"include_raw":"on"},"limit_to":["leads"],"except":["x","y"]})");
  ASSERT_NE(op, nullptr) << why.message;
  EXPECT_EQ(Drain(op).size(), 2u);
  crm_close(op);
  EXPECT_EQ(world.imported.options.Find("include_raw"), "true");
  EXPECT_EQ(world.imported.options.Find("max_columns"), "250");
  EXPECT_EQ(world.imported.limit_to, std::vector<std::string>{"leads"});
  EXPECT_EQ(world.imported.except.size(), 2u);
  for (const char *wrong : {"", "[]", R"({"options":[]})", R"({"options":{"include_raw":1}})",
                            R"({"options":{"nothing":"1"}})", R"({"limit_to":{}})", R"({"except":[1]})"})
    EXPECT_EQ(OpenCall("import", wrong), nullptr) << wrong;
  EXPECT_EQ(OpenCall("nothing", "{}"), nullptr);
}

TEST_F(CallTest, TestConnection) {
  world.server = [](const Sent &) { return Answer(200, "1"); };
  CrmOp *op = OpenCall("test", "{}");
  ASSERT_NE(op, nullptr);
  EXPECT_EQ(Drain(op), std::vector<std::string>{"me0.0"});
  crm_close(op);
}

TEST(JsonSpan, OneValue) {
  for (const char *one : {"1", " {} ", "[{\"a\":\"]\"}]", "\"\\\"\"", "true\n"})
    EXPECT_TRUE(IsOneJsonValue(one)) << one;
  for (const char *other : {"", " ", "1 2", "{}{}", "{", "\"", "]", "1,2", "{\"a\":\"}", "a:b"})
    EXPECT_FALSE(IsOneJsonValue(other)) << other;
}

TEST(JsonSpan, Member) {
  EXPECT_EQ(JsonMember(R"( { "a" : {"body":1} , "body" : [1.10, "}"] } )", "body"), R"([1.10, "}"])");
  EXPECT_EQ(JsonMember(R"({"x":"\"body\":1","body":1e400})", "body"), "1e400");
  EXPECT_EQ(JsonMember(R"({"x":1})", "body"), "");
  EXPECT_EQ(JsonMember("{}", "body"), "");
  EXPECT_EQ(JsonMember("", "body"), "");
}

TEST_F(CallTest, QueryTakesALanguage) {
  EXPECT_EQ(OpenCall("query", R"({"text":"SELECT 1"})"), nullptr);
  EXPECT_EQ(why.kind, CrmErrorKind::kPlanLacksFeature);
  EXPECT_STREQ(why.message, "provider \"fake\" has no query language");
  for (const char *arguments : {"", "[]", "{}", R"({"text":1})"}) {
    EXPECT_EQ(OpenCall("query", arguments), nullptr) << arguments;
    EXPECT_EQ(why.kind, CrmErrorKind::kInvalidArgument) << arguments;
  }
  EXPECT_TRUE(world.sent.empty());
}

}  // namespace
}  // namespace crm::fake
