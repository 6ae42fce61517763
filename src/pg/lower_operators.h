// What PostgreSQL's types and operators mean to the engine. Include postgres.h first.
#pragma once
#include "engine/engine.h"

// Types whose values compare with each other.
enum class CrmClass : uint8 { kNone, kText, kBool, kInt, kNumeric, kDate, kTimestampTz, kTimestamp, kTexts };

CrmClass crmClassOf(Oid type);
// The class of the items of an array type; kNone: no array, or one of other items.
CrmClass crmItemClassOf(Oid array_type);

// text and varchar have one representation.
bool crmIsText(Oid type);

// `left op right`, false: none that may be sent. An operator means what its function does, so it is the
// function that is looked up.
struct CrmComparison {
  CrmCompare op;
  CrmClass left, right;
};
bool crmFindComparison(Oid operator_oid, CrmComparison *found);
CrmCompare crmCommute(CrmCompare op);

// text LIKE pattern and its kin.
struct CrmPattern {
  CrmNode node;
  bool negated;
};
bool crmFindPattern(Oid operator_oid, CrmPattern *found);

// Lists: @>, <@, &&. These functions take arrays of any type: the caller looks at the types.
struct CrmListOperator {
  CrmNode node;
  bool column_left, column_right;  // the sides on which the column may stand
};
bool crmFindListOperator(Oid operator_oid, CrmListOperator *found);
