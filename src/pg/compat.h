// Every difference between PostgreSQL 14 and 18 that src/pg meets. Nothing else tests PG_VERSION_NUM.
#pragma once
extern "C" {
#include "postgres.h"

#include "commands/explain.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/pathnode.h"
#include "parser/parse_type.h"
#include "utils/acl.h"
#include "utils/guc.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#include "optimizer/paths.h"
#endif
#if PG_VERSION_NUM >= 170000
#include "utils/wait_event.h"
#else
#include "access/stratnum.h"
#include "pgstat.h"
#endif
#if PG_VERSION_NUM >= 160000
#include "catalog/pg_foreign_server.h"
#include "nodes/miscnodes.h"
#include "varatt.h"
#else
#include "executor/executor.h"
#endif
}

#if PG_VERSION_NUM < 140000 || PG_VERSION_NUM >= 190000
#error "crm_fdw is for PostgreSQL 14 to 18"
#endif
#if PG_VERSION_NUM == 150009 || PG_VERSION_NUM == 160005 || PG_VERSION_NUM == 170001
#error "the headers of this minor release do not fit the other minors: build with another one"
#endif

#if PG_VERSION_NUM < 150000
static inline void MarkGUCPrefixReserved(const char *prefix) { EmitWarningsOnPlaceholders(prefix); }
#endif

// A path over one foreign table, without an outer path.
static inline ForeignPath *crmCreateForeignPath(PlannerInfo *root, RelOptInfo *rel, double rows,
                                                Cost startup_cost, Cost total_cost, List *pathkeys,
                                                Relids required_outer, List *fdw_private) {
#if PG_VERSION_NUM >= 180000
  return create_foreignscan_path(root, rel, NULL, rows, 0, startup_cost, total_cost, pathkeys, required_outer,
                                 NULL, NIL, fdw_private);
#elif PG_VERSION_NUM >= 170000
  return create_foreignscan_path(root, rel, NULL, rows, startup_cost, total_cost, pathkeys, required_outer,
                                 NULL, NIL, fdw_private);
#else
  return create_foreignscan_path(root, rel, NULL, rows, startup_cost, total_cost, pathkeys, required_outer,
                                 NULL, fdw_private);
#endif
}

// A path that is worse than all others, those that enable_nestloop and its kin discourage included.
static inline ForeignPath *crmCreateUselessPath(PlannerInfo *root, RelOptInfo *rel, double rows,
                                                Relids required_outer, List *fdw_private) {
  const Cost cost = 1e20;
  ForeignPath *path = crmCreateForeignPath(root, rel, rows, cost, cost, NIL, required_outer, fdw_private);
#if PG_VERSION_NUM >= 180000
  path->path.disabled_nodes = 1000;
#endif
  return path;
}

// A path for several foreign tables, without an outer path.
static inline ForeignPath *crmCreateJoinPath(PlannerInfo *root, RelOptInfo *rel, double rows,
                                             Cost startup_cost, Cost total_cost, List *fdw_private) {
#if PG_VERSION_NUM >= 180000
  return create_foreign_join_path(root, rel, NULL, rows, 0, startup_cost, total_cost, NIL, NULL, NULL, NIL,
                                  fdw_private);
#elif PG_VERSION_NUM >= 170000
  return create_foreign_join_path(root, rel, NULL, rows, startup_cost, total_cost, NIL, NULL, NULL, NIL,
                                  fdw_private);
#else
  return create_foreign_join_path(root, rel, NULL, rows, startup_cost, total_cost, NIL, NULL, NULL,
                                  fdw_private);
#endif
}

// A path for what stands above the scans, without an outer path.
static inline ForeignPath *crmCreateUpperPath(PlannerInfo *root, RelOptInfo *rel, double rows,
                                              Cost startup_cost, Cost total_cost, List *fdw_private) {
#if PG_VERSION_NUM >= 180000
  return create_foreign_upper_path(root, rel, rel->reltarget, rows, 0, startup_cost, total_cost, NIL, NULL,
                                   NIL, fdw_private);
#elif PG_VERSION_NUM >= 170000
  return create_foreign_upper_path(root, rel, rel->reltarget, rows, startup_cost, total_cost, NIL, NULL, NIL,
                                   fdw_private);
#else
  return create_foreign_upper_path(root, rel, rel->reltarget, rows, startup_cost, total_cost, NIL, NULL,
                                   fdw_private);
#endif
}

static inline bool crmIsDescending(const PathKey *pathkey) {
#if PG_VERSION_NUM >= 180000
  return pathkey->pk_cmptype == COMPARE_GT;
#else
  return pathkey->pk_strategy == BTGreaterStrategyNumber;
#endif
}

// The members of an equivalence class that may belong to this relation, children's included.
static inline List *crmClassMembers(EquivalenceClass *ec, RelOptInfo *rel) {
#if PG_VERSION_NUM >= 180000
  EquivalenceMemberIterator iterator;
  EquivalenceMember *member;
  List *members = NIL;

  setup_eclass_member_iterator(&iterator, ec, rel->relids);
  while ((member = eclass_member_iterator_next(&iterator)) != NULL) members = lappend(members, member);
  return members;
#else
  (void)rel;
  return ec->ec_members;
#endif
}

// The role whose rights the scan uses: the owner of the view that names the table, else the current one.
static inline Oid crmScanUser(ForeignScanState *node) {
#if PG_VERSION_NUM >= 160000
  Oid user = ((ForeignScan *)node->ss.ps.plan)->checkAsUser;
#else
  ForeignScan *plan = (ForeignScan *)node->ss.ps.plan;
  // Groups have no table of their own; their relations are that one table.
  int table = plan->scan.scanrelid > 0 ? (int)plan->scan.scanrelid : bms_next_member(plan->fs_relids, -1);
  Oid user = exec_rt_fetch(table, node->ss.ps.state)->checkAsUser;
#endif
  return OidIsValid(user) ? user : GetUserId();
}

static inline AclResult crmServerAclCheck(Oid serverid, Oid userid, AclMode mode) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(ForeignServerRelationId, serverid, userid, mode);
#else
  return pg_foreign_server_aclcheck(serverid, userid, mode);
#endif
}

static inline void crmParseType(const char *type, Oid *oid, int32 *typmod) {
#if PG_VERSION_NUM >= 160000
  parseTypeString(type, oid, typmod, NULL);
#else
  parseTypeString(type, oid, typmod, false);
#endif
}

static inline bool crmWalk(Node *node, bool (*walker)(Node *, void *), void *context) {
#if PG_VERSION_NUM >= 160000
  return expression_tree_walker(node, walker, context);
#else
  return expression_tree_walker(node, (bool (*)())(void (*)())walker, context);
#endif
}

static inline uint32 crmWaitEvent(void) {
#if PG_VERSION_NUM >= 170000
  static uint32 event = 0;
  if (event == 0) event = WaitEventExtensionNew("CrmAnswer");
  return event;
#else
  return PG_WAIT_EXTENSION;
#endif
}

// Calls a type's input function. False: it refused `text`; *why, in the current context, says what it said.
// Whatever is not about the value (a cancel, no memory) is raised as usual.
static inline bool crmCallInput(FmgrInfo *function, char *text, Oid ioparam, int32 typmod, Datum *result,
                                char **why) {
#if PG_VERSION_NUM >= 160000
  ErrorSaveContext refusal = {};

  refusal.type = T_ErrorSaveContext;
  refusal.details_wanted = true;
  if (InputFunctionCallSafe(function, text, ioparam, typmod, (Node *)&refusal, result)) return true;
  *why = refusal.error_data->message;
  return false;
#else
  MemoryContext context = CurrentMemoryContext;
  volatile bool accepted = true;

  PG_TRY();
  { *result = InputFunctionCall(function, text, ioparam, typmod); }
  PG_CATCH();
  {
    int category = ERRCODE_TO_CATEGORY(geterrcode());
    if (category != ERRCODE_DATA_EXCEPTION && category != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
      PG_RE_THROW();
    MemoryContextSwitchTo(context);
    *why = CopyErrorData()->message;
    FlushErrorState();
    accepted = false;
  }
  PG_END_TRY();
  return accepted;
#endif
}
