// A server and its user mapping, as the engine keeps them while an operation is open.
#pragma once
#include <compare>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/engine.h"
#include "net/channel.h"
#include "net/retry.h"
#include "providers/provider.h"

namespace crm {

struct AccountKey {
  std::uint32_t database = 0, server = 0, mapping = 0;
  auto operator<=>(const AccountKey &) const = default;
};

struct Settings {
  std::string allowed_hosts, ca_file, state_directory;
  std::int64_t max_requests = 0;
  bool log_requests = false;
};

struct Account {
  AccountKey key;
  std::uint64_t generation = 0, statement = 0;
  std::string server_name;
  const Provider *provider = nullptr;
  Options options;     // defaults filled in, files read
  std::string origin;  // of the endpoint
  bool updatable = false;
  int max_connections = 1;
  Rate rate;
  RetryPolicy retry;
  TransferLimits limits;
  Settings settings;
};

// Copies and checks; reads the files that `_file` options name. Throws Error.
std::shared_ptr<const Account> MakeAccount(const CrmAccount &account, const CrmSettings &settings);

// Where to connect for that origin: the endpoint, or what a token names. Throws kHostNotAllowed.
ChannelTarget TargetOf(const Account &account, const std::string &origin);

}  // namespace crm
