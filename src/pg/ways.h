// The ways to read a table that the provider proposes. Include postgres.h first.
#pragma once
extern "C" {
#include "nodes/pathnodes.h"
}

#include "pg/lower.h"

// RelOptInfo.fdw_private of a foreign table.
struct CrmRelInfo {
  CrmTable *table;
  List *ways;  // CrmWays that need no other table
  // Column numbers: given columns that its own conditions give a value, and those that only a join does.
  Bitmapset *given, *joined;
};

// One way to read; ForeignPath.fdw_private begins with it. Parameters are not in it: they are lowered again
// for the plan, when PostgreSQL may have put a partition's columns for its parent's.
struct CrmWay {
  const char *plan;
  bool ordered, fresh;
  double requests, rows_sent;
  int clause_count;      // of the relation's own and the parameterization's clauses, in this order
  CrmVerdict *verdicts;  // per clause
  const char **reasons;  // per clause; NULL or empty: nothing to say
  List *cells;
  int key_cell;
};

// crm_plan_read; failures are ERRORs. There is at least one path, but for groups. They are good until the
// next call of the engine.
const CrmAccessPath *crmPlanRead(const CrmTable *table, const CrmReadRequest *request, int *count);

// CrmWays, at least one but for groups. `lowered` comes from `clause_count` clauses.
List *crmAskProvider(const CrmTable *table, const CrmLowered *lowered, int clause_count);

// What EXPLAIN says of the conditions, see CrmScanPrivate.
struct CrmShown {
  List *verdicts, *reasons;
  List *conditions;  // NIL: they are the plan's own
};
// Adds what became of the clause.
void crmShowVerdict(CrmShown *shown, const CrmWay *way, int clause);

// What a scan of these tables carries, see CrmScanPrivate.
List *crmMakeScanPrivate(const CrmWay *way, List *relids, List *param_types, const CrmShown *shown);
