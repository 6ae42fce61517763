// A read request of the planner in the providers' words.
#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "engine/plan.h"
#include "engine/text.h"

namespace crm {
namespace {

// Far beyond what a person writes; providers walk conditions by recursion.
constexpr int kMaxDepth = 64;

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
    case CrmNode::kInSelect:
      return Expr::Kind::kInSelect;
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
    if (node.node == CrmNode::kInSelect)
      ReadSelect(node, expr);
    else if (node.param >= 0)
      expr.operand.type = node.value.type;
    else if (node.node != CrmNode::kIsNull && node.node != CrmNode::kIsTrue)
      expr.operand = Value::From(node.value);
  }

  void ReadSelect(const CrmExpr &node, Expr &expr) const {
    if (node.relation < 0 || node.relation >= request_.relation_count) ThrowMalformed("a select of nothing");
    const CrmRelationKind kind = request_.relations[node.relation].kind;
    if (kind == CrmRelationKind::kParent) ThrowMalformed("a select of a parent");
    expr.negated = kind == CrmRelationKind::kExcludingSelect;
    for (std::int32_t i = 0; i <= node.relation; ++i)
      if (request_.relations[i].kind != CrmRelationKind::kParent) ++expr.select;
  }

  const CrmReadRequest &request_;
  std::int32_t at_ = 0;
};

// ---- relations -------------------------------------------------------------------------------------------

Field DecodeField(const CrmField &field) {
  if (field.type > CrmType::kTextArray) ThrowMalformed("a field of unknown type");
  return {std::string(TextOf(field.path)), std::string(TextOf(field.remote_type)),
          std::string(TextOf(field.traits)), field.type, field.fetch};
}

// Whose each field is: the object's own ones and the parents' come first.
class RelationReader {
 public:
  RelationReader(const CrmReadRequest &from, DecodedRequest &to)
      : from_(from), to_(to), select_of_(static_cast<std::size_t>(from.relation_count), -1) {}

  void Read() {
    for (std::int32_t i = 0; i < from_.relation_count; ++i) AddRelation(i);
    for (std::int32_t i = 0; i < from_.field_count; ++i) AddField(i);
    for (std::int32_t i = 0; i < from_.relation_count; ++i) CheckRelation(i);
  }

  // The SubSelect that the condition is about; -1: it is the object's. Its fields are numbered anew.
  int Place(Expr &expr) const {
    if (expr.kind == Expr::Kind::kInSelect) return -1;
    int select = -1;
    if (expr.children.empty()) {
      select = SelectOf(expr.field);
      if (select >= 0) expr.field -= first_of_[static_cast<std::size_t>(select)];
    }
    for (Expr &child : expr.children) {
      const int of_child = Place(child);
      if (&child != expr.children.data() && of_child != select)
        ThrowMalformed("a condition on two relations");
      select = of_child;
    }
    return select;
  }

 private:
  void AddRelation(std::int32_t i) {
    const CrmRelation &relation = from_.relations[i];
    if (relation.kind == CrmRelationKind::kParent) {
      to_.parents.push_back({std::string(TextOf(relation.object)), relation.reference, relation.own, {}});
      parent_of_.push_back(i);
    } else {
      select_of_[static_cast<std::size_t>(i)] = static_cast<int>(to_.request.selects.size());
      to_.request.selects.push_back({std::string(TextOf(relation.object)), {}, -1, {}});
      first_of_.push_back(0);
    }
  }

  void AddField(std::int32_t i) {
    const int relation = RelationOf(i);
    if (relation < -1 || relation >= from_.relation_count) ThrowMalformed("a field of no relation");
    if (const int select = SelectOf(i); select >= 0) {
      SubSelect &of = to_.request.selects[static_cast<std::size_t>(select)];
      if (of.fields.empty()) first_of_[static_cast<std::size_t>(select)] = i;
      if (from_.fields[i].relation != from_.fields[i - (of.fields.empty() ? 0 : 1)].relation)
        ThrowMalformed("fields of a select that are apart");
      of.fields.push_back(DecodeField(from_.fields[i]));
      return;
    }
    if (static_cast<std::int32_t>(to_.request.fields.size()) != i) ThrowMalformed("fields behind a select");
    to_.request.fields.push_back(DecodeField(from_.fields[i]));
    const auto parent = std::find(parent_of_.begin(), parent_of_.end(), relation);
    if (parent != parent_of_.end())
      to_.parents[static_cast<std::size_t>(parent - parent_of_.begin())].fields.push_back(i);
  }

  void CheckRelation(std::int32_t i) {
    const CrmRelation &relation = from_.relations[i];
    const auto count = from_.field_count;
    if (relation.reference < 0 || relation.reference >= count || relation.own < 0 || relation.own >= count ||
        RelationOf(relation.own) != i || RelationOf(relation.reference) >= i)
      ThrowMalformed("a relation by no field");
    const int select = select_of_[static_cast<std::size_t>(i)];
    if (select < 0) return;
    if (RelationOf(relation.reference) != -1) ThrowMalformed("a select by another's field");
    to_.request.selects[static_cast<std::size_t>(select)].own =
        relation.own - first_of_[static_cast<std::size_t>(select)];
  }

  // -1: the object itself.
  int RelationOf(int field) const { return from_.fields[field].relation - 1; }

  int SelectOf(int field) const {
    const int relation = RelationOf(field);
    return relation < 0 ? -1 : select_of_[static_cast<std::size_t>(relation)];
  }

  const CrmReadRequest &from_;
  DecodedRequest &to_;
  std::vector<int> select_of_;           // per relation; -1: a parent
  std::vector<std::int32_t> parent_of_;  // per parent: its relation
  std::vector<int> first_of_;            // per select: its first field
};

// ---- groups ----------------------------------------------------------------------------------------------

Output DecodeOutput(const CrmOutput &from, const ReadRequest &request) {
  if (from.function > CrmFunction::kSum) ThrowMalformed("unknown function");
  if (from.type > CrmType::kTextArray) ThrowMalformed("an output of unknown type");
  const Output output{static_cast<Function>(from.function), from.field, from.type};
  const bool needs_field = output.function != Function::kCountRows;
  if (needs_field ? from.field < 0 || from.field >= static_cast<int>(request.fields.size())
                  : from.field != -1)
    ThrowMalformed("an output of no field");
  if (IsCount(output.function) && output.type != CrmType::kInt) ThrowMalformed("a count that is no integer");
  if (output.function == Function::kGroup &&
      std::find(request.group_by.begin(), request.group_by.end(), output.field) == request.group_by.end())
    ThrowMalformed("a group's field that is not grouped by");
  return output;
}

void DecodeGroups(const CrmReadRequest &from, ReadRequest &to) {
  for (std::int32_t i = 0; i < from.group_count; ++i) {
    const int field = from.group_by[i];
    if (field < 0 || field >= static_cast<int>(to.fields.size())) ThrowMalformed("a group by no field");
    if (std::find(to.group_by.begin(), to.group_by.end(), field) != to.group_by.end())
      ThrowMalformed("a group by one field twice");
    to.group_by.push_back(field);
  }
  for (std::int32_t i = 0; i < from.output_count; ++i)
    to.outputs.push_back(DecodeOutput(from.outputs[i], to));
  if (!to.grouped() && !to.group_by.empty()) ThrowMalformed("groups without an output");
  to.approximate = from.approximate;
}

void CheckArrays(const CrmReadRequest &request) {
  const auto check = [](const void *array, std::int32_t count, const char *what) {
    if (count < 0 || (count > 0 && array == nullptr)) ThrowMalformed(what);
  };
  check(request.fields, request.field_count, "no fields");
  check(request.relations, request.relation_count, "no relations");
  check(request.nodes, request.node_count, "no nodes");
  check(request.conjuncts, request.conjunct_count, "no conjuncts");
  check(request.order, request.order_count, "no order");
  check(request.outputs, request.output_count, "no outputs");
  check(request.group_by, request.group_count, "no groups");
}

double NotBelow(double lowest, double value) {
  return std::isfinite(value) && value > lowest ? value : lowest;
}

double SelectivityOf(const CrmReadRequest &request, std::int32_t conjunct) {
  const double guess = request.selectivity == nullptr ? 1 : request.selectivity[conjunct];
  return guess >= 0 && guess <= 1 ? guess : 1;
}

}  // namespace

DecodedRequest DecodeRequest(const CrmReadRequest &from) {
  CheckArrays(from);
  DecodedRequest decoded;
  ReadRequest &to = decoded.request;
  to.object = TextOf(from.object);
  RelationReader relations(from, decoded);
  relations.Read();
  ExprReader reader(from);
  for (std::int32_t i = 0; i < from.conjunct_count; ++i) {
    std::optional<Expr> conjunct = reader.Read(from.conjuncts[i]);
    if (!conjunct) continue;
    if (const int select = relations.Place(*conjunct); select >= 0) {
      to.selects[static_cast<std::size_t>(select)].conjuncts.push_back(std::move(*conjunct));
      decoded.selected.push_back(i);
      continue;
    }
    to.conjuncts.push_back(std::move(*conjunct));
    to.selectivity.push_back(SelectivityOf(from, i));
    decoded.conjunct_of.push_back(i);
  }
  for (std::int32_t i = 0; i < from.order_count; ++i) {
    const CrmOrder &order = from.order[i];
    if (order.field < 0 || order.field >= static_cast<int>(to.fields.size()))
      ThrowMalformed("an order by no field");
    to.order.push_back({order.field, order.descending, order.nulls_first});
  }
  to.table_rows = NotBelow(0, from.table_rows);
  to.rows_wanted = NotBelow(-1, from.rows_wanted);
  to.include_deleted = from.include_deleted;
  DecodeGroups(from, to);
  return decoded;
}

}  // namespace crm
