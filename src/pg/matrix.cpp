// crm_fdw.pushdown_matrix: what would become of simple conditions on each column. They go through the same
// lowering and planning as a query's.
extern "C" {
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "optimizer/tlist.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

#include "pg/account.h"
#include "pg/crm_pg.h"
#include "pg/lower.h"
#include "pg/lower_operators.h"
#include "pg/ways.h"

enum CrmFormKind { kEquality, kOrdering, kList, kPattern, kNullTest, kTexts };

// One form of condition. `op` is an operator, or a b-tree strategy number for those that depend on the type.
struct CrmForm {
  const char *text;
  CrmFormKind kind;
  Oid op;
  bool negated;
};

static const CrmForm kForms[] = {
    {"=", kEquality, BTEqualStrategyNumber, false},
    {"<>", kEquality, BTEqualStrategyNumber, true},
    {"<", kOrdering, BTLessStrategyNumber, false},
    {"<=", kOrdering, BTLessEqualStrategyNumber, false},
    {">", kOrdering, BTGreaterStrategyNumber, false},
    {">=", kOrdering, BTGreaterEqualStrategyNumber, false},
    {"= ANY", kList, BTEqualStrategyNumber, false},
    {"<> ALL", kList, BTEqualStrategyNumber, true},
    {"LIKE 'abc%'", kPattern, OID_TEXT_LIKE_OP, false},
    {"ILIKE 'abc%'", kPattern, OID_TEXT_ICLIKE_OP, false},
    {"@>", kTexts, OID_ARRAY_CONTAINS_OP, false},
    {"&&", kTexts, OID_ARRAY_OVERLAP_OP, false},
    {"IS NULL", kNullTest, InvalidOid, false},
    {"IS NOT NULL", kNullTest, InvalidOid, true},
};

// A column as an operand.
struct CrmOperandColumn {
  const CrmColumn *column;
  CrmClass type_class;
  Expr *expr;  // of type `type`
  Oid type;    // that of its operators: text for varchar
  Oid collation;
};

// ---- conditions ----------------------------------------------------------------------------------------

static bool Fits(const CrmForm *form, const CrmOperandColumn *operand) {
  if (operand->column->given) return form->kind == kEquality && !form->negated;
  switch (operand->type_class) {
    case CrmClass::kNone:
    case CrmClass::kTimestamp:
      return form->kind == kNullTest;
    case CrmClass::kBool:
      return form->kind == kEquality || form->kind == kNullTest;
    case CrmClass::kTexts:
      return form->kind == kTexts || form->kind == kNullTest;
    case CrmClass::kText:
      return form->kind != kTexts;
    default:
      return form->kind != kTexts && form->kind != kPattern;
  }
}

// Any two values will do, but 0, which may be compared more exactly than others; `which` is 0 or 1.
static Datum SampleValue(Oid type, int which) {
  const int kDay = 8766;  // 2024-01-01

  switch (type) {
    case INT2OID:
      return Int16GetDatum((int16)(1 + which));
    case INT4OID:
      return Int32GetDatum(1 + which);
    case INT8OID:
      return Int64GetDatum(1 + which);
    case NUMERICOID:
      return NumericGetDatum(int64_to_numeric(1 + which));
    case DATEOID:
      return DateADTGetDatum(kDay + which);
    case TIMESTAMPTZOID:
      return TimestampTzGetDatum((kDay + which) * USECS_PER_DAY);
    default:
      return CStringGetTextDatum(which == 0 ? "abc" : "abd");
  }
}

static Expr *MakeConstant(Oid type, Oid collation, Datum value) {
  int16 length;
  bool by_value;

  get_typlenbyval(type, &length, &by_value);
  return (Expr *)makeConst(type, -1, collation, length, value, false, by_value);
}

static Expr *MakeList(Oid element, Oid collation) {
  Datum items[2] = {SampleValue(element, 0), SampleValue(element, 1)};
  int16 length;
  bool by_value;
  char alignment;

  get_typlenbyvalalign(element, &length, &by_value, &alignment);
  ArrayType *array = construct_array(items, 2, element, length, by_value, alignment);
  return MakeConstant(get_array_type(element), collation, PointerGetDatum(array));
}

static Oid OperatorOf(Oid type, Oid strategy, bool negated) {
  TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY);
  Oid op =
      get_opfamily_member(entry->btree_opf, entry->btree_opintype, entry->btree_opintype, (int16)strategy);

  return negated ? get_negator(op) : op;
}

static Node *MakeListCondition(const CrmForm *form, const CrmOperandColumn *operand) {
  ScalarArrayOpExpr *condition = makeNode(ScalarArrayOpExpr);

  condition->opno = OperatorOf(operand->type, form->op, form->negated);
  condition->opfuncid = get_opcode(condition->opno);
  condition->useOr = !form->negated;
  condition->inputcollid = operand->collation;
  condition->args = list_make2(operand->expr, MakeList(operand->type, operand->collation));
  condition->location = -1;
  return (Node *)condition;
}

static Node *MakeNullTest(const CrmForm *form, const CrmOperandColumn *operand) {
  NullTest *test = makeNode(NullTest);

  test->arg = operand->expr;
  test->nulltesttype = form->negated ? IS_NOT_NULL : IS_NULL;
  test->location = -1;
  return (Node *)test;
}

static Node *MakeCondition(const CrmForm *form, const CrmOperandColumn *operand) {
  Oid op = form->op;
  Expr *value;

  switch (form->kind) {
    case kNullTest:
      return MakeNullTest(form, operand);
    case kList:
      return MakeListCondition(form, operand);
    case kTexts:
      value = MakeList(TEXTOID, operand->collation);
      break;
    case kPattern:
      value = MakeConstant(TEXTOID, operand->collation, CStringGetTextDatum("abc%"));
      break;
    default:
      // PostgreSQL writes boolean = true as the boolean.
      if (operand->type_class == CrmClass::kBool)
        return form->negated ? (Node *)makeBoolExpr(NOT_EXPR, list_make1(operand->expr), -1)
                             : (Node *)operand->expr;
      op = OperatorOf(operand->type, form->op, form->negated);
      value = MakeConstant(operand->type, operand->collation, SampleValue(operand->type, 0));
  }
  return (Node *)make_opclause(op, BOOLOID, false, operand->expr, value, InvalidOid, operand->collation);
}

static CrmOperandColumn OperandOf(const CrmTable *table, AttrNumber attnum) {
  const CrmColumn *column = &table->columns[attnum - 1];
  CrmOperandColumn operand = {column, crmClassOf(column->type), NULL, column->type, InvalidOid};
  int32 typmod;
  Oid type;

  get_atttypetypmodcoll(table->relid, attnum, &type, &typmod, &operand.collation);
  operand.expr = (Expr *)makeVar(1, attnum, type, typmod, operand.collation, 0);
  if (operand.type_class == CrmClass::kText) operand.type = TEXTOID;
  if (operand.type_class == CrmClass::kTexts) operand.type = TEXTARRAYOID;
  if (operand.type != type)
    operand.expr =
        (Expr *)makeRelabelType(operand.expr, operand.type, -1, operand.collation, COERCE_IMPLICIT_CAST);
  return operand;
}

// ---- verdicts ------------------------------------------------------------------------------------------

struct CrmAnswer {
  CrmVerdict verdict;
  bool fresh;
  const char *reason;
};

static bool IsBetter(const CrmWay *one, const CrmWay *other) {
  if (one->verdicts[0] != other->verdicts[0]) return one->verdicts[0] > other->verdicts[0];
  return one->fresh && !other->fresh;
}

// The best that a way to read makes of the condition.
static CrmAnswer AskAbout(const CrmTable *table, Node *condition) {
  RelOptInfo *rel = makeNode(RelOptInfo);
  RestrictInfo *clause = makeNode(RestrictInfo);
  const CrmWay *best = NULL;
  ListCell *cell;

  rel->relid = 1;
  rel->reltarget = create_empty_pathtarget();
  rel->tuples = table->estimated_rows >= 0 ? table->estimated_rows : kCrmUnknownRows;
  clause->clause = (Expr *)condition;
  CrmLowered *lowered = crmLower(NULL, rel, table, list_make1(clause));
  if (lowered->conjunct_of[0] < 0) return {CrmVerdict::kLocal, false, lowered->why[0]};
  foreach (cell, crmAskProvider(table, lowered, 1)) {
    const CrmWay *way = (const CrmWay *)lfirst(cell);
    if (best == NULL || IsBetter(way, best)) best = way;
  }
  return {best->verdicts[0], best->fresh, best->reasons[0]};
}

static void SetText(Datum *value, bool *null, const char *text) {
  *null = text == NULL || text[0] == '\0';
  if (!*null) *value = CStringGetTextDatum(text);
}

static HeapTuple MakeRow(TupleDesc desc, const char *column, const char *condition, const CrmAnswer *answer) {
  bool sent = answer->verdict != CrmVerdict::kLocal;
  Datum values[5];
  bool nulls[5] = {};
  NameData name;

  namestrcpy(&name, column);
  values[0] = NameGetDatum(&name);
  SetText(&values[1], &nulls[1], condition);
  SetText(&values[2], &nulls[2], crmVerdictName(answer->verdict));
  SetText(&values[3], &nulls[3], sent ? (answer->fresh ? "fresh" : "index") : NULL);
  SetText(&values[4], &nulls[4], answer->reason);
  return heap_form_tuple(desc, values, nulls);
}

static List *MakeRows(TupleDesc desc, const CrmTable *table) {
  List *rows = NIL;

  for (AttrNumber attnum = 1; attnum <= table->column_count; attnum++) {
    if (table->columns[attnum - 1].name == NULL) continue;
    CrmOperandColumn operand = OperandOf(table, attnum);
    for (const CrmForm &form : kForms) {
      if (!Fits(&form, &operand)) continue;
      CrmAnswer answer = AskAbout(table, MakeCondition(&form, &operand));
      rows = lappend(rows, MakeRow(desc, operand.column->name, form.text, &answer));
    }
  }
  return rows;
}

// ---- pushdown_matrix(table) ----------------------------------------------------------------------------

static const CrmTable *LoadNamedTable(Oid relid) {
  LockRelationOid(relid, AccessShareLock);
  if (get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE ||
      !crmIsOwnWrapper(GetForeignServer(GetForeignTable(relid)->serverid)->fdwid)) {
    const char *name = get_rel_name(relid);
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("\"%s\" is not a foreign table of crm_fdw", name == NULL ? "-" : name)));
  }
  return crmLoadTable(relid);
}

extern "C" {
PG_FUNCTION_INFO_V1(crm_fdw_pushdown_matrix);

Datum crm_fdw_pushdown_matrix(PG_FUNCTION_ARGS) {
  FuncCallContext *context;

  if (SRF_IS_FIRSTCALL()) {
    context = SRF_FIRSTCALL_INIT();
    MemoryContext old = MemoryContextSwitchTo(context->multi_call_memory_ctx);
    context->tuple_desc = crmResultRow(fcinfo);
    context->user_fctx = MakeRows(context->tuple_desc, LoadNamedTable(PG_GETARG_OID(0)));
    MemoryContextSwitchTo(old);
  }
  context = SRF_PERCALL_SETUP();
  List *rows = (List *)context->user_fctx;
  if (context->call_cntr >= (uint64)list_length(rows)) SRF_RETURN_DONE(context);
  // Not inside the macro, which counts up before it looks at the result.
  Datum result = HeapTupleGetDatum((HeapTuple)list_nth(rows, (int)context->call_cntr));
  SRF_RETURN_NEXT(context, result);
}
}
