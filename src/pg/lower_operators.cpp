// The closed lists of types and operators.
extern "C" {
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
}

#include "pg/lower_operators.h"

struct CrmComparisons {
  Oid functions[6];  // in the order of CrmCompare
  CrmClass left, right;
};

static const CrmComparisons kComparisons[] = {
    {{F_BOOLEQ, F_BOOLNE}, CrmClass::kBool, CrmClass::kBool},
    {{F_TEXTEQ, F_TEXTNE, F_TEXT_LT, F_TEXT_LE, F_TEXT_GT, F_TEXT_GE}, CrmClass::kText, CrmClass::kText},
    {{F_INT2EQ, F_INT2NE, F_INT2LT, F_INT2LE, F_INT2GT, F_INT2GE}, CrmClass::kInt, CrmClass::kInt},
    {{F_INT24EQ, F_INT24NE, F_INT24LT, F_INT24LE, F_INT24GT, F_INT24GE}, CrmClass::kInt, CrmClass::kInt},
    {{F_INT28EQ, F_INT28NE, F_INT28LT, F_INT28LE, F_INT28GT, F_INT28GE}, CrmClass::kInt, CrmClass::kInt},
    {{F_INT42EQ, F_INT42NE, F_INT42LT, F_INT42LE, F_INT42GT, F_INT42GE}, CrmClass::kInt, CrmClass::kInt},
    {{F_INT4EQ, F_INT4NE, F_INT4LT, F_INT4LE, F_INT4GT, F_INT4GE}, CrmClass::kInt, CrmClass::kInt},
    {{F_INT48EQ, F_INT48NE, F_INT48LT, F_INT48LE, F_INT48GT, F_INT48GE}, CrmClass::kInt, CrmClass::kInt},
    {{F_INT82EQ, F_INT82NE, F_INT82LT, F_INT82LE, F_INT82GT, F_INT82GE}, CrmClass::kInt, CrmClass::kInt},
    {{F_INT84EQ, F_INT84NE, F_INT84LT, F_INT84LE, F_INT84GT, F_INT84GE}, CrmClass::kInt, CrmClass::kInt},
    {{F_INT8EQ, F_INT8NE, F_INT8LT, F_INT8LE, F_INT8GT, F_INT8GE}, CrmClass::kInt, CrmClass::kInt},
    {{F_NUMERIC_EQ, F_NUMERIC_NE, F_NUMERIC_LT, F_NUMERIC_LE, F_NUMERIC_GT, F_NUMERIC_GE},
     CrmClass::kNumeric,
     CrmClass::kNumeric},
    {{F_DATE_EQ, F_DATE_NE, F_DATE_LT, F_DATE_LE, F_DATE_GT, F_DATE_GE}, CrmClass::kDate, CrmClass::kDate},
    {{F_TIMESTAMPTZ_EQ, F_TIMESTAMPTZ_NE, F_TIMESTAMPTZ_LT, F_TIMESTAMPTZ_LE, F_TIMESTAMPTZ_GT,
      F_TIMESTAMPTZ_GE},
     CrmClass::kTimestampTz,
     CrmClass::kTimestampTz},
    {{F_TIMESTAMPTZ_EQ_DATE, F_TIMESTAMPTZ_NE_DATE, F_TIMESTAMPTZ_LT_DATE, F_TIMESTAMPTZ_LE_DATE,
      F_TIMESTAMPTZ_GT_DATE, F_TIMESTAMPTZ_GE_DATE},
     CrmClass::kTimestampTz,
     CrmClass::kDate},
    {{F_DATE_EQ_TIMESTAMPTZ, F_DATE_NE_TIMESTAMPTZ, F_DATE_LT_TIMESTAMPTZ, F_DATE_LE_TIMESTAMPTZ,
      F_DATE_GT_TIMESTAMPTZ, F_DATE_GE_TIMESTAMPTZ},
     CrmClass::kDate,
     CrmClass::kTimestampTz},
    {{F_TIMESTAMPTZ_EQ_TIMESTAMP, F_TIMESTAMPTZ_NE_TIMESTAMP, F_TIMESTAMPTZ_LT_TIMESTAMP,
      F_TIMESTAMPTZ_LE_TIMESTAMP, F_TIMESTAMPTZ_GT_TIMESTAMP, F_TIMESTAMPTZ_GE_TIMESTAMP},
     CrmClass::kTimestampTz,
     CrmClass::kTimestamp},
    {{F_TIMESTAMP_EQ_TIMESTAMPTZ, F_TIMESTAMP_NE_TIMESTAMPTZ, F_TIMESTAMP_LT_TIMESTAMPTZ,
      F_TIMESTAMP_LE_TIMESTAMPTZ, F_TIMESTAMP_GT_TIMESTAMPTZ, F_TIMESTAMP_GE_TIMESTAMPTZ},
     CrmClass::kTimestamp,
     CrmClass::kTimestampTz},
};

CrmClass crmClassOf(Oid type) {
  switch (type) {
    case TEXTOID:
    case VARCHAROID:
      return CrmClass::kText;
    case BOOLOID:
      return CrmClass::kBool;
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return CrmClass::kInt;
    case NUMERICOID:
      return CrmClass::kNumeric;
    case DATEOID:
      return CrmClass::kDate;
    case TIMESTAMPTZOID:
      return CrmClass::kTimestampTz;
    case TIMESTAMPOID:
      return CrmClass::kTimestamp;
    case TEXTARRAYOID:
    case VARCHARARRAYOID:
      return CrmClass::kTexts;
    default:
      return CrmClass::kNone;
  }
}

CrmClass crmItemClassOf(Oid array_type) { return crmClassOf(get_element_type(array_type)); }

bool crmIsText(Oid type) { return crmClassOf(type) == CrmClass::kText; }

bool crmFindComparison(Oid operator_oid, CrmComparison *found) {
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

CrmCompare crmCommute(CrmCompare op) {
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

bool crmFindPattern(Oid operator_oid, CrmPattern *found) {
  switch (get_opcode(operator_oid)) {
    case F_TEXTLIKE:
      *found = {CrmNode::kLike, false};
      return true;
    case F_TEXTNLIKE:
      *found = {CrmNode::kLike, true};
      return true;
    case F_TEXTICLIKE:
      *found = {CrmNode::kILike, false};
      return true;
    case F_TEXTICNLIKE:
      *found = {CrmNode::kILike, true};
      return true;
    default:
      return false;
  }
}

bool crmFindListOperator(Oid operator_oid, CrmListOperator *found) {
  switch (get_opcode(operator_oid)) {
    case F_ARRAYCONTAINS:
      *found = {CrmNode::kContains, true, false};
      return true;
    case F_ARRAYCONTAINED:
      *found = {CrmNode::kContains, false, true};
      return true;
    case F_ARRAYOVERLAP:
      *found = {CrmNode::kOverlaps, true, true};
      return true;
    default:
      return false;
  }
}
