// How the records of one read become rows: the cells' places, and the watch over custom fields.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/page_reader.h"
#include "core/read_request.h"
#include "net/http.h"
#include "providers/close/objects.h"
#include "providers/close/query.h"

namespace crm::close_crm {

// One page or record, read.
struct ReadRecords {
  std::unique_ptr<RowBatch> batch;  // the plan's cells, then the helpers'
  PageInfo info;
};

// Shared by all conversations of one read.
class RecordShape {
 public:
  // `helpers` are fields that paging needs; they get cells behind the plan's where the plan has none for
  // them.
  RecordShape(const Object &object, const std::vector<Field> &fields, const std::vector<std::string> &mapped,
              const std::vector<std::string> &helpers);

  const Object &object() const { return object_; }
  const std::vector<std::string> &selectors() const { return selectors_; }  // fields to ask for; empty: all
  const std::string &fields_param() const { return fields_param_; }         // the same as a list
  bool HasCustomFields() const { return !custom_columns_.empty(); }
  int columns() const { return columns_; }  // of the plan

  // Cells of given fields of that remote_type get this text.
  void SetGiven(std::string_view remote_type, const std::string &text);
  // Reads an answer's list, or the answer as the one record.
  ReadRecords ReadList(const std::string &body);
  ReadRecords ReadRecord(const std::string &body);

  // Time, number (to the nearest double) or text of a field that the shape reads; nullopt: null, absent or of
  // another type.
  std::optional<std::int64_t> TimeOf(const CrmValue *row, std::string_view field) const;
  std::optional<double> NumberOf(const CrmValue *row, std::string_view field) const;
  std::optional<std::string_view> TextOf(const CrmValue *row, std::string_view field) const;

  // A custom field that was never set has no key, and neither has one that was deleted. When one has been
  // absent for long, or from a whole list, Close is asked once per read which fields there are.
  // `list_ended`: all rows of a list were read.
  bool WantsFieldCheck(bool list_ended) const;
  HttpRequest FieldCheckRequest();
  // Throws kColumnLost.
  void CheckFields(const HttpRequest &request, const HttpResponse &response) const;

 private:
  void AddColumn(int index, const Field &field);
  int ColumnOf(std::string_view field) const;
  ReadRecords Read(const std::string &body, std::string_view rows_key);

  const Object &object_;
  int columns_;
  std::vector<std::string> selectors_;
  std::string fields_param_;
  PageShape shape_;
  std::vector<std::pair<int, std::string_view>> given_columns_;  // cell, remote_type
  std::vector<std::pair<int, std::string>> given_texts_;         // cell, its text
  std::vector<std::pair<std::string, int>> places_;              // field, cell
  std::vector<std::pair<int, std::string>> custom_columns_;      // cell, "cf_x"
  std::vector<int> unknown_columns_;                             // cells of fields that no documentation has
  std::vector<std::int64_t> absent_;                             // per cell: rows in a row without the key
  std::int64_t rows_ = 0;
  bool checked_ = false;
};

}  // namespace crm::close_crm
