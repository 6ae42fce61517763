// Where a credential may go.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace crm {

// scheme://host[:port], nothing else.
struct Origin {
  bool https = true;
  std::string host;  // lower case; an address as the system writes it, without brackets
  bool is_ipv6 = false;
  std::uint16_t port = 0;  // always set: the scheme's own when the text names none

  std::string ToString() const;
  std::string HostAndPort() const;  // the port only where it is not the scheme's own
  bool IsLoopback() const;          // 127.0.0.0/8, ::1, localhost
};

// nullopt: another scheme, a user name, a path other than "/", a query, or characters no host has.
std::optional<Origin> ParseOrigin(std::string_view text);

// https, or http to loopback.
bool IsSafeScheme(const Origin &origin);

// One entry of crm_fdw.allowed_hosts: "host", "host:port", "*.example.com", "[::1]:8080". Without a port:
// any.
bool IsHostPattern(std::string_view pattern);
// The setting's whole text: entries divided by commas, or nothing.
bool IsHostList(std::string_view list);
bool MatchesHost(const Origin &origin, std::string_view pattern);

// A provider's own hosts count with https on its own port only; `allowed` is the comma list of the setting.
bool IsHostAllowed(const Origin &origin, std::span<const std::string_view> own, std::string_view allowed);

}  // namespace crm
