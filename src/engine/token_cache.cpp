#include "engine/token_cache.h"

#include <algorithm>

#include "engine/hosts.h"
#include "engine/process.h"

namespace crm {

CredentialPtr MakeCredential(SecretHeader header, std::string origin, std::uint64_t serial) {
  const std::string_view value = header.value.Reveal();
  // A line break in a key would end the header, and what follows would be another one.
  if (value.empty() ||
      std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }))
    throw Error(CrmErrorKind::kInvalidOptionValue, "the credential is empty or holds control characters", {},
                "Check the options of the user mapping and the files they name.");
  return std::make_shared<const Credential>(Credential{std::move(header), std::move(origin), serial});
}

TokenCache::Entry &TokenCache::EntryOf(const Account &account) {
  const Key key{account.key, account.generation};
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    // Entries of older generations have no use but to finish what is on the wire.
    std::erase_if(entries_, [&](const auto &entry) {
      return entry.first.first == account.key && !(entry.second.flow && entry.second.flow->must_finish());
    });
  }
  Entry &entry = found == entries_.end() ? entries_[key] : found->second;
  if (entry.epoch != process().epoch) {
    entry.credential.reset();
    entry.epoch = process().epoch;
  }
  return entry;
}

void TokenCache::Adopt(const Provider &provider, Entry &entry) {
  entry.token = entry.flow->TakeToken();
  entry.flow.reset();
  entry.refused = Secret();
  const std::optional<Origin> instance = ParseOrigin(entry.token.instance_url);
  // What is no origin is refused when something is to be sent there.
  entry.credential =
      MakeCredential(provider.TokenCredential(entry.token),
                     instance ? instance->ToString() : entry.token.instance_url, ++last_serial_);
}

CredentialAnswer TokenCache::Get(const std::shared_ptr<const Account> &account, bool may_begin) {
  Entry &entry = EntryOf(*account);
  if (entry.credential && IsFresh(entry.token, process().runtime().wall_us()))
    return {entry.credential, nullptr};
  if (!entry.flow && !may_begin) return {};
  if (!entry.flow)
    entry.flow =
        std::make_shared<TokenFlow>(account, entry.refused.Clone(), entry.token.refresh_token.Clone());
  try {
    if (!entry.flow->Step()) return {nullptr, entry.flow};
    // Given out once even when it is about to expire: there is no better one.
    Adopt(*account->provider, entry);
  } catch (...) {
    // Others may hold it still.
    if (entry.flow) entry.flow->Release();
    entry.flow.reset();
    throw;
  }
  return {entry.credential, nullptr};
}

void TokenCache::Reject(const Account &account, std::uint64_t serial) {
  Entry &entry = EntryOf(account);
  if (!entry.credential || entry.credential->serial != serial) return;
  entry.refused = entry.token.access_token.Clone();
  entry.credential.reset();
}

void TokenCache::FinishAbandoned() noexcept {
  for (auto &[key, entry] : entries_) {
    if (!entry.flow || entry.flow.use_count() > 1 || !entry.flow->must_finish()) continue;
    try {
      if (entry.flow->Step()) Adopt(entry.flow->provider(), entry);
    } catch (...) {
      // Whoever needs the token next asks again, and gets the error.
      entry.flow.reset();
    }
  }
}

}  // namespace crm
