#include "engine/hosts.h"

#include <arpa/inet.h>

#include <algorithm>

#include "engine/option_values.h"

namespace crm {
namespace {

constexpr std::uint16_t kHttpPort = 80, kHttpsPort = 443;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char &c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool IsHostName(std::string_view host) {
  if (host.empty() || host.size() > 253 || host.front() == '.' || host.back() == '.') return false;
  if (host.find("..") != std::string_view::npos) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// One way to write each address, so that two texts of one host are equal.
std::optional<std::string> CanonicalIpv6(const std::string &host) {
  in6_addr address{};
  char text[INET6_ADDRSTRLEN];
  if (inet_pton(AF_INET6, host.c_str(), &address) != 1) return std::nullopt;
  if (inet_ntop(AF_INET6, &address, text, sizeof text) == nullptr) return std::nullopt;
  return std::string(text);
}

struct Place {
  std::string host;
  bool is_ipv6 = false;
  std::uint16_t port = 0;  // 0: none
};

std::optional<Place> ParsePlace(std::string_view text) {
  Place result;
  std::size_t end = 0;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    auto address = CanonicalIpv6(std::string(text.substr(1, bracket - 1)));
    if (!address) return std::nullopt;
    result.host = std::move(*address);
    result.is_ipv6 = true;
    end = bracket + 1;
  } else {
    end = std::min(text.find(':'), text.size());
    result.host = Lower(text.substr(0, end));
    if (!IsHostName(result.host)) return std::nullopt;
  }
  if (end == text.size()) return result;
  const std::string_view digits = text.substr(end + 1);
  const auto port = ParseInt(digits);
  if (text[end] != ':' || digits.size() > 5 || !port || *port < 1 || *port > 65535 || digits[0] == '+')
    return std::nullopt;
  result.port = static_cast<std::uint16_t>(*port);
  return result;
}

}  // namespace

std::string Origin::ToString() const { return (https ? "https://" : "http://") + HostAndPort(); }

std::string Origin::HostAndPort() const {
  std::string text = is_ipv6 ? "[" + host + "]" : host;
  if (port != (https ? kHttpsPort : kHttpPort)) text += ":" + std::to_string(port);
  return text;
}

bool Origin::IsLoopback() const {
  if (is_ipv6) return host == "::1";
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  return host == "localhost";
}

std::optional<Origin> ParseOrigin(std::string_view text) {
  Origin origin;
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string scheme = Lower(text.substr(0, colon));
  if (scheme != "https" && scheme != "http") return std::nullopt;
  origin.https = scheme == "https";
  text.remove_prefix(colon + 3);
  if (text.ends_with('/')) text.remove_suffix(1);
  auto place = ParsePlace(text);
  if (!place) return std::nullopt;
  origin.host = std::move(place->host);
  origin.is_ipv6 = place->is_ipv6;
  origin.port = place->port != 0 ? place->port : origin.https ? kHttpsPort : kHttpPort;
  return origin;
}

bool IsSafeScheme(const Origin &origin) { return origin.https || origin.IsLoopback(); }

bool IsHostPattern(std::string_view pattern) {
  const bool wildcard = pattern.starts_with("*.");
  const auto place = ParsePlace(wildcard ? pattern.substr(2) : pattern);
  return place && !(wildcard && place->is_ipv6);
}

bool IsHostList(std::string_view list) {
  if (Trim(list).empty()) return true;
  for (;;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (!IsHostPattern(Trim(list.substr(0, comma)))) return false;
    if (comma == list.size()) return true;
    list.remove_prefix(comma + 1);
  }
}

bool MatchesHost(const Origin &origin, std::string_view pattern) {
  const bool wildcard = pattern.starts_with("*.");
  const auto place = ParsePlace(wildcard ? pattern.substr(2) : pattern);
  if (!place || place->is_ipv6 != origin.is_ipv6) return false;
  if (place->port != 0 && place->port != origin.port) return false;
  return wildcard ? origin.host.ends_with("." + place->host) : origin.host == place->host;
}

bool IsHostAllowed(const Origin &origin, std::span<const std::string_view> own, std::string_view allowed) {
  if (!IsSafeScheme(origin)) return false;
  if (origin.https && origin.port == kHttpsPort)
    for (std::string_view pattern : own)
      if (MatchesHost(origin, pattern)) return true;
  while (!allowed.empty()) {
    const std::size_t comma = std::min(allowed.find(','), allowed.size());
    if (MatchesHost(origin, Trim(allowed.substr(0, comma)))) return true;
    allowed.remove_prefix(std::min(comma + 1, allowed.size()));
  }
  return false;
}

}  // namespace crm
