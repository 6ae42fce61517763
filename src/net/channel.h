// Non-blocking HTTP behind one pollable descriptor. curl_channel.cpp is the only file that knows curl.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/http.h"

namespace crm {

struct TransferLimits {
  std::int64_t connect_timeout_ms = 10'000;
  std::int64_t request_timeout_ms = 60'000;
  std::int64_t max_body_bytes = 64 << 20;  // decompressed
};

// Where to connect, settled once per channel.
struct ChannelTarget {
  std::string origin;   // "https://api.close.com", scheme://host[:port], no slash at the end
  std::string ca_file;  // empty: the system's
};

class Channel {
 public:
  using Id = std::uint64_t;
  virtual ~Channel() = default;
  // Starts a transfer; never blocks. `credential` may be null. A request that is not safe to repeat gets a
  // connection of its own: on a kept one that turns out to be dead, libcurl would send it again by itself.
  // Throws kInvalidOptionValue for a header with a control character.
  virtual Id Submit(const HttpRequest &request, const SecretHeader *credential,
                    const TransferLimits &limits) = 0;
  // Drops a transfer and its connection; its completion is never reported. Does not wait for a hanging name
  // look-up (libcurl older than 7.87 does).
  virtual void Cancel(Id id) = 0;
  // Makes progress with what is ready; never sleeps.
  virtual void Step() = 0;
  // A finished transfer, if any.
  virtual std::optional<std::pair<Id, HttpResponse>> Take() = 0;
  // Readable when Step has something to do, timers included. The same for the channel's whole life.
  virtual int fd() const = 0;
  // No transfer is under way: may be given to another user.
  virtual bool idle() const = 0;
};

// Refuses (throws kInternal) to be used in another process than the one that made it.
std::unique_ptr<Channel> MakeCurlChannel(const ChannelTarget &target);

}  // namespace crm
