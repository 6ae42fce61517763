// Groups of records instead of records (salesforce §5.7): the conversation behind a grouped plan.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/read_request.h"
#include "providers/provider.h"
#include "providers/salesforce/query.h"
#include "providers/salesforce/query_exchange.h"

namespace crm::salesforce {

// Groups that one answer holds; there is no second page.
inline constexpr int kMostGroups = 2000;

// `statement`: the bound one of `query`. It is not asked in parts: its conditions have to fit into a request.
std::unique_ptr<Exchange> MakeGroupRead(QueryJob job, const Query &query, const ReadPlan &plan,
                                        Statement statement);

}  // namespace crm::salesforce
