// What the files of src/pg share: the callbacks, and what a scan's plan carries.
// Include postgres.h first. No object with a destructor may live in src/pg: an ERROR jumps over it.
#pragma once
extern "C" {
#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "nodes/pathnodes.h"
#include "nodes/pg_list.h"
}

#include "engine/engine.h"

// ForeignScan.fdw_private: a list, in this order, that survives copying and writing out. It holds no OID of a
// mapping, no endpoint, no secret and no parameter's value: those belong to the execution.
enum CrmScanPrivate {
  kScanVersion,     // Integer: kScanPrivateVersion
  kScanRelations,   // OidList: the foreign table; the plan may scan groups of it, or others as well: its
                    // parents and those of which only is asked whether there are rows
  kScanPlan,        // String: CrmAccessPath::plan
  kScanCells,       // IntegerList: column number per cell, of the table or of fdw_scan_tlist; negative: only
                    // for naming records in errors
  kScanKeyCell,     // Integer: the cell that holds the record's id, -1: none
  kScanParamTypes,  // IntegerList: CrmType of each of fdw_exprs
  kScanVerdicts,    // IntegerList: CrmVerdict of each condition: of plan.qual, or of kScanConditions
  kScanReasons,     // List of String, beside the verdicts; empty: nothing to say
  kScanFresh,       // Integer: 0 reads a search index
  kScanRequests,    // String: expected number of requests
  kScanConditions,  // List of groups' conditions, for EXPLAIN: their plan.qual is HAVING; NIL: none
  kScanPrivates
};
enum { kScanPrivateVersion = 3 };
// The table's number in kScanConditions.
enum { kConditionsTable = 1 };

// ---- callbacks -----------------------------------------------------------------------------------------

extern "C" {
void crmGetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid relid);
void crmGetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid relid);
void crmGetForeignJoinPaths(PlannerInfo *root, RelOptInfo *rel, RelOptInfo *outer, RelOptInfo *inner,
                            JoinType type, JoinPathExtraData *extra);
void crmGetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
                             RelOptInfo *output, void *extra);
ForeignScan *crmGetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid relid, ForeignPath *best_path,
                               List *tlist, List *scan_clauses, Plan *outer_plan);
void crmBeginForeignScan(ForeignScanState *node, int eflags);
TupleTableSlot *crmIterateForeignScan(ForeignScanState *node);
void crmReScanForeignScan(ForeignScanState *node);
void crmEndForeignScan(ForeignScanState *node);
void crmExplainForeignScan(ForeignScanState *node, ExplainState *es);
bool crmAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *function, BlockNumber *pages);
List *crmImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverid);
}

// plan_group.cpp: the plan of a path that crmGetForeignUpperPaths made.
ForeignScan *crmMakeGroupPlan(PlannerInfo *root, RelOptInfo *rel, ForeignPath *best_path, List *tlist,
                              Plan *outer_plan);
// plan_join.cpp: the same of crmGetForeignJoinPaths.
ForeignScan *crmMakeJoinPlan(PlannerInfo *root, RelOptInfo *rel, ForeignPath *best_path, List *tlist,
                             Plan *outer_plan);

// exec_scan.cpp, for EXPLAIN ANALYZE: the operation's counters so far. False: it has never run.
bool crmScanStats(ForeignScanState *node, CrmStats *stats);

// explain.cpp: "exact", "superset" or "local".
const char *crmVerdictName(CrmVerdict verdict);

// functions.cpp: the row that a function of ours returns.
TupleDesc crmResultRow(FunctionCallInfo fcinfo);
