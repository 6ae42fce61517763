// count(*) without the rows: where the CRM fulfils all conditions exactly, and knows how many records do.
extern "C" {
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "utils/fmgroids.h"
}

#include "pg/compat.h"
#include "pg/cost.h"
#include "pg/crm_pg.h"
#include "pg/lower.h"
#include "pg/settings.h"
#include "pg/ways.h"

// Whether the expression is count(*) of all rows.
static bool IsCount(const Node *expr) {
  const Aggref *count = (const Aggref *)expr;

  return IsA(expr, Aggref) && count->aggfnoid == F_COUNT_ && count->aggstar && count->aggfilter == NULL &&
         count->aggdistinct == NIL && count->aggorder == NIL && count->aggsplit == AGGSPLIT_SIMPLE &&
         count->agglevelsup == 0;
}

// Whether one number is all that the query wants of this table, and of no other.
static bool WantsOnlyCount(PlannerInfo *root, RelOptInfo *input, RelOptInfo *output) {
  const Query *parse = root->parse;
  List *wanted = output->reltarget->exprs;

  // No private data: a parent of other tables, or one that a constant condition has emptied.
  return input->fdw_private != NULL && input->reloptkind == RELOPT_BASEREL &&
         bms_membership(root->all_baserels) == BMS_SINGLETON && parse->groupClause == NIL &&
         parse->groupingSets == NIL && parse->havingQual == NULL && !parse->hasTargetSRFs &&
         list_length(wanted) == 1 && IsCount((Node *)linitial(wanted));
}

static bool AllLowered(const CrmLowered *lowered, int clause_count) {
  for (int i = 0; i < clause_count; i++)
    if (lowered->conjunct_of[i] < 0) return false;
  return true;
}

void crmGetForeignUpperPaths(PlannerInfo *root, UpperRelationKind stage, RelOptInfo *input,
                             RelOptInfo *output, void *) {
  ListCell *cell;

  if (stage != UPPERREL_GROUP_AGG || !crmPushdownEnabled() || !WantsOnlyCount(root, input, output)) return;
  const CrmTable *table = ((CrmRelInfo *)input->fdw_private)->table;
  int clause_count = list_length(input->baserestrictinfo);
  CrmLowered *lowered = crmLower(root, input, table, input->baserestrictinfo);
  if (!AllLowered(lowered, clause_count)) return;

  lowered->request.count_only = true;
  foreach (cell, crmAskProvider(table, lowered, clause_count)) {
    CrmWay *way = (CrmWay *)lfirst(cell);
    Cost startup, total;
    crmCostCount(way, &startup, &total);
    way->cells = list_make1_int(1);
    way->key_cell = -1;
    add_path(output, (Path *)crmCreateUpperPath(root, output, startup, total, list_make2(way, input)));
  }
}

ForeignScan *crmMakeCountPlan(PlannerInfo *root, ForeignPath *best_path, List *tlist, Plan *outer_plan) {
  CrmWay *way = (CrmWay *)linitial(best_path->fdw_private);
  RelOptInfo *input = (RelOptInfo *)lsecond(best_path->fdw_private);
  const CrmTable *table = ((CrmRelInfo *)input->fdw_private)->table;
  CrmLowered *lowered = crmLower(root, input, table, input->baserestrictinfo);
  // Not of the path, which may have got another target since.
  Expr *count = (Expr *)copyObjectImpl(linitial(best_path->path.parent->reltarget->exprs));
  List *scan_tlist = list_make1(makeTargetEntry(count, 1, NULL, false));

  // No condition is left to check here: each is fulfilled by what is counted.
  return make_foreignscan(tlist, NIL, 0, lowered->params,
                          crmMakeScanPrivate(way, table->relid, lowered->param_types, NIL, NIL), scan_tlist,
                          NIL, outer_plan);
}
