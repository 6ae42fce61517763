// Credentials: an API key, or OAuth with a refresh token that rotates.
#pragma once
#include <optional>

#include "providers/provider.h"

namespace crm::close_crm {

std::span<const OptionRow> CredentialOptions();
std::optional<SecretHeader> ReadyCredential(const Options &options);
HttpRequest TokenRequest(const Options &options, const Secret *refresh);
bool IsTokenRequest(const HttpRequest &request);
Token ParseToken(const HttpResponse &response, const Context &context);

}  // namespace crm::close_crm
