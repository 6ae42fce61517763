// The call "request": one HTTP request as the user wrote it, its answer as one row.
#pragma once
#include <memory>
#include <string_view>

#include "engine/account.h"
#include "net/http.h"
#include "providers/provider.h"

namespace crm {

// From {"method","path","query","body"}. Throws kInvalidArgument, or kReadOnly when the method is not GET and
// the server is not updatable.
HttpRequest ParseRequestCall(std::string_view json_arguments, bool updatable, std::string_view server_name);

// Gives one row of CrmRequestCell. What is not a GET is noted in the process's log of writes.
std::unique_ptr<Exchange> MakeRequestExchange(const HttpRequest &request, const AccountKey &account);

}  // namespace crm
