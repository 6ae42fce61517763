#include "providers/close/record_shape.h"

#include <algorithm>
#include <charconv>

#include "core/civil_time.h"
#include "core/decimal.h"
#include "providers/close/wire.h"

namespace crm::close_crm {

namespace {

constexpr std::int64_t kLongAbsence = 100;  // rows

// "minor=2" → 2
int MinorDigits(const Field &field) {
  std::string_view rest = field.traits;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word.starts_with(kMinorPrefix)) {
      int digits = 0;
      std::from_chars(word.data() + kMinorPrefix.size(), word.data() + word.size(), digits);
      return std::clamp(digits, 0, 9);
    }
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  }
  return 0;
}

bool TakesMinorDigits(CrmType type) {
  return type == CrmType::kDecimal || type == CrmType::kInt || type == CrmType::kDouble;
}

std::vector<std::string> Split(std::string_view path) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

bool IsCustom(std::string_view path) { return path.starts_with(kCustomPrefix); }

std::string TopKey(std::string_view path) {
  return std::string(IsCustom(path) ? path : path.substr(0, path.find('.')));
}

std::vector<std::string> HelpersBeside(const std::vector<Field> &fields,
                                       const std::vector<std::string> &wanted) {
  std::vector<std::string> helpers;
  for (const std::string &name : wanted) {
    if (std::ranges::find(fields, name, &Field::path) == fields.end()) helpers.push_back(name);
  }
  return helpers;
}

}  // namespace

RecordShape::RecordShape(const Object &object, const std::vector<Field> &fields,
                         const std::vector<std::string> &mapped, const std::vector<std::string> &helpers)
    : object_(object),
      columns_(static_cast<int>(fields.size())),
      selectors_(FieldSelectors(object, fields, helpers)) {
  for (const std::string &name : selectors_)
    fields_param_.append(fields_param_.empty() ? "" : ",").append(name);
  const std::vector<std::string> added = HelpersBeside(fields, helpers);
  shape_.rows_key = "data";
  shape_.id_path = {"id"};
  shape_.columns.resize(fields.size() + added.size());
  for (int i = 0; i < columns_; ++i) AddColumn(i, fields[i]);
  for (std::size_t i = 0; i < added.size(); ++i) {
    const int index = columns_ + static_cast<int>(i);
    shape_.columns[index].path = {added[i]};
    places_.emplace_back(added[i], index);
  }
  if (shape_.rest_column != kNoColumn) {
    // The deprecated dictionary by field name would repeat the custom fields.
    shape_.rest_excludes = {"custom"};
    for (const std::string &path : mapped) shape_.rest_excludes.push_back(TopKey(path));
  }
}

void RecordShape::AddColumn(int index, const Field &field) {
  ColumnShape &column = shape_.columns[index];
  column.type = field.type;
  if (field.remote_type == kRawType) {
    shape_.raw_column = index;
    return;
  }
  if (field.remote_type == kPropertiesType) {
    shape_.rest_column = index;
    return;
  }
  if (field.HasTrait(kGiven)) {
    given_columns_.emplace_back(index, field.remote_type == kQueryType ? kQueryType : kSmartViewType);
    return;
  }
  places_.emplace_back(field.path, index);
  if (IsCustom(field.path)) {
    const std::string id = field.path.substr(kCustomPrefix.size());
    column.path = {field.path};
    column.fallback = {"custom", id};
    if (object_.custom_fields) custom_columns_.emplace_back(index, id);
    return;
  }
  column.path = Split(field.path);
  const StandardField *standard = FindField(object_, TopKey(field.path));
  if (standard == nullptr) unknown_columns_.push_back(index);
  // A field that is none of ours may be new, and then it is there; or it is a mistake.
  column.required = standard == nullptr || (standard->required && standard->name == field.path);
  if (TakesMinorDigits(field.type)) column.minor_digits = MinorDigits(field);
}

void RecordShape::SetGiven(std::string_view remote_type, const std::string &text) {
  for (const auto &[column, type] : given_columns_) {
    if (type == remote_type) given_texts_.emplace_back(column, text);
  }
}

ReadRecords RecordShape::ReadList(const std::string &body) { return Read(body, "data"); }

ReadRecords RecordShape::ReadRecord(const std::string &body) { return Read(body, ""); }

ReadRecords RecordShape::Read(const std::string &body, std::string_view rows_key) {
  ReadRecords read{std::make_unique<RowBatch>(static_cast<int>(shape_.columns.size())), {}};
  shape_.rows_key = rows_key;
  try {
    ReadPage(body, shape_, *read.batch, read.info, &absent_);
  } catch (Error &error) {
    if (error.kind == CrmErrorKind::kColumnLost &&
        std::ranges::find(unknown_columns_, error.column) != unknown_columns_.end()) {
      error.kind = CrmErrorKind::kUnknownField;
      error.message = "no such field in " + std::string(object_.table) + " of Close";
      error.hint = "Correct the option \"field\" of the column.";
    }
    throw;
  }
  rows_ += static_cast<std::int64_t>(read.batch->size());
  for (const auto &[column, text] : given_texts_) {
    const CrmText copy = read.batch->Copy(text);
    for (std::size_t i = 0; i < read.batch->size(); ++i) {
      CrmValue &cell = read.batch->mutable_row(i)[column];
      cell.type = CrmType::kText;
      cell.text = copy;
    }
  }
  return read;
}

int RecordShape::ColumnOf(std::string_view field) const {
  const auto found = std::ranges::find_if(places_, [&](const auto &place) { return place.first == field; });
  return found == places_.end() ? kNoColumn : found->second;
}

std::optional<std::int64_t> RecordShape::TimeOf(const CrmValue *row, std::string_view field) const {
  const int column = ColumnOf(field);
  if (column == kNoColumn) return std::nullopt;
  if (row[column].type == CrmType::kTimestamp) return row[column].integer;
  if (row[column].type == CrmType::kText) return ParseTimestamp(View(row[column].text));
  return std::nullopt;
}

std::optional<double> RecordShape::NumberOf(const CrmValue *row, std::string_view field) const {
  const int column = ColumnOf(field);
  if (column == kNoColumn) return std::nullopt;
  const CrmValue &cell = row[column];
  if (cell.type == CrmType::kInt) return static_cast<double>(cell.integer);
  if (cell.type != CrmType::kDecimal) return std::nullopt;
  const auto decimal = ParseDecimal(View(cell.text), NumberGrammar::kLoose);
  return decimal ? ToDouble(*decimal) : std::nullopt;
}

std::optional<std::string_view> RecordShape::TextOf(const CrmValue *row, std::string_view field) const {
  const int column = ColumnOf(field);
  if (column == kNoColumn || row[column].type != CrmType::kText) return std::nullopt;
  return View(row[column].text);
}

bool RecordShape::WantsFieldCheck(bool list_ended) const {
  if (checked_ || rows_ == 0) return false;
  const std::int64_t enough = list_ended ? std::min(rows_, kLongAbsence) : kLongAbsence;
  return std::ranges::any_of(custom_columns_,
                             [&](const auto &column) { return absent_[column.first] >= enough; });
}

HttpRequest RecordShape::FieldCheckRequest() {
  checked_ = true;
  return GetRequest("/api/v1/custom_field_schema/" + std::string(object_.name) + "/", {});
}

void RecordShape::CheckFields(const HttpRequest &request, const HttpResponse &response) const {
  if (response.status != 200) throw ExplainAnswer(request, response);
  const Json schema = ParseAnswer(request, response);
  if (!schema.contains("fields") || !schema["fields"].is_array()) throw ExplainAnswer(request, response);
  for (const auto &[column, id] : custom_columns_) {
    const bool exists = std::ranges::any_of(schema["fields"], [&id = id](const Json &field) {
      return field.is_object() && field.contains("id") && field["id"] == id;
    });
    if (exists) continue;
    Error error(CrmErrorKind::kColumnLost, "custom field \"" + id + "\" no longer exists in Close",
                "The fields of " + std::string(object_.table) + " have changed since they were imported.",
                "Drop the column: ALTER FOREIGN TABLE … DROP COLUMN …, or import the table again.");
    error.column = column;
    throw error;
  }
}

}  // namespace crm::close_crm
