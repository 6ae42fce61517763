// One page of rows in one arena; readers get views that live as long as the batch.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/pod.h"

namespace crm {

class RowBatch {
 public:
  explicit RowBatch(int columns) : columns_(columns) {}

  int columns() const { return columns_; }
  std::size_t size() const { return columns_ == 0 ? empty_rows_ : cells_.size() / columns_; }
  // Cells of one row, columns() of them.
  const CrmValue *row(std::size_t index) const { return cells_.data() + index * columns_; }
  CrmValue *mutable_row(std::size_t index) { return cells_.data() + index * columns_; }

  // Appends a row of NULLs. The pointer is valid until the next AddRow.
  CrmValue *AddRow();
  void DropLastRow();
  // Drops the rows whose flag is false (one flag per row), and all columns from `columns` on.
  void Keep(const std::vector<bool> &rows, int columns);

  // Copies into the arena. Views of one batch stay valid when rows are added.
  CrmText Copy(std::string_view text);
  CrmText *NewItems(std::size_t count);
  // Raw room in the arena, for text whose final length is at most size; Shrink gives back the rest. Room for
  // a large text is a block of its own.
  char *Reserve(std::size_t size);
  void Shrink(const char *begin, std::size_t used, std::size_t reserved);

  std::size_t bytes() const { return arena_bytes_ + cells_.capacity() * sizeof(CrmValue); }

  std::int64_t repaired = 0;  // texts that held bytes PostgreSQL refuses and were mended with U+FFFD

 private:
  int columns_;
  std::size_t empty_rows_ = 0;
  char *NewBlock(std::size_t size);

  std::vector<CrmValue> cells_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char *block_ = nullptr;  // the one that is being filled
  std::size_t block_used_ = 0, block_size_ = 0, arena_bytes_ = 0;
};

}  // namespace crm
