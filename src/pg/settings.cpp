// Settings. What they are called, their types, defaults and descriptions come from the engine's option table;
// this file says where each is stored and what happens when it changes.
extern "C" {
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
}

#include <climits>

#include "pg/account.h"
#include "pg/compat.h"
#include "pg/settings.h"

static bool pushdown = true;
static bool log_requests = false;
static int max_requests = 0;
static char *allowed_hosts = NULL;
static char *ca_file = NULL;

// A cached plan holds what was pushed down when it was made. ResetPlanCache only marks plans, and is what
// core does for session_replication_role, from the same place.
static void AssignPushdown(bool value, void *) {
  if (value != pushdown) ResetPlanCache();
}

// What a text may say is the engine's business.
static bool CheckText(const char *name, const char *value) {
  CrmOption setting = {crmTextOf(name), crmTextOf(value)};
  CrmFailure why;

  if (crm_check_options(CrmLevel::kSetting, {NULL, 0}, &setting, 1, &why)) return true;
  GUC_check_errhint("%s", why.hint);
  return false;
}

static bool CheckAllowedHosts(char **value, void **, GucSource) { return CheckText("allowed_hosts", *value); }

static bool CheckCaFile(char **value, void **, GucSource) { return CheckText("ca_file", *value); }

// Where a setting lives. Exactly one of the three addresses is given.
struct CrmSettingPlace {
  const char *name;
  bool *boolean;
  int *integer;
  char **text;
  GucBoolAssignHook assign_boolean;
  GucStringCheckHook check_text;
  int flags;
};

static const CrmSettingPlace kPlaces[] = {
    {"pushdown", &pushdown, NULL, NULL, AssignPushdown, NULL, GUC_EXPLAIN},
    {"log_requests", &log_requests, NULL, NULL, NULL, NULL, 0},
    {"max_requests", NULL, &max_requests, NULL, NULL, NULL, 0},
    {"allowed_hosts", NULL, NULL, &allowed_hosts, NULL, CheckAllowedHosts, GUC_LIST_INPUT},
    {"ca_file", NULL, NULL, &ca_file, NULL, CheckCaFile, 0},
};

static void DefineBoolean(const CrmSettingPlace *place, const char *name, const char *doc,
                          const char *standard, GucContext context) {
  bool boot;

  if (!parse_bool(standard, &boot)) elog(ERROR, "setting \"%s\" has a wrong default", name);
  *place->boolean = boot;
  DefineCustomBoolVariable(name, doc, NULL, place->boolean, boot, context, place->flags, NULL,
                           place->assign_boolean, NULL);
}

// `range` is "lowest..highest"; none: anything from 0.
static void DefineInteger(const CrmSettingPlace *place, const char *name, const char *doc,
                          const char *standard, const char *range, GucContext context) {
  int lowest = 0, highest = INT_MAX;

  if (range[0] != '\0' && sscanf(range, "%d..%d", &lowest, &highest) < 1)
    elog(ERROR, "setting \"%s\" has a wrong range", name);
  DefineCustomIntVariable(name, doc, NULL, place->integer, atoi(standard), lowest, highest, context,
                          place->flags, NULL, NULL, NULL);
}

// The server keeps pointers to the texts for ever, so they are copied for ever.
static char *Keep(CrmText text) {
  char *copy = (char *)MemoryContextAlloc(TopMemoryContext, text.size + 1);

  memcpy(copy, text.data, text.size);
  copy[text.size] = '\0';
  return copy;
}

static void DefineSetting(const CrmSettingPlace *place, const CrmOptionRow *row) {
  const char *name = MemoryContextStrdup(TopMemoryContext, psprintf("crm_fdw.%s", place->name));
  const char *doc = Keep(row->doc);
  const char *standard = Keep(row->default_value);
  GucContext context = row->privilege == CrmPrivilege::kSuperuser ? PGC_SUSET : PGC_USERSET;

  if (place->boolean != NULL)
    DefineBoolean(place, name, doc, standard, context);
  else if (place->integer != NULL)
    DefineInteger(place, name, doc, standard, Keep(row->choices), context);
  else
    DefineCustomStringVariable(name, doc, NULL, place->text, standard, context, place->flags,
                               place->check_text, NULL, NULL);
}

static const CrmSettingPlace *FindPlace(CrmText name) {
  for (const CrmSettingPlace &place : kPlaces)
    if (crmTextIs(name, place.name)) return &place;
  elog(ERROR, "setting \"%s\" has no place", crmTextDup(name));
}

void crmDefineSettings(void) {
  const CrmOptionRow *rows;
  int count = crm_options(&rows);

  for (int i = 0; i < count; i++)
    if (rows[i].level == CrmLevel::kSetting) DefineSetting(FindPlace(rows[i].name), &rows[i]);
  MarkGUCPrefixReserved("crm_fdw");
}

bool crmPushdownEnabled(void) { return pushdown; }

void crmFillSettings(CrmSettings *settings) {
  static char state_directory[MAXPGPATH];

  snprintf(state_directory, sizeof(state_directory), "%s/crm_fdw", DataDir);
  settings->allowed_hosts = crmTextOf(allowed_hosts);
  settings->ca_file = crmTextOf(ca_file);
  settings->state_directory = crmTextOf(state_directory);
  settings->max_requests = max_requests;
  settings->log_requests = log_requests;
}
