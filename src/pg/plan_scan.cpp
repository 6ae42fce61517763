// Planning a scan: the provider says which ways there are to read and what each of them sends; PostgreSQL
// chooses. Nothing here touches the network.
extern "C" {
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/typcache.h"
}

#include "pg/account.h"
#include "pg/catalog.h"
#include "pg/compat.h"
#include "pg/cost.h"
#include "pg/crm_pg.h"
#include "pg/given.h"
#include "pg/lower.h"
#include "pg/lower_operators.h"
#include "pg/settings.h"
#include "pg/ways.h"

static const double kLargestPage = 1000;  // of any provider

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

// `given`: the given columns that the clauses give a value.
static List *FindWays(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table, List *clauses,
                      Bitmapset **given) {
  CrmLowered *lowered = crmLower(root, rel, table, clauses);

  *given = lowered->given;
  lowered->request.rows_wanted = RowsWanted(root, rel, false);
  return crmAskProvider(table, lowered, list_length(clauses));
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
    rel->tuples = info->table->estimated_rows >= 0 ? info->table->estimated_rows : kCrmUnknownRows;
  set_baserel_size_estimates(root, rel);
  info->ways = FindWays(root, rel, info->table, rel->baserestrictinfo, &info->given);
  rel->rows = CapRows(rel->rows, info->ways);
}

// ---- paths ---------------------------------------------------------------------------------------------

static void AddPath(PlannerInfo *root, RelOptInfo *rel, CrmWay *way, List *clauses, double rows,
                    List *pathkeys, Relids required_outer) {
  Cost startup, total;

  crmCostScan(root, rel, clauses, way, rows, &startup, &total);
  add_path(rel, (Path *)crmCreateForeignPath(root, rel, rows, startup, total, pathkeys, required_outer,
                                             list_make1(way)));
}

// A path that gives its given columns no value. The planner has to have one, but never takes it where it
// finds another; crmGetForeignPlan then says what is missing.
static void AddUselessPath(PlannerInfo *root, RelOptInfo *rel, CrmWay *way, double rows,
                           Relids required_outer) {
  add_path(rel, (Path *)crmCreateUselessPath(root, rel, rows, required_outer, list_make1(way)));
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
  Bitmapset *given;
  List *ways = FindWays(root, rel, info->table, clauses, &given);
  bool needed_anyway = bms_equal(outer->ppi_req_outer, rel->lateral_relids);
  ListCell *cell;

  // All paths with the same parameters have to agree on the number of rows.
  outer->ppi_rows = CapRows(outer->ppi_rows, ways);
  if (!bms_is_subset(info->joined, given)) {
    if (needed_anyway)
      AddUselessPath(root, rel, (CrmWay *)linitial(ways), outer->ppi_rows, outer->ppi_req_outer);
    return;
  }
  foreach (cell, ways) {
    CrmWay *way = (CrmWay *)lfirst(cell);
    if (needed_anyway || UsesParameters(way, list_length(rel->baserestrictinfo)))
      AddPath(root, rel, way, clauses, outer->ppi_rows, NIL, outer->ppi_req_outer);
  }
}

// ---- paths in an order ---------------------------------------------------------------------------------

// PostgreSQL's order and a CRM's can only be the same where the order is the type's own and no locale's.
static bool IsPlainOrder(const CrmColumn *column, const PathKey *pathkey) {
  if (column->unsent != NULL || crmClassOf(column->type) == CrmClass::kTexts ||
      pathkey->pk_eclass->ec_has_volatile)
    return false;
  if (crmIsText(column->type) && pathkey->pk_eclass->ec_collation != C_COLLATION_OID) return false;
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

// How many of the path keys, from the first on, are orders that may be sent.
static int FillOrder(RelOptInfo *rel, const CrmLowered *lowered, List *pathkeys, CrmOrder *order) {
  const CrmTable *table = ((CrmRelInfo *)rel->fdw_private)->table;
  int count = 0;
  ListCell *cell;

  foreach (cell, pathkeys) {
    PathKey *pathkey = (PathKey *)lfirst(cell);
    AttrNumber attnum = OrderColumn(rel, table, pathkey);
    if (attnum == 0) break;
    order[count++] = {(int16)crmFieldOf(lowered, table, attnum), crmIsDescending(pathkey),
                      pathkey->pk_nulls_first};
  }
  return count;
}

// False: the provider has no way to read in this order.
static bool AddPathsInOrder(PlannerInfo *root, RelOptInfo *rel, CrmLowered *lowered, const CrmOrder *order,
                            int count) {
  bool whole = count == list_length(root->query_pathkeys), found = false;
  List *pathkeys = list_truncate(list_copy(root->query_pathkeys), count);
  ListCell *cell;

  lowered->request.order = order;
  lowered->request.order_count = count;
  lowered->request.rows_wanted = RowsWanted(root, rel, true);
  // An incremental sort reads on to the end of a group: whole pages, but none ahead of need.
  if (!whole && lowered->request.rows_wanted >= 0) lowered->request.rows_wanted += kLargestPage;
  foreach (cell, crmAskProvider(((CrmRelInfo *)rel->fdw_private)->table, lowered,
                                list_length(rel->baserestrictinfo))) {
    CrmWay *way = (CrmWay *)lfirst(cell);
    if (!way->ordered) continue;
    found = true;
    AddPath(root, rel, way, rel->baserestrictinfo, rel->rows, pathkeys, NULL);
  }
  return found;
}

// In the whole order, or else by its first key: PostgreSQL then sorts what is equal in that.
static void AddOrderedPaths(PlannerInfo *root, RelOptInfo *rel) {
  List *pathkeys = root->query_pathkeys;

  if (pathkeys == NIL || !crmPushdownEnabled()) return;
  CrmLowered *lowered = crmLower(root, rel, ((CrmRelInfo *)rel->fdw_private)->table, rel->baserestrictinfo);
  CrmOrder *order = (CrmOrder *)palloc0(list_length(pathkeys) * sizeof(CrmOrder));
  int count = FillOrder(rel, lowered, pathkeys, order);
  if (count == list_length(pathkeys) && AddPathsInOrder(root, rel, lowered, order, count)) return;
  if (count > 0 && list_length(pathkeys) > 1) AddPathsInOrder(root, rel, lowered, order, 1);
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
  const CrmRelInfo *info = (CrmRelInfo *)rel->fdw_private;
  List *outers = CollectOuters(root, rel, rel->joininfo, NIL);
  Relids all = NULL;
  ListCell *cell;

  for (AttrNumber attnum = 1; rel->has_eclass_joins && attnum <= info->table->column_count; attnum++) {
    if (!crmIsLookupField(info->table->columns[attnum - 1].field.traits)) continue;
    List *implied =
        generate_implied_equalities_for_column(root, rel, IsColumn, &attnum, rel->lateral_referencers);
    outers = CollectOuters(root, rel, implied, outers);
  }
  foreach (cell, outers) {
    AddParameterizedPaths(root, rel, (ParamPathInfo *)lfirst(cell));
    all = bms_add_members(all, ((ParamPathInfo *)lfirst(cell))->ppi_req_outer);
  }
  // Given columns may get their values from different relations.
  if (bms_num_members(info->joined) > 1 && list_length(outers) > 1)
    AddParameterizedPaths(root, rel, get_baserel_parampathinfo(root, rel, all));
}

void crmGetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid) {
  CrmRelInfo *info = (CrmRelInfo *)rel->fdw_private;
  ListCell *cell;

  info->joined = bms_difference(crmJoinedGiven(root, rel, info->table), info->given);
  if (!bms_is_empty(rel->lateral_relids)) {
    AddParameterizedPaths(root, rel, get_baserel_parampathinfo(root, rel, rel->lateral_relids));
  } else if (!bms_is_empty(info->joined)) {
    AddUselessPath(root, rel, (CrmWay *)linitial(info->ways), rel->rows, NULL);
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
  if (rel->reloptkind == RELOPT_JOINREL) return crmMakeJoinPlan(root, rel, best_path, tlist, outer_plan);
  if (rel->reloptkind == RELOPT_UPPER_REL) return crmMakeGroupPlan(root, rel, best_path, tlist, outer_plan);
  CrmWay *way = (CrmWay *)linitial(best_path->fdw_private);
  const CrmRelInfo *info = (CrmRelInfo *)rel->fdw_private;
  ParamPathInfo *outer = best_path->path.param_info;
  List *clauses = list_concat_copy(rel->baserestrictinfo, outer == NULL ? NIL : outer->ppi_clauses);
  CrmLowered *lowered = crmLower(root, rel, info->table, clauses);
  Bitmapset *missing = bms_difference(info->joined, lowered->given);
  CrmShown shown = {};
  ListCell *cell;

  if (!bms_is_empty(missing))
    crmRefuseGiven(info->table, (AttrNumber)bms_next_member(missing, -1),
                   "no order of the joins gives it a value for each read");
  if (way->clause_count != list_length(clauses)) elog(ERROR, "the clauses of the scan have changed");
  foreach (cell, scan_clauses) {
    if (((RestrictInfo *)lfirst(cell))->pseudoconstant) continue;
    crmShowVerdict(&shown, way, FindClause(clauses, lfirst(cell)));
  }

  // Every condition is checked here, whatever was sent.
  return make_foreignscan(
      tlist, extract_actual_clauses(scan_clauses, false), rel->relid, lowered->params,
      crmMakeScanPrivate(way, list_make1_oid(info->table->relid), lowered->param_types, &shown), NIL, NIL,
      outer_plan);
}
