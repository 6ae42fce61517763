// Any text as the plan of a read: it is refused, or it is one that encodes and decodes again to itself, and
// can be described. The first byte picks the object.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json_text.h"
#include "providers/close/objects.h"
#include "providers/close/plan.h"
#include "providers/close/query.h"

namespace {

using crm::Json;

void Require(bool holds, const char *what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s: %.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

void CheckUtf8(std::string_view text) {
  std::vector<std::size_t> mended;
  crm::MendUtf8(text, mended);
  Require(mended.empty(), "text is not UTF-8", text);
}

// Whether the text is a plan.
bool CheckPlan(const std::string &text) {
  std::string encoded;
  try {
    encoded = crm::close_crm::Query::Decode(text).Encode();
  } catch (const crm::Error &error) {
    Require(error.kind == CrmErrorKind::kInternal, "error of another kind", error.message);
    return false;
  } catch (const Json::exception &) {
    return false;
  }
  Require(crm::close_crm::Query::Decode(encoded).Encode() == encoded, "another plan", encoded);
  return true;
}

void CheckDescription(const crm::close_crm::Object &object, const std::string &text) {
  crm::ReadPlan plan;
  plan.object = object.name;
  plan.plan = text;
  plan.fields.push_back({"id", "id", "key", CrmType::kText, true});
  const std::vector<crm::Value> params(3);
  for (const std::vector<crm::Value> *bound :
       {static_cast<const std::vector<crm::Value> *>(nullptr), &params}) {
    try {
      CheckUtf8(crm::close_crm::DescribeRead(plan, bound));
    } catch (const crm::Error &error) {
      Require(error.kind == CrmErrorKind::kInternal, "error of another kind", error.message);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  if (size == 0) return 0;
  const auto objects = crm::close_crm::AllObjects();
  const std::string text(reinterpret_cast<const char *>(data + 1), size - 1);
  if (CheckPlan(text)) CheckDescription(objects[data[0] % objects.size()], text);
  return 0;
}
