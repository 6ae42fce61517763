// One condition of PostgreSQL's as the engine's nodes. Include postgres.h first.
#pragma once
extern "C" {
#include "nodes/pathnodes.h"
}

#include "pg/lower.h"

struct CrmLowering {
  PlannerInfo *root;
  RelOptInfo *rel;
  const CrmTable *table;
  CrmLowered *out;  // fields are there; params grow
  CrmExpr *nodes;
  int node_count, node_space;
  const char *why;  // of the last refusal
};

// Appends the condition's nodes. False: it stays here, `why` says why, and what was appended is to be
// dropped.
bool crmLowerCondition(CrmLowering *lowering, Node *condition);

// Appends `column IS NOT NULL`; `column IN (the relation's values)`.
void crmLowerPresence(CrmLowering *lowering, AttrNumber attnum);
void crmLowerSelect(CrmLowering *lowering, AttrNumber attnum, int relation);
