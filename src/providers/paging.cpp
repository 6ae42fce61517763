#include "providers/paging.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "core/crypto.h"

namespace crm {

namespace {

constexpr std::int64_t kMaxStepsBack = 100;
constexpr int kMaxFrontPasses = 10;
constexpr std::int64_t kSpareBarrenPages = 10;

}  // namespace

// ---- IdSet -----------------------------------------------------------------------------------------

IdSet::Digest IdSet::DigestOf(std::string_view id) {
  const std::string hex = Sha256Hex(id);
  Digest digest{};
  std::from_chars(hex.data(), hex.data() + 16, digest.high, 16);
  std::from_chars(hex.data() + 16, hex.data() + 32, digest.low, 16);
  return digest;
}

bool IdSet::Contains(std::string_view id) const { return digests_.contains(DigestOf(id)); }

bool IdSet::Insert(std::string_view id) { return digests_.insert(DigestOf(id)).second; }

// ---- OffsetPager -----------------------------------------------------------------------------------

OffsetPager::OffsetPager(const Options &options) : options_(options) {
  options_.page_size = std::max<std::int64_t>(1, options_.page_size);
  page_.limit = options_.page_size;
  if (options_.first_page > 0) page_.limit = std::min(options_.first_page, options_.page_size);
}

std::vector<bool> OffsetPager::Take(const Answer &answer) {
  const std::int64_t dropped = NoteTotal(answer.total);
  switch (phase_) {
    case Phase::kForward:
      return TakeForward(answer, dropped);
    case Phase::kFront:
      return TakeFront(answer);
    case Phase::kRecount:
      break;
  }
  state_ = rows() >= *total_ ? State::kDone : moved_ ? State::kMoved : State::kIncomplete;
  return {};
}

bool OffsetPager::LowerLimit(std::int64_t largest) {
  if (largest < 1 || largest >= page_.limit) return false;
  options_.page_size = std::min(options_.page_size, largest);
  page_.limit = largest;
  return true;
}

// Returns by how much the total fell.
std::int64_t OffsetPager::NoteTotal(std::optional<std::int64_t> total) {
  if (!total) return 0;
  const std::int64_t before = std::exchange(total_, total).value_or(*total);
  if (before != *total) moved_ = true;
  return std::max<std::int64_t>(0, before - *total);
}

// Whether no row can have slipped past between the page before and this one.
bool OffsetPager::Verified(const Answer &answer, std::int64_t dropped) const {
  if (page_.skip == 0) return true;
  if (!answer.ids.empty() && seen_.Contains(answer.ids.front())) return true;
  return !overlapping_ && dropped == 0;
}

void OffsetPager::StepBack(std::int64_t dropped) {
  moved_ = true;
  if (++steps_back_ > kMaxStepsBack) {
    state_ = State::kUnsteady;
    return;
  }
  page_.skip = std::max<std::int64_t>(0, page_.skip - std::max(step_, dropped + 1));
  page_.limit = std::max<std::int64_t>(page_.limit, std::min<std::int64_t>(options_.page_size, 2));
  overlapping_ = true;
  step_ *= 2;
}

std::vector<bool> OffsetPager::Mark(const Answer &answer, bool give) {
  std::vector<bool> fresh(answer.ids.size());
  for (std::size_t i = 0; i < answer.ids.size(); ++i) {
    const bool inserted = seen_.Insert(answer.ids[i]);
    fresh[i] = inserted && give;
  }
  return fresh;
}

std::vector<bool> OffsetPager::TakeForward(const Answer &answer, std::int64_t dropped) {
  if (!Verified(answer, dropped)) {
    StepBack(dropped);
    return {};
  }
  step_ = 2;
  NoteTimes(answer);
  const std::int64_t before = rows();
  std::vector<bool> fresh = Mark(answer, true);
  const auto received = static_cast<std::int64_t>(answer.ids.size());
  if (received == 0 || !answer.has_more) {
    EndForward();
    return fresh;
  }
  // A list that is shifted right by others repeats at most what was read; one that repeats more goes in
  // circles.
  barren_pages_ = rows() > before ? 0 : barren_pages_ + 1;
  if (barren_pages_ > rows() / options_.page_size + kSpareBarrenPages) {
    state_ = State::kUnsteady;
  } else {
    AskFollowing(page_.skip + received);
  }
  return fresh;
}

void OffsetPager::AskFollowing(std::int64_t next) {
  page_.limit = options_.page_size;
  // A page of one row cannot repeat one and still get on.
  overlapping_ = options_.page_size > 1 && (!total_ || moved_ || OverlapIsFree(next));
  page_.skip = overlapping_ ? next - 1 : next;
}

// Whether the rest of a list of known length takes no more pages if one row is asked for again.
bool OffsetPager::OverlapIsFree(std::int64_t next) const {
  const auto pages = [&](std::int64_t rest) { return (rest + options_.page_size - 1) / options_.page_size; };
  const std::int64_t rest = *total_ - next;
  return rest <= 0 || pages(rest) == pages(rest + 1);
}

void OffsetPager::NoteTimes(const Answer &answer) {
  if (!options_.newest_first) return;
  if (page_.skip == 0 && !watermark_ && !answer.times.empty()) watermark_ = answer.times.front();
  for (std::size_t i = 0; i < answer.times.size(); ++i) {
    if (!answer.times[i] || (i > 0 && *answer.times[i] > *answer.times[i - 1])) {
      sorted_ = false;
      return;
    }
  }
}

void OffsetPager::EndForward() {
  if (!total_ || (rows() >= *total_ && !moved_)) {
    // Nothing was counted, or the count held all the time: then as many rows came as went, and none is
    // missing.
    state_ = State::kDone;
  } else if (options_.newest_first && sorted_ && watermark_) {
    StartFront();
  } else {
    Conclude();
  }
}

void OffsetPager::StartFront() {
  phase_ = Phase::kFront;
  page_ = {0, options_.page_size};
  overlapping_ = false;
  front_pages_ = 0;
  ++front_passes_;
}

std::vector<bool> OffsetPager::TakeFront(const Answer &answer) {
  if (!Verified(answer, 0)) {
    ++front_pages_;
    next_mark_ = watermark_;
    EndFront();
    return {};
  }
  if (front_pages_++ == 0 && !answer.times.empty()) next_mark_ = answer.times.front();
  std::vector<bool> fresh = Mark(answer, options_.give_late_rows);
  const auto received = static_cast<std::int64_t>(answer.ids.size());
  const bool reached = std::any_of(answer.times.begin(), answer.times.end(),
                                   [&](const auto &time) { return !time || *time < *watermark_; });
  // More than was read cannot stand in front of it, unless the list grows while we look.
  const bool far = page_.skip > 2 * rows();
  if (reached || far || received == 0 || !answer.has_more) {
    EndFront();
  } else {
    AskFollowing(page_.skip + received);
  }
  return fresh;
}

// A pass of one page saw the front at one moment. Behind the pages of a longer one, rows may have jumped to
// the front again; the next pass looks for those only.
void OffsetPager::EndFront() {
  if (front_pages_ > 1 && front_passes_ < kMaxFrontPasses) {
    watermark_ = next_mark_.value_or(*watermark_);
    StartFront();
  } else if (front_pages_ > 1) {
    state_ = State::kMoved;
  } else {
    Conclude();
  }
}

void OffsetPager::Conclude() {
  if (rows() >= *total_) {
    state_ = State::kDone;
  } else if (moved_) {
    state_ = State::kMoved;
  } else if (front_passes_ > 0) {
    state_ = State::kIncomplete;  // the front's pages brought the total again
  } else {
    phase_ = Phase::kRecount;
    page_ = {0, 1};
    overlapping_ = false;
  }
}

// ---- keys ------------------------------------------------------------------------------------------

Step Forker::Next(const HttpResponse *, const Context &) {
  if (exchanges_.empty()) return Done{};
  return Fork{std::exchange(exchanges_, {})};
}

std::vector<std::string> DistinctKeys(const Value &operand) {
  std::vector<std::string> keys;
  if (operand.type == CrmType::kText) keys.push_back(operand.text);
  if (operand.type != CrmType::kTextArray) return keys;
  std::unordered_set<std::string_view> met;
  for (const std::optional<std::string> &item : operand.items) {
    if (item && met.insert(*item).second) keys.push_back(*item);
  }
  return keys;
}

}  // namespace crm
