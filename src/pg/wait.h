// Driving an operation of the engine to its next row. Include postgres.h first.
#pragma once
#include "engine/engine.h"

// Waits with the latch, so a cancel, a timeout or the postmaster's death ends it; those are raised here.
// Never returns kWait. kFailed: *why says why, and the caller raises it. *cells is valid until the next call.
CrmStep crmStepWait(CrmOp *op, const CrmValue **cells, CrmFailure *why);
