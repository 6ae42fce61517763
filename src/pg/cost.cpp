// Requests decide: one takes 100 to 200 ms, in which this side could sift a hundred thousand rows.
extern "C" {
#include "postgres.h"

#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
}

#include "pg/cost.h"

static const double kRequestCost = 1000;
static const double kTransferCost = 0.2;  // per row, what postgres_fdw takes for its own
// So that of two ways that cost the same the one that shows the latest writes is taken.
static const double kIndexCost = 1;
// So that of two ways that take as many requests the one that gives groups is taken, whatever order the rows
// come in: how many rows there are is only a guess. PostgreSQL takes costs that differ by 1 % for the same.
static const double kGroupsShare = 0.9;

static double StartCost(const CrmWay *way) {
  return Min(way->requests, 1) * kRequestCost + (way->fresh ? 0 : kIndexCost);
}

static double MoreRequestsCost(const CrmWay *way) { return Max(way->requests - 1, 0) * kRequestCost; }

void crmCostScan(PlannerInfo *root, RelOptInfo *rel, List *clauses, const CrmWay *way, double rows,
                 Cost *startup, Cost *total) {
  QualCost recheck;
  const QualCost *target = &rel->reltarget->cost;

  cost_qual_eval(&recheck, clauses, root);
  *startup = StartCost(way) + recheck.startup + target->startup;
  *total = *startup + MoreRequestsCost(way) +
           way->rows_sent * (kTransferCost + cpu_tuple_cost + recheck.per_tuple) + rows * target->per_tuple;
}

void crmCostGroups(PlannerInfo *root, RelOptInfo *rel, List *having, const CrmWay *way, double groups,
                   double rows, Cost *startup, Cost *total) {
  QualCost check;
  const QualCost *target = &rel->reltarget->cost;

  cost_qual_eval(&check, having, root);
  *startup = StartCost(way) * kGroupsShare + check.startup + target->startup;
  *total = *startup + MoreRequestsCost(way) + groups * (kTransferCost + cpu_tuple_cost + check.per_tuple) +
           rows * target->per_tuple;
}
