// Tokens of a CRM whose refresh tokens are good for one use, shared by all processes of the cluster through a
// file: whoever renews keeps the new pair there before anyone uses it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "engine/file.h"
#include "providers/provider.h"

namespace crm {

class TokenStore {
 public:
  // `directory` is made when missing. The name comes from the configured refresh token, so that a new one in
  // the mapping starts a new file.
  TokenStore(std::string directory, std::string_view provider, std::string_view client_id,
             const Secret &configured);

  // False: another process holds the lock, or another operation of this one. Throws Error when the directory
  // or the files cannot be used.
  bool TryLock();
  void Unlock() { lock_ = File(); }
  // The newest pair; nullopt: none was kept yet. Needs the lock.
  std::optional<Token> Load() const;
  // Takes the room on the disk that Save will need: a token must not be lost to a full one. Needs the lock.
  void Prepare();
  // Durable when it returns. Needs the lock and Prepare.
  void Save(const Token &token);

 private:
  std::string directory_, path_;
  File lock_, draft_;
};

}  // namespace crm
