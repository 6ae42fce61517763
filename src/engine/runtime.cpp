#include "engine/runtime.h"

#include <chrono>
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
          [generator = std::mt19937_64(std::random_device{}())]() mutable { return generator(); }};
}

}  // namespace crm
