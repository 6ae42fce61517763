// The plain data that crosses the wall between PostgreSQL and the rest.
// Only PODs: a longjmp may skip any frame that holds them. Included by engine/engine.h.
#pragma once
#include <cstdint>

// UTF-8, not terminated. data == nullptr means SQL NULL where a NULL is possible.
struct CrmText {
  const char *data;
  std::int32_t size;
};

enum class CrmType : std::uint8_t {
  kNull,
  kBool,
  kInt,      // int64
  kDecimal,  // exact decimal as text, as numeric_in reads it; never through a double
  kDouble,
  kText,
  kDate,       // days since 2000-01-01
  kTime,       // microseconds since midnight
  kTimestamp,  // microseconds since 2000-01-01 00:00 UTC; INT64_MIN/MAX are -/+infinity as in PG
  kJson,       // valid JSON text that jsonb_in accepts
  kBytes,
  kTextArray,  // one dimension
};

// A constant, a parameter or a cell. type == kNull is SQL NULL, whatever the column's type.
struct CrmValue {
  CrmType type;
  union {
    bool boolean;
    std::int64_t integer;  // kInt, kDate, kTime, kTimestamp
    double real;
    CrmText text;  // kDecimal, kText, kJson, kBytes
    struct {
      const CrmText *items;  // item.data == nullptr: NULL element
      std::int32_t count;
    } array;
  };
};

// Why something failed. src/pg/raise.cpp maps each kind to one SQLSTATE, and nobody else does.
enum class CrmErrorKind : std::uint16_t {
  kInternal,  // a bug of ours
  kOutOfMemory,
  kInvalidOptionName,
  kInvalidOptionValue,
  kMissingOption,     // e.g. no credentials in the user mapping
  kOptionNotAllowed,  // needs a privilege the caller lacks
  kBadCredentials,    // 401
  kForbidden,         // 403: role, scope
  kPlanLacksFeature,  // 402; or no plan of this CRM has it
  kUnknownObject,     // table option "object" names nothing
  kUnknownField,      // column option "field" names nothing this object ever had
  kColumnLost,        // the CRM no longer has a field this table reads
  kBadValue,          // a cell that does not fit its column type
  kBadRequest,        // any other 400
  kMalformedAnswer,   // not JSON, or JSON of another shape
  kTruncatedAnswer,   // connection closed inside the body
  kAnswerTooLarge,    // more than the byte limit, decompressed
  kTls,
  kDns,
  kConnectionRefused,
  kConnectionLost,  // reset before or inside the headers
  kTimeout,
  kHostNotAllowed,
  kRateLimited,       // 429 after the last retry
  kServerError,       // 5xx after the last retry
  kTooManyRequests,   // crm_fdw.max_requests
  kIncompleteRead,    // the CRM gave fewer rows than it says it has, or refuses to page that deep
  kReadOnly,          // a write through a server that is not updatable
  kInvalidArgument,   // an argument of one of our SQL functions
  kConditionNotSent,  // a condition on a field with trait "given" that no request could carry
  kNoReadPath,        // option read_path leaves no way to read the table
};

// Cells of the rows that the operation "import" gives: one row per column, tables in order, columns in order.
enum CrmImportCell : int {
  kImportTable,         // text: local table name
  kImportTableComment,  // text or NULL
  kImportTableOptions,  // text[]: name, value, name, value, …
  kImportColumn,        // text: local column name
  kImportType,          // text: SQL type, as in text COLLATE "C"
  kImportNotNull,       // bool
  kImportColumnComment,
  kImportColumnOptions,
  kImportCells
};

// Cells of the one row that the operation "test" gives.
enum CrmTestCell : int { kTestAccount, kTestUser, kTestDetail /* json */, kTestCells };

// Cells of the rows that the operation "query" gives.
enum CrmQueryCell : int { kQueryRecord /* json */, kQueryCells };

// Cells of the one row that the operation "request" gives.
enum CrmRequestCell : int {
  kRequestStatus /* int */,
  kRequestHeaders /* json */,
  kRequestBody /* json */,
  kRequestCells
};
