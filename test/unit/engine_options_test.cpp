// The option table and its checks; values of options; files of secrets.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "engine/option_values.h"
#include "engine_fakes.h"

namespace crm::fake {
namespace {

class OptionsTest : public EngineTest {
 protected:
  bool Check(CrmLevel level, std::vector<std::pair<std::string, std::string>> given,
             const char *provider = "") {
    std::vector<CrmOption> views;
    for (const auto &[name, value] : given) views.push_back({View(name.c_str()), View(value.c_str())});
    why = CrmFailure{};
    return crm_check_options(level, View(provider), views.data(), static_cast<std::int32_t>(views.size()),
                             &why);
  }
  bool Server(const char *name, const char *value) {
    return Check(CrmLevel::kServer, {{"provider", "fake"}, {name, value}}, "fake");
  }
};

TEST_F(OptionsTest, TableStartsWithCommonRows) {
  const CrmOptionRow *rows = nullptr;
  const std::int32_t count = crm_options(&rows);
  ASSERT_GT(count, 20);
  EXPECT_EQ(Text(rows[0].name), "provider");
  bool own = false, has_file = false;
  for (int i = 0; i < count; ++i) {
    EXPECT_GT(rows[i].doc.size, 0) << Text(rows[i].name);
    EXPECT_NE(rows[i].default_value.data, nullptr);
    EXPECT_TRUE(!own || rows[i].provider.size > 0) << "a common row among a provider's";
    own = own || rows[i].provider.size > 0;
    if (Text(rows[i].name) != "api_key_file") continue;
    has_file = true;
    EXPECT_EQ(rows[i].privilege, CrmPrivilege::kReadServerFiles);
    EXPECT_EQ(rows[i].type, CrmOptionType::kFile);
    EXPECT_EQ(rows[i].level, CrmLevel::kMapping);
    EXPECT_FALSE(rows[i].secret);
  }
  EXPECT_TRUE(has_file);
  EXPECT_EQ(Text(crm_providers()), "fake");
}

TEST_F(OptionsTest, DefaultsPassTheirOwnChecks) {
  for (const OptionEntry &entry : process().options().entries()) {
    if (entry.row.default_value.empty()) continue;
    EXPECT_NO_THROW(CheckOptionValue(entry.row, entry.row.default_value));
  }
}

TEST_F(OptionsTest, ProviderIsRequired) {
  EXPECT_FALSE(Check(CrmLevel::kServer, {}));
  EXPECT_EQ(why.kind, CrmErrorKind::kMissingOption);
  EXPECT_STREQ(why.hint, "Valid providers are: fake.");
  EXPECT_FALSE(Check(CrmLevel::kServer, {{"provider", "fax"}}));
  EXPECT_EQ(why.kind, CrmErrorKind::kInvalidOptionValue);
  EXPECT_STREQ(why.hint, "Valid providers are: fake.");
  EXPECT_TRUE(Check(CrmLevel::kServer, {{"provider", "fake"}}));
  EXPECT_TRUE(Check(CrmLevel::kServer, {{"provider", "fake"}}, "fake"));
}

TEST_F(OptionsTest, UnknownNames) {
  EXPECT_FALSE(Server("end_point", "https://x.y"));
  EXPECT_EQ(why.kind, CrmErrorKind::kInvalidOptionName);
  EXPECT_STREQ(why.message, "invalid option \"end_point\"");
  EXPECT_STREQ(why.hint, "Perhaps you meant the option \"endpoint\".");
  EXPECT_FALSE(Check(CrmLevel::kTable, {{"xyzzyxyzzy", "1"}}));
  EXPECT_STREQ(why.hint,
               "Valid options in this context are: object, estimated_rows, read_path, remote_aggregates.");
  EXPECT_FALSE(Check(CrmLevel::kMapping, {{std::string(1'000'000, 'a'), "1"}}));
  EXPECT_EQ(why.kind, CrmErrorKind::kInvalidOptionName);
}

TEST_F(OptionsTest, MappingWithoutAKnownProvider) {
  EXPECT_TRUE(Check(CrmLevel::kMapping, {{"api_key", "k"}}));
  EXPECT_FALSE(Check(CrmLevel::kMapping, {{"api_ky", "k"}}));
  EXPECT_FALSE(Check(CrmLevel::kMapping, {{"api_key", ""}}));
}

TEST_F(OptionsTest, SecretsAreNotRepeated) {
  EXPECT_FALSE(Check(CrmLevel::kMapping, {{"api_key", ""}}));
  EXPECT_STREQ(why.message, "invalid value for option \"api_key\"");
  EXPECT_FALSE(Check(CrmLevel::kMapping, {{"api_kei", "topsecret"}}));
  EXPECT_EQ((std::string(why.message) + why.detail + why.hint).find("topsecret"), std::string::npos);
}

TEST_F(OptionsTest, SecretAndItsFileExcludeEachOther) {
  EXPECT_FALSE(Check(CrmLevel::kMapping, {{"api_key", "k"}, {"api_key_file", "/k"}}));
  EXPECT_EQ(why.kind, CrmErrorKind::kInvalidOptionValue);
  EXPECT_TRUE(Check(CrmLevel::kMapping, {{"api_key_file", "/k"}}));
  EXPECT_FALSE(Check(CrmLevel::kMapping, {{"api_key_file", "k"}}));
}

TEST_F(OptionsTest, Values) {
  EXPECT_TRUE(Server("updatable", "ON"));
  EXPECT_FALSE(Server("updatable", "maybe"));
  EXPECT_TRUE(Server("max_connections", "32"));
  EXPECT_FALSE(Server("max_connections", "33"));
  EXPECT_STREQ(why.hint, "Valid values are integers from 1 to 32.");
  EXPECT_FALSE(Server("max_connections", "4x"));
  EXPECT_FALSE(Server("max_connections", ""));
  EXPECT_TRUE(Server("request_timeout", "500ms"));
  EXPECT_FALSE(Server("request_timeout", "0"));
  EXPECT_TRUE(Server("rate_limit", "100/10s"));
  EXPECT_FALSE(Server("rate_limit", "100"));
  EXPECT_TRUE(Server("flavour", "sour"));
  EXPECT_FALSE(Server("flavour", "bitter"));
  EXPECT_STREQ(why.hint, "Valid values are: sweet, sour.");
  EXPECT_TRUE(Server("endpoint", "https://api.fake.test"));
  EXPECT_TRUE(Server("endpoint", "http://localhost:80"));
  EXPECT_FALSE(Server("endpoint", "http://api.fake.test"));
  EXPECT_FALSE(Server("endpoint", "api.fake.test"));
  EXPECT_FALSE(Server("endpoint", ""));
  EXPECT_TRUE(Check(CrmLevel::kTable, {{"estimated_rows", "0"}}));
  EXPECT_FALSE(Check(CrmLevel::kTable, {{"estimated_rows", "-1"}}));
  for (const char *word : {"exact", "approximate", "off"})
    EXPECT_TRUE(Check(CrmLevel::kTable, {{"remote_aggregates", word}})) << word;
  EXPECT_FALSE(Check(CrmLevel::kTable, {{"remote_aggregates", "on"}}));
  EXPECT_STREQ(why.hint, "Valid values are: exact, approximate, off.");
  EXPECT_TRUE(Check(CrmLevel::kColumn, {{"traits", ""}, {"key", "true"}}));
  EXPECT_FALSE(Check(CrmLevel::kImport, {{"max_columns", "1501"}}));
  EXPECT_TRUE(Check(CrmLevel::kSetting, {{"ca_file", ""}}));
}

TEST_F(OptionsTest, ProvidersObjectToValues) {
  EXPECT_TRUE(Check(CrmLevel::kMapping, {{"client_id", "one"}}, "fake"));
  EXPECT_FALSE(Check(CrmLevel::kMapping, {{"client_id", "no one"}}, "fake"));
  EXPECT_EQ(why.kind, CrmErrorKind::kInvalidOptionValue);
  EXPECT_STREQ(why.hint, "Clients do not begin with no.");
  // Its type comes first.
  EXPECT_FALSE(Check(CrmLevel::kMapping, {{"client_id", ""}}, "fake"));
  EXPECT_STREQ(why.hint, "The value must not be empty.");
}

TEST_F(OptionsTest, Durations) {
  EXPECT_EQ(ParseDuration("30"), 30'000);
  EXPECT_EQ(ParseDuration("30s"), 30'000);
  EXPECT_EQ(ParseDuration("2min"), 120'000);
  EXPECT_EQ(ParseDuration("24h"), 86'400'000);
  for (const char *wrong :
       {"", "s", "-1s", "1.5s", "1 s", "25h", "9223372036854775807h", "99999999999999999999"})
    EXPECT_EQ(ParseDuration(wrong), std::nullopt) << wrong;
}

// No window of the stated length may see more than the stated number of requests.
TEST_F(OptionsTest, RateHoldsInEveryWindow) {
  for (const auto &[text, count, window] : {std::tuple("100/10s", 100, 10'000'000),
                                            {"1/1s", 1, 1'000'000},
                                            {"7/1min", 7, 60'000'000},
                                            {"1000/1s", 1000, 1'000'000}}) {
    const auto rate = ParseRate(text);
    ASSERT_TRUE(rate) << text;
    std::vector<std::int64_t> sent;
    std::int64_t arrival = INT64_MIN, now = 0;
    for (int i = 0; i < 3 * count; ++i) {
      const Admission admission = Admit(arrival, now, *rate);
      arrival = admission.next_arrival_us;
      now += admission.wait_us;
      sent.push_back(now);
    }
    for (std::size_t i = 0; i + count < sent.size(); ++i)
      EXPECT_GE(sent[i + count] - sent[i], window) << text << " " << i;
  }
  for (const char *wrong : {"", "/", "100/", "/10s", "0/1s", "-1/1s", "x/1s", "1/0s"})
    EXPECT_TRUE(!ParseRate(wrong) || std::string(wrong) == "100/") << wrong;
}

// ---- files
// -------------------------------------------------------------------------------------------------

class SecretFileTest : public EngineTest {
 protected:
  SecretFileTest() : path_(::testing::TempDir() + "crm_secret_" + std::to_string(getpid())) {
    options = {{"provider", "fake"}, {"api_key_file", path_}};
  }
  ~SecretFileTest() override { unlink(path_.c_str()); }
  void Write(const std::string &content) { std::ofstream(path_) << content; }
  std::string path_;
};

TEST_F(SecretFileTest, IsReadWhenOpened) {
  Write("k7\n");
  ReadAll();
  EXPECT_EQ(world.sent.at(0).credential, "k7");
  Write("k8");
  ReadAll();
  EXPECT_EQ(world.sent.back().credential, "k8");
}

TEST_F(SecretFileTest, IsRefusedUnlessItIsOne) {
  const auto refused = [&] {
    EXPECT_EQ(OpenRead(), nullptr);
    EXPECT_EQ(why.kind, CrmErrorKind::kInvalidOptionValue);
    EXPECT_NE(std::string(why.message).find("api_key_file"), std::string::npos);
  };
  refused();
  Write("");
  refused();
  Write(std::string(70'000, 'k'));
  refused();
  unlink(path_.c_str());
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  refused();
}

}  // namespace
}  // namespace crm::fake
