// Asks the provider, and keeps what it says in PostgreSQL's memory.
extern "C" {
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
}

#include <cmath>

#include "pg/account.h"
#include "pg/crm_pg.h"
#include "pg/raise.h"
#include "pg/ways.h"

static CrmWay *MakeWay(const CrmLowered *lowered, int clause_count, const CrmAccessPath *path) {
  CrmWay *way = (CrmWay *)palloc0(sizeof(CrmWay));

  way->plan = crmTextDup(path->plan);
  way->ordered = path->ordered;
  way->fresh = path->fresh;
  way->requests = path->requests;
  way->rows_sent = path->rows_sent;
  way->clause_count = clause_count;
  way->verdicts = (CrmVerdict *)palloc0(clause_count * sizeof(CrmVerdict) + 1);
  way->reasons = (const char **)palloc0(clause_count * sizeof(const char *) + 1);
  way->cells = lowered->cells;
  way->key_cell = lowered->key_cell;
  for (int i = 0; i < clause_count; i++) {
    int conjunct = lowered->conjunct_of[i];
    if (conjunct < 0) {
      way->verdicts[i] = CrmVerdict::kLocal;
      way->reasons[i] = lowered->why[i];
    } else {
      way->verdicts[i] = path->verdicts[conjunct];
      way->reasons[i] = crmTextDup(path->reasons[conjunct]);
    }
  }
  return way;
}

const CrmAccessPath *crmPlanRead(const CrmTable *table, const CrmReadRequest *request, int *count) {
  const CrmAccessPath *paths;
  CrmFailure why;

  if (crm_plan_read(table->provider, request, &paths, count, &why)) return paths;
  if (why.kind == CrmErrorKind::kNoReadPath)
    snprintf(why.hint, sizeof(why.hint), "ALTER FOREIGN TABLE %s OPTIONS (%s read_path 'auto');",
             quote_qualified_identifier(get_namespace_name(get_rel_namespace(table->relid)),
                                        get_rel_name(table->relid)),
             table->own_read_path ? "SET" : "ADD");
  crmRaise(&why);
}

List *crmAskProvider(const CrmTable *table, const CrmLowered *lowered, int clause_count) {
  List *ways = NIL;
  int count;
  const CrmAccessPath *paths = crmPlanRead(table, &lowered->request, &count);

  for (int i = 0; i < count; i++) ways = lappend(ways, MakeWay(lowered, clause_count, &paths[i]));
  return ways;
}

void crmShowVerdict(CrmShown *shown, const CrmWay *way, int clause) {
  const char *reason = way->reasons[clause];

  shown->verdicts = lappend_int(shown->verdicts, (int)way->verdicts[clause]);
  shown->reasons = lappend(shown->reasons, makeString(pstrdup(reason == NULL ? "" : reason)));
}

List *crmMakeScanPrivate(const CrmWay *way, List *relids, List *param_types, const CrmShown *shown) {
  List *list = NIL;

  // In the order of CrmScanPrivate.
  list = lappend(list, makeInteger(kScanPrivateVersion));
  list = lappend(list, relids);
  list = lappend(list, makeString(pstrdup(way->plan)));
  list = lappend(list, way->cells);
  list = lappend(list, makeInteger(way->key_cell));
  list = lappend(list, param_types);
  list = lappend(list, shown->verdicts);
  list = lappend(list, shown->reasons);
  list = lappend(list, makeInteger(way->fresh));
  list = lappend(list, makeString(psprintf("%.0f", std::ceil(way->requests))));
  list = lappend(list, shown->conditions);
  return list;
}
