// Requests to Salesforce and its answers beside pages: paths, error bodies, small JSON documents.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "net/http.h"
#include "providers/provider.h"

namespace crm::salesforce {

inline constexpr std::string_view kDefaultVersion = "v62.0";
inline constexpr std::string_view kUserInfoPath = "/services/oauth2/userinfo";

// Those of the server's options that a conversation needs; the options themselves may be gone by then.
Options RequestOptions(const Options &options);
// "/services/data/v62.0/" + rest; the version is the server option.
std::string DataPath(const Options &options, std::string_view rest);
// `target`: path and query, already encoded.
HttpRequest GetRequest(std::string target);
// A POST that only reads: it may be repeated.
HttpRequest JsonRequest(std::string target, const Json &body);
// POST …/composite: one API call for up to 25 GETs. `body` as composite wants it.
HttpRequest CompositeRequest(const Options &options, const Json &body);

struct ApiError {
  std::string code, message;
  std::vector<std::string> fields;
};
// What an error body holds; empty: nothing, or not JSON (a gateway's HTML).
std::vector<ApiError> ApiErrors(std::string_view body);

// The code of the first error, or empty.
std::string ErrorCode(std::string_view body);
// In one line: every error as "CODE: message", else the raw text.
std::string ErrorText(std::string_view body);

// Their refusal in our kinds and words; also of failed transfers and token requests.
Error ExplainAnswer(const HttpRequest &request, const HttpResponse &response);
// What a response means to the session.
Judgement JudgeAnswer(const HttpRequest &request, const HttpResponse &response);

// Nice to have, and refused to users without a permission that reading does not need: every refusal is
// delivered.
bool IsOptionalRequest(const HttpRequest &request);

// The answer with only those members, at any depth: a description is mostly made of others. Discarded: not
// JSON.
Json ParseMembers(std::string_view body, std::span<const std::string_view> members);
// Throws kMalformedAnswer unless the answer is an object.
Json ParseObject(const HttpRequest &request, const HttpResponse &response);

}  // namespace crm::salesforce
