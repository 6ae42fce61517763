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
// list's total falls, or the row before the page, which is asked for once more, is not one that was read.
// Then the page is thrown away and an earlier one asked for. Rows that jump to the front of a list sorted by
// last change are found by reading the front once more. None of it costs a request while the list stays as it
// is and its total is known; without a total every page repeats one row.
class OffsetPager {
 public:
  struct Options {
    std::int64_t page_size = 100;  // rows of a page
    std::int64_t first_page = 0;   // rows of the first page; 0: page_size
    // The list is sorted by a time, newest first, and rows that change or are created get a newer one.
    bool newest_first = false;
    // False: rows found at the front afterwards are counted only, since giving them on would break an order.
    bool give_late_rows = true;
  };
  struct Page {
    std::int64_t skip = 0, limit = 0;
  };
  struct Answer {
    std::span<const std::string> ids;  // in the order of the page
    bool has_more = false;
    std::optional<std::int64_t> total;                   // of the whole list
    std::span<const std::optional<std::int64_t>> times;  // with newest_first: per row; nullopt: unreadable
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

 private:
  enum class Phase : std::uint8_t { kForward, kFront, kRecount };

  std::int64_t NoteTotal(std::optional<std::int64_t> total);
  bool Verified(const Answer &answer, std::int64_t dropped) const;
  void StepBack(std::int64_t dropped);
  std::vector<bool> Mark(const Answer &answer, bool give);
  std::vector<bool> TakeForward(const Answer &answer, std::int64_t dropped);
  std::vector<bool> TakeFront(const Answer &answer);
  void AskFollowing(std::int64_t next);
  bool OverlapIsFree(std::int64_t next) const;
  void NoteTimes(const Answer &answer);
  void EndForward();
  void StartFront();
  void EndFront();
  void Conclude();

  Options options_;
  State state_ = State::kAsk;
  Phase phase_ = Phase::kForward;
  Page page_;
  bool overlapping_ = false;  // the page's first row must have been read before
  IdSet seen_;
  std::optional<std::int64_t> total_;
  bool moved_ = false;
  bool sorted_ = true;                     // so far every page was newest first
  std::optional<std::int64_t> watermark_;  // newest time when the scan began
  std::int64_t step_ = 2;                  // rows to go back next
  std::int64_t steps_back_ = 0;
  std::int64_t barren_pages_ = 0;  // in a row, without a new row
  int front_passes_ = 0;
  int front_pages_ = 0;                    // of this pass
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
