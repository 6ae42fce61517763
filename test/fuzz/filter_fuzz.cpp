// Bytes become conditions on a table, which are planned, described, and bound to values: what would be sent
// is valid, and a plan survives its text. The bytes are read as numbers; behind the last there are zeros.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/json_text.h"
#include "providers/close/filter.h"
#include "providers/close/objects.h"
#include "providers/close/plan.h"
#include "providers/close/query.h"
#include "providers/close/search_filter.h"

namespace {

using crm::CompareOp;
using crm::Expr;
using crm::Json;
using crm::Value;
using crm::Verdict;
using namespace crm::close_crm;  // NOLINT: what is tested

// What PostgreSQL's timestamptz and date hold.
constexpr std::int64_t kFirstTime = -211'813'488'000'000'000, kLastTime = 9'223'371'331'200'000'000;
constexpr std::int64_t kFirstDay = -2'451'545, kLastDay = 2'145'031'948;

void Require(bool holds, const char *what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

class Bytes {
 public:
  Bytes(const std::uint8_t *data, std::size_t size) : data_(data), size_(size) {}

  unsigned Below(unsigned most) { return Next() % most; }
  bool OneIn(unsigned most) { return Below(most) == 0; }
  std::int64_t Number() {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | Next();
    return static_cast<std::int64_t>(number);
  }
  // As PostgreSQL has it: UTF-8 without NUL.
  std::string Text() {
    static constexpr std::string_view kWords[] = {"acme", "%", "user_a", "CURRENT_USER", "Ä", "\\", "won"};
    std::string text(OneIn(3) ? kWords[Below(std::size(kWords))] : "");
    for (unsigned left = Below(12); left > 0; --left) text += static_cast<char>(Next());
    std::erase(text, '\0');
    std::vector<std::size_t> mended;
    text = crm::MendUtf8(text, mended);
    if (OneIn(40)) text.append(2000, 'x');
    return text;
  }

 private:
  std::uint8_t Next() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }

  const std::uint8_t *data_;
  std::size_t size_;
};

CrmType TypeOf(std::string_view sql_type) {
  if (sql_type == "text[]") return CrmType::kTextArray;
  if (sql_type == "numeric") return CrmType::kDecimal;
  if (sql_type == "bigint") return CrmType::kInt;
  if (sql_type == "boolean") return CrmType::kBool;
  if (sql_type == "date") return CrmType::kDate;
  if (sql_type == "timestamptz") return CrmType::kTimestamp;
  return sql_type == "jsonb" ? CrmType::kJson : CrmType::kText;
}

std::vector<crm::Field> FieldsOf(const Object &object) {
  std::vector<crm::Field> fields;
  for (const StandardField &field : object.fields) {
    fields.push_back({std::string(PathOf(field)), std::string(field.remote_type), std::string(field.traits),
                      TypeOf(field.sql_type), true});
  }
  for (const char *type : {"text", "number", "date", "datetime", "choices", "user", "hidden"}) {
    const CrmType cell = type == std::string_view("number")     ? CrmType::kDecimal
                         : type == std::string_view("date")     ? CrmType::kDate
                         : type == std::string_view("datetime") ? CrmType::kTimestamp
                                                                : CrmType::kText;
    fields.push_back({std::string("custom.cf_") + type, type, "", cell, true});
    fields.push_back({std::string("custom.cf_s_") + type, type, "multi", CrmType::kTextArray, true});
  }
  return fields;
}

Value MakeValue(Bytes &bytes, CrmType type) {
  Value value;
  value.type = type;
  switch (type) {
    case CrmType::kBool:
      value.boolean = bytes.OneIn(2);
      break;
    case CrmType::kInt:
      value.integer = bytes.OneIn(2) ? bytes.Below(100) : bytes.Number();
      break;
    case CrmType::kDate:
      value.integer = std::clamp(bytes.OneIn(2) ? std::int64_t{bytes.Below(256)} * 100 : bytes.Number(),
                                 kFirstDay, kLastDay);
      if (bytes.OneIn(8)) value.integer = bytes.OneIn(2) ? INT64_MIN : INT64_MAX;
      break;
    case CrmType::kTimestamp:
      value.integer = std::clamp(bytes.Number() >> bytes.Below(40), kFirstTime, kLastTime);
      if (bytes.OneIn(8)) value.integer = bytes.OneIn(2) ? INT64_MIN : INT64_MAX;
      break;
    case CrmType::kDecimal: {
      static constexpr std::string_view kOdd[] = {"NaN", "Infinity", "-Infinity", "1e400", "-0", "0.1"};
      value.text = bytes.OneIn(3) ? kOdd[bytes.Below(std::size(kOdd))] : std::to_string(bytes.Number());
      if (bytes.OneIn(3)) value.text += "." + std::to_string(bytes.Below(256));
      break;
    }
    case CrmType::kTextArray:
      for (unsigned left = bytes.OneIn(50) ? 600 : bytes.Below(6); left > 0; --left) {
        value.items.push_back(bytes.OneIn(6) ? std::nullopt : std::optional(bytes.Text()));
      }
      break;
    default:
      value.text = bytes.Text();
  }
  return value;
}

// A type that the field is compared with, as the planner would have it; at times another one.
CrmType OperandType(Bytes &bytes, Expr::Kind kind, CrmType field) {
  static constexpr CrmType kAny[] = {CrmType::kBool, CrmType::kInt,       CrmType::kDecimal,  CrmType::kText,
                                     CrmType::kDate, CrmType::kTimestamp, CrmType::kTextArray};
  if (kind == Expr::Kind::kOverlaps && bytes.OneIn(2)) return CrmType::kText;
  if (kind == Expr::Kind::kAnyOf || kind == Expr::Kind::kContains || kind == Expr::Kind::kOverlaps) {
    return CrmType::kTextArray;
  }
  return bytes.OneIn(10) ? kAny[bytes.Below(std::size(kAny))] : field;
}

Expr MakeExpr(Bytes &bytes, const std::vector<crm::Field> &fields, std::vector<Value> &params, int depth) {
  Expr expr;
  const bool is_leaf = depth == 0 || !bytes.OneIn(3);
  expr.kind = static_cast<Expr::Kind>(is_leaf ? 2 + bytes.Below(8) : bytes.Below(2));
  if (!is_leaf) {
    for (unsigned left = bytes.Below(4); left > 0; --left) {
      expr.children.push_back(MakeExpr(bytes, fields, params, depth - 1));
    }
    return expr;
  }
  expr.op = static_cast<CompareOp>(bytes.Below(6));
  expr.negated = expr.kind != Expr::Kind::kCompare && bytes.OneIn(3);
  expr.field = static_cast<int>(bytes.Below(static_cast<unsigned>(fields.size())));
  if (expr.kind == Expr::Kind::kIsNull || expr.kind == Expr::Kind::kIsTrue) return expr;
  const CrmType type = OperandType(bytes, expr.kind, fields[static_cast<std::size_t>(expr.field)].type);
  expr.operand = MakeValue(bytes, type);
  if (bytes.OneIn(4)) {
    expr.param = static_cast<int>(params.size());
    params.push_back(bytes.OneIn(4) ? Value() : expr.operand);
  } else if (bytes.OneIn(10)) {
    expr.operand = Value();
  }
  return expr;
}

void CheckSent(const Json &json) {
  const std::string text = json.dump();  // throws where a text is no UTF-8
  Require(Json::parse(text) == json, "not what is sent", text);
}

const Vocabulary kVocabulary = {{{"stat_1", "New"}, {"stat_2", "Ärger"}}, "save_1"};

void CheckSearch(const Expr &expr, const crm::ReadRequest &request, const Object &object,
                 const std::vector<Value> &params) {
  const Translation translation = TranslateForSearch(expr, request, object);
  Require(translation.node.has_value() == (translation.verdict != Verdict::kLocal), "verdict",
          translation.reason);
  if (!translation.node) return;
  const Json encoded = EncodeSearch(*translation.node);
  CheckSent(encoded);
  const SearchNode node = DecodeSearch(encoded);
  Require(EncodeSearch(node) == encoded, "another condition", encoded.dump());
  for (const bool with_unproven : {false, true}) {
    const BoundSearch bound = BindSearch(node, object.search_type, {&params, &kVocabulary, with_unproven});
    if (bound.kind != BoundSearch::Kind::kNode) continue;
    CheckSent(bound.node);
    SearchWords(bound.node);
  }
  const BoundSearch unbound = BindSearch(node, object.search_type, {nullptr, nullptr, true});
  if (unbound.kind == BoundSearch::Kind::kNode) CheckSent(SearchWords(unbound.node));
}

void CheckList(const Expr &expr, const crm::ReadRequest &request, const Object &object,
               const std::vector<Value> &params) {
  const Candidate candidate = TranslateForList(expr, request, object);
  Require(candidate.filter.has_value() == candidate.reason.empty(), "reason", candidate.reason);
  if (!candidate.filter) return;
  const Json encoded = EncodeFilter(*candidate.filter);
  CheckSent(encoded);
  const Filter filter = DecodeFilter(encoded);
  Require(EncodeFilter(filter) == encoded, "another filter", encoded.dump());
  Require(BindFilters({filter}, nullptr).params.size() <= 2, "parameters", encoded.dump());
  for (const Param &param : BindFilters({filter}, &params).params) CheckSent(Json{{param.name, param.value}});
}

void CheckPlans(const crm::ReadRequest &request, const std::vector<Value> &params) {
  try {
    for (const crm::AccessPath &path : PlanRead(request)) {
      Require(Query::Decode(path.plan).Encode() == path.plan, "another plan", path.plan);
      Require(path.verdicts.size() == request.conjuncts.size(), "verdicts", path.plan);
      Require(path.reasons.size() == request.conjuncts.size(), "reasons", path.plan);
      crm::ReadPlan plan;
      plan.object = request.object;
      plan.plan = path.plan;
      if (!request.grouped()) plan.fields = request.fields;
      CheckSent(DescribeRead(plan, nullptr));
      CheckSent(DescribeRead(plan, &params));
    }
  } catch (const crm::Error &error) {
    Require(error.kind == CrmErrorKind::kInvalidArgument, "error of another kind", error.message);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  Bytes bytes(data, size);
  const auto objects = AllObjects();
  const Object &object = objects[bytes.Below(static_cast<unsigned>(objects.size()))];
  crm::ReadRequest request;
  request.object = object.name;
  request.fields = FieldsOf(object);
  request.table_rows = 1000;
  if (bytes.OneIn(4)) request.outputs = {{}};
  if (bytes.OneIn(4)) request.rows_wanted = bytes.Below(256);
  std::vector<Value> params;
  for (unsigned left = 1 + bytes.Below(3); left > 0; --left) {
    request.conjuncts.push_back(MakeExpr(bytes, request.fields, params, 3));
    request.selectivity.push_back(0.1);
  }
  if (bytes.OneIn(3)) {
    const auto field = static_cast<int>(bytes.Below(static_cast<unsigned>(request.fields.size())));
    request.order.push_back({field, bytes.OneIn(2), false});
  }
  for (const Expr &expr : request.conjuncts) {
    CheckSearch(expr, request, object, params);
    CheckList(expr, request, object, params);
  }
  CheckPlans(request, params);
  return 0;
}
