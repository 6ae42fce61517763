// What every request has in common, be it for rows or for a token.
#pragma once
#include <cstdint>

#include "core/error.h"
#include "engine/account.h"
#include "net/http.h"
#include "providers/provider.h"

namespace crm {

Context MakeContext();

// The provider's headers, where the request has none of that name.
void AddCommonHeaders(const Provider &provider, HttpRequest &request);

// The provider's judgement; a broken transfer is never delivered, whatever it says.
Judgement JudgeResponse(const Provider &provider, const HttpRequest &request, const HttpResponse &response);

// An answer that is none of records may repeat the credentials it was asked with, and its words end up in
// errors: they are taken out. `credential`: null where there was none.
void RedactRefusal(const Account &account, const SecretHeader *credential, HttpResponse &response);

// How long to wait before sending the request again; -1: it must not be. `attempts`: how often it was sent.
std::int64_t RetryDelayMs(const Account &account, const HttpRequest &request, const HttpResponse &response,
                          const Judgement &judgement, int attempts);

// The provider's error, and how hard we tried.
Error ExplainFailure(const Provider &provider, const HttpRequest &request, const HttpResponse &response,
                     int attempts);

// One line for the server log, when the setting log_requests asks for it.
void LogRequest(const Account &account, const HttpRequest &request, const HttpResponse &response,
                std::int64_t duration_us);

}  // namespace crm
