// Drives the conversations of any provider with answers made up by a test.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/json.h"
#include "providers/provider.h"

namespace crm::provider_test {

inline HttpResponse Answer(int status, std::string body, std::vector<Header> headers = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  response.request_sent = true;
  return response;
}

inline HttpResponse Answer(const Json &body) { return Answer(200, body.dump()); }

// Decodes %xx.
inline std::string Decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// A request as the server understands it, POSTs that stand for GETs included.
struct Asked {
  std::string method, path;
  std::vector<std::pair<std::string, std::string>> params;
  Json body;  // of a POST

  explicit Asked(const HttpRequest &request) : method(request.method) {
    const std::size_t mark = request.target.find('?');
    path = request.target.substr(0, mark);
    if (mark != std::string::npos) AddQuery(request.target.substr(mark + 1));
    if (request.body.empty()) return;
    body = Json::parse(request.body);
    if (!body.contains("_params")) return;
    for (const auto &[name, value] : body["_params"].items()) {
      params.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  // Empty: not given.
  std::string Param(std::string_view name) const {
    for (const auto &[key, value] : params) {
      if (key == name) return value;
    }
    return "";
  }
  std::int64_t Number(std::string_view name, std::int64_t otherwise) const {
    const std::string text = Param(name);
    return text.empty() ? otherwise : std::stoll(text);
  }
  std::vector<std::string> List(std::string_view name) const {
    std::vector<std::string> items;
    std::string rest = Param(name);
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      items.push_back(rest.substr(0, comma));
      rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    }
    return items;
  }

 private:
  void AddQuery(std::string query) {
    while (!query.empty()) {
      const std::string item = query.substr(0, query.find('&'));
      query.erase(0, item.size() + 1);
      const std::size_t equals = item.find('=');
      params.emplace_back(item.substr(0, equals), Decoded(item.substr(equals + 1)));
    }
  }
};

using Server = std::function<HttpResponse(const Asked &)>;

struct Outcome {
  std::vector<std::vector<Value>> rows;
  std::vector<Asked> asked;
  std::vector<std::string> warnings;

  std::vector<std::string> Column(std::size_t column) const {
    std::vector<std::string> texts;
    for (const auto &row : rows) texts.push_back(row[column].is_null() ? "NULL" : row[column].text);
    return texts;
  }
};

// Runs a conversation and all it forks into, one after the other. Throws what it throws.
inline Outcome Drive(std::unique_ptr<Exchange> first, const Server &server) {
  Outcome outcome;
  const Context context{0, 1};
  std::deque<std::unique_ptr<Exchange>> waiting;
  waiting.push_back(std::move(first));
  while (!waiting.empty()) {
    const std::unique_ptr<Exchange> exchange = std::move(waiting.front());
    waiting.pop_front();
    HttpResponse response;
    const HttpResponse *answer = nullptr;
    for (int steps = 0; steps < 5000; ++steps) {
      Step step = exchange->Next(answer, context);
      answer = nullptr;
      if (auto *send = std::get_if<Send>(&step)) {
        outcome.asked.emplace_back(send->request);
        response = server(outcome.asked.back());
        answer = &response;
      } else if (auto *rows = std::get_if<Rows>(&step)) {
        for (std::size_t i = 0; i < rows->batch->size(); ++i) {
          std::vector<Value> cells;
          for (int k = 0; k < rows->batch->columns(); ++k) {
            cells.push_back(Value::From(rows->batch->row(i)[k]));
          }
          outcome.rows.push_back(std::move(cells));
        }
      } else if (auto *fork = std::get_if<Fork>(&step)) {
        for (auto &child : fork->exchanges) waiting.push_back(std::move(child));
      } else if (auto *warn = std::get_if<Warn>(&step)) {
        outcome.warnings.push_back(warn->message + " / " + warn->detail);
      } else if (std::holds_alternative<Done>(step)) {
        break;
      }
    }
  }
  return outcome;
}

// ---- columns and values ---------------------------------------------------------------------------------

inline CrmType TypeOf(const std::string &sql_type) {
  if (sql_type.starts_with("text[]")) return CrmType::kTextArray;
  if (sql_type == "numeric") return CrmType::kDecimal;
  if (sql_type == "bigint") return CrmType::kInt;
  if (sql_type == "boolean") return CrmType::kBool;
  if (sql_type == "date") return CrmType::kDate;
  if (sql_type == "timestamptz") return CrmType::kTimestamp;
  if (sql_type == "jsonb") return CrmType::kJson;
  return CrmType::kText;
}

inline Value Text(std::string text) {
  Value value;
  value.type = CrmType::kText;
  value.text = std::move(text);
  return value;
}
inline Value Texts(std::vector<std::optional<std::string>> items) {
  Value value;
  value.type = CrmType::kTextArray;
  value.items = std::move(items);
  return value;
}
inline Value Number(CrmType type, std::int64_t number) {
  Value value;
  value.type = type;
  value.integer = number;
  return value;
}
inline Value Null() { return {}; }

// The error that `call` throws.
template <typename Call>
Error Thrown(const Call &call) {
  try {
    call();
  } catch (const Error &error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(CrmErrorKind::kInternal, "");
}

}  // namespace crm::provider_test
