// Words of the column options; README.md says what each of them means.
#pragma once
#include <string_view>

namespace crm::salesforce {

// Flags of a describe, as they are.
inline constexpr std::string_view kFilterable = "filterable";
inline constexpr std::string_view kSortable = "sortable";
inline constexpr std::string_view kGroupable = "groupable";
inline constexpr std::string_view kAggregatable = "aggregatable";
inline constexpr std::string_view kUnique = "unique";
inline constexpr std::string_view kCaseSensitive = "case-sensitive";
inline constexpr std::string_view kCalculated = "calculated";
inline constexpr std::string_view kAutoNumber = "auto-number";
inline constexpr std::string_view kExternalId = "external-id";
inline constexpr std::string_view kIdLookup = "id-lookup";
inline constexpr std::string_view kNillable = "nillable";
inline constexpr std::string_view kEncrypted = "encrypted";
inline constexpr std::string_view kHtml = "html";
inline constexpr std::string_view kNameField = "name";
inline constexpr std::string_view kRestricted = "restricted";

// Made of several.
inline constexpr std::string_view kKey = "key";
inline constexpr std::string_view kLookup = "lookup";
inline constexpr std::string_view kLong = "long";
inline constexpr std::string_view kPersonName = "person-name";
inline constexpr std::string_view kPolymorphic = "polymorphic";
inline constexpr std::string_view kParent = "parent";
inline constexpr std::string_view kRelationship = "relationship";  // relationship=Account
inline constexpr std::string_view kConverted = "converted";
inline constexpr std::string_view kReadOnly = "read-only";
inline constexpr std::string_view kCreateOnly = "create-only";
inline constexpr std::string_view kRequired = "required";

}  // namespace crm::salesforce
