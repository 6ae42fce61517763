// Tables on their way to IMPORT FOREIGN SCHEMA, and the row that tells about a connection.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/row_batch.h"
#include "providers/provider.h"

namespace crm {

struct ImportColumn {
  std::string name, type;  // type: SQL, as in text COLLATE "C"
  std::string field, remote_type, traits, references;
  std::string comment;
  bool is_key = false;
};

struct ImportTable {
  std::string name, comment;
  std::vector<std::pair<std::string, std::string>> options;  // name, value; empty values are left out
  std::vector<ImportColumn> columns;
};

// Rows of CrmImportCell. The key column is NOT NULL.
std::unique_ptr<RowBatch> ImportRows(const ImportTable &table);

// The IMPORT option, or its default where the options come without.
std::size_t MaxColumns(const Options &import_options);

// "a, b, c" without NUL, of a long list the beginning and how many there are beyond.
std::string JoinChoices(const std::vector<std::string> &choices);

// The text without NUL, which PostgreSQL does not store; empty: no such member, or no string.
std::string TextMember(const Json &object, const char *name);
// False also where there is no such member.
bool BoolMember(const Json &object, const char *name);

// The one row of CrmTestCell; what is empty becomes NULL. `detail`: a JSON object.
std::unique_ptr<RowBatch> TestRow(std::string_view account, std::string_view user, const Json &detail);

}  // namespace crm
