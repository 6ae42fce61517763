// The option table: common options and every provider's, and the checks that come from it.
#pragma once
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "providers/provider.h"

namespace crm {

// Default of the option index_lag.
inline constexpr std::string_view kIndexLag = "60s";

struct OptionEntry {
  OptionRow row;
  std::string_view provider;   // empty: common to all
  std::string_view secret_of;  // "api_key" for the generated option "api_key_file"; else empty
};

class OptionTable {
 public:
  explicit OptionTable(std::span<const Provider *const> providers);
  OptionTable(const OptionTable &) = delete;
  OptionTable &operator=(const OptionTable &) = delete;

  std::span<const OptionEntry> entries() const { return entries_; }
  std::span<const CrmOptionRow> rows() const { return rows_; }
  // A provider's own row hides the common one. With no provider, any provider's row will do.
  const OptionEntry *Find(OptionLevel level, std::string_view provider, std::string_view name) const;
  // Names that are right there, in the table's order, without repetition.
  std::vector<std::string_view> Names(OptionLevel level, std::string_view provider) const;

 private:
  void Add(const OptionRow &row, std::string_view provider);

  std::deque<std::string> names_;  // of the generated rows
  std::vector<OptionEntry> entries_;
  std::vector<CrmOptionRow> rows_;
};

struct OptionText {
  std::string_view name, value;
};

// Throws kInvalidOptionName, kInvalidOptionValue or kMissingOption; never repeats a secret value.
void CheckOptions(OptionLevel level, std::string_view provider, std::span<const OptionText> options);
void CheckOptionValue(const OptionRow &row, std::string_view value);

// Adds the value as providers read it: booleans as "true" and "false".
void AddOption(const OptionRow &row, std::string_view value, Options &options);
// Adds the defaults of the rows of that level for which `options` has nothing.
void AddDefaults(OptionLevel level, std::string_view provider, Options &options);

// Names of all providers, separated by ", ".
std::string ProviderNames();

}  // namespace crm
