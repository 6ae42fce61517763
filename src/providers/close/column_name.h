// Column names for custom fields, whose labels are anything a user may type.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace crm::close_crm {

// "Deal Größe (€)" → "deal_größe": ASCII letters lower-cased, other letters kept, anything else an
// underscore.
std::string SnakeCase(std::string_view label);

struct NamedField {
  std::string id;  // "cf_x"
  std::string label;
};
// One name for each field, see UniqueNames in ../column_name.h.
std::vector<std::string> ColumnNames(const std::vector<NamedField> &fields,
                                     const std::vector<std::string_view> &taken);

}  // namespace crm::close_crm
