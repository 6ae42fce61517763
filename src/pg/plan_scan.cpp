// Planning a scan: the provider says which ways there are to read and what each of them sends; PostgreSQL
// chooses. Nothing here touches the network.
extern "C" {
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/typcache.h"
}

#include <cmath>

#include "pg/account.h"
#include "pg/catalog.h"
#include "pg/compat.h"
#include "pg/cost.h"
#include "pg/crm_pg.h"
#include "pg/lower.h"
#include "pg/raise.h"
#include "pg/settings.h"

// RelOptInfo.fdw_private
struct CrmRelInfo {
  CrmTable *table;
  List *ways;  // CrmWays that need no other table
};

// One way to read; ForeignPath.fdw_private is a list of just this. Parameters are not in it: they are lowered
// again for the plan, when PostgreSQL may have put a partition's columns for its parent's.
struct CrmWay {
  const char *plan;
  bool ordered, fresh;
  double requests, rows_sent;
  int clause_count;      // of the relation's own and the parameterization's clauses, in this order
  CrmVerdict *verdicts;  // per clause
  const char **reasons;
  List *cells;
  int key_cell;
};

static const double kUnknownRows = 1000;

// ---- asking the provider -------------------------------------------------------------------------------

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

static List *AskProvider(const CrmTable *table, CrmLowered *lowered, int clause_count) {
  const CrmAccessPath *paths;
  int32 count;
  CrmFailure why;
  List *ways = NIL;

  if (!crm_plan_read(table->provider, &lowered->request, &paths, &count, &why)) crmRaise(&why);
  for (int i = 0; i < count; i++) ways = lappend(ways, MakeWay(lowered, clause_count, &paths[i]));
  if (ways == NIL) elog(ERROR, "provider has no way to read \"%s\"", crmTextDup(table->object));
  return ways;
}

// How many rows the query needs, if it stops there and every row read counts; else -1. Only a hint for the
// first page: a local condition may turn some of the rows away.
static double RowsWanted(PlannerInfo *root, RelOptInfo *rel, bool ordered) {
  Query *parse = root->parse;

  if (!crmPushdownEnabled() || root->limit_tuples <= 0) return -1;
  if (rel->reloptkind != RELOPT_BASEREL || bms_membership(root->all_baserels) != BMS_SINGLETON) return -1;
  if (root->query_pathkeys != NIL && !ordered) return -1;
  if (parse->setOperations != NULL || parse->rowMarks != NIL || parse->groupClause != NIL ||
      parse->groupingSets != NIL || parse->distinctClause != NIL || parse->hasAggs || parse->hasWindowFuncs ||
      parse->hasTargetSRFs || parse->havingQual != NULL)
    return -1;
  return root->limit_tuples;
}

static List *FindWays(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table, List *clauses) {
  CrmLowered *lowered = crmLower(root, rel, table, clauses);

  lowered->request.rows_wanted = RowsWanted(root, rel, false);
  return AskProvider(table, lowered, list_length(clauses));
}

// ---- size ----------------------------------------------------------------------------------------------

// A way by key knows better than the statistics how many rows there can be.
static double CapRows(double rows, List *ways) {
  ListCell *cell;

  foreach (cell, ways) rows = Min(rows, clamp_row_est(((CrmWay *)lfirst(cell))->rows_sent));
  return rows;
}

void crmGetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid relid) {
  CrmRelInfo *info = (CrmRelInfo *)palloc0(sizeof(CrmRelInfo));

  rel->fdw_private = info;
  info->table = crmLoadTable(relid);
  if (rel->tuples <= 0)  // never analyzed
    rel->tuples = info->table->estimated_rows >= 0 ? info->table->estimated_rows : kUnknownRows;
  set_baserel_size_estimates(root, rel);
  info->ways = FindWays(root, rel, info->table, rel->baserestrictinfo);
  rel->rows = CapRows(rel->rows, info->ways);
}

// ---- paths ---------------------------------------------------------------------------------------------

static void AddPath(PlannerInfo *root, RelOptInfo *rel, CrmWay *way, List *clauses, double rows,
                    List *pathkeys, Relids required_outer) {
  Cost startup, total;

  crmCostScan(root, rel, clauses, way->requests, way->rows_sent, rows, &startup, &total);
  add_path(rel, (Path *)crmCreateForeignPath(root, rel, rows, startup, total, pathkeys, required_outer,
                                             list_make1(way)));
}

// Whether at least one of the clauses that came with the parameterization is sent.
static bool UsesParameters(const CrmWay *way, int own_clauses) {
  for (int i = own_clauses; i < way->clause_count; i++)
    if (way->verdicts[i] != CrmVerdict::kLocal) return true;
  return false;
}

static void AddParameterizedPaths(PlannerInfo *root, RelOptInfo *rel, ParamPathInfo *outer) {
  CrmRelInfo *info = (CrmRelInfo *)rel->fdw_private;
  List *clauses = list_concat_copy(rel->baserestrictinfo, outer->ppi_clauses);
  List *ways = FindWays(root, rel, info->table, clauses);
  bool needed_anyway = bms_equal(outer->ppi_req_outer, rel->lateral_relids);
  ListCell *cell;

  // All paths with the same parameters have to agree on the number of rows.
  outer->ppi_rows = CapRows(outer->ppi_rows, ways);
  foreach (cell, ways) {
    CrmWay *way = (CrmWay *)lfirst(cell);
    if (needed_anyway || UsesParameters(way, list_length(rel->baserestrictinfo)))
      AddPath(root, rel, way, clauses, outer->ppi_rows, NIL, outer->ppi_req_outer);
  }
}

// ---- paths in an order ---------------------------------------------------------------------------------

// PostgreSQL's order and a CRM's can only be the same where the order is the type's own and no locale's.
static bool IsPlainOrder(const CrmColumn *column, const PathKey *pathkey) {
  bool is_text = column->type == TEXTOID || column->type == VARCHAROID;

  if (column->unsent != NULL || pathkey->pk_eclass->ec_has_volatile) return false;
  if (is_text && pathkey->pk_eclass->ec_collation != C_COLLATION_OID) return false;
  return lookup_type_cache(column->type, TYPECACHE_BTREE_OPFAMILY)->btree_opf == pathkey->pk_opfamily;
}

// The column of this relation that a path key sorts by; 0: none that may be sent.
static AttrNumber OrderColumn(RelOptInfo *rel, const CrmTable *table, const PathKey *pathkey) {
  ListCell *cell;

  foreach (cell, crmClassMembers(pathkey->pk_eclass, rel)) {
    EquivalenceMember *member = (EquivalenceMember *)lfirst(cell);
    if (!bms_equal(member->em_relids, rel->relids)) continue;
    AttrNumber attnum = crmColumnOf(rel, member->em_expr);
    if (attnum > 0 && IsPlainOrder(&table->columns[attnum - 1], pathkey)) return attnum;
  }
  return 0;
}

static void AddOrderedPaths(PlannerInfo *root, RelOptInfo *rel) {
  CrmRelInfo *info = (CrmRelInfo *)rel->fdw_private;
  List *pathkeys = root->query_pathkeys;
  ListCell *cell;

  if (pathkeys == NIL || !crmPushdownEnabled()) return;
  CrmLowered *lowered = crmLower(root, rel, info->table, rel->baserestrictinfo);
  CrmOrder *order = (CrmOrder *)palloc0(list_length(pathkeys) * sizeof(CrmOrder));
  foreach (cell, pathkeys) {
    PathKey *pathkey = (PathKey *)lfirst(cell);
    AttrNumber attnum = OrderColumn(rel, info->table, pathkey);
    if (attnum == 0) return;
    order[foreach_current_index(cell)] = {(int16)crmFieldOf(lowered, info->table, attnum),
                                          crmIsDescending(pathkey), pathkey->pk_nulls_first};
  }
  lowered->request.order = order;
  lowered->request.order_count = list_length(pathkeys);
  lowered->request.rows_wanted = RowsWanted(root, rel, true);
  foreach (cell, AskProvider(info->table, lowered, list_length(rel->baserestrictinfo))) {
    CrmWay *way = (CrmWay *)lfirst(cell);
    if (way->ordered) AddPath(root, rel, way, rel->baserestrictinfo, rel->rows, pathkeys, NULL);
  }
}

// ---- paths that look up another table's values ---------------------------------------------------------

static bool IsColumn(PlannerInfo *, RelOptInfo *rel, EquivalenceClass *, EquivalenceMember *member,
                     void *attnum) {
  return crmColumnOf(rel, member->em_expr) == *(AttrNumber *)attnum;
}

// Adds to `outers` the parameterizations under which one of these join clauses is a look-up.
static List *CollectOuters(PlannerInfo *root, RelOptInfo *rel, List *join_clauses, List *outers) {
  CrmRelInfo *info = (CrmRelInfo *)rel->fdw_private;
  ListCell *cell;

  foreach (cell, join_clauses) {
    RestrictInfo *clause = (RestrictInfo *)lfirst(cell);
    if (!join_clause_is_movable_to(clause, rel) || !crmIsLookup(root, rel, info->table, clause)) continue;
    Relids outer = bms_del_member(bms_union(clause->clause_relids, rel->lateral_relids), rel->relid);
    if (!bms_is_empty(outer))
      outers = list_append_unique_ptr(outers, get_baserel_parampathinfo(root, rel, outer));
  }
  return outers;
}

static void AddLookupPaths(PlannerInfo *root, RelOptInfo *rel) {
  const CrmTable *table = ((CrmRelInfo *)rel->fdw_private)->table;
  List *outers = CollectOuters(root, rel, rel->joininfo, NIL);
  ListCell *cell;

  for (AttrNumber attnum = 1; rel->has_eclass_joins && attnum <= table->column_count; attnum++) {
    CrmText traits = table->columns[attnum - 1].field.traits;
    if (!crmHasTrait(traits, "key") && !crmHasTrait(traits, "lookup")) continue;
    List *implied =
        generate_implied_equalities_for_column(root, rel, IsColumn, &attnum, rel->lateral_referencers);
    outers = CollectOuters(root, rel, implied, outers);
  }
  foreach (cell, outers) AddParameterizedPaths(root, rel, (ParamPathInfo *)lfirst(cell));
}

void crmGetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid) {
  CrmRelInfo *info = (CrmRelInfo *)rel->fdw_private;
  ListCell *cell;

  if (!bms_is_empty(rel->lateral_relids)) {
    AddParameterizedPaths(root, rel, get_baserel_parampathinfo(root, rel, rel->lateral_relids));
  } else {
    foreach (cell, info->ways)
      AddPath(root, rel, (CrmWay *)lfirst(cell), rel->baserestrictinfo, rel->rows, NIL, NULL);
    AddOrderedPaths(root, rel);
  }
  AddLookupPaths(root, rel);
}

// ---- plan ----------------------------------------------------------------------------------------------

static int FindClause(List *clauses, void *clause) {
  for (int i = 0; i < list_length(clauses); i++)
    if (list_nth(clauses, i) == clause) return i;
  elog(ERROR, "a clause of the scan is not one that was planned");
}

ForeignScan *crmGetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid, ForeignPath *best_path, List *tlist,
                               List *scan_clauses, Plan *outer_plan) {
  CrmWay *way = (CrmWay *)linitial(best_path->fdw_private);
  const CrmTable *table = ((CrmRelInfo *)rel->fdw_private)->table;
  ParamPathInfo *outer = best_path->path.param_info;
  List *clauses = list_concat_copy(rel->baserestrictinfo, outer == NULL ? NIL : outer->ppi_clauses);
  CrmLowered *lowered = crmLower(root, rel, table, clauses);
  List *verdicts = NIL, *reasons = NIL, *private_list = NIL;
  ListCell *cell;

  if (way->clause_count != list_length(clauses)) elog(ERROR, "the clauses of the scan have changed");
  foreach (cell, scan_clauses) {
    if (((RestrictInfo *)lfirst(cell))->pseudoconstant) continue;
    int clause = FindClause(clauses, lfirst(cell));
    const char *reason = way->reasons[clause];
    verdicts = lappend_int(verdicts, (int)way->verdicts[clause]);
    reasons = lappend(reasons, makeString(pstrdup(reason == NULL ? "" : reason)));
  }

  // In the order of CrmScanPrivate.
  private_list = lappend(private_list, makeInteger(kScanPrivateVersion));
  private_list = lappend(private_list, makeString(pstrdup(way->plan)));
  private_list = lappend(private_list, way->cells);
  private_list = lappend(private_list, makeInteger(way->key_cell));
  private_list = lappend(private_list, lowered->param_types);
  private_list = lappend(private_list, verdicts);
  private_list = lappend(private_list, reasons);
  private_list = lappend(private_list, makeInteger(way->fresh));
  private_list = lappend(private_list, makeString(psprintf("%.0f", std::ceil(way->requests))));
  // Every condition is checked here, whatever was sent.
  return make_foreignscan(tlist, extract_actual_clauses(scan_clauses, false), rel->relid, lowered->params,
                          private_list, NIL, NIL, outer_plan);
}
