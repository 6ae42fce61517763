#include "providers/salesforce/join.h"

#include <algorithm>
#include <string_view>

#include "providers/salesforce/condition.h"
#include "providers/salesforce/field_words.h"

namespace crm::salesforce {

namespace {

constexpr std::ptrdiff_t kMostLevels = 5;
constexpr std::string_view kIsDeleted = "IsDeleted";
// Marks the field in the request; no table has it.
constexpr std::string_view kJoined = "joined";

// Objects without a recycle bin. Of others the table has to have the column that tells.
bool IsNeverDeleted(std::string_view object) {
  static constexpr std::string_view kObjects[] = {"User", "RecordType", "Group", "Profile", "UserRole"};
  return std::ranges::find(kObjects, object) != std::end(kObjects);
}

std::size_t Index(int index) { return static_cast<std::size_t>(index); }

}  // namespace

bool JoinParent(ReadRequest &request, const Parent &parent) {
  const Field reference = request.fields[Index(parent.reference)];
  const std::string_view relationship = reference.TraitValue(kRelationship);
  if (relationship.empty() || reference.HasTrait(kPolymorphic) || !HasOwnStore(parent.object)) return false;
  const auto tells = [&](int field) { return request.fields[Index(field)].path == kIsDeleted; };
  if (!IsNeverDeleted(parent.object) && std::ranges::none_of(parent.fields, tells)) return false;
  const std::string prefix =
      reference.path.substr(0, reference.path.rfind('.') + 1).append(relationship) + ".";
  for (const int index : parent.fields) {
    Field &field = request.fields[Index(index)];
    field.path.insert(0, prefix);
    if (field.fetch && std::ranges::count(field.path, '.') > kMostLevels) return false;
    field.traits.append(" ").append(kParent).append(" ").append(kJoined);
  }
  return true;
}

std::vector<std::string> DeletableParents(const ReadRequest &request) {
  std::vector<std::string> parents;
  for (const Field &field : request.fields)
    if (field.HasTrait(kJoined) && field.path.ends_with(kIsDeleted) &&
        field.path[field.path.size() - kIsDeleted.size() - 1] == '.')
      parents.push_back(field.path.substr(0, field.path.size() - kIsDeleted.size() - 1));
  return parents;
}

}  // namespace crm::salesforce
