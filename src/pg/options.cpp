// The validator of CREATE and ALTER SERVER, USER MAPPING and FOREIGN TABLE. What is right is the engine's
// business; whose privilege it takes is ours.
extern "C" {
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
}

#include "pg/account.h"
#include "pg/raise.h"

// The statement at hand may hold a secret, under a mistyped name as well as under the right one. No ERROR of
// the validator, wherever it comes from, lets the server log repeat it: neither as the statement nor as the
// line of context that PL/pgSQL adds.
static void HideStatement(void *) {
  errhidestmt(true);
  errhidecontext(true);
}

static bool LevelOf(Oid catalog, CrmLevel *level) {
  switch (catalog) {
    case ForeignServerRelationId:
      *level = CrmLevel::kServer;
      return true;
    case UserMappingRelationId:
      *level = CrmLevel::kMapping;
      return true;
    case ForeignTableRelationId:
      *level = CrmLevel::kTable;
      return true;
    case AttributeRelationId:
      *level = CrmLevel::kColumn;
      return true;
    default:
      return false;
  }
}

static CrmOption *OptionsOf(List *list) {
  CrmOption *options = (CrmOption *)palloc(list_length(list) * sizeof(CrmOption) + 1);
  int count = 0;
  ListCell *cell;

  foreach (cell, list) {
    DefElem *item = (DefElem *)lfirst(cell);
    options[count++] = {crmTextOf(item->defname), crmTextOf(defGetString(item))};
  }
  return options;
}

static bool Holds(CrmPrivilege privilege) {
  switch (privilege) {
    case CrmPrivilege::kNone:
      return true;
    case CrmPrivilege::kReadServerFiles:
      return has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES);
    case CrmPrivilege::kSuperuser:
      return superuser();
  }
  return false;
}

[[noreturn]] static void RefuseOption(const CrmOptionRow *row) {
  CrmFailure why = {};

  why.kind = CrmErrorKind::kOptionNotAllowed;
  why.column = -1;
  snprintf(why.message, sizeof(why.message), "permission denied to set option \"%.*s\"", row->name.size,
           row->name.data);
  snprintf(why.detail, sizeof(why.detail), "%s",
           row->privilege == CrmPrivilege::kSuperuser
               ? "Only a superuser may set it."
               : "Only roles with privileges of the role \"pg_read_server_files\" may set it.");
  crmRaise(&why);
}

// Checked when an option is set, not when it is used: whoever reads the table need not be allowed to read the
// file. ALTER shows us all options of the object, so it takes the privilege even for changing another one.
static void CheckPrivilege(CrmLevel level, const CrmOption *option) {
  const CrmOptionRow *rows;
  int count = crm_options(&rows);

  for (int i = 0; i < count; i++)
    if (rows[i].level == level && crmTextEquals(rows[i].name, option->name) && !Holds(rows[i].privilege))
      RefuseOption(&rows[i]);
}

static void CheckOptions(CrmLevel level, List *list) {
  CrmOption *options = OptionsOf(list);
  int count = list_length(list);
  CrmText provider = {NULL, 0};  // known to the server only
  CrmFailure why;

  if (level == CrmLevel::kServer)
    for (int i = 0; i < count; i++)
      if (crmTextIs(options[i].name, "provider")) provider = options[i].value;
  if (!crm_check_options(level, provider, options, count, &why)) crmRaise(&why);
  for (int i = 0; i < count; i++) CheckPrivilege(level, &options[i]);
}

extern "C" {
PG_FUNCTION_INFO_V1(crm_fdw_validator);

Datum crm_fdw_validator(PG_FUNCTION_ARGS) {
  ErrorContextCallback hide = {error_context_stack, HideStatement, NULL};
  CrmLevel level;

  error_context_stack = &hide;
  List *list = untransformRelOptions(PG_GETARG_DATUM(0));
  if (LevelOf(PG_GETARG_OID(1), &level))
    CheckOptions(level, list);
  else if (list != NIL)
    ereport(ERROR, (errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
                    errmsg("foreign-data wrapper \"crm_fdw\" has no options"),
                    errhint("Options belong to servers, user mappings, foreign tables and their columns.")));
  error_context_stack = hide.previous;
  PG_RETURN_VOID();
}
}
