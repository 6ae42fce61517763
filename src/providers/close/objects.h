// The objects and standard fields of Close, as data (close §4 of the API's description).
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace crm::close_crm {

// The remote_type of the columns that are no field of Close.
inline constexpr std::string_view kRawType = "_raw";                // the record as sent
inline constexpr std::string_view kPropertiesType = "_properties";  // what no other column holds
inline constexpr std::string_view kQueryType = "_query";            // a text query that Close is to answer
inline constexpr std::string_view kSmartViewType = "_smart_view";   // name or id of a saved search

// Traits; README.md lists them all. "minor=2" on money: the API counts in units of 10^-2.
inline constexpr std::string_view kKey = "key";                // identifies the record
inline constexpr std::string_view kLookup = "lookup";          // worth a request for each value of a join
inline constexpr std::string_view kFilterable = "filterable";  // a list or look-up takes it as a filter
inline constexpr std::string_view kSortable = "sortable";      // a list can be sorted by it
inline constexpr std::string_view kMinorPrefix = "minor=";
inline constexpr std::string_view kGiven = "given";  // part of the question, see core/read_request.h

inline constexpr std::string_view kCustomPrefix = "custom.";  // flat keys, such as custom.cf_x

struct StandardField {
  std::string_view name;  // of the column, and of the API's field unless `path` says otherwise
  std::string_view remote_type;
  std::string_view sql_type;
  std::string_view traits;
  std::string_view references;  // "leads.id", or empty
  bool required;                // each answer has the key
  std::string_view comment;
  std::string_view path = {};  // of a value inside a field: "emails.0.email"; "[]" stands for every element
};

struct Object {
  std::string_view name;     // of the API; the table option "object"
  std::string_view table;    // local name
  std::string_view comment;  // of the table
  std::string_view path;     // of the list, "/api/v1/lead/"
  std::span<const StandardField> fields;
  std::int64_t page_max = 0;    // largest page; 0: the list comes at once
  std::int64_t depth = 0;       // most rows that a list is paged through; 0: as many as there are
  bool get_by_id = false;       // path + id + "/" answers
  bool lists_ids = false;       // the list takes id__in
  bool custom_fields = false;   // /custom_field_schema/ + name + "/" answers
  bool selects_fields = false;  // takes _fields
  bool counts = false;          // the list says how many rows there are in all
  // The list is sorted by this time, newest first unless asked otherwise; empty: nobody knows.
  std::string_view time = {};
  // The list takes _order_by with that time, ± and time__gte, time__lte.
  bool sorts = false;
  // And Close says so: the order may be relied upon.
  bool orders = false;
  // What the list is always asked with: "_type", "all".
  std::string_view fixed_param = {}, fixed_value = {};
  std::string_view search_type = {};  // of /data/search/; empty: not searchable
};

std::span<const Object> AllObjects();
// By API name; null: unknown.
const Object *FindObject(std::string_view name);
// Null: not a standard field.
const StandardField *FindField(const Object &object, std::string_view name);

// The path a column of a standard field has.
inline std::string_view PathOf(const StandardField &field) {
  return field.path.empty() ? field.name : field.path;
}

}  // namespace crm::close_crm
