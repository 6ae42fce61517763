#include "core/row_batch.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace crm {

namespace {
constexpr std::size_t kFirstBlock = 16 << 10;
constexpr std::size_t kLargestBlock = 1 << 20;
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
  if (blocks_.empty() || size > block_size_ - block_used_) {
    // A text far larger than a block gets a block of its own size, so that no text is ever split.
    const std::size_t next = std::clamp(block_size_ * 2, kFirstBlock, kLargestBlock);
    const std::size_t room = std::max(size, next);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(room));
    block_used_ = 0;
    block_size_ = room;
    arena_bytes_ += room;
  }
  char *begin = blocks_.back().get() + block_used_;
  block_used_ += size;
  return begin;
}

void RowBatch::Shrink(const char *begin, std::size_t used, std::size_t reserved) {
  // Only the latest reservation can be cut; anything older is followed by text in use.
  if (!blocks_.empty() && begin + reserved == blocks_.back().get() + block_used_) {
    block_used_ -= reserved - used;
  }
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
