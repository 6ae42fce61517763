// The edge itself: failures as PODs, odd arguments.
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "core/json.h"
#include "engine/guard.h"
#include "engine_fakes.h"

namespace crm::fake {
namespace {

using EdgeTest = EngineTest;

TEST(Guard, FillsTheFailure) {
  CrmFailure why;
  EXPECT_TRUE(Guard(&why, [] {}));
  EXPECT_FALSE(Guard(&why, [] {
    Error error(CrmErrorKind::kBadValue, "m", "d", "h");
    error.column = 4;
    error.http_status = 400;
    error.remote_code = "c";
    error.record = "r";
    error.value = "v";
    throw error;
  }));
  EXPECT_EQ(why.kind, CrmErrorKind::kBadValue);
  EXPECT_EQ(why.column, 4);
  EXPECT_EQ(why.http_status, 400);
  EXPECT_STREQ(why.message, "m");
  EXPECT_STREQ(why.detail, "d");
  EXPECT_STREQ(why.hint, "h");
  EXPECT_STREQ(why.remote_code, "c");
  EXPECT_STREQ(why.record, "r");
  EXPECT_STREQ(why.value, "v");
}

TEST(Guard, EveryExceptionIsCaught) {
  CrmFailure why;
  EXPECT_FALSE(Guard(&why, [] { throw std::bad_alloc(); }));
  EXPECT_EQ(why.kind, CrmErrorKind::kOutOfMemory);
  EXPECT_EQ(why.column, -1);
  EXPECT_FALSE(Guard(&why, [] { throw std::out_of_range("far"); }));
  EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
  EXPECT_STREQ(why.detail, "far");
  EXPECT_FALSE(Guard(&why, [] { throw 7; }));
  EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
  EXPECT_FALSE(Guard(&why, [] { const Json json = Json::parse("{\"token\":\"sesame"); }));
  EXPECT_EQ((std::string(why.message) + why.detail).find("sesame"), std::string::npos);
  EXPECT_FALSE(Guard(nullptr, [] { throw Error(CrmErrorKind::kInternal, "x"); }));
}

TEST(Guard, CutsBetweenCharacters) {
  CrmFailure why;
  for (const char *character : {"x", "ä", "€", "😀"}) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += character;
    EXPECT_FALSE(Guard(&why, [&] { throw Error(CrmErrorKind::kInternal, "a" + text, text); }));
    const std::string cut = why.message;
    EXPECT_GT(cut.size(), 507u);
    EXPECT_LT(cut.size(), 512u);
    EXPECT_EQ((cut.size() - 1) % std::strlen(character), 0u);
  }
}

TEST_F(EdgeTest, NullsAndNonsense) {
  CrmFailure *none = nullptr;
  const CrmValue *cells = nullptr;
  const CrmAccount account = Account();
  const CrmSettings settings = Settings();
  CrmOp *op = nullptr;
  const CrmText nothing{nullptr, 0}, negative{"x", -5};
  EXPECT_FALSE(crm_open_read(&op, nullptr, &settings, nothing, none));
  EXPECT_FALSE(crm_open_read(&op, &account, nullptr, nothing, none));
  EXPECT_FALSE(crm_open_read(&op, &account, &settings, nothing, none));
  EXPECT_FALSE(crm_open_read(&op, &account, &settings, negative, none));
  EXPECT_FALSE(crm_open_call(&op, &account, &settings, nothing, nothing, none));
  EXPECT_FALSE(crm_bind(nullptr, nullptr, 0, none));
  EXPECT_EQ(crm_step(nullptr, &cells, none), CrmStep::kFailed);
  EXPECT_EQ(crm_wait_fd(nullptr), -1);
  crm_close(nullptr);
  crm_stats(nullptr, &stats);
  crm_stats(nullptr, nullptr);
  EXPECT_FALSE(crm_next_log(nullptr));
  EXPECT_GT(crm_options(nullptr), 0);
  EXPECT_TRUE(crm_check_options(CrmLevel::kTable, nothing, nullptr, 5, none));
  EXPECT_TRUE(crm_check_options(CrmLevel::kTable, nothing, nullptr, -5, none));
  EXPECT_FALSE(crm_check_options(static_cast<CrmLevel>(99), negative, nullptr, 0, none) && false);
  EXPECT_FALSE(crm_plan_read(nothing, nullptr, nullptr, nullptr, none));
  EXPECT_FALSE(crm_describe_plan(nothing, nullptr, -1, nullptr, none));

  op = OpenRead();
  ASSERT_NE(op, nullptr);
  EXPECT_EQ(crm_step(op, nullptr, none), CrmStep::kFailed);
  EXPECT_TRUE(crm_bind(op, nullptr, -1, none));
  EXPECT_EQ(Drain(op).size(), 9u);
  crm_close(op);
}

TEST_F(EdgeTest, UnknownProviderOfAServer) {
  CrmAccount account = Account();
  account.provider = View("gone");
  const CrmSettings settings = Settings();
  const std::string plan = Plan();
  CrmOp *op = nullptr;
  EXPECT_FALSE(crm_open_read(&op, &account, &settings, View(plan.c_str()), &why));
  EXPECT_EQ(why.kind, CrmErrorKind::kInvalidOptionValue);
}

TEST_F(EdgeTest, ExceptionsOfProvidersStopAtTheEdge) {
  world.read = [](const ReadPlan &, std::vector<Value>) -> std::unique_ptr<Exchange> {
    throw std::runtime_error("bug");
  };
  EXPECT_EQ(OpenRead(), nullptr);
  EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
  world.read = [](const ReadPlan &, std::vector<Value>) {
    return std::make_unique<ScriptExchange>(
        std::vector<std::function<Step()>>{[]() -> Step { throw std::bad_alloc(); }});
  };
  ReadAll();
  EXPECT_EQ(why.kind, CrmErrorKind::kOutOfMemory);
}

}  // namespace
}  // namespace crm::fake
