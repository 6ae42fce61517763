// Reading records: the conversations behind a plan.
#pragma once
#include <memory>
#include <vector>

#include "core/read_request.h"
#include "providers/provider.h"

namespace crm::close_crm {

// `options`: server options; page_size is obeyed within what the list allows.
std::unique_ptr<Exchange> MakeRead(const ReadPlan &plan, const std::vector<Value> &params,
                                   const Options &options);

}  // namespace crm::close_crm
