#include "providers/column_name.h"

#include <map>
#include <set>
#include <utility>

#include "core/crypto.h"

namespace crm {

namespace {

constexpr std::size_t kLongestName = 63;  // bytes; PostgreSQL cuts what is longer
constexpr std::size_t kSuffixDigits = 8;

constexpr std::string_view kSystemColumns[] = {"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"};

// At a character's edge.
std::string_view Cut(std::string_view name, std::size_t size) {
  if (name.size() <= size) return name;
  while (size > 0 && (static_cast<unsigned char>(name[size]) & 0xC0) == 0x80) --size;
  return name.substr(0, size);
}

std::string WithSuffix(std::string_view name, std::string_view id, std::size_t digits) {
  const std::string suffix = "_" + Sha256Hex(id).substr(0, digits);
  return std::string(Cut(name, kLongestName - suffix.size())) + suffix;
}

}  // namespace

std::vector<std::string> UniqueNames(std::vector<WishedName> wishes,
                                     const std::vector<std::string_view> &taken) {
  std::vector<std::string> names;
  std::map<std::string, int, std::less<>> counts;
  for (WishedName &wish : wishes) ++counts[names.emplace_back(std::move(wish.name))];
  std::set<std::string, std::less<>> used(taken.begin(), taken.end());
  used.insert(std::begin(kSystemColumns), std::end(kSystemColumns));
  std::vector<bool> open(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    open[i] = names[i].size() > kLongestName || counts[names[i]] > 1 || used.contains(names[i]);
    if (!open[i]) used.insert(names[i]);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!open[i]) continue;
    const std::string wish = std::exchange(names[i], WithSuffix(names[i], wishes[i].id, kSuffixDigits));
    if (!used.insert(names[i]).second) {
      names[i] = WithSuffix(wish, wishes[i].id, 4 * kSuffixDigits);
      used.insert(names[i]);
    }
  }
  return names;
}

}  // namespace crm
