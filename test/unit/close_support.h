// Drives Close conversations with answers made up by a test.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "provider_support.h"

namespace crm::close_test {

using namespace provider_test;  // NOLINT: the helpers of all these tests

inline const Provider &Close() { return *FindProvider("close"); }

// ---- requests ------------------------------------------------------------------------------------------

// The columns that IMPORT gives; `schema` answers custom_field_schema.
inline std::vector<Field> ImportedFields(const std::string &table,
                                         const Json &schema = {{"fields", Json::array()}}) {
  ImportRequest request;
  request.limit_to = {table};
  const Outcome outcome =
      Drive(Close().Import(std::move(request), {}), [&](const Asked &) { return Answer(schema); });
  std::vector<Field> fields;
  for (const auto &row : outcome.rows) {
    Field field;
    field.type = TypeOf(row[kImportType].text);
    const auto &options = row[kImportColumnOptions].items;
    for (std::size_t i = 0; i + 1 < options.size(); i += 2) {
      if (*options[i] == "field") field.path = *options[i + 1];
      if (*options[i] == "remote_type") field.remote_type = *options[i + 1];
      if (*options[i] == "traits") field.traits = *options[i + 1];
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

// A read of some columns of a table, with conditions.
struct Reading {
  ReadRequest request;
  std::vector<Field> imported;

  Reading(std::string object, const std::string &table, const std::vector<std::string> &wanted,
          const Json &schema = {{"fields", Json::array()}})
      : imported(ImportedFields(table, schema)) {
    request.object = std::move(object);
    request.table_rows = 1000;
    for (const std::string &path : wanted) FieldIndex(path);
  }
  int FieldIndex(const std::string &path, bool fetch = true) {
    for (std::size_t i = 0; i < request.fields.size(); ++i) {
      if (request.fields[i].path == path) return static_cast<int>(i);
    }
    for (const Field &field : imported) {
      if (field.path != path) continue;
      request.fields.push_back(field);
      request.fields.back().fetch = fetch;
      return static_cast<int>(request.fields.size()) - 1;
    }
    ADD_FAILURE() << "no field " << path;
    return -1;
  }
  Reading &Where(const std::string &path, CompareOp op, Value operand, int param = -1) {
    Expr expr;
    expr.kind = operand.type == CrmType::kTextArray ? Expr::Kind::kAnyOf : Expr::Kind::kCompare;
    expr.op = op;
    expr.field = FieldIndex(path, false);
    expr.param = param;
    expr.operand = std::move(operand);
    request.conjuncts.push_back(std::move(expr));
    request.selectivity.push_back(0.1);
    return *this;
  }
  Reading &OrderBy(const std::string &path, bool descending) {
    request.order.push_back({FieldIndex(path, false), descending, descending});
    return *this;
  }
  std::vector<AccessPath> Plan() const { return Close().Plan(request); }
  // `path`: which of the access paths, from the end; 0 is the last resort.
  ReadPlan Planned(std::size_t path = 0) const {
    const std::vector<AccessPath> paths = Plan();
    ReadPlan plan;
    plan.object = request.object;
    for (const Field &field : request.fields) {
      if (field.fetch) plan.fields.push_back(field);
    }
    plan.plan = paths.at(paths.size() - 1 - path).plan;
    plan.limited = request.rows_wanted >= 0;
    return plan;
  }
  Outcome Read(const Server &server, std::size_t path = 0, std::vector<Value> params = {},
               const Options &options = {}) const {
    return Drive(Close().Read(Planned(path), std::move(params), options), server);
  }
  std::string Described(std::size_t path = 0, const std::vector<Value> *params = nullptr) const {
    return Close().Describe(Planned(path), params);
  }
};

}  // namespace crm::close_test
