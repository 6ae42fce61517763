// Plans: requests of the planner in, paths out; and the text in which a chosen path lives in a plan tree.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/read_request.h"
#include "core/value.h"
#include "engine/engine.h"
#include "providers/provider.h"

namespace crm {

// A read request in the provider's words, and which conjunct of the planner's each of its own is.
struct DecodedRequest {
  ReadRequest request;
  std::vector<int> conjunct_of;  // index into CrmReadRequest::conjuncts
  std::vector<int> selected;     // conjuncts of the planner's that became part of a SubSelect
  std::vector<Parent> parents;   // still to be joined
};

// Conditions nested too deeply to be worth sending are left out. Throws kInternal when the arrays do not fit
// together.
DecodedRequest DecodeRequest(const CrmReadRequest &request);

// Deterministic.
std::string EncodePlan(std::string_view provider, const ReadRequest &request, const AccessPath &path);

struct DecodedPlan {
  std::string provider;
  ReadPlan read;
};
// Throws kInternal with a hint when another version made it, or nobody.
DecodedPlan DecodePlan(std::string_view text);

std::vector<Value> CopyParams(const CrmValue *params, std::int32_t count);

}  // namespace crm
