// IMPORT FOREIGN SCHEMA. Core runs nothing but CREATE FOREIGN TABLE from the list that a wrapper returns, so
// tables and their comments are made here, through SPI, and the list stays empty.
extern "C" {
#include "postgres.h"

#include "access/transam.h"
#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
}

#include "pg/account.h"
#include "pg/call.h"
#include "pg/compat.h"
#include "pg/crm_pg.h"
#include "pg/raise.h"

// One table on its way from the engine's rows to DDL; all of it lives in `context`.
struct CrmImportTable {
  MemoryContext context;
  char *name;            // NULL: none yet
  const char *relation;  // qualified and quoted
  char *comment;         // NULL: none
  char *options;         // OPTIONS clause, or empty
  StringInfoData columns;
  List *column_comments;  // statements
};

// ---- arguments -----------------------------------------------------------------------------------------

static void AppendNames(StringInfo json, const char *key, List *tables) {
  const char *separator = "";
  ListCell *cell;

  appendStringInfo(json, ",\"%s\":[", key);
  foreach (cell, tables) {
    appendStringInfoString(json, separator);
    escape_json(json, ((RangeVar *)lfirst(cell))->relname);
    separator = ",";
  }
  appendStringInfoChar(json, ']');
}

static char *ArgumentsOf(const ImportForeignSchemaStmt *stmt) {
  StringInfoData json;
  const char *separator = "";
  ListCell *cell;

  initStringInfo(&json);
  appendStringInfoString(&json, "{\"options\":{");
  foreach (cell, stmt->options) {
    DefElem *option = (DefElem *)lfirst(cell);
    appendStringInfoString(&json, separator);
    escape_json(&json, option->defname);
    appendStringInfoChar(&json, ':');
    escape_json(&json, defGetString(option));
    separator = ",";
  }
  appendStringInfoChar(&json, '}');
  AppendNames(&json, "limit_to", stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO ? stmt->table_list : NIL);
  AppendNames(&json, "except", stmt->list_type == FDW_IMPORT_SCHEMA_EXCEPT ? stmt->table_list : NIL);
  appendStringInfoChar(&json, '}');
  return json.data;
}

static void CheckStatement(const ImportForeignSchemaStmt *stmt, CrmText provider) {
  int count = list_length(stmt->options);
  CrmOption *options = (CrmOption *)palloc(count * sizeof(CrmOption) + 1);
  CrmFailure why;

  if (!crmTextIs(provider, stmt->remote_schema))
    ereport(ERROR, (errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
                    errmsg("schema \"%s\" is not present on foreign server \"%s\"", stmt->remote_schema,
                           stmt->server_name),
                    errdetail("The remote schema has the name of the server's provider."),
                    errhint("IMPORT FOREIGN SCHEMA %s FROM SERVER %s INTO %s;",
                            quote_identifier(crmTextDup(provider)), quote_identifier(stmt->server_name),
                            quote_identifier(stmt->local_schema))));
  for (int i = 0; i < count; i++) {
    DefElem *option = (DefElem *)list_nth(stmt->options, i);
    options[i] = {crmTextOf(option->defname), crmTextOf(defGetString(option))};
  }
  if (!crm_check_options(CrmLevel::kImport, provider, options, count, &why)) crmRaise(&why);
}

// Core skips a name that does not exist. For a list of tables the user wrote out, that hides a misspelling.
static void CheckAllSeen(const ImportForeignSchemaStmt *stmt, List *seen) {
  ListCell *cell;

  if (stmt->list_type != FDW_IMPORT_SCHEMA_LIMIT_TO) return;
  foreach (cell, stmt->table_list) {
    RangeVar *table = (RangeVar *)lfirst(cell);
    if (!list_member(seen, makeString(table->relname)))
      ereport(ERROR, (errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
                      errmsg("table \"%s\" of LIMIT TO is not present on foreign server \"%s\"",
                             table->relname, stmt->server_name),
                      errhint("LIMIT TO takes the names that the tables get here; an import without it makes "
                              "all of them.")));
  }
}

// ---- rows to DDL ---------------------------------------------------------------------------------------

// " OPTIONS (name 'value', …)", or nothing.
static char *OptionsClause(const CrmValue *cell) {
  StringInfoData clause;

  initStringInfo(&clause);
  if (cell->type == CrmType::kNull || cell->array.count == 0) return clause.data;
  for (int i = 0; i + 1 < cell->array.count; i += 2)
    appendStringInfo(&clause, "%s%s %s", i == 0 ? " OPTIONS (" : ", ",
                     quote_identifier(crmTextDup(cell->array.items[i])),
                     quote_literal_cstr(crmTextDup(cell->array.items[i + 1])));
  appendStringInfoChar(&clause, ')');
  return clause.data;
}

// The engine names types in SQL. Only built-in ones pass, and what is executed is the server's own spelling,
// so no search path decides what a name means.
static char *QualifiedType(const char *type) {
  Oid oid;
  int32 typmod;

  crmParseType(type, &oid, &typmod);
  if (oid >= FirstGenbkiObjectId) elog(ERROR, "type \"%s\" is not built in", type);
  return format_type_extended(oid, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

static void AppendColumn(CrmImportTable *table, const CrmValue *cells) {
  static const char kCollateC[] = " COLLATE \"C\"";
  const char *column = quote_identifier(crmCellText(&cells[kImportColumn]));
  char *comment = crmCellText(&cells[kImportColumnComment]);
  char *type = crmCellText(&cells[kImportType]);
  char *collate = strstr(type, kCollateC);

  if (collate != NULL) *collate = '\0';
  appendStringInfo(&table->columns, "%s\n  %s %s%s%s%s", table->columns.len == 0 ? "" : ",", column,
                   QualifiedType(type), OptionsClause(&cells[kImportColumnOptions]),
                   collate == NULL ? "" : " COLLATE pg_catalog.\"C\"",
                   cells[kImportNotNull].boolean ? " NOT NULL" : "");
  if (comment != NULL)
    table->column_comments = lappend(
        table->column_comments,
        psprintf("COMMENT ON COLUMN %s.%s IS %s", table->relation, column, quote_literal_cstr(comment)));
}

// CREATE would refuse it too, but with its whole statement as context.
static void RefuseIfThere(const char *local_schema, const char *name) {
  if (!OidIsValid(get_relname_relid(name, get_namespace_oid(local_schema, false)))) return;
  ereport(ERROR, (errcode(ERRCODE_DUPLICATE_TABLE),
                  errmsg("relation \"%s\" already exists in schema \"%s\"", name, local_schema),
                  errhint("Drop it first, or leave it out: EXCEPT (%s).", quote_identifier(name))));
}

static void StartTable(CrmImportTable *table, const char *local_schema, const CrmValue *cells) {
  table->name = crmCellText(&cells[kImportTable]);
  RefuseIfThere(local_schema, table->name);
  table->relation = quote_qualified_identifier(local_schema, table->name);
  table->comment = crmCellText(&cells[kImportTableComment]);
  table->options = OptionsClause(&cells[kImportTableOptions]);
  table->column_comments = NIL;
  initStringInfo(&table->columns);
}

static void Execute(const char *statement) {
  int result = SPI_execute(statement, false, 0);

  if (result != SPI_OK_UTILITY) elog(ERROR, "SPI_execute failed: %s", SPI_result_code_string(result));
}

static void CreateTable(CrmImportTable *table, const char *server_name) {
  ListCell *cell;
  char *create = psprintf("CREATE FOREIGN TABLE %s (%s\n) SERVER %s%s", table->relation, table->columns.data,
                          quote_identifier(server_name), table->options);

  SPI_connect();
  Execute(create);
  if (table->comment != NULL)
    Execute(
        psprintf("COMMENT ON FOREIGN TABLE %s IS %s", table->relation, quote_literal_cstr(table->comment)));
  foreach (cell, table->column_comments) Execute((const char *)lfirst(cell));
  SPI_finish();
}

// Executes what is gathered and forgets it.
static void FinishTable(CrmImportTable *table, const char *server_name) {
  if (table->name == NULL) return;
  CreateTable(table, server_name);
  table->name = NULL;
  MemoryContextReset(table->context);
}

static bool SameTable(const CrmImportTable *table, const CrmValue *cells) {
  return table->name != NULL && crmTextIs(cells[kImportTable].text, table->name);
}

// The rows come table by table. A table's DDL runs when its last row is here; if the CRM fails later, the
// ERROR takes back what was made before.
extern "C" List *crmImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverid) {
  CrmImportTable table = {};
  MemoryContext outer = CurrentMemoryContext;
  List *seen = NIL;
  const CrmValue *cells;

  CheckStatement(stmt, crmProviderOfServer(serverid));
  table.context = AllocSetContextCreate(outer, "crm_fdw import", ALLOCSET_DEFAULT_SIZES);
  CrmCall *call = crmOpenCall(serverid, "import", ArgumentsOf(stmt));
  while ((cells = crmNextRow(call)) != NULL) {
    if (!SameTable(&table, cells)) {
      FinishTable(&table, stmt->server_name);
      seen = lappend(seen, makeString(crmCellText(&cells[kImportTable])));
      MemoryContextSwitchTo(table.context);
      StartTable(&table, stmt->local_schema, cells);
    }
    MemoryContextSwitchTo(table.context);
    AppendColumn(&table, cells);
    MemoryContextSwitchTo(outer);
  }
  FinishTable(&table, stmt->server_name);
  crmCloseCall(call);
  CheckAllSeen(stmt, seen);
  MemoryContextDelete(table.context);
  return NIL;
}
