#include "providers/transport_error.h"

namespace crm {

namespace {

// Bytes of the UTF-8 character at the front of `text`; 0: not a valid one.
std::size_t CharacterSize(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond Unicode.
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
      (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) {
    return 0;
  }
  return size;
}

struct Wording {
  CrmErrorKind kind;
  const char *message;  // the label follows
  const char *hint;
};

Wording WordingOf(TransferError error) {
  switch (error) {
    case TransferError::kDns:
      return {CrmErrorKind::kDns, "could not resolve the host name of ",
              "Check the server option \"endpoint\" and the name service of the database host."};
    case TransferError::kRefused:
      return {CrmErrorKind::kConnectionRefused, "could not connect to ",
              "Check that the database host may open outgoing connections to this address."};
    case TransferError::kTls:
      return {CrmErrorKind::kTls, "could not establish a secure connection to ",
              "If a proxy with its own certificate lies between, name its authority in crm_fdw.ca_file."};
    case TransferError::kTimeout:
      return {CrmErrorKind::kTimeout, "no complete answer in time from ",
              "To wait longer: ALTER SERVER … OPTIONS (ADD request_timeout '120s')."};
    case TransferError::kTruncated:
      return {CrmErrorKind::kTruncatedAnswer, "connection closed inside an answer of ", ""};
    case TransferError::kTooLarge:
      return {CrmErrorKind::kAnswerTooLarge, "answer too large from ",
              "Ask for fewer columns, or for smaller pages: ALTER SERVER … OPTIONS (ADD page_size '50')."};
    case TransferError::kReset:
    case TransferError::kOther:
    case TransferError::kNone:
      break;
  }
  return {CrmErrorKind::kConnectionLost, "lost the connection to ", ""};
}

}  // namespace

std::optional<Judgement> JudgeTransfer(const HttpResponse &response) {
  switch (response.error) {
    case TransferError::kNone:
      return std::nullopt;
    case TransferError::kDns:
    case TransferError::kRefused:
    case TransferError::kTimeout:
    case TransferError::kReset:
    case TransferError::kTruncated:
      return Judgement{Judgement::kTryLater, -1};
    case TransferError::kTls:
    case TransferError::kTooLarge:
    case TransferError::kOther:
      break;
  }
  return Judgement{Judgement::kFail, -1};
}

Error ExplainTransfer(const HttpRequest &request, const HttpResponse &response, std::string_view label) {
  const Wording wording = WordingOf(response.error);
  std::string detail = RequestLine(request) + " failed";
  const std::string reason = Excerpt(response.error_text, 300);
  detail += reason.empty() ? "." : ": " + reason + (reason.back() == '.' ? "" : ".");
  Error error(wording.kind, wording.message + std::string(label), std::move(detail), wording.hint);
  error.http_status = response.status;
  return error;
}

std::string RequestLine(const HttpRequest &request) {
  return request.method + " " + request.target.substr(0, request.target.find('?'));
}

std::string AnswerLine(const HttpRequest &request, const HttpResponse &response, std::string_view text) {
  std::string line = RequestLine(request) + " was answered with status " + std::to_string(response.status);
  if (!text.empty()) line.append(": ").append(text);
  if (!line.ends_with('.')) line += '.';
  return line;
}

std::string Excerpt(std::string_view text, std::size_t limit) {
  static constexpr std::string_view kEllipsis = "…";
  std::string out;
  bool blank = false;
  while (!text.empty()) {
    const std::size_t size = CharacterSize(text);
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead <= ' ' || lead == 0x7F) {
      blank = !out.empty();
      text.remove_prefix(1);
      continue;
    }
    const std::string_view character = size == 0 ? std::string_view("?") : text.substr(0, size);
    if (out.size() + (blank ? 1 : 0) + character.size() + kEllipsis.size() > limit) {
      out += kEllipsis;
      break;
    }
    if (blank) out += ' ';
    blank = false;
    out += character;
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace crm
