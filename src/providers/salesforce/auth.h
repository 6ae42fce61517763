// Credentials: a JWT signed with a private key, client credentials, a refresh token, or a ready access token.
#pragma once
#include <optional>

#include "providers/provider.h"

namespace crm::salesforce {

std::span<const OptionRow> OptionRows();
// Where tokens are asked for; with a ready access token, its instance.
std::string_view EndpointOf(const Options &options);
std::optional<SecretHeader> ReadyCredential(const Options &options);
HttpRequest TokenRequest(const Options &options, const Secret *refresh, const Context &context);
bool IsTokenRequest(const HttpRequest &request);
Token ParseToken(const HttpResponse &response, const Context &context);
// A refused token request in our kinds and words; nothing of theirs that might repeat what was sent.
Error ExplainTokenRefusal(const HttpResponse &response);
// The refusal may pass by itself: too many logins.
bool IsLoginLimit(const HttpResponse &response);

}  // namespace crm::salesforce
