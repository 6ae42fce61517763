// What the wrapper can do.
extern "C" {
#include "postgres.h"

#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"
}

#include "pg/crm_pg.h"

// A lock that is not taken must not look like one that is. Without a lock clause, rows are copied for a
// recheck (READ COMMITTED), which asks nothing of the CRM.
static RowMarkType RowMarkOf(RangeTblEntry *rte, LockClauseStrength strength) {
  if (strength != LCS_NONE)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("rows of foreign table \"%s\" cannot be locked", get_rel_name(rte->relid)),
                    errdetail("A CRM has no row locks."),
                    errhint("Name the local tables to lock: FOR UPDATE OF table_name.")));
  return ROW_MARK_COPY;
}

extern "C" {
PG_FUNCTION_INFO_V1(crm_fdw_handler);

// IsForeignScanParallelSafe stays NULL, which means no: the CRM's quota is the limit, not the processor.
Datum crm_fdw_handler(PG_FUNCTION_ARGS) {
  FdwRoutine *routine = makeNode(FdwRoutine);

  (void)fcinfo;
  routine->GetForeignRelSize = crmGetForeignRelSize;
  routine->GetForeignPaths = crmGetForeignPaths;
  routine->GetForeignPlan = crmGetForeignPlan;
  routine->GetForeignJoinPaths = crmGetForeignJoinPaths;
  routine->GetForeignUpperPaths = crmGetForeignUpperPaths;
  routine->BeginForeignScan = crmBeginForeignScan;
  routine->IterateForeignScan = crmIterateForeignScan;
  routine->ReScanForeignScan = crmReScanForeignScan;
  routine->EndForeignScan = crmEndForeignScan;
  routine->ExplainForeignScan = crmExplainForeignScan;
  routine->GetForeignRowMarkType = RowMarkOf;
  routine->AnalyzeForeignTable = crmAnalyzeForeignTable;
  routine->ImportForeignSchema = crmImportForeignSchema;
  PG_RETURN_POINTER(routine);
}
}
