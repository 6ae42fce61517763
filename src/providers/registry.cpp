// The one place that names the CRMs: a declaration and an entry for each.
#include "providers/provider.h"

namespace crm {

namespace close_crm {
const Provider &Instance();
}
namespace salesforce {
const Provider &Instance();
}

std::span<const Provider *const> AllProviders() {
  static const Provider *const providers[] = {
      &close_crm::Instance(),
      &salesforce::Instance(),
  };
  return providers;
}

const Provider *FindProvider(std::string_view name) {
  for (const Provider *provider : AllProviders()) {
    if (provider->info().name == name) return provider;
  }
  return nullptr;
}

}  // namespace crm
