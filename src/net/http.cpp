#include "net/http.h"

namespace crm {

std::string_view HttpResponse::Find(std::string_view name) const {
  for (const Header &header : headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

}  // namespace crm
