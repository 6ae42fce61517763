// What there is: tables and columns for IMPORT, and the test of a connection.
#pragma once
#include <memory>

#include "providers/provider.h"

namespace crm::close_crm {

std::unique_ptr<Exchange> MakeImport(const ImportRequest &request);
std::unique_ptr<Exchange> MakeTest();

}  // namespace crm::close_crm
