// What there is: tables and columns for IMPORT, and the test of a connection.
#pragma once
#include <memory>

#include "providers/provider.h"

namespace crm::salesforce {

// Throws kInvalidOptionValue for IMPORT options that no table of Salesforce can have.
std::unique_ptr<Exchange> MakeImport(ImportRequest request, const Options &options);
std::unique_ptr<Exchange> MakeTest(const Options &options);

}  // namespace crm::salesforce
