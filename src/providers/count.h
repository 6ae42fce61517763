// Answers to count(*), and to questions that no record can match.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "core/read_request.h"
#include "core/row_batch.h"
#include "providers/provider.h"

namespace crm {

// One row with one number.
std::unique_ptr<RowBatch> CountRow(std::int64_t count);
// The conversation that gives the one group that all of no rows are, without asking.
std::unique_ptr<Exchange> GroupOfNone(const std::vector<PlannedOutput> &outputs);
// The conversation that gives no row without asking.
std::unique_ptr<Exchange> NoRows();

}  // namespace crm
