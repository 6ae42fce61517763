#include "engine/plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "core/json.h"
#include "engine/guard.h"
#include "engine/option_values.h"
#include "engine/options.h"
#include "engine/process.h"
#include "engine/text.h"

namespace crm {
namespace {

constexpr int kPlanVersion = 3;
// In the order of CrmType. Part of the plan's text: a change takes a new version.
constexpr std::array<std::string_view, 12> kTypeNames = {"null",      "bool", "int",   "decimal",
                                                         "double",    "text", "date",  "time",
                                                         "timestamp", "json", "bytes", "text[]"};

// In the order of Function. Part of the plan's text, too.
constexpr std::array<std::string_view, 7> kFunctionNames = {"group", "count_rows", "count", "count_distinct",
                                                            "min",   "max",        "sum"};

[[noreturn]] void ThrowMalformed(const char *what) {
  throw Error(CrmErrorKind::kInternal, std::string("malformed read request: ") + what);
}

double NotBelow(double lowest, double value) {
  return std::isfinite(value) && value > lowest ? value : lowest;
}

// ---- the plan's text -------------------------------------------------------------------------------------

[[noreturn]] void ThrowForeignPlan() {
  throw Error(CrmErrorKind::kInternal, "plan was made by another version of crm_fdw", {},
              "Plan the statement again: DISCARD PLANS; or connect anew.");
}

// Its place among the names.
template <typename Enum, std::size_t kCount>
Enum Named(const std::array<std::string_view, kCount> &names, const std::string &name) {
  for (std::size_t i = 0; i < kCount; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  ThrowForeignPlan();
}

Json EncodeField(const Field &field, CrmType type) {
  return Json::array(
      {field.path, field.remote_type, field.traits, kTypeNames[static_cast<std::size_t>(type)]});
}

Field DecodeField(const Json &json) {
  if (!json.is_array() || json.size() != 4) ThrowForeignPlan();
  for (const Json &part : json)
    if (!part.is_string()) ThrowForeignPlan();
  return {json[0].get<std::string>(), json[1].get<std::string>(), json[2].get<std::string>(),
          Named<CrmType>(kTypeNames, json[3].get<std::string>()), true};
}

Json EncodeOutput(const Output &output, const ReadRequest &request) {
  const Field &field = output.field < 0 ? Field() : request.fields[static_cast<std::size_t>(output.field)];
  return Json::array(
      {kFunctionNames[static_cast<std::size_t>(output.function)], EncodeField(field, output.type)});
}

PlannedOutput DecodeOutput(const Json &json) {
  if (!json.is_array() || json.size() != 2 || !json[0].is_string()) ThrowForeignPlan();
  return {Named<Function>(kFunctionNames, json[0].get<std::string>()), DecodeField(json[1])};
}

const Json &Member(const Json &json, const char *key, Json::value_t type) {
  const auto found = json.find(key);
  if (found == json.end() || found->type() != type) ThrowForeignPlan();
  return *found;
}

// ---- what crm_plan_read hands out ------------------------------------------------------------------------

struct PlannedPaths {
  struct Texts {
    std::string plan;
    std::vector<std::string> reasons;
    std::vector<CrmVerdict> verdicts;
    std::vector<CrmText> reason_views;
  };
  std::vector<Texts> texts;
  std::vector<CrmAccessPath> paths;
};

PlannedPaths &HandedOutPaths() {
  static auto &paths = *new PlannedPaths;
  return paths;
}

std::string &HandedOutDescription() {
  static auto &text = *new std::string;
  return text;
}

[[noreturn]] void ThrowUnfit(const Provider &provider) {
  throw Error(CrmErrorKind::kInternal, "provider \"" + std::string(provider.info().name) +
                                           "\" gave a plan that does not fit the request");
}

// Part of the question: a given field is only ever in conjuncts `field = operand`.
bool IsGiven(const Expr &conjunct, const ReadRequest &request) {
  return conjunct.kind == Expr::Kind::kCompare && conjunct.op == CompareOp::kEq &&
         request.fields[static_cast<std::size_t>(conjunct.field)].HasTrait("given");
}

void CheckPath(const Provider &provider, const AccessPath &path, const ReadRequest &request) {
  if (path.verdicts.size() != request.conjuncts.size() || path.reasons.size() != request.conjuncts.size())
    ThrowUnfit(provider);
  for (std::size_t i = 0; i < request.conjuncts.size(); ++i)
    if (IsGiven(request.conjuncts[i], request) && path.verdicts[i] != Verdict::kExact) ThrowUnfit(provider);
}

bool AllExact(const AccessPath &path) {
  return std::all_of(path.verdicts.begin(), path.verdicts.end(),
                     [](Verdict verdict) { return verdict == Verdict::kExact; });
}

// What nobody can check again has to be exact.
bool SelectsAreExact(const AccessPath &path, const ReadRequest &request) {
  for (std::size_t i = 0; i < request.conjuncts.size(); ++i)
    if (request.conjuncts[i].kind == Expr::Kind::kInSelect && path.verdicts[i] != Verdict::kExact)
      return false;
  return true;
}

// Leaves the paths that the option read_path admits. After a write, an index is better than nothing; but
// groups that it does not show fresh can be made of rows.
void KeepReadPath(const CrmReadRequest &request, std::vector<AccessPath> &paths) {
  const std::string_view wanted = TextOf(request.read_path);
  const auto is_fresh = [](const AccessPath &path) { return path.fresh; };
  if (wanted == "fresh") {
    std::erase_if(paths, std::not_fn(is_fresh));
  } else if (wanted == "index") {
    std::erase_if(paths, is_fresh);
  } else if (request.output_count > 0 || std::any_of(paths.begin(), paths.end(), is_fresh)) {
    const std::string_view lag = request.index_lag.size > 0 ? TextOf(request.index_lag) : kIndexLag;
    if (process().writes.WroteWithin(request.database_oid, request.server_oid,
                                     ParseDuration(lag).value_or(0) * 1000, process().runtime().steady_us()))
      std::erase_if(paths, std::not_fn(is_fresh));
  }
}

// Paths that fit the request; none only where rows can be had otherwise: it is grouped, or of several
// objects.
std::vector<AccessPath> AskProvider(const Provider &provider, const CrmReadRequest &request,
                                    DecodedRequest &decoded) {
  const bool complete = decoded.conjunct_of.size() + decoded.selected.size() ==
                        static_cast<std::size_t>(request.conjunct_count);
  const bool grouped = decoded.request.grouped(), optional = grouped || request.relation_count > 0;
  std::vector<AccessPath> paths;
  // A condition that was left out must be checked row by row.
  if (complete || (!grouped && decoded.request.selects.empty())) {
    const auto joins = [&](const Parent &parent) { return provider.JoinParent(decoded.request, parent); };
    if (!std::all_of(decoded.parents.begin(), decoded.parents.end(), joins)) return paths;
    paths = provider.Plan(decoded.request);
  }
  for (const AccessPath &path : paths) CheckPath(provider, path, decoded.request);
  if (paths.empty() && !optional) ThrowUnfit(provider);
  KeepReadPath(request, paths);
  if (grouped) std::erase_if(paths, std::not_fn(AllExact));
  std::erase_if(paths, [&](const AccessPath &path) { return !SelectsAreExact(path, decoded.request); });
  if (paths.empty() && !optional)
    throw Error(CrmErrorKind::kNoReadPath,
                "no way to read \"" + decoded.request.object + "\" from the source that read_path names",
                "Option read_path is \"" + std::string(TextOf(request.read_path)) + "\".");
  return paths;
}

PlannedPaths::Texts TextsOf(const Provider &provider, const DecodedRequest &decoded, AccessPath &path,
                            std::size_t conjuncts) {
  PlannedPaths::Texts texts;
  texts.plan = EncodePlan(provider.info().name, decoded.request, path);
  texts.verdicts.assign(conjuncts, CrmVerdict::kLocal);
  texts.reasons.assign(conjuncts, "nested too deeply");
  for (std::size_t i = 0; i < decoded.conjunct_of.size(); ++i) {
    const auto at = static_cast<std::size_t>(decoded.conjunct_of[i]);
    texts.verdicts[at] = static_cast<CrmVerdict>(path.verdicts[i]);
    texts.reasons[at] = std::move(path.reasons[i]);
  }
  for (const int conjunct : decoded.selected) {
    texts.verdicts[static_cast<std::size_t>(conjunct)] = CrmVerdict::kExact;
    texts.reasons[static_cast<std::size_t>(conjunct)].clear();
  }
  return texts;
}

PlannedPaths PlanRead(std::string_view name, const CrmReadRequest &request) {
  const Provider *provider = FindProviderByName(name);
  if (provider == nullptr)
    throw Error(CrmErrorKind::kInvalidOptionValue, "unknown provider \"" + std::string(name) + "\"", {},
                "Valid providers are: " + ProviderNames() + ".");
  DecodedRequest decoded = DecodeRequest(request);
  std::vector<AccessPath> paths = AskProvider(*provider, request, decoded);
  PlannedPaths planned;
  for (AccessPath &path : paths)
    planned.texts.push_back(
        TextsOf(*provider, decoded, path, static_cast<std::size_t>(request.conjunct_count)));
  // Views are taken when nothing moves any more.
  for (std::size_t i = 0; i < paths.size(); ++i) {
    PlannedPaths::Texts &texts = planned.texts[i];
    for (const std::string &reason : texts.reasons) texts.reason_views.push_back(TextView(reason));
    planned.paths.push_back({TextView(texts.plan), texts.verdicts.data(), texts.reason_views.data(),
                             paths[i].ordered, paths[i].fresh, NotBelow(0, paths[i].requests),
                             NotBelow(0, paths[i].rows_sent), NotBelow(1, paths[i].page_rows)});
  }
  return planned;
}

}  // namespace

std::string EncodePlan(std::string_view provider, const ReadRequest &request, const AccessPath &path) {
  Json fields = Json::array();
  for (const Field &field : request.fields)
    if (field.fetch && !request.grouped()) fields.push_back(EncodeField(field, field.type));
  Json outputs = Json::array();
  for (const Output &output : request.outputs) outputs.push_back(EncodeOutput(output, request));
  Json json;
  json["v"] = kPlanVersion;
  json["provider"] = provider;
  json["object"] = request.object;
  json["fields"] = std::move(fields);
  json["limited"] = request.rows_wanted >= 0;
  json["outputs"] = std::move(outputs);
  json["read"] = path.plan;
  return json.dump();
}

DecodedPlan DecodePlan(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) ThrowForeignPlan();
  const auto version = json.find("v");
  if (version == json.end() || *version != kPlanVersion || json.size() != 7) ThrowForeignPlan();
  DecodedPlan plan;
  plan.provider = Member(json, "provider", Json::value_t::string).get<std::string>();
  plan.read.object = Member(json, "object", Json::value_t::string).get<std::string>();
  for (const Json &field : Member(json, "fields", Json::value_t::array))
    plan.read.fields.push_back(DecodeField(field));
  plan.read.limited = Member(json, "limited", Json::value_t::boolean).get<bool>();
  for (const Json &output : Member(json, "outputs", Json::value_t::array))
    plan.read.outputs.push_back(DecodeOutput(output));
  if (!plan.read.fields.empty() && !plan.read.outputs.empty()) ThrowForeignPlan();
  plan.read.plan = Member(json, "read", Json::value_t::string).get<std::string>();
  return plan;
}

std::vector<Value> CopyParams(const CrmValue *params, std::int32_t count) {
  std::vector<Value> values;
  for (std::int32_t i = 0; params != nullptr && i < count; ++i) values.push_back(Value::From(params[i]));
  return values;
}

}  // namespace crm

extern "C" {

bool crm_plan_read(CrmText provider, const CrmReadRequest *request, const CrmAccessPath **paths,
                   std::int32_t *count, CrmFailure *why) noexcept {
  return crm::Guard(why, [&] {
    if (request == nullptr || paths == nullptr || count == nullptr) crm::ThrowMalformed("none given");
    crm::PlannedPaths &planned = crm::HandedOutPaths();
    planned = crm::PlanRead(crm::TextOf(provider), *request);
    *paths = planned.paths.data();
    *count = static_cast<std::int32_t>(planned.paths.size());
  });
}

bool crm_describe_plan(CrmText plan, const CrmValue *params, std::int32_t count, CrmText *text,
                       CrmFailure *why) noexcept {
  return crm::Guard(why, [&] {
    const crm::DecodedPlan decoded = crm::DecodePlan(crm::TextOf(plan));
    const crm::Provider *provider = crm::FindProviderByName(decoded.provider);
    if (provider == nullptr) crm::ThrowForeignPlan();
    const std::vector<crm::Value> values = crm::CopyParams(params, count);
    std::string &description = crm::HandedOutDescription();
    description = provider->Describe(decoded.read, params == nullptr ? nullptr : &values);
    if (text != nullptr) *text = crm::TextView(description);
  });
}
}
