#include "core/page_reader.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/value.h"

namespace crm {
namespace {

ColumnShape Column(std::vector<std::string> path, CrmType type, int minor_digits = 0) {
  ColumnShape column;
  column.path = std::move(path);
  column.type = type;
  column.minor_digits = minor_digits;
  return column;
}

// Reads pages and shows cells as text: "NULL", t/f, numbers, texts as they are, {a,NULL} for arrays.
class PageReaderTest : public testing::Test {
 protected:
  PageReaderTest() {
    shape_.rows_key = "data";
    shape_.id_path = {"id"};
  }

  RowBatch &Read(std::string body, std::vector<std::int64_t> *absent = nullptr) {
    batch_ = std::make_unique<RowBatch>(static_cast<int>(shape_.columns.size()));
    info_ = PageInfo();
    ReadPage(std::move(body), shape_, *batch_, info_, absent);
    EXPECT_EQ(info_.ids.size(), batch_->size());
    return *batch_;
  }

  // The cell of a single record whose member "x" is `json`.
  std::string Cell(CrmType type, const std::string &json, int minor_digits = 0) {
    shape_.columns = {Column({"x"}, type, minor_digits)};
    return Show(Read("{\"data\":[{\"id\":\"r\",\"x\":" + json + "}]}").row(0)[0]);
  }

  Error Fail(const std::string &body, std::vector<std::int64_t> *absent = nullptr) {
    try {
      Read(body, absent);
    } catch (const Error &error) {
      EXPECT_NE(error.kind, CrmErrorKind::kInternal) << error.message;
      EXPECT_FALSE(error.message.empty());
      return error;
    }
    ADD_FAILURE() << "no error for " << body;
    return Error(CrmErrorKind::kInternal, "");
  }

  // The detail of the error that such a cell is.
  std::string Bad(CrmType type, const std::string &json, int minor_digits = 0) {
    shape_.columns = {Column({"x"}, type, minor_digits)};
    const Error error = Fail("{\"data\":[{\"x\":" + json + ",\"id\":\"r\"}]}");
    EXPECT_EQ(error.kind, CrmErrorKind::kBadValue) << error.message;
    EXPECT_EQ(error.column, 0);
    EXPECT_EQ(error.record, "r") << "the id comes behind the bad cell";
    return error.detail;
  }

  static std::string Show(const CrmValue &cell) {
    switch (cell.type) {
      case CrmType::kNull:
        return "NULL";
      case CrmType::kBool:
        return cell.boolean ? "t" : "f";
      case CrmType::kDouble:
        return std::to_string(cell.real);
      case CrmType::kInt:
      case CrmType::kDate:
      case CrmType::kTime:
      case CrmType::kTimestamp:
        return std::to_string(cell.integer);
      case CrmType::kTextArray: {
        std::string text = "{";
        for (int i = 0; i < cell.array.count; ++i) {
          const CrmText &item = cell.array.items[i];
          text += (i > 0 ? "," : "") + (item.data == nullptr ? "NULL" : std::string(View(item)));
        }
        return text + "}";
      }
      default:
        return std::string(View(cell.text));
    }
  }

  PageShape shape_;
  std::unique_ptr<RowBatch> batch_;
  PageInfo info_;
};

TEST_F(PageReaderTest, ReadsRowsAndScalarsOnBothSides) {
  shape_.columns = {Column({"id"}, CrmType::kText), Column({"name"}, CrmType::kText),
                    Column({"value"}, CrmType::kInt)};
  RowBatch &batch = Read(R"({"has_more": true, "total_results": 1234, "nothing": null, "nested": {"a": 1},
    "data": [ {"id": "a", "name": "A", "value": 1}, {"value": 2, "id": "b", "skipped": [1, {"id": "no"}]},
              {"id": "c", "name": null, "value": null} ],
    "cursor": "x\u0041", "list": [1], "ratio": 5.0, "count": "7"})");
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_EQ(Show(batch.row(0)[1]), "A");
  EXPECT_EQ(Show(batch.row(1)[0]), "b");
  EXPECT_EQ(Show(batch.row(1)[1]), "NULL");
  EXPECT_EQ(Show(batch.row(1)[2]), "2");
  EXPECT_EQ(Show(batch.row(2)[2]), "NULL");
  EXPECT_EQ(info_.ids, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(info_.has_rows_key);
  EXPECT_EQ(info_.Bool("has_more"), true);
  EXPECT_EQ(info_.Integer("total_results"), 1234);
  EXPECT_EQ(info_.Integer("ratio"), 5);
  EXPECT_EQ(info_.Integer("has_more"), std::nullopt);
  EXPECT_EQ(info_.Integer("count"), std::nullopt) << "a string";
  EXPECT_EQ(info_.String("count"), "7");
  EXPECT_EQ(info_.String("cursor"), "xA");
  EXPECT_EQ(info_.String("nothing"), std::nullopt);
  EXPECT_EQ(info_.Bool("nothing"), std::nullopt);
  EXPECT_EQ(info_.String("absent"), std::nullopt);
  EXPECT_EQ(info_.String("nested"), std::nullopt);
  EXPECT_EQ(info_.Integer("nested.a"), 1);
  ASSERT_EQ(info_.members.size(), 7u);
  EXPECT_EQ(info_.members[2].key, "nothing");
  EXPECT_TRUE(info_.members[2].is_null);
}

TEST_F(PageReaderTest, EmptyPages) {
  shape_.columns = {Column({"id"}, CrmType::kText)};
  EXPECT_EQ(Read(R"({"data":[]})").size(), 0u);
  EXPECT_TRUE(info_.has_rows_key);
  EXPECT_EQ(Read(R"({"error":"no"})").size(), 0u);
  EXPECT_FALSE(info_.has_rows_key);
  EXPECT_EQ(info_.String("error"), "no");
  EXPECT_EQ(Read("{}").size(), 0u);
  EXPECT_EQ(Read(R"({"data":[{}]})").size(), 1u);
  EXPECT_EQ(info_.ids, std::vector<std::string>{""});
}

TEST_F(PageReaderTest, RootMayBeTheRecord) {
  shape_.rows_key.clear();
  shape_.columns = {Column({"id"}, CrmType::kText), Column({}, CrmType::kJson),
                    Column({"a", "b"}, CrmType::kInt)};
  shape_.raw_column = 1;
  RowBatch &batch = Read(" {\"id\":\"a\", \"a\":{\"b\":4}} \n");
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(Show(batch.row(0)[0]), "a");
  EXPECT_EQ(Show(batch.row(0)[1]), R"({"id":"a", "a":{"b":4}})");
  EXPECT_EQ(Show(batch.row(0)[2]), "4");
  EXPECT_TRUE(info_.has_rows_key);
}

TEST_F(PageReaderTest, AppendsToTheBatch) {
  shape_.columns = {Column({"id"}, CrmType::kText)};
  RowBatch batch(1);
  PageInfo info;
  ReadPage(R"({"data":[{"id":"a"}],"has_more":true})", shape_, batch, info);
  ReadPage(R"({"data":[{"id":"b"},{"id":"c"}],"has_more":false})", shape_, batch, info);
  ASSERT_EQ(batch.size(), 3u);
  EXPECT_EQ(info.ids, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(info.Bool("has_more"), false);
  EXPECT_EQ(Show(batch.row(0)[0]), "a");
}

TEST_F(PageReaderTest, RefusesWhatIsNoPage) {
  shape_.columns = {Column({"id"}, CrmType::kText)};
  for (const char *body : {"",
                           "  ",
                           "[]",
                           "[{\"id\":1}]",
                           "null",
                           "42",
                           "\"data\"",
                           "{",
                           "{\"data\":",
                           "{\"data\":[",
                           "{\"data\":[{",
                           "{\"data\":[{\"id\"",
                           "{\"data\":[{\"id\":",
                           "{\"data\":[{\"id\":\"a",
                           "{\"data\":[{\"id\":\"a\"",
                           "{\"data\":[{\"id\":\"a\"}",
                           "{\"data\":[{\"id\":\"a\"},",
                           "{\"data\":[{\"id\":\"a\"}]",
                           "{\"data\":[{\"id\":\"a\"}],",
                           "{\"data\":[{\"id\":\"a\"}],\"h\"",
                           "{\"data\":[{\"id\":\"a\"}]}}",
                           "{\"data\":[]}{\"data\":[]}",
                           "{\"data\":[]} x",
                           "{\"data\":[{\"id\":tru}]}",
                           "{\"data\":[{\"id\":nul}]}",
                           "{\"data\":[{\"id\":01}]}",
                           "{\"data\":[{\"id\" \"a\"}]}",
                           "{\"data\":[{\"id\":\"a\" \"b\":1}]}",
                           "{\"data\":[{\"id\":\"\\x\"}]}",
                           "{\"data\":[{\"id\":\"\\u00\"}]}",
                           "{\"data\":[{\"id\":\"a\nb\"}]}",
                           "{\"data\":[{id:1}]}",
                           "{\"data\":[{\"id\":\"a\"}{\"id\":\"b\"}]}",
                           "{\"data\":[1]}",
                           "{\"data\":[null]}",
                           "{\"data\":[[]]}",
                           "{\"data\":null}",
                           "{\"data\":{}}",
                           "{\"data\":\"\"}",
                           "{\"data\":[],\"data\":[]}",
                           "{\"m\":nul,\"data\":[]}",
                           "{\"m\":\"\\x\",\"data\":[]}",
                           "{\"\\x\":1,\"data\":[]}"}) {
    EXPECT_EQ(Fail(body).kind, CrmErrorKind::kMalformedAnswer) << body;
  }
}

TEST_F(PageReaderTest, EveryTruncationIsAnError) {
  shape_.columns = {Column({"id"}, CrmType::kText), Column({"x"}, CrmType::kJson),
                    Column({}, CrmType::kJson)};
  shape_.rest_column = 2;
  const std::string body =
      R"({"has_more":false,"data":[{"id":"a","x":{"k":[1,2,"s"]},"y":[true]},{"id":"b","x":1.5e3}],"total":2})";
  EXPECT_EQ(Read(body).size(), 2u);
  for (std::size_t size = 0; size < body.size(); ++size) {
    EXPECT_EQ(Fail(body.substr(0, size)).kind, CrmErrorKind::kMalformedAnswer) << body.substr(0, size);
  }
}

TEST_F(PageReaderTest, QuotesForeignAnswersButNoRecords) {
  shape_.columns = {Column({"id"}, CrmType::kText)};
  const Error html = Fail("<html>\n<head><title>502 Bad Gateway\xFF</title></head>" + std::string(500, 'x'));
  EXPECT_EQ(html.kind, CrmErrorKind::kMalformedAnswer);
  EXPECT_NE(html.detail.find("<html> <head><title>502 Bad Gateway\uFFFD</title>"), std::string::npos)
      << html.detail;
  EXPECT_LT(html.detail.size(), 200u);
  EXPECT_EQ(Fail("{\"data\":[{\"id\":\"secret").detail.find("secret"), std::string::npos);
}

TEST_F(PageReaderTest, SkipsAByteOrderMark) {
  shape_.columns = {Column({"id"}, CrmType::kText)};
  EXPECT_EQ(Read("\xEF\xBB\xBF{\"data\":[{\"id\":\"a\"}]}").size(), 1u);
}

TEST_F(PageReaderTest, Text) {
  EXPECT_EQ(Cell(CrmType::kText, R"("plain")"), "plain");
  EXPECT_EQ(Cell(CrmType::kText, R"("")"), "");
  EXPECT_EQ(Cell(CrmType::kText, R"("é\u00e9 \"q\" \\ \n")"), "éé \"q\" \\ \n");
  EXPECT_EQ(Cell(CrmType::kText, "null"), "NULL");
  EXPECT_EQ(Cell(CrmType::kText, "1.50"), "1.50") << "the token, not a number printed again";
  EXPECT_EQ(Cell(CrmType::kText, "12345678901234567890123"), "12345678901234567890123");
  EXPECT_EQ(Cell(CrmType::kText, "true"), "true");
  EXPECT_EQ(Cell(CrmType::kText, R"(["one"])"), "one");
  EXPECT_EQ(Cell(CrmType::kText, "[ 1 ]"), "1");
  EXPECT_EQ(Cell(CrmType::kText, "[null]"), "NULL");
  EXPECT_EQ(Cell(CrmType::kText, "[]"), "NULL");
  EXPECT_EQ(Bad(CrmType::kText, R"(["a","b"])"),
            "An array of more than one item does not fit into one text.");
  EXPECT_EQ(Bad(CrmType::kText, R"({"a":1})"), "A JSON object does not fit into one text.");
  Bad(CrmType::kText, R"([{"a":1}])");
}

TEST_F(PageReaderTest, Numbers) {
  EXPECT_EQ(Cell(CrmType::kInt, "42"), "42");
  EXPECT_EQ(Cell(CrmType::kInt, "5.0"), "5");
  EXPECT_EQ(Cell(CrmType::kInt, "1e3"), "1000");
  EXPECT_EQ(Cell(CrmType::kInt, R"("-42")"), "-42");
  EXPECT_EQ(Cell(CrmType::kInt, "9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(Cell(CrmType::kInt, "50000", 2), "500");
  EXPECT_EQ(Cell(CrmType::kInt, "null"), "NULL");
  EXPECT_EQ(Bad(CrmType::kInt, "9223372036854775808"), "The number is beyond the range of bigint.");
  EXPECT_EQ(Bad(CrmType::kInt, "1e30"), "The number is beyond the range of bigint.");
  EXPECT_EQ(Bad(CrmType::kInt, "5.5"), "Expected a whole number.");
  EXPECT_EQ(Bad(CrmType::kInt, "50050", 2), "Expected a whole number.");
  EXPECT_EQ(Bad(CrmType::kInt, R"("")"), "An empty text is not a number.");
  EXPECT_EQ(Bad(CrmType::kInt, R"("309;388")"), "Expected a number.");
  EXPECT_EQ(Bad(CrmType::kInt, "true"), "Expected a number.");
  EXPECT_EQ(Bad(CrmType::kInt, "[1]"), "Expected a number.");
  EXPECT_EQ(Cell(CrmType::kDouble, "0.1"), "0.100000");
  EXPECT_EQ(Cell(CrmType::kDouble, "50000", 2), "500.000000");
  EXPECT_EQ(Cell(CrmType::kDouble, R"("1.5e1")"), "15.000000");
  EXPECT_EQ(Bad(CrmType::kDouble, "1e400"), "The number is beyond the range of double precision.");
}

TEST_F(PageReaderTest, DecimalsKeepTheirDigits) {
  EXPECT_EQ(Cell(CrmType::kDecimal, "0.10"), "0.10");
  EXPECT_EQ(Cell(CrmType::kDecimal, "123456789012345678.123456789"), "123456789012345678.123456789");
  EXPECT_EQ(Cell(CrmType::kDecimal, "1e400"), "1e400");
  EXPECT_EQ(Cell(CrmType::kDecimal, "-0"), "-0");
  EXPECT_EQ(Cell(CrmType::kDecimal, R"("+1.50")"), "+1.50");
  EXPECT_EQ(Cell(CrmType::kDecimal, R"("\u0031")"), "1");
  EXPECT_EQ(Cell(CrmType::kDecimal, "50000", 2), "500.00");
  EXPECT_EQ(Cell(CrmType::kDecimal, "5", 2), "0.05");
  EXPECT_EQ(Cell(CrmType::kDecimal, "-5", 2), "-0.05");
  EXPECT_EQ(Cell(CrmType::kDecimal, R"("12.5")", 2), "0.125");
  EXPECT_EQ(Cell(CrmType::kDecimal, "1e3", 2), "1e1");
  EXPECT_EQ(Bad(CrmType::kDecimal, "1e16001"), "The number is beyond the range of numeric.");
  EXPECT_EQ(Bad(CrmType::kDecimal, "1e-16001"), "The number is beyond the range of numeric.");
  EXPECT_EQ(Cell(CrmType::kDecimal, "1e16000"), "1e16000");
  EXPECT_EQ(Bad(CrmType::kDecimal, "0." + std::string(16'382, '1'), 2),
            "The number is beyond the range of numeric.");
  EXPECT_EQ(Bad(CrmType::kDecimal, R"("")"), "An empty text is not a number.");
  EXPECT_EQ(Bad(CrmType::kDecimal, R"("$500")"), "Expected a number.");
  EXPECT_EQ(Bad(CrmType::kDecimal, R"("NaN")"), "Expected a number.");
}

TEST_F(PageReaderTest, BooleansDatesAndTimes) {
  EXPECT_EQ(Cell(CrmType::kBool, "true"), "t");
  EXPECT_EQ(Cell(CrmType::kBool, "false"), "f");
  EXPECT_EQ(Cell(CrmType::kBool, R"("true")"), "t");
  EXPECT_EQ(Cell(CrmType::kBool, "null"), "NULL");
  for (const char *json : {R"("")", R"("yes")", "1", "0", "[]", "{}", R"("TRUE")"}) {
    EXPECT_EQ(Bad(CrmType::kBool, json), "Expected true or false.") << json;
  }
  EXPECT_EQ(Cell(CrmType::kDate, R"("2000-01-02")"), "1");
  for (const char *json : {R"("")", R"("2025-02-29")", R"("2026-01-01T00:00:00Z")", "20260101", "{}"}) {
    EXPECT_EQ(Bad(CrmType::kDate, json), "Expected a date, YYYY-MM-DD.") << json;
  }
  EXPECT_EQ(Cell(CrmType::kTimestamp, R"("2000-01-01 00:00:01.5+00:00")"), "1500000");
  EXPECT_EQ(Cell(CrmType::kTimestamp, R"("2000-01-02")"), "86400000000");
  EXPECT_EQ(Cell(CrmType::kTimestamp, R"("2000-01-01T00:00:00\u005a")"), "0");
  for (const char *json : {R"("")", R"("now")", "1750332259", "true", "[]"}) {
    EXPECT_EQ(Bad(CrmType::kTimestamp, json), "Expected a date and time in ISO 8601.") << json;
  }
}

TEST_F(PageReaderTest, TextArrays) {
  EXPECT_EQ(Cell(CrmType::kTextArray, R"(["a", null, "", "b\u0063", 1.50, true])"), "{a,NULL,,bc,1.50,true}");
  EXPECT_EQ(Cell(CrmType::kTextArray, "[]"), "{}");
  EXPECT_EQ(Cell(CrmType::kTextArray, "null"), "NULL");
  EXPECT_EQ(Cell(CrmType::kTextArray, R"("a")"), "{a}");
  EXPECT_EQ(Cell(CrmType::kTextArray, "7"), "{7}");
  EXPECT_EQ(Cell(CrmType::kTextArray, R"(["a,b]","\"" , "\\"])"), R"({a,b],",\})");
  Bad(CrmType::kTextArray, R"([["a"]])");
  Bad(CrmType::kTextArray, R"([{"a":1}])");
  Bad(CrmType::kTextArray, R"({"a":1})");
}

TEST_F(PageReaderTest, TrimmedDecimals) {
  const auto trimmed = [&](const std::string &json) {
    shape_.columns = {Column({"x"}, CrmType::kDecimal)};
    shape_.columns.front().trimmed = true;
    return Show(Read("{\"data\":[{\"id\":\"r\",\"x\":" + json + "}]}").row(0)[0]);
  };
  EXPECT_EQ(trimmed("300.0"), "300");
  EXPECT_EQ(trimmed("1.0E7"), "10000000");
  EXPECT_EQ(trimmed("-1.250"), "-1.25");
  EXPECT_EQ(trimmed("1.5e-3"), "0.0015");
  EXPECT_EQ(trimmed("0.0"), "0");
  EXPECT_EQ(trimmed("100"), "100");
}

TEST_F(PageReaderTest, ListsInOneText) {
  const auto split = [&](const std::string &json) {
    shape_.columns = {Column({"x"}, CrmType::kTextArray)};
    shape_.columns.front().separator = ';';
    return Show(Read("{\"data\":[{\"id\":\"r\",\"x\":" + json + "}]}").row(0)[0]);
  };
  EXPECT_EQ(split("\"a;b c;d\""), "{a,b c,d}");
  EXPECT_EQ(split("\"a\""), "{a}");
  EXPECT_EQ(split("\"\\u0061;b\""), "{a,b}");
  EXPECT_EQ(split("null"), "NULL");
}

TEST_F(PageReaderTest, Json) {
  EXPECT_EQ(Cell(CrmType::kJson, R"({"a": [1, "x"]})"), R"({"a": [1, "x"]})");
  EXPECT_EQ(Cell(CrmType::kJson, R"("text")"), R"("text")");
  EXPECT_EQ(Cell(CrmType::kJson, "1.50"), "1.50");
  EXPECT_EQ(Cell(CrmType::kJson, "null"), "NULL");
  EXPECT_EQ(Cell(CrmType::kJson, R"(["\u0000","\ud800","\ud83d\ude00"])"),
            R"(["\ufffd","\ufffd","\ud83d\ude00"])");
  EXPECT_EQ(batch_->repaired, 1);
  EXPECT_EQ(Bad(CrmType::kJson, std::string(65, '[') + std::string(65, ']')),
            "JSON is nested deeper than 64 levels.");
  EXPECT_EQ(Cell(CrmType::kJson, std::string(64, '[') + std::string(64, ']')).size(), 128u);
  EXPECT_EQ(Bad(CrmType::kJson, R"({"a":[1e131072]})"),
            "A number in the JSON is beyond the range of numeric.");
}

TEST_F(PageReaderTest, MendsTextAndCounts) {
  EXPECT_EQ(Cell(CrmType::kText, R"("a\u0000b")"), "a\uFFFDb");
  EXPECT_EQ(batch_->repaired, 1);
  EXPECT_EQ(Cell(CrmType::kText, R"("\ud800 \udc00")"), "\uFFFD \uFFFD");
  EXPECT_EQ(batch_->repaired, 1) << "per text, not per character";
  EXPECT_EQ(Cell(CrmType::kText, "\"a\xFF\xC3(\""), "a\uFFFD\uFFFD(");
  EXPECT_EQ(batch_->repaired, 1);
  EXPECT_EQ(Cell(CrmType::kText, "\"\uFFFD\""), "\uFFFD");
  EXPECT_EQ(batch_->repaired, 0) << "it came so";
  EXPECT_EQ(Cell(CrmType::kJson, "{\"a\xFF\":1}"), "{\"a\uFFFD\":1}");
  EXPECT_EQ(batch_->repaired, 1);
  EXPECT_EQ(Cell(CrmType::kTextArray, "[\"a\xFF\",\"b\",\"\\u0000\"]"), "{a\uFFFD,b,\uFFFD}");
  EXPECT_EQ(batch_->repaired, 2);
}

TEST_F(PageReaderTest, BadBytesElsewhereKillNothing) {
  shape_.columns = {Column({"id"}, CrmType::kText), Column({"x"}, CrmType::kText)};
  shape_.id_path.clear();
  RowBatch &batch = Read(
      "{\"data\":[{\"id\":\"a\",\"other\":\"\xFF\xFE\",\"x\":\"fine\"},{\"id\":\"b\xFF\"}],\"m\":\"\xFF\"}");
  ASSERT_EQ(batch.size(), 2u);
  EXPECT_EQ(Show(batch.row(0)[1]), "fine");
  EXPECT_EQ(Show(batch.row(1)[0]), "b\uFFFD");
  EXPECT_EQ(batch.repaired, 1);
  EXPECT_EQ(info_.String("m"), "\uFFFD");
  EXPECT_EQ(Fail("{\"data\":[{\"id\":\xFF}]}").kind, CrmErrorKind::kMalformedAnswer);
}

TEST_F(PageReaderTest, LastOfDuplicateKeysWins) {
  shape_.columns = {Column({"x"}, CrmType::kText), Column({"p", "q"}, CrmType::kInt)};
  const auto row = [&](const std::string &record) {
    RowBatch &batch = Read("{\"data\":[" + record + "]}");
    return Show(batch.row(0)[0]) + " " + Show(batch.row(0)[1]);
  };
  EXPECT_EQ(row(R"({"x":"1","x":"2","p":{"q":1,"q":2}})"), "2 2");
  EXPECT_EQ(row(R"({"x":"1","x":null,"p":{"q":1},"p":{}})"), "NULL NULL");
  EXPECT_EQ(row(R"({"x":"1","\u0078":"2","p":{"q":1},"p":null})"), "2 NULL");
  EXPECT_EQ(row(R"({"x":{},"x":"good","p":5,"p":{"q":3}})"), "good 3")
      << "a bad value that was replaced is none";
  EXPECT_EQ(Fail(R"({"data":[{"x":"good","x":{}}]})").kind, CrmErrorKind::kBadValue);
  EXPECT_EQ(Fail(R"({"data":[{"p":{"q":1},"p":5}]})").kind, CrmErrorKind::kBadValue);
}

TEST_F(PageReaderTest, KeysCompareDecoded) {
  shape_.columns = {Column({"a\"b"}, CrmType::kInt), Column({"c\\"}, CrmType::kInt),
                    Column({"é"}, CrmType::kInt)};
  RowBatch &batch = Read(
      R"({"data":[{"a\"b":1,"c\\":2,"\u00e9":3},{"a\u0022b":4,"c\\":5,"é":6},{"a\\":7,"c\\\"":8,"c":9}]})");
  EXPECT_EQ(Show(batch.row(0)[0]) + Show(batch.row(0)[1]) + Show(batch.row(0)[2]), "123");
  EXPECT_EQ(Show(batch.row(1)[0]) + Show(batch.row(1)[1]) + Show(batch.row(1)[2]), "456");
  EXPECT_EQ(Show(batch.row(2)[0]) + Show(batch.row(2)[1]) + Show(batch.row(2)[2]), "NULLNULLNULL");
}

TEST_F(PageReaderTest, PredictedKeysNeverMislead) {
  // Orders, gaps and prefixes change from record to record.
  shape_.columns = {Column({"a"}, CrmType::kInt), Column({"ab"}, CrmType::kInt),
                    Column({"abc"}, CrmType::kInt)};
  shape_.id_path.clear();
  RowBatch &batch =
      Read(R"({"data":[{"a":1,"ab":2,"abc":3},{"ab":2,"a":1},{"abc":3,"ab":2,"a":1},{"x":9,"a":1},
    {"x":9,"abc":3},{"a":1,"abcd":9,"ab":2},{"a":1,"abcd":9,"abc":3},{}]})");
  const char *expected[] = {"1 2 3",       "1 2 NULL", "1 2 3",    "1 NULL NULL",
                            "NULL NULL 3", "1 2 NULL", "1 NULL 3", "NULL NULL NULL"};
  for (std::size_t i = 0; i < batch.size(); ++i) {
    EXPECT_EQ(Show(batch.row(i)[0]) + " " + Show(batch.row(i)[1]) + " " + Show(batch.row(i)[2]), expected[i])
        << i;
  }
}

TEST_F(PageReaderTest, Paths) {
  shape_.columns = {Column({"custom.cf_x"}, CrmType::kText), Column({"Account", "Name"}, CrmType::kText),
                    Column({"Account", "Owner", "Id"}, CrmType::kText), Column({"Account"}, CrmType::kJson),
                    Column({"Account", "Name"}, CrmType::kJson)};
  RowBatch &batch = Read(R"({"data":[
    {"custom.cf_x":"flat","custom":{"cf_x":"nested"},"Account":{"Name":"A","Owner":{"Id":"o"}}},
    {"Account":null},{"Account":{"Owner":null}}]})");
  EXPECT_EQ(Show(batch.row(0)[0]), "flat");
  EXPECT_EQ(Show(batch.row(0)[1]), "A");
  EXPECT_EQ(Show(batch.row(0)[2]), "o");
  EXPECT_EQ(Show(batch.row(0)[3]), R"({"Name":"A","Owner":{"Id":"o"}})");
  EXPECT_EQ(Show(batch.row(0)[4]), R"("A")");
  for (int column = 0; column < 5; ++column) EXPECT_EQ(Show(batch.row(1)[column]), "NULL");
  EXPECT_EQ(Show(batch.row(2)[3]), R"({"Owner":null})");
  const Error error = Fail(R"({"data":[{"id":"r","Account":[1,2]}]})");
  EXPECT_EQ(error.kind, CrmErrorKind::kBadValue);
  EXPECT_EQ(error.record, "r");
  EXPECT_EQ(error.value, "[1,2]");
}

TEST_F(PageReaderTest, SeveralColumnsReadOneList) {
  shape_.columns = {Column({"emails"}, CrmType::kJson), Column({"emails", "0", "email"}, CrmType::kText),
                    Column({"emails", "1", "email"}, CrmType::kText),
                    Column({"emails", "[]", "email"}, CrmType::kTextArray),
                    Column({"emails", "[]", "type"}, CrmType::kTextArray)};
  RowBatch &batch = Read(R"({"data":[
    {"emails":[{"email":"a","type":"x"},{"type":"y","email":"b"},{"email":"c","z":[1]}],"id":"r"},
    {"id":"s","emails":[ {"email":"\u0061,\"","type":7} , {"type":true,"email":null} ]},
    {"emails":[null,{"email":"b"}]}, {"emails":[]}, {"emails":null}, {}, {"emails":[{}]}]})");
  const char *expected[] = {"a b {a,b,c} {x,y}", "a,\" NULL {a,\"} {7,true}", "NULL b {b} {}",
                            "NULL NULL {} {}",   "NULL NULL NULL NULL",       "NULL NULL NULL NULL",
                            "NULL NULL {} {}"};
  ASSERT_EQ(batch.size(), std::size(expected));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const CrmValue *row = batch.row(i);
    EXPECT_EQ(Show(row[1]) + " " + Show(row[2]) + " " + Show(row[3]) + " " + Show(row[4]), expected[i]) << i;
  }
  EXPECT_EQ(Show(batch.row(0)[0]),
            R"([{"email":"a","type":"x"},{"type":"y","email":"b"},{"email":"c","z":[1]}])");
  EXPECT_EQ(Show(batch.row(3)[0]), "[]");
  EXPECT_EQ(info_.ids, (std::vector<std::string>{"r", "s", "", "", "", "", ""}));
}

TEST_F(PageReaderTest, ListsInLists) {
  shape_.columns = {Column({"contacts", "[]", "emails", "[]", "email"}, CrmType::kTextArray),
                    Column({"contacts", "0", "emails", "[]", "email"}, CrmType::kTextArray),
                    Column({"contacts", "[]", "emails", "0", "email"}, CrmType::kTextArray),
                    Column({"contacts", "1", "emails", "1", "email"}, CrmType::kText),
                    Column({"contacts", "[]", "name"}, CrmType::kTextArray)};
  const auto row = [&](const std::string &contacts) {
    const CrmValue *cells = Read("{\"data\":[{\"contacts\":" + contacts + "}]}").row(0);
    std::string text = Show(cells[0]);
    for (int column = 1; column < 5; ++column) text += " " + Show(cells[column]);
    return text;
  };
  EXPECT_EQ(row(R"([{"name":"A","emails":[{"email":"a"},{"email":"b"}]},{"emails":[{"email":"c"},
    {"email":"d"},{"email":"e"}],"name":"B"}])"),
            "{a,b,c,d,e} {a,b} {a,c} d {A,B}");
  EXPECT_EQ(row(R"([{"emails":[],"name":null},{"emails":null},{},null,{"emails":[{"email":"x"}]}])"),
            "{x} {} {x} NULL {}");
  EXPECT_EQ(row(R"([{"emails":null}])"), "{} NULL {} NULL {}") << "no list where the first [] stands";
  EXPECT_EQ(row("[]"), "{} NULL {} NULL {}");
  EXPECT_EQ(row("null"), "NULL NULL NULL NULL NULL");
}

TEST_F(PageReaderTest, ScalarsInLists) {
  shape_.columns = {Column({"x", "[]"}, CrmType::kTextArray), Column({"x", "1"}, CrmType::kDecimal),
                    Column({"y", "[]", "z"}, CrmType::kTextArray), Column({"y", "0", "z"}, CrmType::kJson)};
  RowBatch &batch = Read(R"({"data":[{"x":[1.50, 20, null, "t", []], "y":[{"z":["a",["b",[ null ],3]]},
    {"z":"c"},{"z":[]}]}, {"x":["[],",-1e2,"\\\"]"]}, {"x":[true]}]})");
  EXPECT_EQ(Show(batch.row(0)[0]) + Show(batch.row(0)[1]), "{1.50,20,t}20");
  EXPECT_EQ(Show(batch.row(0)[2]) + Show(batch.row(0)[3]), R"({a,b,3,c}["a",["b",[ null ],3]])");
  EXPECT_EQ(Show(batch.row(1)[0]) + Show(batch.row(1)[1]), R"({[],,-1e2,\"]}-1e2)");
  EXPECT_EQ(Show(batch.row(2)[0]) + Show(batch.row(2)[1]), "{true}NULL");
  shape_.columns.resize(1);
  EXPECT_EQ(Show(Read("{\"data\":[{\"x\":[\"a\xFF\",\"\\u0000\"]}]}").row(0)[0]), "{a\uFFFD,\uFFFD}");
  EXPECT_EQ(batch_->repaired, 2);
}

TEST_F(PageReaderTest, OnlyWantedElementsAreLookedAt) {
  shape_.columns = {Column({"x", "1", "y"}, CrmType::kInt)};
  EXPECT_EQ(Show(Read(R"({"data":[{"x":[{"y":"junk"},{"y":2},{"y":"junk"},7],"id":"r"}]})").row(0)[0]), "2");
  EXPECT_EQ(info_.ids, std::vector<std::string>{"r"});
}

TEST_F(PageReaderTest, ListsOfAnotherShape) {
  const auto fail = [&](std::vector<std::string> path, const std::string &json) {
    shape_.columns = {Column(std::move(path), CrmType::kTextArray)};
    const Error error = Fail("{\"data\":[{\"x\":" + json + ",\"id\":\"r\"}]}");
    EXPECT_EQ(error.kind, CrmErrorKind::kBadValue) << json;
    EXPECT_EQ(error.column, 0) << json;
    EXPECT_EQ(error.record, "r") << json;
    return error;
  };
  for (const std::string part : {"0", "[]"}) {
    for (const char *json : {R"({"0":{"y":1},"[]":1,"y":1})", "\"y\"", "1", "true"}) {
      const Error error = fail({"x", part, "y"}, json);
      EXPECT_EQ(error.detail, "The value that should hold the list is no JSON array.") << json;
    }
    for (const char *json : {"[1]", "[\"y\"]", "[[{\"y\":1}]]"}) {
      const Error error = fail({"x", part, "y"}, json);
      EXPECT_EQ(error.detail, "The value that should hold the field is no JSON object.") << json;
    }
    EXPECT_EQ(fail({"x", part, "y"}, R"([{"y":{"z":1}}])").value, R"({"z":1})");
    EXPECT_EQ(fail({"x", part, "y", "[]"}, R"([{"y":"z"}])").value, "z");
    fail({"x", part}, R"([{"y":1}])");
    fail({"x", "y"}, R"([{"y":1}])");
  }
  EXPECT_EQ(fail({"x", "[]", "y"}, R"([{"y":["a",{"b":1}]}])").message,
            "cannot read field \"x.[].y\" as text[]");
  shape_.columns = {Column({"x", "[]", "y"}, CrmType::kTextArray)};
  for (const char *json : {"[{\"y\":tru}]", "[{\"y\":[1 2]}]", "[{\"y\":1}", "[1,]", "[{\"y\":[nul]}]"}) {
    const CrmErrorKind kind = Fail("{\"data\":[{\"x\":" + std::string(json) + "}]}").kind;
    EXPECT_TRUE(kind == CrmErrorKind::kMalformedAnswer || kind == CrmErrorKind::kBadValue) << json;
  }
}

TEST_F(PageReaderTest, LastOfDuplicateKeysWinsInLists) {
  shape_.columns = {Column({"x", "[]", "y"}, CrmType::kTextArray), Column({"x", "0", "y"}, CrmType::kText),
                    Column({"x", "[]", "z", "[]"}, CrmType::kTextArray),
                    Column({"p", "l", "[]"}, CrmType::kTextArray)};
  const auto row = [&](const std::string &record) {
    const CrmValue *cells = Read("{\"data\":[" + record + "]}").row(0);
    return Show(cells[0]) + " " + Show(cells[1]) + " " + Show(cells[2]) + " " + Show(cells[3]);
  };
  EXPECT_EQ(row(R"({"x":[{"y":"a"},{"y":"b"}],"x":[{"y":"c"}]})"), "{c} c {} NULL");
  EXPECT_EQ(row(R"({"x":[{"y":"a"}],"x":null})"), "NULL NULL NULL NULL");
  EXPECT_EQ(row(R"({"x":[{"y":"a","y":"b","z":[1],"z":[2,3]},{"y":"c","y":"d","z":[4],"z":[5]}]})"),
            "{b,d} b {2,3,5} NULL")
      << "the duplicates of one element leave the others alone";
  EXPECT_EQ(row(R"({"x":[{"y":"a","y":null},{"y":"c","z":[7],"z":null}]})"), "{c} NULL {} NULL");
  EXPECT_EQ(row(R"({"x":[{"y":{},"y":"b"},{"z":5,"z":[6]}]})"), "{b} b {6} NULL") << "a replaced bad value";
  EXPECT_EQ(row(R"({"x":5,"x":[{"y":"b"}]})"), "{b} b {} NULL");
  EXPECT_EQ(row(R"({"p":{"l":["a"],"l":["b"]}})"), "NULL NULL NULL {b}");
  EXPECT_EQ(row(R"({"p":{"l":["a"],"l":null}})"), "NULL NULL NULL NULL");
  EXPECT_EQ(row(R"({"p":{"l":["a"]},"p":{}})"), "NULL NULL NULL NULL");
  EXPECT_EQ(Fail(R"({"data":[{"x":[{"y":{}},{"y":"a","y":"b"}]}]})").kind, CrmErrorKind::kBadValue)
      << "a duplicate in one element does not excuse another";
}

TEST_F(PageReaderTest, AbsentListsAndRequiredOnes) {
  shape_.columns = {Column({"x", "0", "y"}, CrmType::kInt), Column({"x", "[]", "y"}, CrmType::kTextArray),
                    Column({"p", "l", "[]"}, CrmType::kTextArray)};
  for (ColumnShape &column : shape_.columns) column.required = true;
  std::vector<std::int64_t> absent;
  EXPECT_EQ(Read(R"({"data":[{"x":[],"p":{}},{"x":null,"p":null},{"x":[{}],"p":{"l":[]}}]})", &absent).size(),
            3u);
  EXPECT_EQ(absent, (std::vector<std::int64_t>{0, 0, 0}));
  EXPECT_EQ(Fail(R"({"data":[{"x":[]}]})").column, 2);
  EXPECT_EQ(Fail(R"({"data":[{"p":{}}]})").kind, CrmErrorKind::kColumnLost);
}

TEST_F(PageReaderTest, ListsAsSecondPlaceAndInTheRest) {
  ColumnShape column = Column({"all"}, CrmType::kTextArray);
  column.fallback = {"x", "[]", "y"};
  shape_.columns = {column, Column({}, CrmType::kJson), Column({"l", "0"}, CrmType::kInt)};
  shape_.rest_column = 1;
  RowBatch &batch =
      Read(R"({"data":[{"x":[{"y":"a"}],"l":[7,8]},{"all":["b"],"x":[{"y":"a"}]},{"x":7,"m":[1]},
    {"x":[]},{}]})");
  const char *expected[] = {"{a}", "{b}", "NULL", "{}", "NULL"};
  for (std::size_t i = 0; i < batch.size(); ++i) EXPECT_EQ(Show(batch.row(i)[0]), expected[i]) << i;
  EXPECT_EQ(Show(batch.row(0)[1]), R"({"x":[{"y":"a"}]})");
  EXPECT_EQ(Show(batch.row(0)[2]), "7");
  EXPECT_EQ(Show(batch.row(2)[1]), R"({"x":7,"m":[1]})");
}

TEST_F(PageReaderTest, ListPathsThatNobodyCanRead) {
  RowBatch batch(1);
  shape_.columns = {Column({"x", "[]"}, CrmType::kText)};
  EXPECT_THROW(ReadPage("{}", shape_, batch, info_), Error);
  shape_.columns = {Column({"x", "2147483647"}, CrmType::kText)};
  EXPECT_THROW(ReadPage("{}", shape_, batch, info_), Error);
  shape_.columns = {Column({"0"}, CrmType::kText)};
  EXPECT_EQ(Show(Read(R"({"data":[{"0":"a"}]})").row(0)[0]), "a") << "a record is no list";
}

TEST_F(PageReaderTest, FallbackOnlyWhereTheFirstPlaceIsAbsent) {
  ColumnShape column = Column({"custom.cf_x"}, CrmType::kInt);
  column.fallback = {"custom", "cf_x"};
  shape_.columns = {column};
  const auto row = [&](const std::string &record) {
    return Show(Read("{\"data\":[" + record + "]}").row(0)[0]);
  };
  EXPECT_EQ(row(R"({"custom.cf_x":1,"custom":{"cf_x":2}})"), "1");
  EXPECT_EQ(row(R"({"custom":{"cf_x":2},"custom.cf_x":1})"), "1");
  EXPECT_EQ(row(R"({"custom":{"cf_x":2}})"), "2");
  EXPECT_EQ(row(R"({"custom":{"cf_x":2},"custom.cf_x":null})"), "NULL") << "null is not absent";
  EXPECT_EQ(row(R"({"custom":{"cf_x":"junk"},"custom.cf_x":1})"), "1")
      << "the second place does not matter then";
  EXPECT_EQ(row(R"({"custom":[]})"), "NULL");
  EXPECT_EQ(row(R"({"custom":null})"), "NULL");
  EXPECT_EQ(Fail(R"({"data":[{"custom":{"cf_x":"junk"},"id":"r"}]})").record, "r");
}

TEST_F(PageReaderTest, CountsAbsentKeys) {
  ColumnShape fallback = Column({"c"}, CrmType::kInt);
  fallback.fallback = {"custom", "c"};
  shape_.columns = {Column({"a"}, CrmType::kInt), fallback, Column({"p", "q"}, CrmType::kInt),
                    Column({}, CrmType::kText)};
  std::vector<std::int64_t> absent;
  Read(R"({"data":[{"a":1,"c":1,"p":{"q":1}},{"p":null},{"c":null,"p":{}}]})", &absent);
  EXPECT_EQ(absent, (std::vector<std::int64_t>{2, 0, 1, 0}))
      << "null is not absent, nor is a field of a null parent";
  Read(R"({"data":[{"custom":{"c":1}},{"p":{}}]})", &absent);
  EXPECT_EQ(absent, (std::vector<std::int64_t>{4, 1, 3, 0}));
  Read(R"({"data":[]})", &absent);
  EXPECT_EQ(absent, (std::vector<std::int64_t>{4, 1, 3, 0}));
  Read(R"({"data":[{"a":null}]})", &absent);
  EXPECT_EQ(absent, (std::vector<std::int64_t>{0, 2, 4, 0}));
}

TEST_F(PageReaderTest, RequiredColumns) {
  shape_.columns = {Column({"a"}, CrmType::kInt), Column({"b"}, CrmType::kInt)};
  shape_.columns[1].required = true;
  EXPECT_EQ(Read(R"({"data":[{"b":null},{"b":1}]})").size(), 2u);
  const Error error = Fail(R"({"data":[{"b":1},{"a":1,"id":"r"}]})");
  EXPECT_EQ(error.kind, CrmErrorKind::kColumnLost);
  EXPECT_EQ(error.column, 1);
  EXPECT_EQ(error.record, "r");
}

TEST_F(PageReaderTest, RawColumn) {
  shape_.columns = {Column({"id"}, CrmType::kText), Column({}, CrmType::kJson)};
  shape_.raw_column = 1;
  RowBatch &batch = Read(R"({"data":[ {"id":"a", "x":[1,{"y":"\ud800"}]} , {} ], "m":1})");
  EXPECT_EQ(Show(batch.row(0)[1]), R"({"id":"a", "x":[1,{"y":"\ufffd"}]})");
  EXPECT_EQ(Show(batch.row(1)[1]), "{}");
  EXPECT_EQ(batch.repaired, 1);
  const Error error =
      Fail("{\"data\":[{\"id\":\"r\",\"x\":" + std::string(64, '[') + std::string(64, ']') + "}]}");
  EXPECT_EQ(error.kind, CrmErrorKind::kBadValue);
  EXPECT_EQ(error.column, 1);
  EXPECT_EQ(error.record, "r");
}

TEST_F(PageReaderTest, RestColumn) {
  ColumnShape nested = Column({"custom.cf_x"}, CrmType::kText);
  nested.fallback = {"custom", "cf_x"};
  shape_.columns = {Column({"id"}, CrmType::kText), nested, Column({}, CrmType::kJson),
                    Column({"p", "q"}, CrmType::kInt)};
  shape_.rest_column = 2;
  shape_.rest_excludes = {"secret", "html"};
  RowBatch &batch = Read(R"({"data":[
    {"id":"a","n":1.50,"custom.cf_x":"v","s":"t\u0000","secret":{"a":1},"o":{"id":"kept"},"html":"<p>","z":null,"\u007a2":[ 1 ]},
    {"id":"b","p":{"q":1,"r":2}},
    {"id":"c","custom":{"cf_x":"v","cf_y":"w"}},
    {"n":2,"id":"d"}]})");
  EXPECT_EQ(Show(batch.row(0)[2]), R"({"n":1.50,"s":"t\ufffd","o":{"id":"kept"},"z":null,"\u007a2":[ 1 ]})");
  EXPECT_EQ(Show(batch.row(1)[2]), "{}");
  EXPECT_EQ(Show(batch.row(2)[2]), R"({"custom":{"cf_x":"v","cf_y":"w"}})")
      << "an object that is only searched stays";
  EXPECT_EQ(Show(batch.row(3)[2]), R"({"n":2})");
  EXPECT_EQ(batch.repaired, 1);
  const Error error =
      Fail("{\"data\":[{\"deep\":" + std::string(64, '[') + std::string(64, ']') + ",\"id\":\"r\"}]}");
  EXPECT_EQ(error.kind, CrmErrorKind::kBadValue);
  EXPECT_EQ(error.column, 2);
  EXPECT_EQ(error.record, "r");
}

TEST_F(PageReaderTest, ErrorsNameColumnRecordAndValue) {
  shape_.columns = {Column({"id"}, CrmType::kText), Column({"custom.cf_x"}, CrmType::kDate)};
  Error error =
      Fail(R"({"data":[{"id":"ok","custom.cf_x":"2026-01-01"},{"custom.cf_x":"1. Mai","id":"lead_1"}]})");
  EXPECT_EQ(error.column, 1);
  EXPECT_EQ(error.record, "lead_1");
  EXPECT_EQ(error.value, "1. Mai");
  EXPECT_EQ(error.message, "cannot read field \"custom.cf_x\" as date");
  error = Fail(R"({"data":[{"id":"r","custom.cf_x":")" + std::string(199, 'x') + "é" + std::string(900, 'y') +
               "\"}]}");
  EXPECT_EQ(error.value, std::string(199, 'x')) << "cut between characters";
  error = Fail("{\"data\":[{\"custom.cf_x\":[1,\n2]}]}");
  EXPECT_EQ(error.value, "[1, 2]") << "on one line";
  EXPECT_EQ(Fail("{\"data\":[{\"custom.cf_x\":{\"a\":\001}}]}").kind, CrmErrorKind::kMalformedAnswer);
  shape_.id_path = {"meta", "id"};
  EXPECT_EQ(Fail(R"({"data":[{"custom.cf_x":1,"meta":{"id":77}}]})").record, "77");
}

TEST_F(PageReaderTest, ColumnsWithoutAPathStayNull) {
  shape_.columns = {Column({}, CrmType::kText), Column({"id"}, CrmType::kText)};
  RowBatch &batch = Read(R"({"data":[{"id":"a","":"b"}]})");
  EXPECT_EQ(Show(batch.row(0)[0]), "NULL");
}

TEST_F(PageReaderTest, TwoColumnsMayReadOneField) {
  shape_.columns = {Column({"id"}, CrmType::kText), Column({"id"}, CrmType::kInt),
                    Column({"id"}, CrmType::kJson)};
  RowBatch &batch = Read(R"({"data":[{"id":"7"}]})");
  EXPECT_EQ(Show(batch.row(0)[0]) + Show(batch.row(0)[1]) + Show(batch.row(0)[2]), "77\"7\"");
}

TEST_F(PageReaderTest, NoColumnsCountsRows) {
  EXPECT_EQ(Read(R"({"data":[{"id":"a"},{"id":"b"}]})").size(), 2u);
  EXPECT_EQ(info_.ids, (std::vector<std::string>{"a", "b"}));
}

TEST_F(PageReaderTest, ShapeAndBatchMustAgree) {
  shape_.columns = {Column({"id"}, CrmType::kText)};
  RowBatch batch(2);
  EXPECT_THROW(ReadPage("{}", shape_, batch, info_), Error);
  shape_.columns = {Column({"id"}, CrmType::kBytes)};
  RowBatch one(1);
  EXPECT_THROW(ReadPage("{}", shape_, one, info_), Error);
}

TEST_F(PageReaderTest, ManyDistinctKeys) {
  shape_.columns = {Column({"last"}, CrmType::kInt)};
  std::string body = "{\"data\":[{";
  for (int i = 0; i < 10'000; ++i) body += "\"k" + std::to_string(i) + "\":[{\"last\":9}],";
  RowBatch &batch = Read(body + "\"last\":7}]}");
  EXPECT_EQ(Show(batch.row(0)[0]), "7");
}

TEST_F(PageReaderTest, GiantPage) {
  shape_.columns = {Column({"id"}, CrmType::kInt), Column({"t"}, CrmType::kText)};
  std::string body = "{\"data\":[";
  for (int i = 0; i < 6000; ++i) {
    body +=
        (i > 0 ? "," : "") + ("{\"id\":" + std::to_string(i)) + ",\"t\":\"" + std::string(1000, 'x') + "\"}";
  }
  RowBatch &batch = Read(body + "]}");
  ASSERT_EQ(batch.size(), 6000u);
  EXPECT_EQ(Show(batch.row(5999)[0]), "5999");
  EXPECT_EQ(batch.row(5999)[1].text.size, 1000);
}

// What PostgreSQL gets as JSON is read by another parser and gives the same values.
TEST_F(PageReaderTest, RawAgreesWithAnotherParser) {
  shape_.columns = {Column({}, CrmType::kJson), Column({}, CrmType::kJson)};
  shape_.raw_column = 0;
  shape_.rest_column = 1;
  const std::string record =
      R"({"a":[1,2.5e-3,{"b":"\u00e9\ud83d\ude00","c":[[],{}]}],"d":"\\\"\/","e":false})";
  RowBatch &batch = Read("{\"data\":[" + record + "]}");
  EXPECT_EQ(nlohmann::json::parse(Show(batch.row(0)[0])), nlohmann::json::parse(record));
  EXPECT_EQ(nlohmann::json::parse(Show(batch.row(0)[1])), nlohmann::json::parse(record));
}

}  // namespace
}  // namespace crm
