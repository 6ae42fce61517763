// What the engine takes from outside: channels, providers, clocks, chance. Tests put their own in.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "net/channel.h"
#include "providers/provider.h"

namespace crm {

struct Runtime {
  std::function<std::unique_ptr<Channel>(const ChannelTarget &)> make_channel;
  std::span<const Provider *const> providers;
  std::function<std::int64_t()> wall_us;    // since 2000-01-01 UTC
  std::function<std::int64_t()> steady_us;  // never set back; since any moment
  std::function<std::uint64_t()> random;
};

// The real ones.
Runtime MakeRuntime();

}  // namespace crm
