#include "core/row_batch.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace crm {

namespace {
constexpr std::size_t kFirstBlock = 16 << 10;
constexpr std::size_t kLargestBlock = 1 << 20;

// A little more than the text needs: pages are of nearly equal size, and must fit into the room that others
// have left, or a long read would fragment the heap.
std::size_t RoomFor(std::size_t size) {
  const std::size_t step = std::max<std::size_t>(std::bit_floor(size) / 4, 1);
  return (size + step - 1) / step * step;
}

}  // namespace

CrmValue *RowBatch::AddRow() {
  if (columns_ == 0) {
    ++empty_rows_;
    return nullptr;
  }
  cells_.resize(cells_.size() + columns_);  // value-initialized: kNull
  return cells_.data() + cells_.size() - columns_;
}

void RowBatch::DropLastRow() {
  if (columns_ == 0) {
    --empty_rows_;
  } else {
    cells_.resize(cells_.size() - columns_);
  }
}

void RowBatch::Keep(const std::vector<bool> &rows, int columns) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i]) continue;
    if (columns > 0) std::copy_n(row(i), columns, cells_.data() + kept * columns);
    ++kept;
  }
  cells_.resize(kept * columns);
  empty_rows_ = columns == 0 ? kept : 0;
  columns_ = columns;
}

char *RowBatch::Reserve(std::size_t size) {
  if (size > block_size_ - block_used_) {
    const std::size_t next = std::clamp(block_size_ * 2, kFirstBlock, kLargestBlock);
    if (size > next / 2) return NewBlock(RoomFor(size));
    block_ = NewBlock(next);
    block_used_ = 0;
    block_size_ = next;
  }
  char *begin = block_ + block_used_;
  block_used_ += size;
  return begin;
}

char *RowBatch::NewBlock(std::size_t size) {
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
  arena_bytes_ += size;
  return blocks_.back().get();
}

void RowBatch::Shrink(const char *begin, std::size_t used, std::size_t reserved) {
  // Only the latest reservation can be cut; anything older is followed by text in use.
  if (block_ != nullptr && begin + reserved == block_ + block_used_) block_used_ -= reserved - used;
}

CrmText RowBatch::Copy(std::string_view text) {
  // An empty text is not NULL: its data must not be null.
  if (text.empty()) return {"", 0};
  char *begin = Reserve(text.size());
  std::memcpy(begin, text.data(), text.size());
  return {begin, static_cast<std::int32_t>(text.size())};
}

CrmText *RowBatch::NewItems(std::size_t count) {
  // Texts in between have any length, so the items are aligned by hand.
  count = std::max<std::size_t>(count, 1);
  std::size_t room = count * sizeof(CrmText) + alignof(CrmText) - 1;
  void *begin = Reserve(room);
  return new (std::align(alignof(CrmText), count * sizeof(CrmText), begin, room)) CrmText[count]();
}

}  // namespace crm
