// Answers to count(*), and to questions that no record can match.
#pragma once
#include <cstdint>
#include <memory>

#include "core/row_batch.h"
#include "providers/provider.h"

namespace crm {

// One row with one number.
std::unique_ptr<RowBatch> CountRow(std::int64_t count);
// The conversation that gives 0 without asking.
std::unique_ptr<Exchange> CountNone();
// The conversation that gives no row without asking.
std::unique_ptr<Exchange> NoRows();

}  // namespace crm
