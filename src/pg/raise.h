// From the engine's failures to PostgreSQL's errors. Include postgres.h first.
#pragma once
#include "engine/engine.h"

[[noreturn]] void crmRaise(const CrmFailure *why);

// The same for a failure that one column of a foreign table is to blame for. The value at fault is shown only
// if `may_show_value`: its reader may be looking through a view.
[[noreturn]] void crmRaiseCell(const CrmFailure *why, const char *table, const char *column,
                               bool may_show_value);

// Passes what the engine noted on to the server log and the client. Never an ERROR.
void crmDrainLog(void);
