// Any bytes as a page: no crash, and what comes out is what PostgreSQL takes. The first byte picks the shape.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/decimal.h"
#include "core/error.h"
#include "core/json_text.h"
#include "core/page_reader.h"
#include "core/value.h"

namespace {

void Require(bool holds, const char *what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

void CheckText(std::string_view text) {
  std::vector<std::size_t> mended;
  crm::MendUtf8(text, mended);
  Require(mended.empty(), "text is not UTF-8", text);
  Require(text.find('\0') == std::string_view::npos, "text holds NUL", text);
}

// Reads JSON as another parser does. A number beyond a double is fine for jsonb.
struct Judge : nlohmann::json_sax<nlohmann::json> {
  static constexpr int kNumberOverflow = 406;

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t & /*token*/) override { return true; }
  bool string(string_t &text) override {
    CheckText(text);
    return true;
  }
  bool binary(binary_t & /*value*/) override { return true; }
  bool start_object(std::size_t /*elements*/) override { return Open(); }
  bool key(string_t &text) override { return string(text); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t /*elements*/) override { return Open(); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t /*position*/, const std::string & /*token*/,
                   const nlohmann::detail::exception &error) override {
    overflowed = overflowed || error.id == kNumberOverflow;
    return false;
  }

  bool Open() { return ++depth <= crm::kMaxJsonNesting; }
  bool Close() {
    --depth;
    return true;
  }
  int depth = 0;
  bool overflowed = false;
};

void CheckJson(std::string_view text) {
  CheckText(text);
  Judge judge;
  Require(nlohmann::json::sax_parse(text, &judge) || judge.overflowed, "not JSON", text);
}

void CheckCell(const CrmValue &cell, CrmType wanted) {
  if (cell.type == CrmType::kNull) return;
  Require(cell.type == wanted, "cell of another type", std::to_string(static_cast<int>(cell.type)));
  switch (cell.type) {
    case CrmType::kText:
      CheckText(crm::View(cell.text));
      break;
    case CrmType::kJson:
      CheckJson(crm::View(cell.text));
      break;
    case CrmType::kDecimal: {
      const auto number = crm::ParseDecimal(crm::View(cell.text), crm::NumberGrammar::kLoose);
      Require(number && crm::FitsNumeric(*number), "not numeric", crm::View(cell.text));
      break;
    }
    case CrmType::kTextArray:
      for (int i = 0; i < cell.array.count; ++i) CheckText(crm::View(cell.array.items[i]));
      break;
    default:
      break;
  }
}

bool SameCell(const CrmValue &a, const CrmValue &b) {
  const crm::Value left = crm::Value::From(a), right = crm::Value::From(b);
  return left.type == right.type && left.boolean == right.boolean && left.integer == right.integer &&
         left.real == right.real && left.text == right.text && left.items == right.items;
}

crm::PageShape MakeShape(unsigned variant) {
  static constexpr CrmType kTypes[] = {CrmType::kText,      CrmType::kInt,  CrmType::kDecimal,
                                       CrmType::kDouble,    CrmType::kBool, CrmType::kDate,
                                       CrmType::kTimestamp, CrmType::kJson, CrmType::kTextArray};
  crm::PageShape shape;
  const auto add = [&](std::vector<std::string> path, CrmType type) -> crm::ColumnShape & {
    shape.columns.emplace_back();
    shape.columns.back().path = std::move(path);
    shape.columns.back().type = type;
    return shape.columns.back();
  };
  add({"id"}, CrmType::kText);
  if (variant % 2 == 0) shape.id_path = {"id"};
  for (std::size_t i = 0; i < std::size(kTypes); ++i) {
    add({std::string(1, static_cast<char>('a' + i))}, variant % 3 == 0 ? kTypes[i] : CrmType::kJson)
        .fallback = {"n", std::string(1, static_cast<char>('a' + i))};
  }
  add({"p", "q"}, CrmType::kText);
  add({"p", "r", "s"}, CrmType::kDecimal).minor_digits = static_cast<int>(variant % 5);
  add({"p"}, CrmType::kJson);
  add({"l", "0", "m"}, CrmType::kJson);
  add({"l", "[]", "m"}, CrmType::kTextArray).fallback = {"n", "l", "[]"};
  add({"l", "[]", "k", "[]"}, CrmType::kTextArray);
  add({"l", "1", "k", "[]", "m"}, CrmType::kTextArray);
  add({"l"}, CrmType::kJson);
  if (variant % 7 < 4) {
    shape.raw_column = static_cast<int>(shape.columns.size());
    add({}, CrmType::kJson);
  }
  if (variant % 4 < 2) {
    shape.rest_column = static_cast<int>(shape.columns.size());
    add({}, CrmType::kJson);
    shape.rest_excludes = {"x"};
  }
  if (variant % 11 != 0) shape.rows_key = "data";
  return shape;
}

void CheckPage(const crm::PageShape &shape, const crm::RowBatch &batch, const crm::PageInfo &info) {
  Require(info.ids.size() == batch.size(), "one id per row", "");
  for (const std::string &id : info.ids) CheckText(id);
  for (const crm::PageInfo::Member &member : info.members) CheckText(member.text);
  for (std::size_t row = 0; row < batch.size(); ++row) {
    for (int column = 0; column < batch.columns(); ++column) {
      CheckCell(batch.row(row)[column], shape.columns[column].type);
    }
  }
}

// A record's raw JSON, read again, gives the same cells.
void CheckAgain(const crm::PageShape &shape, const crm::RowBatch &batch) {
  if (shape.raw_column == crm::kNoColumn) return;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    const std::string raw(crm::View(batch.row(row)[shape.raw_column].text));
    crm::RowBatch again(batch.columns());
    crm::PageInfo info;
    crm::ReadPage(shape.rows_key.empty() ? raw : "{\"data\":[" + raw + "]}", shape, again, info);
    Require(again.size() == 1, "one row again", raw);
    for (int column = 0; column < batch.columns(); ++column) {
      Require(column == shape.rest_column || SameCell(batch.row(row)[column], again.row(0)[column]),
              "another cell from the same record", raw);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size == 0) return 0;
  const crm::PageShape shape = MakeShape(data[0]);
  crm::RowBatch batch(static_cast<int>(shape.columns.size()));
  crm::PageInfo info;
  std::vector<std::int64_t> absent;
  try {
    crm::ReadPage(std::string(reinterpret_cast<const char *>(data + 1), size - 1), shape, batch, info,
                  &absent);
  } catch (const crm::Error &error) {
    Require(error.kind == CrmErrorKind::kMalformedAnswer || error.kind == CrmErrorKind::kBadValue,
            "error of another kind", error.message);
    CheckText(error.message);
    CheckText(error.detail);
    CheckText(error.value);
    return 0;
  }
  CheckPage(shape, batch, info);
  CheckAgain(shape, batch);
  return 0;
}
