// Tables and columns, and the test of a connection.
#include <algorithm>
#include <map>

#include "close_support.h"
#include "providers/close/column_name.h"

namespace crm {
namespace {

using namespace close_test;  // NOLINT: the helpers of these tests
using close_crm::ColumnNames;
using close_crm::SnakeCase;

ImportRequest Request(std::vector<std::string> limit_to,
                      std::vector<std::pair<std::string, std::string>> options = {}) {
  ImportRequest request;
  request.limit_to = std::move(limit_to);
  for (const auto &[name, value] : options) request.options.Add(name, value, false);
  return request;
}

Outcome Import(ImportRequest request, const Json &fields = Json::array()) {
  return Drive(Close().Import(std::move(request), {}), [&](const Asked &) {
    return Answer(Json{{"object_type", "lead"}, {"fields", fields}});
  });
}

struct Column {
  std::string type, comment;
  bool not_null;
  std::map<std::string, std::string> options;
};

std::map<std::string, Column> Columns(const Outcome &outcome) {
  std::map<std::string, Column> columns;
  for (const auto &row : outcome.rows) {
    Column column{row[kImportType].text, row[kImportColumnComment].text, row[kImportNotNull].boolean, {}};
    const auto &options = row[kImportColumnOptions].items;
    for (std::size_t i = 0; i + 1 < options.size(); i += 2) column.options[*options[i]] = *options[i + 1];
    columns[row[kImportColumn].text] = column;
  }
  return columns;
}

TEST(CloseImport, AllTables) {
  const Outcome outcome = Import({});
  std::vector<std::string> tables;
  for (const auto &row : outcome.rows) {
    if (tables.empty() || tables.back() != row[kImportTable].text) tables.push_back(row[kImportTable].text);
    EXPECT_FALSE(row[kImportColumnComment].text.empty());
    EXPECT_EQ(row[kImportNotNull].boolean, row[kImportColumn].text == "id");
  }
  EXPECT_EQ(tables, (std::vector<std::string>{"leads", "contacts", "opportunities", "users", "lead_statuses",
                                              "opportunity_statuses", "pipelines", "tasks", "activities",
                                              "notes", "calls", "emails", "sms", "meetings", "smart_views"}));
  EXPECT_EQ(outcome.asked.size(), 12u);  // fields of three, counts of nine
}

TEST(CloseImport, LimitAndExceptComeBeforeRequests) {
  EXPECT_TRUE(Import(Request({"users", "pipelines"})).asked.empty());
  ImportRequest request;
  request.limit_to = {"leads", "opportunities"};
  request.except = {"leads"};
  const Outcome outcome = Import(std::move(request));
  ASSERT_EQ(outcome.asked.size(), 2u);
  EXPECT_EQ(outcome.asked[0].path, "/api/v1/custom_field_schema/opportunity/");
  EXPECT_EQ(outcome.asked[1].path, "/api/v1/opportunity/");
}

TEST(CloseImport, StandardColumns) {
  const Outcome outcome = Import(Request({"opportunities"}));
  EXPECT_EQ(outcome.rows[0][kImportTableOptions].items[0], "object");
  EXPECT_EQ(outcome.rows[0][kImportTableOptions].items[1], "opportunity");
  auto columns = Columns(outcome);
  EXPECT_EQ(columns["id"].type, "text COLLATE \"C\"");
  EXPECT_EQ(columns["id"].options["key"], "true");
  EXPECT_EQ(columns["value"].type, "numeric");
  EXPECT_EQ(columns["value"].options["traits"], "minor=2 filterable");
  EXPECT_EQ(columns["lead_id"].options["references"], "leads.id");
  EXPECT_EQ(columns["date_won"].type, "date");
  EXPECT_EQ(columns["date_created"].type, "timestamptz");
  EXPECT_EQ(columns["confidence"].type, "bigint");
  EXPECT_EQ(columns["attachments"].type, "jsonb");
  EXPECT_FALSE(columns.contains("custom"));
  EXPECT_FALSE(columns["note"].options.contains("references"));
}

Json CustomField(const char *id, const char *name, const char *type, bool several = false) {
  return {{"id", id}, {"name", name}, {"type", type}, {"accepts_multiple_values", several}};
}

TEST(CloseImport, CustomFieldsOfEveryType) {
  Json choices = CustomField("cf_6", "Region", "choices");
  choices["choices"] = {"North", "South"};
  choices["description"] = "Where it is";
  const Json fields = {CustomField("cf_1", "Text", "text"),          CustomField("cf_2", "Number", "number"),
                       CustomField("cf_3", "Day", "date"),           CustomField("cf_4", "When", "datetime"),
                       CustomField("cf_5", "Owner", "user"),         choices,
                       CustomField("cf_7", "Tags", "choices", true), CustomField("cf_8", "New", "hologram"),
                       {{"id", "cf_9"}, {"name", nullptr}}};
  auto columns = Columns(Import(Request({"leads"}), fields));
  EXPECT_EQ(columns["text"].type, "text");
  EXPECT_EQ(columns["text"].options["field"], "custom.cf_1");
  EXPECT_EQ(columns["text"].options["remote_type"], "text");
  EXPECT_FALSE(columns["text"].options.contains("traits"));
  EXPECT_EQ(columns["number"].type, "numeric");
  EXPECT_EQ(columns["day"].type, "date");
  EXPECT_EQ(columns["when"].type, "timestamptz");
  EXPECT_EQ(columns["owner"].options["references"], "users.id");
  EXPECT_EQ(columns["region"].comment, "Region (choices: North, South). Where it is");
  EXPECT_EQ(columns["tags"].type, "text[]");
  EXPECT_EQ(columns["tags"].options["traits"], "multi");
  EXPECT_EQ(columns["new"].type, "jsonb");
  EXPECT_EQ(columns["custom_field"].type, "jsonb");
  EXPECT_EQ(columns["custom_field"].options["remote_type"], "unknown");
}

TEST(CloseImport, ColumnsBeyondTheMaximumGoIntoProperties) {
  const std::size_t standard = Columns(Import(Request({"leads"}))).size();
  const Json fields = {CustomField("cf_1", "Raw", "text"), CustomField("cf_2", "Two", "text")};
  const auto columns = Columns(Import(
      Request({"leads"}, {{"max_columns", std::to_string(standard + 1)}, {"include_raw", "true"}}), fields));
  EXPECT_EQ(columns.size(), standard + 3);
  EXPECT_EQ(columns.at("raw").type, "text");
  EXPECT_EQ(columns.at("_raw").options.at("remote_type"), "_raw");
  EXPECT_EQ(columns.at("properties").options.at("remote_type"), "_properties");
  EXPECT_FALSE(columns.contains("two"));
  EXPECT_FALSE(Columns(Import(Request({"leads"}), fields)).contains("properties"));
}

TEST(CloseImport, RefusalsAndNonsense) {
  const auto kind = [](HttpResponse answer) {
    return Thrown(
               [&] { Drive(Close().Import(Request({"leads"}), {}), [&](const Asked &) { return answer; }); })
        .kind;
  };
  EXPECT_EQ(kind(Answer(404, R"({"error":"The requested URL was not found"})")),
            CrmErrorKind::kUnknownObject);
  EXPECT_EQ(kind(Answer(200, "[]")), CrmErrorKind::kMalformedAnswer);
  EXPECT_EQ(kind(Answer(200, "{}")), CrmErrorKind::kMalformedAnswer);
  // A table without a column for each of them would be no whole table.
  EXPECT_EQ(kind(Answer(200, R"({"fields":["junk"]})")), CrmErrorKind::kMalformedAnswer);
  EXPECT_EQ(kind(Answer(200, R"({"fields":[{"name":"no id"}]})")), CrmErrorKind::kMalformedAnswer);
}

TEST(CloseColumnName, SnakeCase) {
  EXPECT_EQ(SnakeCase("Deal Größe (€)"), "deal_größe");
  EXPECT_EQ(SnakeCase("  A--B  "), "a_b");
  EXPECT_EQ(SnakeCase("2nd Contact"), "_2nd_contact");
  EXPECT_EQ(SnakeCase("ÄÖ"), "ÄÖ");
  EXPECT_EQ(SnakeCase("🙂 顧客"), "顧客");
  EXPECT_EQ(SnakeCase("!!!"), "custom_field");
  EXPECT_EQ(SnakeCase(""), "custom_field");
}

TEST(CloseColumnName, ClashesGetTheirOwnSuffix) {
  const auto names = ColumnNames(
      {{"cf_1", "Region"}, {"cf_2", "region"}, {"cf_3", "Name"}, {"cf_4", "CTID"}, {"cf_5", "Ok"}},
      {"name", "id"});
  EXPECT_TRUE(names[0].starts_with("region_"));
  EXPECT_EQ(names[0].size(), 15u);
  EXPECT_TRUE(names[1].starts_with("region_"));
  EXPECT_NE(names[0], names[1]);
  EXPECT_TRUE(names[2].starts_with("name_"));
  EXPECT_TRUE(names[3].starts_with("ctid_"));
  EXPECT_EQ(names[4], "ok");
  // Whatever the other fields are.
  EXPECT_EQ(ColumnNames({{"cf_2", "region"}, {"cf_1", "Region"}}, {})[1], names[0]);
}

TEST(CloseColumnName, LongNamesAreCutAtACharacter) {
  std::string label;
  for (int i = 0; i < 40; ++i) label += "ü";
  const std::string name = ColumnNames({{"cf_1", label}}, {})[0];
  EXPECT_LE(name.size(), 63u);
  EXPECT_EQ(name.size(), 54u + 9u);
  EXPECT_EQ(name.substr(0, 54), label.substr(0, 54));
}

TEST(CloseTest, AccountAndUser) {
  const Outcome outcome = Drive(Close().Test({}), [](const Asked &request) {
    EXPECT_EQ(request.path, "/api/v1/me/");
    return Answer(200, R"({"id":"user_1","email":"a@b.test","api_key":"secret","organizations":
      [{"id":"orga_1","name":"Acme","currency":"EUR"}]})");
  });
  ASSERT_EQ(outcome.rows.size(), 1u);
  EXPECT_EQ(outcome.rows[0][kTestAccount].text, "Acme");
  EXPECT_EQ(outcome.rows[0][kTestUser].text, "a@b.test");
  EXPECT_EQ(Json::parse(outcome.rows[0][kTestDetail].text),
            Json::parse(R"({"user_id":"user_1","organization_id":"orga_1","currency":"EUR"})"));
}

// Text that PostgreSQL does not store is no reason to import nothing.
TEST(CloseImport, LabelsThatAreNoText) {
  const Outcome outcome = Drive(Close().Import(Request({"leads"}), {}), [&](const Asked &) {
    return Answer(200,
                  "{\"fields\":[{\"id\":\"cf_1\",\"name\":\"B\xFF"
                  "d\",\"type\":\"text\"},"
                  "{\"id\":\"cf_2\",\"name\":\"Half \\ud800 a pair\",\"type\":\"text\"}]}");
  });
  auto columns = Columns(outcome);
  EXPECT_EQ(columns.at("b_d").comment,
            "B\xEF\xBF\xBD"
            "d (text)");
  EXPECT_EQ(columns.at("half_a_pair").comment, "Half \xEF\xBF\xBD a pair (text)");
}

}  // namespace
}  // namespace crm
