#include "engine/session.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "engine/delivery.h"
#include "engine/process.h"

namespace crm {
namespace {

// Rows read ahead of the reader. Some ten pages of wide records; together with the pages under way
// (max_connections of them) it bounds what a scan of any size holds.
constexpr std::size_t kReadAheadBytes = 8 << 20;
// Before this many pages a limited scan asks for a page only when the reader has run out of rows.
constexpr std::int64_t kPagesBeforeReadingAhead = 2;
// Rounds of one Run: an exchange that never waits must not keep a cancel from being seen.
constexpr int kMaxRounds = 64;

std::int64_t SteadyUs() { return process().runtime().steady_us(); }

}  // namespace

Session::Session(std::shared_ptr<const Account> account, std::unique_ptr<Exchange> exchange,
                 SessionRules rules, WaitSet &waits, CrmStats &stats)
    : account_(std::move(account)),
      provider_(*account_->provider),
      rules_(rules),
      waits_(waits),
      stats_(stats) {
  if (auto header = provider_.ReadyCredential(account_->options))
    ready_credential_ = MakeCredential(std::move(*header), {}, 0);
  auto root = std::make_unique<Conversation>();
  root->exchange = std::move(exchange);
  pending_.push_back(std::move(root));
}

Session::~Session() {
  StopAwaitingToken();
  Disconnect();
}

// ---- the loop --------------------------------------------------------------------------------------------

void Session::Run(bool reader_waits) {
  if (failure_) return;
  reader_waits_ = reader_waits;
  if (reader_waits) reading_bytes_ = 0;
  try {
    int rounds = 0;
    while (rounds < kMaxRounds && Advance()) ++rounds;
    more_now_ = rounds == kMaxRounds;
    if (active_.empty() && pending_.empty()) Disconnect();
  } catch (...) {
    Fail(std::current_exception());
  }
}

void Session::Fail(std::exception_ptr failure) noexcept {
  failure_ = std::move(failure);
  active_.clear();
  pending_.clear();
  StopAwaitingToken();
  Disconnect();
}

bool Session::Advance() {
  const bool received = TakeResponses();
  const bool started = StartPending();
  const bool advanced = AdvanceActive();
  return received || started || advanced;
}

bool Session::MoreWanted() const {
  if (reader_waits_ && ready_.empty()) return true;
  if (rules_.limited && pages_ < kPagesBeforeReadingAhead) return false;
  return ready_bytes_ + reading_bytes_ < kReadAheadBytes;
}

bool Session::StartPending() {
  const bool cautious = rules_.limited && pages_ < kPagesBeforeReadingAhead;
  const std::size_t slots = cautious ? 1 : static_cast<std::size_t>(account_->max_connections);
  bool moved = false;
  while (!pending_.empty() && active_.size() < slots && MoreWanted()) {
    active_.push_back(std::move(pending_.front()));
    pending_.pop_front();
    moved = true;
  }
  return moved;
}

bool Session::AdvanceActive() {
  bool moved = false;
  for (std::size_t i = 0; i < active_.size();) {
    Conversation &conversation = *active_[i];
    if (AdvanceOne(conversation)) moved = true;
    if (conversation.state == State::kForked) {
      Park(active_.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (conversation.state == State::kDone) {
      active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return moved;
}

// Its slot goes to its exchanges, and it comes after them: what is waiting to start stays few. Right after
// the fork, while all of them are in front of those that wait.
void Session::Park(Conversations::iterator forked) {
  (*forked)->state = State::kAsk;
  pending_.insert(pending_.begin() + static_cast<std::ptrdiff_t>((*forked)->forked), std::move(*forked));
  active_.erase(forked);
}

bool Session::AdvanceOne(Conversation &conversation) {
  switch (conversation.state) {
    case State::kAsk:
      Obey(conversation, conversation.exchange->Next(nullptr, MakeContext()));
      return true;
    case State::kYield:
      if (!MoreWanted()) return false;
      conversation.state = State::kAsk;
      return true;
    case State::kPause:
    case State::kBackoff:
      if (SteadyUs() < conversation.wake_us) return false;
      conversation.state = conversation.state == State::kPause ? State::kAsk : State::kSend;
      return true;
    case State::kSend:
      return TrySend(conversation);
    case State::kFlight:
    case State::kForked:
    case State::kDone:
      return false;
  }
  return false;
}

void Session::Obey(Conversation &conversation, Step step) {
  conversation.state = State::kAsk;
  if (auto *send = std::get_if<Send>(&step)) {
    conversation.request = std::move(send->request);
    AddCommonHeaders(provider_, conversation.request);
    conversation.attempts = 0;
    conversation.admitted = conversation.renewed = false;
    conversation.state = State::kSend;
  } else if (auto *rows = std::get_if<Rows>(&step)) {
    AddBatch(std::move(rows->batch));
    conversation.state = State::kYield;
  } else if (auto *fork = std::get_if<Fork>(&step)) {
    AddExchanges(conversation, std::move(*fork));
  } else if (const auto *pause = std::get_if<Pause>(&step)) {
    conversation.wake_us = SteadyUs() + std::max<std::int64_t>(0, pause->wait_ms) * 1000;
    conversation.state = State::kPause;
  } else if (auto *warn = std::get_if<Warn>(&step)) {
    process().log.Add(CrmLogLevel::kWarning, std::move(warn->message), std::move(warn->detail));
  } else {
    conversation.state = State::kDone;
  }
}

void Session::AddBatch(std::unique_ptr<RowBatch> batch) {
  if (batch == nullptr || batch->columns() != rules_.columns)
    throw Error(CrmErrorKind::kInternal, "provider \"" + std::string(provider_.info().name) +
                                             "\" gave rows with a wrong number of columns");
  ++stats_.pages;
  stats_.repaired += batch->repaired;
  if (batch->size() == 0) return;
  ++pages_;
  ready_bytes_ += batch->bytes();
  ready_.push_back(std::move(batch));
}

void Session::AddExchanges(Conversation &conversation, Fork fork) {
  for (auto exchange = fork.exchanges.rbegin(); exchange != fork.exchanges.rend(); ++exchange) {
    auto child = std::make_unique<Conversation>();
    child->exchange = std::move(*exchange);
    pending_.push_front(std::move(child));
  }
  conversation.forked = fork.exchanges.size();
  conversation.state = State::kForked;
}

std::unique_ptr<RowBatch> Session::TakeBatch() {
  if (ready_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    return nullptr;
  }
  std::unique_ptr<RowBatch> batch = std::move(ready_.front());
  ready_.pop_front();
  reading_bytes_ = batch->bytes();
  ready_bytes_ -= reading_bytes_;
  return batch;
}

// ---- sending ---------------------------------------------------------------------------------------------

bool Session::TrySend(Conversation &conversation) {
  CredentialPtr credential = FindCredential();
  if (!credential) return false;
  if (!ConnectFor(*credential)) {
    conversation.admitted = false;  // its time will have passed
    return false;
  }
  const std::int64_t now = SteadyUs();
  if (!conversation.admitted) {
    const std::int64_t wait = process().gate.Admit(*account_, conversation.request.rate_group, now);
    conversation.wake_us = now + wait;
    conversation.admitted = true;
    stats_.waited_us += wait;
  }
  if (now < conversation.wake_us) return false;
  Submit(conversation, std::move(credential));
  return true;
}

CredentialPtr Session::FindCredential() {
  if (ready_credential_) return ready_credential_;
  // A renewal may hold a lock that other sessions wait for. It begins when our reader waits too: a cursor
  // that is left alone with rows to read would never finish it.
  const bool may_begin = reader_waits_ && ready_.empty();
  CredentialAnswer answer = process().tokens.Get(account_, may_begin);
  StopAwaitingToken();
  renewal_ = std::move(answer.renewal);
  if (renewal_ && renewal_->fd() >= 0) {
    renewal_fd_ = renewal_->fd();
    waits_.Watch(renewal_fd_);
  }
  return answer.credential;
}

void Session::StopAwaitingToken() {
  // The channel may go back to the pool, where it is none of ours.
  if (renewal_fd_ >= 0) waits_.Unwatch(std::exchange(renewal_fd_, -1));
  renewal_.reset();
}

bool Session::ConnectFor(const Credential &credential) {
  try {
    return Connect(credential.origin.empty() ? account_->origin : credential.origin);
  } catch (const Error &) {
    // A token that leads where nothing may be sent is of no use to the next statement either.
    process().tokens.Reject(*account_, credential.serial);
    throw;
  }
}

bool Session::Connect(const std::string &origin) {
  if (lease_ && lease_.origin() == origin) return true;
  // A renewed token may name another host; what is under way on the old one is waited for.
  if (in_flight_ > 0) return false;
  Disconnect();
  lease_ = process().pool.Take(*account_, origin);
  waits_.Watch(lease_->fd());
  return true;
}

void Session::Disconnect() {
  if (!lease_) return;
  waits_.Unwatch(lease_->fd());
  lease_ = Lease();
  in_flight_ = 0;
}

void Session::Submit(Conversation &conversation, CredentialPtr credential) {
  process().budget.Charge(account_->statement, account_->settings.max_requests);
  conversation.id = lease_->Submit(conversation.request, &credential->header, account_->limits);
  conversation.credential = std::move(credential);
  conversation.sent_us = SteadyUs();
  conversation.admitted = false;
  conversation.state = State::kFlight;
  ++conversation.attempts;
  ++in_flight_;
  ++stats_.requests;
}

// ---- receiving -------------------------------------------------------------------------------------------

bool Session::TakeResponses() {
  if (!lease_) return false;
  // Also with nothing under way: the channel's own timers would keep its descriptor readable.
  lease_->Step();
  bool moved = false;
  while (auto done = lease_->Take()) {
    const auto found = std::find_if(active_.begin(), active_.end(), [&](const auto &conversation) {
      return conversation->state == State::kFlight && conversation->id == done->first;
    });
    if (found == active_.end()) continue;
    --in_flight_;
    moved = true;
    RedactRefusal(*account_, &(*found)->credential->header, done->second);
    OnResponse(**found, done->second);
    if ((*found)->state == State::kForked) Park(found);
  }
  return moved;
}

void Session::OnResponse(Conversation &conversation, const HttpResponse &response) {
  const HttpRequest &request = conversation.request;
  const std::int64_t now = SteadyUs();
  stats_.bytes += response.wire_bytes;
  LogRequest(*account_, request, response, now - conversation.sent_us);
  process().gate.Correct(*account_, request.rate_group, now, provider_.Pace(response));
  const Judgement judgement = JudgeResponse(provider_, request, response);
  const bool refusal = response.error == TransferError::kNone && response.status >= 400 &&
                       response.status <= 499 && response.status != 401 && response.status != 429;
  if (judgement.kind == Judgement::kDeliver ||
      (judgement.kind == Judgement::kFail && rules_.deliver_refusals && refusal))
    Obey(conversation, conversation.exchange->Next(&response, MakeContext()));
  else if (judgement.kind == Judgement::kTryLater)
    Retry(conversation, response, judgement);
  else if (judgement.kind == Judgement::kRenew)
    Renew(conversation, response);
  else
    throw ExplainFailure(provider_, request, response, conversation.attempts);
}

void Session::Retry(Conversation &conversation, const HttpResponse &response, const Judgement &judgement) {
  const HttpRequest &request = conversation.request;
  const std::int64_t delay_ms = RetryDelayMs(*account_, request, response, judgement, conversation.attempts);
  if (delay_ms < 0) throw ExplainFailure(provider_, request, response, conversation.attempts);
  const std::int64_t now = SteadyUs(), delay_us = delay_ms * 1000;
  if (response.status == 429) process().gate.PushBack(*account_, request.rate_group, now, delay_us);
  conversation.wake_us = now + delay_us;
  conversation.state = State::kBackoff;
  ++stats_.retries;
  stats_.waited_us += delay_us;
}

void Session::Renew(Conversation &conversation, const HttpResponse &response) {
  // A ready credential cannot be renewed; and one refused right after its renewal is wrong, not old.
  if (conversation.credential->serial == 0 || std::exchange(conversation.renewed, true))
    throw ExplainFailure(provider_, conversation.request, response, 1);
  process().tokens.Reject(*account_, conversation.credential->serial);
  conversation.state = State::kSend;
  --conversation.attempts;
  ++stats_.retries;
}

// ---- waiting ---------------------------------------------------------------------------------------------

std::int64_t Session::NextWakeUs() const {
  std::int64_t wake = renewal_ ? renewal_->wake_us() : INT64_MAX;
  for (const auto &conversation : active_) {
    const State state = conversation->state;
    if (state == State::kPause || state == State::kBackoff ||
        (state == State::kSend && conversation->admitted && !renewal_))
      wake = std::min(wake, conversation->wake_us);
  }
  return wake;
}

void Session::Await() {
  if (more_now_) {
    waits_.SetAlarm(0);
    return;
  }
  const std::int64_t wake = NextWakeUs();
  waits_.SetAlarm(wake == INT64_MAX ? -1 : std::max<std::int64_t>(0, wake - SteadyUs()));
}

}  // namespace crm
