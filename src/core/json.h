// nlohmann/json behind one name: it builds requests and plans and reads small metadata. Pages go through
// page_reader.h.
#pragma once
#include <nlohmann/json.hpp>

namespace crm {
using Json = nlohmann::ordered_json;  // ordered: plan text must be identical for identical input
}
