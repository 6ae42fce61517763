// Calls to the CRM that are not scans: import, test, request, query. Include postgres.h first.
#pragma once
#include "engine/engine.h"

struct CrmCall;

// Opens the engine's operation `name` (see crm_open_call) for the current user's account on this server.
// The call lives in the current memory context and is closed with it at the latest, so an ERROR leaks
// nothing.
CrmCall *crmOpenCall(Oid serverid, const char *name, const char *json_arguments);

// The next row's cells, valid until the next crmNextRow; NULL: no more. Waits; any failure is an ERROR.
const CrmValue *crmNextRow(CrmCall *call);

// Scheme, host and port it speaks to; lives as long as the call is open.
CrmText crmCallEndpoint(const CrmCall *call);

void crmCloseCall(CrmCall *call);

// Terminated copy of a text or JSON cell in the current context; SQL NULL gives NULL.
char *crmCellText(const CrmValue *cell);
