#include "providers/salesforce/wire.h"

#include <algorithm>
#include <utility>

#include "core/json_text.h"
#include "providers/import_table.h"
#include "providers/salesforce/auth.h"
#include "providers/transport_error.h"

namespace crm::salesforce {

namespace {

constexpr std::string_view kLabel = "Salesforce";
constexpr std::size_t kLongestErrorText = 700;
constexpr std::size_t kLongestCode = 60;

struct Wording {
  std::string_view code;  // Salesforce's
  CrmErrorKind kind;
  const char *message, *hint;
};

constexpr Wording kByCode[] = {
    {"INVALID_SESSION_ID", CrmErrorKind::kBadCredentials, "could not authenticate with Salesforce",
     "A token given as access_token ends with its session: ALTER USER MAPPING … OPTIONS (SET access_token "
     "'…'). Otherwise check that the app grants the scope \"api\"."},
    {"INVALID_OPERATION_WITH_EXPIRED_PASSWORD", CrmErrorKind::kBadCredentials,
     "password of the Salesforce user has expired", "Let the user log in with a browser and set a new one."},
    {"REQUEST_LIMIT_EXCEEDED", CrmErrorKind::kRateLimited, "request limit of the Salesforce org exceeded",
     "The quota counts 24 hours back and is shared by all programs of the org: Setup, Company Information "
     "shows it."},
    {"API_DISABLED_FOR_ORG", CrmErrorKind::kPlanLacksFeature, "API of Salesforce is not enabled",
     "The org's edition must include the API, and the user needs the permission \"API Enabled\"."},
    {"API_CURRENTLY_DISABLED", CrmErrorKind::kPlanLacksFeature, "API of Salesforce is not enabled",
     "An administrator of the org can enable it."},
    {"INVALID_TYPE", CrmErrorKind::kUnknownObject, "object does not exist in Salesforce",
     "Check the table option \"object\", and whether the user may see the object."},
    {"NOT_FOUND", CrmErrorKind::kUnknownObject, "object does not exist in Salesforce",
     "Check the table option \"object\", and whether the user may see the object."},
    {"INVALID_FIELD", CrmErrorKind::kUnknownField, "field refused by Salesforce",
     "The field may be gone, or hidden from this user. Import the table again, or correct the column's "
     "options."},
    {"QUERY_TIMEOUT", CrmErrorKind::kTimeout, "query took too long in Salesforce",
     "Narrow the condition to indexed fields, such as id, system_modstamp or an external id."},
    {"REQUEST_RUNNING_TOO_LONG", CrmErrorKind::kTimeout, "request took too long in Salesforce",
     "Ask for less at a time."},
    {"QUERY_TOO_COMPLICATED", CrmErrorKind::kBadRequest, "query is too complicated for Salesforce",
     "Select fewer columns, above all fewer formulas."},
    {"INVALID_QUERY_LOCATOR", CrmErrorKind::kIncompleteRead, "query cursor of Salesforce has expired",
     "Read the table anew; a cursor lives two days."},
    {"UNSUPPORTED_API_VERSION", CrmErrorKind::kBadRequest, "version of the API is not served by Salesforce",
     "ALTER SERVER … OPTIONS (SET api_version 'v62.0')"},
};

constexpr const char *kForbidden = "permission denied by Salesforce";
constexpr const char *kForbiddenHint =
    "The profile and the permission sets of the Salesforce user decide what it may read.";

Wording WordingOfStatus(int status) {
  switch (status) {
    case 401:
      return {{}, CrmErrorKind::kBadCredentials, "could not authenticate with Salesforce", kByCode[0].hint};
    case 403:
      return {{}, CrmErrorKind::kForbidden, kForbidden, kForbiddenHint};
    case 404:
      return {{},
              CrmErrorKind::kUnknownObject,
              "object does not exist in Salesforce",
              "Check the table option \"object\" and the server option \"api_version\"."};
    case 410:
      return {{},
              CrmErrorKind::kBadRequest,
              "version of the API is no longer served by Salesforce",
              "ALTER SERVER … OPTIONS (SET api_version 'v62.0')"};
    case 414:
    case 431:
      return {{},
              CrmErrorKind::kBadRequest,
              "query is too long for Salesforce",
              "Select fewer columns, or shorten the lists of the condition."};
    case 429:
      return {{}, CrmErrorKind::kRateLimited, "rate limit of Salesforce exceeded", ""};
    case 420:
      return {{}, CrmErrorKind::kServerError, "server error in Salesforce", ""};
    default:
      break;
  }
  if (status >= 500) return {{}, CrmErrorKind::kServerError, "server error in Salesforce", ""};
  if (status >= 200 && status < 300) {
    return {{}, CrmErrorKind::kMalformedAnswer, "could not read the answer of Salesforce", ""};
  }
  return {{}, CrmErrorKind::kBadRequest, "request refused by Salesforce", ""};
}

Wording WordingOf(int status, const std::vector<ApiError> &errors) {
  if (errors.empty()) return WordingOfStatus(status);
  const std::string &code = errors.front().code;
  const auto *known = std::ranges::find(kByCode, code, &Wording::code);
  if (known == std::end(kByCode)) {
    if (code.starts_with("INSUFFICIENT_ACCESS")) return WordingOfStatus(403);
    return WordingOfStatus(status);
  }
  Wording wording = *known;
  if (code == "REQUEST_LIMIT_EXCEEDED" && errors.front().message.find("Concurrent") != std::string::npos) {
    wording.message = "too many long requests at a time in the Salesforce org";
    wording.hint =
        "Try again when they are done, or open fewer: ALTER SERVER … OPTIONS (ADD max_connections '1')";
  }
  return wording;
}

// Codes that no new attempt and no new token would change.
bool IsFinal(std::string_view code) {
  return code == "INVALID_OPERATION_WITH_EXPIRED_PASSWORD" || code.starts_with("API_") ||
         code == "ORG_LOCKED" || code == "TRIAL_EXPIRED";
}

bool Renewable(const ApiError &error) {
  // A new token would be refused for the same reason.
  return error.code == "INVALID_SESSION_ID" &&
         error.message.find("not valid for use with the REST API") == std::string::npos &&
         error.message.find("not attached to Agent") == std::string::npos;
}

Judgement JudgeTokenAnswer(const HttpResponse &response) {
  const bool later = response.status == 429 || response.status == 420 || response.status >= 500 ||
                     (response.status != 200 && IsLoginLimit(response));
  return {later ? Judgement::kTryLater : Judgement::kDeliver, -1};
}

Judgement::Kind JudgeRefusal(const HttpRequest &request, const HttpResponse &response) {
  const std::vector<ApiError> errors = ApiErrors(response.body);
  const ApiError first = errors.empty() ? ApiError{} : errors.front();
  if (first.code == "REQUEST_LIMIT_EXCEEDED") {
    const bool passes = first.message.find("Concurrent") != std::string::npos;
    return passes ? Judgement::kTryLater : Judgement::kFail;
  }
  // What composite refuses, it may be that composite is what is refused.
  const bool delivered = IsOptionalRequest(request) || request.target.ends_with("/composite");
  if (IsFinal(first.code) && !delivered) return Judgement::kFail;
  switch (response.status) {
    case 401:
      if (Renewable(first)) return Judgement::kRenew;
      [[fallthrough]];
    case 403:
      return delivered ? Judgement::kDeliver : Judgement::kFail;
    case 420:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return Judgement::kTryLater;
    default:
      return first.code == "SERVER_UNAVAILABLE" ? Judgement::kTryLater : Judgement::kDeliver;
  }
}

}  // namespace

Options RequestOptions(const Options &options) {
  Options kept;
  for (const std::string_view name : {"api_version", "max_api_usage_pct"}) {
    if (const auto value = options.Find(name)) kept.Add(name, *value, false);
  }
  return kept;
}

std::string DataPath(const Options &options, std::string_view rest) {
  std::string path = "/services/data/";
  path.append(options.Find("api_version").value_or(kDefaultVersion)).append("/").append(rest);
  return path;
}

HttpRequest GetRequest(std::string target) {
  HttpRequest request;
  request.target = std::move(target);
  request.headers = {{"Accept", "application/json"}};
  // There is one quota, the org's.
  request.rate_group = "api";
  return request;
}

HttpRequest JsonRequest(std::string target, const Json &body) {
  HttpRequest request = GetRequest(std::move(target));
  request.method = "POST";
  request.headers.push_back({"Content-Type", "application/json"});
  request.body = body.dump();
  return request;
}

HttpRequest CompositeRequest(const Options &options, const Json &body) {
  return JsonRequest(DataPath(options, "composite"), body);
}

std::vector<ApiError> ApiErrors(std::string_view body) {
  std::vector<ApiError> errors;
  const Json root = Json::parse(body, nullptr, false);
  if (!root.is_array()) return errors;
  for (const Json &item : root) {
    if (!item.is_object()) continue;
    ApiError error{TextMember(item, "errorCode"), TextMember(item, "message"), {}};
    // Inside the result of a write it has another name.
    if (error.code.empty()) error.code = TextMember(item, "statusCode");
    if (error.code.empty() && error.message.empty()) continue;
    const auto fields = item.find("fields");
    if (fields != item.end() && fields->is_array()) {
      for (const Json &field : *fields) {
        if (field.is_string()) error.fields.push_back(field.get<std::string>());
      }
    }
    errors.push_back(std::move(error));
  }
  return errors;
}

std::string ErrorCode(std::string_view body) {
  const std::vector<ApiError> errors = ApiErrors(body);
  return errors.empty() ? std::string() : errors.front().code;
}

std::string ErrorText(std::string_view body) {
  std::string text;
  for (const ApiError &error : ApiErrors(body)) {
    text.append(text.empty() ? "" : "; ").append(error.code);
    if (!error.message.empty()) text.append(error.code.empty() ? "" : ": ").append(error.message);
  }
  return Excerpt(text.empty() ? body : text, kLongestErrorText);
}

Error ExplainAnswer(const HttpRequest &request, const HttpResponse &response) {
  if (response.error != TransferError::kNone) return ExplainTransfer(request, response, kLabel);
  if (IsTokenRequest(request)) return ExplainTokenRefusal(response);
  const std::vector<ApiError> errors = ApiErrors(response.body);
  const Wording wording = WordingOf(response.status, errors);
  Error error(wording.kind, wording.message, AnswerLine(request, response, ErrorText(response.body)),
              wording.hint);
  error.http_status = response.status;
  if (!errors.empty()) error.remote_code = Excerpt(errors.front().code, kLongestCode);
  return error;
}

Judgement JudgeAnswer(const HttpRequest &request, const HttpResponse &response) {
  if (const auto transfer = JudgeTransfer(response)) return *transfer;
  if (IsTokenRequest(request)) return JudgeTokenAnswer(response);
  if (response.status < 400) return {Judgement::kDeliver, -1};
  return {JudgeRefusal(request, response), -1};
}

bool IsOptionalRequest(const HttpRequest &request) {
  return request.target.find("/limits/recordCount") != std::string::npos || request.target == kUserInfoPath;
}

Json ParseMembers(std::string_view body, std::span<const std::string_view> members) {
  const auto keep = [members](int, Json::parse_event_t event, Json &parsed) {
    return event != Json::parse_event_t::key ||
           std::ranges::find(members, std::string_view(parsed.get_ref<const std::string &>())) !=
               members.end();
  };
  return Json::parse(MendJson(body), keep, false);
}

Json ParseObject(const HttpRequest &request, const HttpResponse &response) {
  Json root = Json::parse(response.body, nullptr, false);
  if (!root.is_object()) throw ExplainAnswer(request, response);
  return root;
}

}  // namespace crm::salesforce
