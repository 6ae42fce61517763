// The one exception type of the C++ world. Providers, net and core throw it; engine/guard.h turns it into a
// CrmFailure.
#pragma once
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include "core/pod.h"

namespace crm {

// Message style is PostgreSQL's: message lower-case without full stop; detail and hint are sentences.
// Never holds a secret.
struct Error : std::exception {
  CrmErrorKind kind = CrmErrorKind::kInternal;
  int http_status = 0;  // 0: no HTTP answer involved
  int column = -1;      // index into the fetched fields; the PostgreSQL side knows its name
  std::string message, detail, hint;
  std::string remote_code;  // the CRM's own error code, if any
  std::string record;       // id of the record at fault
  std::string value;        // the value at fault; shown only to those who may read the table

  Error(CrmErrorKind k, std::string m, std::string d = {}, std::string h = {})
      : kind(k), message(std::move(m)), detail(std::move(d)), hint(std::move(h)) {}
  const char *what() const noexcept override { return message.c_str(); }
};

}  // namespace crm
