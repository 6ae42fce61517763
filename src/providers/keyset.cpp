#include "providers/keyset.h"

#include <algorithm>

namespace crm {

namespace {

constexpr int kMostLosses = 20;  // of one key
constexpr std::int64_t kSpareBarren = 200;

}  // namespace

bool KeysetPager::IsSorted(const Answer &answer) const {
  const auto before = [&](std::int64_t a, std::int64_t b) { return options_.descending ? a > b : a < b; };
  for (std::size_t i = 0; i < answer.keys.size(); ++i) {
    const std::optional<std::int64_t> last = i > 0 ? std::optional(answer.keys[i - 1]) : bound_;
    if (last && before(answer.keys[i], *last)) return false;
  }
  return true;
}

bool KeysetPager::IsNew(const std::string &id, std::int64_t key) {
  if (!options_.changing && key != bound_) return true;
  return at_bound_.Insert(id);
}

std::vector<bool> KeysetPager::Take(const Answer &answer) {
  if (!IsSorted(answer)) {
    state_ = State::kUnsorted;
    return {};
  }
  std::vector<bool> fresh(answer.ids.size());
  const std::int64_t before = rows_;
  for (std::size_t i = 0; i < answer.ids.size(); ++i) {
    fresh[i] = IsNew(answer.ids[i], answer.keys[i]);
    if (fresh[i]) ++rows_;
  }
  // All rows that were read may have changed, or be asked for anew; more than that can come in circles only.
  step_ = std::max(step_, static_cast<std::int64_t>(answer.ids.size()) - 1);
  barren_ = rows_ > before ? 0 : barren_ + 1;
  if (!answer.has_more) {
    state_ = State::kDone;
    following_ = false;
  } else if (barren_ > kSpareBarren + rows_ / step_) {
    state_ = State::kStuck;
  } else if (!answer.keys.empty() && answer.keys.back() != bound_) {
    bound_ = answer.keys.back();
    following_ = answer.keys.front() == *bound_;
    losses_ = 0;
    if (options_.changing) return fresh;
    at_bound_ = IdSet();
    for (std::size_t i = 0; i < answer.ids.size(); ++i) {
      if (answer.keys[i] == *bound_) at_bound_.Insert(answer.ids[i]);
    }
  } else {
    following_ = true;
  }
  return fresh;
}

void KeysetPager::Lost() {
  following_ = false;
  if (++losses_ > kMostLosses) state_ = State::kStuck;
}

}  // namespace crm
