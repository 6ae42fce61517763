// Reads one JSON page of records into a RowBatch. The only file that knows simdjson is page_reader.cpp.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/pod.h"
#include "core/row_batch.h"

namespace crm {

// Where one cell comes from and what it becomes.
struct ColumnShape {
  // Keys from the record down. {"custom.cf_x"} is one flat key that holds a dot; {"Account","Name"} descends.
  // A null on the way makes the cell NULL. Empty: nothing is read, the cell stays NULL.
  // Behind the first key, a whole number is an element of an array, from 0: {"emails","0","email"}; an array
  // that ends before it makes the cell NULL. "[]" takes all elements and wants kTextArray: the scalars found
  // in them, in order, those of nested arrays included; an element that is null or lacks the key gives none.
  // The cell is NULL if there is no array where the first "[]" stands (absent or null), and empty if the
  // array is. Anything but null and an array where an array should be, and but null and an object where an
  // object should be, is kBadValue. A column with such a path is absent only where its first key is.
  std::vector<std::string> path;
  // Second place to look when the first is absent (a search may nest custom fields); empty: none.
  std::vector<std::string> fallback;
  CrmType type = CrmType::kText;
  // Decimal places to shift left: 2 turns 50000 minor units into 500.00. kDecimal, kInt and kDouble only.
  int minor_digits = 0;
  // Absent (not null) is an error of kind kColumnLost with this column's index.
  bool required = false;
  bool trimmed = false;   // kDecimal: without an exponent, and without zeros at the end of the fraction
  char separator = '\0';  // kTextArray: a string holds the items, with this between them
};

// What a record's cells mean beside plain columns.
enum : int { kNoColumn = -1 };
struct PageShape {
  std::string rows_key;              // "data", "results", "records"; empty: the root itself is the one record
  std::vector<ColumnShape> columns;  // cell order
  int raw_column = kNoColumn;        // gets the record's own JSON
  // Gets a JSON object of the top-level keys that no other column reads. An object that only a fallback looks
  // into stays in it; rest_excludes can leave it out.
  int rest_column = kNoColumn;
  std::vector<std::string> id_path;        // where the record's id is, for error messages and duplicates
  std::vector<std::string> rest_excludes;  // top-level keys left out of rest_column
};

// Scalars beside the rows, as raw JSON tokens ("true", "123", "\"abc\" decoded"). absent: nullopt.
struct PageInfo {
  struct Member {
    std::string key;
    bool is_string = false, is_null = false;
    std::string text;
  };
  // Top-level scalars, and those of top-level objects ("count.total"), in the order of the body.
  std::vector<Member> members;
  const Member *Find(std::string_view key) const;  // of duplicates the last; null: absent
  std::optional<std::int64_t> Integer(std::string_view key) const;
  std::optional<bool> Bool(std::string_view key) const;
  std::optional<std::string> String(std::string_view key) const;  // null and absent: nullopt
  bool has_rows_key = false;                                      // false: the rows key was absent
  std::vector<std::string> ids;                                   // one per row of the batch, from id_path
};

// Reads `body` and appends its records to `batch`, which keeps a copy of the body: most cells are views of
// it. Of duplicate keys the last counts, as in jsonb. Dates, times and numbers are checked and converted;
// text is repaired (invalid UTF-8, lone surrogates, NUL) to U+FFFD and counted per text. Numbers never pass
// through a double on their way to kDecimal. JSON null is SQL NULL. Reading rules by wanted type:
//   kText                   string, token of a number or boolean, or an array of one of these (of none: NULL)
//   kTextArray              array of scalars (null elements allowed), or one scalar as an array of one
//   kDecimal, kInt, kDouble number, or a string that holds nothing but a number; 5.0 and 1e3 are integers
//   kBool                   true or false, also as a string
//   kDate                   string YYYY-MM-DD
//   kTimestamp              string, all dialects of civil_time.h
//   kJson                   anything that jsonb accepts: at most 64 levels, numbers within numeric's range
// Everything else is kBadValue, an empty string for a number, date, time or boolean included.
// info.ids gets one id per row of the batch ("" where the record has none).
// Throws Error: kMalformedAnswer (not JSON, wrong shape), kBadValue (column, record, value set), kColumnLost
// (column, record set).
// `absent_rows`, when given, has one counter per column: consecutive records, ending with the last one read,
// in which the column's key was absent; it is updated across pages.
void ReadPage(std::string_view body, const PageShape &shape, RowBatch &batch, PageInfo &info,
              std::vector<std::int64_t> *absent_rows = nullptr);

}  // namespace crm
