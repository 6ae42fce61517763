// The closed list of what may be sent. A condition that is not on it stays here; every condition that is sent
// is checked here again, so nothing below may lose a row, and anything may let too many through. What is
// true, false or null for PostgreSQL is so for the nodes too: groups are made by exact conditions
// unchecked.
extern "C" {
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
}

#include "pg/account.h"
#include "pg/datum.h"
#include "pg/lower_nodes.h"
#include "pg/lower_operators.h"

// Beyond that many, a list of numbers or times makes a request too long.
static const int kMaxAlternatives = 100;

static bool LowerNode(CrmLowering *lowering, Node *node, bool negated);

static bool Refuse(CrmLowering *lowering, const char *why) {
  lowering->why = why;
  return false;
}

// ---- nodes ---------------------------------------------------------------------------------------------

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
  node->field = node->param = node->relation = -1;
  return node;
}

static void AddParent(CrmLowering *lowering, CrmNode kind, int children) {
  AddNode(lowering, kind)->children = children;
}

static void AddNot(CrmLowering *lowering) { AddParent(lowering, CrmNode::kNot, 1); }

static CrmExpr *AddLeaf(CrmLowering *lowering, CrmNode kind, AttrNumber attnum) {
  CrmExpr *node = AddNode(lowering, kind);
  node->field = (int16)crmFieldOf(lowering->out, lowering->table, attnum);
  return node;
}

// ---- columns and operands ------------------------------------------------------------------------------

static bool SameRepresentation(Oid one, Oid other) {
  CrmClass of = crmClassOf(one);

  return of == crmClassOf(other) && (of == CrmClass::kText || of == CrmClass::kTexts);
}

AttrNumber crmColumnOf(RelOptInfo *rel, Expr *expr) {
  while (expr != NULL && IsA(expr, RelabelType)) {
    RelabelType *relabel = (RelabelType *)expr;
    if (!SameRepresentation(relabel->resulttype, exprType((Node *)relabel->arg))) return 0;
    expr = relabel->arg;
  }
  if (expr == NULL || !IsA(expr, Var)) return 0;
  Var *var = (Var *)expr;
  if (var->varno != (int)rel->relid || var->varlevelsup != 0 || var->varattno <= 0) return 0;
  return var->varattno;
}

static const CrmColumn *Column(const CrmLowering *lowering, AttrNumber attnum) {
  return &lowering->table->columns[attnum - 1];
}

static bool CheckColumn(CrmLowering *lowering, AttrNumber attnum, CrmClass wanted) {
  if (attnum == 0) return Refuse(lowering, "no side is a plain column");
  const CrmColumn *column = Column(lowering, attnum);
  if (column->unsent != NULL) return Refuse(lowering, column->unsent);
  if (crmClassOf(column->type) != wanted) return Refuse(lowering, "the types differ");
  return true;
}

static bool CheckCollation(CrmLowering *lowering, Oid collation, bool ordering) {
  if (!OidIsValid(collation) || !get_collation_isdeterministic(collation))
    return Refuse(lowering, "the collation is not deterministic");
  if (ordering && collation != C_COLLATION_OID)
    return Refuse(lowering, "text is ordered by a collation other than \"C\"");
  return true;
}

static bool IsFinite(Datum datum, Oid type) {
  switch (type) {
    case NUMERICOID: {
      Numeric number = DatumGetNumeric(datum);
      return !numeric_is_nan(number) && !numeric_is_inf(number);
    }
    case DATEOID:
      return !DATE_NOT_FINITE(DatumGetDateADT(datum));
    case TIMESTAMPTZOID:
      return !TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(datum));
    default:
      return true;
  }
}

static bool LowerConstant(CrmLowering *lowering, Datum datum, Oid type, CrmType wanted, CrmExpr *node) {
  if (!IsFinite(datum, type)) return Refuse(lowering, "the value is not finite");
  node->value = crmValueOf(datum, false, type, wanted);
  return true;
}

// A value of a column's own type is the plan's. All else is evaluated when the scan starts: what depends on
// TimeZone, a parameter, now(), another table's column.
static bool LowerOperand(CrmLowering *lowering, Expr *operand, CrmType type, bool same_type, CrmExpr *node) {
  if (same_type && IsA(operand, Const)) {
    Const *constant = (Const *)operand;
    if (constant->constisnull) return Refuse(lowering, "the value is null");
    return LowerConstant(lowering, constant->constvalue, constant->consttype, type, node);
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

// ---- comparisons ---------------------------------------------------------------------------------------

static bool LowerCompare(CrmLowering *lowering, OpExpr *expr, const CrmComparison *comparison) {
  Expr *left = (Expr *)linitial(expr->args), *right = (Expr *)lsecond(expr->args);
  bool commuted = crmColumnOf(lowering->rel, left) == 0;
  AttrNumber attnum = crmColumnOf(lowering->rel, commuted ? right : left);
  CrmClass column_class = commuted ? comparison->right : comparison->left;
  CrmClass operand_class = commuted ? comparison->left : comparison->right;
  bool ordering = comparison->op != CrmCompare::kEq && comparison->op != CrmCompare::kNe;

  if (!CheckColumn(lowering, attnum, column_class)) return false;
  if (column_class != operand_class && column_class != CrmClass::kTimestampTz)
    return Refuse(lowering, "the comparison depends on TimeZone");
  if (column_class == CrmClass::kText && !CheckCollation(lowering, expr->inputcollid, ordering)) return false;

  CrmExpr *node = AddLeaf(lowering, CrmNode::kCompare, attnum);
  node->op = commuted ? crmCommute(comparison->op) : comparison->op;
  return LowerOperand(lowering, commuted ? left : right, Column(lowering, attnum)->field.type,
                      column_class == operand_class, node);
}

static bool LowerPattern(CrmLowering *lowering, OpExpr *expr, const CrmPattern *pattern) {
  AttrNumber attnum = crmColumnOf(lowering->rel, (Expr *)linitial(expr->args));

  if (!CheckColumn(lowering, attnum, CrmClass::kText)) return false;
  if (!CheckCollation(lowering, expr->inputcollid, false)) return false;
  if (pattern->negated) AddNot(lowering);
  CrmExpr *node = AddLeaf(lowering, pattern->node, attnum);
  return LowerOperand(lowering, (Expr *)lsecond(expr->args), CrmType::kText, true, node);
}

// Distinct from a value, two-valued: unequal or null.
static bool LowerDistinct(CrmLowering *lowering, DistinctExpr *expr) {
  CrmComparison comparison;

  if (list_length(expr->args) != 2 || !crmFindComparison(expr->opno, &comparison) ||
      comparison.op != CrmCompare::kEq)
    return Refuse(lowering, "the operator is not one that is sent");
  AddParent(lowering, CrmNode::kOr, 2);
  int first = lowering->node_count;
  if (!LowerCompare(lowering, (OpExpr *)expr, &comparison)) return false;
  if (lowering->nodes[first].param >= 0) return Refuse(lowering, "the value may turn out to be null");
  lowering->nodes[first].op = CrmCompare::kNe;
  int16 field = lowering->nodes[first].field;
  AddNode(lowering, CrmNode::kIsNull)->field = field;
  return true;
}

// ---- lists ---------------------------------------------------------------------------------------------

// Takes the NULLs out of a list; true: there were some.
static bool DropNulls(CrmValue *list) {
  CrmText *items = (CrmText *)palloc(list->array.count * sizeof(CrmText) + 1);
  int count = 0, before = list->array.count;

  for (int i = 0; i < before; i++)
    if (list->array.items[i].data != NULL) items[count++] = list->array.items[i];
  list->array.items = items;
  list->array.count = count;
  return count < before;
}

// column @> list, column && list. A NULL in the list is contained in nothing and overlaps nothing, without
// making the outcome null: negated, that is not what the nodes say, so such a list must not come as a
// parameter.
static bool LowerListOperator(CrmLowering *lowering, OpExpr *expr, const CrmListOperator *list,
                              bool negated) {
  Expr *left = (Expr *)linitial(expr->args), *right = (Expr *)lsecond(expr->args);
  bool on_left = list->column_left && crmColumnOf(lowering->rel, left) != 0;
  Expr *operand = on_left ? right : left;
  AttrNumber attnum = 0;

  if (on_left || list->column_right) attnum = crmColumnOf(lowering->rel, on_left ? left : right);
  if (!CheckColumn(lowering, attnum, CrmClass::kTexts)) return false;
  if (crmClassOf(exprType((Node *)operand)) != CrmClass::kTexts) return Refuse(lowering, "the types differ");
  if (!CheckCollation(lowering, expr->inputcollid, false)) return false;
  CrmExpr *node = AddLeaf(lowering, list->node, attnum);
  if (!LowerOperand(lowering, operand, CrmType::kTextArray, true, node)) return false;
  if (node->param >= 0) return negated ? Refuse(lowering, "the list may turn out to hold a null") : true;
  if (DropNulls(&node->value) && list->node == CrmNode::kContains)
    return Refuse(lowering, "a null in the list is contained in nothing");
  return true;
}

// value = ANY (column).
static bool LowerMember(CrmLowering *lowering, ScalarArrayOpExpr *expr, AttrNumber attnum) {
  if (!CheckColumn(lowering, attnum, CrmClass::kTexts)) return false;
  if (!CheckCollation(lowering, expr->inputcollid, false)) return false;
  if (!expr->useOr) AddNot(lowering);
  CrmExpr *node = AddLeaf(lowering, CrmNode::kOverlaps, attnum);
  return LowerOperand(lowering, (Expr *)linitial(expr->args), CrmType::kText, true, node);
}

// column = ANY (list), whose items are texts or whole numbers.
static bool LowerAnyOf(CrmLowering *lowering, Expr *list, AttrNumber attnum, bool nulls_count) {
  CrmExpr *node = AddLeaf(lowering, CrmNode::kAnyOf, attnum);

  if (!LowerOperand(lowering, list, CrmType::kTextArray, true, node)) return false;
  if (node->param < 0 && DropNulls(&node->value) && nulls_count)
    return Refuse(lowering, "nothing is known to differ from a null");
  return true;
}

// The same of other types: column = one OR column = other.
static bool LowerAlternatives(CrmLowering *lowering, Const *list, AttrNumber attnum, bool nulls_count) {
  ArrayType *array = DatumGetArrayTypeP(list->constvalue);
  Oid element = ARR_ELEMTYPE(array);
  int16 length;
  bool by_value;
  char alignment;
  Datum *items;
  bool *nulls;
  int count, present = 0;

  get_typlenbyvalalign(element, &length, &by_value, &alignment);
  deconstruct_array(array, element, length, by_value, alignment, &items, &nulls, &count);
  for (int i = 0; i < count; i++)
    if (!nulls[i]) items[present++] = items[i];
  if (present < count && nulls_count) return Refuse(lowering, "nothing is known to differ from a null");
  if (present == 0) return Refuse(lowering, "the list is empty");
  if (present > kMaxAlternatives) return Refuse(lowering, "the list is too long");
  AddParent(lowering, CrmNode::kOr, present);
  for (int i = 0; i < present; i++) {
    CrmExpr *node = AddLeaf(lowering, CrmNode::kCompare, attnum);
    node->op = CrmCompare::kEq;
    if (!LowerConstant(lowering, items[i], element, Column(lowering, attnum)->field.type, node)) return false;
  }
  return true;
}

// Whole numbers go as a list where that makes a look-up, and else as alternatives, if they are few.
static bool GoesAsList(const CrmColumn *column, CrmClass item, Expr *list) {
  if (item == CrmClass::kText) return true;
  if (item != CrmClass::kInt) return false;
  return !IsA(list, Const) || crmHasTrait(column->field.traits, "key") ||
         crmHasTrait(column->field.traits, "lookup");
}

// `negated`: see LowerNode. Where false and null differ, a null in the list makes a difference.
static bool LowerArrayCompare(CrmLowering *lowering, ScalarArrayOpExpr *expr, bool negated) {
  Expr *list = (Expr *)lsecond(expr->args);
  AttrNumber list_column = crmColumnOf(lowering->rel, list);
  AttrNumber attnum = crmColumnOf(lowering->rel, (Expr *)linitial(expr->args));
  bool nulls_count = negated || !expr->useOr;
  CrmComparison comparison;

  if (!crmFindComparison(expr->opno, &comparison) || comparison.left != comparison.right ||
      comparison.op != (expr->useOr ? CrmCompare::kEq : CrmCompare::kNe) ||
      crmItemClassOf(exprType((Node *)list)) != comparison.left)
    return Refuse(lowering, "only = ANY and <> ALL of one type are sent");
  if (list_column != 0) return LowerMember(lowering, expr, list_column);
  if (!CheckColumn(lowering, attnum, comparison.left)) return false;
  if (comparison.left == CrmClass::kText && !CheckCollation(lowering, expr->inputcollid, false)) return false;
  if (!expr->useOr) AddNot(lowering);
  if (GoesAsList(Column(lowering, attnum), comparison.left, list))
    return LowerAnyOf(lowering, list, attnum, nulls_count);
  if (!IsA(list, Const)) return Refuse(lowering, "a list of this type is only sent as a constant");
  if (((Const *)list)->constisnull) return Refuse(lowering, "the value is null");
  return LowerAlternatives(lowering, (Const *)list, attnum, nulls_count);
}

// ---- truth ---------------------------------------------------------------------------------------------

// Whether a value is null does not hang on its type's meaning, only on the type being one that we read as is.
static bool LowerNullTest(CrmLowering *lowering, NullTest *test) {
  AttrNumber attnum = crmColumnOf(lowering->rel, test->arg);

  if (attnum == 0 || test->argisrow) return Refuse(lowering, "not a plain column");
  const CrmColumn *column = Column(lowering, attnum);
  if (column->field.remote_type.size == 0) return Refuse(lowering, column->unsent);
  if (column->field.type == CrmType::kText && !crmIsText(column->type))
    return Refuse(lowering, column->unsent);
  if (test->nulltesttype == IS_NOT_NULL) AddNot(lowering);
  AddLeaf(lowering, CrmNode::kIsNull, attnum);
  return true;
}

static bool LowerTruth(CrmLowering *lowering, Expr *expr) {
  AttrNumber attnum = crmColumnOf(lowering->rel, expr);

  if (attnum == 0) return Refuse(lowering, "not a plain column");
  if (!CheckColumn(lowering, attnum, CrmClass::kBool)) return false;
  AddLeaf(lowering, CrmNode::kIsTrue, attnum);
  return true;
}

// column IS [NOT] TRUE, FALSE or UNKNOWN is never null. At the top it need not be said that a null column is
// not true; below a NOT it must.
static void LowerColumnTest(CrmLowering *lowering, AttrNumber attnum, BoolTestType test, bool negated) {
  bool is_true = test == IS_TRUE || test == IS_NOT_FALSE;
  bool or_null = test == IS_NOT_TRUE || test == IS_NOT_FALSE;

  if (test != IS_UNKNOWN && test != IS_NOT_UNKNOWN) {
    if (or_null)
      AddParent(lowering, CrmNode::kOr, 2);
    else if (negated)
      AddParent(lowering, CrmNode::kAnd, 2);
    if (!is_true) AddNot(lowering);
    AddLeaf(lowering, CrmNode::kIsTrue, attnum);
    if (!or_null && !negated) return;
  }
  if (test == IS_NOT_UNKNOWN || test == IS_TRUE || test == IS_FALSE) AddNot(lowering);
  AddLeaf(lowering, CrmNode::kIsNull, attnum);
}

static bool LowerBooleanTest(CrmLowering *lowering, BooleanTest *test, bool negated) {
  AttrNumber attnum = crmColumnOf(lowering->rel, test->arg);
  bool is_false = test->booltesttype == IS_FALSE;

  if (attnum != 0) {
    if (!CheckColumn(lowering, attnum, CrmClass::kBool)) return false;
    LowerColumnTest(lowering, attnum, test->booltesttype, negated);
    return true;
  }
  // Of whole conditions, only where null and false come to the same.
  if (negated || (test->booltesttype != IS_TRUE && !is_false))
    return Refuse(lowering, "the test is not one that is sent");
  if (is_false) AddNot(lowering);
  return LowerNode(lowering, (Node *)test->arg, is_false);
}

static bool LowerBoolean(CrmLowering *lowering, BoolExpr *expr, bool negated) {
  CrmNode kind = expr->boolop == AND_EXPR  ? CrmNode::kAnd
                 : expr->boolop == OR_EXPR ? CrmNode::kOr
                                           : CrmNode::kNot;
  ListCell *cell;

  AddParent(lowering, kind, list_length(expr->args));
  foreach (cell, expr->args)
    if (!LowerNode(lowering, (Node *)lfirst(cell), negated || kind == CrmNode::kNot)) return false;
  return true;
}

static bool LowerOperator(CrmLowering *lowering, OpExpr *expr, bool negated) {
  CrmComparison comparison;
  CrmPattern pattern;
  CrmListOperator list;

  if (list_length(expr->args) == 2) {
    if (crmFindComparison(expr->opno, &comparison)) return LowerCompare(lowering, expr, &comparison);
    if (crmFindPattern(expr->opno, &pattern)) return LowerPattern(lowering, expr, &pattern);
    if (crmFindListOperator(expr->opno, &list)) return LowerListOperator(lowering, expr, &list, negated);
  }
  return Refuse(lowering, "the operator is not one that is sent");
}

// `negated`: below a NOT, where null and false differ.
static bool LowerNode(CrmLowering *lowering, Node *node, bool negated) {
  check_stack_depth();
  switch (nodeTag(node)) {
    case T_OpExpr:
      return LowerOperator(lowering, (OpExpr *)node, negated);
    case T_DistinctExpr:
      return LowerDistinct(lowering, (DistinctExpr *)node);
    case T_ScalarArrayOpExpr:
      return LowerArrayCompare(lowering, (ScalarArrayOpExpr *)node, negated);
    case T_NullTest:
      return LowerNullTest(lowering, (NullTest *)node);
    case T_BoolExpr:
      return LowerBoolean(lowering, (BoolExpr *)node, negated);
    case T_Var:
      return LowerTruth(lowering, (Expr *)node);
    case T_BooleanTest:
      return LowerBooleanTest(lowering, (BooleanTest *)node, negated);
    default:
      return Refuse(lowering, "the expression is not one that is sent");
  }
}

bool crmLowerCondition(CrmLowering *lowering, Node *condition) {
  return LowerNode(lowering, condition, false);
}

void crmLowerPresence(CrmLowering *lowering, AttrNumber attnum) {
  AddNot(lowering);
  AddLeaf(lowering, CrmNode::kIsNull, attnum);
}

void crmLowerSelect(CrmLowering *lowering, AttrNumber attnum, int relation) {
  AddLeaf(lowering, CrmNode::kInSelect, attnum)->relation = (int16)relation;
}
