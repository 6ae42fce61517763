// What every provider says about a transfer that never gave an answer, and about bodies it cannot read.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "net/http.h"
#include "providers/provider.h"

namespace crm {

// kTryLater for what may pass by itself, kFail for the rest; nullopt: the transfer did not fail.
std::optional<Judgement> JudgeTransfer(const HttpResponse &response);

// Throwable form of a failed transfer; `label` is the CRM's ("Close"). Precondition: response.error is not
// kNone.
Error ExplainTransfer(const HttpRequest &request, const HttpResponse &response, std::string_view label);

// "GET /api/v1/lead/": what was asked, without the query, which may hold a user's data.
std::string RequestLine(const HttpRequest &request);

// "GET /api/v1/lead/ was answered with status 400: text.", a sentence in any case.
std::string AnswerLine(const HttpRequest &request, const HttpResponse &response, std::string_view text);

// A body or a text of theirs, fit for a message: one line of valid UTF-8, at most `limit` bytes.
std::string Excerpt(std::string_view text, std::size_t limit);

}  // namespace crm
