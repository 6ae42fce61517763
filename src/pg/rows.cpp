// Opening a read, and its cells as a row's values.
extern "C" {
#include "postgres.h"

#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
}

#include "pg/account.h"
#include "pg/raise.h"
#include "pg/rows.h"
#include "pg/settings.h"
#include "pg/wait.h"

static void Release(void *arg) {
  CrmRows *rows = (CrmRows *)arg;

  crm_close(rows->op);
  rows->op = NULL;
}

CrmRows *crmPrepareRows(Oid relid, TupleDesc row, List *cells, int key_cell) {
  CrmRows *rows = (CrmRows *)palloc0(sizeof(CrmRows));

  // Armed before there is anything to release.
  rows->on_reset.func = Release;
  rows->on_reset.arg = rows;
  MemoryContextRegisterResetCallback(CurrentMemoryContext, &rows->on_reset);

  rows->relid = relid;
  rows->row = row;
  rows->key_cell = key_cell;
  rows->cell_count = list_length(cells);
  rows->cells = (int *)palloc(rows->cell_count * sizeof(int) + 1);
  rows->readers = (CrmReader *)palloc0(rows->cell_count * sizeof(CrmReader) + 1);
  for (int i = 0; i < rows->cell_count; i++) {
    rows->cells[i] = list_nth_int(cells, i);
    crmPrepareReader(&rows->readers[i], TupleDescAttr(row, abs(rows->cells[i]) - 1));
  }
  return rows;
}

void crmOpenRows(CrmRows *rows, Oid userid, const char *plan) {
  CrmAccount account;
  CrmSettings settings;
  CrmFailure why;

  if (GetDatabaseEncoding() != PG_UTF8)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("foreign tables of crm_fdw need a database with encoding UTF8"),
                    errdetail("This database has encoding %s.", GetDatabaseEncodingName())));
  crmResolveAccount(GetForeignTable(rows->relid)->serverid, userid, &account);
  crmFillSettings(&settings);
  if (!crm_open_read(&rows->op, &account, &settings, crmTextOf(plan), &why)) crmRaise(&why);
}

static bool MayShowValues(const CrmRows *rows) {
  return pg_class_aclcheck(rows->relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

[[noreturn]] static void RaiseCell(const CrmRows *rows, int cell, const CrmFailure *why) {
  Form_pg_attribute column = TupleDescAttr(rows->row, abs(rows->cells[cell]) - 1);

  crmRaiseCell(why, get_rel_name(rows->relid), NameStr(column->attname), MayShowValues(rows));
}

[[noreturn]] static void RaiseUnfit(const CrmRows *rows, int cell, const CrmValue *cells,
                                    const char *reason) {
  CrmFailure why;

  memset(&why, 0, sizeof(why));
  why.kind = CrmErrorKind::kBadValue;
  snprintf(why.message, sizeof(why.message), "value does not fit type %s",
           format_type_with_typemod(rows->readers[cell].type, rows->readers[cell].typmod));
  if (rows->key_cell >= 0) crmPrintCell(&cells[rows->key_cell], why.record, sizeof(why.record));
  if (MayShowValues(rows)) {
    crmPrintCell(&cells[cell], why.value, sizeof(why.value));
    snprintf(why.detail, sizeof(why.detail), "PostgreSQL says: %s.", reason);
  }
  RaiseCell(rows, cell, &why);
}

static void ReadCells(CrmRows *rows, const CrmValue *cells, Datum *values, bool *isnull) {
  char *reason;

  for (int i = 0; i < rows->cell_count; i++) {
    if (rows->cells[i] < 0 || cells[i].type == CrmType::kNull) continue;
    int column = rows->cells[i] - 1;
    if (!crmReadCell(&rows->readers[i], &cells[i], &values[column], &reason))
      RaiseUnfit(rows, i, cells, reason);
    isnull[column] = false;
  }
}

bool crmFetchRow(CrmRows *rows, Datum *values, bool *isnull) {
  const CrmValue *cells;
  CrmFailure why;

  switch (crmStepWait(rows->op, &cells, &why)) {
    case CrmStep::kRow:
      ReadCells(rows, cells, values, isnull);
      return true;
    case CrmStep::kDone:
      return false;
    default:
      if (why.column >= 0 && why.column < rows->cell_count) RaiseCell(rows, why.column, &why);
      crmRaise(&why);
  }
}

void crmCloseRows(CrmRows *rows) {
  Release(rows);
  crmDrainLog();
}
