#include "providers/close/describe.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "core/json.h"
#include "providers/close/column_name.h"
#include "providers/close/objects.h"
#include "providers/close/wire.h"
#include "providers/import_table.h"

namespace crm::close_crm {

namespace {

struct Table {
  const Object *object;
  std::vector<ImportColumn> columns;
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

std::string ChoicesText(const Json &field) {
  std::vector<std::string> choices;
  const auto found = field.find("choices");
  if (found == field.end() || !found->is_array()) return "";
  for (const Json &choice : *found) {
    if (choice.is_string()) choices.push_back(choice.get<std::string>());
  }
  return JoinChoices(choices);
}

// "Region (choices, several values: North, South). Where the customer is."
std::string CommentOf(const Json &field, const std::string &label, const std::string &type) {
  std::string comment = label + " (" + type;
  if (BoolMember(field, "accepts_multiple_values")) comment += ", several values";
  const std::string choices = ChoicesText(field);
  if (!choices.empty()) comment += ": " + choices;
  comment += ")";
  const std::string description = TextMember(field, "description");
  return description.empty() ? comment : comment + ". " + description;
}

ImportColumn CustomColumn(const Json &field, std::string id, std::string name) {
  const std::string type = TextMember(field, "type");
  const auto *known = std::ranges::find(kCustomTypes, type, &CustomType::word);
  ImportColumn column;
  column.name = std::move(name);
  column.field = std::string(kCustomPrefix) + std::move(id);
  column.remote_type = type.empty() ? "unknown" : type;
  column.type = known == std::end(kCustomTypes) ? "jsonb" : known->sql_type;
  if (known != std::end(kCustomTypes)) {
    column.references = known->references;
    if (BoolMember(field, "accepts_multiple_values")) column.type = "text[]";
  }
  if (BoolMember(field, "accepts_multiple_values")) column.traits = "multi";
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
                             std::string(field.references), std::string(field.comment),
                             PathOf(field) == "id"});
  }
}

// A column that is ours gives way to a field of that name.
void AddOwnColumn(Table &table, std::string name, std::string_view remote_type, std::string comment) {
  while (std::ranges::find(table.columns, name, &ImportColumn::name) != table.columns.end())
    name.insert(0, "_");
  table.columns.push_back({std::move(name), "jsonb", std::string(remote_type), std::string(remote_type),
                           "read-only", "", std::move(comment), false});
}

struct ImportSettings {
  std::size_t max_columns;
  bool include_raw;
};

void AddOwnColumns(Table &table, const ImportSettings &settings) {
  if (table.columns.size() > settings.max_columns) {
    table.columns.resize(settings.max_columns);
    AddOwnColumn(table, "properties", kPropertiesType, "Fields that have no column of their own");
  }
  if (settings.include_raw) AddOwnColumn(table, "raw", kRawType, "The record as Close sent it");
}

std::unique_ptr<RowBatch> RowsOf(Table table) {
  return ImportRows({std::string(table.object->table),
                     std::string(table.object->comment),
                     {{"object", std::string(table.object->name)}, {"estimated_rows", std::move(table.rows)}},
                     std::move(table.columns)});
}

// ---- conversations -----------------------------------------------------------------------------------

class ImportExchange final : public Exchange {
 public:
  explicit ImportExchange(const ImportRequest &request)
      : settings_{MaxColumns(request.options), request.options.Find("include_raw") == "true"} {
    for (const Object &object : AllObjects()) {
      if (request.Wants(object.table)) objects_.push_back(&object);
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
          return Rows{RowsOf(std::move(table_))};
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
    return Rows{TestRow(TextMember(organization, "name"), user, detail)};
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
