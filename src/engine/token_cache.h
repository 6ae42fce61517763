// Credentials of this process's accounts, and the renewals under way.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "engine/account.h"
#include "engine/token_flow.h"

namespace crm {

struct Credential {
  SecretHeader header;
  std::string origin;        // where the token says to go; empty: the endpoint
  std::uint64_t serial = 0;  // tells one from its successor; 0: does not change
};
using CredentialPtr = std::shared_ptr<const Credential>;

// Throws when the header could not be sent as one line.
CredentialPtr MakeCredential(SecretHeader header, std::string origin, std::uint64_t serial);

// One of the two. While the renewal is under way, its fd and wake_us say when to ask again; holding it says
// that somebody waits.
struct CredentialAnswer {
  CredentialPtr credential;
  std::shared_ptr<TokenFlow> renewal;
};

class TokenCache {
 public:
  // For accounts without a ready credential. Throws Error when a token cannot be had. Neither of the two
  // comes back when a renewal is needed that must not begin now.
  CredentialAnswer Get(const std::shared_ptr<const Account> &account, bool may_begin);
  // The CRM refused that credential: it is not given out again.
  void Reject(const Account &account, std::uint64_t serial);
  // Sees renewals through that nobody waits for any more.
  void FinishAbandoned() noexcept;

 private:
  struct Entry {
    std::uint64_t epoch = 0;
    Token token;
    CredentialPtr credential;
    Secret refused;
    std::shared_ptr<TokenFlow> flow;
  };
  using Key = std::pair<AccountKey, std::uint64_t>;  // with the generation

  Entry &EntryOf(const Account &account);
  void Adopt(const Provider &provider, Entry &entry);

  std::map<Key, Entry> entries_;
  std::uint64_t last_serial_ = 0;
};

}  // namespace crm
