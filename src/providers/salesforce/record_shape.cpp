#include "providers/salesforce/record_shape.h"

#include "core/value.h"

namespace crm::salesforce {

namespace {

std::vector<std::string> PathOf(std::string_view field) {
  std::vector<std::string> path;
  for (std::size_t at = 0; at <= field.size();) {
    const std::size_t dot = std::min(field.find('.', at), field.size());
    path.emplace_back(field.substr(at, dot - at));
    at = dot + 1;
  }
  return path;
}

}  // namespace

RecordShape::RecordShape(std::string object, const std::vector<Field> &fields, std::string query,
                         bool leave_out_deleted)
    : object_(std::move(object)),
      columns_(static_cast<int>(fields.size())),
      query_(std::move(query)),
      leave_out_deleted_(leave_out_deleted) {
  for (const Field &field : fields) {
    ColumnShape &column = shape_.columns.emplace_back();
    column.type = field.type;
    if (field.HasTrait("given")) {
      given_.push_back(static_cast<int>(shape_.columns.size()) - 1);
      continue;
    }
    column.path = PathOf(field.path);
    column.required = true;
    column.trimmed = true;
    if (field.remote_type == "multipicklist") column.separator = ';';
  }
  if (leave_out_deleted) {
    ColumnShape &column = shape_.columns.emplace_back();
    column.path = {"IsDeleted"};
    column.type = CrmType::kBool;
  }
  shape_.rows_key = "records";
  shape_.id_path = {"Id"};
}

ReadRecords RecordShape::Read(std::string_view body) const {
  ReadRecords read{std::make_unique<RowBatch>(static_cast<int>(shape_.columns.size())), {}};
  ReadPage(body, shape_, *read.batch, read.info);
  if (leave_out_deleted_) LeaveOutDeleted(*read.batch);
  for (const int column : given_) {
    const CrmText text = read.batch->Copy(query_);
    for (std::size_t i = 0; i < read.batch->size(); ++i) {
      CrmValue &cell = read.batch->mutable_row(i)[column];
      cell.type = CrmType::kText;
      cell.text = text;
    }
  }
  return read;
}

void RecordShape::LeaveOutDeleted(RowBatch &batch) const {
  std::vector<bool> keep;
  keep.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const CrmValue &deleted = batch.row(i)[columns_];
    keep.push_back(deleted.type != CrmType::kBool || !deleted.boolean);
  }
  batch.Keep(keep, columns_);
}

}  // namespace crm::salesforce
