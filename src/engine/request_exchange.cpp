#include "engine/request_exchange.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "core/json.h"
#include "core/json_span.h"
#include "core/page_reader.h"
#include "core/url.h"
#include "engine/process.h"
#include "engine/text.h"

namespace crm {
namespace {

[[noreturn]] void ThrowArgument(std::string message, std::string hint = {}) {
  throw Error(CrmErrorKind::kInvalidArgument, std::move(message), {}, std::move(hint));
}

// "." and "..", however their dots are written: servers and proxies differ in what they make of them.
bool IsDotSegment(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    const bool encoded = segment.starts_with("%2e") || segment.starts_with("%2E");
    if (!encoded && segment[0] != '.') return false;
    segment.remove_prefix(encoded ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

void CheckPath(std::string_view target) {
  if (!target.starts_with('/'))
    ThrowArgument("path must start with \"/\"", "Give the path only; the host is the server's endpoint.");
  const bool printable = std::all_of(target.begin(), target.end(), [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("\"#<>\\^`{|}").find(c) == std::string_view::npos;
  });
  if (!printable)
    ThrowArgument(
        "path holds a character that a URL cannot hold",
        "Pass values as the argument query, or write the character as a percent sign and two digits.");
  std::string_view path = target.substr(0, target.find('?'));
  if (path.find("//") != std::string_view::npos) ThrowArgument("path must not contain \"//\"");
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    if (IsDotSegment(path.substr(0, end)))
      ThrowArgument("path must not contain the segments \".\" and \"..\"");
    path.remove_prefix(end);
  }
}

std::string QueryText(const std::string &key, const Json &value) {
  if (value.is_object() || value.is_array())
    ThrowArgument("value of query parameter \"" + key + "\" is neither a scalar nor an array of scalars");
  return PercentEncode(key) + "=" +
         PercentEncode(value.is_string() ? value.get<std::string>() : value.dump());
}

// Nulls are left out; an array repeats its parameter.
std::string EncodeQuery(const Json &query) {
  if (!query.is_object()) ThrowArgument("query must be a JSON object");
  std::string text;
  const auto append = [&](const std::string &key, const Json &value) {
    if (value.is_null()) return;
    if (!text.empty()) text += '&';
    text += QueryText(key, value);
  };
  for (const auto &[key, value] : query.items()) {
    if (!value.is_array()) append(key, value);
    if (value.is_array())
      for (const Json &item : value) append(key, item);
  }
  return text;
}

const Json *Argument(const Json &arguments, const char *name) {
  const auto found = arguments.find(name);
  return found == arguments.end() || found->is_null() ? nullptr : &*found;
}

std::string TextArgument(const Json &arguments, const char *name) {
  const Json *value = Argument(arguments, name);
  if (value == nullptr || !value->is_string()) ThrowArgument(std::string(name) + " must be a text");
  return value->get<std::string>();
}

std::string MethodOf(const Json &arguments) {
  std::string method = TextArgument(arguments, "method");
  std::transform(method.begin(), method.end(), method.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  for (std::string_view known : {"GET", "POST", "PUT", "PATCH", "DELETE"})
    if (method == known) return method;
  ThrowArgument("unknown method \"" + method + "\"", "Valid methods are: GET, POST, PUT, PATCH, DELETE.");
}

// ---- the answer ------------------------------------------------------------------------------------------

std::string HeadersJson(const HttpResponse &response) {
  Json json = Json::object();
  for (const Header &header : response.headers) {
    // A session's key is nobody's business.
    if (header.name == "set-cookie") continue;
    Json &value = json[header.name];
    value = value.is_string() ? value.get<std::string>() + ", " + header.value : header.value;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Any text as a JSON string that jsonb accepts.
std::string QuoteText(std::string text) {
  for (std::size_t at = 0; (at = text.find('\0', at)) != std::string::npos; at += 3)
    text.replace(at, 1, "\xEF\xBF\xBD");
  return Json(std::move(text)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

class RequestExchange : public Exchange {
 public:
  RequestExchange(const HttpRequest &request, const AccountKey &account)
      : request_(request), account_(account) {}

  Step Next(const HttpResponse *response, const Context &) override {
    if (response == nullptr) {
      if (std::exchange(sent_, true)) return Done{};
      NoteWrite();
      return Send{request_};
    }
    NoteWrite();
    Rows rows{std::make_unique<RowBatch>(kRequestCells)};
    CrmValue *cells = rows.batch->AddRow();
    cells[kRequestStatus].type = CrmType::kInt;
    cells[kRequestStatus].integer = response->status;
    SetJson(*rows.batch, cells[kRequestHeaders], HeadersJson(*response));
    SetBody(*rows.batch, cells[kRequestBody], response->body);
    return rows;
  }

 private:
  static void SetJson(RowBatch &batch, CrmValue &cell, std::string_view json) {
    cell.type = CrmType::kJson;
    cell.text = batch.Copy(json);
  }

  // The page reader makes JSON of any kind fit for jsonb, as a member of the one record it reads.
  static void SetBody(RowBatch &batch, CrmValue &cell, const std::string &body) {
    if (body.find_first_not_of(" \t\r\n") == std::string::npos) return;
    if (IsOneJsonValue(body)) {
      PageShape shape;
      shape.columns.push_back({{"body"}, {}, CrmType::kJson, 0, true});
      RowBatch page(1);
      PageInfo info;
      try {
        ReadPage("{\"body\":" + body + "}", shape, page, info);
        batch.repaired += page.repaired;
        SetJson(batch, cell, page.row(0)->type == CrmType::kNull ? "null" : View(page.row(0)->text));
        return;
      } catch (const Error &) {
        // Not JSON after all.
      }
    }
    SetJson(batch, cell, QuoteText(body));
  }

  // Before it is sent, because the answer may be lost, and when it is answered: it may have taken long.
  void NoteWrite() const {
    if (request_.method != "GET")
      process().writes.Note(account_.database, account_.server, process().runtime().steady_us());
  }

  HttpRequest request_;
  AccountKey account_;
  bool sent_ = false;
};

}  // namespace

HttpRequest ParseRequestCall(std::string_view json_arguments, bool updatable, std::string_view server_name) {
  const Json arguments = Json::parse(json_arguments, nullptr, false);
  if (!arguments.is_object()) ThrowArgument("the arguments of a request must be a JSON object");
  HttpRequest request;
  request.method = MethodOf(arguments);
  request.target = TextArgument(arguments, "path");
  CheckPath(request.target);
  if (const Json *query = Argument(arguments, "query")) {
    const std::string text = EncodeQuery(*query);
    if (!text.empty()) request.target += (request.target.find('?') == std::string::npos ? "?" : "&") + text;
  }
  if (const Json *body = Argument(arguments, "body")) {
    if (request.method == "GET") ThrowArgument("a GET request has no body");
    // As it was written: a parsed number may have lost digits.
    request.body = JsonMember(json_arguments, "body");
    if (request.body.empty()) request.body = body->dump();
    request.headers.push_back({"Content-Type", "application/json"});
  }
  request.headers.push_back({"Accept", "application/json"});
  request.safe_to_repeat = request.method == "GET";
  request.rate_group = request.method + " " + request.target.substr(0, request.target.find('?'));
  if (request.method != "GET" && !updatable)
    throw Error(CrmErrorKind::kReadOnly, "server \"" + std::string(server_name) + "\" is not updatable",
                "What a request other than GET changes in the CRM cannot be rolled back.",
                "ALTER SERVER " + QuoteIdentifier(server_name) + " OPTIONS (ADD updatable 'true');");
  return request;
}

std::unique_ptr<Exchange> MakeRequestExchange(const HttpRequest &request, const AccountKey &account) {
  return std::make_unique<RequestExchange>(request, account);
}

}  // namespace crm
