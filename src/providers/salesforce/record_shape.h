// How the records of one read become rows.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/page_reader.h"
#include "core/read_request.h"

namespace crm::salesforce {

// Where the field is in a record, and what becomes of it.
ColumnShape ColumnOf(const Field &field);

struct ReadRecords {
  std::unique_ptr<RowBatch> batch;
  PageInfo info;
};

class RecordShape {
 public:
  // `fields` become cells, in their order; given ones get `query`. The records hold IsDeleted if
  // `leave_out_deleted`, and those that are do not count. They hold IsDeleted of the relationships
  // `deletable` ("Account"); fields of those that are ("Account.Name") are NULL.
  RecordShape(std::string object, const std::vector<Field> &fields, std::string query, bool leave_out_deleted,
              const std::vector<std::string> &deletable);

  const std::string &object() const { return object_; }
  // The member "records" of an answer. Throws Error as ReadPage does.
  ReadRecords Read(std::string_view body) const;

 private:
  // Another record than the row's own that may be deleted: the cell that says so, and its fields' cells.
  struct DeletableParent {
    int flag;
    std::vector<int> cells;
  };
  void AddFlag(std::vector<std::string> path);
  void LeaveOutDeleted(RowBatch &batch) const;

  std::string object_;
  int columns_;
  PageShape shape_;
  std::vector<int> given_;
  std::string query_;
  bool leave_out_deleted_;
  std::vector<DeletableParent> parents_;
};

}  // namespace crm::salesforce
