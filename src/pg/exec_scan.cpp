// Running a scan. Begin only arms the holder: parameters do not exist yet, and a node that never runs costs
// no request and needs no user mapping.
extern "C" {
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"
}

#include "pg/compat.h"
#include "pg/crm_pg.h"
#include "pg/raise.h"
#include "pg/rows.h"

struct CrmScan {
  CrmRows *rows;
  bool bound;     // parameters are given to the operation
  bool finished;  // it has no more rows
  Oid user;       // as of Begin: a cursor may be read later under another role
  List *private_list;
  List *params;               // ExprStates
  Bitmapset *exec_params;     // which executor parameters they read
  MemoryContext row_context;  // reset with each row
  Tuplestorestate *spool;     // NULL: rows are not kept
  bool replaying;             // the spool still has rows to give
  TupleTableSlot *spool_slot;
};

// ---- begin and end -------------------------------------------------------------------------------------

static bool CollectExecParams(Node *node, void *params) {
  Bitmapset **set = (Bitmapset **)params;

  if (node == NULL) return false;
  if (IsA(node, Param) && ((Param *)node)->paramkind == PARAM_EXEC)
    *set = bms_add_member(*set, ((Param *)node)->paramid);
  return crmWalk(node, CollectExecParams, params);
}

// Rows are kept where the node may be asked for the same ones again: a request costs more than a temporary
// file. A condition that only this side checks may change between rescans; what is fetched does not.
static bool IsWorthKeeping(ForeignScanState *node, const CrmScan *scan, int eflags) {
  if (eflags & EXEC_FLAG_REWIND) return true;
  return !bms_is_subset(node->ss.ps.plan->allParam, scan->exec_params);
}

void crmBeginForeignScan(ForeignScanState *node, int eflags) {
  ForeignScan *plan = (ForeignScan *)node->ss.ps.plan;
  EState *estate = node->ss.ps.state;

  if (eflags & EXEC_FLAG_EXPLAIN_ONLY) return;
  MemoryContext before = MemoryContextSwitchTo(estate->es_query_cxt);
  CrmScan *scan = (CrmScan *)palloc0(sizeof(CrmScan));
  TupleDesc row = node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;

  scan->private_list = plan->fdw_private;
  if (intVal(list_nth(scan->private_list, kScanVersion)) != kScanPrivateVersion)
    elog(ERROR, "the plan was made by another version of crm_fdw");
  scan->rows = crmPrepareRows(linitial_oid((List *)list_nth(scan->private_list, kScanRelations)), row,
                              (List *)list_nth(scan->private_list, kScanCells),
                              intVal(list_nth(scan->private_list, kScanKeyCell)));
  scan->user = crmScanUser(node);
  scan->params = ExecInitExprList(plan->fdw_exprs, &node->ss.ps);
  CollectExecParams((Node *)plan->fdw_exprs, &scan->exec_params);
  scan->row_context = AllocSetContextCreate(CurrentMemoryContext, "crm_fdw row", ALLOCSET_DEFAULT_SIZES);
  if (IsWorthKeeping(node, scan, eflags)) {
    scan->spool = tuplestore_begin_heap(true, false, work_mem);
    tuplestore_set_eflags(scan->spool, EXEC_FLAG_REWIND);
    scan->spool_slot = ExecInitExtraTupleSlot(estate, row, &TTSOpsMinimalTuple);
  }
  node->fdw_state = scan;
  MemoryContextSwitchTo(before);
}

void crmEndForeignScan(ForeignScanState *node) {
  CrmScan *scan = (CrmScan *)node->fdw_state;

  if (scan == NULL) return;
  crmCloseRows(scan->rows);
  if (scan->spool != NULL) tuplestore_end(scan->spool);
  scan->spool = NULL;
}

// ---- binding -------------------------------------------------------------------------------------------

// The parameters' values as of now. The engine copies them.
static void BindScan(ForeignScanState *node, CrmScan *scan) {
  List *exprs = ((ForeignScan *)node->ss.ps.plan)->fdw_exprs;
  List *types = (List *)list_nth(scan->private_list, kScanParamTypes);
  int count = list_length(scan->params);
  CrmValue *values = (CrmValue *)palloc(count * sizeof(CrmValue) + 1);
  CrmFailure why;

  for (int i = 0; i < count; i++) {
    bool isnull;
    Datum datum = ExecEvalExpr((ExprState *)list_nth(scan->params, i), node->ss.ps.ps_ExprContext, &isnull);
    values[i] =
        crmValueOf(datum, isnull, exprType((Node *)list_nth(exprs, i)), (CrmType)list_nth_int(types, i));
  }
  if (!crm_bind(scan->rows->op, values, count, &why)) crmRaise(&why);
  scan->bound = true;
  scan->finished = false;
}

// ---- rows ----------------------------------------------------------------------------------------------

static TupleTableSlot *FetchRow(ForeignScanState *node, CrmScan *scan) {
  TupleTableSlot *slot = ExecClearTuple(node->ss.ss_ScanTupleSlot);

  MemoryContextReset(scan->row_context);
  MemoryContext before = MemoryContextSwitchTo(scan->row_context);
  if (scan->rows->op == NULL)
    crmOpenRows(scan->rows, scan->user, strVal(list_nth(scan->private_list, kScanPlan)));
  if (!scan->bound) BindScan(node, scan);
  if (!scan->finished) {
    memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
    scan->finished = !crmFetchRow(scan->rows, slot->tts_values, slot->tts_isnull);
    if (!scan->finished) ExecStoreVirtualTuple(slot);
  }
  MemoryContextSwitchTo(before);
  return slot;
}

TupleTableSlot *crmIterateForeignScan(ForeignScanState *node) {
  CrmScan *scan = (CrmScan *)node->fdw_state;

  if (scan->replaying) {
    if (tuplestore_gettupleslot(scan->spool, true, false, scan->spool_slot)) return scan->spool_slot;
    scan->replaying = false;
  }
  TupleTableSlot *slot = FetchRow(node, scan);
  if (scan->spool != NULL && !TupIsNull(slot)) tuplestore_puttupleslot(scan->spool, slot);
  return slot;
}

void crmReScanForeignScan(ForeignScanState *node) {
  CrmScan *scan = (CrmScan *)node->fdw_state;

  if (!scan->bound) return;
  if (scan->spool != NULL && !bms_overlap(node->ss.ps.chgParam, scan->exec_params)) {
    tuplestore_rescan(scan->spool);
    scan->replaying = true;
    return;
  }
  if (scan->spool != NULL) tuplestore_clear(scan->spool);
  scan->replaying = false;
  scan->bound = false;
}

bool crmScanStats(ForeignScanState *node, CrmStats *stats) {
  CrmScan *scan = (CrmScan *)node->fdw_state;

  if (scan == NULL || scan->rows->op == NULL) return false;
  crm_stats(scan->rows->op, stats);
  return true;
}
