// The SQL functions of the schema crm_fdw.
extern "C" {
#include "postgres.h"

#include "catalog/pg_foreign_server.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/plancache.h"
#include "utils/tuplestore.h"
}

#include "pg/account.h"
#include "pg/call.h"
#include "pg/compat.h"
#include "pg/crm_pg.h"
#include "pg/raise.h"

// ---- arguments -----------------------------------------------------------------------------------------

// The server a function may use: one of ours, on which the current user has USAGE, the privilege that also
// makes foreign tables.
static ForeignServer *UsableServer(const char *name) {
  ForeignServer *server = GetForeignServerByName(name, false);
  AclResult acl = crmServerAclCheck(server->serverid, GetUserId(), ACL_USAGE);

  if (acl != ACLCHECK_OK) aclcheck_error(acl, OBJECT_FOREIGN_SERVER, server->servername);
  if (!crmIsOwnWrapper(server->fdwid))
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                    errmsg("\"%s\" is not a server of crm_fdw", server->servername)));
  return server;
}

static void AppendMember(StringInfo json, const char *key, const char *value) {
  appendStringInfoChar(json, json->len == 1 ? ' ' : ',');
  escape_json(json, key);
  appendStringInfoChar(json, ':');
  appendStringInfoString(json, value);
}

static void AppendText(StringInfo json, const char *key, text *value) {
  StringInfoData quoted;

  initStringInfo(&quoted);
  escape_json(&quoted, text_to_cstring(value));
  AppendMember(json, key, quoted.data);
}

static void AppendJsonb(StringInfo json, const char *key, Jsonb *value) {
  AppendMember(json, key, JsonbToCString(NULL, &value->root, VARSIZE(value)));
}

// ---- results -------------------------------------------------------------------------------------------

static Datum TextOrNull(CrmText value, bool *null) {
  *null = value.size == 0;
  return *null ? (Datum)0 : PointerGetDatum(cstring_to_text_with_len(value.data, value.size));
}

static Datum CellOrNull(const CrmValue *cell, bool *null) {
  *null = cell->type == CrmType::kNull;
  if (*null) return (Datum)0;
  if (cell->type == CrmType::kJson) return DirectFunctionCall1(jsonb_in, CStringGetDatum(crmCellText(cell)));
  return PointerGetDatum(cstring_to_text_with_len(cell->text.data, cell->text.size));
}

TupleDesc crmResultRow(FunctionCallInfo fcinfo) {
  TupleDesc row;

  if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
    elog(ERROR, "return type must be a row type");
  return BlessTupleDesc(row);
}

extern "C" {
PG_FUNCTION_INFO_V1(crm_fdw_options);
PG_FUNCTION_INFO_V1(crm_fdw_test_connection);
PG_FUNCTION_INFO_V1(crm_fdw_request);
PG_FUNCTION_INFO_V1(crm_fdw_query);
}

// ---- options() -----------------------------------------------------------------------------------------

static const char *LevelName(CrmLevel level) {
  switch (level) {
    case CrmLevel::kServer:
      return "server";
    case CrmLevel::kMapping:
      return "user mapping";
    case CrmLevel::kTable:
      return "table";
    case CrmLevel::kColumn:
      return "column";
    case CrmLevel::kImport:
      return "import";
    case CrmLevel::kSetting:
      return "setting";
  }
  return "";
}

static const char *OptionTypeName(CrmOptionType type) {
  switch (type) {
    case CrmOptionType::kText:
      return "text";
    case CrmOptionType::kBool:
      return "boolean";
    case CrmOptionType::kInt:
      return "integer";
    case CrmOptionType::kDuration:
      return "duration";
    case CrmOptionType::kRate:
      return "rate";
    case CrmOptionType::kChoice:
      return "choice";
    case CrmOptionType::kUrl:
      return "URL";
    case CrmOptionType::kFile:
      return "file";
  }
  return "";
}

static const char *PrivilegeName(CrmPrivilege privilege) {
  switch (privilege) {
    case CrmPrivilege::kNone:
      return "";
    case CrmPrivilege::kReadServerFiles:
      return "pg_read_server_files";
    case CrmPrivilege::kSuperuser:
      return "superuser";
  }
  return "";
}

static Datum OptionTuple(TupleDesc row, const CrmOptionRow *option) {
  Datum values[9];
  bool nulls[9] = {};

  values[0] = TextOrNull(option->name, &nulls[0]);
  values[1] = CStringGetTextDatum(LevelName(option->level));
  values[2] = TextOrNull(option->provider, &nulls[2]);
  values[3] = CStringGetTextDatum(OptionTypeName(option->type));
  values[4] = TextOrNull(option->default_value, &nulls[4]);
  values[5] = TextOrNull(option->choices, &nulls[5]);
  values[6] = TextOrNull(crmTextOf(PrivilegeName(option->privilege)), &nulls[6]);
  values[7] = BoolGetDatum(option->secret);
  values[8] = TextOrNull(option->doc, &nulls[8]);
  return HeapTupleGetDatum(heap_form_tuple(row, values, nulls));
}

Datum crm_fdw_options(PG_FUNCTION_ARGS) {
  FuncCallContext *context;
  const CrmOptionRow *rows;

  if (SRF_IS_FIRSTCALL()) {
    context = SRF_FIRSTCALL_INIT();
    MemoryContext old = MemoryContextSwitchTo(context->multi_call_memory_ctx);
    context->tuple_desc = crmResultRow(fcinfo);
    MemoryContextSwitchTo(old);
  }
  context = SRF_PERCALL_SETUP();
  if (context->call_cntr >= (uint64)crm_options(&rows)) SRF_RETURN_DONE(context);
  // Not inside the macro, which counts up before it looks at the result.
  Datum result = OptionTuple(context->tuple_desc, &rows[context->call_cntr]);
  SRF_RETURN_NEXT(context, result);
}

// ---- test_connection(server) ---------------------------------------------------------------------------

Datum crm_fdw_test_connection(PG_FUNCTION_ARGS) {
  FuncCallContext *context;
  Datum values[5];
  bool nulls[5] = {};

  if (!SRF_IS_FIRSTCALL()) {
    context = SRF_PERCALL_SETUP();
    SRF_RETURN_DONE(context);
  }
  context = SRF_FIRSTCALL_INIT();

  ForeignServer *server = UsableServer(NameStr(*PG_GETARG_NAME(0)));
  TupleDesc row = crmResultRow(fcinfo);
  CrmCall *call = crmOpenCall(server->serverid, "test", "{}");
  const CrmValue *cells = crmNextRow(call);

  if (cells == NULL) elog(ERROR, "operation \"test\" gave no row");
  values[0] = TextOrNull(crmProviderOfServer(server->serverid), &nulls[0]);
  values[1] = TextOrNull(crmCallEndpoint(call), &nulls[1]);
  values[2] = CellOrNull(&cells[kTestAccount], &nulls[2]);
  values[3] = CellOrNull(&cells[kTestUser], &nulls[3]);
  values[4] = CellOrNull(&cells[kTestDetail], &nulls[4]);
  Datum result = HeapTupleGetDatum(heap_form_tuple(row, values, nulls));
  crmCloseCall(call);
  SRF_RETURN_NEXT(context, result);
}

// ---- request(server, method, path, body, query) ----------------------------------------------------------

static char *RequestArguments(FunctionCallInfo fcinfo) {
  static const char *const kNames[] = {"server", "method", "path"};
  StringInfoData json;

  for (int i = 0; i < 3; i++)
    if (PG_ARGISNULL(i))
      ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                      errmsg("argument \"%s\" must not be null", kNames[i])));
  initStringInfo(&json);
  appendStringInfoChar(&json, '{');
  AppendText(&json, "method", PG_GETARG_TEXT_PP(1));
  AppendText(&json, "path", PG_GETARG_TEXT_PP(2));
  if (!PG_ARGISNULL(3)) AppendJsonb(&json, "body", PG_GETARG_JSONB_P(3));
  if (!PG_ARGISNULL(4)) AppendJsonb(&json, "query", PG_GETARG_JSONB_P(4));
  appendStringInfoChar(&json, '}');
  return json.data;
}

static CrmErrorKind KindOfStatus(int status) {
  switch (status) {
    case 402:
      return CrmErrorKind::kPlanLacksFeature;
    case 403:
      return CrmErrorKind::kForbidden;
    default:
      return CrmErrorKind::kBadRequest;
  }
}

[[noreturn]] static void RaiseRefusal(const ForeignServer *server, int status, const CrmValue *body) {
  CrmFailure why = {};
  char *words = crmCellText(body);

  why.kind = KindOfStatus(status);
  why.http_status = status;
  why.column = -1;
  snprintf(why.message, sizeof(why.message), "server \"%s\" answered with status %d", server->servername,
           status);
  if (words != NULL) {
    char *sentence = psprintf("The CRM answered: %s", words);
    memcpy(why.detail, sentence, pg_mbcliplen(sentence, strlen(sentence), sizeof(why.detail) - 1));
  }
  crmRaise(&why);
}

Datum crm_fdw_request(PG_FUNCTION_ARGS) {
  char *arguments = RequestArguments(fcinfo);
  ForeignServer *server = UsableServer(NameStr(*PG_GETARG_NAME(0)));
  // Plans made before a write may read from where it does not show yet (read_path). Whether it is answered
  // or not, they are made anew.
  if (pg_strcasecmp(text_to_cstring(PG_GETARG_TEXT_PP(1)), "GET") != 0) ResetPlanCache();
  CrmCall *call = crmOpenCall(server->serverid, "request", arguments);
  const CrmValue *cells = crmNextRow(call);
  bool null;

  if (cells == NULL) elog(ERROR, "operation \"request\" gave no row");
  int status = (int)cells[kRequestStatus].integer;
  if (status < 200 || status > 299) RaiseRefusal(server, status, &cells[kRequestBody]);
  Datum result = CellOrNull(&cells[kRequestBody], &null);
  crmCloseCall(call);
  if (null) PG_RETURN_NULL();
  PG_RETURN_DATUM(result);
}

// ---- soql(server, query) ---------------------------------------------------------------------------------

static Tuplestorestate *MakeStore(FunctionCallInfo fcinfo, TupleDesc *row) {
  ReturnSetInfo *result = (ReturnSetInfo *)fcinfo->resultinfo;

  if (result == NULL || !IsA(result, ReturnSetInfo) || !(result->allowedModes & SFRM_Materialize))
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("set-valued function called in context that cannot accept a set")));
  MemoryContext old = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
  *row = CreateTemplateTupleDesc(1);
  TupleDescInitEntry(*row, 1, "record", JSONBOID, -1, 0);
  Tuplestorestate *store =
      tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem);
  MemoryContextSwitchTo(old);
  result->returnMode = SFRM_Materialize;
  result->setResult = store;
  result->setDesc = *row;
  return store;
}

// The whole result goes to a store that spills to disk; only one record is in memory at a time.
static void StoreRecords(CrmCall *call, Tuplestorestate *store, TupleDesc row) {
  MemoryContext outer = CurrentMemoryContext;
  MemoryContext context = AllocSetContextCreate(outer, "crm_fdw record", ALLOCSET_DEFAULT_SIZES);
  const CrmValue *cells;

  while ((cells = crmNextRow(call)) != NULL) {
    bool null;
    MemoryContextSwitchTo(context);
    Datum record = CellOrNull(&cells[kQueryRecord], &null);
    tuplestore_putvalues(store, row, &record, &null);
    MemoryContextSwitchTo(outer);
    MemoryContextReset(context);
  }
  MemoryContextDelete(context);
}

Datum crm_fdw_query(PG_FUNCTION_ARGS) {
  ForeignServer *server = UsableServer(NameStr(*PG_GETARG_NAME(0)));
  StringInfoData arguments;
  TupleDesc row;

  initStringInfo(&arguments);
  appendStringInfoChar(&arguments, '{');
  AppendText(&arguments, "text", PG_GETARG_TEXT_PP(1));
  appendStringInfoChar(&arguments, '}');
  Tuplestorestate *store = MakeStore(fcinfo, &row);
  CrmCall *call = crmOpenCall(server->serverid, "query", arguments.data);
  StoreRecords(call, store, row);
  crmCloseCall(call);
  return (Datum)0;
}
