#include "providers/salesforce/plan.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "providers/salesforce/field_words.h"
#include "providers/salesforce/join.h"
#include "providers/salesforce/query.h"
#include "providers/salesforce/read.h"

namespace crm::salesforce {

namespace {

constexpr double kPageRows = 2000;
constexpr double kIdsPerQuery = 500;  // that fit into a URL
constexpr double kGuessedItems = 10;  // of a list that comes as a parameter
constexpr int kMostSelects = 2;       // sub-selects of one statement

bool IsOfParent(const Field &field) { return field.path.find('.') != std::string::npos; }

class Planner {
 public:
  explicit Planner(const ReadRequest &request) : request_(request) {
    translated_.reserve(request.conjuncts.size());
    int selects = 0;
    for (const Expr &conjunct : request.conjuncts) {
      const bool many = conjunct.kind == Expr::Kind::kInSelect && ++selects > kMostSelects;
      translated_.push_back(many ? Translation() : TranslateCondition(conjunct, request));
    }
  }

  std::vector<AccessPath> Paths() const {
    std::vector<AccessPath> paths;
    if (request_.grouped()) {
      AddGroups(paths);
      return paths;
    }
    AddRetrieve(paths);
    paths.push_back(BySoql());
    return paths;
  }

 private:
  // The column "query": part of the question.
  bool IsGiven(std::size_t i) const {
    const Expr &expr = request_.conjuncts[i];
    return expr.kind == Expr::Kind::kCompare &&
           request_.fields[static_cast<std::size_t>(expr.field)].HasTrait("given");
  }

  AccessPath NewPath() const {
    AccessPath path;
    path.verdicts.assign(request_.conjuncts.size(), Verdict::kLocal);
    path.reasons.assign(request_.conjuncts.size(), "");
    path.rows_sent = request_.table_rows;
    path.page_rows = kPageRows;
    return path;
  }

  Query NewQuery() const {
    Query query;
    query.all_rows = request_.include_deleted;
    query.deletable = DeletableParents(request_);
    return query;
  }

  void AddConditions(AccessPath &path, Query &query) const {
    for (std::size_t i = 0; i < request_.conjuncts.size(); ++i) {
      if (IsGiven(i)) {
        path.verdicts[i] = Verdict::kExact;
        query.text = Operand::Of(request_.conjuncts[i]);
      } else {
        path.verdicts[i] = translated_[i].verdict;
        path.reasons[i] = translated_[i].reason;
        if (translated_[i].condition) query.conditions.push_back(*translated_[i].condition);
      }
      if (path.verdicts[i] != Verdict::kLocal) path.rows_sent *= request_.selectivity[i];
    }
  }

  // Rows come in no order where a list is sent in parts.
  bool MayBeSplit(const Query &query) const {
    return std::ranges::any_of(query.conditions, [](const Condition &condition) {
      const Leaf &leaf = condition.leaf;
      return condition.kind == Condition::Kind::kLeaf && leaf.test == Expr::Kind::kAnyOf && !leaf.negated &&
             (leaf.operand.param >= 0 ||
              static_cast<double>(leaf.operand.constant.items.size()) > kIdsPerQuery / 10);
    });
  }

  AccessPath BySoql() const {
    AccessPath path = NewPath();
    Query query = NewQuery();
    AddConditions(path, query);
    if (!request_.order.empty() && !MayBeSplit(query) && OrderIsSendable()) {
      for (const Order &order : request_.order)
        query.order.push_back({request_.fields[order.field].path, order.descending, order.nulls_first});
      path.ordered = true;
    }
    path.requests =
        std::max(std::ceil(path.rows_sent / kPageRows), std::ceil(ListItems(query) / kIdsPerQuery));
    if (request_.rows_wanted >= 0 && path.rows_sent > 0)
      path.requests = std::min(path.requests, std::ceil(request_.rows_wanted / kPageRows));
    path.requests = std::max(path.requests, 1.0);
    path.plan = query.Encode();
    return path;
  }

  static double ListItems(const Query &query) {
    double most = 0;
    for (const Condition &condition : query.conditions)
      if (condition.kind == Condition::Kind::kLeaf && condition.leaf.test == Expr::Kind::kAnyOf)
        most = std::max(most, Items(condition.leaf.operand));
    return most;
  }
  static double Items(const Operand &operand) {
    return operand.param >= 0 ? kGuessedItems : static_cast<double>(operand.constant.items.size());
  }

  // Whether Salesforce gives deleted records is not known, so they must be recognizable; and nobody has seen
  // it give fields of other records.
  bool MayRetrieve() const {
    for (std::size_t i = 0; i < request_.conjuncts.size(); ++i)
      if (IsGiven(i)) return false;
    const auto is_of_parent = [](const Field &field) { return field.fetch && IsOfParent(field); };
    return std::ranges::none_of(request_.fields, is_of_parent) &&
           std::ranges::find(request_.fields, "IsDeleted", &Field::path) != request_.fields.end();
  }

  // Records of a list of ids; other conditions are checked here.
  void AddRetrieve(std::vector<AccessPath> &paths) const {
    Query query = NewQuery();
    if (query.all_rows || !MayRetrieve()) return;
    for (std::size_t i = 0; i < request_.conjuncts.size(); ++i) {
      const auto &condition = translated_[i].condition;
      if (!condition || condition->kind != Condition::Kind::kLeaf || condition->leaf.negated ||
          condition->leaf.kind != FieldClass::kId || condition->leaf.test != Expr::Kind::kAnyOf) {
        continue;
      }
      AccessPath path = NewPath();
      for (std::string &reason : path.reasons) reason = "records are read by id";
      path.verdicts[i] = Verdict::kExact;
      path.reasons[i].clear();
      const double items = Items(condition->leaf.operand);
      path.rows_sent = std::min(items, std::max(1.0, request_.table_rows));
      path.requests = std::max(1.0, std::ceil(items / static_cast<double>(kMostRetrieved)));
      query.route = Query::Route::kRetrieve;
      query.conditions = {*condition};
      path.plan = query.Encode();
      paths.push_back(std::move(path));
      return;
    }
  }

  // Nothing is left to be checked here, and nothing has to be asked for in parts.
  void AddGroups(std::vector<AccessPath> &paths) const {
    AccessPath path = NewPath();
    Query query = NewQuery();
    AddConditions(path, query);
    if (std::ranges::any_of(path.verdicts, [](Verdict verdict) { return verdict != Verdict::kExact; }))
      return;
    query.count = request_.WantsCountOnly();
    if (!query.count && (MayBeSplit(query) || !AddKeys(query) || !OutputsAreSendable())) return;
    path.rows_sent = path.requests = 1;
    path.plan = query.Encode();
    paths.push_back(std::move(path));
  }

  // Texts are perhaps equal there where they are not here (salesforce §5.7).
  bool AddKeys(Query &query) const {
    for (const int index : request_.group_by) {
      const Field &field = request_.fields[static_cast<std::size_t>(index)];
      if (!field.HasTrait(kGroupable) || field.HasTrait(kCalculated) || IsOfParent(field)) return false;
      const Query::Key key{field.path, TypeClassOf(field, request_.object)};
      // Rows are no groups, and COUNT(Id) would not be taken.
      if (key.kind == FieldClass::kId) return false;
      if (!key.divides() && key.kind != FieldClass::kBool && !(request_.approximate && IsText(key.kind)))
        return false;
      query.group_by.push_back(key);
    }
    std::stable_partition(query.group_by.begin(), query.group_by.end(),
                          [](const Query::Key &key) { return key.divides(); });
    return true;
  }

  static bool IsText(FieldClass kind) {
    return kind == FieldClass::kText || kind == FieldClass::kCasedText || kind == FieldClass::kPicklist;
  }

  bool OutputsAreSendable() const {
    return std::ranges::all_of(request_.outputs, [&](const Output &output) {
      return output.function == Function::kGroup || output.function == Function::kCountRows ||
             IsSendable(output.function, output.field);
    });
  }

  // Whether Salesforce's function is PostgreSQL's over what is read (salesforce §10.8). A field that is
  // grouped by cannot be aggregated as well.
  bool IsSendable(Function function, int index) const {
    const Field &field = request_.fields[static_cast<std::size_t>(index)];
    const FieldClass kind = TypeClassOf(field, request_.object);
    if (field.HasTrait(kCalculated) || IsOfParent(field) ||
        std::ranges::find(request_.group_by, index) != request_.group_by.end())
      return false;
    if (function == Function::kCount && kind == FieldClass::kBool) return true;
    if (!field.HasTrait(kAggregatable) || kind == FieldClass::kNone) return false;
    const bool ordered = kind == FieldClass::kInt || kind == FieldClass::kDate || kind == FieldClass::kMoment;
    const bool decimal = kind == FieldClass::kDecimal && !field.HasTrait(kConverted);
    switch (function) {
      case Function::kCount:
        return true;
      case Function::kCountDistinct:
        return ordered || kind == FieldClass::kId || kind == FieldClass::kReference ||
               (request_.approximate && (decimal || IsText(kind)));
      case Function::kMin:
      case Function::kMax:
        return ordered || decimal || (request_.approximate && IsText(kind));
      case Function::kSum:
        return kind == FieldClass::kInt || (request_.approximate && decimal);
      case Function::kGroup:
      case Function::kCountRows:
        break;
    }
    return false;
  }

  // Where Salesforce's order is PostgreSQL's (salesforce §10.8). Numbers that read alike may differ in digits
  // that are not read: nothing may be sorted after them.
  bool OrderIsSendable() const {
    for (std::size_t i = 0; i < request_.order.size(); ++i) {
      const Field &field = request_.fields[request_.order[i].field];
      if (!field.HasTrait(kSortable) || field.HasTrait(kCalculated) || IsOfParent(field)) return false;
      switch (TypeClassOf(field, request_.object)) {
        case FieldClass::kInt:
        case FieldClass::kDate:
        case FieldClass::kMoment:
          break;
        case FieldClass::kDecimal:
          if (field.HasTrait(kConverted) || i + 1 < request_.order.size()) return false;
          break;
        default:
          return false;
      }
    }
    return true;
  }

  const ReadRequest &request_;
  std::vector<Translation> translated_;  // per conjunct
};

}  // namespace

std::vector<AccessPath> PlanRead(const ReadRequest &request) { return Planner(request).Paths(); }

std::string DescribeRead(const ReadPlan &plan, const std::vector<Value> *params) {
  const Query query = Query::Decode(plan.plan);
  if (query.route == Query::Route::kRetrieve) {
    std::string names;
    for (const std::string &name : Selection(plan.fields))
      names.append(names.empty() ? "" : ",").append(name);
    return "POST composite/sobjects/" + plan.object + ": " + names;
  }
  const Statement statement = BindQuery(query, plan, params);
  if (statement.nothing) return "nothing to ask for";
  return (query.all_rows ? "queryAll: " : "") + statement.Soql();
}

}  // namespace crm::salesforce
