// What PostgreSQL wants to read, in words of the domain: no PostgreSQL type, no CRM's name.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/pod.h"
#include "core/value.h"

namespace crm {

// A field of the object as the catalog (column options written by IMPORT) describes it.
struct Field {
  std::string path;         // API name or path: "status_id", "custom.cf_x", "Account.Name"
  std::string remote_type;  // the CRM's own type word; empty: the user's column, local filters only
  // Blank-separated flags, see providers/<crm>/README.md. One is the engine's: "given" marks a field that is
  // no data of the CRM but part of the question (`query = '…'`). It is only ever in conjuncts `field =
  // operand`, all of which a path has to fulfil, and its cell is that operand, or NULL where nothing was
  // asked for.
  std::string traits;
  CrmType type = CrmType::kText;  // what the PostgreSQL column wants to get
  bool fetch = true;              // false: not read; it may be used in a condition or an order

  bool HasTrait(std::string_view trait) const;
  // What follows "trait="; empty: nothing does.
  std::string_view TraitValue(std::string_view trait) const;
};

enum class CompareOp : std::uint8_t { kEq, kNe, kLt, kLe, kGt, kGe };

// One node of a condition. Every condition is also rechecked by PostgreSQL, so a provider may send
// anything that keeps all matching rows, and nothing that could lose one. Negations are gone: NOT has been
// pushed down to the leaves, where kCompare has the opposite operator and the other kinds are `negated`. A
// negated leaf holds where the plain one is false; a NULL field, or a NULL in the operand, makes it neither
// (but kIsNull, and lists without an item: = ANY is false there and @> true, for each field that is no NULL).
struct Expr {
  enum class Kind : std::uint8_t {
    kAnd,
    kOr,        // children
    kCompare,   // field op operand
    kAnyOf,     // field = ANY (operand); the operand is a kTextArray
    kIsNull,    // field IS NULL
    kIsTrue,    // boolean field used as a condition
    kLike,      // field LIKE operand; the escape character is a backslash
    kILike,     // the same, whatever the case
    kContains,  // field @> operand: lists, kTextArray both
    kOverlaps,  // field && operand; an operand of type kText is a list of one: operand = ANY (field)
    kInSelect,  // field is among the values of a SubSelect; only ever a conjunct, and never checked again.
                // Negated it holds where there is no such row, so for a NULL field, too
  };
  Kind kind = Kind::kAnd;
  CompareOp op = CompareOp::kEq;
  bool negated = false;  // leaves other than kCompare
  int field = -1;        // index into ReadRequest::fields
  int param = -1;        // >= 0: the operand is this parameter, bound at execution
  int select = -1;       // kInSelect: index into ReadRequest::selects
  Value operand;         // param < 0: the constant; else only operand.type is meaningful
  std::vector<Expr> children;
};

// The rows of another object, for the values of one of its fields.
struct SubSelect {
  std::string object;
  std::vector<Field> fields;    // all of the table's columns
  int own = -1;                 // the field, index into `fields`
  std::vector<Expr> conjuncts;  // ANDed, over `fields`
};

// The object that a reference of the request leads to, one row at most.
struct Parent {
  std::string object;
  int reference = -1;       // index into ReadRequest::fields
  int own = -1;             // the field that the reference equals: the parent's id
  std::vector<int> fields;  // the parent's, all of its table's columns, `own` among them
};

struct Order {
  int field = -1;
  bool descending = false, nulls_first = false;
};

// What a cell of a group of rows holds. All but kCountRows are about one field, and all but kGroup and
// kCountRows leave out the rows where it is NULL; of no rows the counts are 0, the others NULL.
enum class Function : std::uint8_t {
  kGroup /* the field itself, by which is grouped */,
  kCountRows,
  kCount,
  kCountDistinct,
  kMin,
  kMax,
  kSum
};

inline bool IsCount(Function function) {
  return function == Function::kCountRows || function == Function::kCount ||
         function == Function::kCountDistinct;
}

struct Output {
  Function function = Function::kCountRows;
  int field = -1;                // index into ReadRequest::fields; -1 for kCountRows
  CrmType type = CrmType::kInt;  // of the cell; kInt for counts
};

struct ReadRequest {
  std::string object;           // table option "object"
  std::vector<Field> fields;    // all of the table's columns
  std::vector<Expr> conjuncts;  // ANDed
  std::vector<SubSelect> selects;
  std::vector<double> selectivity;  // of each conjunct, 0..1, as PostgreSQL guesses it
  std::vector<Order> order;         // wanted; empty: any
  double table_rows = 0;            // PostgreSQL's guess of the whole object
  double rows_wanted = -1;          // a Limit sits directly above and needs this many; -1: all
  bool include_deleted = false;     // table option: also the rows that the CRM keeps as deleted
  // Empty: the rows are wanted. Else the request is grouped: not the rows are wanted but one row for each
  // group of them, with these cells in this order; `fetch`, `order` and `rows_wanted` mean nothing then. Only
  // paths that fulfil all conjuncts exactly, and do not read every row, are worth giving; none is fine. Rows
  // belong to one group where PostgreSQL calls their fields equal, as values of Field::type: two times of a
  // day are one date. NULL is a value of its own. Functions are over the values of Field::type as well.
  std::vector<Output> outputs;
  // Fields, each once; some may have no output. Empty: all rows are one group, which is there without rows
  // too.
  std::vector<int> group_by;
  // The user takes functions and groupings that are not quite PostgreSQL's: a sum of doubles, text of any
  // case in one group. Conjuncts have to be exact all the same.
  bool approximate = false;

  bool grouped() const { return !outputs.empty(); }
  // Whether one number is all that is wanted: of the rows.
  bool WantsCountOnly() const {
    return outputs.size() == 1 && outputs[0].function == Function::kCountRows && group_by.empty();
  }
};

enum class Verdict : std::uint8_t {
  kLocal,     // not sent
  kSuperset,  // sent; the CRM may give more rows than match
  kExact,     // sent; the CRM gives the matching rows and no others
};

// One way to read. PostgreSQL chooses among them by cost.
struct AccessPath {
  std::string plan;  // the provider's own JSON, versioned by the engine; no secret, no bound value
  std::vector<Verdict> verdicts;     // per conjunct
  std::vector<std::string> reasons;  // per conjunct, for EXPLAIN; empty: nothing to say
  bool ordered = false;              // delivers ReadRequest::order
  bool fresh = true;                 // false: a search index, which lags writes
  double requests = 1;               // expected
  double rows_sent = 0;              // expected, after what is pushed
  double page_rows = 100;
};

// One cell of a grouped read.
struct PlannedOutput {
  Function function = Function::kCountRows;
  Field field;  // its type is that of the cell; without a path for kCountRows
};

// A chosen path, decoded again from the plan tree.
struct ReadPlan {
  std::string object;
  std::vector<Field> fields;           // the fetched ones, in cell order; none where there are outputs
  std::string plan;                    // AccessPath::plan
  bool limited = false;                // rows_wanted was given: do not ask for pages ahead of need
  std::vector<PlannedOutput> outputs;  // not empty: the read is grouped, and these are its cells

  std::size_t cell_count() const { return outputs.empty() ? fields.size() : outputs.size(); }
};

}  // namespace crm
