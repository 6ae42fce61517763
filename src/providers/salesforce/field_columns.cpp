#include "providers/salesforce/field_columns.h"

#include <algorithm>
#include <utility>

#include "providers/column_name.h"
#include "providers/salesforce/column_name.h"
#include "providers/salesforce/field_words.h"

namespace crm::salesforce {

namespace {

constexpr std::string_view kMembers[] = {
    "name",
    "label",
    "labelPlural",
    "fields",
    "type",
    "length",
    "filterable",
    "sortable",
    "groupable",
    "aggregatable",
    "unique",
    "caseSensitive",
    "calculated",
    "autoNumber",
    "externalId",
    "idLookup",
    "nillable",
    "encrypted",
    "htmlFormatted",
    "nameField",
    "createable",
    "updateable",
    "referenceTo",
    "relationshipName",
    "extraTypeInfo",
    "compoundFieldName",
    "picklistValues",
    "value",
    "active",
    "deprecatedAndHidden",
    "inlineHelpText",
    "restrictedPicklist",
    "defaultedOnCreate",
    "polymorphicForeignKey",
};

constexpr std::size_t kLongestShortText = 255;  // beyond it a text area is stored apart

struct TypeRow {
  std::string_view word, sql_type;
};
// salesforce §6.4. What is not here becomes text, which any scalar fits.
constexpr TypeRow kTypes[] = {
    {"id", "text COLLATE \"C\""},
    {"reference", "text COLLATE \"C\""},
    {"masterrecord", "text COLLATE \"C\""},
    {"multipicklist", "text[]"},
    {"boolean", "boolean"},
    {"int", "integer"},
    {"long", "bigint"},
    {"double", "numeric"},
    {"currency", "numeric"},
    {"percent", "numeric"},
    {"date", "date"},
    {"datetime", "timestamptz"},
    {"time", "time"},
    {"address", "jsonb"},
    {"location", "jsonb"},
    {"complexvalue", "jsonb"},
    {"json", "jsonb"},
};

// Bytes that a query does not give.
constexpr std::string_view kBytes = "base64";

struct Flag {
  const char *member;
  std::string_view word;
};
constexpr Flag kFlags[] = {
    {"filterable", kFilterable},
    {"sortable", kSortable},
    {"groupable", kGroupable},
    {"aggregatable", kAggregatable},
    {"unique", kUnique},
    {"caseSensitive", kCaseSensitive},
    {"calculated", kCalculated},
    {"autoNumber", kAutoNumber},
    {"externalId", kExternalId},
    {"idLookup", kIdLookup},
    {"nillable", kNillable},
    {"encrypted", kEncrypted},
    {"htmlFormatted", kHtml},
    {"nameField", kNameField},
    {"restrictedPicklist", kRestricted},
    {"polymorphicForeignKey", kPolymorphic},
};
// Of a parent's name, those that hold for a column that leads there as well.
constexpr std::string_view kParentWords[] = {kFilterable,    kSortable,   kGroupable, kAggregatable,
                                             kCaseSensitive, kCalculated, kLong,      kEncrypted,
                                             kHtml,          kPersonName};

void AddWord(std::string &traits, std::string_view word) {
  traits.append(traits.empty() ? "" : " ").append(word);
}

bool HasWord(std::string_view traits, std::string_view word) {
  while (!traits.empty()) {
    const std::size_t end = std::min(traits.find(' '), traits.size());
    if (traits.substr(0, end) == word) return true;
    traits.remove_prefix(std::min(end + 1, traits.size()));
  }
  return false;
}

bool IsLongText(const Json &field, std::string_view type) {
  if (type == "textarea") {
    const auto length = field.find("length");
    const auto number = length == field.end() ? std::nullopt : WholeNumber(*length);
    return !number || *number > std::int64_t{kLongestShortText};
  }
  return type == "encryptedstring" || type == "anyType";
}

// The whole name. Its parts carry the same word, and may name the whole; where a name has parts, it may name
// itself.
bool IsPersonName(const Json &field) {
  const std::string extra = TextMember(field, "extraTypeInfo");
  if (extra != "personname" && extra != "switchablepersonname") return false;
  const std::string compound = TextMember(field, "compoundFieldName");
  return compound.empty() || compound == TextMember(field, "name");
}

std::string TraitsOf(const Json &field, std::string_view type) {
  std::string traits;
  if (type == "id") AddWord(traits, kKey);
  // Both have an index.
  if (BoolMember(field, "filterable") && (type == "id" || type == "reference")) AddWord(traits, kLookup);
  for (const Flag &flag : kFlags) {
    if (BoolMember(field, flag.member)) AddWord(traits, flag.word);
  }
  const std::string relationship = TextMember(field, "relationshipName");
  if (!relationship.empty()) AddWord(traits, std::string(kRelationship) + "=" + relationship);
  if (IsLongText(field, type)) AddWord(traits, kLong);
  if (IsPersonName(field)) AddWord(traits, kPersonName);
  const bool createable = BoolMember(field, "createable"), updateable = BoolMember(field, "updateable");
  if (!createable && !updateable) AddWord(traits, kReadOnly);
  if (createable && !updateable) AddWord(traits, kCreateOnly);
  if (createable && !BoolMember(field, "nillable") && !BoolMember(field, "defaultedOnCreate")) {
    AddWord(traits, kRequired);
  }
  return traits;
}

std::vector<std::string> TextItems(const Json &field, const char *name) {
  std::vector<std::string> items;
  const auto found = field.find(name);
  if (found == field.end() || !found->is_array()) return items;
  for (const Json &item : *found) {
    if (item.is_string()) items.push_back(item.get<std::string>());
  }
  return items;
}

// "Hot (Very warm)" where the label is not the value.
std::string PicklistText(const Json &field) {
  std::vector<std::string> choices;
  const auto found = field.find("picklistValues");
  if (found == field.end() || !found->is_array()) return "";
  for (const Json &item : *found) {
    if (!item.is_object() || !BoolMember(item, "active")) continue;
    std::string choice = TextMember(item, "value");
    const std::string label = TextMember(item, "label");
    if (!label.empty() && label != choice) choice.append(" (").append(label).append(")");
    choices.push_back(std::move(choice));
  }
  return JoinChoices(choices);
}

// "Rating (picklist: Hot, Warm, Cold). How likely they buy"
std::string CommentOf(const Json &field, const std::string &type) {
  std::string comment = TextMember(field, "label") + " (" + type;
  if (BoolMember(field, "calculated")) comment += ", calculated";
  const std::string choices = PicklistText(field);
  if (!choices.empty()) comment += ": " + choices;
  comment += ")";
  const std::string help = TextMember(field, "inlineHelpText");
  return help.empty() ? comment : comment + ". " + help;
}

std::string Join(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names) text.append(text.empty() ? "" : ",").append(name);
  return text;
}

ImportColumn ColumnOf(const Json &field, std::string type) {
  const auto *known = std::ranges::find(kTypes, type, &TypeRow::word);
  ImportColumn column;
  column.type = known == std::end(kTypes) ? "text" : known->sql_type;
  column.field = TextMember(field, "name");
  column.traits = TraitsOf(field, type);
  column.references = Join(TextItems(field, "referenceTo"));
  column.comment = CommentOf(field, type);
  column.is_key = type == "id" && column.field == "Id";
  column.remote_type = std::move(type);
  return column;
}

[[noreturn]] void ThrowNoDescribe(const std::string &what) {
  throw Error(CrmErrorKind::kMalformedAnswer, "could not read the description of an object of Salesforce",
              what);
}

void AddParent(const Json &field, Described &described) {
  const std::vector<std::string> objects = TextItems(field, "referenceTo");
  std::string relationship = TextMember(field, "relationshipName");
  if (objects.empty() || relationship.empty()) return;
  const bool one = objects.size() == 1 && !BoolMember(field, "polymorphicForeignKey");
  described.parents.push_back(
      {std::move(relationship), TextMember(field, "label"), one ? objects.front() : std::string()});
}

// Where there are several currencies, amounts are sorted and summed as converted into one.
void MarkConverted(ImportTable &table) {
  if (std::ranges::find(table.columns, "CurrencyIsoCode", &ImportColumn::field) == table.columns.end())
    return;
  for (ImportColumn &column : table.columns)
    if (column.remote_type == "currency") AddWord(column.traits, kConverted);
}

void NameColumns(ImportTable &table) {
  std::vector<WishedName> wishes;
  wishes.reserve(table.columns.size());
  for (const ImportColumn &column : table.columns) wishes.push_back({column.field, SnakeCase(column.field)});
  std::vector<std::string> names = UniqueNames(std::move(wishes), {});
  for (std::size_t i = 0; i < names.size(); ++i) table.columns[i].name = std::move(names[i]);
}

ImportColumn ParentColumnOf(const Parent &parent, const NameField &name) {
  ImportColumn column;
  column.type = "text";
  column.field = parent.relationship + "." + name.name;
  column.remote_type = name.remote_type;
  column.traits = kParent;
  for (const std::string_view word : kParentWords) {
    if (HasWord(name.traits, word)) AddWord(column.traits, word);
  }
  if (parent.object.empty()) AddWord(column.traits, kPolymorphic);
  AddWord(column.traits, kNillable);
  AddWord(column.traits, kReadOnly);
  column.comment = parent.label + ": name of the record";
  return column;
}

}  // namespace

std::span<const std::string_view> DescribeMembers() { return kMembers; }

Described ReadDescribe(const Json &describe) {
  Described described;
  if (!describe.is_object()) ThrowNoDescribe("The description is no JSON object.");
  described.object = TextMember(describe, "name");
  const auto fields = describe.find("fields");
  if (described.object.empty() || fields == describe.end() || !fields->is_array()) {
    ThrowNoDescribe("The description has no name or no fields.");
  }
  described.table.comment = TextMember(describe, "labelPlural");
  if (described.table.comment.empty()) described.table.comment = TextMember(describe, "label");
  for (const Json &field : *fields) {
    std::string type = field.is_object() ? TextMember(field, "type") : std::string();
    if (type.empty() || TextMember(field, "name").empty()) {
      ThrowNoDescribe("A field of " + described.object + " has no name or no type.");
    }
    if (BoolMember(field, "deprecatedAndHidden") || type == kBytes) continue;
    if (type == "reference") AddParent(field, described);
    ImportColumn &column = described.table.columns.emplace_back(ColumnOf(field, std::move(type)));
    if (!described.name_field && BoolMember(field, "nameField")) {
      described.name_field = NameField{column.field, column.remote_type, column.traits};
    }
  }
  MarkConverted(described.table);
  NameColumns(described.table);
  return described;
}

void AddParentColumns(const NameFields &names, Described &described) {
  // Whatever it leads to, the relationship itself has a Name, with flags that no describe tells.
  static const NameField kAnyName = {"Name", "string", ""};
  std::vector<ImportColumn> columns;
  std::vector<WishedName> wishes;
  for (const Parent &parent : described.parents) {
    const auto found = names.find(parent.object);
    const bool known = found != names.end() && found->second;
    if (!known && !parent.object.empty()) continue;
    const NameField &name = known ? *found->second : kAnyName;
    columns.push_back(ParentColumnOf(parent, name));
    wishes.push_back({columns.back().field, ParentColumn(parent.relationship, name.name)});
  }
  std::vector<std::string_view> taken;
  taken.reserve(described.table.columns.size());
  for (const ImportColumn &column : described.table.columns) taken.push_back(column.name);
  std::vector<std::string> unique = UniqueNames(std::move(wishes), taken);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i].name = std::move(unique[i]);
    described.table.columns.push_back(std::move(columns[i]));
  }
}

std::size_t DropColumns(std::size_t max_columns, ImportTable &table) {
  auto &columns = table.columns;
  if (columns.size() <= max_columns) return 0;
  const std::size_t dropped = columns.size() - max_columns;
  const auto last = columns.begin() + static_cast<std::ptrdiff_t>(max_columns);
  const auto key = std::ranges::find(columns, true, &ImportColumn::is_key);
  if (key != columns.end() && key >= last) std::rotate(columns.begin(), key, key + 1);
  columns.resize(max_columns);
  return dropped;
}

}  // namespace crm::salesforce
