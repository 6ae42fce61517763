#include "engine/token_flow.h"

#include <algorithm>
#include <utility>

#include "engine/delivery.h"
#include "engine/process.h"

namespace crm {
namespace {

// How often a lock that another process holds is tried again.
constexpr std::int64_t kLockPollUs = 20'000;
// Beyond the time that the holder's own request may take.
constexpr std::int64_t kLockSlackUs = 30LL * 1'000'000;

const Secret *Configured(const Account &account) { return account.options.FindSecret("refresh_token"); }

std::string_view ClientId(const Account &account) {
  if (const auto id = account.options.Find("client_id")) return *id;
  const Secret *secret = account.options.FindSecret("client_id");
  return secret == nullptr ? std::string_view() : secret->Reveal();
}

void Wipe(std::string &text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

Error Refusal(const Provider &provider, const HttpRequest &request, const HttpResponse &response,
              int attempts) {
  Error error = ExplainFailure(provider, request, response, attempts);
  if (response.status == 400 || response.status == 401) error.kind = CrmErrorKind::kBadCredentials;
  return error;
}

}  // namespace

bool IsFresh(const Token &token, std::int64_t now_us) {
  if (token.access_token.empty()) return false;
  return token.expires_at_us == 0 || now_us < token.expires_at_us - kTokenMarginUs;
}

TokenFlow::TokenFlow(std::shared_ptr<const Account> account, Secret refused, Secret refresh)
    : account_(std::move(account)), refused_(std::move(refused)), refresh_(std::move(refresh)) {
  const Secret *configured = Configured(*account_);
  if (configured == nullptr) return;
  const ProviderInfo &info = account_->provider->info();
  if (info.rotates_refresh_tokens)
    store_.emplace(account_->settings.state_directory, info.name, ClientId(*account_), *configured);
  if (refresh_.empty()) refresh_ = configured->Clone();
}

bool TokenFlow::Step() {
  while (!done_)
    if (!(in_flight_ ? Receive() : Begin())) return false;
  return true;
}

void TokenFlow::Release() noexcept {
  lease_ = Lease();
  if (store_) store_->Unlock();
}

bool TokenFlow::Begin() {
  const std::int64_t now = process().runtime().steady_us();
  if (now < wake_us_) return false;
  if (store_ && !store_->TryLock()) return WaitForLock(now);
  give_up_us_ = INT64_MAX;
  if (store_) {
    if (std::optional<Token> stored = store_->Load()) {
      // Another process may have renewed already.
      if (IsFresh(*stored, process().runtime().wall_us()) &&
          stored->access_token.Reveal() != refused_.Reveal()) {
        token_ = std::move(*stored);
        store_->Unlock();
        done_ = true;
        return true;
      }
      refresh_ = std::move(stored->refresh_token);
    }
    store_->Prepare();
  }
  Send();
  return true;
}

bool TokenFlow::WaitForLock(std::int64_t now_us) {
  if (give_up_us_ == INT64_MAX)
    give_up_us_ = now_us + account_->limits.request_timeout_ms * 1000 + kLockSlackUs;
  if (now_us >= give_up_us_)
    throw Error(CrmErrorKind::kTimeout, "another session has not finished renewing the access token",
                "Only one session at a time may renew it, because each refresh token is good for one use.",
                "Look for an idle session with an open cursor on a table of server \"" +
                    account_->server_name + "\".");
  wake_us_ = now_us + kLockPollUs;
  return false;
}

void TokenFlow::Send() {
  const Provider &provider = *account_->provider;
  if (!lease_) lease_ = process().pool.Take(*account_, account_->origin);
  request_ = provider.TokenRequest(account_->options, refresh_.empty() ? nullptr : &refresh_, MakeContext());
  AddCommonHeaders(provider, request_);
  id_ = lease_->Submit(request_, nullptr, account_->limits);
  Wipe(request_.body);
  sent_us_ = process().runtime().steady_us();
  in_flight_ = true;
  ++attempts_;
}

bool TokenFlow::Receive() {
  lease_->Step();
  std::optional<std::pair<Channel::Id, HttpResponse>> done = lease_->Take();
  if (!done) return false;
  in_flight_ = false;
  HttpResponse &response = done->second;
  RedactRefusal(*account_, nullptr, response);
  const std::int64_t now = process().runtime().steady_us();
  LogRequest(*account_, request_, response, now - sent_us_);
  const Judgement judgement = JudgeResponse(*account_->provider, request_, response);
  if (judgement.kind == Judgement::kTryLater) {
    const std::int64_t delay = RetryDelayMs(*account_, request_, response, judgement, attempts_);
    if (delay < 0) throw ExplainFailure(*account_->provider, request_, response, attempts_);
    // Others may try meanwhile, with a connection that works.
    if (store_) store_->Unlock();
    wake_us_ = now + delay * 1000;
    return true;
  }
  if (judgement.kind != Judgement::kDeliver)
    throw ExplainFailure(*account_->provider, request_, response, attempts_);
  Accept(response);
  Wipe(response.body);
  return true;
}

void TokenFlow::Accept(const HttpResponse &response) {
  const Provider &provider = *account_->provider;
  // A provider has better words for a refusal; if it has none, the status speaks.
  token_ = provider.ParseToken(response, MakeContext());
  if (response.status < 200 || response.status > 299) throw Refusal(provider, request_, response, attempts_);
  if (token_.access_token.empty())
    throw Error(CrmErrorKind::kMalformedAnswer, "the answer to the token request holds no access token");
  if (token_.refresh_token.empty()) token_.refresh_token = refresh_.Clone();
  if (store_) {
    store_->Save(token_);
    store_->Unlock();
  }
  lease_ = Lease();
  done_ = true;
}

}  // namespace crm
