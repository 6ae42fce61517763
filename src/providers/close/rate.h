// What Close's answers say about rate limits, in all generations of headers (close §2.2).
#pragma once
#include <cstdint>

#include "net/http.h"
#include "providers/provider.h"

namespace crm::close_crm {

// How long a 429 asks to wait, in milliseconds: the longest of all it names.
std::int64_t WaitAfterRefusal(const HttpResponse &response);
RateReport ReadRate(const HttpResponse &response);

}  // namespace crm::close_crm
