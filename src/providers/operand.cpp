#include "providers/operand.h"

#include <utility>

#include "core/error.h"

namespace crm {

namespace {
constexpr std::int64_t kMostParams = 100'000;
}

const Value &BoundValue(const Operand &operand, const std::vector<Value> &params) {
  if (operand.param < 0) return operand.constant;
  if (static_cast<std::size_t>(operand.param) >= params.size()) {
    throw Error(CrmErrorKind::kInternal, "a parameter of the plan is not bound");
  }
  return params[operand.param];
}

std::string ParamWord(const Operand &operand) { return "$" + std::to_string(operand.param + 1); }

Json EncodeOperand(const Operand &operand) {
  if (operand.param >= 0) return {{"param", operand.param}};
  const Value &value = operand.constant;
  switch (value.type) {
    case CrmType::kBool:
      return {{"bool", value.boolean}};
    case CrmType::kInt:
      return {{"int", value.integer}};
    case CrmType::kDecimal:
      return {{"decimal", value.text}};
    case CrmType::kText:
      return {{"text", value.text}};
    case CrmType::kDate:
      return {{"date", value.integer}};
    case CrmType::kTimestamp:
      return {{"time", value.integer}};
    case CrmType::kTextArray: {
      Json list = Json::array();
      for (const auto &item : value.items) list.push_back(item ? Json(*item) : Json());
      return {{"texts", std::move(list)}};
    }
    default:
      return nullptr;
  }
}

std::int64_t PlanNumber(const Json &json, std::int64_t least, std::int64_t most) {
  const auto number = WholeNumber(json);
  if (!number || *number < least || *number > most)
    throw Error(CrmErrorKind::kInternal, "unknown number in a plan");
  return *number;
}

Operand DecodeOperand(const Json &json) {
  Operand operand;
  if (!json.is_object() || json.empty()) return operand;
  const std::string word = json.begin().key();
  const Json &what = json.begin().value();
  Value &value = operand.constant;
  const auto whole = [&](CrmType type) {
    value.type = type;
    value.integer = PlanNumber(what);
  };
  if (word == "param") {
    operand.param = static_cast<int>(PlanNumber(what, 0, kMostParams));
  } else if (word == "bool") {
    value.type = CrmType::kBool;
    value.boolean = what.get<bool>();
  } else if (word == "int") {
    whole(CrmType::kInt);
  } else if (word == "date") {
    whole(CrmType::kDate);
  } else if (word == "time") {
    whole(CrmType::kTimestamp);
  } else if (word == "texts") {
    value.type = CrmType::kTextArray;
    for (const Json &item : what) {
      value.items.push_back(item.is_null() ? std::nullopt : std::optional(item.get<std::string>()));
    }
  } else {
    value.type = word == "decimal" ? CrmType::kDecimal : CrmType::kText;
    value.text = what.get<std::string>();
  }
  return operand;
}

}  // namespace crm
