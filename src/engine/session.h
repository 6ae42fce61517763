// Runs one operation's exchanges over a channel: credentials, rate limits, retries, prefetch. Nothing of it
// blocks: Run does what can be done now, and Await says what to wait for.
#pragma once
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <vector>

#include "engine/account.h"
#include "engine/engine.h"
#include "engine/pool.h"
#include "engine/token_cache.h"
#include "engine/wait_set.h"
#include "providers/provider.h"

namespace crm {

struct SessionRules {
  int columns = 0;                // of every batch
  bool limited = false;           // the reader may stop early: see ReadPlan::limited
  bool deliver_refusals = false;  // 4xx answers, but for 401 and 429, are what was asked for
};

class Session {
 public:
  // `waits` and `stats` outlive the session.
  Session(std::shared_ptr<const Account> account, std::unique_ptr<Exchange> exchange, SessionRules rules,
          WaitSet &waits, CrmStats &stats);
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  // `reader_waits`: the reader has no rows left.
  void Run(bool reader_waits);
  // Null: none is ready. Throws what ended the session, once the batches before it are taken.
  std::unique_ptr<RowBatch> TakeBatch();
  // Nothing is left to do, and all batches are taken.
  bool finished() const { return active_.empty() && pending_.empty() && ready_.empty() && !failure_; }
  // Sets the alarm for the next thing to do.
  void Await();

 private:
  // An exchange and where it stands.
  struct Conversation {
    enum class State : std::uint8_t {
      kAsk,      // for the next step
      kYield,    // has given rows; is asked again when more are wanted
      kPause,    // until wake_us, then kAsk
      kSend,     // wants to send `request`: credential, gate, channel
      kBackoff,  // until wake_us, then kSend
      kFlight,
      kForked,  // its exchanges come first
      kDone,
    };
    std::unique_ptr<Exchange> exchange;
    State state = State::kAsk;
    HttpRequest request;
    Channel::Id id = 0;
    CredentialPtr credential;  // it was sent with
    std::int64_t wake_us = 0, sent_us = 0;
    int attempts = 0;       // of this request
    bool admitted = false;  // by the gate, for wake_us
    bool renewed = false;   // the credential, for this request
    std::size_t forked = 0;
  };
  using State = Conversation::State;
  using Conversations = std::vector<std::unique_ptr<Conversation>>;

  bool MoreWanted() const;
  bool Advance();
  bool TakeResponses();
  bool StartPending();
  bool AdvanceActive();
  bool AdvanceOne(Conversation &conversation);
  void Obey(Conversation &conversation, Step step);
  void AddBatch(std::unique_ptr<RowBatch> batch);
  void AddExchanges(Conversation &conversation, Fork fork);
  void Park(Conversations::iterator forked);

  bool TrySend(Conversation &conversation);
  CredentialPtr FindCredential();
  void StopAwaitingToken();
  bool ConnectFor(const Credential &credential);
  bool Connect(const std::string &origin);
  void Disconnect();
  void Submit(Conversation &conversation, CredentialPtr credential);

  void OnResponse(Conversation &conversation, const HttpResponse &response);
  void Retry(Conversation &conversation, const HttpResponse &response, const Judgement &judgement);
  void Renew(Conversation &conversation, const HttpResponse &response);
  std::int64_t NextWakeUs() const;
  void Fail(std::exception_ptr failure) noexcept;

  const std::shared_ptr<const Account> account_;
  const Provider &provider_;
  const SessionRules rules_;
  WaitSet &waits_;
  CrmStats &stats_;

  Conversations active_;                               // at most max_connections
  std::deque<std::unique_ptr<Conversation>> pending_;  // in the order they start
  std::deque<std::unique_ptr<RowBatch>> ready_;
  std::exception_ptr failure_;
  CredentialPtr ready_credential_;
  std::shared_ptr<TokenFlow> renewal_;  // waited for
  int renewal_fd_ = -1;                 // watched
  Lease lease_;
  int in_flight_ = 0;
  std::int64_t pages_ = 0;
  std::size_t ready_bytes_ = 0, reading_bytes_ = 0;
  bool reader_waits_ = false, more_now_ = false;
};

}  // namespace crm
