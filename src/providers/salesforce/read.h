// Reading records: the conversations behind a plan.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "core/read_request.h"
#include "providers/provider.h"

namespace crm::salesforce {

inline constexpr std::size_t kMostRetrieved = 2000;  // ids of one request

// `options`: server options; page_size is obeyed within what Salesforce allows.
std::unique_ptr<Exchange> MakeRead(const ReadPlan &plan, const std::vector<Value> &params,
                                   const Options &options);

}  // namespace crm::salesforce
