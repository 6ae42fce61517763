#include "core/value.h"

namespace crm {

Value Value::From(const CrmValue &view) {
  Value value;
  value.type = view.type;
  switch (view.type) {
    case CrmType::kNull:
      break;
    case CrmType::kBool:
      value.boolean = view.boolean;
      break;
    case CrmType::kInt:
    case CrmType::kDate:
    case CrmType::kTime:
    case CrmType::kTimestamp:
      value.integer = view.integer;
      break;
    case CrmType::kDouble:
      value.real = view.real;
      break;
    case CrmType::kDecimal:
    case CrmType::kText:
    case CrmType::kJson:
    case CrmType::kBytes:
      value.text = View(view.text);
      break;
    case CrmType::kTextArray:
      value.items.reserve(view.array.count);
      for (std::int32_t i = 0; i < view.array.count; ++i) {
        const CrmText &item = view.array.items[i];
        value.items.push_back(item.data == nullptr ? std::nullopt
                                                   : std::optional<std::string>(std::string(View(item))));
      }
      break;
  }
  return value;
}

}  // namespace crm
