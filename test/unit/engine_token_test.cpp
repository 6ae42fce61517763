// Access tokens: asked for, shared, renewed, rotated.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "engine/token_store.h"
#include "engine_fakes.h"

namespace crm::fake {
namespace {

namespace fs = std::filesystem;

class TokenTest : public EngineTest {
 protected:
  TokenTest() {
    options = {{"provider", "fake"}, {"client_id", "c1"}, {"refresh_token", "r0"}};
    const fs::path base = fs::temp_directory_path() / ("crm_token_test_" + std::to_string(getpid()));
    fs::remove_all(base);
    fs::create_directory(base);
    directory_ = base;
    state_directory = (base / "state").string();
    world.server = [this](const Sent &sent) { return Serve(sent); };
  }
  ~TokenTest() override { fs::remove_all(directory_); }

  // Gives a1 r1, a2 r2, …; takes the newest refresh token only (when they rotate) and the newest access
  // token.
  HttpResponse Serve(const Sent &sent) {
    if (sent.target == "/token") {
      if (token_status != 200) return Answer(token_status);
      if (world.rotates && sent.body != "r" + std::to_string(serial)) return Answer(400);
      ++serial;
      return Answer(200, "a" + std::to_string(serial) +
                             (world.rotates ? " r" + std::to_string(serial) : " ") + " " + lifetime + " " +
                             instance);
    }
    return sent.credential == "a" + std::to_string(serial) ? Answer(200, "1") : Answer(401);
  }

  std::string StateFile() const {
    for (const auto &entry : fs::directory_iterator(state_directory))
      if (entry.path().extension() == ".json") return entry.path().string();
    return {};
  }
  std::string StateText() const {
    std::ifstream file(StateFile());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // As another process would: nothing but the file is shared.
  void BecomeAnotherProcess() {
    const Runtime runtime = process().runtime();
    ReplaceProcess(runtime);
  }

  fs::path directory_;
  int serial = 0, token_status = 200;
  std::string lifetime = "3600", instance;
};

TEST_F(TokenTest, AskedForOnceAndUsedAgain) {
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.TokenRequests(), 1u);
  EXPECT_EQ(world.sent[0].body, "r0");
  EXPECT_EQ(world.sent[0].credential, "");
  EXPECT_EQ(world.sent[0].headers.at(0).name, "X-Fake");
  EXPECT_EQ(world.Data()[0].credential, "a1");
}

TEST_F(TokenTest, NotSharedBetweenAccounts) {
  ReadAll();
  mapping = 9;
  ReadAll();
  mapping = 3;
  generation = 2;
  ReadAll();
  crm_forget();
  ReadAll();
  EXPECT_EQ(world.TokenRequests(), 4u);
}

TEST_F(TokenTest, RenewedBeforeItExpires) {
  ReadAll();
  world.now_us += 3539LL * 1'000'000;
  ReadAll();
  EXPECT_EQ(world.TokenRequests(), 1u);
  world.now_us += 2LL * 1'000'000;
  ReadAll();
  EXPECT_EQ(world.TokenRequests(), 2u);
  EXPECT_EQ(last, CrmStep::kDone);
}

TEST_F(TokenTest, ShortLivedTokenIsUsedAllTheSame) {
  lifetime = "5";
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.TokenRequests(), 3u);  // one each
}

TEST_F(TokenTest, RefusedTokenIsRenewedOnce) {
  ReadAll();
  ++serial;  // the CRM has forgotten the token
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.TokenRequests(), 2u);
  EXPECT_EQ(stats.retries, 1);
}

TEST_F(TokenTest, RefusedAgainFails) {
  world.server = [this](const Sent &sent) { return sent.target == "/token" ? Serve(sent) : Answer(401); };
  ReadAll();
  EXPECT_EQ(last, CrmStep::kFailed);
  EXPECT_EQ(why.kind, CrmErrorKind::kBadCredentials);
  EXPECT_EQ(world.TokenRequests(), 2u);
  EXPECT_EQ(world.Data().size(), 2u);
}

TEST_F(TokenTest, RefusedTokenRequestFails) {
  token_status = 400;
  ReadAll();
  EXPECT_EQ(why.kind, CrmErrorKind::kBadCredentials);
  EXPECT_EQ(world.sent.size(), 1u);
}

TEST_F(TokenTest, TokenRequestIsRepeatedWhenNothingWasSent) {
  int calls = 0;
  world.server = [&](const Sent &sent) {
    return ++calls == 1 ? Broken(TransferError::kRefused, false) : Serve(sent);
  };
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.TokenRequests(), 2u);
  EXPECT_EQ(world.sent[1].body, "r0");  // built anew, since it was wiped
}

TEST_F(TokenTest, TokenRequestOfUnknownOutcomeIsNotRepeated) {
  world.server = [](const Sent &) { return Broken(TransferError::kTruncated); };
  ReadAll();
  EXPECT_EQ(last, CrmStep::kFailed);
  EXPECT_EQ(world.sent.size(), 1u);
  EXPECT_NE(std::string(why.detail).find("not known"), std::string::npos);
}

TEST_F(TokenTest, InstanceOfTheTokenIsUsedAndChecked) {
  instance = "https://EU7.pods.fake.test/";
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.sent[0].origin, "https://api.fake.test");
  EXPECT_EQ(world.Data()[0].origin, "https://eu7.pods.fake.test");
  EXPECT_EQ(world.targets.size(), 2u);
  crm_forget();
  instance = "https://evil.example";
  ReadAll();
  EXPECT_EQ(why.kind, CrmErrorKind::kHostNotAllowed);
}

TEST_F(TokenTest, ATokenThatLeadsToAnotherHostIsNotKept) {
  instance = "https://elsewhere.example";
  EXPECT_TRUE(ReadAll().empty());
  EXPECT_EQ(why.kind, CrmErrorKind::kHostNotAllowed);
  instance = "https://eu7.pods.fake.test";
  EXPECT_EQ(ReadAll().size(), 3u);
}

TEST_F(TokenTest, TokensAreAskedOfTheProvidersEndpoint) {
  world.endpoint = "https://Login.pods.fake.test/";
  instance = "https://eu7.pods.fake.test";
  options.emplace_back("endpoint", "https://api.fake.test");
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.sent[0].target, "/token");
  EXPECT_EQ(world.sent[0].origin, "https://login.pods.fake.test");
  EXPECT_EQ(world.Data()[0].origin, "https://eu7.pods.fake.test");
  world.endpoint = "https://evil.example";
  EXPECT_EQ(OpenRead(), nullptr);
  EXPECT_EQ(why.kind, CrmErrorKind::kHostNotAllowed);
}

TEST_F(TokenTest, MaxRequestsAndStatsLeaveTokensOut) {
  max_requests = 3;
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(stats.requests, 3);
}

// ---- refresh tokens that are good for one use
// ---------------------------------------------------------------

class RotationTest : public TokenTest {
 protected:
  RotationTest() { world.rotates = true; }
};

TEST_F(RotationTest, NewPairIsKeptPrivately) {
  ReadAll();
  EXPECT_EQ(last, CrmStep::kDone) << why.message;
  EXPECT_NE(StateText().find("\"refresh_token\":\"r1\""), std::string::npos);
  EXPECT_NE(StateText().find("\"access_token\":\"a1\""), std::string::npos);
  struct stat status {};
  ASSERT_EQ(stat(StateFile().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(state_directory.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_EQ(fs::path(StateFile()).filename().string().size(), 64u + 5u);
}

TEST_F(RotationTest, OtherProcessUsesTheAccessTokenAndTheNewestRefreshToken) {
  ReadAll();
  BecomeAnotherProcess();
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.TokenRequests(), 1u);
  BecomeAnotherProcess();
  world.now_us += 3600LL * 1'000'000;
  EXPECT_EQ(ReadAll().size(), 3u) << why.message;
  EXPECT_EQ(world.TokenRequests(), 2u);
  EXPECT_NE(StateText().find("r2"), std::string::npos);
}

// The other process has renewed between our 401 and our turn with the lock.
TEST_F(RotationTest, RefusedTokenIsReplacedFromTheFile) {
  ReadAll();
  ++serial;
  TokenStore store(state_directory, "fake", "c1", Secret("r0"));
  ASSERT_TRUE(store.TryLock());
  Token token;
  token.access_token = Secret("a2");
  token.refresh_token = Secret("r2");
  store.Prepare();
  store.Save(token);
  store.Unlock();
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.TokenRequests(), 1u);
}

TEST_F(RotationTest, TwoOperationsRenewOnce) {
  CrmOp *a = OpenRead(), *b = OpenRead();
  const CrmValue *cells = nullptr;
  EXPECT_EQ(crm_step(a, &cells, &why), CrmStep::kWait);
  EXPECT_EQ(crm_step(b, &cells, &why), CrmStep::kWait);
  EXPECT_EQ(Drain(b).size(), 3u);
  EXPECT_EQ(Drain(a).size(), 3u);
  EXPECT_EQ(world.TokenRequests(), 1u);
  crm_close(a);
  crm_close(b);
}

TEST_F(RotationTest, WaitsForTheLockOfAnotherProcess) {
  TokenStore other(state_directory, "fake", "c1", Secret("r0"));
  ASSERT_TRUE(other.TryLock());
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kWait);
    world.now_us += 20'000;
  }
  EXPECT_TRUE(world.sent.empty());
  other.Unlock();
  EXPECT_EQ(Drain(op).size(), 3u);
  crm_close(op);
}

TEST_F(RotationTest, DoesNotWaitForTheLockForEver) {
  TokenStore other(state_directory, "fake", "c1", Secret("r0"));
  ASSERT_TRUE(other.TryLock());
  ReadAll();
  EXPECT_EQ(last, CrmStep::kFailed);
  EXPECT_EQ(why.kind, CrmErrorKind::kTimeout);
}

TEST_F(RotationTest, LockIsFreeWhileItWaitsToTryAgain) {
  int calls = 0;
  world.server = [&](const Sent &sent) { return ++calls == 1 ? Answer(429) : Serve(sent); };
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kWait);
  world.now_us += 2000;
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kWait);
  {
    TokenStore other(state_directory, "fake", "c1", Secret("r0"));
    EXPECT_TRUE(other.TryLock());
  }
  EXPECT_EQ(Drain(op).size(), 3u);
  crm_close(op);
}

// The answer to a renewal holds the only good refresh token: a cancel must not lose it.
TEST_F(RotationTest, CancelledRenewalIsSeenThrough) {
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  EXPECT_EQ(crm_step(op, &cells, &why), CrmStep::kWait);
  ASSERT_EQ(world.TokenRequests(), 1u);
  crm_close(op);
  world.now_us += 1'000'000;
  // Any other operation's step, here one of another account.
  auto oauth = options;
  options = {{"provider", "fake"}, {"api_key", "k1"}};
  mapping = 7;
  ReadAll();
  EXPECT_NE(StateText().find("r1"), std::string::npos);
  options = oauth;
  mapping = 3;
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.TokenRequests(), 1u);
}

TEST_F(RotationTest, FailedRenewalLeavesNoLock) {
  token_status = 400;
  ReadAll();
  EXPECT_EQ(why.kind, CrmErrorKind::kBadCredentials);
  TokenStore other(state_directory, "fake", "c1", Secret("r0"));
  EXPECT_TRUE(other.TryLock());
  EXPECT_FALSE(other.Load().has_value());
}

TEST_F(RotationTest, NewRefreshTokenInTheMappingStartsANewFile) {
  ReadAll();
  serial = 50;
  options[2].second = "r50";
  generation = 2;
  EXPECT_EQ(ReadAll().size(), 3u);
  EXPECT_EQ(world.sent.back().credential, "a51");
}

TEST_F(RotationTest, DamagedFileIsAnError) {
  ReadAll();
  const std::string path = StateFile();
  std::ofstream(path) << "{\"refresh_token\":\"sec";
  BecomeAnotherProcess();
  ReadAll();
  EXPECT_EQ(why.kind, CrmErrorKind::kBadCredentials);
  EXPECT_NE(std::string(why.message).find(path), std::string::npos);
  EXPECT_EQ(std::string(why.message).find("sec\""), std::string::npos);
}

TEST_F(RotationTest, DirectoryOpenToOthersIsRefused) {
  fs::create_directory(state_directory);
  chmod(state_directory.c_str(), 0755);
  ReadAll();
  EXPECT_EQ(why.kind, CrmErrorKind::kInternal);
  EXPECT_TRUE(world.sent.empty());
}

TEST_F(RotationTest, NothingIsSentWhenTokensCannotBeKept) {
  state_directory = (directory_ / "missing" / "state").string();
  ReadAll();
  EXPECT_EQ(last, CrmStep::kFailed);
  EXPECT_TRUE(world.sent.empty());
}

// A renewal may not begin while the reader has rows: a cursor left alone would keep the lock.
TEST_F(RotationTest, RenewalWaitsForAHungryReader) {
  world.latency_us = 0;
  world.read = [](const ReadPlan &, std::vector<Value>) { return std::make_unique<PageExchange>("lead", 2); };
  world.server = [this](const Sent &sent) {
    if (sent.target == "/lead?page=0") return Answer(200, "3");
    return sent.target == "/token" ? Serve(sent) : Answer(401);
  };
  CrmOp *op = OpenRead();
  const CrmValue *cells = nullptr;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(Next(op, &cells), CrmStep::kRow) << why.message;
  EXPECT_EQ(world.Data().size(), 2u);
  EXPECT_EQ(world.TokenRequests(), 1u);
  EXPECT_EQ(Next(op, &cells), CrmStep::kFailed);
  EXPECT_EQ(world.TokenRequests(), 2u);
  crm_close(op);
}

}  // namespace
}  // namespace crm::fake
