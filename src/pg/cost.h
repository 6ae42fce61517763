// What a read costs. Include postgres.h first.
#pragma once
extern "C" {
#include "nodes/pathnodes.h"
}

// A read that takes `requests` requests and brings `rows_sent` rows, of which `rows` fulfil the clauses.
void crmCostScan(PlannerInfo *root, RelOptInfo *rel, List *clauses, double requests, double rows_sent,
                 double rows, Cost *startup, Cost *total);
