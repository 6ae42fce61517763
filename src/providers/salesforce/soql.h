// Any SOQL statement, its records as Salesforce sends them.
#pragma once
#include <memory>
#include <string_view>

#include "providers/provider.h"

namespace crm::salesforce {

// Rows of CrmQueryCell: a record each, its children complete; of SELECT COUNT() the one row {"count": n}.
// Throws kInvalidArgument for a text that is no SELECT. `options`: of the server.
std::unique_ptr<Exchange> MakeSoql(std::string_view text, const Options &options);

}  // namespace crm::salesforce
