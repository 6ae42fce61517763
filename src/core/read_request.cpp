#include "core/read_request.h"

#include <algorithm>

namespace crm {

namespace {

// Calls `found` with each word, until it says true.
template <typename Found>
bool AnyWord(std::string_view words, Found found) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (found(words.substr(0, end))) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

bool Field::HasTrait(std::string_view trait) const {
  return !trait.empty() && AnyWord(traits, [&](std::string_view word) { return word == trait; });
}

std::string_view Field::TraitValue(std::string_view trait) const {
  std::string_view value;
  AnyWord(traits, [&](std::string_view word) {
    if (!word.starts_with(trait) || word.substr(trait.size(), 1) != "=") return false;
    value = word.substr(trait.size() + 1);
    return true;
  });
  return value;
}

}  // namespace crm
