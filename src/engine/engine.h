// The whole of what src/pg may call: the edge.
// Every function is noexcept, never blocks, never calls PostgreSQL. PODs in, PODs out.
// Lifetime of any view handed out: until the next crm_* call on the same operation; for the functions without
// an operation, until the next crm_* call of any kind in this process.
#pragma once
#include <cstdint>

#include "core/pod.h"

// Caller-owned, fixed size: filling it cannot fail. Texts are terminated and cut at a character boundary.
struct CrmFailure {
  CrmErrorKind kind;
  std::int32_t http_status;  // 0: none
  std::int32_t column;       // index of the cell at fault, -1: none
  char message[512], detail[2048], hint[512];
  char remote_code[64], record[128], value[256];
};

// ---- options -------------------------------------------------------------------------------------

enum class CrmLevel : std::uint8_t { kServer, kMapping, kTable, kColumn, kImport, kSetting };
enum class CrmPrivilege : std::uint8_t { kNone, kReadServerFiles, kSuperuser };
enum class CrmOptionType : std::uint8_t { kText, kBool, kInt, kDuration, kRate, kChoice, kUrl, kFile };

struct CrmOptionRow {
  CrmText name, default_value, choices, doc, provider;  // provider empty: common to all
  CrmLevel level;
  CrmOptionType type;
  CrmPrivilege privilege;
  bool secret;
};

struct CrmOption {
  CrmText name, value;
};

// Resolved by src/pg for the role the check runs as. The engine copies what it keeps and wipes secrets.
struct CrmAccount {
  std::uint32_t database_oid, server_oid, mapping_oid;  // mapping_oid 0: none
  std::uint64_t generation;  // grows when the server or the mapping may have changed
  std::uint64_t statement;   // outermost statement, for crm_fdw.max_requests
  CrmText server_name, user_name;
  CrmText provider;
  const CrmOption *options;  // server's and mapping's together
  std::int32_t option_count;
};

// Settings (GUCs) the engine obeys; src/pg hands them over before each crm_open_*.
struct CrmSettings {
  CrmText allowed_hosts;    // comma list; "host", "host:port", "*.example.com"
  CrmText ca_file;          // empty: the system's
  CrmText state_directory;  // where rotated refresh tokens are kept; absolute, mode 0700, made by the engine
  std::int64_t max_requests;  // per outermost statement; 0: no limit
  bool log_requests;
};

// ---- planning ------------------------------------------------------------------------------------

struct CrmField {
  CrmText path, remote_type, traits;
  CrmType type;
  bool fetch;
  std::int16_t relation;  // 0: the object's own; else its place in CrmReadRequest::relations, from 1
};

// Another object in the request, found by its field `own` being equal to the field `reference`.
enum class CrmRelationKind : std::uint8_t {
  kParent,          // at most one row for each row of the object, whose fields become the object's own
  kSelect,          // only whether there is a row is asked, by a node kInSelect
  kExcludingSelect  // only whether there is none
};
struct CrmRelation {
  CrmRelationKind kind;
  CrmText object;
  // Of the object itself or of an earlier parent; kSelect and kExcludingSelect: of the object itself.
  std::int16_t reference;
  std::int16_t own;
};

enum class CrmNode : std::uint8_t {
  kAnd,
  kOr,
  kNot,  // children
  kCompare,
  kAnyOf,     // field = ANY (operand)
  kIsNull,    // field IS NULL
  kIsTrue,    // field
  kLike,      // field LIKE operand
  kILike,     // field ILIKE operand
  kContains,  // field @> operand, text[] both
  kOverlaps,  // field && operand, text[] both; or operand = ANY (field), where the operand is a text
  kInSelect,  // of the relation; a conjunct of its own, and not below kNot
};
enum class CrmCompare : std::uint8_t { kEq, kNe, kLt, kLe, kGt, kGe };

// Prefix order: a node is followed by its `children` subtrees.
struct CrmExpr {
  CrmNode node;
  CrmCompare op;
  std::int16_t field;     // -1: none
  std::int16_t param;     // >= 0: the operand is this parameter, and value.type is its type
  std::int16_t relation;  // kInSelect: index into CrmReadRequest::relations
  std::int32_t children;
  CrmValue value;
};

struct CrmOrder {
  std::int16_t field;
  bool descending, nulls_first;
};

// See crm::Function, in its order.
enum class CrmFunction : std::uint8_t { kGroup, kCountRows, kCount, kCountDistinct, kMin, kMax, kSum };

struct CrmOutput {
  CrmFunction function;
  std::int16_t field;  // -1 for kCountRows
  CrmType type;        // of the cell
};

struct CrmReadRequest {
  std::uint32_t database_oid,
      server_oid;  // what this process wrote through that server counts, see read_path
  CrmText object;
  // Server option: "fresh", "index", or "auto" (empty): any, but fresh ones where this process wrote to the
  // CRM less than `index_lag` (server option; empty: its default) ago.
  CrmText read_path, index_lag;
  const CrmField *fields;  // all of the tables' columns; those of a kSelect come last, each one's together
  std::int32_t field_count;
  // With relations, all conjuncts of a kSelect, and the kInSelect itself, are exact in each path that is
  // given; there may be none.
  const CrmRelation *relations;
  std::int32_t relation_count;
  const CrmExpr *nodes;
  std::int32_t node_count;
  const std::int32_t *conjuncts;  // index of each conjunct's first node
  const double *selectivity;      // of each conjunct
  std::int32_t conjunct_count;
  const CrmOrder *order;
  std::int32_t order_count;
  double table_rows;
  double rows_wanted;    // -1 unless a Limit sits directly on this scan
  bool include_deleted;  // table option: also the rows that the CRM keeps as deleted
  // With outputs, one row per group with these cells is wanted instead of the rows. Only paths whose verdicts
  // are all kExact are given; there may be none.
  const CrmOutput *outputs;
  std::int32_t output_count;
  const std::int16_t *group_by;  // fields, each once; those of kGroup outputs among them
  std::int32_t group_count;
  bool approximate;  // functions and groupings need not be PostgreSQL's to the last digit
};

enum class CrmVerdict : std::uint8_t { kLocal, kSuperset, kExact };

struct CrmAccessPath {
  CrmText plan;                // versioned JSON, no secret: goes into fdw_private as one String
  const CrmVerdict *verdicts;  // per conjunct
  const CrmText *reasons;
  bool ordered, fresh;
  double requests, rows_sent, page_rows;
};

// ---- operations ----------------------------------------------------------------------------------

struct CrmOp;  // one conversation: a read or a call

enum class CrmStep : std::uint8_t { kRow, kWait, kDone, kFailed };

struct CrmStats {
  std::int64_t requests, pages, bytes, retries, rows, repaired;
  std::int64_t waited_us;  // for the rate limit and back-off
};

enum class CrmLogLevel : std::uint8_t { kDebug, kLog, kWarning };
struct CrmLogLine {
  CrmLogLevel level;
  CrmText message, detail;
};

extern "C" {
// -- no operation, no network: planner, validator, docs
// The option table, common rows first. It lives as long as the process.
std::int32_t crm_options(const CrmOptionRow **rows) noexcept;
// Names separated by ", ", for hints.
CrmText crm_providers() noexcept;
// Checks the options of one level. `provider` may be empty (then only common options and provider itself are
// known to be right). Privileges are not checked here: src/pg reads CrmOptionRow::privilege.
bool crm_check_options(CrmLevel level, CrmText provider, const CrmOption *options, std::int32_t count,
                       CrmFailure *why) noexcept;
bool crm_plan_read(CrmText provider, const CrmReadRequest *request, const CrmAccessPath **paths,
                   std::int32_t *count, CrmFailure *why) noexcept;
// `plan` is CrmAccessPath::plan; params null: none bound yet.
bool crm_describe_plan(CrmText plan, const CrmValue *params, std::int32_t count, CrmText *text,
                       CrmFailure *why) noexcept;

// -- open one of two kinds of operation. On failure *op stays null. No request is sent yet.
bool crm_open_read(CrmOp **op, const CrmAccount *account, const CrmSettings *settings, CrmText plan,
                   CrmFailure *why) noexcept;
// name: "import" {"options":{…},"limit_to":[…],"except":[…]} → rows of CrmImportCell;
//       "test" {} → one row of CrmTestCell;
//       "query" {"text"} → rows of CrmQueryCell;
//       "request" {"method","path","query","body"} → one row of CrmRequestCell
bool crm_open_call(CrmOp **op, const CrmAccount *account, const CrmSettings *settings, CrmText name,
                   CrmText json_arguments, CrmFailure *why) noexcept;

// -- drive it: the same for both
// (Re)starts the conversation with these parameters; what was under way is dropped. Needed once before the
// first step.
bool crm_bind(CrmOp *op, const CrmValue *params, std::int32_t count, CrmFailure *why) noexcept;
// kRow: *cells has the plan's fetched fields, or its outputs, in order, valid until the next call on this op.
// kWait: wait until crm_wait_fd is readable, or for at most 1 s, then step again. kDone: no more rows;
// stepping again stays kDone.
CrmStep crm_step(CrmOp *op, const CrmValue **cells, CrmFailure *why) noexcept;
int crm_wait_fd(const CrmOp *op) noexcept;
// Scheme, host and port the operation starts with. Lives as long as the operation.
CrmText crm_endpoint(const CrmOp *op) noexcept;
void crm_stats(const CrmOp *op, CrmStats *stats) noexcept;
// Accepts null. Drops requests under way and gives the channel back; sends nothing.
void crm_close(CrmOp *op) noexcept;

// -- process-wide
// Next line for the server log or the client; false: none. Drained by src/pg after crm_step. Holds no secret.
bool crm_next_log(CrmLogLine *line) noexcept;
// Server or mapping changed: channels and tokens made before are not used again. Frees nothing in use.
void crm_forget() noexcept;
// Descriptors the pool holds now; for tests and for PostgreSQL's accounting.
std::int32_t crm_open_channels() noexcept;
}
