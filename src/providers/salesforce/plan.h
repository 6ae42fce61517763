// Which ways there are to read, and what each of them sends.
#pragma once
#include <string>
#include <vector>

#include "core/read_request.h"

namespace crm::salesforce {

std::vector<AccessPath> PlanRead(const ReadRequest &request);
// For EXPLAIN.
std::string DescribeRead(const ReadPlan &plan, const std::vector<Value> *params);

}  // namespace crm::salesforce
