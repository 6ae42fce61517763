// What the conversations of several CRMs share: paging by offset that loses no row of a list that changes
// meanwhile, and one conversation per key.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/value.h"
#include "providers/provider.h"

namespace crm {

// Ids met so far, as 128-bit digests: constant and small per id, and two ids never look the same.
class IdSet {
 public:
  bool Contains(std::string_view id) const;
  // False: it was there.
  bool Insert(std::string_view id);
  std::int64_t size() const { return static_cast<std::int64_t>(digests_.size()); }

 private:
  struct Digest {
    std::uint64_t high, low;
    bool operator==(const Digest &) const = default;
  };
  struct Hash {
    std::size_t operator()(const Digest &digest) const { return digest.low; }
  };
  static Digest DigestOf(std::string_view id);
  std::unordered_set<Digest, Hash> digests_;
};

// Decides which page of an offset list to ask for next, and which of its rows are new.
//
// A list moves while it is read. Rows that move right come again and are dropped by id. Rows that move left
// (something before them was deleted, or no longer matches) would be skipped; two signs give that away: the
// list's total falls, or the page, which is asked for from before the last row read, begins behind it. Then
// the page is thrown away and an earlier one asked for. Rows that jump to the front of a list sorted by last
// change are found by reading the front once more. Rows of equal time may come in another order with each
// request; where a page ends among such rows and fewer came than there are places, they are read again in one
// page. None of it costs a request while the list stays as it is and its total is known; without a total
// every page repeats one or two rows.
class OffsetPager {
 public:
  struct Options {
    std::int64_t page_size = 100;  // rows of a page
    std::int64_t first_page = 0;   // rows of the first page; 0: page_size
    // The list is sorted by a time, newest first, and rows that change or are created get a newer one.
    bool newest_first = false;
    bool ascending = false;  // sorted by a time, oldest first
    // False: rows found at the front afterwards are counted only, since giving them on would break an order.
    bool give_late_rows = true;
  };
  struct Page {
    std::int64_t skip = 0, limit = 0;
  };
  struct Answer {
    std::span<const std::string> ids;  // in the order of the page
    bool has_more = false;
    std::optional<std::int64_t> total;  // of the whole list
    // Of a sorted list: per row; nullopt: unreadable. Empty: the list is not known to be sorted.
    std::span<const std::optional<std::int64_t>> times;
  };
  enum class State : std::uint8_t {
    kAsk,         // ask for page()
    kDone,        // everything was read
    kMoved,       // ended; rows() differs from total() because the list changed while it was read
    kIncomplete,  // ended; rows() is less than total(), and nothing explains it
    kUnsteady,    // given up: the list changes faster than it can be read, or its answers repeat themselves
  };

  explicit OffsetPager(const Options &options);

  State state() const { return state_; }
  const Page &page() const { return page_; }
  // Takes the answer to page(): per row, whether it is to be given on. Empty: throw the whole page away.
  std::vector<bool> Take(const Answer &answer);
  // The server takes no pages larger than `largest`. False: page() was not larger, so that is not the reason.
  bool LowerLimit(std::int64_t largest);

  std::int64_t rows() const { return seen_.size(); }          // different ones, thrown away pages apart
  std::int64_t total() const { return total_.value_or(-1); }  // as last heard; -1: never
  bool moved() const { return moved_; }                       // the list is known to have changed
  // page() goes on where the last one ended, and every page so far was sorted by time.
  bool advances() const { return phase_ == Phase::kForward && sorted_; }

 private:
  enum class Phase : std::uint8_t { kForward, kTie, kFront, kRecount };

  // Rows of equal time at the end of what was read.
  struct Run {
    std::int64_t time = 0;
    std::int64_t start = 0;  // place in the list
    std::int64_t seen = 0;   // different rows of that time
    bool certain = false;    // `start` is known to be the first place
  };
  // Rows of equal time that are being read again.
  struct Tie {
    std::int64_t time = 0;
    std::int64_t from = 0;              // where a pass begins
    std::int64_t start = -1;            // their first place, found in this pass; -1: not yet
    std::optional<std::int64_t> total;  // of the list, when this pass began
    int passes = 0;
    IdSet ids;
  };

  // How a page continues what was read.
  enum class Join : std::uint8_t {
    kProven,  // it begins before the last row read
    kLikely,  // nothing speaks against it
    kTied,    // rows of equal time are missing
    kGap,     // rows may have slipped past
  };

  std::int64_t NoteTotal(std::optional<std::int64_t> total);
  Join Check(const Answer &answer, std::int64_t dropped) const;
  void StepBack(std::int64_t dropped);
  std::vector<bool> Mark(const Answer &answer, bool give);
  std::vector<bool> TakeForward(const Answer &answer, std::int64_t dropped);
  void GoOn(const Answer &answer);
  bool OverlapIsFree(std::int64_t again) const;
  bool IsBefore(std::int64_t a, std::int64_t b) const { return options_.ascending ? a < b : a > b; }
  bool IsTimed() const { return sorted_ && run_ && options_.page_size > 2; }
  void NoteTimes(const Answer &answer);
  void NoteRun(const Answer &answer, std::int64_t fresh);
  bool TieIsIncomplete(const Answer &answer) const;
  void StartTie();
  void RestartTie(std::int64_t from);
  std::vector<bool> TakeTie(const Answer &answer);
  std::vector<bool> TakeTied(const Answer &answer, std::int64_t first, std::int64_t end, bool begins,
                             bool ends);
  std::vector<bool> TakeFront(const Answer &answer);
  void EndForward();
  void StartFront();
  void EndFront();
  void Conclude();

  Options options_;
  State state_ = State::kAsk;
  Phase phase_ = Phase::kForward;
  Page page_;
  bool overlapping_ = false;  // the page begins among rows that were read
  IdSet seen_;
  std::optional<std::int64_t> total_;
  bool moved_ = false;
  bool sorted_ = true;     // so far every page was, by the times of its rows
  std::int64_t next_ = 0;  // first place not read yet
  std::optional<Run> run_;
  Tie tie_;
  std::optional<std::int64_t> watermark_;  // newest time when the scan began
  std::int64_t step_ = 2;                  // rows to go back next
  std::int64_t steps_back_ = 0;
  std::int64_t barren_pages_ = 0;  // in a row, without a new row
  int front_passes_ = 0;
  int front_pages_ = 0;                    // of this pass
  std::int64_t front_rows_ = 0;            // new ones in this pass
  std::optional<std::int64_t> next_mark_;  // newest time when this pass began
};

// Runs independent conversations side by side and ends. None: ends at once.
class Forker final : public Exchange {
 public:
  explicit Forker(std::vector<std::unique_ptr<Exchange>> exchanges) : exchanges_(std::move(exchanges)) {}
  Step Next(const HttpResponse *response, const Context &context) override;

 private:
  std::vector<std::unique_ptr<Exchange>> exchanges_;
};

// The keys of `field = operand` or `field = ANY (operand)`: each once, in their order, without NULLs.
std::vector<std::string> DistinctKeys(const Value &operand);

}  // namespace crm
