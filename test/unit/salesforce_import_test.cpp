// Tables and columns, and the test of a connection.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

#include "providers/salesforce/column_name.h"
#include "salesforce_support.h"

namespace crm {
namespace {

using namespace salesforce_test;  // NOLINT: the helpers of these tests
using salesforce::ParentColumn;
using salesforce::SnakeCase;

ImportRequest Request(std::vector<std::string> limit_to,
                      const std::vector<std::pair<std::string, std::string>> &options = {}) {
  ImportRequest request;
  request.limit_to = std::move(limit_to);
  for (const auto &[name, value] : options) request.options.Add(name, value, false);
  return request;
}

Outcome Import(const Org &org, ImportRequest request = {}, const Options &options = {}) {
  return Drive(Salesforce().Import(std::move(request), options), org);
}

struct Column {
  std::string type, comment;
  bool not_null;
  std::map<std::string, std::string> options;
};

std::map<std::string, std::string> OptionsOf(const Value &cell) {
  std::map<std::string, std::string> options;
  for (std::size_t i = 0; i + 1 < cell.items.size(); i += 2) options[*cell.items[i]] = *cell.items[i + 1];
  return options;
}

std::map<std::string, Column> Columns(const Outcome &outcome, const std::string &table) {
  std::map<std::string, Column> columns;
  for (const auto &row : outcome.rows) {
    if (row[kImportTable].text != table) continue;
    columns[row[kImportColumn].text] = {row[kImportType].text, row[kImportColumnComment].text,
                                        row[kImportNotNull].boolean, OptionsOf(row[kImportColumnOptions])};
  }
  return columns;
}

std::vector<std::string> Tables(const Outcome &outcome) {
  std::vector<std::string> tables;
  for (const auto &row : outcome.rows) {
    if (tables.empty() || tables.back() != row[kImportTable].text) tables.push_back(row[kImportTable].text);
  }
  return tables;
}

std::set<std::string> Words(const std::string &traits) {
  std::set<std::string> words;
  std::string rest = traits;
  while (!rest.empty()) {
    words.insert(rest.substr(0, rest.find(' ')));
    rest = rest.find(' ') == std::string::npos ? "" : rest.substr(rest.find(' ') + 1);
  }
  return words;
}

Json NameOnly(const std::string &name) { return DescribeOf(name, {IdField()}); }

TEST(SalesforceImport, ListsWhatPeopleUse) {
  Org org;
  org.Add(NameOnly("Account"));
  org.Add(NameOnly("Invoice_Line__c"), {{"layoutable", false}});
  org.Add(NameOnly("User"), {{"layoutable", false}});
  org.Add(NameOnly("AccountHistory"), {{"layoutable", false}});
  org.Add(NameOnly("Setting__c"), {{"customSetting", true}});
  org.Add(NameOnly("Old"), {{"deprecatedAndHidden", true}});
  org.Add(NameOnly("AccountChangeEvent"), {{"queryable", false}});
  EXPECT_EQ(Tables(Import(org)), (std::vector<std::string>{"account", "invoice_line__c", "user"}));
  EXPECT_EQ(Tables(Import(org, Request({"account_history", "setting__c", "old", "account_change_event"}))),
            (std::vector<std::string>{"account_history", "setting__c"}));
  ImportRequest request;
  request.except = {"account"};
  EXPECT_EQ(Tables(Import(org, std::move(request))), (std::vector<std::string>{"invoice_line__c", "user"}));
}

TEST(SalesforceImport, NothingIsDescribedWhereNothingIsWanted) {
  Org org;
  org.Add(NameOnly("Account"));
  const Outcome outcome = Import(org, Request({"no_such_table"}));
  EXPECT_TRUE(outcome.rows.empty());
  EXPECT_EQ(outcome.asked.size(), 1u);
}

TEST(SalesforceImport, TwentyFiveDescribesAreOneRequest) {
  Org org;
  for (int i = 0; i < 60; ++i) org.Add(NameOnly("Thing" + std::to_string(i) + "__c"));
  Options options;
  options.Add("api_version", "v65.0", false);
  const Outcome outcome = Import(org, {}, options);
  EXPECT_EQ(Tables(outcome).size(), 60u);
  ASSERT_EQ(outcome.asked.size(), 5u);  // the list, the counts, 25 + 25 + 10
  for (const Asked &request : outcome.asked) EXPECT_TRUE(request.path.starts_with("/services/data/v65.0/"));
  EXPECT_EQ(outcome.asked[2].body["compositeRequest"].size(), 25u);
  EXPECT_EQ(outcome.asked[4].body["compositeRequest"].size(), 10u);
  EXPECT_EQ(outcome.asked[4].body["compositeRequest"][0]["url"],
            "/services/data/v65.0/sobjects/Thing50__c/describe");
}

TEST(SalesforceImport, OneByOneWhereCompositeIsRefused) {
  Org org;
  org.composite = false;
  for (int i = 0; i < 30; ++i) org.Add(NameOnly("Thing" + std::to_string(i)));
  const Outcome outcome = Import(org);
  EXPECT_EQ(Tables(outcome).size(), 30u);
  EXPECT_EQ(outcome.asked.size(), 2u + 1u + 30u);  // asked for together once
}

TEST(SalesforceImport, ObjectsWithoutADescription) {
  Org org;
  org.Add(NameOnly("Account"));
  org.Add(NameOnly("Gone"));
  org.refused = {{"Gone", 404}};
  const Outcome outcome = Import(org);
  EXPECT_EQ(Tables(outcome), std::vector<std::string>{"account"});
  ASSERT_EQ(outcome.warnings.size(), 1u);
  EXPECT_NE(outcome.warnings[0].find("\"Gone\""), std::string::npos);
  EXPECT_EQ(Thrown([&] { Import(org, Request({"gone"})); }).kind, CrmErrorKind::kUnknownObject);
  org.refused = {{"Gone", 400}};
  EXPECT_THROW(Import(org), Error);
}

TEST(SalesforceImport, TableOptions) {
  Org org;
  org.Add(NameOnly("Account"));
  org.Add(NameOnly("Case"));
  org.counts = {{"Account", 1234}, {"Case", 0}};
  const Outcome outcome = Import(org, Request({}, {{"include_deleted", "true"}}));
  ASSERT_EQ(outcome.rows.size(), 2u);
  EXPECT_EQ(outcome.rows[0][kImportTableComment].text, "Accounts");
  EXPECT_EQ(OptionsOf(outcome.rows[0][kImportTableOptions]),
            (std::map<std::string, std::string>{
                {"object", "Account"}, {"estimated_rows", "1234"}, {"include_deleted", "true"}}));
  EXPECT_EQ(OptionsOf(Import(org, Request({"case"})).rows[0][kImportTableOptions]),
            (std::map<std::string, std::string>{{"object", "Case"}}));
  EXPECT_EQ(outcome.asked[1].Param("sObjects"), "Account,Case");
}

TEST(SalesforceImport, TypesOfEveryKind) {
  Json fields = {IdField(), DescribeField("Bytes", "base64"),
                 DescribeField("Hidden", "string", {{"deprecatedAndHidden", true}})};
  const std::map<std::string, std::string> types = {{"reference", "text COLLATE \"C\""},
                                                    {"string", "text"},
                                                    {"picklist", "text"},
                                                    {"multipicklist", "text[]"},
                                                    {"textarea", "text"},
                                                    {"boolean", "boolean"},
                                                    {"int", "integer"},
                                                    {"long", "bigint"},
                                                    {"double", "numeric"},
                                                    {"currency", "numeric"},
                                                    {"percent", "numeric"},
                                                    {"date", "date"},
                                                    {"datetime", "timestamptz"},
                                                    {"time", "time"},
                                                    {"address", "jsonb"},
                                                    {"location", "jsonb"},
                                                    {"anyType", "text"},
                                                    {"encryptedstring", "text"},
                                                    {"combobox", "text"},
                                                    {"hologram", "text"}};
  for (const auto &[type, sql] : types) fields.push_back(DescribeField("f_" + type, type));
  Org org;
  org.Add(DescribeOf("All", fields));
  auto columns = Columns(Import(org), "all");
  EXPECT_EQ(columns.size(), types.size() + 1);
  for (const auto &[type, sql] : types) {
    const Column &column = columns[SnakeCase("f_" + type)];
    EXPECT_EQ(column.type, sql) << type;
    EXPECT_EQ(column.options.at("field"), "f_" + type);
    EXPECT_EQ(column.options.at("remote_type"), type);
    EXPECT_FALSE(column.not_null);
  }
  EXPECT_EQ(columns["id"].type, "text COLLATE \"C\"");
  EXPECT_TRUE(columns["id"].not_null);
  EXPECT_EQ(columns["id"].options["key"], "true");
}

TEST(SalesforceImport, TraitsAreTheFlagsOfTheField) {
  const Json none = {{"filterable", false},   {"sortable", false}, {"groupable", false},
                     {"aggregatable", false}, {"nillable", false}, {"createable", false}};
  Json fields = {IdField(), DescribeField("None", "string", none)};
  const auto add = [&](const char *name, const char *type, const Json &more) {
    fields.push_back(DescribeField(name, type, more));
  };
  add("Ext", "string", {{"externalId", true}, {"unique", true}, {"caseSensitive", true}, {"idLookup", true}});
  add("Formula", "double", {{"calculated", true}, {"updateable", false}, {"createable", false}});
  add("Short", "textarea", {{"length", 255}});
  add("Long", "textarea", {{"length", 256}});
  add("Person", "string", {{"extraTypeInfo", "personname"}, {"nameField", true}});
  add("Itself", "string", {{"extraTypeInfo", "switchablepersonname"}, {"compoundFieldName", "Itself"}});
  add("Part", "string", {{"extraTypeInfo", "personname"}, {"compoundFieldName", "Person"}});
  add("Owner", "reference", {{"referenceTo", {"Group", "User"}}, {"polymorphicForeignKey", true}});
  add("Created", "datetime", {{"updateable", false}});
  add("Must", "string", {{"nillable", false}});
  add("Default", "boolean", {{"nillable", false}, {"defaultedOnCreate", true}});
  Org org;
  org.Add(DescribeOf("All", fields));
  auto columns = Columns(Import(org), "all");
  const auto words = [&](const char *column) { return Words(columns[column].options["traits"]); };
  const std::set<std::string> usual = {"filterable", "sortable", "groupable", "aggregatable", "nillable"};
  const auto and_usual = [&](std::set<std::string> more) {
    more.insert(usual.begin(), usual.end());
    return more;
  };
  EXPECT_EQ(words("none"), (std::set<std::string>{}));  // may be updated
  EXPECT_EQ(words("id"), (std::set<std::string>{"key", "lookup", "filterable", "sortable", "groupable",
                                                "aggregatable", "read-only"}));
  EXPECT_EQ(words("ext"), and_usual({"external-id", "unique", "case-sensitive", "id-lookup"}));
  EXPECT_EQ(words("formula"), and_usual({"calculated", "read-only"}));
  EXPECT_EQ(words("short"), usual);
  EXPECT_EQ(words("long"), and_usual({"long"}));
  EXPECT_EQ(words("person"), and_usual({"person-name", "name"}));
  EXPECT_EQ(words("itself"), and_usual({"person-name"}));
  EXPECT_EQ(words("part"), usual);
  EXPECT_EQ(words("owner"), and_usual({"polymorphic", "lookup"}));
  EXPECT_EQ(columns["owner"].options["references"], "Group,User");
  EXPECT_EQ(words("created"), and_usual({"create-only"}));
  EXPECT_TRUE(words("must").contains("required"));
  EXPECT_FALSE(words("default").contains("required"));
}

TEST(SalesforceImport, CommentsTellWhatAnAdministratorWrote) {
  Json values = {{{"active", true}, {"label", "Hot"}, {"value", "Hot"}},
                 {{"active", false}, {"label", "Old"}, {"value", "Old"}},
                 {{"active", true}, {"label", "Nicht so"}, {"value", "Cold"}}};
  Org org;
  org.Add(DescribeOf("Lead", {IdField(), DescribeField("Rating", "picklist",
                                                       {{"label", "Lead Rating"},
                                                        {"picklistValues", values},
                                                        {"inlineHelpText", "How warm"}})}));
  EXPECT_EQ(Columns(Import(org), "lead")["rating"].comment,
            "Lead Rating (picklist: Hot, Cold (Nicht so)). How warm");
}

TEST(SalesforceImport, ClashingNamesGetSuffixes) {
  Org org;
  org.Add(DescribeOf(
      "Thing", {IdField(), DescribeField("FooBar", "string"), DescribeField("foo_bar", "string"),
                DescribeField("Ctid", "string"), DescribeField(std::string(70, 'x') + "__c", "string")}));
  org.Add(NameOnly("thing"));
  const Outcome outcome = Import(org);
  for (const std::string &table : Tables(outcome)) EXPECT_TRUE(table.starts_with("thing_")) << table;
  for (const auto &row : outcome.rows) {
    const std::string &name = row[kImportColumn].text;
    EXPECT_LE(name.size(), 63u);
    EXPECT_NE(name, "foo_bar");
    EXPECT_NE(name, "ctid");
  }
  EXPECT_EQ(outcome.rows.size(), 6u);
}

TEST(SalesforceImport, ColumnsBeyondTheMaximumAreNamed) {
  Json fields = Json::array();
  for (int i = 0; i < 9; ++i) fields.push_back(DescribeField("F" + std::to_string(i), "string"));
  fields.push_back(IdField());
  Org org;
  org.Add(DescribeOf("Wide", fields));
  const Outcome outcome = Import(org, Request({}, {{"max_columns", "4"}}));
  EXPECT_EQ(outcome.Column(kImportColumn), (std::vector<std::string>{"id", "f0", "f1", "f2"}));
  ASSERT_EQ(outcome.warnings.size(), 1u);
  EXPECT_TRUE(outcome.warnings[0].starts_with("6 fields of \"Wide\"")) << outcome.warnings[0];
  EXPECT_TRUE(Import(org, Request({}, {{"max_columns", "10"}})).warnings.empty());
}

Json Reference(const std::string &name, const Json &to, const Json &relationship) {
  return DescribeField(name, "reference", {{"referenceTo", to}, {"relationshipName", relationship}});
}

TEST(SalesforceImport, ParentsByTheirNameField) {
  Org org;
  org.Add(DescribeOf(
      "Contact", {IdField(), Reference("AccountId", {"Account"}, "Account"),
                  Reference("Case__c", {"Case"}, "Last_Case__r"),
                  Reference("WhoId", {"Contact", "Lead"}, "Who"), Reference("Blind__c", {"Account"}, nullptr),
                  Reference("HiddenId", {"Hidden"}, "Hidden"), Reference("BareId", {"Bare"}, "Bare")}));
  org.describes["Account"] =
      DescribeOf("Account", {IdField(), DescribeField("Name", "string", {{"nameField", true}})});
  org.describes["Case"] = DescribeOf(
      "Case", {IdField(), DescribeField("CaseNumber", "string",
                                        {{"nameField", true}, {"groupable", false}, {"autoNumber", true}})});
  org.describes["Bare"] = NameOnly("Bare");
  const Outcome plain = Import(org);
  EXPECT_FALSE(Columns(plain, "contact").contains("account_name"));
  const Outcome outcome = Import(org, Request({}, {{"include_parents", "true"}}));
  auto columns = Columns(outcome, "contact");
  EXPECT_EQ(columns.size(), 7u + 3u);
  EXPECT_EQ(columns["account_name"].options["field"], "Account.Name");
  EXPECT_EQ(columns["account_name"].options["remote_type"], "string");
  EXPECT_EQ(Words(columns["account_name"].options["traits"]),
            (std::set<std::string>{"parent", "filterable", "sortable", "groupable", "aggregatable",
                                   "nillable", "read-only"}));
  EXPECT_EQ(columns["last_case_case_number"].options["field"], "Last_Case__r.CaseNumber");
  EXPECT_EQ(columns["who_name"].options["field"], "Who.Name");
  EXPECT_EQ(Words(columns["who_name"].options["traits"]),
            (std::set<std::string>{"parent", "polymorphic", "nillable", "read-only"}));
  EXPECT_EQ(Tables(outcome), std::vector<std::string>{"contact"});
  // The parents together, and the one that was refused once more.
  EXPECT_EQ(outcome.asked.size(), plain.asked.size() + 2);
}

TEST(SalesforceImport, ManyParents) {
  Json fields = {IdField()};
  Org org;
  for (int i = 0; i < 40; ++i) {
    const std::string name = "P" + std::to_string(i);
    fields.push_back(Reference(name + "Id", {name}, name));
    org.describes[name] =
        DescribeOf(name, {IdField(), DescribeField("Name", "string", {{"nameField", true}})});
  }
  org.Add(DescribeOf("Child", fields));
  EXPECT_EQ(Columns(Import(org, Request({}, {{"include_parents", "true"}})), "child").size(), 81u);
}

TEST(SalesforceImport, NonsenseIsRefused) {
  const auto kind = [](HttpResponse answer) {
    return Thrown([&] { Drive(Salesforce().Import({}, {}), [&](const Asked &) { return answer; }); }).kind;
  };
  for (const char *body : {"", "[]", "{}", R"({"sobjects":3})", R"({"sobjects":[3]})",
                           R"({"sobjects":[null]})", R"({"sobjects":[{"queryable":true}]})"}) {
    EXPECT_EQ(kind(Answer(200, body)), CrmErrorKind::kMalformedAnswer) << body;
  }
  EXPECT_EQ(kind(Answer(400, R"([{"errorCode":"API_X","message":"m"}])")), CrmErrorKind::kBadRequest);
  const auto described = [](const Json &describe) {
    Org org;
    org.Add(describe);
    return Thrown([&] { Import(org); }).kind;
  };
  EXPECT_EQ(described({{"name", "Account"}}), CrmErrorKind::kMalformedAnswer);
  EXPECT_EQ(described(DescribeOf("Account", {"junk"})), CrmErrorKind::kMalformedAnswer);
  EXPECT_EQ(described(DescribeOf("Account", {{{"name", "Id"}}})), CrmErrorKind::kMalformedAnswer);
  // A description of something else.
  Org org;
  org.Add(NameOnly("Account"));
  org.describes["Account"]["name"] = "Contact";
  EXPECT_EQ(Thrown([&] { Import(org); }).kind, CrmErrorKind::kMalformedAnswer);
  EXPECT_EQ(Thrown([&] {
              Import(org, Request({}, {{"include_raw", "true"}}));
            }).kind,
            CrmErrorKind::kInvalidOptionValue);
}

TEST(SalesforceImport, StopsAtTheShareOfTheQuota) {
  Options options;
  options.Add("max_api_usage_pct", "50", false);
  const auto server = [](const Asked &) {
    return Answer(200, R"({"sobjects":[]})", {{"sforce-limit-info", "api-usage=51/100"}});
  };
  EXPECT_EQ(Thrown([&] { Drive(Salesforce().Import({}, options), server); }).kind,
            CrmErrorKind::kRateLimited);
}

// Recorded answers of real orgs; they are data of others and not part of the project.
TEST(SalesforceImport, Recordings) {
  const char *directory = std::getenv("CRM_FDW_RECORDINGS");
  if (directory == nullptr) {
    std::cerr << "CRM_FDW_RECORDINGS names no directory: nothing to compare with\n";
    return;
  }
  Org org;
  std::size_t count = 0;
  for (const auto &entry :
       std::filesystem::directory_iterator(std::string(directory) + "/salesforce/describe")) {
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const Json json = Json::parse(text);
    if (json.contains("sobjects")) continue;
    org.Add(json);
    ++count;
  }
  ASSERT_GT(count, 0u);
  const Outcome outcome = Import(org);
  EXPECT_EQ(Tables(outcome).size(), count);
  for (const auto &[name, describe] : org.describes) {
    auto columns = Columns(outcome, SnakeCase(name));
    EXPECT_EQ(columns.size(), describe["fields"].size()) << name;
    for (const auto &[column_name, column] : columns) {
      const auto field = std::ranges::find_if(
          describe["fields"],
          [&, path = Json(column.options.at("field"))](const Json &f) { return f["name"] == path; });
      ASSERT_NE(field, describe["fields"].end());
      const std::set<std::string> words =
          Words(column.options.contains("traits") ? column.options.at("traits") : "");
      EXPECT_EQ(words.contains("filterable"), (*field)["filterable"].get<bool>())
          << name << "." << column_name;
      EXPECT_EQ(words.contains("sortable"), (*field)["sortable"].get<bool>()) << name << "." << column_name;
      EXPECT_EQ(words.contains("read-only"), !(*field)["createable"] && !(*field)["updateable"])
          << column_name;
      EXPECT_EQ(column.options.at("remote_type"), (*field)["type"].get<std::string>());
    }
    EXPECT_EQ(columns["id"].options["key"], "true") << name;
  }
}

TEST(SalesforceColumnName, SnakeCase) {
  for (const auto &[api, snake] :
       std::map<std::string, std::string>{{"Account", "account"},
                                          {"OpportunityLineItem", "opportunity_line_item"},
                                          {"Invoice_Line__c", "invoice_line__c"},
                                          {"BillingCity", "billing_city"},
                                          {"My_Field__c", "my_field__c"},
                                          {"Pricebook2Id", "pricebook2_id"},
                                          {"SLAExpirationDate__c", "sla_expiration_date__c"},
                                          {"SystemModstamp", "system_modstamp"},
                                          {"ns__Geo__Latitude__s", "ns__geo__latitude__s"},
                                          {"AccountID", "account_id"},
                                          {"UUID__c", "uuid__c"}}) {
    EXPECT_EQ(SnakeCase(api), snake);
  }
  EXPECT_EQ(ParentColumn("Account", "Name"), "account_name");
  EXPECT_EQ(ParentColumn("Main_Contact__r", "CaseNumber"), "main_contact_case_number");
}

HttpResponse Who(const Asked &request, int user_status, int query_status) {
  if (request.path == "/services/data/v62.0/") {
    return Answer(200, R"({"query":"/q","identity":"https://login.salesforce.com/id/00Dx/005x"})");
  }
  if (request.path == "/services/oauth2/userinfo") {
    return Answer(user_status, R"({"preferred_username":"me@acme.test","name":"Me"})");
  }
  EXPECT_EQ(request.path, "/services/data/v62.0/query");
  EXPECT_EQ(request.Param("q"), "SELECT Id, Name FROM Organization");
  return Answer(query_status, R"({"totalSize":1,"done":true,"records":[{"Id":"00DxEAM","Name":"Acme"}]})");
}

TEST(SalesforceTest, AccountAndUser) {
  const auto test = [](int user_status, int query_status) {
    const Outcome outcome = Drive(
        Salesforce().Test({}), [&](const Asked &request) { return Who(request, user_status, query_status); });
    EXPECT_EQ(outcome.rows.size(), 1u);
    return outcome.rows.at(0);
  };
  const auto whole = test(200, 200);
  EXPECT_EQ(whole[kTestAccount].text, "Acme");
  EXPECT_EQ(whole[kTestUser].text, "me@acme.test");
  EXPECT_EQ(Json::parse(whole[kTestDetail].text),
            Json::parse(R"({"api_version":"v62.0","user_id":"005x","organization_id":"00DxEAM"})"));
  const auto narrow = test(403, 400);
  EXPECT_EQ(narrow[kTestAccount].text, "00Dx");
  EXPECT_TRUE(narrow[kTestUser].is_null());
}

TEST(SalesforceTest, ProvesTheVersion) {
  const auto kind = [](int status, const char *body) {
    return Thrown([&] { Drive(Salesforce().Test({}), [&](const Asked &) { return Answer(status, body); }); })
        .kind;
  };
  EXPECT_EQ(kind(404, R"([{"errorCode":"NOT_FOUND","message":"m"}])"), CrmErrorKind::kUnknownObject);
  EXPECT_EQ(kind(410, R"([{"errorCode":"UNSUPPORTED_API_VERSION","message":"m"}])"),
            CrmErrorKind::kBadRequest);
  EXPECT_EQ(kind(200, "<html>"), CrmErrorKind::kMalformedAnswer);
}

}  // namespace
}  // namespace crm
