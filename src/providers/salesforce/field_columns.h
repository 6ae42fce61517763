// One describe becomes one table.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "providers/import_table.h"

namespace crm::salesforce {

// Members of a describe that are looked at, at any depth.
std::span<const std::string_view> DescribeMembers();

// The field that names an object's records; what its column needs.
struct NameField {
  std::string name, remote_type, traits;
};

// A reference that can be followed to the record's name.
struct Parent {
  std::string relationship, label;
  std::string object;  // empty: one of several
};

struct Described {
  std::string object;  // API name
  ImportTable table;   // without a name and options
  std::vector<Parent> parents;
  std::optional<NameField> name_field;
};

// Throws kMalformedAnswer where it is no describe.
Described ReadDescribe(const Json &describe);

using NameFields = std::map<std::string, std::optional<NameField>, std::less<>>;  // by object
// A column for each parent whose name field is known.
void AddParentColumns(const NameFields &names, Described &described);

// Drops columns beyond the maximum, never the key. Returns how many there were.
std::size_t DropColumns(std::size_t max_columns, ImportTable &table);

}  // namespace crm::salesforce
