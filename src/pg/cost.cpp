// Requests decide: one takes 100 to 200 ms, in which this side could sift a hundred thousand rows.
extern "C" {
#include "postgres.h"

#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
}

#include "pg/cost.h"

static const double kRequestCost = 1000;
static const double kTransferCost = 0.2;  // per row, what postgres_fdw takes for its own

void crmCostScan(PlannerInfo *root, RelOptInfo *rel, List *clauses, double requests, double rows_sent,
                 double rows, Cost *startup, Cost *total) {
  QualCost recheck;
  const QualCost *target = &rel->reltarget->cost;

  cost_qual_eval(&recheck, clauses, root);
  *startup = Min(requests, 1) * kRequestCost + recheck.startup + target->startup;
  *total = *startup + Max(requests - 1, 0) * kRequestCost +
           rows_sent * (kTransferCost + cpu_tuple_cost + recheck.per_tuple) + rows * target->per_tuple;
}
