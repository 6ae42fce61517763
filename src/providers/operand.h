// The right-hand sides of conditions, as a provider keeps them in its plan.
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/json.h"
#include "core/read_request.h"

namespace crm {

// A right-hand side: a constant, or a parameter bound at execution.
struct Operand {
  int param = -1;
  Value constant;  // param < 0

  static Operand Of(const Expr &expr) { return {expr.param, expr.param < 0 ? expr.operand : Value{}}; }
};

const Value &BoundValue(const Operand &operand, const std::vector<Value> &params);
// "$1" of an unbound parameter.
std::string ParamWord(const Operand &operand);
Json EncodeOperand(const Operand &operand);
Operand DecodeOperand(const Json &json);
// A number in a plan. Error: kInternal, for anything else.
std::int64_t PlanNumber(const Json &json, std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                        std::int64_t most = std::numeric_limits<std::int64_t>::max());

}  // namespace crm
