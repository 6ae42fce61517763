// Columns with trait "given": `query = '…'`. They are no data of the CRM but part of the question.
// Include postgres.h first.
#pragma once
extern "C" {
#include "nodes/pathnodes.h"
}

#include "pg/catalog.h"

// The first given column that the expression names, 0: none.
AttrNumber crmGivenIn(const CrmTable *table, RelOptInfo *rel, Node *expr);

// The given columns that another relation is to give their values: joins compare them.
// ERRORs if a join asks anything but whether one equals something.
Bitmapset *crmJoinedGiven(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table);

// `why` says what is the matter, without a full stop.
[[noreturn]] void crmRefuseGiven(const CrmTable *table, AttrNumber attnum, const char *why);
