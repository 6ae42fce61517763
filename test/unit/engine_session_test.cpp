// Operations from open to close: rows, prefetch, retries, limits.
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>

#include "engine_fakes.h"

namespace crm::fake {
namespace {

using Names = std::vector<std::string>;
using SessionTest = EngineTest;

Names Targets(const World &world) {
  Names targets;
  for (const Sent &sent : world.sent) targets.push_back(sent.target);
  return targets;
}

TEST_F(SessionTest, GivesAllRowsInOrder) {
  EXPECT_EQ(ReadAll(), (Names{"lead0.0", "lead0.1", "lead0.2", "lead1.0", "lead1.1", "lead1.2", "lead2.0",
                              "lead2.1", "lead2.2"}));
  EXPECT_EQ(last, CrmStep::kDone);
  EXPECT_EQ(stats.requests, 3);
  EXPECT_EQ(stats.pages, 3);
  EXPECT_EQ(stats.rows, 9);
  EXPECT_EQ(world.sent[0].credential, "k1");
  EXPECT_EQ(world.sent[0].origin, "https://api.fake.test");
  EXPECT_EQ(world.sent[0].headers.at(0).name, "X-Fake");
}

TEST_F(SessionTest, ExchangesOwnHeadersComeFirst) {
  world.read = [](const ReadPlan &, std::vector<Value>) {
    return std::make_unique<ScriptExchange>(std::vector<std::function<Step()>>{[] {
      Send send;
      send.request.headers = {{"x-FAKE", "2"}};
      return Step(std::move(send));
    }});
  };
  ReadAll();
  ASSERT_EQ(world.sent.at(0).headers.size(), 1u);
  EXPECT_EQ(world.sent[0].headers[0].value, "2");
}

TEST_F(SessionTest, DoneStaysDone) {
  CrmOp *op = OpenRead();
  Drain(op);
  const CrmValue *cells = nullptr;
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kDone);
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kDone);
  EXPECT_EQ(world.sent.size(), 3u);
  crm_close(op);
}

TEST_F(SessionTest, SendsNothingBeforeTheFirstStep) {
  CrmOp *op = OpenRead();
  EXPECT_TRUE(world.sent.empty());
  crm_close(op);
  EXPECT_TRUE(world.sent.empty());
}

TEST_F(SessionTest, AsksForTheNextPageWithTheFirstRow) {
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  ASSERT_EQ(Next(op, &cells), CrmStep::kRow);
  EXPECT_EQ(world.sent.size(), 2u);
  crm_close(op);
}

TEST_F(SessionTest, LimitedScanAsksWhenRowsRunOut) {
  world.read = [](const ReadPlan &plan, std::vector<Value>) {
    EXPECT_TRUE(plan.limited);
    return std::make_unique<PageExchange>("lead", 5);
  };
  CrmOp *op = OpenRead(true);
  const CrmValue *cells = nullptr;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Next(op, &cells), CrmStep::kRow);
  EXPECT_EQ(world.sent.size(), 1u);
  ASSERT_EQ(Next(op, &cells), CrmStep::kRow);
  // Two pages were wanted, so more will be.
  EXPECT_EQ(world.sent.size(), 3u);
  crm_close(op);
}

TEST_F(SessionTest, LimitedForkRunsOneAfterTheOther) {
  world.read = [](const ReadPlan &, std::vector<Value>) {
    return std::make_unique<ScriptExchange>(std::vector<std::function<Step()>>{[] {
      Fork fork;
      for (const char *name : {"a", "b", "c"})
        fork.exchanges.push_back(std::make_unique<PageExchange>(name, 1));
      return Step(std::move(fork));
    }});
  };
  CrmOp *op = OpenRead(true);
  const CrmValue *cells = nullptr;
  ASSERT_EQ(Next(op, &cells), CrmStep::kRow);
  EXPECT_EQ(world.sent.size(), 1u);
  EXPECT_EQ(Drain(op).size(), 8u);
  crm_close(op);
}

TEST_F(SessionTest, ForksRunSideBySideUpToTheLimit) {
  options.push_back({"max_connections", "2"});
  world.read = [](const ReadPlan &, std::vector<Value>) {
    return std::make_unique<ScriptExchange>(std::vector<std::function<Step()>>{[] {
      Fork fork;
      for (const char *name : {"a", "b", "c"})
        fork.exchanges.push_back(std::make_unique<PageExchange>(name, 2));
      return Step(std::move(fork));
    }});
  };
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kWait);
  EXPECT_EQ(Targets(world), (Names{"/a?page=0", "/b?page=0"}));
  Names rows = Drain(op);
  EXPECT_EQ(rows.size(), 18u);
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(std::unique(rows.begin(), rows.end()), rows.end());
  crm_close(op);
}

// Forks without end: each child is read before the parent makes the next.
TEST_F(SessionTest, ParentOfForksWaitsForItsTurn) {
  options.push_back({"max_connections", "1"});
  static int forked;
  forked = 0;
  world.read = [](const ReadPlan &, std::vector<Value>) {
    std::vector<std::function<Step()>> steps;
    for (int i = 0; i < 20; ++i)
      steps.push_back([] {
        Fork fork;
        fork.exchanges.push_back(std::make_unique<PageExchange>("f" + std::to_string(++forked), 1));
        return Step(std::move(fork));
      });
    return std::make_unique<ScriptExchange>(std::move(steps));
  };
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  ASSERT_EQ(Next(op, &cells), CrmStep::kRow);
  EXPECT_LE(forked, 2);
  EXPECT_EQ(Drain(op).size(), 59u);
  crm_close(op);
}

// The children start before their parent has its next turn.
TEST_F(SessionTest, ForksInAnswerToAResponse) {
  for (const int children : {1, 3}) {
    world.read = [children](const ReadPlan &, std::vector<Value>) {
      return std::make_unique<ScriptExchange>(std::vector<std::function<Step()>>{
          [] {
            Send send;
            send.request.target = "/first";
            return Step(std::move(send));
          },
          [children] {
            Fork fork;
            for (int i = 0; i < children; ++i)
              fork.exchanges.push_back(std::make_unique<PageExchange>("f" + std::to_string(i), 2));
            return Step(std::move(fork));
          }});
    };
    EXPECT_EQ(ReadAll().size(), static_cast<std::size_t>(children) * 6);
    EXPECT_EQ(last, CrmStep::kDone);
  }
}

TEST_F(SessionTest, ReadsAheadWithinABudget) {
  world.read = [](const ReadPlan &, std::vector<Value>) {
    return std::make_unique<PageExchange>("lead", 1000);
  };
  world.server = [](const Sent &) { return Answer(200, "20000"); };
  world.latency_us = 0;
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(Next(op, &cells), CrmStep::kRow);
  EXPECT_GT(world.sent.size(), 4u);
  EXPECT_LT(world.sent.size(), 40u);  // 20,000 rows take more than 600 kB
  crm_close(op);
}

TEST_F(SessionTest, EmptyPagesAndNoPages) {
  world.server = [](const Sent &sent) { return Answer(200, sent.target.ends_with("=1") ? "1" : "0"); };
  EXPECT_EQ(ReadAll(true), Names{"lead1.0"});
  world.read = [](const ReadPlan &, std::vector<Value>) { return std::make_unique<PageExchange>("lead", 0); };
  EXPECT_TRUE(ReadAll().empty());
  EXPECT_EQ(last, CrmStep::kDone);
}

TEST_F(SessionTest, ExchangeThatNeverWaitsDoesNotBlock) {
  class Spin : public Exchange {
    Step Next(const HttpResponse *, const Context &) override { return Pause{0}; }
  };
  world.read = [](const ReadPlan &, std::vector<Value>) { return std::make_unique<Spin>(); };
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kWait);
  pollfd waiting{crm_wait_fd(op), POLLIN, 0};
  EXPECT_EQ(poll(&waiting, 1, 1000), 1);
  crm_close(op);
}

TEST_F(SessionTest, PauseSetsTheAlarm) {
  world.read = [](const ReadPlan &, std::vector<Value>) {
    return std::make_unique<ScriptExchange>(std::vector<std::function<Step()>>{[] { return Pause{30}; }});
  };
  CrmOp *op = OpenRead();
  const int fd = crm_wait_fd(op);
  const CrmValue *cells = nullptr;
  ASSERT_EQ(crm_step(op, &cells, &why), CrmStep::kWait);
  pollfd waiting{fd, POLLIN, 0};
  EXPECT_EQ(poll(&waiting, 1, 0), 0);
  EXPECT_EQ(poll(&waiting, 1, 2000), 1);
  world.now_us += 20'000;  // too early: the alarm is set anew
  ASSERT_EQ(crm_step(op, &cells, &why), CrmStep::kWait);
  EXPECT_EQ(poll(&waiting, 1, 0), 0);
  world.now_us += 10'000;
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kDone);
  EXPECT_EQ(crm_wait_fd(op), fd);
  crm_close(op);
}

TEST_F(SessionTest, RetriesWithWaits) {
  int calls = 0;
  world.server = [&](const Sent &) { return ++calls <= 2 ? Answer(503) : Answer(200, "1"); };
  EXPECT_EQ(ReadAll(), (Names{"lead0.0", "lead1.0", "lead2.0"}));
  EXPECT_EQ(stats.retries, 2);
  EXPECT_EQ(stats.requests, 5);
  EXPECT_GT(stats.waited_us, 0);
  EXPECT_GT(world.sent[1].at_us - world.sent[0].at_us, 50'000);
}

TEST_F(SessionTest, GivesUpAfterTheLastRetry) {
  options.push_back({"max_retries", "2"});
  world.server = [](const Sent &) { return Broken(TransferError::kReset); };
  ReadAll();
  EXPECT_EQ(last, CrmStep::kFailed);
  EXPECT_EQ(why.kind, CrmErrorKind::kConnectionLost);
  EXPECT_STREQ(why.detail, "Gave up after 3 attempts.");
  EXPECT_EQ(world.sent.size(), 3u);
}

TEST_F(SessionTest, NoRetryAtAll) {
  options.push_back({"max_retries", "0"});
  world.server = [](const Sent &) { return Answer(500); };
  ReadAll();
  EXPECT_EQ(why.kind, CrmErrorKind::kServerError);
  EXPECT_EQ(why.http_status, 500);
  EXPECT_EQ(world.sent.size(), 1u);
}

TEST_F(SessionTest, BrokenTransferIsNeverDelivered) {
  world.server = [](const Sent &) {
    HttpResponse response = Answer(200, "3");
    response.error = TransferError::kTruncated;
    return response;
  };
  world.lenient = true;
  EXPECT_TRUE(ReadAll().empty());
  EXPECT_EQ(last, CrmStep::kFailed);
  EXPECT_EQ(world.sent.size(), 1u);
}

TEST_F(SessionTest, WaitThatTheCrmNamesIsObeyed) {
  int calls = 0;
  world.server = [&](const Sent &) {
    if (++calls == 1) return Answer(429, "", {{"retry-ms", "45000"}});
    return Answer(200, "1");
  };
  ReadAll();
  EXPECT_EQ(last, CrmStep::kDone);
  EXPECT_GE(world.sent[1].at_us - world.sent[0].at_us, 45'000'000);
}

TEST_F(SessionTest, RefusalPushesBackTheWholeGroup) {
  world.read = [](const ReadPlan &, std::vector<Value>) {
    return std::make_unique<ScriptExchange>(std::vector<std::function<Step()>>{[] {
      Fork fork;
      // The second has another request to send in the same group once its first is answered.
      fork.exchanges.push_back(std::make_unique<PageExchange>("lead", 1));
      fork.exchanges.push_back(std::make_unique<PageExchange>("lead", 2));
      return Step(std::move(fork));
    }});
  };
  int calls = 0;
  world.server = [&](const Sent &) {
    if (++calls == 1) return Answer(429, "", {{"retry-ms", "20000"}});
    return Answer(200, "1");
  };
  ReadAll();
  ASSERT_EQ(world.sent.size(), 4u);
  EXPECT_GE(world.sent[2].at_us - world.sent[0].at_us, 20'000'000);
  EXPECT_GE(world.sent[3].at_us - world.sent[0].at_us, 20'000'000);
}

TEST_F(SessionTest, RateLimitSpacesRequests) {
  options.push_back({"rate_limit", "2/1s"});
  ReadAll();
  ASSERT_EQ(world.sent.size(), 3u);
  for (int i = 1; i < 3; ++i) EXPECT_GE(world.sent[i].at_us - world.sent[i - 1].at_us, 500'000);
  EXPECT_GT(stats.waited_us, 0);
  // The limit is the account's, not the scan's.
  const std::int64_t before = world.sent[2].at_us;
  ReadAll();
  EXPECT_GE(world.sent[3].at_us - before, 500'000);
  // Another mapping has its own.
  mapping = 4;
  const std::int64_t now = world.now_us;
  ReadAll();
  EXPECT_EQ(world.sent[6].at_us, now);
}

TEST_F(SessionTest, ProvidersRateIsTheDefault) {
  world.default_rate = {1'000'000, 0};
  ReadAll();
  EXPECT_GE(world.sent[2].at_us - world.sent[0].at_us, 2'000'000);
}

TEST_F(SessionTest, NothingRemainingWaitsForTheReset) {
  world.server = [](const Sent &) { return Answer(200, "1", {{"remaining", "0"}, {"reset-ms", "7000"}}); };
  ReadAll();
  EXPECT_EQ(last, CrmStep::kDone);
  EXPECT_GE(world.sent[1].at_us - world.sent[0].at_us, 7'000'000);
}

TEST_F(SessionTest, MaxRequestsCountsAcrossOperationsOfAStatement) {
  max_requests = 4;
  ReadAll();
  EXPECT_EQ(last, CrmStep::kDone);
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(last, CrmStep::kFailed);
  EXPECT_EQ(why.kind, CrmErrorKind::kTooManyRequests);
  EXPECT_NE(std::string(why.hint).find("crm_fdw.max_requests"), std::string::npos);
  EXPECT_EQ(world.sent.size(), 4u);
  ++statement;
  EXPECT_EQ(ReadAll().size(), 9u);
}

TEST_F(SessionTest, FailureComesAfterTheRowsBeforeIt) {
  world.server = [](const Sent &sent) {
    return sent.target.ends_with("=1") ? Answer(403) : Answer(200, "3");
  };
  world.latency_us = 0;
  CrmOp *op = OpenRead();
  EXPECT_EQ(Drain(op).size(), 3u);
  EXPECT_EQ(last, CrmStep::kFailed);
  EXPECT_EQ(why.http_status, 403);
  const CrmValue *cells = nullptr;
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kFailed);
  EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
  // It can be bound again.
  world.server = [](const Sent &) { return Answer(200, "3"); };
  ASSERT_TRUE(crm_bind(op, nullptr, 0, &why));
  EXPECT_EQ(Drain(op).size(), 9u);
  crm_close(op);
}

TEST_F(SessionTest, BindAgainStartsAnew) {
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  ASSERT_EQ(Next(op, &cells), CrmStep::kRow);
  ASSERT_TRUE(crm_bind(op, nullptr, 0, &why));
  EXPECT_EQ(Drain(op).size(), 9u);
  ASSERT_TRUE(crm_bind(op, nullptr, 0, &why));
  EXPECT_EQ(Drain(op).size(), 9u);
  crm_stats(op, &stats);
  EXPECT_EQ(stats.rows, 19);  // all of the operation's life
  crm_close(op);
}

TEST_F(SessionTest, ParametersReachTheProvider) {
  std::vector<std::string> seen;
  world.read = [&](const ReadPlan &, std::vector<Value> params) {
    for (const Value &param : params) seen.push_back(param.is_null() ? "null" : param.text);
    return std::make_unique<PageExchange>("lead", 1);
  };
  CrmOp *op = OpenRead();
  CrmValue params[2] = {};
  params[0].type = CrmType::kText;
  params[0].text = View("x");
  ASSERT_TRUE(crm_bind(op, params, 2, &why));
  EXPECT_EQ(seen, (Names{"x", "null"}));
  crm_close(op);
}

TEST_F(SessionTest, UnboundOperationFails) {
  const std::string plan = Plan();
  const CrmAccount account = Account();
  const CrmSettings settings = Settings();
  CrmOp *op = nullptr;
  ASSERT_TRUE(crm_open_read(&op, &account, &settings, View(plan.c_str()), &why));
  const CrmValue *cells = nullptr;
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kFailed);
  ASSERT_TRUE(crm_bind(op, nullptr, 0, &why));
  EXPECT_EQ(Drain(op).size(), 9u);
  crm_close(op);
}

TEST_F(SessionTest, ClosingInMidFlightDropsTheChannel) {
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  ASSERT_EQ(crm_step(op, &cells, &why), CrmStep::kWait);
  EXPECT_EQ(crm_open_channels(), 1);
  crm_close(op);
  EXPECT_EQ(crm_open_channels(), 0);
  EXPECT_EQ(world.channels, 0);
}

TEST_F(SessionTest, ChannelIsUsedAgain) {
  ReadAll();
  EXPECT_EQ(crm_open_channels(), 1);
  ReadAll();
  EXPECT_EQ(world.targets.size(), 1u);
  // Not by another account, nor by a changed one.
  mapping = 4;
  ReadAll();
  EXPECT_EQ(world.targets.size(), 2u);
  mapping = 3;
  generation = 2;
  ReadAll();
  EXPECT_EQ(world.targets.size(), 3u);
}

TEST_F(SessionTest, ForgottenChannelsAreNotUsedAgain) {
  ReadAll();
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  ASSERT_EQ(Next(op, &cells), CrmStep::kRow);
  crm_forget();
  EXPECT_EQ(crm_open_channels(), 1);  // in use
  EXPECT_EQ(Drain(op).size(), 8u);
  crm_close(op);
  EXPECT_EQ(crm_open_channels(), 0);
}

TEST_F(SessionTest, IdleChannelsAreFew) {
  for (mapping = 1; mapping <= 20; ++mapping) ReadAll();
  EXPECT_EQ(crm_open_channels(), 8);
}

TEST_F(SessionTest, ScansSideBySideHaveTheirOwnChannels) {
  CrmOp *a = OpenRead(), *b = OpenRead();
  const CrmValue *cells = nullptr;
  ASSERT_EQ(Next(a, &cells), CrmStep::kRow);
  ASSERT_EQ(Next(b, &cells), CrmStep::kRow);
  EXPECT_NE(crm_wait_fd(a), crm_wait_fd(b));
  EXPECT_EQ(crm_open_channels(), 2);
  EXPECT_EQ(Drain(a).size(), 8u);
  EXPECT_EQ(Drain(b).size(), 8u);
  crm_close(a);
  crm_close(b);
}

TEST_F(SessionTest, RepairsAndWarningsAreTold) {
  world.read = [](const ReadPlan &, std::vector<Value>) {
    auto pages = std::make_unique<PageExchange>("lead", 2);
    pages->repaired_per_page = 2;
    return pages;
  };
  ReadAll();
  EXPECT_EQ(stats.repaired, 4);
  EXPECT_EQ(Log(), Names{"4 values held text that PostgreSQL cannot store; replaced by U+FFFD"});
  // Once a scan, and also when its reader stops early.
  CrmOp *op = OpenRead(true);
  const CrmValue *cells = nullptr;
  ASSERT_EQ(Next(op, &cells), CrmStep::kRow);
  EXPECT_TRUE(Log().empty());
  crm_close(op);
  EXPECT_EQ(Log().size(), 1u);
  world.read = [](const ReadPlan &, std::vector<Value>) {
    return std::make_unique<ScriptExchange>(std::vector<std::function<Step()>>{[] {
      return Warn{"list moved", "Twice."};
    }});
  };
  ReadAll();
  EXPECT_EQ(Log(), Names{"list moved"});
}

TEST_F(SessionTest, RequestsAreLoggedWithoutSecrets) {
  log_requests = true;
  ReadAll();
  const Names lines = Log();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].find("crm_fdw: GET /lead?page=0 200 1 bytes "), 0u) << lines[0];
  for (const std::string &line : lines) EXPECT_EQ(line.find("k1"), std::string::npos);
}

TEST_F(SessionTest, LogIsBounded) {
  world.read = [](const ReadPlan &, std::vector<Value>) {
    std::vector<std::function<Step()>> steps;
    for (int i = 0; i < 300; ++i) steps.push_back([i] { return Warn{"w" + std::to_string(i), ""}; });
    return std::make_unique<ScriptExchange>(std::move(steps));
  };
  ReadAll();
  const Names lines = Log();
  ASSERT_EQ(lines.size(), 257u);
  EXPECT_EQ(lines.front(), "44 log lines were dropped");
  EXPECT_EQ(lines.back(), "w299");
}

TEST_F(SessionTest, WrongNumberOfColumnsIsOurError) {
  world.read = [](const ReadPlan &, std::vector<Value>) {
    return std::make_unique<PageExchange>("lead", 1, 2);
  };
  ReadAll();
  EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
}

TEST_F(SessionTest, HostIsCheckedWhenOpened) {
  options.push_back({"endpoint", "https://evil.example"});
  EXPECT_EQ(OpenRead(), nullptr);
  EXPECT_EQ(why.kind, CrmErrorKind::kHostNotAllowed);
  EXPECT_NE(std::string(why.hint).find("crm_fdw.allowed_hosts = 'evil.example'"), std::string::npos);
  allowed_hosts = "other.example, *.evil.example";
  EXPECT_EQ(OpenRead(), nullptr);
  allowed_hosts = "other.example, evil.example";
  ReadAll();
  EXPECT_EQ(last, CrmStep::kDone);
  EXPECT_EQ(world.sent.at(0).origin, "https://evil.example");
}

TEST_F(SessionTest, LoopbackMustBeListed) {
  options.push_back({"endpoint", "http://127.0.0.1:8080"});
  EXPECT_EQ(OpenRead(), nullptr);
  EXPECT_EQ(why.kind, CrmErrorKind::kHostNotAllowed);
  allowed_hosts = "127.0.0.1:8080";
  EXPECT_EQ(ReadAll().size(), 9u);
}

TEST_F(SessionTest, NoCredentialsFailsBeforeAnythingIsSent) {
  options.pop_back();
  EXPECT_EQ(OpenRead(), nullptr);
  EXPECT_EQ(why.kind, CrmErrorKind::kMissingOption);
}

TEST_F(SessionTest, CredentialWithALineBreakIsRefused) {
  options[1].second = "k1\r\nX-Evil: 1";
  EXPECT_EQ(OpenRead(), nullptr);
  EXPECT_EQ(why.kind, CrmErrorKind::kInvalidOptionValue);
  EXPECT_EQ(std::string(why.message).find("Evil"), std::string::npos);
}

TEST_F(SessionTest, ReadyCredentialIsNotRenewed) {
  world.server = [](const Sent &) { return Answer(401); };
  ReadAll();
  EXPECT_EQ(why.kind, CrmErrorKind::kBadCredentials);
  EXPECT_EQ(world.sent.size(), 1u);
}

}  // namespace
}  // namespace crm::fake
