// A condition on a given column that is not sent has no meaning: without one, the column is NULL. So all of
// them are sent, or the statement is refused.
extern "C" {
#include "postgres.h"

#include "access/sysattr.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
}

#include "pg/compat.h"
#include "pg/given.h"
#include "pg/lower.h"
#include "pg/raise.h"

void crmRefuseGiven(const CrmTable *table, AttrNumber attnum, const char *why) {
  const char *name = table->columns[attnum - 1].name;
  CrmFailure failure = {};

  failure.kind = CrmErrorKind::kConditionNotSent;
  failure.column = -1;
  snprintf(failure.message, sizeof(failure.message), "column \"%s\" can only be compared with = to a value",
           name);
  snprintf(failure.detail, sizeof(failure.detail),
           "The column is part of the question to the CRM. The condition has to be sent, and cannot: %s.",
           why);
  snprintf(failure.hint, sizeof(failure.hint), "Write a condition of its own: WHERE %s = '...' AND ...",
           quote_identifier(name));
  crmRaise(&failure);
}

AttrNumber crmGivenIn(const CrmTable *table, RelOptInfo *rel, Node *expr) {
  Bitmapset *used = NULL;

  if (!table->has_given) return 0;
  pull_varattnos(expr, rel->relid, &used);
  for (AttrNumber attnum = 1; attnum <= table->column_count; attnum++)
    if (table->columns[attnum - 1].given && bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used))
      return attnum;
  return 0;
}

// An equivalence class with a constant has become conditions of this relation alone; one of a single member,
// children apart, is an order.
static bool IsJoin(const EquivalenceClass *ec) {
  int members = 0;
  ListCell *cell;

  foreach (cell, ec->ec_members)
    if (!((EquivalenceMember *)lfirst(cell))->em_is_child) members++;
  return !ec->ec_has_const && !ec->ec_has_volatile && members > 1;
}

static Bitmapset *AddJoinedByClass(RelOptInfo *rel, const CrmTable *table, EquivalenceClass *ec,
                                   Bitmapset *joined) {
  ListCell *cell;

  foreach (cell, crmClassMembers(ec, rel)) {
    EquivalenceMember *member = (EquivalenceMember *)lfirst(cell);
    if (!bms_is_member(rel->relid, member->em_relids)) continue;
    AttrNumber attnum = crmGivenIn(table, rel, (Node *)member->em_expr);
    if (attnum == 0) continue;
    if (crmColumnOf(rel, member->em_expr) != attnum)
      crmRefuseGiven(table, attnum, "no side is a plain column");
    joined = bms_add_member(joined, attnum);
  }
  return joined;
}

Bitmapset *crmJoinedGiven(PlannerInfo *root, RelOptInfo *rel, const CrmTable *table) {
  Bitmapset *joined = NULL;
  ListCell *cell;

  if (!table->has_given) return NULL;
  foreach (cell, rel->joininfo)
    joined = bms_join(joined, bms_copy(crmLower(root, rel, table, list_make1(lfirst(cell)))->given));
  foreach (cell, root->eq_classes)
    if (IsJoin((EquivalenceClass *)lfirst(cell)))
      joined = AddJoinedByClass(rel, table, (EquivalenceClass *)lfirst(cell), joined);
  return joined;
}
