// The closed list of what may be sent. A condition that is not on it stays here; every condition that is sent
// is checked here again, so nothing below may lose a row, and anything may let too many through.
extern "C" {
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
}

#include "pg/account.h"
#include "pg/datum.h"
#include "pg/lower.h"
#include "pg/settings.h"

// Types whose values compare with each other.
enum CrmClass : uint8 { kNoClass, kText, kBool, kInt, kNumeric, kDate, kTimestampTz, kTimestamp };

struct CrmComparison {
  CrmCompare op;
  CrmClass left, right;
};

// An operator means what its function does, so it is the function that is looked up.
struct CrmComparisons {
  Oid functions[6];  // in the order of CrmCompare
  CrmClass left, right;
};

static const CrmComparisons kComparisons[] = {
    {{F_BOOLEQ, F_BOOLNE}, kBool, kBool},
    {{F_TEXTEQ, F_TEXTNE, F_TEXT_LT, F_TEXT_LE, F_TEXT_GT, F_TEXT_GE}, kText, kText},
    {{F_INT2EQ, F_INT2NE, F_INT2LT, F_INT2LE, F_INT2GT, F_INT2GE}, kInt, kInt},
    {{F_INT24EQ, F_INT24NE, F_INT24LT, F_INT24LE, F_INT24GT, F_INT24GE}, kInt, kInt},
    {{F_INT28EQ, F_INT28NE, F_INT28LT, F_INT28LE, F_INT28GT, F_INT28GE}, kInt, kInt},
    {{F_INT42EQ, F_INT42NE, F_INT42LT, F_INT42LE, F_INT42GT, F_INT42GE}, kInt, kInt},
    {{F_INT4EQ, F_INT4NE, F_INT4LT, F_INT4LE, F_INT4GT, F_INT4GE}, kInt, kInt},
    {{F_INT48EQ, F_INT48NE, F_INT48LT, F_INT48LE, F_INT48GT, F_INT48GE}, kInt, kInt},
    {{F_INT82EQ, F_INT82NE, F_INT82LT, F_INT82LE, F_INT82GT, F_INT82GE}, kInt, kInt},
    {{F_INT84EQ, F_INT84NE, F_INT84LT, F_INT84LE, F_INT84GT, F_INT84GE}, kInt, kInt},
    {{F_INT8EQ, F_INT8NE, F_INT8LT, F_INT8LE, F_INT8GT, F_INT8GE}, kInt, kInt},
    {{F_NUMERIC_EQ, F_NUMERIC_NE, F_NUMERIC_LT, F_NUMERIC_LE, F_NUMERIC_GT, F_NUMERIC_GE},
     kNumeric,
     kNumeric},
    {{F_DATE_EQ, F_DATE_NE, F_DATE_LT, F_DATE_LE, F_DATE_GT, F_DATE_GE}, kDate, kDate},
    {{F_TIMESTAMPTZ_EQ, F_TIMESTAMPTZ_NE, F_TIMESTAMPTZ_LT, F_TIMESTAMPTZ_LE, F_TIMESTAMPTZ_GT,
      F_TIMESTAMPTZ_GE},
     kTimestampTz,
     kTimestampTz},
    {{F_TIMESTAMPTZ_EQ_DATE, F_TIMESTAMPTZ_NE_DATE, F_TIMESTAMPTZ_LT_DATE, F_TIMESTAMPTZ_LE_DATE,
      F_TIMESTAMPTZ_GT_DATE, F_TIMESTAMPTZ_GE_DATE},
     kTimestampTz,
     kDate},
    {{F_DATE_EQ_TIMESTAMPTZ, F_DATE_NE_TIMESTAMPTZ, F_DATE_LT_TIMESTAMPTZ, F_DATE_LE_TIMESTAMPTZ,
      F_DATE_GT_TIMESTAMPTZ, F_DATE_GE_TIMESTAMPTZ},
     kDate,
     kTimestampTz},
    {{F_TIMESTAMPTZ_EQ_TIMESTAMP, F_TIMESTAMPTZ_NE_TIMESTAMP, F_TIMESTAMPTZ_LT_TIMESTAMP,
      F_TIMESTAMPTZ_LE_TIMESTAMP, F_TIMESTAMPTZ_GT_TIMESTAMP, F_TIMESTAMPTZ_GE_TIMESTAMP},
     kTimestampTz,
     kTimestamp},
    {{F_TIMESTAMP_EQ_TIMESTAMPTZ, F_TIMESTAMP_NE_TIMESTAMPTZ, F_TIMESTAMP_LT_TIMESTAMPTZ,
      F_TIMESTAMP_LE_TIMESTAMPTZ, F_TIMESTAMP_GT_TIMESTAMPTZ, F_TIMESTAMP_GE_TIMESTAMPTZ},
     kTimestamp,
     kTimestampTz},
};

struct CrmLowering {
  PlannerInfo *root;
  RelOptInfo *rel;
  const CrmTable *table;
  CrmLowered *out;
  CrmExpr *nodes;
  int node_count, node_space;
  const char *why;  // of the last refusal
};

static bool LowerNode(CrmLowering *lowering, Node *node, bool negated);

static bool Refuse(CrmLowering *lowering, const char *why) {
  lowering->why = why;
  return false;
}

static CrmExpr *AddNode(CrmLowering *lowering, CrmNode kind) {
  if (lowering->node_count == lowering->node_space) {
    lowering->node_space = lowering->node_space * 2 + 16;
    CrmExpr *larger = (CrmExpr *)palloc(lowering->node_space * sizeof(CrmExpr));
    if (lowering->node_count > 0) memcpy(larger, lowering->nodes, lowering->node_count * sizeof(CrmExpr));
    lowering->nodes = larger;
  }
  CrmExpr *node = &lowering->nodes[lowering->node_count++];
  memset(node, 0, sizeof(CrmExpr));
  node->node = kind;
  node->field = node->param = -1;
  return node;
}

// ---- columns and operands ------------------------------------------------------------------------------

static bool IsText(Oid type) { return type == TEXTOID || type == VARCHAROID; }

AttrNumber crmColumnOf(RelOptInfo *rel, Expr *expr) {
  while (expr != NULL && IsA(expr, RelabelType)) {
    RelabelType *relabel = (RelabelType *)expr;
    if (!IsText(relabel->resulttype) || !IsText(exprType((Node *)relabel->arg))) return 0;
    expr = relabel->arg;
  }
  if (expr == NULL || !IsA(expr, Var)) return 0;
  Var *var = (Var *)expr;
  if (var->varno != (int)rel->relid || var->varlevelsup != 0 || var->varattno <= 0) return 0;
  return var->varattno;
}

static CrmClass ClassOf(Oid type) {
  switch (type) {
    case TEXTOID:
    case VARCHAROID:
      return kText;
    case BOOLOID:
      return kBool;
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return kInt;
    case NUMERICOID:
      return kNumeric;
    case DATEOID:
      return kDate;
    case TIMESTAMPTZOID:
      return kTimestampTz;
    case TIMESTAMPOID:
      return kTimestamp;
    default:
      return kNoClass;
  }
}

static bool IsListOf(Oid array_type, CrmClass item) {
  switch (array_type) {
    case TEXTARRAYOID:
    case VARCHARARRAYOID:
      return item == kText;
    case INT2ARRAYOID:
    case INT4ARRAYOID:
    case INT8ARRAYOID:
      return item == kInt;
    default:
      return false;
  }
}

static const CrmColumn *Column(const CrmLowering *lowering, AttrNumber attnum) {
  return &lowering->table->columns[attnum - 1];
}

static bool IsFinite(const Const *constant) {
  switch (constant->consttype) {
    case NUMERICOID: {
      Numeric number = DatumGetNumeric(constant->constvalue);
      return !numeric_is_nan(number) && !numeric_is_inf(number);
    }
    case DATEOID:
      return !DATE_NOT_FINITE(DatumGetDateADT(constant->constvalue));
    case TIMESTAMPTZOID:
      return !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(constant->constvalue));
    default:
      return true;
  }
}

// A value of a column's own type is the plan's. All else is evaluated when the scan starts: what depends on
// TimeZone, a parameter, now(), another table's column.
static bool LowerOperand(CrmLowering *lowering, Expr *operand, CrmType type, bool same_type, CrmExpr *node) {
  if (same_type && IsA(operand, Const)) {
    Const *constant = (Const *)operand;
    if (constant->constisnull) return Refuse(lowering, "the value is null");
    if (!IsFinite(constant)) return Refuse(lowering, "the value is not finite");
    node->value = crmValueOf(constant->constvalue, false, constant->consttype, type);
    return true;
  }
  if (bms_is_member(lowering->rel->relid, pull_varnos(lowering->root, (Node *)operand)))
    return Refuse(lowering, "both sides are of this table");
  if (contain_volatile_functions((Node *)operand)) return Refuse(lowering, "the value is volatile");
  if (contain_subplans((Node *)operand)) return Refuse(lowering, "the value is a correlated subquery");
  if (list_length(lowering->out->params) >= PG_INT16_MAX) return Refuse(lowering, "too many parameters");
  node->param = (int16)list_length(lowering->out->params);
  node->value.type = type;
  lowering->out->params = lappend(lowering->out->params, operand);
  lowering->out->param_types = lappend_int(lowering->out->param_types, (int)type);
  return true;
}

// ---- nodes ---------------------------------------------------------------------------------------------

static bool FindComparison(Oid operator_oid, CrmComparison *found) {
  Oid function = get_opcode(operator_oid);

  if (!OidIsValid(function)) return false;
  for (const CrmComparisons &row : kComparisons)
    for (int i = 0; i < (int)lengthof(row.functions); i++)
      if (row.functions[i] == function) {
        *found = {(CrmCompare)i, row.left, row.right};
        return true;
      }
  return false;
}

static CrmCompare Commute(CrmCompare op) {
  switch (op) {
    case CrmCompare::kLt:
      return CrmCompare::kGt;
    case CrmCompare::kLe:
      return CrmCompare::kGe;
    case CrmCompare::kGt:
      return CrmCompare::kLt;
    case CrmCompare::kGe:
      return CrmCompare::kLe;
    default:
      return op;
  }
}

static bool CheckCollation(CrmLowering *lowering, Oid collation, CrmCompare op) {
  if (!OidIsValid(collation) || !get_collation_isdeterministic(collation))
    return Refuse(lowering, "the collation is not deterministic");
  if (op != CrmCompare::kEq && op != CrmCompare::kNe && collation != C_COLLATION_OID)
    return Refuse(lowering, "text is ordered by a collation other than \"C\"");
  return true;
}

static bool CheckColumn(CrmLowering *lowering, const CrmColumn *column, CrmClass wanted) {
  if (column->unsent != NULL) return Refuse(lowering, column->unsent);
  if (ClassOf(column->type) != wanted) return Refuse(lowering, "the types differ");
  return true;
}

static bool LowerCompare(CrmLowering *lowering, OpExpr *expr) {
  CrmComparison comparison;

  if (list_length(expr->args) != 2 || !FindComparison(expr->opno, &comparison))
    return Refuse(lowering, "the operator is not one that is sent");
  Expr *left = (Expr *)linitial(expr->args), *right = (Expr *)lsecond(expr->args);
  bool commuted = crmColumnOf(lowering->rel, left) == 0;
  AttrNumber attnum = crmColumnOf(lowering->rel, commuted ? right : left);
  CrmClass column_class = commuted ? comparison.right : comparison.left;
  CrmClass operand_class = commuted ? comparison.left : comparison.right;

  if (attnum == 0) return Refuse(lowering, "no side is a plain column");
  const CrmColumn *column = Column(lowering, attnum);
  if (!CheckColumn(lowering, column, column_class)) return false;
  if (column_class != operand_class && column_class != kTimestampTz)
    return Refuse(lowering, "the comparison depends on TimeZone");
  if (column_class == kText && !CheckCollation(lowering, expr->inputcollid, comparison.op)) return false;

  CrmExpr *node = AddNode(lowering, CrmNode::kCompare);
  node->op = commuted ? Commute(comparison.op) : comparison.op;
  node->field = (int16)crmFieldOf(lowering->out, lowering->table, attnum);
  return LowerOperand(lowering, commuted ? left : right, column->field.type, column_class == operand_class,
                      node);
}

static bool LowerAnyOf(CrmLowering *lowering, ScalarArrayOpExpr *expr) {
  CrmComparison comparison;
  Expr *array = (Expr *)lsecond(expr->args);
  AttrNumber attnum = crmColumnOf(lowering->rel, (Expr *)linitial(expr->args));

  if (!expr->useOr || !FindComparison(expr->opno, &comparison) || comparison.op != CrmCompare::kEq ||
      comparison.left != comparison.right || !IsListOf(exprType((Node *)array), comparison.left))
    return Refuse(lowering, "only = ANY of text and whole numbers is sent");
  if (attnum == 0) return Refuse(lowering, "no side is a plain column");
  if (!CheckColumn(lowering, Column(lowering, attnum), comparison.left)) return false;
  if (comparison.left == kText && !CheckCollation(lowering, expr->inputcollid, CrmCompare::kEq)) return false;

  CrmExpr *node = AddNode(lowering, CrmNode::kAnyOf);
  node->field = (int16)crmFieldOf(lowering->out, lowering->table, attnum);
  return LowerOperand(lowering, array, CrmType::kTextArray, true, node);
}

// Whether a value is null does not hang on its type's meaning, only on the type being one that we read as is.
static bool LowerNullTest(CrmLowering *lowering, NullTest *test) {
  AttrNumber attnum = crmColumnOf(lowering->rel, test->arg);

  if (attnum == 0 || test->argisrow) return Refuse(lowering, "not a plain column");
  const CrmColumn *column = Column(lowering, attnum);
  if (column->field.remote_type.size == 0) return Refuse(lowering, column->unsent);
  if (column->field.type == CrmType::kText && !IsText(column->type)) return Refuse(lowering, column->unsent);
  if (test->nulltesttype == IS_NOT_NULL) AddNode(lowering, CrmNode::kNot)->children = 1;
  CrmExpr *node = AddNode(lowering, CrmNode::kIsNull);
  node->field = (int16)crmFieldOf(lowering->out, lowering->table, attnum);
  return true;
}

static bool LowerTruth(CrmLowering *lowering, Expr *expr) {
  AttrNumber attnum = crmColumnOf(lowering->rel, expr);

  if (attnum == 0) return Refuse(lowering, "not a plain column");
  if (!CheckColumn(lowering, Column(lowering, attnum), kBool)) return false;
  CrmExpr *node = AddNode(lowering, CrmNode::kIsTrue);
  node->field = (int16)crmFieldOf(lowering->out, lowering->table, attnum);
  return true;
}

static bool LowerBoolean(CrmLowering *lowering, BoolExpr *expr, bool negated) {
  CrmNode kind = expr->boolop == AND_EXPR  ? CrmNode::kAnd
                 : expr->boolop == OR_EXPR ? CrmNode::kOr
                                           : CrmNode::kNot;
  ListCell *cell;

  AddNode(lowering, kind)->children = list_length(expr->args);
  foreach (cell, expr->args)
    if (!LowerNode(lowering, (Node *)lfirst(cell), negated || kind == CrmNode::kNot)) return false;
  return true;
}

// `negated`: below a NOT, where null and false differ.
static bool LowerNode(CrmLowering *lowering, Node *node, bool negated) {
  check_stack_depth();
  switch (nodeTag(node)) {
    case T_OpExpr:
      return LowerCompare(lowering, (OpExpr *)node);
    case T_ScalarArrayOpExpr:
      return LowerAnyOf(lowering, (ScalarArrayOpExpr *)node);
    case T_NullTest:
      return LowerNullTest(lowering, (NullTest *)node);
    case T_BoolExpr:
      return LowerBoolean(lowering, (BoolExpr *)node, negated);
    case T_Var:
      return LowerTruth(lowering, (Expr *)node);
    case T_BooleanTest:
      if (((BooleanTest *)node)->booltesttype != IS_TRUE || negated)
        return Refuse(lowering, "the test is not one that is sent");
      return LowerTruth(lowering, ((BooleanTest *)node)->arg);
    default:
      return Refuse(lowering, "the expression is not one that is sent");
  }
}

// ---- the whole -----------------------------------------------------------------------------------------

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

static void LowerClause(CrmLowering *lowering, int index, RestrictInfo *clause) {
  CrmLowered *out = lowering->out;
  int nodes = lowering->node_count, params = list_length(out->params);

  out->conjunct_of[index] = -1;
  if (!crmPushdownEnabled())
    lowering->why = "crm_fdw.pushdown is off";
  else if (clause->pseudoconstant)
    lowering->why = "no column is involved";
  else if (LowerNode(lowering, (Node *)clause->clause, false)) {
    int conjunct = out->request.conjunct_count++;
    ((int32 *)out->request.conjuncts)[conjunct] = nodes;
    ((double *)out->request.selectivity)[conjunct] =
        clause_selectivity(lowering->root, (Node *)clause, lowering->rel->relid, JOIN_INNER, NULL);
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
  for (int i = 0; i < count; i++) LowerClause(&lowering, i, (RestrictInfo *)list_nth(clauses, i));

  out->request.object = table->object;
  out->request.fields = out->fields;
  out->request.nodes = lowering.nodes;
  out->request.node_count = lowering.node_count;
  out->request.table_rows = rel->tuples;
  out->request.rows_wanted = -1;
  return out;
}

bool crmIsLookup(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table, RestrictInfo *clause) {
  CrmLowered *lowered = crmLower(root, rel, table, list_make1(clause));

  if (lowered->request.conjunct_count == 0) return false;
  const CrmExpr *node = &lowered->request.nodes[0];
  bool equals =
      node->node == CrmNode::kAnyOf || (node->node == CrmNode::kCompare && node->op == CrmCompare::kEq);
  if (!equals) return false;
  CrmText traits = lowered->fields[node->field].traits;
  return crmHasTrait(traits, "key") || crmHasTrait(traits, "lookup");
}
