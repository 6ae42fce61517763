// Aggregates and groups without the rows: where the CRM fulfils all conditions exactly, and makes the groups
// as PostgreSQL would. A cell is a column that is grouped by or an aggregate of a plain column; HAVING, an
// order and all that is computed from the cells stay here.
extern "C" {
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_collation.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/tlist.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
}

#include "pg/compat.h"
#include "pg/cost.h"
#include "pg/crm_pg.h"
#include "pg/lower.h"
#include "pg/lower_operators.h"
#include "pg/settings.h"
#include "pg/ways.h"

// RelOptInfo.fdw_private of what is grouped.
struct CrmGrouping {
  RelOptInfo *input;  // the foreign table's
  const CrmTable *table;
  List *having;   // ANDed, checked here
  List *columns;  // AttrNumbers that are grouped by, each once
  List *cells;    // TargetEntries: Vars and Aggrefs, in the order of the request's outputs
};

// What a cell is of; column 0: of rows.
struct CrmCell {
  CrmFunction function;
  AttrNumber column;
};

// ---- columns -------------------------------------------------------------------------------------------

static bool IsApproximate(const CrmTable *table) {
  return table->remote_aggregates == CrmRemoteAggregates::kApproximate;
}

// Whether the CRM can know which values of the column are equal, or with `ordered` which is the largest.
static bool MayCompare(const CrmTable *table, const CrmColumn *column, Oid collation, bool ordered) {
  if (crmClassOf(column->type) == CrmClass::kTexts) return false;
  if (!crmIsText(column->type)) return true;
  if (!OidIsValid(collation) || !get_collation_isdeterministic(collation)) return false;
  return !ordered || collation == C_COLLATION_OID || IsApproximate(table);
}

// The column that may be sent; NULL: the expression is none. A given column is no data of the CRM.
static const CrmColumn *FindColumn(const CrmGrouping *grouping, Expr *expr, AttrNumber *attnum) {
  *attnum = crmColumnOf(grouping->input, expr);
  if (*attnum == 0) return NULL;
  const CrmColumn *column = &grouping->table->columns[*attnum - 1];
  return column->unsent == NULL && !column->given ? column : NULL;
}

// ---- aggregates ----------------------------------------------------------------------------------------

static bool FindFunction(Oid aggregate, CrmFunction *function) {
  switch (aggregate) {
    case F_COUNT_ANY:
      *function = CrmFunction::kCount;
      return true;
    case F_MIN_INT2:
    case F_MIN_INT4:
    case F_MIN_INT8:
    case F_MIN_NUMERIC:
    case F_MIN_DATE:
    case F_MIN_TIMESTAMPTZ:
    case F_MIN_TEXT:
      *function = CrmFunction::kMin;
      return true;
    case F_MAX_INT2:
    case F_MAX_INT4:
    case F_MAX_INT8:
    case F_MAX_NUMERIC:
    case F_MAX_DATE:
    case F_MAX_TIMESTAMPTZ:
    case F_MAX_TEXT:
      *function = CrmFunction::kMax;
      return true;
    case F_SUM_INT2:
    case F_SUM_INT4:
    case F_SUM_INT8:
    case F_SUM_NUMERIC:
      *function = CrmFunction::kSum;
      return true;
    default:
      return false;
  }
}

// count(*), or count of a constant, which is never NULL.
static bool CountsRows(const Aggref *aggregate) {
  if (aggregate->aggdistinct != NIL) return false;
  if (aggregate->aggfnoid == F_COUNT_) return aggregate->aggstar;
  if (aggregate->aggfnoid != F_COUNT_ANY) return false;
  const Expr *argument = ((TargetEntry *)linitial(aggregate->args))->expr;
  return IsA(argument, Const) && !((const Const *)argument)->constisnull;
}

static bool ReadAggregate(const CrmGrouping *grouping, const Aggref *aggregate, CrmCell *cell) {
  if (aggregate->aggfilter != NULL || aggregate->aggorder != NIL || aggregate->aggkind != AGGKIND_NORMAL ||
      aggregate->aggsplit != AGGSPLIT_SIMPLE || aggregate->agglevelsup != 0)
    return false;
  *cell = {CrmFunction::kCountRows, 0};
  if (CountsRows(aggregate)) return true;
  if (!FindFunction(aggregate->aggfnoid, &cell->function)) return false;
  if (aggregate->aggdistinct != NIL) {
    if (cell->function != CrmFunction::kCount) return false;
    cell->function = CrmFunction::kCountDistinct;
  }
  const CrmColumn *column =
      FindColumn(grouping, ((TargetEntry *)linitial(aggregate->args))->expr, &cell->column);
  if (column == NULL) return false;
  if (cell->function == CrmFunction::kCount) return true;
  return MayCompare(grouping->table, column, aggregate->inputcollid,
                    cell->function != CrmFunction::kCountDistinct);
}

// False: the expression is no cell that the CRM could make.
static bool ReadCell(const CrmGrouping *grouping, Expr *expr, CrmCell *cell) {
  if (IsA(expr, Aggref)) return ReadAggregate(grouping, (const Aggref *)expr, cell);
  if (!IsA(expr, Var)) return false;
  *cell = {CrmFunction::kGroup, crmColumnOf(grouping->input, expr)};
  return cell->column != 0 && list_member_int(grouping->columns, cell->column);
}

// ---- what is grouped -----------------------------------------------------------------------------------

// Whether the query is about this table, and no other.
static bool IsOfOneTable(PlannerInfo *root, RelOptInfo *input) {
  const Query *parse = root->parse;

  // No private data: a parent of other tables, or one that a constant condition has emptied.
  return input->fdw_private != NULL && input->reloptkind == RELOPT_BASEREL &&
         bms_membership(root->all_baserels) == BMS_SINGLETON && parse->groupingSets == NIL &&
         !parse->hasTargetSRFs;
}

static bool CollectColumns(PlannerInfo *root, CrmGrouping *grouping) {
  ListCell *cell;

  foreach (cell, root->parse->groupClause) {
    Expr *expr = (Expr *)get_sortgroupclause_expr((SortGroupClause *)lfirst(cell), root->processed_tlist);
    AttrNumber attnum;
    if (!IsA(expr, Var)) return false;
    const CrmColumn *column = FindColumn(grouping, expr, &attnum);
    if (column == NULL || !MayCompare(grouping->table, column, ((Var *)expr)->varcollid, false)) return false;
    grouping->columns = list_append_unique_int(grouping->columns, attnum);
  }
  return true;
}

// For errors.
static char *NameCell(const CrmGrouping *grouping, const TargetEntry *entry, const CrmCell *cell) {
  if (cell->column == 0) return pstrdup("count");
  const char *column = grouping->table->columns[cell->column - 1].name;
  if (cell->function == CrmFunction::kGroup) return pstrdup(column);
  return psprintf("%s(%s)", get_func_name(((const Aggref *)entry->expr)->aggfnoid), column);
}

// A group has to have a cell, also where nothing of it is looked at.
static List *AnyColumn(PlannerInfo *root) {
  const List *clauses = root->parse->groupClause;

  if (clauses == NIL) return NIL;
  return list_make1(get_sortgroupclause_expr((SortGroupClause *)linitial(clauses), root->processed_tlist));
}

static bool CollectCells(PlannerInfo *root, CrmGrouping *grouping, RelOptInfo *output) {
  const int kAll = PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_WINDOWFUNCS | PVC_INCLUDE_PLACEHOLDERS;
  List *wanted = pull_var_clause((Node *)output->reltarget->exprs, kAll);
  CrmCell what;
  ListCell *cell;

  wanted = list_concat(wanted, pull_var_clause((Node *)grouping->having, kAll));
  if (wanted == NIL) wanted = AnyColumn(root);
  grouping->cells = add_to_flat_tlist(NIL, wanted);
  foreach (cell, grouping->cells) {
    TargetEntry *entry = (TargetEntry *)lfirst(cell);
    if (!ReadCell(grouping, entry->expr, &what)) return false;
    entry->resname = NameCell(grouping, entry, &what);
  }
  return grouping->cells != NIL;
}

// NULL: it is for PostgreSQL to group.
static CrmGrouping *MakeGrouping(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output, List *having) {
  if (!IsOfOneTable(root, input)) return NULL;
  const CrmTable *table = ((CrmRelInfo *)input->fdw_private)->table;
  if (table->remote_aggregates == CrmRemoteAggregates::kOff) return NULL;
  CrmGrouping *grouping = (CrmGrouping *)palloc0(sizeof(CrmGrouping));
  grouping->input = input;
  grouping->table = table;
  grouping->having = having;
  return CollectColumns(root, grouping) && CollectCells(root, grouping, output) ? grouping : NULL;
}

// ---- paths ---------------------------------------------------------------------------------------------

static bool AllLowered(const CrmLowered *lowered, int clause_count) {
  for (int i = 0; i < clause_count; i++)
    if (lowered->conjunct_of[i] < 0) return false;
  return true;
}

static void FillGroups(const CrmGrouping *grouping, CrmLowered *lowered) {
  CrmReadRequest *request = &lowered->request;
  CrmOutput *outputs = (CrmOutput *)palloc0(list_length(grouping->cells) * sizeof(CrmOutput));
  int16 *group_by = (int16 *)palloc(list_length(grouping->columns) * sizeof(int16) + 1);
  ListCell *cell;

  foreach (cell, grouping->columns)
    group_by[request->group_count++] = (int16)crmFieldOf(lowered, grouping->table, lfirst_int(cell));
  foreach (cell, grouping->cells) {
    Expr *expr = ((TargetEntry *)lfirst(cell))->expr;
    CrmCell what;
    if (!ReadCell(grouping, expr, &what)) elog(ERROR, "a cell of the groups has changed");
    CrmOutput *output = &outputs[request->output_count++];
    output->function = what.function;
    output->field = what.column == 0 ? -1 : (int16)crmFieldOf(lowered, grouping->table, what.column);
    output->type = crmWantedType(exprType((Node *)expr));
  }
  request->outputs = outputs;
  request->group_by = group_by;
  request->approximate = IsApproximate(grouping->table);
}

static double EstimateGroups(PlannerInfo *root, const CrmGrouping *grouping) {
  if (grouping->columns == NIL) return 1;
  List *exprs = get_sortgrouplist_exprs(root->parse->groupClause, root->processed_tlist);
  return estimate_num_groups(root, exprs, grouping->input->rows, NULL, NULL);
}

static void AddPaths(PlannerInfo *root, const CrmGrouping *grouping, List *ways, RelOptInfo *output) {
  double groups = EstimateGroups(root, grouping);
  double rows = clamp_row_est(groups * clauselist_selectivity(root, grouping->having, 0, JOIN_INNER, NULL));
  List *cells = NIL;
  ListCell *cell;

  for (int i = 1; i <= list_length(grouping->cells); i++) cells = lappend_int(cells, i);
  foreach (cell, ways) {
    CrmWay *way = (CrmWay *)lfirst(cell);
    Cost startup, total;
    crmCostGroups(root, output, grouping->having, way, groups, rows, &startup, &total);
    way->cells = cells;
    way->key_cell = -1;
    add_path(output, (Path *)crmCreateUpperPath(root, output, rows, startup, total, list_make1(way)));
  }
}

void crmGetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
                             RelOptInfo *output, void *extra) {
  if (stage != UPPERREL_GROUP_AGG || !crmPushdownEnabled()) return;
  List *having = (List *)((GroupPathExtraData *)extra)->havingQual;
  CrmGrouping *grouping = MakeGrouping(root, input, output, having);
  if (grouping == NULL) return;
  int clause_count = list_length(input->baserestrictinfo);
  CrmLowered *lowered = crmLower(root, input, grouping->table, input->baserestrictinfo);
  if (!AllLowered(lowered, clause_count)) return;
  FillGroups(grouping, lowered);
  output->fdw_private = grouping;
  AddPaths(root, grouping, crmAskProvider(grouping->table, lowered, clause_count), output);
}

// ---- plan ----------------------------------------------------------------------------------------------

// EXPLAIN knows the table as the only one there is.
static bool RenumberColumns(Node *node, void *context) {
  if (node == NULL) return false;
  if (IsA(node, Var)) {
    Var *var = (Var *)node;
    var->varno = var->varnosyn = kConditionsTable;
    var->varattnosyn = var->varattno;
  }
  return crmWalk(node, RenumberColumns, context);
}

// No condition is left to check here: each is fulfilled by what is grouped.
static CrmShown ShowConditions(const CrmWay *way, List *clauses) {
  CrmShown shown = {};

  for (int i = 0; i < way->clause_count; i++) {
    Node *condition = (Node *)copyObjectImpl(((RestrictInfo *)list_nth(clauses, i))->clause);
    RenumberColumns(condition, NULL);
    shown.conditions = lappend(shown.conditions, condition);
    crmShowVerdict(&shown, way, i);
  }
  return shown;
}

ForeignScan *crmMakeGroupPlan(PlannerInfo *root, RelOptInfo *rel, ForeignPath *best_path, List *tlist,
                              Plan *outer_plan) {
  const CrmWay *way = (CrmWay *)linitial(best_path->fdw_private);
  const CrmGrouping *grouping = (CrmGrouping *)rel->fdw_private;
  List *clauses = grouping->input->baserestrictinfo;
  CrmLowered *lowered = crmLower(root, grouping->input, grouping->table, clauses);
  CrmShown shown = ShowConditions(way, clauses);

  return make_foreignscan(
      tlist, grouping->having, 0, lowered->params,
      crmMakeScanPrivate(way, list_make1_oid(grouping->table->relid), lowered->param_types, &shown),
      grouping->cells, NIL, outer_plan);
}
