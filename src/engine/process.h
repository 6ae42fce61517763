// All that outlives an operation: one object per process, never destroyed.
#pragma once
#include <optional>
#include <string_view>

#include "engine/gate.h"
#include "engine/log.h"
#include "engine/options.h"
#include "engine/pool.h"
#include "engine/request_budget.h"
#include "engine/runtime.h"
#include "engine/token_cache.h"
#include "engine/write_log.h"

namespace crm {

class Process {
 public:
  explicit Process(Runtime runtime) : runtime_(std::move(runtime)) {}

  const Runtime &runtime() const { return runtime_; }
  const OptionTable &options() {
    if (!options_) options_.emplace(runtime_.providers);
    return *options_;
  }

  LogRing log;
  Pool pool;
  Gate gate;
  TokenCache tokens;
  RequestBudget budget;
  WriteLog writes;
  std::uint64_t epoch = 0;  // grows with crm_forget; what was made in an older one is not used again

 private:
  Runtime runtime_;
  std::optional<OptionTable> options_;
};

Process &process();
// For tests: a process that knows nothing yet. No operation may be open.
void ReplaceProcess(Runtime runtime);

// Null: no such provider.
const Provider *FindProviderByName(std::string_view name);

}  // namespace crm
