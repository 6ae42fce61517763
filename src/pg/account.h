// From a foreign server and a user to what the engine needs to speak to the CRM.
// Include postgres.h first.
#pragma once
#include "engine/engine.h"

// From _PG_init: watches the catalogs that accounts are made of.
void crmWatchAccounts(void);

// Options of the server and of this user's mapping (else PUBLIC's), palloc'd in the current context.
// ERRORs, with the line to type as hint, if there is no mapping. Holds secrets: hand it to crm_open_* at
// once, never print it.
void crmResolveAccount(Oid serverid, Oid userid, CrmAccount *account);

// Whether the foreign-data wrapper is ours: others may have servers with options of the same names.
bool crmIsOwnWrapper(Oid fdwid);

// The server option "provider", palloc'd.
CrmText crmProviderOfServer(Oid serverid);

// A view of a terminated string; NULL gives the null text.
CrmText crmTextOf(const char *string);
// A terminated copy in the current context; the null text gives NULL.
char *crmTextDup(CrmText text);
bool crmTextEquals(CrmText one, CrmText other);
bool crmTextIs(CrmText text, const char *string);
