// The objects and standard fields of Close, as data (close §4 of the API's description).
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace crm::close_crm {

// The remote_type of the two columns that are no field of Close.
inline constexpr std::string_view kRawType = "_raw";                // the record as sent
inline constexpr std::string_view kPropertiesType = "_properties";  // what no other column holds

// Traits; README.md lists them all. "minor=2" on money: the API counts in units of 10^-2.
inline constexpr std::string_view kKey = "key";                // identifies the record
inline constexpr std::string_view kLookup = "lookup";          // worth a request for each value of a join
inline constexpr std::string_view kFilterable = "filterable";  // a list or look-up takes it as a filter
inline constexpr std::string_view kSortable = "sortable";      // a list can be sorted by it
inline constexpr std::string_view kMinorPrefix = "minor=";

inline constexpr std::string_view kCustomPrefix = "custom.";  // flat keys, such as custom.cf_x

struct StandardField {
  std::string_view name;  // of the API; the column's name as well
  std::string_view remote_type;
  std::string_view sql_type;
  std::string_view traits;
  std::string_view references;  // "leads.id", or empty
  bool required;                // each answer has the key
  std::string_view comment;
};

struct Object {
  std::string_view name;   // of the API; the table option "object"
  std::string_view table;  // local name
  std::string_view path;   // of the list, "/api/v1/lead/"
  std::int64_t page_max;   // largest page; 0: the list comes at once
  bool get_by_id;          // path + id + "/" answers
  bool custom_fields;      // /custom_field_schema/ + name + "/" answers
  bool selects_fields;     // takes _fields
  // A list is sorted newest first by this time, unless asked otherwise; empty: nobody knows.
  std::string_view newest_first;
  // Sent as _order_by when no order is wanted, so that the list is newest first; empty: it is anyway.
  std::string_view default_order;
  std::span<const StandardField> fields;
  std::string_view comment;
};

std::span<const Object> AllObjects();
// By API name; null: unknown.
const Object *FindObject(std::string_view name);
// Null: not a standard field.
const StandardField *FindField(const Object &object, std::string_view name);

}  // namespace crm::close_crm
