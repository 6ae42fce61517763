// Joins along references (salesforce §5.9, §10.8).
#pragma once
#include <string>
#include <vector>

#include "core/read_request.h"

namespace crm::salesforce {

// See Provider::JoinParent.
bool JoinParent(ReadRequest &request, const Parent &parent);

// The relationships that JoinParent has followed and whose record may lie in the recycle bin, where nobody
// sees it as a parent: "Account", "Account.Parent".
std::vector<std::string> DeletableParents(const ReadRequest &request);

}  // namespace crm::salesforce
