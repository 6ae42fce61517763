// What a scan is to read: its columns, and each of its clauses as the engine's condition or the reason why
// not.
extern "C" {
#include "postgres.h"

#include "access/sysattr.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
}

#include "pg/account.h"
#include "pg/given.h"
#include "pg/lower.h"
#include "pg/lower_nodes.h"
#include "pg/settings.h"

int crmFieldOf(const CrmLowered *lowered, const CrmTable *table, AttrNumber attnum) {
  const CrmField *field = &table->columns[attnum - 1].field;

  for (int i = 0; i < lowered->request.field_count; i++)
    if (lowered->fields[i].path.data == field->path.data) return i;
  elog(ERROR, "column %d is not part of the request", attnum);
}

// What a source's columns are wanted for: the output and conditions.
struct CrmUse {
  Bitmapset *columns;
  bool whole_row;
};

static bool IsSelected(const CrmSource *source) { return source->kind != CrmRelationKind::kParent; }

// A parent that is deleted is NULL here, and something there.
static bool MayLackRows(const CrmSource *source) {
  return source->link != NULL && !IsSelected(source) && !source->required;
}

static CrmUse FindUse(const CrmSource *source, List *targets, List *clauses) {
  CrmUse use = {};
  ListCell *cell;

  pull_varattnos((Node *)targets, source->rel->relid, &use.columns);
  foreach (cell, clauses)
    pull_varattnos((Node *)((RestrictInfo *)lfirst(cell))->clause, source->rel->relid, &use.columns);
  use.whole_row = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, use.columns);
  return use;
}

// The column as the targets name it: what outer joins have made of it is part of a Var's identity.
static Var *FindVar(const CrmSource *source, AttrNumber attnum, List *targets) {
  const CrmColumn *column = &source->table->columns[attnum - 1];
  ListCell *cell;

  foreach (cell, targets) {
    Var *var = (Var *)lfirst(cell);
    if (IsA(var, Var) && var->varno == (int)source->rel->relid && var->varattno == attnum) return var;
  }
  return makeVar(source->rel->relid, attnum, column->type, column->typmod, column->collation, 0);
}

// Of several sources, a cell is a place among the outputs.
static void AddOutput(CrmLowered *lowered, const CrmSource *source, AttrNumber attnum, List *targets) {
  lowered->outputs = lappend(lowered->outputs, FindVar(source, attnum, targets));
  lowered->cells = lappend_int(lowered->cells, list_length(lowered->outputs));
}

// Columns of one source: those that are read, or the others. Read is what the scan's output and its
// conditions name, and the first source's key, which errors name records by.
static void AddFields(CrmLowered *lowered, const CrmSource *sources, int index, int count, const CrmUse *use,
                      List *targets, bool fetch) {
  const CrmSource *source = &sources[index];

  for (AttrNumber attnum = 1; attnum <= source->table->column_count; attnum++) {
    const CrmColumn *column = &source->table->columns[attnum - 1];
    bool key = index == 0 && attnum == source->table->key;
    bool wanted = use->whole_row || bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, use->columns);
    if (index > 0 && IsSelected(source)) wanted = false;
    if (column->name == NULL || (wanted || key) != fetch) continue;
    CrmField *field = &lowered->fields[lowered->request.field_count++];
    *field = column->field;
    field->fetch = fetch;
    field->relation = (int16)index;
    if (!fetch) continue;
    if (key) lowered->key_cell = list_length(lowered->cells);
    if (count > 1)
      AddOutput(lowered, source, attnum, targets);
    else
      lowered->cells = lappend_int(lowered->cells, wanted ? attnum : -attnum);
  }
}

// All columns, those that are read first, and those of what is only selected last.
static void AddAllFields(CrmLowered *lowered, const CrmSource *sources, int count, List *targets,
                         List *clauses) {
  CrmUse *uses = (CrmUse *)palloc(count * sizeof(CrmUse));

  lowered->key_cell = -1;
  for (int i = 0; i < count; i++) uses[i] = FindUse(&sources[i], targets, clauses);
  for (int i = 0; i < count; i++) AddFields(lowered, sources, i, count, &uses[i], targets, true);
  for (int selected = 0; selected <= 1; selected++)
    for (int i = 0; i < count; i++)
      if ((i > 0 && IsSelected(&sources[i])) == selected)
        AddFields(lowered, sources, i, count, &uses[i], targets, false);
}

static void AddRelations(CrmLowered *lowered, const CrmSource *sources, int count) {
  CrmRelation *relations = (CrmRelation *)palloc0(count * sizeof(CrmRelation));

  for (int i = 1; i < count; i++) {
    const CrmSource *source = &sources[i];
    CrmRelation *relation = &relations[i - 1];
    relation->kind = source->kind;
    relation->object = source->table->object;
    relation->reference = (int16)crmFieldOf(lowered, sources[source->from].table, source->reference);
    relation->own = (int16)crmFieldOf(lowered, source->table, source->own);
  }
  lowered->request.relations = relations;
  lowered->request.relation_count = count - 1;
}

// The first node, if the condition is `column = something`; else NULL.
static const CrmExpr *AsEquality(const CrmExpr *node) {
  return node->node == CrmNode::kCompare && node->op == CrmCompare::kEq ? node : NULL;
}

// `given`: the given column that the clause is about, 0: none. It is part of the question, not of the data:
// sent also where nothing else is, and never left to be checked here.
static bool LowerClause(CrmLowering *lowering, RestrictInfo *clause, AttrNumber given) {
  int first = lowering->node_count;

  if (!crmPushdownEnabled() && given == 0)
    lowering->why = "crm_fdw.pushdown is off";
  else if (clause->pseudoconstant)
    lowering->why = "no column is involved";
  else if (crmLowerCondition(lowering, (Node *)clause->clause)) {
    if (given == 0) return true;
    if (AsEquality(&lowering->nodes[first]) != NULL) {
      lowering->out->given = bms_add_member(lowering->out->given, given);
      return true;
    }
    lowering->why = "it is not an equality";
  }
  if (given != 0) crmRefuseGiven(lowering->table, given, lowering->why);
  return false;
}

// False: the clause stays here.
static bool LowerOfSource(CrmLowering *lowering, const CrmSource *source, RestrictInfo *clause) {
  lowering->rel = source->rel;
  lowering->table = source->table;
  return LowerClause(lowering, clause, crmGivenIn(source->table, source->rel, (Node *)clause->clause));
}

// What of the clause that links a source the CRM can be told.
static bool LowerLink(CrmLowering *lowering, const CrmSource *sources, int index) {
  const CrmSource *source = &sources[index], *from = &sources[source->from];

  lowering->rel = from->rel;
  lowering->table = from->table;
  if (IsSelected(source))
    crmLowerSelect(lowering, source->reference, index - 1);
  else
    crmLowerPresence(lowering, source->reference);
  return true;
}

// NULL: the clause links none.
static const CrmSource *FindLinked(const CrmSource *sources, int count, const RestrictInfo *clause) {
  for (int i = 1; i < count; i++)
    if (sources[i].link == clause) return &sources[i];
  return NULL;
}

// The one source that the clause is about; NULL: several. Outer joins may be among its relids, too.
static const CrmSource *FindOnly(const CrmSource *sources, int count, const RestrictInfo *clause) {
  const CrmSource *only = NULL;

  for (int i = 0; i < count; i++) {
    if (!bms_is_member(sources[i].rel->relid, clause->clause_relids)) continue;
    if (only != NULL) return NULL;
    only = &sources[i];
  }
  return only;
}

static bool LowerAny(CrmLowering *lowering, const CrmSource *sources, int count, RestrictInfo *clause) {
  if (count == 1) return LowerOfSource(lowering, sources, clause);
  const CrmSource *linked = FindLinked(sources, count, clause);
  if (linked != NULL) return LowerLink(lowering, sources, (int)(linked - sources));
  const CrmSource *only = FindOnly(sources, count, clause);
  if (only != NULL && !MayLackRows(only)) return LowerOfSource(lowering, only, clause);
  lowering->why =
      only == NULL ? "it compares columns of several tables" : "it is about what an outer join made";
  return false;
}

// The share of the first source's rows that are sent. PostgreSQL knows that of a link only among pairs of
// rows: nearly every reference leads somewhere, and how many rows are referred to is anyone's guess.
static double SelectivityOf(const CrmLowering *lowering, const CrmSource *sources, int count,
                            RestrictInfo *clause) {
  const CrmSource *linked = FindLinked(sources, count, clause);

  if (lowering->root == NULL) return 1;
  if (linked != NULL) return IsSelected(linked) ? 0.5 : 1;
  return clause_selectivity(lowering->root, (Node *)clause, count == 1 ? sources->rel->relid : 0, JOIN_INNER,
                            NULL);
}

static void AddClause(CrmLowering *lowering, const CrmSource *sources, int count, int index,
                      RestrictInfo *clause) {
  CrmLowered *out = lowering->out;
  int nodes = lowering->node_count, params = list_length(out->params);

  out->conjunct_of[index] = -1;
  if (LowerAny(lowering, sources, count, clause)) {
    int conjunct = out->request.conjunct_count++;
    ((int32 *)out->request.conjuncts)[conjunct] = nodes;
    ((double *)out->request.selectivity)[conjunct] = SelectivityOf(lowering, sources, count, clause);
    out->conjunct_of[index] = conjunct;
    return;
  }
  out->why[index] = lowering->why;
  lowering->node_count = nodes;
  out->params = list_truncate(out->params, params);
  out->param_types = list_truncate(out->param_types, params);
}

CrmLowered *crmLowerJoin(PlannerInfo *root, const CrmSource *sources, int count, List *targets,
                         List *clauses) {
  CrmLowered *out = (CrmLowered *)palloc0(sizeof(CrmLowered));
  CrmLowering lowering = {root, sources->rel, sources->table, out, NULL, 0, 0, NULL};
  int clause_count = list_length(clauses), columns = 0;

  for (int i = 0; i < count; i++) columns += sources[i].table->column_count;
  out->fields = (CrmField *)palloc(columns * sizeof(CrmField) + 1);
  out->conjunct_of = (int *)palloc(clause_count * sizeof(int) + 1);
  out->why = (const char **)palloc0(clause_count * sizeof(const char *) + 1);
  out->request.conjuncts = (int32 *)palloc(clause_count * sizeof(int32) + 1);
  out->request.selectivity = (double *)palloc(clause_count * sizeof(double) + 1);
  AddAllFields(out, sources, count, targets, clauses);
  AddRelations(out, sources, count);
  for (int i = 0; i < clause_count; i++)
    AddClause(&lowering, sources, count, i, (RestrictInfo *)list_nth(clauses, i));

  crmFillRequest(sources->table, &out->request);
  out->request.fields = out->fields;
  out->request.nodes = lowering.nodes;
  out->request.node_count = lowering.node_count;
  out->request.table_rows = sources->rel->tuples;
  return out;
}

CrmLowered *crmLower(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table, List *clauses) {
  CrmSource source = {};

  source.rel = rel;
  source.table = table;
  return crmLowerJoin(root, &source, 1, rel->reltarget->exprs, clauses);
}

bool crmIsLookup(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table, RestrictInfo *clause) {
  CrmLowered *lowered = crmLower(root, rel, table, list_make1(clause));

  if (lowered->request.conjunct_count == 0) return false;
  const CrmExpr *node = &lowered->request.nodes[0];
  if (node->node != CrmNode::kAnyOf && AsEquality(node) == NULL) return false;
  return crmIsLookupField(lowered->fields[node->field].traits);
}
