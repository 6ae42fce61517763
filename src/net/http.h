// HTTP as plain messages. No socket, no curl.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/secret.h"

namespace crm {

struct Header {
  std::string name, value;
};

// A header that carries a credential; kept apart so that nothing prints it by accident.
struct SecretHeader {
  std::string name;
  Secret value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // path and query from the host's root: "/api/v1/lead/?_limit=100"
  std::vector<Header> headers;
  std::string body;  // not logged
  // Sending it twice can do no harm (reads, also those that go by POST; token requests of flows that allow
  // it).
  bool safe_to_repeat = true;
  // Requests of one group share a rate limit ("GET lead").
  std::string rate_group;
};

enum class TransferError : std::uint8_t {
  kNone,
  kDns,
  kRefused,
  kTls,
  kTimeout,
  kReset,
  kTruncated,
  kTooLarge,
  kOther
};

struct HttpResponse {
  int status = 0;               // 0 when error != kNone before the status line
  std::vector<Header> headers;  // names lower-case, in order
  std::string body;             // decompressed; empty when error != kNone
  TransferError error = TransferError::kNone;
  std::string error_text;       // curl's words; holds no credential
  bool request_sent = false;    // some byte of the request may have reached the server
  std::int64_t wire_bytes = 0;  // as received, compressed

  // First header of that lower-case name; empty view: none.
  std::string_view Find(std::string_view name) const;
};

}  // namespace crm
