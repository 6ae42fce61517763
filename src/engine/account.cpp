#include "engine/account.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/file.h"
#include "engine/hosts.h"
#include "engine/option_values.h"
#include "engine/process.h"
#include "engine/text.h"

namespace crm {
namespace {

constexpr std::size_t kMaxSecretFile = 64 << 10;

[[noreturn]] void ThrowFileError(std::string_view option, const std::string &reason) {
  throw Error(CrmErrorKind::kInvalidOptionValue,
              "cannot read the file of option \"" + std::string(option) + "\": " + reason);
}

Secret ReadSecretFile(std::string_view option, std::string_view path) {
  const std::string name(path);
  // O_NONBLOCK: opening a pipe would wait for its writer.
  const File file(open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file || fstat(file.fd(), &status) != 0) ThrowFileError(option, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) ThrowFileError(option, "not a regular file");
  if (status.st_size > static_cast<off_t>(kMaxSecretFile)) ThrowFileError(option, "larger than 64 kB");
  std::string content = file.ReadAll(kMaxSecretFile);
  std::string_view text = content;
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  Secret secret(text);
  OPENSSL_cleanse(content.data(), content.size());
  if (secret.empty()) ThrowFileError(option, "empty file");
  return secret;
}

void AddAccountOption(const Account &account, OptionText option, Options &options) {
  const std::string_view provider = account.provider->info().name;
  const OptionTable &table = process().options();
  const OptionEntry *entry = table.Find(OptionLevel::kServer, provider, option.name);
  if (entry == nullptr) entry = table.Find(OptionLevel::kMapping, provider, option.name);
  // Checked when it was set, but perhaps by another version.
  if (entry == nullptr) return;
  CheckOptionValue(entry->row, option.value);
  if (entry->secret_of.empty()) {
    AddOption(entry->row, option.value, options);
  } else {
    const Secret content = ReadSecretFile(option.name, option.value);
    options.Add(entry->secret_of, content.Reveal(), true);
  }
}

std::string EndpointOf(const Account &account) {
  const std::string_view text = account.provider->Endpoint(account.options);
  const std::optional<Origin> origin = ParseOrigin(text);
  if (!origin)
    throw Error(CrmErrorKind::kInvalidOptionValue, "invalid endpoint \"" + std::string(text) + "\"");
  return origin->ToString();
}

// The options were checked against their rows, and all of these have defaults.
void ReadLimits(Account &account) {
  const Options &options = account.options;
  const auto text = [&](std::string_view name) { return options.Find(name).value_or(""); };
  account.updatable = text("updatable") == "true";
  account.max_connections = static_cast<int>(ParseInt(text("max_connections")).value_or(1));
  account.retry.max_retries = static_cast<int>(ParseInt(text("max_retries")).value_or(0));
  const TransferLimits standard;
  account.limits.connect_timeout_ms =
      ParseDuration(text("connect_timeout")).value_or(standard.connect_timeout_ms);
  account.limits.request_timeout_ms =
      ParseDuration(text("request_timeout")).value_or(standard.request_timeout_ms);
  account.rate = ParseRate(text("rate_limit")).value_or(account.provider->info().default_rate);
}

Settings CopySettings(const CrmSettings &settings) {
  return {std::string(TextOf(settings.allowed_hosts)), std::string(TextOf(settings.ca_file)),
          std::string(TextOf(settings.state_directory)), settings.max_requests, settings.log_requests};
}

}  // namespace

std::shared_ptr<const Account> MakeAccount(const CrmAccount &from, const CrmSettings &settings) {
  auto account = std::make_shared<Account>();
  account->key = {from.database_oid, from.server_oid, from.mapping_oid};
  account->generation = from.generation;
  account->statement = from.statement;
  account->server_name = TextOf(from.server_name);
  account->settings = CopySettings(settings);
  const std::string_view provider = TextOf(from.provider);
  account->provider = FindProviderByName(provider);
  if (account->provider == nullptr)
    throw Error(CrmErrorKind::kInvalidOptionValue, "unknown provider \"" + std::string(provider) + "\"", {},
                "Valid providers are: " + ProviderNames() + ".");
  for (std::int32_t i = 0; from.options != nullptr && i < from.option_count; ++i)
    AddAccountOption(*account, {TextOf(from.options[i].name), TextOf(from.options[i].value)},
                     account->options);
  AddDefaults(OptionLevel::kServer, provider, account->options);
  AddDefaults(OptionLevel::kMapping, provider, account->options);
  ReadLimits(*account);
  account->origin = EndpointOf(*account);
  return account;
}

ChannelTarget TargetOf(const Account &account, const std::string &origin) {
  const std::optional<Origin> parsed = ParseOrigin(origin);
  if (parsed && IsHostAllowed(*parsed, account.provider->info().hosts, account.settings.allowed_hosts))
    return {parsed->ToString(), account.settings.ca_file};
  if (parsed && !IsSafeScheme(*parsed))
    throw Error(CrmErrorKind::kHostNotAllowed,
                "credentials may not be sent to \"" + origin + "\" in plain text", {}, "Use https.");
  std::string list = account.settings.allowed_hosts;
  if (!list.empty()) list += ", ";
  list += parsed ? parsed->HostAndPort() : "host";
  throw Error(CrmErrorKind::kHostNotAllowed, "credentials may not be sent to \"" + origin + "\"",
              "The host is neither one of " + std::string(account.provider->info().label) +
                  "'s nor listed in the setting crm_fdw.allowed_hosts.",
              "A superuser can allow it: ALTER SYSTEM SET crm_fdw.allowed_hosts = '" + list +
                  "'; SELECT pg_reload_conf();");
}

}  // namespace crm
