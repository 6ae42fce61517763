#include "engine/runtime.h"

#include <chrono>
#include <optional>
#include <random>

#include "core/civil_time.h"

namespace crm {
namespace {

template <class Clock>
std::int64_t Micros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now().time_since_epoch()).count();
}

}  // namespace

Runtime MakeRuntime() {
  return {[](const ChannelTarget &target) { return MakeCurlChannel(target); }, AllProviders(),
          [] { return Micros<std::chrono::system_clock>() + kUnixEpochMicros; },
          [] { return Micros<std::chrono::steady_clock>(); },
          // Seeded when first asked: a process forked before that must not repeat another's numbers.
          [generator = std::optional<std::mt19937_64>()]() mutable {
            if (!generator) generator.emplace(std::random_device{}());
            return (*generator)();
          }};
}

}  // namespace crm
