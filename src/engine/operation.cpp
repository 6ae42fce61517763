// The edge's operations. An operation owns a wait set for life and, once bound, a session.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/json.h"
#include "engine/account.h"
#include "engine/engine.h"
#include "engine/guard.h"
#include "engine/options.h"
#include "engine/plan.h"
#include "engine/process.h"
#include "engine/request_exchange.h"
#include "engine/session.h"
#include "engine/text.h"
#include "engine/wait_set.h"

namespace crm {
namespace {

// Between two rows the network gets a turn this often, so that the next page is not only asked for but comes
// in.
constexpr std::size_t kRowsPerTurn = 64;

// What an operation does each time it is bound.
class Job {
 public:
  virtual ~Job() = default;
  virtual std::unique_ptr<Exchange> Begin(std::vector<Value> params) const = 0;
  virtual SessionRules rules() const = 0;
};

class ReadJob : public Job {
 public:
  ReadJob(const Account &account, DecodedPlan plan) : account_(account), plan_(std::move(plan.read)) {
    const std::string_view provider = account.provider->info().name;
    if (plan.provider != provider)
      throw Error(CrmErrorKind::kInternal, "plan was made for provider \"" + plan.provider + "\", not \"" +
                                               std::string(provider) + "\"");
  }
  std::unique_ptr<Exchange> Begin(std::vector<Value> params) const override {
    return account_.provider->Read(plan_, std::move(params), account_.options);
  }
  SessionRules rules() const override { return {static_cast<int>(plan_.cell_count()), plan_.limited, false}; }

 private:
  const Account &account_;
  const ReadPlan plan_;
};

class TestJob : public Job {
 public:
  explicit TestJob(const Account &account) : account_(account) {}
  std::unique_ptr<Exchange> Begin(std::vector<Value>) const override {
    return account_.provider->Test(account_.options);
  }
  SessionRules rules() const override { return {kTestCells, false, false}; }

 private:
  const Account &account_;
};

class RequestJob : public Job {
 public:
  RequestJob(HttpRequest request, const AccountKey &account)
      : request_(std::move(request)), account_(account) {}
  std::unique_ptr<Exchange> Begin(std::vector<Value>) const override {
    return MakeRequestExchange(request_, account_);
  }
  SessionRules rules() const override { return {kRequestCells, false, true}; }

 private:
  const HttpRequest request_;
  const AccountKey account_;
};

[[noreturn]] void ThrowArguments(const char *what) {
  throw Error(CrmErrorKind::kInvalidArgument, std::string("arguments of the call \"import\": ") + what);
}

class ImportJob : public Job {
 public:
  ImportJob(const Account &account, std::string_view arguments)
      : account_(account), arguments_(Json::parse(arguments, nullptr, false)) {
    if (!arguments_.is_object()) ThrowArguments("not a JSON object");
    MakeRequest();  // to fail now rather than when it is bound
  }
  std::unique_ptr<Exchange> Begin(std::vector<Value>) const override {
    return account_.provider->Import(MakeRequest(), account_.options);
  }
  SessionRules rules() const override { return {kImportCells, false, false}; }

 private:
  ImportRequest MakeRequest() const {
    ImportRequest request;
    AddOptions(request.options);
    request.limit_to = Names("limit_to");
    request.except = Names("except");
    return request;
  }

  void AddOptions(Options &options) const {
    const std::string_view provider = account_.provider->info().name;
    const auto given = arguments_.find("options");
    if (given != arguments_.end() && !given->is_object()) ThrowArguments("\"options\" is not an object");
    std::vector<OptionText> texts;
    if (given != arguments_.end())
      for (const auto &[name, value] : given->items()) {
        if (!value.is_string()) ThrowArguments("an option is not a text");
        texts.push_back({name, value.get_ref<const std::string &>()});
      }
    CheckOptions(OptionLevel::kImport, provider, texts);
    for (const OptionText &text : texts)
      AddOption(process().options().Find(OptionLevel::kImport, provider, text.name)->row, text.value,
                options);
    AddDefaults(OptionLevel::kImport, provider, options);
  }

  std::vector<std::string> Names(const char *key) const {
    std::vector<std::string> names;
    const auto list = arguments_.find(key);
    if (list == arguments_.end()) return names;
    if (!list->is_array()) ThrowArguments("a list of tables is not an array");
    for (const Json &name : *list) {
      if (!name.is_string()) ThrowArguments("the name of a table is not a text");
      names.push_back(name.get<std::string>());
    }
    return names;
  }

  const Account &account_;
  const Json arguments_;
};

class QueryJob : public Job {
 public:
  QueryJob(const Account &account, std::string_view arguments) : account_(account) {
    const Json json = Json::parse(arguments, nullptr, false);
    if (!json.is_object() || !json.contains("text") || !json["text"].is_string())
      throw Error(CrmErrorKind::kInvalidArgument, "arguments of the call \"query\": no text");
    text_ = json["text"];
    if (Begin({}) != nullptr) return;  // which fails now rather than when it is bound
    throw Error(CrmErrorKind::kPlanLacksFeature,
                "provider \"" + std::string(account.provider->info().name) + "\" has no query language", "",
                "Read its foreign tables, or send a request of your own with crm_fdw.request().");
  }
  std::unique_ptr<Exchange> Begin(std::vector<Value>) const override {
    return account_.provider->Query(text_, account_.options);
  }
  SessionRules rules() const override { return {kQueryCells, false, false}; }

 private:
  const Account &account_;
  std::string text_;
};

std::unique_ptr<Job> MakeCall(const Account &account, std::string_view name, std::string_view arguments) {
  if (name == "test") return std::make_unique<TestJob>(account);
  if (name == "query") return std::make_unique<QueryJob>(account, arguments);
  if (name == "import") return std::make_unique<ImportJob>(account, arguments);
  if (name == "request")
    return std::make_unique<RequestJob>(ParseRequestCall(arguments, account.updatable, account.server_name),
                                        account.key);
  throw Error(CrmErrorKind::kInternal, "unknown call \"" + std::string(name) + "\"");
}

void CheckPointers(const CrmAccount *account, const CrmSettings *settings) {
  if (account == nullptr || settings == nullptr)
    throw Error(CrmErrorKind::kInternal, "an operation needs an account and settings");
}

}  // namespace
}  // namespace crm

struct CrmOp {
  explicit CrmOp(std::shared_ptr<const crm::Account> of) : account(std::move(of)) {}
  ~CrmOp() {
    if (state == State::kRunning) crm::Guard(nullptr, [&] { WarnOfRepairs(); });
  }

  void Bind(std::vector<crm::Value> params);
  CrmStep Step(const CrmValue **cells);
  CrmStep Advance(const CrmValue **cells);
  void WarnOfRepairs();

  enum class State : std::uint8_t { kUnbound, kRunning, kDone, kFailed };
  State state = State::kUnbound;
  const std::shared_ptr<const crm::Account> account;
  std::unique_ptr<crm::Job> job;
  CrmStats stats{};
  crm::WaitSet waits;
  std::unique_ptr<crm::Session> session;
  std::unique_ptr<crm::RowBatch> batch;  // being read
  std::size_t next_row = 0;
  bool warned = false;
};

void CrmOp::Bind(std::vector<crm::Value> params) {
  state = State::kFailed;  // until all of it has worked
  batch.reset();
  session.reset();
  session =
      std::make_unique<crm::Session>(account, job->Begin(std::move(params)), job->rules(), waits, stats);
  state = State::kRunning;
}

void CrmOp::WarnOfRepairs() {
  if (stats.repaired == 0 || std::exchange(warned, true)) return;
  crm::process().log.Add(CrmLogLevel::kWarning,
                         std::to_string(stats.repaired) + (stats.repaired == 1 ? " value" : " values") +
                             " held text that PostgreSQL cannot store; replaced by U+FFFD");
}

CrmStep CrmOp::Step(const CrmValue **cells) {
  crm::process().tokens.FinishAbandoned();
  switch (state) {
    case State::kRunning:
      return Advance(cells);
    case State::kDone:
      return CrmStep::kDone;
    case State::kUnbound:
      throw crm::Error(CrmErrorKind::kInternal, "operation was not bound");
    case State::kFailed:
      throw crm::Error(CrmErrorKind::kInternal, "operation has failed before");
  }
  throw crm::Error(CrmErrorKind::kInternal, "operation is in no state");
}

CrmStep CrmOp::Advance(const CrmValue **cells) {
  if (batch != nullptr && next_row == batch->size()) batch.reset();
  if (batch == nullptr) {
    session->Run(true);
    batch = session->TakeBatch();
    next_row = 0;
  } else if (next_row % crm::kRowsPerTurn == 0) {
    session->Run(false);
  }
  if (batch != nullptr) {
    *cells = batch->row(next_row++);
    ++stats.rows;
    return CrmStep::kRow;
  }
  if (session->finished()) {
    state = State::kDone;
    session.reset();
    WarnOfRepairs();
    return CrmStep::kDone;
  }
  session->Await();
  return CrmStep::kWait;
}

extern "C" {

bool crm_open_read(CrmOp **op, const CrmAccount *account, const CrmSettings *settings, CrmText plan,
                   CrmFailure *why) noexcept {
  if (op != nullptr) *op = nullptr;
  return crm::Guard(why, [&] {
    crm::CheckPointers(account, settings);
    auto made = std::make_unique<CrmOp>(crm::MakeAccount(*account, *settings));
    made->job = std::make_unique<crm::ReadJob>(*made->account, crm::DecodePlan(crm::TextOf(plan)));
    crm::TargetOf(*made->account, made->account->origin);
    if (op != nullptr) *op = made.release();
  });
}

bool crm_open_call(CrmOp **op, const CrmAccount *account, const CrmSettings *settings, CrmText name,
                   CrmText json_arguments, CrmFailure *why) noexcept {
  if (op != nullptr) *op = nullptr;
  return crm::Guard(why, [&] {
    crm::CheckPointers(account, settings);
    auto made = std::make_unique<CrmOp>(crm::MakeAccount(*account, *settings));
    made->job = crm::MakeCall(*made->account, crm::TextOf(name), crm::TextOf(json_arguments));
    crm::TargetOf(*made->account, made->account->origin);
    if (op != nullptr) *op = made.release();
  });
}

bool crm_bind(CrmOp *op, const CrmValue *params, std::int32_t count, CrmFailure *why) noexcept {
  return crm::Guard(why, [&] {
    if (op == nullptr) throw crm::Error(CrmErrorKind::kInternal, "no operation to bind");
    op->Bind(crm::CopyParams(params, count));
  });
}

CrmStep crm_step(CrmOp *op, const CrmValue **cells, CrmFailure *why) noexcept {
  CrmStep step = CrmStep::kFailed;
  const bool well = crm::Guard(why, [&] {
    if (op == nullptr || cells == nullptr) throw crm::Error(CrmErrorKind::kInternal, "no operation to step");
    step = op->Step(cells);
  });
  if (well) return step;
  if (op != nullptr && cells != nullptr) {
    if (op->state == CrmOp::State::kRunning) op->state = CrmOp::State::kFailed;
    op->batch.reset();
    op->session.reset();
  }
  return CrmStep::kFailed;
}

int crm_wait_fd(const CrmOp *op) noexcept { return op == nullptr ? -1 : op->waits.fd(); }

CrmText crm_endpoint(const CrmOp *op) noexcept {
  return op == nullptr ? CrmText{"", 0} : crm::TextView(op->account->origin);
}

void crm_stats(const CrmOp *op, CrmStats *stats) noexcept {
  if (stats != nullptr) *stats = op == nullptr ? CrmStats{} : op->stats;
}

void crm_close(CrmOp *op) noexcept { delete op; }

bool crm_next_log(CrmLogLine *line) noexcept {
  bool found = false;
  crm::Guard(nullptr, [&] { found = line != nullptr && crm::process().log.Next(line); });
  return found;
}

void crm_forget() noexcept {
  crm::Guard(nullptr, [] { ++crm::process().epoch; });
}

std::int32_t crm_open_channels() noexcept {
  std::int32_t count = 0;
  crm::Guard(nullptr, [&] { count = crm::process().pool.open_channels(); });
  return count;
}
}
