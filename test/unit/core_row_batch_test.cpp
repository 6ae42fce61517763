#include "core/row_batch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/value.h"

namespace crm {
namespace {

TEST(RowBatch, TextsStayWhereTheyAre) {
  RowBatch batch(1);
  std::vector<std::string> texts;
  std::vector<CrmText> copies;
  for (int i = 0; i < 2000; ++i) {
    // Small ones, and some that get a block of their own between them.
    texts.push_back(std::string(i % 100 == 7 ? 700'000 : i % 90, static_cast<char>('a' + i % 26)));
    copies.push_back(batch.Copy(texts.back()));
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_NE(copies[i].data, nullptr) << "an empty text is not NULL";
    ASSERT_EQ(View(copies[i]), texts[i]) << i;
  }
}

TEST(RowBatch, ALargeTextLeavesTheBlockInUse) {
  RowBatch batch(0);
  batch.Copy("a");
  const std::size_t before = batch.bytes();
  batch.Copy(std::string(100'000, 'x'));
  EXPECT_LE(batch.bytes(), before + 125'000) << "not much more room than it needs";
  const std::size_t after = batch.bytes();
  batch.Copy("b");
  EXPECT_EQ(batch.bytes(), after) << "the block before still has room";
}

TEST(RowBatch, LargeTextsOfNearlyOneSizeTakeEqualRoom) {
  std::size_t room = 0;
  for (const std::size_t size : {1'130'000u, 1'160'000u, 1'190'000u}) {
    RowBatch batch(0);
    batch.Reserve(size);
    if (room == 0) room = batch.bytes();
    EXPECT_EQ(batch.bytes(), room) << size;
  }
}

TEST(RowBatch, ShrinkGivesBackTheLatestOnly) {
  RowBatch batch(0);
  char *first = batch.Reserve(100);
  char *second = batch.Reserve(100);
  batch.Shrink(first, 1, 100);
  EXPECT_EQ(batch.Reserve(10), second + 100) << "the second follows the first";
  char *third = batch.Reserve(100);
  batch.Shrink(third, 3, 100);
  EXPECT_EQ(batch.Reserve(1), third + 3);
  char *large = batch.Reserve(100'000);
  batch.Shrink(large, 1, 100'000);
  EXPECT_EQ(batch.Reserve(1), third + 4);
}

TEST(RowBatch, ItemsAreAlignedAndNull) {
  RowBatch batch(0);
  for (const std::size_t count : {0u, 1u, 3u, 100u, 50'000u}) {
    batch.Copy("x");
    const CrmText *items = batch.NewItems(count);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(items) % alignof(CrmText), 0u);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(items[i].data, nullptr);
  }
}

TEST(RowBatch, KeepDropsRowsAndColumns) {
  RowBatch batch(2);
  for (int i = 0; i < 4; ++i) {
    CrmValue *row = batch.AddRow();
    EXPECT_EQ(row[0].type, CrmType::kNull);
    row[0].type = row[1].type = CrmType::kInt;
    row[0].integer = i;
    row[1].integer = -i;
  }
  batch.DropLastRow();
  batch.Keep({false, true, true}, 1);
  ASSERT_EQ(batch.size(), 2u);
  ASSERT_EQ(batch.columns(), 1);
  EXPECT_EQ(batch.row(0)[0].integer, 1);
  EXPECT_EQ(batch.row(1)[0].integer, 2);
  batch.Keep({true, false}, 0);
  EXPECT_EQ(batch.size(), 1u);
}

}  // namespace
}  // namespace crm
