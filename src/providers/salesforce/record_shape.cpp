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

ColumnShape ColumnOf(const Field &field) {
  ColumnShape column;
  column.path = PathOf(field.path);
  column.type = field.type;
  column.required = true;
  column.trimmed = true;
  if (field.remote_type == "multipicklist") column.separator = ';';
  return column;
}

RecordShape::RecordShape(std::string object, const std::vector<Field> &fields, std::string query,
                         bool leave_out_deleted, const std::vector<std::string> &deletable)
    : object_(std::move(object)),
      columns_(static_cast<int>(fields.size())),
      query_(std::move(query)),
      leave_out_deleted_(leave_out_deleted) {
  for (const Field &field : fields) {
    if (field.HasTrait("given")) {
      given_.push_back(static_cast<int>(shape_.columns.size()));
      shape_.columns.emplace_back();
    } else {
      shape_.columns.push_back(ColumnOf(field));
    }
  }
  if (leave_out_deleted) AddFlag({"IsDeleted"});
  for (const std::string &parent : deletable) {
    parents_.push_back({static_cast<int>(shape_.columns.size()), {}});
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (fields[i].path.starts_with(parent + ".")) parents_.back().cells.push_back(static_cast<int>(i));
    AddFlag(PathOf(parent + ".IsDeleted"));
  }
  shape_.rows_key = "records";
  shape_.id_path = {"Id"};
}

void RecordShape::AddFlag(std::vector<std::string> path) {
  ColumnShape &column = shape_.columns.emplace_back();
  column.path = std::move(path);
  column.type = CrmType::kBool;
}

ReadRecords RecordShape::Read(std::string_view body) const {
  ReadRecords read{std::make_unique<RowBatch>(static_cast<int>(shape_.columns.size())), {}};
  ReadPage(body, shape_, *read.batch, read.info);
  if (read.batch->columns() > columns_) LeaveOutDeleted(*read.batch);
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
  const auto is_set = [](const CrmValue &flag) { return flag.type == CrmType::kBool && flag.boolean; };
  std::vector<bool> keep;
  keep.reserve(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    CrmValue *row = batch.mutable_row(i);
    keep.push_back(!leave_out_deleted_ || !is_set(row[columns_]));
    for (const DeletableParent &parent : parents_)
      if (is_set(row[parent.flag]))
        for (const int cell : parent.cells) row[cell].type = CrmType::kNull;
  }
  batch.Keep(keep, columns_);
}

}  // namespace crm::salesforce
