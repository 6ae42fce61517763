#include "providers/close/wire.h"

#include <algorithm>

#include "core/json_text.h"
#include "core/url.h"
#include "providers/transport_error.h"

namespace crm::close_crm {

namespace {

constexpr std::string_view kLabel = "Close";
constexpr std::string_view kApiRoot = "/api/v1/";
constexpr std::size_t kLongestUrl = 2000;  // beyond it Close recommends the POST form
constexpr std::size_t kLongestId = 256;
constexpr std::size_t kLongestErrorText = 500;

bool IsAsciiAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// "GET lead": requests share a limit by method and first part of the path.
std::string RateGroup(std::string_view method, std::string_view path) {
  if (path.starts_with(kApiRoot)) path.remove_prefix(kApiRoot.size());
  return std::string(method) + " " + std::string(path.substr(0, path.find('/')));
}

// Discarded: not JSON. Broken text in it is mended: a label must not keep a table from being imported.
Json ParseLoosely(std::string_view body) { return Json::parse(MendJson(body), nullptr, false); }

std::string Words(const Json &value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json *Member(const Json &object, const char *name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string JoinFieldErrors(const std::vector<FieldError> &errors) {
  std::string text;
  for (const FieldError &error : errors) {
    text.append(text.empty() ? "" : "; ").append(error.field).append(": ").append(error.text);
  }
  return text;
}

std::string JoinErrors(const Json &list) {
  std::string text;
  for (const Json &item : list) text.append(text.empty() ? "" : "; ").append(Words(item));
  return text;
}

std::string WholeErrorText(std::string_view body) {
  const Json root = ParseLoosely(body);
  if (!root.is_object()) return std::string(body);
  if (const auto fields = FieldErrors(body); !fields.empty()) return JoinFieldErrors(fields);
  if (const Json *errors = Member(root, "errors"); errors && errors->is_array() && !errors->empty()) {
    return JoinErrors(*errors);
  }
  if (const Json *error = Member(root, "error"); error && !error->is_null()) {
    const Json *message = error->is_object() ? Member(*error, "message") : nullptr;
    return Words(message ? *message : *error);
  }
  if (const Json *message = Member(root, "message"); message && !message->is_null()) return Words(*message);
  return std::string(body);
}

struct Wording {
  CrmErrorKind kind;
  const char *message, *hint;
};

Wording WordingOf(int status) {
  switch (status) {
    case 401:
      return {CrmErrorKind::kBadCredentials, "could not authenticate with Close",
              "Check the key: ALTER USER MAPPING … OPTIONS (SET api_key '…')."};
    case 402:
      return {CrmErrorKind::kPlanLacksFeature, "feature not included in the Close plan of this organization",
              ""};
    case 403:
      return {CrmErrorKind::kForbidden, "permission denied by Close",
              "The role of the user behind the key decides what it may read."};
    case 404:
      return {CrmErrorKind::kUnknownObject, "object does not exist in Close",
              "Check the table option \"object\" and the server option \"endpoint\"."};
    case 429:
      return {CrmErrorKind::kRateLimited, "rate limit of Close exceeded",
              "Ask for less at a time, or slow down: ALTER SERVER … OPTIONS (ADD rate_limit '10/1s')."};
    default:
      break;
  }
  if (status >= 500) return {CrmErrorKind::kServerError, "server error in Close", ""};
  if (status >= 200 && status < 300) {
    return {CrmErrorKind::kMalformedAnswer, "could not read the answer of Close", ""};
  }
  return {CrmErrorKind::kBadRequest, "request refused by Close", ""};
}

}  // namespace

HttpRequest GetRequest(std::string path, const std::vector<Param> &params, RequestForm form) {
  std::string query;
  for (const Param &param : params) {
    query += query.empty() ? '?' : '&';
    query += param.name + "=" + PercentEncode(param.value, "-._~,:");
  }
  HttpRequest request;
  request.target = std::move(path);
  request.rate_group = RateGroup("GET", request.target);
  if (form == RequestForm::kByLength && request.target.size() + query.size() <= kLongestUrl) {
    request.target += query;
    return request;
  }
  Json body;
  for (const Param &param : params) body["_params"][param.name] = param.value;
  request.method = "POST";
  request.headers = {{"x-http-method-override", "GET"}, {"Content-Type", "application/json"}};
  request.body = body.dump();
  request.rate_group = RateGroup("POST", request.target);
  return request;
}

HttpRequest SearchRequest(const Json &body) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/api/v1/data/search/";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body.dump();
  request.rate_group = RateGroup(request.method, request.target);
  return request;
}

std::string ReadableQuery(const std::vector<Param> &params) {
  std::string query;
  for (const Param &param : params) query += (query.empty() ? "?" : "&") + param.name + "=" + param.value;
  return query;
}

bool IsPlainId(std::string_view id) {
  return !id.empty() && id.size() <= kLongestId &&
         std::ranges::all_of(id, [](char c) { return IsAsciiAlnum(c) || c == '_' || c == '-'; });
}

Json ParseAnswer(const HttpRequest &request, const HttpResponse &response) {
  Json root = ParseLoosely(response.body);
  if (!root.is_object()) throw ExplainAnswer(request, response);
  return root;
}

std::vector<FieldError> FieldErrors(std::string_view body) {
  std::vector<FieldError> errors;
  const Json root = ParseLoosely(body);
  if (!root.is_object()) return errors;
  const Json *fields = Member(root, "field-errors");
  if (fields == nullptr || !fields->is_object()) return errors;
  for (const auto &[name, value] : fields->items()) errors.push_back({name, Words(value)});
  return errors;
}

std::string ErrorText(std::string_view body) { return Excerpt(WholeErrorText(body), kLongestErrorText); }

bool SaysNoSuchRecord(std::string_view body) {
  const Json root = ParseLoosely(body);
  if (!root.is_object()) return false;
  std::string text = WholeErrorText(body);
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return (root.contains("error") || root.contains("errors")) &&
         text.find("requested url was not found") == std::string::npos;
}

Error ExplainAnswer(const HttpRequest &request, const HttpResponse &response) {
  if (response.error != TransferError::kNone) return ExplainTransfer(request, response, kLabel);
  const Wording wording = WordingOf(response.status);
  Error error(wording.kind, wording.message, AnswerLine(request, response, ErrorText(response.body)),
              wording.hint);
  error.http_status = response.status;
  if (const auto fields = FieldErrors(response.body); !fields.empty()) {
    error.remote_code = Excerpt(fields.front().field, 60);
  }
  return error;
}

}  // namespace crm::close_crm
