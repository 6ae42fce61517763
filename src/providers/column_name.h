// Names that PostgreSQL takes, for tables and columns whose names a CRM's users have chosen.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace crm {

struct WishedName {
  std::string id;    // of the field, or whatever tells it from all others
  std::string name;  // as wished, valid UTF-8
};
// One name for each, all different and none of `taken`. A name that is too long, taken, a system column's, or
// wished twice gets a suffix made of the id, so that it does not depend on the order of the others.
std::vector<std::string> UniqueNames(std::vector<WishedName> wishes,
                                     const std::vector<std::string_view> &taken);

}  // namespace crm
