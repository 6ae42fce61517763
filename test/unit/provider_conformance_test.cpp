// What every registered provider keeps to.
#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "providers/provider.h"

namespace crm {
namespace {

constexpr std::string_view kSecret = "sEcReT-0123456789";

class ProviderConformance : public testing::TestWithParam<const Provider *> {
 protected:
  const Provider &provider() const { return *GetParam(); }

  // The objects a provider knows are named in the hint of its error about an unknown one; where any name may
  // be an object, any will do.
  std::vector<std::string> Objects() const {
    ReadRequest request;
    request.object = "no such object";
    try {
      provider().Plan(request);
    } catch (const Error &error) {
      EXPECT_EQ(error.kind, CrmErrorKind::kUnknownObject);
      return NamesIn(error.hint);
    }
    return {request.object};
  }

  static std::vector<std::string> NamesIn(const std::string &hint) {
    std::vector<std::string> names;
    std::string rest = hint.substr(std::min(hint.size(), hint.find(": ") + 2));
    if (rest.ends_with('.')) rest.pop_back();
    while (!rest.empty()) {
      const std::size_t comma = rest.find(", ");
      names.push_back(rest.substr(0, comma));
      rest = comma == std::string::npos ? "" : rest.substr(comma + 2);
    }
    return names;
  }

  // id, with a condition on it.
  static ReadRequest ById(const std::string &object, Expr::Kind kind) {
    ReadRequest request;
    request.object = object;
    request.table_rows = 1000;
    Field id;
    id.path = "id";
    id.remote_type = "id";
    id.traits = "key lookup filterable";
    request.fields = {id};
    Expr expr;
    expr.kind = kind;
    expr.field = expr.param = 0;
    expr.operand.type = kind == Expr::Kind::kAnyOf ? CrmType::kTextArray : CrmType::kText;
    request.conjuncts = {expr};
    request.selectivity = {0.01};
    return request;
  }

  static ReadPlan PlanOf(const ReadRequest &request, const AccessPath &path) {
    ReadPlan plan;
    plan.object = request.object;
    plan.fields = request.fields;
    plan.plan = path.plan;
    return plan;
  }
};

std::string NameOf(const testing::TestParamInfo<const Provider *> &info) {
  return std::string(info.param->info().name);
}

TEST_P(ProviderConformance, Introduction) {
  const ProviderInfo &info = provider().info();
  EXPECT_FALSE(info.name.empty());
  for (const char c : info.name) EXPECT_TRUE(std::islower(static_cast<unsigned char>(c)));
  EXPECT_FALSE(info.label.empty());
  EXPECT_TRUE(info.endpoint.empty() || info.endpoint.starts_with("https://"));
  EXPECT_FALSE(info.endpoint.ends_with("/"));
  ASSERT_FALSE(info.hosts.empty());
  for (const std::string_view host : info.hosts) EXPECT_EQ(host.find('/'), std::string_view::npos);
  if (!info.endpoint.empty()) {
    EXPECT_EQ(info.endpoint.substr(8), info.hosts[0]);
  }
  EXPECT_GT(info.default_rate.interval_us, 0);
  EXPECT_EQ(FindProvider(info.name), GetParam());
  EXPECT_EQ(FindProvider("no such provider"), nullptr);
}

TEST_P(ProviderConformance, Options) {
  std::set<std::pair<OptionLevel, std::string_view>> names;
  for (const OptionRow &row : provider().info().options) {
    EXPECT_TRUE(names.emplace(row.level, row.name).second) << row.name;
    EXPECT_TRUE(row.doc.ends_with(".")) << row.name;
    if (!row.secret) continue;
    EXPECT_EQ(row.level, OptionLevel::kMapping) << row.name;
    EXPECT_TRUE(row.default_value.empty()) << row.name;
  }
}

TEST_P(ProviderConformance, CommonHeadersHoldNoCredential) {
  std::set<std::string> names;
  for (const Header &header : provider().CommonHeaders()) {
    EXPECT_NE(header.name, "Authorization");
    EXPECT_TRUE(names.insert(header.name).second);
  }
  EXPECT_TRUE(names.contains("User-Agent"));
}

TEST_P(ProviderConformance, MissingCredentialsAreNamed) {
  try {
    provider().ReadyCredential({});
    ADD_FAILURE() << "no credentials were needed";
  } catch (const Error &error) {
    EXPECT_EQ(error.kind, CrmErrorKind::kMissingOption);
    EXPECT_FALSE(error.hint.empty());
  }
}

TEST_P(ProviderConformance, PlansOfABareRequest) {
  const std::vector<std::string> objects = Objects();
  ASSERT_FALSE(objects.empty());
  for (const std::string &object : objects) {
    ReadRequest request;
    request.object = object;
    const auto paths = provider().Plan(request);
    ASSERT_FALSE(paths.empty()) << object;
    ASSERT_LE(paths.size(), 4u) << object;
    EXPECT_GE(paths.back().requests, 1);
    EXPECT_GT(paths.back().page_rows, 0);
    EXPECT_FALSE(provider().Describe(PlanOf(request, paths.back()), nullptr).empty());
  }
}

TEST_P(ProviderConformance, PlansAreWholeAndTheSameEachTime) {
  for (const std::string &object : Objects()) {
    for (const auto kind : {Expr::Kind::kCompare, Expr::Kind::kAnyOf}) {
      const ReadRequest request = ById(object, kind);
      const auto once = provider().Plan(request), again = provider().Plan(request);
      ASSERT_EQ(once.size(), again.size());
      for (std::size_t i = 0; i < once.size(); ++i) {
        EXPECT_EQ(once[i].plan, again[i].plan);
        EXPECT_EQ(once[i].verdicts.size(), request.conjuncts.size());
        EXPECT_EQ(once[i].reasons.size(), request.conjuncts.size());
        const std::string text = provider().Describe(PlanOf(request, once[i]), nullptr);
        EXPECT_EQ(text.find('{'), std::string::npos) << text;
        EXPECT_EQ(text.find('}'), std::string::npos) << text;
      }
    }
  }
}

TEST_P(ProviderConformance, NullKeysEndWithoutARequest) {
  for (const std::string &object : Objects()) {
    for (const auto kind : {Expr::Kind::kCompare, Expr::Kind::kAnyOf}) {
      const ReadRequest request = ById(object, kind);
      for (const AccessPath &path : provider().Plan(request)) {
        if (path.verdicts[0] == Verdict::kLocal) continue;
        const auto exchange = provider().Read(PlanOf(request, path), {Value{}}, {});
        EXPECT_TRUE(std::holds_alternative<Done>(exchange->Next(nullptr, Context{0, 0}))) << object;
      }
    }
  }
}

void ExpectNoSecret(const Error &error) {
  for (const std::string *text : {&error.message, &error.detail, &error.hint, &error.remote_code}) {
    EXPECT_EQ(text->find(kSecret), std::string::npos) << *text;
  }
}

TEST_P(ProviderConformance, ErrorsHoldNoSecretAndKeepTheStyle) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/x/?token=" + std::string(kSecret);
  request.body = "refresh_token=" + std::string(kSecret);
  request.headers = {{"X-Anything", std::string(kSecret)}};
  for (int status : {200, 302, 400, 401, 402, 403, 404, 405, 409, 429, 500, 503}) {
    for (const char *body : {"", "{}", "[]", "null", "<html>", R"({"error":{"a":[1]}})", "\xff"}) {
      HttpResponse response;
      response.status = status;
      response.body = body;
      provider().Judge(request, response);
      provider().Pace(response);
      const Error error = provider().Explain(request, response);
      ExpectNoSecret(error);
      EXPECT_FALSE(error.message.empty());
      EXPECT_TRUE(std::islower(static_cast<unsigned char>(error.message.front()))) << error.message;
      EXPECT_FALSE(error.message.ends_with('.')) << error.message;
      EXPECT_EQ(error.http_status, status);
    }
  }
}

TEST_P(ProviderConformance, RefusedTokensHoldNoSecret) {
  for (int status : {200, 400, 401, 500}) {
    HttpResponse response;
    response.status = status;
    response.body = R"({"error":"sEcReT-0123456789","error_description":"sEcReT-0123456789"})";
    try {
      provider().ParseToken(response, Context{0, 0});
      ADD_FAILURE() << "no token was in the answer";
    } catch (const Error &error) {
      ExpectNoSecret(error);
    }
  }
}

TEST_P(ProviderConformance, TestAndImportAskOnlyTheApi) {
  const Options none;
  ImportRequest import;
  for (const auto &exchange :
       {provider().Test(none).release(), provider().Import(std::move(import), none).release()}) {
    const std::unique_ptr<Exchange> owned(exchange);
    const Step step = owned->Next(nullptr, Context{0, 0});
    const auto *send = std::get_if<Send>(&step);
    ASSERT_NE(send, nullptr);
    EXPECT_TRUE(send->request.target.starts_with('/'));
    EXPECT_FALSE(send->request.rate_group.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(All, ProviderConformance,
                         testing::ValuesIn(AllProviders().begin(), AllProviders().end()), NameOf);

}  // namespace
}  // namespace crm
