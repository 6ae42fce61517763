// Foreign servers and user mappings, as the engine wants them.
extern "C" {
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/syscache.h"
}

#include "pg/account.h"

// Grows whenever a server or a mapping may have changed.
static uint64 generation = 1;

// May run at any time, also while an operation is open: it frees nothing.
static void AccountsChanged(Datum, int, uint32) {
  generation++;
  crm_forget();
}

void crmWatchAccounts(void) {
  CacheRegisterSyscacheCallback(FOREIGNSERVEROID, AccountsChanged, (Datum)0);
  CacheRegisterSyscacheCallback(USERMAPPINGOID, AccountsChanged, (Datum)0);
}

CrmText crmTextOf(const char *string) { return {string, string == NULL ? 0 : (int32)strlen(string)}; }

char *crmTextDup(CrmText text) { return text.data == NULL ? NULL : pnstrdup(text.data, text.size); }

bool crmTextEquals(CrmText one, CrmText other) {
  return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

bool crmTextIs(CrmText text, const char *string) { return crmTextEquals(text, crmTextOf(string)); }

static const char *FindOption(List *options, const char *name) {
  ListCell *cell;

  foreach (cell, options) {
    DefElem *option = (DefElem *)lfirst(cell);
    if (strcmp(option->defname, name) == 0) return defGetString(option);
  }
  return NULL;
}

static CrmText ProviderOf(const ForeignServer *server) {
  const char *provider = FindOption(server->options, "provider");

  if (provider == NULL)
    ereport(ERROR, (errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
                    errmsg("server \"%s\" has no option \"provider\"", server->servername),
                    errhint("ALTER SERVER %s OPTIONS (ADD provider 'name');",
                            quote_identifier(server->servername))));
  return crmTextOf(provider);
}

bool crmIsOwnWrapper(Oid fdwid) {
  List *handler = list_make2(makeString(pstrdup("crm_fdw")), makeString(pstrdup("crm_fdw_handler")));

  return GetForeignDataWrapper(fdwid)->fdwhandler == LookupFuncName(handler, 0, NULL, true);
}

CrmText crmProviderOfServer(Oid serverid) { return ProviderOf(GetForeignServer(serverid)); }

// What the hint about a missing mapping proposes: the provider's first credential.
static char *CredentialOption(CrmText provider) {
  const CrmOptionRow *rows;
  int count = crm_options(&rows);

  for (int i = 0; i < count; i++)
    if (rows[i].level == CrmLevel::kMapping && rows[i].secret && crmTextEquals(rows[i].provider, provider))
      return crmTextDup(rows[i].name);
  return NULL;
}

[[noreturn]] static void RefuseWithoutMapping(const ForeignServer *server, Oid userid, CrmText provider) {
  const char *user = GetUserNameFromId(userid, false);
  const char *option = CredentialOption(provider);

  ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                  errmsg("user mapping not found for user \"%s\", server \"%s\"", user, server->servername),
                  errhint("CREATE USER MAPPING FOR %s SERVER %s OPTIONS (%s '...');", quote_identifier(user),
                          quote_identifier(server->servername), option == NULL ? "access_token" : option)));
}

static int CopyOptions(CrmOption *to, List *options) {
  int count = 0;
  ListCell *cell;

  foreach (cell, options) {
    DefElem *option = (DefElem *)lfirst(cell);
    to[count++] = {crmTextOf(option->defname), crmTextOf(defGetString(option))};
  }
  return count;
}

void crmResolveAccount(Oid serverid, Oid userid, CrmAccount *account) {
  // Taken before the catalogs are read: what changes meanwhile then makes the account stale, not unnoticed.
  uint64 generation_before = generation;
  ForeignServer *server = GetForeignServer(serverid);
  CrmText provider = ProviderOf(server);

  if (!SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid), ObjectIdGetDatum(serverid)) &&
      !SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid), ObjectIdGetDatum(serverid)))
    RefuseWithoutMapping(server, userid, provider);
  UserMapping *mapping = GetUserMapping(userid, serverid);

  CrmOption *options = (CrmOption *)palloc(
      (list_length(server->options) + list_length(mapping->options)) * sizeof(CrmOption) + 1);
  int count = CopyOptions(options, server->options);
  count += CopyOptions(options + count, mapping->options);

  account->database_oid = MyDatabaseId;
  account->server_oid = serverid;
  account->mapping_oid = mapping->umid;
  account->generation = generation_before;
  // The same for all that one message from the client makes happen, PL/pgSQL's statements included.
  account->statement = (uint64)GetCurrentStatementStartTimestamp();
  account->server_name = crmTextOf(server->servername);
  account->user_name = crmTextOf(GetUserNameFromId(userid, false));
  account->provider = provider;
  account->options = options;
  account->option_count = count;
}
