// A CRM, its server and a clock, all of them in memory, for the tests of the engine.
#pragma once
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/plan.h"
#include "engine/process.h"
#include "providers/provider.h"

namespace crm::fake {

struct Sent {
  std::string method, target, credential, body, origin;
  std::vector<Header> headers;
  std::int64_t at_us = 0;
};

// What the server answers, and what everything else is set to. One per test.
struct World {
  std::int64_t now_us = 1'000'000'000;
  std::int64_t latency_us = 1000;
  std::function<HttpResponse(const Sent &)> server;
  std::function<std::unique_ptr<Exchange>(const ReadPlan &, std::vector<Value>)> read;
  std::function<std::vector<AccessPath>(const ReadRequest &)> plan;  // none: one path that compares
  std::function<bool(ReadRequest &, const Parent &)> join_parent;    // none: the interface's own rule
  bool rotates = false;
  bool lenient = false;  // the provider judges nothing
  Rate default_rate;
  std::string endpoint;  // what the provider says of it; empty: the interface's own rule
  std::vector<Sent> sent;
  std::vector<ChannelTarget> targets;
  int channels = 0;  // alive
  ImportRequest imported;

  // Requests for data: without those for tokens.
  std::vector<Sent> Data() const {
    std::vector<Sent> data;
    for (const Sent &request : sent)
      if (request.target != "/token") data.push_back(request);
    return data;
  }
  std::size_t TokenRequests() const { return sent.size() - Data().size(); }
};

inline World *&world() {
  static World *current = nullptr;
  return current;
}

inline HttpResponse Answer(int status, std::string body = {}, std::vector<Header> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.wire_bytes = static_cast<std::int64_t>(body.size());
  response.body = std::move(body);
  response.headers = std::move(headers);
  response.request_sent = true;
  return response;
}

inline HttpResponse Broken(TransferError error, bool sent = true) {
  HttpResponse response;
  response.error = error;
  response.error_text = "broken on purpose";
  response.request_sent = sent;
  return response;
}

class FakeChannel : public Channel {
 public:
  explicit FakeChannel(ChannelTarget target) : target_(std::move(target)), fd_(eventfd(0, EFD_CLOEXEC)) {
    ++world()->channels;
  }
  ~FakeChannel() override {
    --world()->channels;
    close(fd_);
  }
  Id Submit(const HttpRequest &request, const SecretHeader *credential, const TransferLimits &) override {
    world()->sent.push_back({request.method, request.target,
                             credential == nullptr ? "" : std::string(credential->value.Reveal()),
                             request.body, target_.origin, request.headers, world()->now_us});
    flying_.push_back({++last_id_, world()->sent.size() - 1, world()->now_us + world()->latency_us});
    return last_id_;
  }
  void Cancel(Id id) override {
    std::erase_if(flying_, [&](const Flight &flight) { return flight.id == id; });
  }
  void Step() override {}
  std::optional<std::pair<Id, HttpResponse>> Take() override {
    for (auto flight = flying_.begin(); flight != flying_.end(); ++flight) {
      if (flight->ready_us > world()->now_us) continue;
      const Id id = flight->id;
      const Sent sent = world()->sent[flight->sent];
      flying_.erase(flight);
      return std::pair(id, world()->server(sent));
    }
    return std::nullopt;
  }
  int fd() const override { return fd_; }
  bool idle() const override { return flying_.empty(); }

 private:
  struct Flight {
    Id id;
    std::size_t sent;
    std::int64_t ready_us;
  };
  ChannelTarget target_;
  int fd_;
  Id last_id_ = 0;
  std::deque<Flight> flying_;
};

// Reads /<name>?page=0 to ?page=<pages - 1>; a page's body is its number of rows. Cells: one text each.
class PageExchange : public Exchange {
 public:
  PageExchange(std::string name, int pages, int columns = 1)
      : name_(std::move(name)), pages_(pages), columns_(columns) {}
  Step Next(const HttpResponse *response, const Context &) override {
    if (response == nullptr) {
      if (page_ == pages_) return Done{};
      Send send;
      send.request.target = "/" + name_ + "?page=" + std::to_string(page_);
      send.request.rate_group = "GET " + name_;
      return send;
    }
    if (response->status != 200) throw Error(CrmErrorKind::kBadRequest, "page refused");
    auto batch = std::make_unique<RowBatch>(columns_);
    for (int i = 0, rows = std::stoi(response->body); i < rows; ++i) {
      CrmValue *cells = batch->AddRow();
      if (columns_ == 0) continue;
      cells[0].type = CrmType::kText;
      cells[0].text = batch->Copy(name_ + std::to_string(page_) + "." + std::to_string(i));
    }
    batch->repaired = repaired_per_page;
    ++page_;
    return Rows{std::move(batch)};
  }
  std::int64_t repaired_per_page = 0;

 private:
  std::string name_;
  int pages_, columns_, page_ = 0;
};

// Gives the steps as they are listed; responses are not looked at.
class ScriptExchange : public Exchange {
 public:
  explicit ScriptExchange(std::vector<std::function<Step()>> steps) : steps_(std::move(steps)) {}
  Step Next(const HttpResponse *, const Context &) override {
    return at_ < steps_.size() ? steps_[at_++]() : Step(Done{});
  }

 private:
  std::vector<std::function<Step()>> steps_;
  std::size_t at_ = 0;
};

class FakeProvider : public Provider {
 public:
  const ProviderInfo &info() const override {
    static constexpr std::string_view kHosts[] = {"api.fake.test", "*.pods.fake.test"};
    using L = OptionLevel;
    using T = OptionType;
    constexpr auto kFree = Privilege::kNone;
    static constexpr OptionRow kRows[] = {
        {"flavour", L::kServer, T::kChoice, "sweet", "sweet|sour", kFree, false, "Taste."},
        {"api_key", L::kMapping, T::kText, "", "", kFree, true, "Key."},
        {"client_id", L::kMapping, T::kText, "", "", kFree, false, "Client.",
         [](std::string_view value) -> std::string_view {
           return value.starts_with("no ") ? "Clients do not begin with no." : "";
         }},
        {"refresh_token", L::kMapping, T::kText, "", "", kFree, true, "Token."},
    };
    info_ = {"fake", "Fake", "https://api.fake.test", kHosts, kRows, world()->rotates, world()->default_rate};
    return info_;
  }
  bool JoinParent(ReadRequest &request, const Parent &parent) const override {
    return world()->join_parent ? world()->join_parent(request, parent)
                                : Provider::JoinParent(request, parent);
  }
  std::vector<AccessPath> Plan(const ReadRequest &request) const override {
    if (world()->plan) return world()->plan(request);
    AccessPath path;
    path.plan = R"({"list":"all"})";
    for (const Expr &conjunct : request.conjuncts) {
      path.verdicts.push_back(conjunct.kind == Expr::Kind::kCompare ? Verdict::kSuperset : Verdict::kLocal);
      path.reasons.push_back(conjunct.kind == Expr::Kind::kCompare ? "" : "not compared");
    }
    path.requests = 3;
    return {path};
  }
  std::string Describe(const ReadPlan &plan, const std::vector<Value> *params) const override {
    return "GET " + plan.object + (params == nullptr ? " $1" : " " + std::to_string(params->size()));
  }
  std::unique_ptr<Exchange> Read(const ReadPlan &plan, std::vector<Value> params,
                                 const Options &) const override {
    return world()->read(plan, std::move(params));
  }
  std::unique_ptr<Exchange> Import(ImportRequest request, const Options &) const override {
    world()->imported = std::move(request);
    return std::make_unique<PageExchange>("import", 1, kImportCells);
  }
  std::unique_ptr<Exchange> Test(const Options &) const override {
    return std::make_unique<PageExchange>("me", 1, kTestCells);
  }
  std::string_view Endpoint(const Options &options) const override {
    return world()->endpoint.empty() ? Provider::Endpoint(options) : world()->endpoint;
  }
  std::optional<SecretHeader> ReadyCredential(const Options &options) const override {
    if (const Secret *key = options.FindSecret("api_key")) return SecretHeader{"Authorization", key->Clone()};
    if (options.FindSecret("refresh_token") != nullptr) return std::nullopt;
    throw Error(CrmErrorKind::kMissingOption, "no credentials");
  }
  HttpRequest TokenRequest(const Options &, const Secret *refresh, const Context &) const override {
    HttpRequest request;
    request.method = "POST";
    request.target = "/token";
    request.body = refresh == nullptr ? "" : std::string(refresh->Reveal());
    request.safe_to_repeat = false;
    return request;
  }
  // "access refresh seconds instance"
  Token ParseToken(const HttpResponse &response, const Context &context) const override {
    std::vector<std::string> words{""};
    for (char c : response.body) {
      if (c == ' ')
        words.emplace_back();
      else
        words.back() += c;
    }
    words.resize(4);
    Token token;
    token.access_token = Secret(words[0]);
    token.refresh_token = Secret(words[1]);
    if (!words[2].empty()) token.expires_at_us = context.now_us + std::stoll(words[2]) * 1'000'000;
    token.instance_url = words[3];
    return token;
  }
  SecretHeader TokenCredential(const Token &token) const override {
    return {"Authorization", token.access_token.Clone()};
  }
  Judgement Judge(const HttpRequest &, const HttpResponse &response) const override {
    if (world()->lenient) return {Judgement::kDeliver, -1};
    if (response.error == TransferError::kTooLarge) return {Judgement::kFail, -1};
    if (response.error != TransferError::kNone || response.status >= 500) return {Judgement::kTryLater, -1};
    if (response.status == 429)
      return {Judgement::kTryLater,
              response.Find("retry-ms").empty() ? -1 : std::stoll(std::string(response.Find("retry-ms")))};
    if (response.status == 401) return {Judgement::kRenew, -1};
    if (response.status == 402 || response.status == 403) return {Judgement::kFail, -1};
    return {Judgement::kDeliver, -1};
  }
  RateReport Pace(const HttpResponse &response) const override {
    const std::string remaining(response.Find("remaining")), reset(response.Find("reset-ms"));
    if (remaining.empty()) return {};
    return {100, std::stoll(remaining), reset.empty() ? 0 : std::stoll(reset)};
  }
  Error Explain(const HttpRequest &, const HttpResponse &response) const override {
    const bool broken = response.error != TransferError::kNone;
    Error error(broken                   ? CrmErrorKind::kConnectionLost
                : response.status == 401 ? CrmErrorKind::kBadCredentials
                : response.status == 429 ? CrmErrorKind::kRateLimited
                : response.status >= 500 ? CrmErrorKind::kServerError
                                         : CrmErrorKind::kBadRequest,
                "fake refused");
    error.http_status = response.status;
    return error;
  }
  std::span<const Header> CommonHeaders() const override {
    static const Header kHeaders[] = {{"X-Fake", "1"}};
    return kHeaders;
  }

 private:
  mutable ProviderInfo info_{};
};

inline const FakeProvider &TheProvider() {
  static const FakeProvider provider{};
  return provider;
}

inline std::string Text(CrmText text) {
  return text.data == nullptr ? "" : std::string(text.data, text.size);
}
inline CrmText View(const char *text) { return {text, static_cast<std::int32_t>(std::strlen(text))}; }

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    fake::world() = &world;
    static const Provider *const kProviders[] = {&TheProvider()};
    ReplaceProcess({[](const ChannelTarget &target) {
                      fake::world()->targets.push_back(target);
                      return std::make_unique<FakeChannel>(target);
                    },
                    kProviders, [] { return 800'000'000'000'000 + fake::world()->now_us; },
                    [] { return fake::world()->now_us; }, [] { return std::uint64_t{0}; }});
    world.server = [](const Sent &) { return Answer(200, "3"); };
    world.read = [](const ReadPlan &, std::vector<Value>) {
      return std::make_unique<PageExchange>("lead", 3);
    };
  }
  ~EngineTest() override {
    // The pool's channels count themselves in this test's world.
    ReplaceProcess(MakeRuntime());
    EXPECT_EQ(world.channels, 0);
  }

  std::string Plan(bool limited = false) {
    ReadRequest request;
    request.object = "lead";
    request.fields = {{"id", "id", "", CrmType::kText, true}};
    request.rows_wanted = limited ? 1 : -1;
    AccessPath path;
    path.plan = "{}";
    return EncodePlan("fake", request, path);
  }

  CrmAccount Account() {
    views_.clear();
    for (const auto &[name, value] : options) views_.push_back({View(name.c_str()), View(value.c_str())});
    CrmAccount account{};
    account.database_oid = 1;
    account.server_oid = 2;
    account.mapping_oid = mapping;
    account.generation = generation;
    account.statement = statement;
    account.server_name = View("srv");
    account.user_name = View("usr");
    account.provider = View("fake");
    account.options = views_.data();
    account.option_count = static_cast<std::int32_t>(views_.size());
    return account;
  }
  CrmSettings Settings() {
    return {View(allowed_hosts.c_str()), View(""), View(state_directory.c_str()), max_requests, log_requests};
  }

  // Opens and binds; null on failure, with `why` filled.
  CrmOp *OpenRead(bool limited = false) {
    const std::string plan = Plan(limited);
    const CrmAccount account = Account();
    const CrmSettings settings = Settings();
    CrmOp *op = nullptr;
    if (!crm_open_read(&op, &account, &settings, View(plan.c_str()), &why)) return nullptr;
    return Bound(op);
  }
  CrmOp *OpenCall(const char *name, const char *arguments) {
    const CrmAccount account = Account();
    const CrmSettings settings = Settings();
    CrmOp *op = nullptr;
    if (!crm_open_call(&op, &account, &settings, View(name), View(arguments), &why)) return nullptr;
    return Bound(op);
  }
  CrmOp *Bound(CrmOp *op) {
    if (crm_bind(op, nullptr, 0, &why)) return op;
    crm_close(op);
    return nullptr;
  }

  // Steps, letting time pass while it waits. At most ten minutes.
  CrmStep Next(CrmOp *op, const CrmValue **cells) {
    for (int i = 0; i < 60'000; ++i) {
      const CrmStep step = crm_step(op, cells, &why);
      if (step != CrmStep::kWait) return step;
      world.now_us += 10'000;
    }
    ADD_FAILURE() << "waits for ever";
    return CrmStep::kFailed;
  }
  // The first cell of every row; the last step in `last`.
  std::vector<std::string> Drain(CrmOp *op) {
    std::vector<std::string> rows;
    const CrmValue *cells = nullptr;
    while ((last = Next(op, &cells)) == CrmStep::kRow) rows.push_back(Text(cells[0].text));
    return rows;
  }
  std::vector<std::string> ReadAll(bool limited = false) {
    CrmOp *op = OpenRead(limited);
    if (op == nullptr) {
      last = CrmStep::kFailed;
      return {};
    }
    std::vector<std::string> rows = Drain(op);
    crm_stats(op, &stats);
    crm_close(op);
    return rows;
  }
  std::vector<std::string> Log() {
    std::vector<std::string> lines;
    CrmLogLine line;
    while (crm_next_log(&line)) lines.push_back(Text(line.message));
    return lines;
  }

  World world;
  std::vector<std::pair<std::string, std::string>> options{{"provider", "fake"}, {"api_key", "k1"}};
  std::string allowed_hosts, state_directory;
  std::int64_t max_requests = 0;
  bool log_requests = false;
  std::uint32_t mapping = 3;
  std::uint64_t generation = 1, statement = 1;
  CrmFailure why{};
  CrmStats stats{};
  CrmStep last = CrmStep::kWait;

 private:
  std::vector<CrmOption> views_;
};

}  // namespace crm::fake
