// ANALYZE reads the whole table, as a scan does, and keeps a random sample. Lists come in an order of their
// own, so that the first pages say nothing about the rest.
extern "C" {
#include "postgres.h"

#include "access/htup_details.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/sampling.h"
}

#include <cmath>

#include "pg/account.h"
#include "pg/catalog.h"
#include "pg/crm_pg.h"
#include "pg/raise.h"
#include "pg/rows.h"
#include "pg/ways.h"

// ---- the read --------------------------------------------------------------------------------------------

// Asks for all columns and all rows. `cells` gets the columns' numbers.
static const CrmAccessPath *PlanWholeTable(const CrmTable *table, List **cells) {
  CrmField *fields = (CrmField *)palloc(table->column_count * sizeof(CrmField) + 1);
  CrmReadRequest request = {};
  int count;

  crmFillRequest(table, &request);
  request.fields = fields;
  for (AttrNumber attnum = 1; attnum <= table->column_count; attnum++) {
    if (table->columns[attnum - 1].name == NULL) continue;
    fields[request.field_count] = table->columns[attnum - 1].field;
    fields[request.field_count++].fetch = true;
    *cells = lappend_int(*cells, attnum);
  }
  request.table_rows = table->estimated_rows;
  const CrmAccessPath *paths = crmPlanRead(table, &request, &count), *best = &paths[0];
  for (int i = 1; i < count; i++)
    if (paths[i].requests < best->requests) best = &paths[i];
  return best;
}

static CrmRows *OpenWholeTable(Relation relation) {
  const CrmTable *table = crmLoadTable(RelationGetRelid(relation));
  List *cells = NIL;
  const CrmAccessPath *path = PlanWholeTable(table, &cells);
  char *plan = crmTextDup(path->plan);
  int key_cell = -1;
  CrmFailure why;

  for (int i = 0; i < list_length(cells); i++)
    if (list_nth_int(cells, i) == table->key) key_cell = i;
  CrmRows *rows = crmPrepareRows(table->relid, RelationGetDescr(relation), cells, key_cell);
  // The table's owner: ANALYZE has switched to it.
  crmOpenRows(rows, GetUserId(), plan);
  if (!crm_bind(rows->op, NULL, 0, &why)) crmRaise(&why);
  return rows;
}

// ---- the sample ------------------------------------------------------------------------------------------

struct CrmSample {
  HeapTuple *rows;
  int size, space;
  double seen, to_skip, state;
};

// Where the next row goes; -1: nowhere. Vitter's algorithm, as core's.
static int PlaceInSample(CrmSample *sample) {
  double before = sample->seen++;

  if (sample->size < sample->space) return sample->size++;
  if (sample->to_skip < 0) sample->to_skip = anl_get_next_S(before, sample->space, &sample->state);
  if (sample->to_skip-- > 0) return -1;
  int place = (int)(sample->space * anl_random_fract());
  heap_freetuple(sample->rows[place]);
  return place;
}

static void ReadSample(Relation relation, CrmRows *rows, CrmSample *sample) {
  TupleDesc desc = RelationGetDescr(relation);
  Datum *values = (Datum *)palloc(desc->natts * sizeof(Datum) + 1);
  bool *isnull = (bool *)palloc(desc->natts * sizeof(bool) + 1);
  MemoryContext outer = CurrentMemoryContext;
  MemoryContext row_context = AllocSetContextCreate(outer, "crm_fdw row", ALLOCSET_DEFAULT_SIZES);

  for (;;) {
    MemoryContextReset(row_context);
    MemoryContextSwitchTo(row_context);
    memset(isnull, true, desc->natts * sizeof(bool));
    bool found = crmFetchRow(rows, values, isnull);
    MemoryContextSwitchTo(outer);
    if (!found) break;
    int place = PlaceInSample(sample);
    if (place >= 0) sample->rows[place] = heap_form_tuple(desc, values, isnull);
  }
  MemoryContextDelete(row_context);
}

static int AcquireSampleRows(Relation relation, int elevel, HeapTuple *sample_rows, int space,
                             double *total_rows, double *dead_rows) {
  CrmSample sample = {sample_rows, 0, space, 0, -1, anl_init_selection_state(space)};
  CrmRows *rows = OpenWholeTable(relation);
  CrmStats stats;

  ReadSample(relation, rows, &sample);
  crm_stats(rows->op, &stats);
  crmCloseRows(rows);
  *total_rows = sample.seen;
  *dead_rows = 0;
  ereport(elevel,
          (errmsg("\"%s\": %d rows in sample, %.0f rows in total, requests: %lld",
                  RelationGetRelationName(relation), sample.size, sample.seen, (long long)stats.requests)));
  return sample.size;
}

// The pages are what the table would take here: a parent's sample is shared out by them.
bool crmAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *function, BlockNumber *pages) {
  const CrmTable *table = crmLoadTable(RelationGetRelid(relation));
  double rows = relation->rd_rel->reltuples;

  if (rows <= 0) rows = table->estimated_rows >= 0 ? table->estimated_rows : kCrmUnknownRows;
  int width = get_relation_data_width(table->relid, NULL);
  *pages = (BlockNumber)Max(1, std::ceil(rows * (width + SizeofHeapTupleHeader) / BLCKSZ));
  *function = AcquireSampleRows;
  return true;
}
