#include "engine/options.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "engine/guard.h"
#include "engine/hosts.h"
#include "engine/option_values.h"
#include "engine/process.h"
#include "engine/text.h"

namespace crm {
namespace {

using Level = OptionLevel;
using Type = OptionType;
constexpr auto kNone = Privilege::kNone;
constexpr auto kSuperuser = Privilege::kSuperuser;

constexpr std::string_view kReadPaths = "auto|fresh|index";

constexpr OptionRow kCommonRows[] = {
    {"provider", Level::kServer, Type::kText, "", "", kNone, false, "The CRM behind the server. Required."},
    {"endpoint", Level::kServer, Type::kUrl, "", "", kNone, false,
     "Scheme, host and port of the API; a host other than the provider's own must be listed in "
     "crm_fdw.allowed_hosts."},
    {"updatable", Level::kServer, Type::kBool, "false", "", kNone, false,
     "Whether anything may be changed in the CRM through this server. Such a change cannot be rolled back."},
    {"page_size", Level::kServer, Type::kInt, "", "1..10000", kNone, false,
     "Rows asked for in one request, within what the API allows."},
    {"max_connections", Level::kServer, Type::kInt, "4", "1..32", kNone, false,
     "Requests that one scan may have under way at a time."},
    {"rate_limit", Level::kServer, Type::kRate, "", "", kNone, false,
     "Requests per time, such as 100/10s, that one session sends at most to each group of endpoints."},
    {"connect_timeout", Level::kServer, Type::kDuration, "10s", "", kNone, false,
     "How long connecting may take."},
    {"request_timeout", Level::kServer, Type::kDuration, "60s", "", kNone, false,
     "How long one request may take."},
    {"max_retries", Level::kServer, Type::kInt, "4", "0..10", kNone, false,
     "How often a request that failed for the moment is sent again."},
    {"read_path", Level::kServer, Type::kChoice, "auto", kReadPaths, kNone, false,
     "Where rows are read: fresh shows every write, index is a search index that lags; auto takes the "
     "cheaper "
     "one, but fresh what this session has just written to."},
    {"index_lag", Level::kServer, Type::kDuration, kIndexLag, "", kNone, false,
     "How long after a write of this session read_path auto reads fresh."},
    {"object", Level::kTable, Type::kText, "", "", kNone, false,
     "The CRM's object that the table shows. Default: the table's name."},
    {"estimated_rows", Level::kTable, Type::kInt, "", "0..", kNone, false,
     "Rows of the whole object, for the planner until the table is analyzed."},
    {"read_path", Level::kTable, Type::kChoice, "", kReadPaths, kNone, false,
     "Where this table's rows are read. Default: the server's."},
    {"remote_aggregates", Level::kTable, Type::kChoice, "exact", "exact|approximate|off", kNone, false,
     "Which aggregates and groups the CRM may make: those that are exactly PostgreSQL's, also sums of "
     "rounded numbers and groups of text in any case, or none."},
    {"field", Level::kColumn, Type::kText, "", "", kNone, false,
     "The field's API name, or the path to it. Default: the column's name."},
    {"remote_type", Level::kColumn, Type::kText, "", "", kNone, false,
     "The CRM's word for the field's type; without it the column is only filtered locally."},
    {"traits", Level::kColumn, Type::kText, "", "", kNone, false,
     "What the API can do with the field, as words divided by blanks."},
    {"references", Level::kColumn, Type::kText, "", "", kNone, false, "The object whose id the field holds."},
    {"key", Level::kColumn, Type::kBool, "false", "", kNone, false,
     "Whether the field identifies the record."},
    {"name_style", Level::kImport, Type::kChoice, "snake", "snake", kNone, false,
     "How names of tables and columns are made from the CRM's."},
    {"max_columns", Level::kImport, Type::kInt, "250", "1..1500", kNone, false,
     "Columns of one table at most; the other fields go into one jsonb column, or are left out with a "
     "warning."},
    {"include_raw", Level::kImport, Type::kBool, "false", "", kNone, false,
     "Whether each table gets a jsonb column with the record as the CRM sent it."},
    {"pushdown", Level::kSetting, Type::kBool, "on", "", kNone, false,
     "Lets the CRM filter and sort; off reads whole objects and does everything here."},
    {"max_requests", Level::kSetting, Type::kInt, "0", "0..", kNone, false,
     "Requests that one statement may send; 0 sets no limit."},
    {"allowed_hosts", Level::kSetting, Type::kText, "", "", kSuperuser, false,
     "Hosts beside the providers' own that may get credentials, divided by commas."},
    {"ca_file", Level::kSetting, Type::kFile, "", "", kSuperuser, false,
     "File of certificate authorities to trust instead of the system's."},
    {"log_requests", Level::kSetting, Type::kBool, "off", "", kNone, false,
     "Writes one line for each request to the server log."},
};

std::string Join(const std::vector<std::string_view> &names) {
  std::string text;
  for (std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

std::string HintForName(Level level, std::string_view provider, std::string_view name) {
  // Longer names are no misspelling, and would make the comparison slow.
  constexpr std::size_t kLongestMisspelling = 128;
  const std::vector<std::string_view> names = process().options().Names(level, provider);
  if (names.empty()) return "There are no valid options in this context.";
  const auto distance = [&](std::string_view other) { return EditDistance(name, other); };
  if (name.size() <= kLongestMisspelling) {
    const auto best = std::min_element(names.begin(), names.end(),
                                       [&](auto a, auto b) { return distance(a) < distance(b); });
    if (distance(*best) <= std::min<std::size_t>(4, name.size() / 2))
      return "Perhaps you meant the option \"" + std::string(*best) + "\".";
  }
  return "Valid options in this context are: " + Join(names) + ".";
}

std::string RangeHint(std::string_view choices) {
  const IntRange range = ParseRange(choices);
  std::string hint = "Valid values are integers";
  if (range.lowest == INT64_MIN) return hint + ".";
  hint += " from " + std::to_string(range.lowest);
  if (range.highest != INT64_MAX) hint += " to " + std::to_string(range.highest);
  return hint + ".";
}

std::string ChoicesHint(std::string_view choices) {
  std::string list(choices);
  for (std::size_t at = 0; (at = list.find('|', at)) != std::string::npos; at += 2) list.replace(at, 1, ", ");
  return "Valid values are: " + list + ".";
}

// What is wrong with the value by its type, as a hint; nullopt: nothing.
std::optional<std::string> TypeObjection(const OptionRow &row, std::string_view value) {
  switch (row.type) {
    case Type::kText:
      if (row.level == Level::kSetting && row.name == "allowed_hosts" && !IsHostList(value))
        return "Write hosts divided by commas, such as api.example.com, *.example.com, localhost:8080.";
      // An account with an empty key or id would fail later, in the CRM's words.
      if (value.empty() && (row.level == Level::kServer || row.level == Level::kMapping))
        return "The value must not be empty.";
      return std::nullopt;
    case Type::kBool:
      if (!ParseBool(value)) return "Valid values are: true, false.";
      return std::nullopt;
    case Type::kInt: {
      const auto number = ParseInt(value);
      const IntRange range = ParseRange(row.choices);
      if (!number || *number < range.lowest || *number > range.highest) return RangeHint(row.choices);
      return std::nullopt;
    }
    case Type::kDuration:
      if (!ParseDuration(value)) return "Write a time of at most a day, such as 500ms, 30s or 2min.";
      return std::nullopt;
    case Type::kRate:
      if (!ParseRate(value)) return "Write a number of requests per time, such as 100/10s.";
      return std::nullopt;
    case Type::kChoice:
      if (!IsChoice(value, row.choices)) return ChoicesHint(row.choices);
      return std::nullopt;
    case Type::kUrl: {
      const auto origin = ParseOrigin(value);
      if (!origin) return "Write scheme, host and port only, such as https://api.example.com.";
      if (!IsSafeScheme(*origin)) return "Use https; plain http is for this machine only.";
      return std::nullopt;
    }
    case Type::kFile:
      if (value.empty() && row.level == Level::kSetting) return std::nullopt;
      if (!value.starts_with('/') || value.size() > 4095 || value.find('\0') != std::string_view::npos)
        return "The value must be an absolute path.";
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> Objection(const OptionRow &row, std::string_view value) {
  std::optional<std::string> objection = TypeObjection(row, value);
  if (objection || row.objection == nullptr) return objection;
  const std::string_view more = row.objection(value);
  if (!more.empty()) objection = more;
  return objection;
}

void CheckProviderName(std::string_view provider) {
  if (FindProviderByName(provider) != nullptr) return;
  throw Error(CrmErrorKind::kInvalidOptionValue, "unknown provider \"" + std::string(provider) + "\"", {},
              "Valid providers are: " + ProviderNames() + ".");
}

const OptionText *FindText(std::span<const OptionText> options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(), [&](auto &o) { return o.name == name; });
  return found == options.end() ? nullptr : &*found;
}

void CheckAgainst(const OptionEntry &entry, const OptionText &option, std::span<const OptionText> options) {
  CheckOptionValue(entry.row, option.value);
  if (!entry.secret_of.empty() && FindText(options, entry.secret_of) != nullptr)
    throw Error(CrmErrorKind::kInvalidOptionValue,
                "options \"" + std::string(entry.secret_of) + "\" and \"" + std::string(option.name) +
                    "\" exclude each other",
                {}, "Keep one of the two.");
}

std::string &HandedOutNames() {
  static auto &names = *new std::string;
  return names;
}

}  // namespace

OptionTable::OptionTable(std::span<const Provider *const> providers) {
  for (const OptionRow &row : kCommonRows) Add(row, {});
  for (const Provider *provider : providers)
    for (const OptionRow &row : provider->info().options) Add(row, provider->info().name);
  for (const OptionEntry &entry : entries_)
    rows_.push_back({TextView(entry.row.name), TextView(entry.row.default_value), TextView(entry.row.choices),
                     TextView(entry.row.doc), TextView(entry.provider),
                     static_cast<CrmLevel>(entry.row.level), static_cast<CrmOptionType>(entry.row.type),
                     static_cast<CrmPrivilege>(entry.row.privilege), entry.row.secret});
}

void OptionTable::Add(const OptionRow &row, std::string_view provider) {
  entries_.push_back({row, provider, {}});
  if (!row.secret || row.level != Level::kMapping) return;
  const std::string &name = names_.emplace_back(std::string(row.name) + "_file");
  const std::string &doc = names_.emplace_back("File on the database server that holds " +
                                               std::string(row.name) + ", read whenever a scan starts.");
  entries_.push_back({{name, Level::kMapping, Type::kFile, "", "", Privilege::kReadServerFiles, false, doc},
                      provider,
                      row.name});
}

const OptionEntry *OptionTable::Find(OptionLevel level, std::string_view provider,
                                     std::string_view name) const {
  const OptionEntry *common = nullptr;
  for (const OptionEntry &entry : entries_) {
    if (entry.row.level != level || entry.row.name != name) continue;
    if (entry.provider.empty())
      common = &entry;
    else if (provider.empty() || entry.provider == provider)
      return &entry;
  }
  return common;
}

std::vector<std::string_view> OptionTable::Names(OptionLevel level, std::string_view provider) const {
  std::vector<std::string_view> names;
  for (const OptionEntry &entry : entries_) {
    if (entry.row.level != level) continue;
    if (!entry.provider.empty() && !provider.empty() && entry.provider != provider) continue;
    if (std::find(names.begin(), names.end(), entry.row.name) == names.end()) names.push_back(entry.row.name);
  }
  return names;
}

void CheckOptionValue(const OptionRow &row, std::string_view value) {
  const std::optional<std::string> objection = Objection(row, value);
  if (!objection) return;
  std::string message = "invalid value for option \"" + std::string(row.name) + "\"";
  // A URL with an @ may hold a password.
  const bool may_tell = !row.secret && !(row.type == Type::kUrl && value.find('@') != std::string_view::npos);
  if (may_tell) message += ": \"" + std::string(value) + "\"";
  throw Error(CrmErrorKind::kInvalidOptionValue, std::move(message), {}, *objection);
}

void CheckOptions(OptionLevel level, std::string_view provider, std::span<const OptionText> options) {
  if (level == Level::kServer) {
    const OptionText *named = FindText(options, "provider");
    if (provider.empty() && named != nullptr) provider = named->value;
    if (named == nullptr && provider.empty())
      throw Error(CrmErrorKind::kMissingOption, "option \"provider\" is required", {},
                  "Valid providers are: " + ProviderNames() + ".");
    CheckProviderName(provider);
    if (named != nullptr) CheckProviderName(named->value);
  } else if (!provider.empty()) {
    CheckProviderName(provider);
  }
  for (const OptionText &option : options) {
    const OptionEntry *entry = process().options().Find(level, provider, option.name);
    if (entry == nullptr)
      throw Error(CrmErrorKind::kInvalidOptionName, "invalid option \"" + std::string(option.name) + "\"", {},
                  HintForName(level, provider, option.name));
    CheckAgainst(*entry, option, options);
  }
}

void AddOption(const OptionRow &row, std::string_view value, Options &options) {
  if (row.type == Type::kBool)
    options.Add(row.name, ParseBool(value).value_or(false) ? "true" : "false", row.secret);
  else
    options.Add(row.name, value, row.secret);
}

void AddDefaults(OptionLevel level, std::string_view provider, Options &options) {
  for (const OptionEntry &entry : process().options().entries()) {
    const OptionRow &row = entry.row;
    if (row.level != level || row.secret || row.default_value.empty() || options.Find(row.name)) continue;
    // A provider's row of that name hides the common one.
    if (process().options().Find(level, provider, row.name) == &entry)
      AddOption(row, row.default_value, options);
  }
}

std::string ProviderNames() {
  std::vector<std::string_view> names;
  for (const Provider *provider : process().runtime().providers) names.push_back(provider->info().name);
  return Join(names);
}

}  // namespace crm

extern "C" {

std::int32_t crm_options(const CrmOptionRow **rows) noexcept {
  std::int32_t count = 0;
  crm::Guard(nullptr, [&] {
    const auto table = crm::process().options().rows();
    if (rows != nullptr) *rows = table.data();
    count = static_cast<std::int32_t>(table.size());
  });
  return count;
}

CrmText crm_providers() noexcept {
  CrmText names{"", 0};
  crm::Guard(nullptr, [&] {
    crm::HandedOutNames() = crm::ProviderNames();
    names = crm::TextView(crm::HandedOutNames());
  });
  return names;
}

bool crm_check_options(CrmLevel level, CrmText provider, const CrmOption *options, std::int32_t count,
                       CrmFailure *why) noexcept {
  return crm::Guard(why, [&] {
    std::vector<crm::OptionText> texts;
    for (std::int32_t i = 0; options != nullptr && i < count; ++i)
      texts.push_back({crm::TextOf(options[i].name), crm::TextOf(options[i].value)});
    crm::CheckOptions(static_cast<crm::OptionLevel>(level), crm::TextOf(provider), texts);
  });
}
}
