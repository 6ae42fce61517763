#include "core/value.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "core/crypto.h"
#include "core/read_request.h"
#include "core/row_batch.h"

namespace crm {
namespace {

CrmText Text(std::string_view text) { return {text.data(), static_cast<std::int32_t>(text.size())}; }

TEST(ValueTest, OwnsWhatTheViewShows) {
  CrmValue view{};
  EXPECT_TRUE(Value::From(view).is_null());

  view.type = CrmType::kBool;
  view.boolean = true;
  EXPECT_TRUE(Value::From(view).boolean);

  for (const CrmType type : {CrmType::kInt, CrmType::kDate, CrmType::kTime, CrmType::kTimestamp}) {
    view.type = type;
    view.integer = INT64_MIN;
    EXPECT_EQ(Value::From(view).type, type);
    EXPECT_EQ(Value::From(view).integer, INT64_MIN);
  }
  view.type = CrmType::kDouble;
  view.real = 1.5;
  EXPECT_EQ(Value::From(view).real, 1.5);

  for (const CrmType type : {CrmType::kDecimal, CrmType::kText, CrmType::kJson, CrmType::kBytes}) {
    std::string text("a\0b", 3);
    view.type = type;
    view.text = Text(text);
    const Value value = Value::From(view);
    text.assign("xxx");
    EXPECT_EQ(value.text, std::string("a\0b", 3));
  }
}

TEST(ValueTest, ArrayKeepsNullAndEmptyApart) {
  const CrmText items[] = {Text("a"), {nullptr, 0}, Text("")};
  CrmValue view{};
  view.type = CrmType::kTextArray;
  view.array.items = items;
  view.array.count = 3;
  const Value value = Value::From(view);
  ASSERT_EQ(value.items.size(), 3u);
  EXPECT_EQ(value.items[0], "a");
  EXPECT_EQ(value.items[1], std::nullopt);
  EXPECT_EQ(value.items[2], "");
}

TEST(FieldTest, TraitsAreWholeWords) {
  Field field;
  EXPECT_FALSE(field.HasTrait("sortable"));
  field.traits = "filterable sortable  read_only";
  EXPECT_TRUE(field.HasTrait("filterable"));
  EXPECT_TRUE(field.HasTrait("sortable"));
  EXPECT_TRUE(field.HasTrait("read_only"));
  EXPECT_FALSE(field.HasTrait("sort"));
  EXPECT_FALSE(field.HasTrait("only"));
  EXPECT_FALSE(field.HasTrait(""));
}

TEST(RowBatchTest, RowsStartNullAndCanBeDropped) {
  RowBatch batch(2);
  EXPECT_EQ(batch.size(), 0u);
  CrmValue *row = batch.AddRow();
  EXPECT_EQ(row[0].type, CrmType::kNull);
  EXPECT_EQ(row[1].type, CrmType::kNull);
  row[1].type = CrmType::kInt;
  row[1].integer = 7;
  for (int i = 0; i < 100; ++i) batch.AddRow();
  EXPECT_EQ(batch.size(), 101u);
  EXPECT_EQ(batch.row(0)[1].integer, 7);
  batch.DropLastRow();
  EXPECT_EQ(batch.size(), 100u);
  EXPECT_EQ(batch.AddRow()[1].type, CrmType::kNull);
}

TEST(RowBatchTest, CountsRowsWithoutColumns) {
  RowBatch batch(0);
  batch.AddRow();
  batch.AddRow();
  EXPECT_EQ(batch.size(), 2u);
  batch.DropLastRow();
  EXPECT_EQ(batch.size(), 1u);
}

TEST(RowBatchTest, KeepsChosenRowsAndFirstColumns) {
  RowBatch batch(3);
  for (int i = 0; i < 4; ++i) {
    CrmValue *row = batch.AddRow();
    for (int c = 0; c < 3; ++c) {
      row[c].type = CrmType::kInt;
      row[c].integer = i * 10 + c;
    }
  }
  batch.Keep({true, false, true, true}, 2);
  ASSERT_EQ(batch.size(), 3u);
  ASSERT_EQ(batch.columns(), 2);
  EXPECT_EQ(batch.row(0)[1].integer, 1);
  EXPECT_EQ(batch.row(1)[0].integer, 20);
  EXPECT_EQ(batch.row(2)[1].integer, 31);
  batch.Keep({false, true, true}, 0);
  EXPECT_EQ(batch.size(), 2u);
}

TEST(RowBatchTest, ViewsSurviveGrowth) {
  RowBatch batch(1);
  std::vector<CrmText> texts;
  for (int i = 0; i < 3000; ++i) texts.push_back(batch.Copy(std::string(i % 700, 'a' + i % 26)));
  const CrmText giant = batch.Copy(std::string(3 << 20, 'z'));
  const CrmText after = batch.Copy("after");
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(View(texts[i]), std::string(i % 700, 'a' + i % 26));
    ASSERT_NE(texts[i].data, nullptr) << "an empty text is not NULL";
  }
  EXPECT_EQ(giant.size, 3 << 20);
  EXPECT_EQ(View(giant).find_first_not_of('z'), std::string_view::npos);
  EXPECT_EQ(View(after), "after");
  EXPECT_GE(batch.bytes(), static_cast<std::size_t>(3 << 20));
}

TEST(RowBatchTest, ShrinkGivesRoomBack) {
  RowBatch batch(1);
  char *first = batch.Reserve(100);
  batch.Shrink(first, 3, 100);
  char *second = batch.Reserve(10);
  EXPECT_EQ(second, first + 3);
  batch.Shrink(first, 0, 3);  // no longer the last: nothing happens
  EXPECT_EQ(batch.Reserve(1), second + 10);
}

TEST(RowBatchTest, ItemsAreAligned) {
  RowBatch batch(1);
  for (int i = 0; i < 5000; ++i) {
    batch.Copy("x");
    CrmText *items = batch.NewItems(i % 9);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(items) % alignof(CrmText), 0u);
    for (int j = 0; j < i % 9; ++j) items[j] = {"y", 1};
  }
}

TEST(CryptoTest, Base64) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("api_key.0123:"), "YXBpX2tleS4wMTIzOg==");
  EXPECT_EQ(Base64(std::string(1000, '\xFF')).size(), 1336u);
}

TEST(CryptoTest, Sha256) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace crm
