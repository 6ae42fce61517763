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

constexpr int kPlanVersion = 2;
// Far beyond what a person writes; providers walk conditions by recursion.
constexpr int kMaxDepth = 64;

// In the order of CrmType. Part of the plan's text: a change takes a new version.
constexpr std::array<std::string_view, 12> kTypeNames = {"null",      "bool", "int",   "decimal",
                                                         "double",    "text", "date",  "time",
                                                         "timestamp", "json", "bytes", "text[]"};

[[noreturn]] void ThrowMalformed(const char *what) {
  throw Error(CrmErrorKind::kInternal, std::string("malformed read request: ") + what);
}

// ---- conditions ------------------------------------------------------------------------------------------

Expr::Kind KindOf(CrmNode node) {
  switch (node) {
    case CrmNode::kAnd:
      return Expr::Kind::kAnd;
    case CrmNode::kOr:
      return Expr::Kind::kOr;
    case CrmNode::kNot:
      break;  // never asked for
    case CrmNode::kCompare:
      return Expr::Kind::kCompare;
    case CrmNode::kAnyOf:
      return Expr::Kind::kAnyOf;
    case CrmNode::kIsNull:
      return Expr::Kind::kIsNull;
    case CrmNode::kIsTrue:
      return Expr::Kind::kIsTrue;
    case CrmNode::kLike:
      return Expr::Kind::kLike;
    case CrmNode::kILike:
      return Expr::Kind::kILike;
    case CrmNode::kContains:
      return Expr::Kind::kContains;
    case CrmNode::kOverlaps:
      return Expr::Kind::kOverlaps;
  }
  ThrowMalformed("unknown node");
}

CompareOp Opposite(CompareOp op) {
  switch (op) {
    case CompareOp::kEq:
      return CompareOp::kNe;
    case CompareOp::kNe:
      return CompareOp::kEq;
    case CompareOp::kLt:
      return CompareOp::kGe;
    case CompareOp::kLe:
      return CompareOp::kGt;
    case CompareOp::kGt:
      return CompareOp::kLe;
    case CompareOp::kGe:
      return CompareOp::kLt;
  }
  ThrowMalformed("unknown comparison");
}

CompareOp OpOf(CrmCompare op) {
  switch (op) {
    case CrmCompare::kEq:
      return CompareOp::kEq;
    case CrmCompare::kNe:
      return CompareOp::kNe;
    case CrmCompare::kLt:
      return CompareOp::kLt;
    case CrmCompare::kLe:
      return CompareOp::kLe;
    case CrmCompare::kGt:
      return CompareOp::kGt;
    case CrmCompare::kGe:
      return CompareOp::kGe;
  }
  ThrowMalformed("unknown comparison");
}

class ExprReader {
 public:
  explicit ExprReader(const CrmReadRequest &request) : request_(request) {}

  // nullopt: nested too deeply.
  std::optional<Expr> Read(std::int32_t first) {
    at_ = first;
    Expr expr;
    if (!ReadNode(0, false, expr)) return std::nullopt;
    return expr;
  }

 private:
  bool ReadNode(int depth, bool negated, Expr &expr) {
    if (depth == kMaxDepth) return false;
    if (at_ < 0 || at_ >= request_.node_count) ThrowMalformed("a condition ends early");
    const CrmExpr &node = request_.nodes[at_++];
    const bool inner = node.node == CrmNode::kAnd || node.node == CrmNode::kOr || node.node == CrmNode::kNot;
    if (inner ? node.children < 1 : node.children != 0)
      ThrowMalformed("a node with a wrong number of children");
    if (node.node == CrmNode::kNot) {
      if (node.children != 1) ThrowMalformed("a negation of several conditions");
      return ReadNode(depth + 1, !negated, expr);
    }
    expr.kind = KindOf(node.node);
    if (!inner) {
      ReadLeaf(node, negated, expr);
      return true;
    }
    // NOT (a AND b) is NOT a OR NOT b, with unknown values too.
    if (negated) expr.kind = expr.kind == Expr::Kind::kAnd ? Expr::Kind::kOr : Expr::Kind::kAnd;
    for (std::int32_t i = 0; i < node.children; ++i)
      if (!ReadNode(depth + 1, negated, expr.children.emplace_back())) return false;
    return true;
  }

  void ReadLeaf(const CrmExpr &node, bool negated, Expr &expr) const {
    expr.op = negated && expr.kind == Expr::Kind::kCompare ? Opposite(OpOf(node.op)) : OpOf(node.op);
    expr.negated = negated && expr.kind != Expr::Kind::kCompare;
    expr.field = node.field;
    expr.param = node.param;
    ReadOperand(node, expr);
  }

  void ReadOperand(const CrmExpr &node, Expr &expr) const {
    if (node.field < 0 || node.field >= request_.field_count) ThrowMalformed("a condition on no field");
    if (node.param >= 0)
      expr.operand.type = node.value.type;
    else if (node.node != CrmNode::kIsNull && node.node != CrmNode::kIsTrue)
      expr.operand = Value::From(node.value);
  }

  const CrmReadRequest &request_;
  std::int32_t at_ = 0;
};

void DecodeFields(const CrmReadRequest &from, ReadRequest &to) {
  for (std::int32_t i = 0; i < from.field_count; ++i) {
    const CrmField &field = from.fields[i];
    if (static_cast<std::size_t>(field.type) >= kTypeNames.size()) ThrowMalformed("a field of unknown type");
    to.fields.push_back({std::string(TextOf(field.path)), std::string(TextOf(field.remote_type)),
                         std::string(TextOf(field.traits)), field.type, field.fetch});
  }
}

void CheckArrays(const CrmReadRequest &request) {
  const auto check = [](const void *array, std::int32_t count, const char *what) {
    if (count < 0 || (count > 0 && array == nullptr)) ThrowMalformed(what);
  };
  check(request.fields, request.field_count, "no fields");
  check(request.nodes, request.node_count, "no nodes");
  check(request.conjuncts, request.conjunct_count, "no conjuncts");
  check(request.order, request.order_count, "no order");
}

double NotBelow(double lowest, double value) {
  return std::isfinite(value) && value > lowest ? value : lowest;
}

double SelectivityOf(const CrmReadRequest &request, std::int32_t conjunct) {
  const double guess = request.selectivity == nullptr ? 1 : request.selectivity[conjunct];
  return guess >= 0 && guess <= 1 ? guess : 1;
}

// ---- the plan's text -------------------------------------------------------------------------------------

[[noreturn]] void ThrowForeignPlan() {
  throw Error(CrmErrorKind::kInternal, "plan was made by another version of crm_fdw", {},
              "Plan the statement again: DISCARD PLANS; or connect anew.");
}

CrmType TypeNamed(const std::string &name) {
  for (std::size_t i = 0; i < kTypeNames.size(); ++i)
    if (kTypeNames[i] == name) return static_cast<CrmType>(i);
  ThrowForeignPlan();
}

Field DecodeField(const Json &json) {
  if (!json.is_array() || json.size() != 4) ThrowForeignPlan();
  for (const Json &part : json)
    if (!part.is_string()) ThrowForeignPlan();
  return {json[0].get<std::string>(), json[1].get<std::string>(), json[2].get<std::string>(),
          TypeNamed(json[3].get<std::string>()), true};
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

// A given field is only ever in conjuncts `field = operand`.
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

// Leaves the paths that the option read_path admits.
void KeepReadPath(const CrmReadRequest &request, std::vector<AccessPath> &paths) {
  const std::string_view wanted = TextOf(request.read_path);
  const auto is_fresh = [](const AccessPath &path) { return path.fresh; };
  if (wanted == "fresh") {
    std::erase_if(paths, std::not_fn(is_fresh));
  } else if (wanted == "index") {
    std::erase_if(paths, is_fresh);
  } else if (std::any_of(paths.begin(), paths.end(), is_fresh)) {
    const std::string_view lag = request.index_lag.size > 0 ? TextOf(request.index_lag) : kIndexLag;
    if (process().writes.WroteWithin(request.database_oid, request.server_oid,
                                     ParseDuration(lag).value_or(0) * 1000, process().runtime().steady_us()))
      std::erase_if(paths, std::not_fn(is_fresh));
  }
}

// Paths that fit the request; none only where a count is wanted.
std::vector<AccessPath> AskProvider(const Provider &provider, const CrmReadRequest &request,
                                    const DecodedRequest &decoded) {
  const bool complete = decoded.conjunct_of.size() == static_cast<std::size_t>(request.conjunct_count);
  std::vector<AccessPath> paths;
  // A condition that was left out must be checked row by row.
  if (!request.count_only || complete) paths = provider.Plan(decoded.request);
  for (const AccessPath &path : paths) CheckPath(provider, path, decoded.request);
  if (paths.empty() && !request.count_only) ThrowUnfit(provider);
  KeepReadPath(request, paths);
  if (request.count_only) std::erase_if(paths, std::not_fn(AllExact));
  if (paths.empty() && !request.count_only)
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
  return texts;
}

PlannedPaths PlanRead(std::string_view name, const CrmReadRequest &request) {
  const Provider *provider = FindProviderByName(name);
  if (provider == nullptr)
    throw Error(CrmErrorKind::kInvalidOptionValue, "unknown provider \"" + std::string(name) + "\"", {},
                "Valid providers are: " + ProviderNames() + ".");
  const DecodedRequest decoded = DecodeRequest(request);
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

DecodedRequest DecodeRequest(const CrmReadRequest &from) {
  CheckArrays(from);
  DecodedRequest decoded;
  ReadRequest &to = decoded.request;
  to.object = TextOf(from.object);
  DecodeFields(from, to);
  ExprReader reader(from);
  for (std::int32_t i = 0; i < from.conjunct_count; ++i) {
    std::optional<Expr> conjunct = reader.Read(from.conjuncts[i]);
    if (!conjunct) continue;
    to.conjuncts.push_back(std::move(*conjunct));
    to.selectivity.push_back(SelectivityOf(from, i));
    decoded.conjunct_of.push_back(i);
  }
  for (std::int32_t i = 0; i < from.order_count; ++i) {
    const CrmOrder &order = from.order[i];
    if (order.field < 0 || order.field >= from.field_count) ThrowMalformed("an order by no field");
    to.order.push_back({order.field, order.descending, order.nulls_first});
  }
  to.table_rows = NotBelow(0, from.table_rows);
  to.rows_wanted = NotBelow(-1, from.rows_wanted);
  to.include_deleted = from.include_deleted;
  to.count_only = from.count_only;
  return decoded;
}

std::string EncodePlan(std::string_view provider, const ReadRequest &request, const AccessPath &path) {
  Json fields = Json::array();
  for (const Field &field : request.fields)
    if (field.fetch && !request.count_only)
      fields.push_back(Json::array(
          {field.path, field.remote_type, field.traits, kTypeNames[static_cast<std::size_t>(field.type)]}));
  Json json;
  json["v"] = kPlanVersion;
  json["provider"] = provider;
  json["object"] = request.object;
  json["fields"] = std::move(fields);
  json["limited"] = request.rows_wanted >= 0;
  json["count_only"] = request.count_only;
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
  plan.read.count_only = Member(json, "count_only", Json::value_t::boolean).get<bool>();
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
