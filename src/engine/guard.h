// Where exceptions end: every function of the edge runs its body in Guard.
#pragma once
#include "core/error.h"
#include "engine/engine.h"

namespace crm {

// Fills *why (may be null). Texts are cut at a character boundary; nothing is allocated.
void FillFailure(const Error &error, CrmFailure *why) noexcept;
// To be called inside a handler: fills *why from the exception under way.
void FillFromCurrentException(CrmFailure *why) noexcept;

// Runs body(). False: it threw, and *why says what.
template <class F>
bool Guard(CrmFailure *why, F &&body) noexcept {
  try {
    body();
    return true;
  } catch (...) {
    FillFromCurrentException(why);
    return false;
  }
}

}  // namespace crm
