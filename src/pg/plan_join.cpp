// Several foreign tables as one read: the records that references lead to, as parents of a record, and
// whether there are records that refer to one. Which of it can be asked for, the provider says; what an inner
// join demands of the rows is checked here again, and what a semi-join does not show has to be exact.
extern "C" {
#include "postgres.h"

#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "optimizer/tlist.h"
#include "utils/lsyscache.h"
}

#include "pg/account.h"
#include "pg/compat.h"
#include "pg/cost.h"
#include "pg/crm_pg.h"
#include "pg/lower.h"
#include "pg/lower_operators.h"
#include "pg/settings.h"
#include "pg/ways.h"

// RelOptInfo.fdw_private of a join.
struct CrmJoin {
  int count;
  CrmSource *sources;  // the first is the one whose rows are read
  List *clauses;       // RestrictInfos that every row fulfils: the sources' own, and those of the joins
};

static bool IsSelected(const CrmSource *source) { return source->kind != CrmRelationKind::kParent; }

// ---- what is joined ------------------------------------------------------------------------------------

// One table as a join of its own; NULL: it cannot be part of one.
static CrmJoin *JoinOfTable(RelOptInfo *rel) {
  const CrmRelInfo *info = (CrmRelInfo *)rel->fdw_private;

  if (info == NULL || !bms_is_empty(info->joined) || !bms_is_empty(rel->lateral_relids)) return NULL;
  CrmJoin *join = (CrmJoin *)palloc0(sizeof(CrmJoin));
  join->count = 1;
  join->sources = (CrmSource *)palloc0(sizeof(CrmSource));
  join->sources->rel = rel;
  join->sources->table = info->table;
  join->clauses = rel->baserestrictinfo;
  return join;
}

static CrmJoin *JoinOf(RelOptInfo *rel) {
  if (rel->reloptkind == RELOPT_BASEREL) return JoinOfTable(rel);
  return rel->reloptkind == RELOPT_JOINREL ? (CrmJoin *)rel->fdw_private : NULL;
}

static bool SameText(CrmText one, CrmText other) {
  return one.size == other.size && memcmp(one.data, other.data, one.size) == 0;
}

// The object whose records the column's values name; empty: none, or one of several.
static CrmText ObjectNamedBy(const CrmTable *table, AttrNumber attnum) {
  if (attnum == table->key) return table->object;
  const CrmText objects = table->columns[attnum - 1].references;
  bool several = memchr(objects.data, ',', objects.size) != NULL;
  return several ? crmTextOf("") : objects;
}

static bool IsComparable(const CrmColumn *column) { return column->unsent == NULL && !column->given; }

// Fills in by which columns the clause links `source` to the source `from`.
static bool ReadLink(CrmSource *source, const CrmSource *from, const OpExpr *expr) {
  CrmComparison comparison;

  if (list_length(expr->args) != 2 || !crmFindComparison(expr->opno, &comparison) ||
      comparison.op != CrmCompare::kEq || comparison.left != comparison.right)
    return false;
  if (!OidIsValid(expr->inputcollid) || !get_collation_isdeterministic(expr->inputcollid)) return false;
  Expr *left = (Expr *)linitial(expr->args), *right = (Expr *)lsecond(expr->args);
  bool commuted = crmColumnOf(source->rel, left) == 0;
  source->own = crmColumnOf(source->rel, commuted ? right : left);
  source->reference = crmColumnOf(from->rel, commuted ? left : right);
  if (source->own == 0 || source->reference == 0) return false;
  CrmText one = ObjectNamedBy(source->table, source->own);
  CrmText other = ObjectNamedBy(from->table, source->reference);
  if (one.size == 0 || !SameText(one, other)) return false;
  if (!IsSelected(source) && source->own != source->table->key) return false;
  return IsComparable(&source->table->columns[source->own - 1]) &&
         IsComparable(&from->table->columns[source->reference - 1]);
}

// The clause that links the table to the join; false: there is none.
static bool FindLink(const CrmJoin *join, CrmSource *source, List *clauses) {
  ListCell *cell;

  foreach (cell, clauses) {
    RestrictInfo *clause = (RestrictInfo *)lfirst(cell);
    if (!IsA(clause->clause, OpExpr)) continue;
    source->link = clause;
    // A row is only selected by columns of the first.
    for (source->from = 0; source->from < (IsSelected(source) ? 1 : join->count); source->from++)
      if (!IsSelected(&join->sources[source->from]) || source->from == 0)
        if (ReadLink(source, &join->sources[source->from], (OpExpr *)clause->clause)) return true;
  }
  return false;
}

// Whether rows without their parent are put out, whose other clauses are to be checked before the join.
static bool HasOptional(const CrmJoin *join) {
  for (int i = 1; i < join->count; i++)
    if (!IsSelected(&join->sources[i]) && !join->sources[i].required) return true;
  return false;
}

// Clauses of an outer join that are no conditions of what is joined, but of what comes of it.
static bool FilterAfter(Relids joined, const CrmSource *source, List *clauses) {
  ListCell *cell;

  foreach (cell, clauses) {
    RestrictInfo *clause = (RestrictInfo *)lfirst(cell);
    if ((clause == source->link) == RINFO_IS_PUSHED_DOWN(clause, joined)) return false;
  }
  return true;
}

static bool IsAllowed(Relids joined, const CrmJoin *join, const CrmSource *source, List *clauses) {
  const CrmTable *table = source->table;

  if (table->serverid != join->sources->table->serverid || table->include_deleted ||
      join->sources->table->include_deleted)
    return false;
  if (IsSelected(source)) return list_length(clauses) == 1;
  if (!table->remote_joins) return false;
  if (!source->required) return source->rel->baserestrictinfo == NIL && FilterAfter(joined, source, clauses);
  // What is reached through a row that may be missing is not required.
  return !HasOptional(join) || source->from == 0;
}

// NULL: the table cannot be reached so.
static CrmJoin *Extend(Relids joined, const CrmJoin *join, RelOptInfo *table, CrmSource source,
                       List *clauses) {
  const CrmJoin *alone = JoinOfTable(table);

  if (alone == NULL || ((CrmRelInfo *)table->fdw_private)->given != NULL) return NULL;
  source.rel = table;
  source.table = alone->sources->table;
  if (!FindLink(join, &source, clauses) || !IsAllowed(joined, join, &source, clauses)) return NULL;
  CrmJoin *wider = (CrmJoin *)palloc0(sizeof(CrmJoin));
  wider->count = join->count + 1;
  wider->sources = (CrmSource *)palloc(wider->count * sizeof(CrmSource));
  memcpy(wider->sources, join->sources, join->count * sizeof(CrmSource));
  wider->sources[join->count] = source;
  wider->clauses = list_concat_copy(join->clauses, alone->clauses);
  wider->clauses = list_concat(wider->clauses, clauses);
  // Of rows without a parent the link is not true.
  if (!source.required && !IsSelected(&source)) wider->clauses = list_delete_ptr(wider->clauses, source.link);
  return wider;
}

static CrmJoin *MakeJoin(RelOptInfo *rel, RelOptInfo *outer, RelOptInfo *inner, JoinType type,
                         List *clauses) {
  CrmJoin *left = JoinOf(outer), *right = JoinOf(inner), *join = NULL;
  CrmSource source = {};

  if (left == NULL || right == NULL) return NULL;
  switch (type) {
    case JOIN_INNER:
      source.required = true;
      if (right->count == 1) join = Extend(rel->relids, left, inner, source, clauses);
      if (join == NULL && left->count == 1) join = Extend(rel->relids, right, outer, source, clauses);
      return join;
    case JOIN_LEFT:
      return right->count == 1 ? Extend(rel->relids, left, inner, source, clauses) : NULL;
    case JOIN_SEMI:
    case JOIN_ANTI:
      source.kind = type == JOIN_SEMI ? CrmRelationKind::kSelect : CrmRelationKind::kExcludingSelect;
      return right->count == 1 ? Extend(rel->relids, left, inner, source, clauses) : NULL;
    default:
      return NULL;
  }
}

// ---- what is put out -----------------------------------------------------------------------------------

// Whether all that is named can be read: no column of a table that is only selected, no whole row, no system
// column.
static bool IsReadable(const CrmJoin *join, List *vars) {
  ListCell *cell;

  foreach (cell, vars) {
    if (!IsA(lfirst(cell), Var)) return false;
    const Var *var = (const Var *)lfirst(cell);
    for (int i = 0; i < join->count; i++) {
      if ((int)join->sources[i].rel->relid != var->varno) continue;
      if (var->varattno <= 0 || (i > 0 && IsSelected(&join->sources[i]))) return false;
      if (i > 0 && join->sources[i].table->columns[var->varattno - 1].given) return false;
    }
  }
  return true;
}

// Whether the rows prove the clause themselves: it is not about a table that is only selected.
static bool IsCheckedHere(const CrmJoin *join, RestrictInfo *clause) {
  for (int i = 1; i < join->count; i++)
    if (IsSelected(&join->sources[i]) && bms_is_member(join->sources[i].rel->relid, clause->clause_relids))
      return false;
  return true;
}

static List *CheckedClauses(const CrmJoin *join) {
  List *checked = NIL;
  ListCell *cell;

  foreach (cell, join->clauses)
    if (IsCheckedHere(join, (RestrictInfo *)lfirst(cell))) checked = lappend(checked, lfirst(cell));
  return checked;
}

// What the rows do not prove has to be part of the question.
static bool AllSent(const CrmJoin *join, const CrmLowered *lowered) {
  for (int i = 0; i < list_length(join->clauses); i++)
    if (lowered->conjunct_of[i] < 0 && !IsCheckedHere(join, (RestrictInfo *)list_nth(join->clauses, i)))
      return false;
  return true;
}

// What the rows are put out for, and what is checked of them.
static List *CollectVars(RelOptInfo *rel, List *checked) {
  const int kAll = PVC_INCLUDE_PLACEHOLDERS | PVC_INCLUDE_AGGREGATES | PVC_INCLUDE_WINDOWFUNCS;
  List *vars = pull_var_clause((Node *)rel->reltarget->exprs, kAll);
  ListCell *cell;

  foreach (cell, checked)
    vars = list_concat(vars, pull_var_clause((Node *)((RestrictInfo *)lfirst(cell))->clause, kAll));
  return vars;
}

static CrmLowered *LowerJoin(PlannerInfo *root, const CrmJoin *join, List *checked, RelOptInfo *rel) {
  return crmLowerJoin(root, join->sources, join->count, CollectVars(rel, checked), join->clauses);
}

// ---- paths ---------------------------------------------------------------------------------------------

// Nothing here knows how to read one row of a join again, and the order of clauses that a view's rights
// prescribe is lost when they are those of one scan.
static bool MayJoin(const PlannerInfo *root) {
  const Query *parse = root->parse;

  return crmPushdownEnabled() && parse->rowMarks == NIL && root->rowMarks == NIL &&
         root->qual_security_level == 0 &&
         (parse->commandType == CMD_SELECT || parse->commandType == CMD_INSERT);
}

static bool HasPseudoconstant(List *clauses) {
  ListCell *cell;

  foreach (cell, clauses)
    if (((RestrictInfo *)lfirst(cell))->pseudoconstant) return true;
  return false;
}

void crmGetForeignJoinPaths(PlannerInfo *root, RelOptInfo *rel, RelOptInfo *outer, RelOptInfo *inner,
                            JoinType type, JoinPathExtraData *extra) {
  ListCell *cell;

  // One pair of its parts is enough, whichever it is.
  if (rel->fdw_private != NULL || rel->reloptkind != RELOPT_JOINREL || !MayJoin(root)) return;
  if (!bms_is_empty(rel->lateral_relids)) return;
  CrmJoin *join = MakeJoin(rel, outer, inner, type, extra->restrictlist);
  if (join == NULL || HasPseudoconstant(join->clauses)) return;
  List *checked = CheckedClauses(join);
  if (!IsReadable(join, CollectVars(rel, checked))) return;
  int clause_count = list_length(join->clauses);
  CrmLowered *lowered = LowerJoin(root, join, checked, rel);
  if (!AllSent(join, lowered)) return;
  List *ways = crmAskProvider(join->sources->table, lowered, clause_count);
  if (ways == NIL) return;
  rel->fdw_private = join;
  foreach (cell, ways) {
    CrmWay *way = (CrmWay *)lfirst(cell);
    Cost startup, total;
    crmCostScan(root, rel, checked, way, rel->rows, &startup, &total);
    add_path(rel, (Path *)crmCreateJoinPath(root, rel, rel->rows, startup, total, list_make1(way)));
  }
}

// ---- plan ----------------------------------------------------------------------------------------------

static List *NamedOutputs(const CrmLowered *lowered, const CrmJoin *join) {
  List *entries = add_to_flat_tlist(NIL, lowered->outputs);
  ListCell *cell;

  foreach (cell, entries) {
    TargetEntry *entry = (TargetEntry *)lfirst(cell);
    const Var *var = (const Var *)entry->expr;
    for (int i = 0; i < join->count; i++)
      if ((int)join->sources[i].rel->relid == var->varno)
        entry->resname = pstrdup(join->sources[i].table->columns[var->varattno - 1].name);
  }
  return entries;
}

static int FindClause(const List *clauses, const void *clause) {
  for (int i = 0; i < list_length(clauses); i++)
    if (list_nth(clauses, i) == clause) return i;
  elog(ERROR, "a clause of the join is not one that was planned");
}

ForeignScan *crmMakeJoinPlan(PlannerInfo *root, RelOptInfo *rel, ForeignPath *best_path, List *tlist,
                             Plan *outer_plan) {
  const CrmWay *way = (CrmWay *)linitial(best_path->fdw_private);
  const CrmJoin *join = (CrmJoin *)rel->fdw_private;
  List *checked = CheckedClauses(join), *relids = NIL;
  CrmLowered *lowered = LowerJoin(root, join, checked, rel);
  CrmShown shown = {};
  ListCell *cell;

  foreach (cell, checked) crmShowVerdict(&shown, way, FindClause(join->clauses, lfirst(cell)));
  for (int i = 0; i < join->count; i++) relids = lappend_oid(relids, join->sources[i].table->relid);
  return make_foreignscan(tlist, extract_actual_clauses(checked, false), 0, lowered->params,
                          crmMakeScanPrivate(way, relids, lowered->param_types, &shown),
                          NamedOutputs(lowered, join), NIL, outer_plan);
}
