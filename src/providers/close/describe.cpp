#include "providers/close/describe.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <utility>

#include "core/json.h"
#include "providers/close/column_name.h"
#include "providers/close/objects.h"
#include "providers/close/wire.h"

namespace crm::close_crm {

namespace {

constexpr std::size_t kShownChoices = 100;
constexpr int kDefaultMaxColumns = 250;

struct Column {
  std::string name, type, field, remote_type, traits, references, comment;
};

struct Table {
  const Object *object;
  std::vector<Column> columns;
  std::string rows;  // how many there are now; empty: Close does not say
};

// ---- custom fields -----------------------------------------------------------------------------------

struct CustomType {
  std::string_view word, sql_type, references;
};
// close §4.14. New types appear without notice: what is not here becomes jsonb.
constexpr CustomType kCustomTypes[] = {
    {"text", "text", ""},
    {"textarea", "text", ""},
    {"number", "numeric", ""},
    {"date", "date", ""},
    {"choices", "text", ""},
    {"datetime", "timestamptz", ""},
    {"hidden", "text", ""},
    {"user", "text COLLATE \"C\"", "users.id"},
    {"custom_object", "text COLLATE \"C\"", ""},
    {"contact", "text COLLATE \"C\"", "contacts.id"},
};

// PostgreSQL stores no NUL.
std::string WithoutNul(std::string text) {
  std::erase(text, '\0');
  return text;
}

std::string TextMember(const Json &object, const char *name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? WithoutNul(found->get<std::string>()) : std::string();
}

bool AcceptsSeveral(const Json &field) {
  const auto found = field.find("accepts_multiple_values");
  return found != field.end() && found->is_boolean() && found->get<bool>();
}

std::string ChoicesText(const Json &field) {
  const auto found = field.find("choices");
  if (found == field.end() || !found->is_array() || found->empty()) return "";
  std::string text;
  std::size_t shown = 0;
  for (const Json &choice : *found) {
    if (shown == kShownChoices) break;
    if (!choice.is_string()) continue;
    text.append(shown++ == 0 ? "" : ", ").append(WithoutNul(choice.get<std::string>()));
  }
  if (found->size() > kShownChoices)
    text += ", and " + std::to_string(found->size() - kShownChoices) + " more";
  return text;
}

// "Region (choices, several values: North, South). Where the customer is."
std::string CommentOf(const Json &field, const std::string &label, const std::string &type) {
  std::string comment = label + " (" + type;
  if (AcceptsSeveral(field)) comment += ", several values";
  const std::string choices = ChoicesText(field);
  if (!choices.empty()) comment += ": " + choices;
  comment += ")";
  const std::string description = TextMember(field, "description");
  return description.empty() ? comment : comment + ". " + description;
}

Column CustomColumn(const Json &field, std::string id, std::string name) {
  const std::string type = TextMember(field, "type");
  const auto *known = std::ranges::find(kCustomTypes, type, &CustomType::word);
  Column column;
  column.name = std::move(name);
  column.field = std::string(kCustomPrefix) + std::move(id);
  column.remote_type = type.empty() ? "unknown" : type;
  column.type = known == std::end(kCustomTypes) ? "jsonb" : known->sql_type;
  if (known != std::end(kCustomTypes)) {
    column.references = known->references;
    if (AcceptsSeveral(field)) column.type = "text[]";
  }
  if (AcceptsSeveral(field)) column.traits = "multi";
  column.comment = CommentOf(field, TextMember(field, "name"), column.remote_type);
  return column;
}

void AddCustomColumns(const Json &schema, Table &table) {
  std::vector<const Json *> fields;
  std::vector<NamedField> named;
  for (const Json &field : schema.at("fields")) {
    const std::string id = field.is_object() ? TextMember(field, "id") : std::string();
    if (id.empty()) {
      throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Close",
                  "A custom field of " + std::string(table.object->table) + " has no id.");
    }
    if (std::ranges::find(named, id, &NamedField::id) != named.end()) continue;
    fields.push_back(&field);
    named.push_back({id, TextMember(field, "name")});
  }
  std::vector<std::string_view> taken;
  for (const StandardField &field : table.object->fields) taken.push_back(field.name);
  std::vector<std::string> names = ColumnNames(named, taken);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    table.columns.push_back(CustomColumn(*fields[i], named[i].id, std::move(names[i])));
  }
}

// ---- tables ------------------------------------------------------------------------------------------

void AddStandardColumns(Table &table) {
  for (const StandardField &field : table.object->fields) {
    table.columns.push_back({std::string(field.name), std::string(field.sql_type), std::string(PathOf(field)),
                             std::string(field.remote_type), std::string(field.traits),
                             std::string(field.references), std::string(field.comment)});
  }
}

// A column that is ours gives way to a field of that name.
void AddOwnColumn(Table &table, std::string name, std::string_view remote_type, std::string comment) {
  while (std::ranges::find(table.columns, name, &Column::name) != table.columns.end()) name.insert(0, "_");
  table.columns.push_back({std::move(name), "jsonb", std::string(remote_type), std::string(remote_type),
                           "read-only", "", std::move(comment)});
}

struct ImportSettings {
  std::size_t max_columns = kDefaultMaxColumns;
  bool include_raw = false;
};

ImportSettings SettingsOf(const Options &options) {
  ImportSettings settings;
  if (const auto text = options.Find("max_columns")) {
    std::from_chars(text->data(), text->data() + text->size(), settings.max_columns);
  }
  settings.include_raw = options.Find("include_raw") == "true";
  return settings;
}

void AddOwnColumns(Table &table, const ImportSettings &settings) {
  if (table.columns.size() > settings.max_columns) {
    table.columns.resize(settings.max_columns);
    AddOwnColumn(table, "properties", kPropertiesType, "Fields that have no column of their own");
  }
  if (settings.include_raw) AddOwnColumn(table, "raw", kRawType, "The record as Close sent it");
}

CrmValue TextCell(RowBatch &batch, std::string_view text) {
  CrmValue cell{};
  cell.type = CrmType::kText;
  cell.text = batch.Copy(text);
  return cell;
}

CrmValue OptionsCell(RowBatch &batch,
                     const std::vector<std::pair<std::string_view, std::string_view>> &options) {
  CrmText *items = batch.NewItems(2 * options.size());
  int count = 0;
  for (const auto &[name, value] : options) {
    if (value.empty()) continue;
    items[count++] = batch.Copy(name);
    items[count++] = batch.Copy(value);
  }
  CrmValue cell{};
  cell.type = CrmType::kTextArray;
  cell.array.items = items;
  cell.array.count = count;
  return cell;
}

std::unique_ptr<RowBatch> RowsOf(const Table &table) {
  auto batch = std::make_unique<RowBatch>(kImportCells);
  for (const Column &column : table.columns) {
    const bool is_id = column.field == "id";
    CrmValue *row = batch->AddRow();
    row[kImportTable] = TextCell(*batch, table.object->table);
    row[kImportTableComment] = TextCell(*batch, table.object->comment);
    row[kImportTableOptions] =
        OptionsCell(*batch, {{"object", table.object->name}, {"estimated_rows", table.rows}});
    row[kImportColumn] = TextCell(*batch, column.name);
    row[kImportType] = TextCell(*batch, column.type);
    row[kImportNotNull].type = CrmType::kBool;
    row[kImportNotNull].boolean = is_id;
    row[kImportColumnComment] = TextCell(*batch, column.comment);
    row[kImportColumnOptions] =
        OptionsCell(*batch, {{"field", column.field},
                             {"remote_type", column.remote_type},
                             {"traits", column.traits},
                             {"references", column.references},
                             {"key", is_id ? std::string_view("true") : std::string_view()}});
  }
  return batch;
}

// ---- conversations -----------------------------------------------------------------------------------

class ImportExchange final : public Exchange {
 public:
  explicit ImportExchange(const ImportRequest &request) : settings_(SettingsOf(request.options)) {
    const auto names = [](const std::vector<std::string> &list, std::string_view table) {
      return std::ranges::find(list, table) != list.end();
    };
    for (const Object &object : AllObjects()) {
      const bool wanted = request.limit_to.empty() || names(request.limit_to, object.table);
      if (wanted && !names(request.except, object.table)) objects_.push_back(&object);
    }
  }

  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) Take(*response);
    while (next_ < objects_.size()) {
      const Object &object = *objects_[next_];
      switch (stage_) {
        case Stage::kBegin:
          table_ = {&object, {}, ""};
          AddStandardColumns(table_);
          stage_ = Stage::kFields;
          if (object.custom_fields) {
            return Ask(GetRequest("/api/v1/custom_field_schema/" + std::string(object.name) + "/", {}));
          }
          break;
        case Stage::kFields:
          stage_ = Stage::kCount;
          if (object.counts || !object.search_type.empty()) return Ask(CountRequest(object));
          break;
        case Stage::kCount:
          stage_ = Stage::kBegin;
          ++next_;
          AddOwnColumns(table_, settings_);
          return Rows{RowsOf(table_)};
      }
    }
    return Done{};
  }

 private:
  // What the answer under way, or the last one, is about.
  enum class Stage : std::uint8_t { kBegin, kFields, kCount };

  Step Ask(HttpRequest request) {
    request_ = request;
    return Send{std::move(request)};
  }

  void Take(const HttpResponse &response) {
    if (stage_ == Stage::kCount) return TakeCount(response);
    if (response.status != 200) throw ExplainAnswer(request_, response);
    const Json json = ParseAnswer(request_, response);
    if (!json.contains("fields") || !json["fields"].is_array()) throw ExplainAnswer(request_, response);
    AddCustomColumns(json, table_);
  }

  // How many rows there are, so that the first plans are no guesses.
  static HttpRequest CountRequest(const Object &object) {
    if (!object.counts) {
      const Json query = {{"type", "object_type"}, {"object_type", object.search_type}};
      return SearchRequest({{"query", query}, {"results_limit", 0}, {"include_counts", true}});
    }
    std::vector<Param> params = {{"_limit", "1"}, {"_fields", "id"}};
    if (!object.fixed_param.empty()) {
      params.push_back({std::string(object.fixed_param), std::string(object.fixed_value)});
    }
    return GetRequest(std::string(object.path), params);
  }

  // Without the number the table is imported all the same.
  void TakeCount(const HttpResponse &response) {
    const Json json = Json::parse(response.body, nullptr, false);
    if (response.status != 200 || !json.is_object()) return;
    const auto number = [&](const Json &object, const char *key) {
      const auto found = object.find(key);
      const auto rows = found == object.end() ? std::nullopt : WholeNumber(*found);
      if (rows && *rows >= 0) table_.rows = std::to_string(*rows);
    };
    number(json, "total_results");
    const auto count = json.find("count");
    if (count != json.end() && count->is_object()) number(*count, "total");
  }

  const ImportSettings settings_;
  std::vector<const Object *> objects_;
  std::size_t next_ = 0;
  Stage stage_ = Stage::kBegin;
  Table table_{};
  HttpRequest request_;
};

class TestExchange final : public Exchange {
 public:
  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) return Report(*response);
    if (std::exchange(asked_, true)) return Done{};
    request_ = GetRequest("/api/v1/me/", {});
    return Send{request_};
  }

 private:
  Step Report(const HttpResponse &response) {
    if (response.status != 200) throw ExplainAnswer(request_, response);
    const Json me = ParseAnswer(request_, response);
    const auto organizations = me.find("organizations");
    Json organization = Json::object();
    if (organizations != me.end() && organizations->is_array() && !organizations->empty() &&
        organizations->front().is_object()) {
      organization = organizations->front();
    }
    std::string user = TextMember(me, "email");
    if (user.empty()) user = TextMember(me, "first_name") + " " + TextMember(me, "last_name");
    const Json detail = {{"user_id", TextMember(me, "id")},
                         {"organization_id", TextMember(organization, "id")},
                         {"currency", TextMember(organization, "currency")}};
    auto batch = std::make_unique<RowBatch>(kTestCells);
    CrmValue *row = batch->AddRow();
    row[kTestAccount] = TextCell(*batch, TextMember(organization, "name"));
    row[kTestUser] = TextCell(*batch, user);
    row[kTestDetail] = TextCell(*batch, detail.dump());
    row[kTestDetail].type = CrmType::kJson;
    return Rows{std::move(batch)};
  }

  bool asked_ = false;
  HttpRequest request_;
};

}  // namespace

std::unique_ptr<Exchange> MakeImport(const ImportRequest &request) {
  return std::make_unique<ImportExchange>(request);
}

std::unique_ptr<Exchange> MakeTest() { return std::make_unique<TestExchange>(); }

}  // namespace crm::close_crm
