#include "providers/oauth.h"

#include <algorithm>
#include <utility>

#include "core/url.h"

namespace crm {

HttpRequest FormRequest(std::string path, const std::vector<FormField> &fields) {
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(path);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.safe_to_repeat = false;
  std::size_t room = 0;
  // Room for every byte encoded, so that no copy is left behind by growing.
  for (const FormField &field : fields) room += field.name.size() + std::size_t{3} * field.value.size() + 2;
  request.body.reserve(room);
  for (const FormField &field : fields) {
    SecretText encoded(0);
    encoded.text() = PercentEncode(field.value);
    request.body.append(request.body.empty() ? "" : "&").append(field.name).append("=");
    request.body.append(encoded.text());
  }
  return request;
}

Secret SecretMember(const Json &answer, const char *name) {
  const auto found = answer.find(name);
  if (found == answer.end() || !found->is_string()) return Secret();
  return Secret(found->get_ref<const std::string &>());
}

std::string OAuthErrorCode(const Json &answer) {
  if (!answer.is_object() || !answer.contains("error") || !answer["error"].is_string()) return "";
  std::string code = answer["error"].get<std::string>();
  const bool plain = code.size() <= 40 &&
                     std::ranges::all_of(code, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return plain ? code : "";
}

SecretHeader BearerCredential(const Secret &access_token) {
  SecretText header(access_token.Reveal().size() + 8);
  header.text().append("Bearer ").append(access_token.Reveal());
  return {"Authorization", Secret(header.text())};
}

void RequireMappingOption(bool given, std::string_view name, std::string_view needs) {
  if (given) return;
  const std::string option(name);
  throw Error(CrmErrorKind::kMissingOption, "option \"" + option + "\" is missing in the user mapping",
              std::string(needs), "ALTER USER MAPPING … OPTIONS (ADD " + option + " '…')");
}

}  // namespace crm
