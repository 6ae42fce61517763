// Planning reads the catalogs and nothing else: what it must know, IMPORT wrote into the options.
extern "C" {
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
}

#include "pg/account.h"
#include "pg/catalog.h"

CrmType crmWantedType(Oid type) {
  switch (type) {
    case BOOLOID:
      return CrmType::kBool;
    case INT2OID:
    case INT4OID:
    case INT8OID:
      return CrmType::kInt;
    case NUMERICOID:
      return CrmType::kDecimal;
    case FLOAT4OID:
    case FLOAT8OID:
      return CrmType::kDouble;
    case DATEOID:
      return CrmType::kDate;
    case TIMESTAMPOID:  // read as UTC: the input function would ask DateStyle what a text means
    case TIMESTAMPTZOID:
      return CrmType::kTimestamp;
    case JSONOID:
    case JSONBOID:
      return CrmType::kJson;
    case TEXTARRAYOID:
    case VARCHARARRAYOID:
      return CrmType::kTextArray;
    default:
      return CrmType::kText;
  }
}

bool crmHasTrait(CrmText traits, const char *trait) {
  int size = (int)strlen(trait);

  for (int at = 0; at < traits.size;) {
    int end = at;
    while (end < traits.size && traits.data[end] != ' ') end++;
    if (end - at == size && memcmp(traits.data + at, trait, size) == 0) return true;
    at = end + 1;
  }
  return false;
}

bool crmIsLookupField(CrmText traits) {
  return crmHasTrait(traits, "key") || crmHasTrait(traits, "lookup") || crmHasTrait(traits, "given");
}

// A type modifier rounds, cuts or refuses what the CRM compared before: then its answer is not a superset.
static const char *WhyUnsent(const CrmColumn *column) {
  if (column->field.remote_type.size == 0)
    return psprintf("column \"%s\" has no option \"remote_type\"", column->name);
  switch (column->type) {
    case BOOLOID:
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case NUMERICOID:
    case DATEOID:
    case TIMESTAMPTZOID:
    case TEXTOID:
    case VARCHAROID:
    case TEXTARRAYOID:
    case VARCHARARRAYOID:
      break;
    default:
      return psprintf("conditions on type %s are not sent", format_type_be(column->type));
  }
  if (column->typmod >= 0) return psprintf("column \"%s\" has a type modifier", column->name);
  return NULL;
}

static void LoadColumn(CrmTable *table, CrmColumn *column, Form_pg_attribute attribute) {
  ListCell *cell;

  column->name = pstrdup(NameStr(attribute->attname));
  column->type = attribute->atttypid;
  column->typmod = attribute->atttypmod;
  column->collation = attribute->attcollation;
  column->field.path = crmTextOf(column->name);
  column->field.remote_type = column->field.traits = column->references = crmTextOf("");
  column->field.type = crmWantedType(column->type);
  foreach (cell, GetForeignColumnOptions(table->relid, attribute->attnum)) {
    DefElem *option = (DefElem *)lfirst(cell);
    if (strcmp(option->defname, "field") == 0)
      column->field.path = crmTextOf(defGetString(option));
    else if (strcmp(option->defname, "remote_type") == 0)
      column->field.remote_type = crmTextOf(defGetString(option));
    else if (strcmp(option->defname, "traits") == 0)
      column->field.traits = crmTextOf(defGetString(option));
    else if (strcmp(option->defname, "references") == 0)
      column->references = crmTextOf(defGetString(option));
  }
  column->unsent = WhyUnsent(column);
  column->given = crmHasTrait(column->field.traits, "given");
  if (column->given) table->has_given = true;
  if (crmHasTrait(column->field.traits, "key")) table->key = attribute->attnum;
}

static CrmRemoteAggregates ReadAggregates(const char *word) {
  if (strcmp(word, "off") == 0) return CrmRemoteAggregates::kOff;
  return strcmp(word, "approximate") == 0 ? CrmRemoteAggregates::kApproximate : CrmRemoteAggregates::kExact;
}

static void ReadOptions(CrmTable *table, List *options) {
  ListCell *cell;

  foreach (cell, options) {
    DefElem *option = (DefElem *)lfirst(cell);
    if (strcmp(option->defname, "object") == 0)
      table->object = crmTextOf(defGetString(option));
    else if (strcmp(option->defname, "estimated_rows") == 0)
      table->estimated_rows = strtod(defGetString(option), NULL);
    else if (strcmp(option->defname, "include_deleted") == 0)
      (void)parse_bool(defGetString(option), &table->include_deleted);
    else if (strcmp(option->defname, "remote_joins") == 0)
      (void)parse_bool(defGetString(option), &table->remote_joins);
    else if (strcmp(option->defname, "remote_aggregates") == 0)
      table->remote_aggregates = ReadAggregates(defGetString(option));
    else if (strcmp(option->defname, "read_path") == 0)
      table->read_path = crmTextOf(defGetString(option));
    else if (strcmp(option->defname, "index_lag") == 0)
      table->index_lag = crmTextOf(defGetString(option));
  }
}

CrmTable *crmLoadTable(Oid relid) {
  ForeignTable *foreign = GetForeignTable(relid);
  CrmTable *table = (CrmTable *)palloc0(sizeof(CrmTable));

  table->relid = relid;
  table->serverid = foreign->serverid;
  table->provider = crmProviderOfServer(foreign->serverid);
  table->object = crmTextOf(get_rel_name(relid));
  table->estimated_rows = -1;
  // The table's own options come after the server's: where both have one, the table's counts.
  ReadOptions(table, GetForeignServer(foreign->serverid)->options);
  const char *inherited = table->read_path.data;
  ReadOptions(table, foreign->options);
  table->own_read_path = table->read_path.data != inherited;

  Relation relation = table_open(relid, NoLock);
  table->column_count = relation->rd_att->natts;
  table->columns = (CrmColumn *)palloc0(table->column_count * sizeof(CrmColumn) + 1);
  for (int i = 0; i < table->column_count; i++) {
    Form_pg_attribute attribute = TupleDescAttr(relation->rd_att, i);
    if (!attribute->attisdropped) LoadColumn(table, &table->columns[i], attribute);
  }
  table_close(relation, NoLock);
  return table;
}

void crmFillRequest(const CrmTable *table, CrmReadRequest *request) {
  request->database_oid = MyDatabaseId;
  request->server_oid = table->serverid;
  request->object = table->object;
  request->read_path = table->read_path;
  request->index_lag = table->index_lag;
  request->include_deleted = table->include_deleted;
  request->rows_wanted = -1;
}
