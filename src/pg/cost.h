// What a read costs. Include postgres.h first.
#pragma once
extern "C" {
#include "nodes/pathnodes.h"
}

#include "pg/ways.h"

// A read that way, of whose rows `rows` fulfil the clauses.
void crmCostScan(PlannerInfo *root, RelOptInfo *rel, List *clauses, const CrmWay *way, double rows,
                 Cost *startup, Cost *total);
// That way's groups, of which `rows` fulfil HAVING.
void crmCostGroups(PlannerInfo *root, RelOptInfo *rel, List *having, const CrmWay *way, double groups,
                   double rows, Cost *startup, Cost *total);
