// What a scan is to read: its columns, and each of its clauses as the engine's condition or the reason why
// not.
extern "C" {
#include "postgres.h"

#include "access/sysattr.h"
#include "miscadmin.h"
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

// All columns, those that are read first: what the scan's output and its conditions name, and the key, which
// errors name records by.
static void AddFields(CrmLowered *lowered, RelOptInfo *rel, const CrmTable *table, List *clauses) {
  Bitmapset *used = NULL;
  ListCell *cell;

  pull_varattnos((Node *)rel->reltarget->exprs, rel->relid, &used);
  foreach (cell, clauses) pull_varattnos((Node *)((RestrictInfo *)lfirst(cell))->clause, rel->relid, &used);
  bool whole_row = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);

  lowered->key_cell = -1;
  for (int fetch = 1; fetch >= 0; fetch--)
    for (AttrNumber attnum = 1; attnum <= table->column_count; attnum++) {
      const CrmColumn *column = &table->columns[attnum - 1];
      bool wanted = whole_row || bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used);
      if (column->name == NULL || (wanted || attnum == table->key) != fetch) continue;
      CrmField *field = &lowered->fields[lowered->request.field_count++];
      *field = column->field;
      field->fetch = fetch;
      if (!fetch) continue;
      if (attnum == table->key) lowered->key_cell = list_length(lowered->cells);
      lowered->cells = lappend_int(lowered->cells, wanted ? attnum : -attnum);
    }
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

static void AddClause(CrmLowering *lowering, int index, RestrictInfo *clause) {
  CrmLowered *out = lowering->out;
  int nodes = lowering->node_count, params = list_length(out->params);

  out->conjunct_of[index] = -1;
  if (LowerClause(lowering, clause, crmGivenIn(lowering->table, lowering->rel, (Node *)clause->clause))) {
    int conjunct = out->request.conjunct_count++;
    ((int32 *)out->request.conjuncts)[conjunct] = nodes;
    ((double *)out->request.selectivity)[conjunct] =
        lowering->root == NULL
            ? 1
            : clause_selectivity(lowering->root, (Node *)clause, lowering->rel->relid, JOIN_INNER, NULL);
    out->conjunct_of[index] = conjunct;
    return;
  }
  out->why[index] = lowering->why;
  lowering->node_count = nodes;
  out->params = list_truncate(out->params, params);
  out->param_types = list_truncate(out->param_types, params);
}

CrmLowered *crmLower(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table, List *clauses) {
  CrmLowered *out = (CrmLowered *)palloc0(sizeof(CrmLowered));
  CrmLowering lowering = {root, rel, table, out, NULL, 0, 0, NULL};
  int count = list_length(clauses);

  out->fields = (CrmField *)palloc(table->column_count * sizeof(CrmField) + 1);
  out->conjunct_of = (int *)palloc(count * sizeof(int) + 1);
  out->why = (const char **)palloc0(count * sizeof(const char *) + 1);
  out->request.conjuncts = (int32 *)palloc(count * sizeof(int32) + 1);
  out->request.selectivity = (double *)palloc(count * sizeof(double) + 1);
  AddFields(out, rel, table, clauses);
  for (int i = 0; i < count; i++) AddClause(&lowering, i, (RestrictInfo *)list_nth(clauses, i));

  crmFillRequest(table, &out->request);
  out->request.fields = out->fields;
  out->request.nodes = lowering.nodes;
  out->request.node_count = lowering.node_count;
  out->request.table_rows = rel->tuples;
  return out;
}

bool crmIsLookup(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table, RestrictInfo *clause) {
  CrmLowered *lowered = crmLower(root, rel, table, list_make1(clause));

  if (lowered->request.conjunct_count == 0) return false;
  const CrmExpr *node = &lowered->request.nodes[0];
  if (node->node != CrmNode::kAnyOf && AsEquality(node) == NULL) return false;
  return crmIsLookupField(lowered->fields[node->field].traits);
}
