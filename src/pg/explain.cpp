// EXPLAIN: what is asked, of which source, and what became of each condition.
extern "C" {
#include "postgres.h"

#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
}

#include "pg/account.h"
#include "pg/compat.h"
#include "pg/crm_pg.h"
#include "pg/raise.h"

const char *crmVerdictName(CrmVerdict verdict) {
  switch (verdict) {
    case CrmVerdict::kExact:
      return "exact";
    case CrmVerdict::kSuperset:
      return "superset";
    default:
      return "local";
  }
}

static void ShowCondition(const char *sql, const char *verdict, const char *reason, ExplainState *es) {
  if (es->format == EXPLAIN_FORMAT_TEXT) {
    char *line =
        reason[0] == '\0' ? psprintf("%s [%s]", sql, verdict) : psprintf("%s [%s: %s]", sql, verdict, reason);
    ExplainPropertyText("Condition", line, es);
    return;
  }
  ExplainOpenGroup("Condition", NULL, true, es);
  ExplainPropertyText("Condition", sql, es);
  ExplainPropertyText("Verdict", verdict, es);
  if (reason[0] != '\0') ExplainPropertyText("Reason", reason, es);
  ExplainCloseGroup("Condition", NULL, true, es);
}

static bool FindInPlans(List *plans, const Plan *wanted, List **ancestors);

// The way from a node up to `plan`, nearest first. False: the node is not below it.
static bool FindAncestors(Plan *plan, const Plan *wanted, List **ancestors) {
  bool found;

  if (plan == NULL) return false;
  if (plan == wanted) return true;
  check_stack_depth();
  switch (nodeTag(plan)) {
    case T_Append:
      found = FindInPlans(((Append *)plan)->appendplans, wanted, ancestors);
      break;
    case T_MergeAppend:
      found = FindInPlans(((MergeAppend *)plan)->mergeplans, wanted, ancestors);
      break;
    case T_SubqueryScan:
      found = FindAncestors(((SubqueryScan *)plan)->subplan, wanted, ancestors);
      break;
    default:
      found = FindAncestors(outerPlan(plan), wanted, ancestors) ||
              FindAncestors(innerPlan(plan), wanted, ancestors);
  }
  if (found) *ancestors = lappend(*ancestors, plan);
  return found;
}

static bool FindInPlans(List *plans, const Plan *wanted, List **ancestors) {
  ListCell *cell;

  foreach (cell, plans)
    if (FindAncestors((Plan *)lfirst(cell), wanted, ancestors)) return true;
  return false;
}

// With the nodes above it, a condition shows what a nested loop gives it instead of a number.
static List *DeparseContext(Plan *plan, ExplainState *es) {
  List *ancestors = NIL;

  if (!FindAncestors(es->pstmt->planTree, plan, &ancestors))
    FindInPlans(es->pstmt->subplans, plan, &ancestors);
  return set_deparse_context_plan(es->deparse_cxt, plan, ancestors);
}

// Conditions and verdicts have the same order.
static void ShowConditions(ForeignScanState *node, List *private_list, ExplainState *es) {
  const ForeignScan *plan = (ForeignScan *)node->ss.ps.plan;
  List *conditions = (List *)list_nth(private_list, kScanConditions), *context;
  List *verdicts = (List *)list_nth(private_list, kScanVerdicts);
  List *reasons = (List *)list_nth(private_list, kScanReasons);
  Oid relid = linitial_oid((List *)list_nth(private_list, kScanRelations));

  if (conditions == NIL) {
    conditions = plan->scan.plan.qual;
    context = DeparseContext(node->ss.ps.plan, es);
  } else {
    context = deparse_context_for(get_rel_name(relid), relid);
  }
  int count = Min(list_length(conditions), list_length(verdicts));
  if (count == 0) return;
  ExplainOpenGroup("Conditions", "Conditions", false, es);
  for (int i = 0; i < count; i++)
    ShowCondition(deparse_expression((Node *)list_nth(conditions, i), context, true, false),
                  crmVerdictName((CrmVerdict)list_nth_int(verdicts, i)), strVal(list_nth(reasons, i)), es);
  ExplainCloseGroup("Conditions", "Conditions", false, es);
}

static const char *NameTable(Oid relid, ExplainState *es) {
  const char *name = quote_identifier(get_rel_name(relid));

  if (!es->verbose) return name;
  return psprintf("%s.%s", quote_identifier(get_namespace_name(get_rel_namespace(relid))), name);
}

// Groups and joins have no table in their node's title.
static void ShowTables(List *relids, ExplainState *es) {
  List *names = NIL;
  ListCell *cell;

  foreach (cell, relids) names = lappend(names, (void *)NameTable(lfirst_oid(cell), es));
  if (list_length(names) == 1)
    ExplainPropertyText("Aggregate Of", (const char *)linitial(names), es);
  else
    ExplainPropertyList("Join Of", names, es);
}

static void ShowStats(ForeignScanState *node, ExplainState *es) {
  CrmStats stats;

  if (!crmScanStats(node, &stats)) return;
  ExplainPropertyInteger("Requests", NULL, stats.requests, es);
  ExplainPropertyInteger("Pages", NULL, stats.pages, es);
  ExplainPropertyInteger("Bytes", NULL, stats.bytes, es);
  ExplainPropertyInteger("Retries", NULL, stats.retries, es);
  if (es->timing) ExplainPropertyFloat("Rate Limit Wait", "ms", (double)stats.waited_us / 1000, 3, es);
}

void crmExplainForeignScan(ForeignScanState *node, ExplainState *es) {
  List *private_list = ((ForeignScan *)node->ss.ps.plan)->fdw_private;
  Oid relid = linitial_oid((List *)list_nth(private_list, kScanRelations));
  bool fresh = intVal(list_nth(private_list, kScanFresh)) != 0;
  CrmText plan = crmTextOf(strVal(list_nth(private_list, kScanPlan)));
  CrmText query;
  CrmFailure why;

  if (es->verbose) {
    Oid server = GetForeignTable(relid)->serverid;
    ExplainPropertyText("Provider", crmTextDup(crmProviderOfServer(server)), es);
  }
  if (((ForeignScan *)node->ss.ps.plan)->scan.scanrelid == 0)
    ShowTables((List *)list_nth(private_list, kScanRelations), es);
  ExplainPropertyText("Source", fresh ? "fresh" : "search index (may lag writes)", es);
  if (!crm_describe_plan(plan, NULL, 0, &query, &why)) crmRaise(&why);
  ExplainPropertyText("Remote Query", crmTextDup(query), es);
  if (es->verbose) {
    ShowConditions(node, private_list, es);
    ExplainPropertyInteger("Expected Requests", NULL, atoll(strVal(list_nth(private_list, kScanRequests))),
                           es);
  }
  if (es->analyze) ShowStats(node, es);
}
