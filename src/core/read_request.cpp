#include "core/read_request.h"

namespace crm {

bool Field::HasTrait(std::string_view trait) const {
  std::string_view rest = traits;
  while (!rest.empty()) {
    const std::size_t end = rest.find(' ');
    if (!trait.empty() && rest.substr(0, end) == trait) return true;
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace crm
