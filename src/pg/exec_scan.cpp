// Running a scan. Begin only arms the holder: parameters do not exist yet, and a node that never runs costs
// no request and needs no user mapping.
extern "C" {
#include "postgres.h"

#include "executor/executor.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"
}

#include "pg/account.h"
#include "pg/compat.h"
#include "pg/crm_pg.h"
#include "pg/datum.h"
#include "pg/raise.h"
#include "pg/settings.h"
#include "pg/wait.h"

struct CrmScan {
  MemoryContextCallback on_reset;
  CrmOp *op;      // NULL: not opened yet
  bool bound;     // parameters are given to op
  bool finished;  // op has no more rows
  Oid user;       // as of Begin: a cursor may be read later under another role
  List *private_list;
  List *params;               // ExprStates
  Bitmapset *exec_params;     // which executor parameters they read
  MemoryContext row_context;  // reset with each row
  int cell_count;
  int *cells;  // see kScanCells
  int key_cell;
  CrmReader *readers;      // per cell
  Tuplestorestate *spool;  // NULL: rows are not kept
  bool replaying;          // the spool still has rows to give
  TupleTableSlot *spool_slot;
};

// ---- begin and end -------------------------------------------------------------------------------------

static void ReleaseScan(void *arg) {
  CrmScan *scan = (CrmScan *)arg;

  crm_close(scan->op);
  scan->op = NULL;
}

static bool CollectExecParams(Node *node, void *params) {
  Bitmapset **set = (Bitmapset **)params;

  if (node == NULL) return false;
  if (IsA(node, Param) && ((Param *)node)->paramkind == PARAM_EXEC)
    *set = bms_add_member(*set, ((Param *)node)->paramid);
  return crmWalk(node, CollectExecParams, params);
}

static void PrepareCells(ForeignScanState *node, CrmScan *scan) {
  TupleDesc desc = RelationGetDescr(node->ss.ss_currentRelation);
  List *cells = (List *)list_nth(scan->private_list, kScanCells);

  scan->cell_count = list_length(cells);
  scan->cells = (int *)palloc(scan->cell_count * sizeof(int) + 1);
  scan->readers = (CrmReader *)palloc0(scan->cell_count * sizeof(CrmReader) + 1);
  scan->key_cell = intVal(list_nth(scan->private_list, kScanKeyCell));
  for (int i = 0; i < scan->cell_count; i++) {
    scan->cells[i] = list_nth_int(cells, i);
    crmPrepareReader(&scan->readers[i], TupleDescAttr(desc, abs(scan->cells[i]) - 1));
  }
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

  // Armed before there is anything to release.
  scan->on_reset.func = ReleaseScan;
  scan->on_reset.arg = scan;
  MemoryContextRegisterResetCallback(CurrentMemoryContext, &scan->on_reset);
  node->fdw_state = scan;

  scan->private_list = plan->fdw_private;
  if (intVal(list_nth(scan->private_list, kScanVersion)) != kScanPrivateVersion)
    elog(ERROR, "the plan was made by another version of crm_fdw");
  scan->user = crmScanUser(node);
  scan->params = ExecInitExprList(plan->fdw_exprs, &node->ss.ps);
  CollectExecParams((Node *)plan->fdw_exprs, &scan->exec_params);
  scan->row_context = AllocSetContextCreate(CurrentMemoryContext, "crm_fdw row", ALLOCSET_DEFAULT_SIZES);
  PrepareCells(node, scan);
  if (IsWorthKeeping(node, scan, eflags)) {
    scan->spool = tuplestore_begin_heap(true, false, work_mem);
    tuplestore_set_eflags(scan->spool, EXEC_FLAG_REWIND);
    scan->spool_slot =
        ExecInitExtraTupleSlot(estate, RelationGetDescr(node->ss.ss_currentRelation), &TTSOpsMinimalTuple);
  }
  MemoryContextSwitchTo(before);
}

void crmEndForeignScan(ForeignScanState *node) {
  CrmScan *scan = (CrmScan *)node->fdw_state;

  if (scan == NULL) return;
  ReleaseScan(scan);
  if (scan->spool != NULL) tuplestore_end(scan->spool);
  scan->spool = NULL;
}

// ---- opening and binding -------------------------------------------------------------------------------

static void OpenScan(ForeignScanState *node, CrmScan *scan) {
  CrmAccount account;
  CrmSettings settings;
  CrmFailure why;

  if (GetDatabaseEncoding() != PG_UTF8)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("foreign tables of crm_fdw need a database with encoding UTF8"),
                    errdetail("This database has encoding %s.", GetDatabaseEncodingName())));
  Oid relid = RelationGetRelid(node->ss.ss_currentRelation);
  crmResolveAccount(GetForeignTable(relid)->serverid, scan->user, &account);
  crmFillSettings(&settings);
  CrmText plan = crmTextOf(strVal(list_nth(scan->private_list, kScanPlan)));
  if (!crm_open_read(&scan->op, &account, &settings, plan, &why)) crmRaise(&why);
}

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
  if (!crm_bind(scan->op, values, count, &why)) crmRaise(&why);
  scan->bound = true;
  scan->finished = false;
}

// ---- rows ----------------------------------------------------------------------------------------------

static bool MayShowValues(Relation table) {
  return pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

[[noreturn]] static void RaiseCell(ForeignScanState *node, CrmScan *scan, int cell, const CrmFailure *why) {
  Relation table = node->ss.ss_currentRelation;
  Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table), abs(scan->cells[cell]) - 1);

  crmRaiseCell(why, RelationGetRelationName(table), NameStr(attribute->attname), MayShowValues(table));
}

[[noreturn]] static void RaiseUnfit(ForeignScanState *node, CrmScan *scan, int cell, const CrmValue *cells,
                                    const char *reason) {
  CrmFailure why;

  memset(&why, 0, sizeof(why));
  why.kind = CrmErrorKind::kBadValue;
  snprintf(why.message, sizeof(why.message), "value does not fit type %s",
           format_type_with_typemod(scan->readers[cell].type, scan->readers[cell].typmod));
  if (scan->key_cell >= 0) crmPrintCell(&cells[scan->key_cell], why.record, sizeof(why.record));
  if (MayShowValues(node->ss.ss_currentRelation)) {
    crmPrintCell(&cells[cell], why.value, sizeof(why.value));
    snprintf(why.detail, sizeof(why.detail), "PostgreSQL says: %s.", reason);
  }
  RaiseCell(node, scan, cell, &why);
}

static void StoreRow(ForeignScanState *node, CrmScan *scan, const CrmValue *cells, TupleTableSlot *slot) {
  char *reason;

  memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
  for (int i = 0; i < scan->cell_count; i++) {
    if (scan->cells[i] < 0 || cells[i].type == CrmType::kNull) continue;
    int column = scan->cells[i] - 1;
    if (!crmReadCell(&scan->readers[i], &cells[i], &slot->tts_values[column], &reason))
      RaiseUnfit(node, scan, i, cells, reason);
    slot->tts_isnull[column] = false;
  }
  ExecStoreVirtualTuple(slot);
}

static TupleTableSlot *FetchRow(ForeignScanState *node, CrmScan *scan) {
  TupleTableSlot *slot = ExecClearTuple(node->ss.ss_ScanTupleSlot);
  const CrmValue *cells;
  CrmFailure why;

  MemoryContextReset(scan->row_context);
  MemoryContext before = MemoryContextSwitchTo(scan->row_context);
  if (scan->op == NULL) OpenScan(node, scan);
  if (!scan->bound) BindScan(node, scan);
  if (!scan->finished) {
    switch (crmStepWait(scan->op, &cells, &why)) {
      case CrmStep::kRow:
        StoreRow(node, scan, cells, slot);
        break;
      case CrmStep::kDone:
        scan->finished = true;
        break;
      default:
        if (why.column >= 0 && why.column < scan->cell_count) RaiseCell(node, scan, why.column, &why);
        crmRaise(&why);
    }
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

  if (scan == NULL || scan->op == NULL) return false;
  crm_stats(scan->op, stats);
  return true;
}
