#include "engine/process.h"

#include <memory>

namespace crm {
namespace {

std::unique_ptr<Process> &Slot() {
  static auto &slot = *new std::unique_ptr<Process>;
  return slot;
}

}  // namespace

Process &process() {
  std::unique_ptr<Process> &slot = Slot();
  if (slot == nullptr) slot = std::make_unique<Process>(MakeRuntime());
  return *slot;
}

void ReplaceProcess(Runtime runtime) { Slot() = std::make_unique<Process>(std::move(runtime)); }

const Provider *FindProviderByName(std::string_view name) {
  for (const Provider *provider : process().runtime().providers)
    if (provider->info().name == name) return provider;
  return nullptr;
}

}  // namespace crm
