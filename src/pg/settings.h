// The extension's settings (crm_fdw.*), all of them defined by the engine's option table.
#pragma once
#include "engine/engine.h"

// From _PG_init: defines one setting per row of level kSetting. Raises no ERROR unless the table is wrong.
void crmDefineSettings(void);

// crm_fdw.pushdown, as of now. Decided when a query is planned.
bool crmPushdownEnabled(void);

// Fills every member. The texts point to the settings' own storage: valid until a setting changes.
void crmFillSettings(CrmSettings *settings);
