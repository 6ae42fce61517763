#include "providers/import_table.h"

#include <charconv>

namespace crm {

namespace {

constexpr std::size_t kShownChoices = 100;
constexpr std::size_t kDefaultMaxColumns = 250;

CrmValue TextCell(RowBatch &batch, std::string_view text) {
  CrmValue cell{};
  cell.type = CrmType::kText;
  cell.text = batch.Copy(text);
  return cell;
}

template <typename Pairs>
CrmValue OptionsCell(RowBatch &batch, const Pairs &options) {
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

}  // namespace

std::unique_ptr<RowBatch> ImportRows(const ImportTable &table) {
  using Pairs = std::vector<std::pair<std::string_view, std::string_view>>;
  auto batch = std::make_unique<RowBatch>(kImportCells);
  for (const ImportColumn &column : table.columns) {
    CrmValue *row = batch->AddRow();
    row[kImportTable] = TextCell(*batch, table.name);
    row[kImportTableComment] = TextCell(*batch, table.comment);
    row[kImportTableOptions] = OptionsCell(*batch, table.options);
    row[kImportColumn] = TextCell(*batch, column.name);
    row[kImportType] = TextCell(*batch, column.type);
    row[kImportNotNull].type = CrmType::kBool;
    row[kImportNotNull].boolean = column.is_key;
    row[kImportColumnComment] = TextCell(*batch, column.comment);
    row[kImportColumnOptions] =
        OptionsCell(*batch, Pairs{{"field", column.field},
                                  {"remote_type", column.remote_type},
                                  {"traits", column.traits},
                                  {"references", column.references},
                                  {"key", column.is_key ? std::string_view("true") : std::string_view()}});
  }
  return batch;
}

std::size_t MaxColumns(const Options &import_options) {
  std::size_t number = kDefaultMaxColumns;
  if (const auto text = import_options.Find("max_columns")) {
    std::from_chars(text->data(), text->data() + text->size(), number);
  }
  return number;
}

std::string JoinChoices(const std::vector<std::string> &choices) {
  std::string text;
  for (std::size_t i = 0; i < choices.size() && i < kShownChoices; ++i) {
    text.append(i == 0 ? "" : ", ").append(choices[i]);
  }
  if (choices.size() > kShownChoices) {
    text += ", and " + std::to_string(choices.size() - kShownChoices) + " more";
  }
  std::erase(text, '\0');
  return text;
}

std::string TextMember(const Json &object, const char *name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return "";
  std::string text = found->get<std::string>();
  std::erase(text, '\0');
  return text;
}

bool BoolMember(const Json &object, const char *name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::unique_ptr<RowBatch> TestRow(std::string_view account, std::string_view user, const Json &detail) {
  auto batch = std::make_unique<RowBatch>(kTestCells);
  CrmValue *row = batch->AddRow();
  if (!account.empty()) row[kTestAccount] = TextCell(*batch, account);
  if (!user.empty()) row[kTestUser] = TextCell(*batch, user);
  row[kTestDetail] = TextCell(*batch, detail.dump(-1, ' ', false, Json::error_handler_t::replace));
  row[kTestDetail].type = CrmType::kJson;
  return batch;
}

}  // namespace crm
