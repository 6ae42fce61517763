// Words of the field tables.
#pragma once
#include <string_view>

#include "providers/close/objects.h"

namespace crm::close_crm {

inline constexpr std::string_view kId = "text COLLATE \"C\"";
inline constexpr std::string_view kText = "text";
inline constexpr std::string_view kTexts = "text[]";
inline constexpr std::string_view kBigint = "bigint";
inline constexpr std::string_view kNumeric = "numeric";
inline constexpr std::string_view kBoolean = "boolean";
inline constexpr std::string_view kDate = "date";
inline constexpr std::string_view kTimestamp = "timestamptz";
inline constexpr std::string_view kJson = "jsonb";

inline constexpr std::string_view kReadOnly = "read-only";
inline constexpr std::string_view kCreateOnly = "create-only";
inline constexpr std::string_view kWritable = "";
inline constexpr std::string_view kMoney = "minor=2";
inline constexpr std::string_view kMoneyReadOnly = "minor=2 read-only";
inline constexpr std::string_view kFilter = "filterable";
inline constexpr std::string_view kIdTraits = "key lookup filterable read-only";
inline constexpr std::string_view kListedIdTraits = "key read-only";
inline constexpr std::string_view kParentTraits = "lookup filterable create-only";
inline constexpr std::string_view kFilterReadOnly = "filterable read-only";
inline constexpr std::string_view kSortedReadOnly = "filterable sortable read-only";
inline constexpr std::string_view kGivenTraits = "given lookup read-only";

// Whether each answer holds the key.
inline constexpr bool kAlways = true;
inline constexpr bool kSometimes = false;

// objects_activity.cpp
extern const std::span<const Object> kActivityObjects;

}  // namespace crm::close_crm
