// Reading in the order of a key that every row has, from the last row's key on: no page is deep, and no
// position has to be kept by the server.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "providers/paging.h"

namespace crm {

// Decides what to ask for next, and which rows of an answer are new.
//
// Each page is a new question: the rows from bound() on, in order. The bound is inclusive, because several
// rows may have the key that the last page ended with; those that were read are dropped by id. Only where a
// whole page has one single key, the server's own continuation of that page is followed until another key
// comes; it may be lost meanwhile (a cursor expires), and then the rows of that key are asked for anew.
class KeysetPager {
 public:
  struct Options {
    bool descending = false;
    // Rows get another key while they are read (time of the last change): each row is remembered, and given
    // once. A row that changes ahead of a descending reader is missed: it is behind then.
    bool changing = false;
  };
  struct Answer {
    std::span<const std::string> ids;
    std::span<const std::int64_t> keys;  // one per id
    bool has_more = false;               // the server has a continuation
  };
  enum class State : std::uint8_t {
    kAsk,
    kDone,
    kUnsorted,  // the answer is not in the order that was asked for, or begins before the bound
    kStuck,     // more rows of one key than the server continues
  };

  explicit KeysetPager(const Options &options) : options_(options) {}

  State state() const { return state_; }
  // Inclusive; nullopt: from the start.
  std::optional<std::int64_t> bound() const { return bound_; }
  // Ask for the continuation of the last answer, not anew from bound(). Until this ends, the rows belong
  // together: a reader who stops in between finds the continuation gone.
  bool following() const { return following_; }
  // Per row, whether it is new. Empty where the state is kUnsorted.
  std::vector<bool> Take(const Answer &answer);
  // There is no continuation any more.
  void Lost();
  std::int64_t rows() const { return rows_; }  // new ones so far

 private:
  bool IsSorted(const Answer &answer) const;
  bool IsNew(const std::string &id, std::int64_t key);

  const Options options_;
  State state_ = State::kAsk;
  std::optional<std::int64_t> bound_;
  IdSet at_bound_;  // ids of that key; all ids if keys change
  bool following_ = false;
  int losses_ = 0;
  std::int64_t barren_ = 0;  // answers in a row without a new row
  std::int64_t rows_ = 0;
  std::int64_t step_ = 1;  // rows of the largest answer, but for the one at the bound
};

}  // namespace crm
