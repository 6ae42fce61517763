// Requests to Close and its answers beside pages: parameters, error bodies, small JSON documents.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "net/http.h"

namespace crm::close_crm {

struct Param {
  std::string name, value;  // not encoded
};

// kOverride: a POST that Close treats as a GET. kByLength: only where the URL would get long.
enum class RequestForm : std::uint8_t { kByLength, kOverride };
// A GET of `path` ("/api/v1/lead/", already encoded).
HttpRequest GetRequest(std::string path, const std::vector<Param> &params,
                       RequestForm form = RequestForm::kByLength);
// POST /data/search/. It reads, so it may be repeated.
HttpRequest SearchRequest(const Json &body);
// For EXPLAIN: "?a=b&c=d" without any encoding; empty without parameters.
std::string ReadableQuery(const std::vector<Param> &params);

// Of the letters all ids of Close are made of, and short enough for one.
bool IsPlainId(std::string_view id);

// Throws kMalformedAnswer.
Json ParseAnswer(const HttpRequest &request, const HttpResponse &response);

struct FieldError {
  std::string field, text;
};
// What an error body holds under "field-errors"; empty: nothing, or not JSON.
std::vector<FieldError> FieldErrors(std::string_view body);
// What an error body says, in one line: field-errors, errors, error, message, else the raw text.
std::string ErrorText(std::string_view body);
// The object or record was looked for and is not there, as opposed to a wrong URL.
bool SaysNoSuchRecord(std::string_view body);

// Their refusal in our kinds and words; also of failed transfers.
Error ExplainAnswer(const HttpRequest &request, const HttpResponse &response);

}  // namespace crm::close_crm
