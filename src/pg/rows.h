// Rows of a foreign table as the engine gives them, read into Datums. Include postgres.h first.
#pragma once
extern "C" {
#include "access/tupdesc.h"
#include "nodes/pg_list.h"
}

#include "pg/datum.h"

struct CrmRows {
  MemoryContextCallback on_reset;
  CrmOp *op;      // NULL: not open
  Oid relid;      // whose rows they are, or are grouped
  TupleDesc row;  // what the cells become
  int cell_count;
  int *cells;  // see kScanCells
  int key_cell;
  CrmReader *readers;  // per cell
};

// palloc'd, and closed at the latest with the current memory context. `row` describes what the cells become,
// the table's row or a group's, and lives as long; errors name its columns.
CrmRows *crmPrepareRows(Oid relid, TupleDesc row, List *cells, int key_cell);

// Opens the operation for this role's account. The caller binds parameters before the first row.
void crmOpenRows(CrmRows *rows, Oid userid, const char *plan);

// Waits for the next row; false: there is none. Columns that are not read are not touched. The values are in
// the current context.
bool crmFetchRow(CrmRows *rows, Datum *values, bool *isnull);

// Also when it was not open. Passes on what the engine noted at the end.
void crmCloseRows(CrmRows *rows);
