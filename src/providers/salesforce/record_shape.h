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

struct ReadRecords {
  std::unique_ptr<RowBatch> batch;
  PageInfo info;
};

class RecordShape {
 public:
  // `fields` become cells, in their order; given ones get `query`. `leave_out_deleted`: the records hold
  // IsDeleted, and those that are do not count.
  RecordShape(std::string object, const std::vector<Field> &fields, std::string query,
              bool leave_out_deleted);

  const std::string &object() const { return object_; }
  // The member "records" of an answer. Throws Error as ReadPage does.
  ReadRecords Read(std::string_view body) const;

 private:
  void LeaveOutDeleted(RowBatch &batch) const;

  std::string object_;
  int columns_;
  PageShape shape_;
  std::vector<int> given_;
  std::string query_;
  bool leave_out_deleted_;
};

}  // namespace crm::salesforce
