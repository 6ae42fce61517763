#include <algorithm>

#include "providers/provider.h"

namespace crm {

void Options::Add(std::string_view name, std::string_view value, bool secret) {
  std::erase_if(plain_, [&](const Plain &option) { return option.name == name; });
  std::erase_if(hidden_, [&](const Hidden &option) { return option.name == name; });
  if (secret) {
    hidden_.push_back({std::string(name), Secret(value)});
  } else {
    plain_.push_back({std::string(name), std::string(value)});
  }
}

std::optional<std::string_view> Options::Find(std::string_view name) const {
  const auto found =
      std::find_if(plain_.begin(), plain_.end(), [&](const Plain &option) { return option.name == name; });
  if (found == plain_.end()) return std::nullopt;
  return found->value;
}

const Secret *Options::FindSecret(std::string_view name) const {
  const auto found =
      std::find_if(hidden_.begin(), hidden_.end(), [&](const Hidden &option) { return option.name == name; });
  return found == hidden_.end() ? nullptr : &found->value;
}

void Options::Redact(std::string &text) const {
  for (const Hidden &option : hidden_) RedactSecret(option.value, text);
}

bool ImportRequest::Wants(std::string_view table) const {
  const auto names = [table](const std::vector<std::string> &list) {
    return std::ranges::find(list, table) != list.end();
  };
  return (limit_to.empty() || names(limit_to)) && !names(except);
}

void RedactSecret(const Secret &secret, std::string &text) {
  // Shorter ones would be found in words that are none.
  constexpr std::size_t kShortest = 8;
  const std::string_view hidden = secret.Reveal();
  if (hidden.size() < kShortest) return;
  for (std::size_t at = text.find(hidden); at != std::string::npos; at = text.find(hidden, at + 3)) {
    text.replace(at, hidden.size(), "***");
  }
}

}  // namespace crm
