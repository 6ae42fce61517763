#include "engine/delivery.h"

#include <algorithm>
#include <string>

#include "engine/process.h"

namespace crm {
namespace {

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

void AppendSentence(std::string &text, const std::string &sentence) {
  if (!text.empty()) text += ' ';
  text += sentence;
}

}  // namespace

Context MakeContext() {
  const Runtime &runtime = process().runtime();
  return {runtime.wall_us(), runtime.random()};
}

void AddCommonHeaders(const Provider &provider, HttpRequest &request) {
  for (const Header &common : provider.CommonHeaders()) {
    const bool given = std::any_of(request.headers.begin(), request.headers.end(), [&](const Header &header) {
      return Lower(header.name) == Lower(common.name);
    });
    if (!given) request.headers.push_back(common);
  }
}

Judgement JudgeResponse(const Provider &provider, const HttpRequest &request, const HttpResponse &response) {
  Judgement judgement = provider.Judge(request, response);
  if (response.error != TransferError::kNone && judgement.kind == Judgement::kDeliver)
    judgement.kind = Judgement::kFail;
  return judgement;
}

void RedactRefusal(const Account &account, const SecretHeader *credential, HttpResponse &response) {
  const bool is_json = response.body.starts_with('{') || response.body.starts_with('[');
  if (response.status < 400 && is_json) return;
  account.options.Redact(response.body);
  if (credential == nullptr) return;
  const std::string_view value = credential->value.Reveal();
  RedactSecret(Secret(value.substr(value.find(' ') + 1)), response.body);  // without "Bearer"
}

std::int64_t RetryDelayMs(const Account &account, const HttpRequest &request, const HttpResponse &response,
                          const Judgement &judgement, int attempts) {
  if (attempts > account.retry.max_retries || !MayRepeat(request, response)) return -1;
  const std::int64_t delay =
      BackoffMs(account.retry, attempts, judgement.wait_ms, process().runtime().random());
  return std::max<std::int64_t>(0, delay);
}

Error ExplainFailure(const Provider &provider, const HttpRequest &request, const HttpResponse &response,
                     int attempts) {
  Error error = provider.Explain(request, response);
  if (attempts > 1) AppendSentence(error.detail, "Gave up after " + std::to_string(attempts) + " attempts.");
  const bool failed = response.error != TransferError::kNone || response.status >= 500;
  if (failed && response.request_sent && !request.safe_to_repeat)
    AppendSentence(error.detail,
                   "Whether the request was carried out is not known, so it was not sent again.");
  return error;
}

void LogRequest(const Account &account, const HttpRequest &request, const HttpResponse &response,
                std::int64_t duration_us) {
  if (!account.settings.log_requests) return;
  std::string line = "crm_fdw: " + request.method + " " + request.target + " " +
                     std::to_string(response.status) + " " + std::to_string(response.wire_bytes) + " bytes " +
                     std::to_string(duration_us / 1000) + " ms";
  if (response.error != TransferError::kNone) line += " (" + response.error_text + ")";
  process().log.Add(CrmLogLevel::kLog, std::move(line));
}

}  // namespace crm
