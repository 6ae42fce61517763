// What a read costs. Include postgres.h first.
#pragma once
extern "C" {
#include "nodes/pathnodes.h"
}

#include "pg/ways.h"

// A read that way, of whose rows `rows` fulfil the clauses.
void crmCostScan(PlannerInfo *root, RelOptInfo *rel, List *clauses, const CrmWay *way, double rows,
                 Cost *startup, Cost *total);
// Asking that way for a number of rows.
void crmCostCount(const CrmWay *way, Cost *startup, Cost *total);
