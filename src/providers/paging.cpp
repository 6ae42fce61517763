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
constexpr int kMaxTiePasses = 30;
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
    case Phase::kTie:
      return TakeTie(answer);
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

// A page that begins before the last row read proves that no row slipped past: by the time of its first row
// if the list is sorted, else because that row was read.
OffsetPager::Join OffsetPager::Check(const Answer &answer, std::int64_t dropped) const {
  if (page_.skip == 0) return Join::kProven;
  const bool suspicious = overlapping_ || dropped > 0 || moved_;
  if (IsTimed()) {
    if (!answer.ids.empty() && IsBefore(*answer.times.front(), run_->time)) return Join::kProven;
    if (suspicious) return Join::kGap;
    return TieIsIncomplete(answer) ? Join::kTied : Join::kLikely;
  }
  if (!answer.ids.empty() && seen_.Contains(answer.ids.front())) return Join::kProven;
  return overlapping_ || dropped > 0 ? Join::kGap : Join::kLikely;
}

void OffsetPager::StepBack(std::int64_t dropped) {
  moved_ = true;
  if (++steps_back_ > kMaxStepsBack) {
    state_ = State::kUnsteady;
    return;
  }
  page_.skip = std::max<std::int64_t>(0, page_.skip - std::max(step_, dropped + 2));
  overlapping_ = true;
  step_ *= 2;
}

std::vector<bool> OffsetPager::Mark(const Answer &answer, bool give) {
  std::vector<bool> fresh(answer.ids.size());
  for (std::size_t i = 0; i < answer.ids.size(); ++i) {
    const bool inserted = seen_.Insert(answer.ids[i]);
    fresh[i] = inserted && give;
    if (inserted && phase_ == Phase::kFront) ++front_rows_;
  }
  return fresh;
}

std::vector<bool> OffsetPager::TakeForward(const Answer &answer, std::int64_t dropped) {
  NoteTimes(answer);
  switch (Check(answer, dropped)) {
    case Join::kGap:
      StepBack(dropped);
      return {};
    case Join::kTied:
      StartTie();
      return {};
    case Join::kProven:
    case Join::kLikely:
      break;
  }
  step_ = 2;
  const std::int64_t before = rows();
  std::vector<bool> fresh = Mark(answer, true);
  NoteRun(answer, rows() - before);
  // A list that is shifted right by others repeats at most what was read; one that repeats more goes in
  // circles.
  barren_pages_ = rows() > before ? 0 : barren_pages_ + 1;
  if (barren_pages_ > rows() / options_.page_size + kSpareBarrenPages) {
    state_ = State::kUnsteady;
  } else {
    GoOn(answer);
  }
  return fresh;
}

void OffsetPager::GoOn(const Answer &answer) {
  next_ = page_.skip + static_cast<std::int64_t>(answer.ids.size());
  if (answer.ids.empty() || !answer.has_more) {
    EndForward();
    return;
  }
  const std::int64_t last_skip = std::exchange(page_.skip, next_);
  page_.limit = options_.page_size;
  overlapping_ = false;
  // The page must begin before the rows of equal time that were read last; a page of one row can repeat none.
  const std::int64_t from = IsTimed() ? std::max<std::int64_t>(0, run_->start - 1) : next_ - 1;
  const bool wanted = !total_ || moved_;
  if (options_.page_size == 1 || (!wanted && !OverlapIsFree(next_ - from))) return;
  if (from > last_skip) {
    overlapping_ = true;
    page_.skip = from;
  } else if (wanted && IsTimed()) {
    StartTie();  // too many of them for one page
  }
}

// Whether the rest of a list of known length takes no more pages if `again` rows are asked for again.
bool OffsetPager::OverlapIsFree(std::int64_t again) const {
  const auto pages = [&](std::int64_t rest) { return (rest + options_.page_size - 1) / options_.page_size; };
  const std::int64_t rest = *total_ - next_;
  return rest <= 0 || pages(rest) == pages(rest + again);
}

void OffsetPager::NoteTimes(const Answer &answer) {
  if (answer.times.size() != answer.ids.size()) sorted_ = false;
  for (std::size_t i = 0; i < answer.times.size() && sorted_; ++i) {
    sorted_ = answer.times[i] && (i == 0 || !IsBefore(*answer.times[i], *answer.times[i - 1]));
  }
  if (!sorted_) run_.reset();
  if (page_.skip == 0 && !watermark_ && !answer.times.empty()) watermark_ = answer.times.front();
}

// ---- rows of equal time ------------------------------------------------------------------------------

// `fresh`: rows of the page that were new.
void OffsetPager::NoteRun(const Answer &answer, std::int64_t fresh) {
  if (!sorted_ || answer.times.empty()) return;
  const std::int64_t time = *answer.times.back();
  std::size_t first = answer.times.size() - 1;
  while (first > 0 && answer.times[first - 1] == time) --first;
  if (first == 0 && run_ && run_->time == time) {
    run_->seen += fresh;
    return;
  }
  const std::int64_t start = page_.skip + static_cast<std::int64_t>(first);
  const bool follows_another = run_ && run_->time != time && page_.skip == next_;
  const bool certain = first > 0 || start == 0 || follows_another;
  run_ = Run{time, start, static_cast<std::int64_t>(answer.times.size() - first), certain};
}

// Whether the rows of equal time that the page before ended with end here, and are fewer than their places.
bool OffsetPager::TieIsIncomplete(const Answer &answer) const {
  const auto count = static_cast<std::int64_t>(answer.ids.size());
  std::int64_t at = next_ - page_.skip;
  if (!run_ || at < 0 || at > count) return false;
  while (at < count && answer.times[at] == run_->time) ++at;
  if (at == count && answer.has_more) return false;
  std::int64_t seen = run_->seen;
  for (std::int64_t i = 0; i < at; ++i) {
    if (answer.times[i] == run_->time && !seen_.Contains(answer.ids[i])) ++seen;
  }
  return !run_->certain || seen < page_.skip + at - run_->start;
}

void OffsetPager::StartTie() {
  phase_ = Phase::kTie;
  tie_ = Tie{};
  tie_.time = run_->time;
  RestartTie(std::max<std::int64_t>(0, run_->start - 1));
}

void OffsetPager::RestartTie(std::int64_t from) {
  if (++tie_.passes > kMaxTiePasses) state_ = State::kUnsteady;
  tie_.from = from;
  tie_.start = -1;
  page_ = {from, options_.page_size};
}

std::vector<bool> OffsetPager::TakeTie(const Answer &answer) {
  NoteTimes(answer);
  const auto count = static_cast<std::int64_t>(answer.ids.size());
  if (!sorted_) {
    phase_ = Phase::kForward;
    StepBack(0);
    return {};
  }
  std::int64_t first = 0;
  while (first < count && IsBefore(*answer.times[first], tie_.time)) ++first;
  std::int64_t end = first;
  while (end < count && answer.times[end] == tie_.time) ++end;
  const bool begins = tie_.start < 0;
  const bool ends = end < count || !answer.has_more || count == 0;
  if (begins && page_.skip > 0 && first == 0) {
    // Too late a page: what lies before it moved left.
    RestartTie(std::max<std::int64_t>(0, page_.skip - std::max<std::int64_t>(2, options_.page_size / 2)));
    return {};
  }
  if (begins && !ends && first > 1) {
    // They may fit into a page that begins with the row before them.
    RestartTie(page_.skip + first - 1);
    return {};
  }
  if (begins) {
    tie_.start = page_.skip + first;
    tie_.total = total_;
  }
  return TakeTied(answer, first, end, begins, ends);
}

// Rows [first, end) of the page are those of equal time; `begins`, `ends`: all of them from, or up to, there.
std::vector<bool> OffsetPager::TakeTied(const Answer &answer, std::int64_t first, std::int64_t end,
                                        bool begins, bool ends) {
  std::vector<bool> fresh(answer.ids.size());
  for (std::int64_t i = first; i < end; ++i) {
    fresh[i] = seen_.Insert(answer.ids[i]);
    tie_.ids.Insert(answer.ids[i]);
  }
  const bool counted = tie_.ids.size() >= page_.skip + end - tie_.start && tie_.total == total_;
  if (!ends) {
    page_.skip += static_cast<std::int64_t>(answer.ids.size());
    if (page_.skip > next_ + 2 * rows() + options_.page_size) state_ = State::kUnsteady;
  } else if (begins || counted) {
    for (std::size_t i = end; i < fresh.size(); ++i) fresh[i] = seen_.Insert(answer.ids[i]);
    phase_ = Phase::kForward;
    run_ = Run{tie_.time, tie_.start, tie_.ids.size(), true};
    next_ = page_.skip;
    NoteRun(answer, 0);
    GoOn(answer);
  } else {
    RestartTie(tie_.from);
  }
  return fresh;
}

// ---- the end -----------------------------------------------------------------------------------------

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
  front_rows_ = 0;
  ++front_passes_;
}

std::vector<bool> OffsetPager::TakeFront(const Answer &answer) {
  const bool joins = page_.skip == 0 || (!answer.ids.empty() && seen_.Contains(answer.ids.front()));
  if (front_pages_++ == 0) next_mark_ = answer.times.empty() ? watermark_ : answer.times.front();
  std::vector<bool> fresh = Mark(answer, options_.give_late_rows);
  const auto received = static_cast<std::int64_t>(answer.ids.size());
  const bool reached = std::any_of(answer.times.begin(), answer.times.end(),
                                   [&](const auto &time) { return !time || *time < *watermark_; });
  // More than was read cannot stand in front of it, unless the list grows while we look.
  const bool far = page_.skip > 2 * rows();
  if (!joins || reached || far || received == 0 || !answer.has_more) {
    EndFront();
  } else {
    page_.skip += options_.page_size > 1 ? received - 1 : received;
  }
  return fresh;
}

// A pass of one page saw the front at one moment. Behind the pages of a longer one, rows may have jumped to
// the front again; the next pass looks for those only.
void OffsetPager::EndFront() {
  const bool again = front_passes_ == 1 || front_rows_ > 0;
  if (front_pages_ > 1 && again && front_passes_ < kMaxFrontPasses) {
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
