// The plan of a read, and the SOQL that comes of it (salesforce §3.4, §5.1, §5.3).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/read_request.h"
#include "providers/salesforce/condition.h"

namespace crm::salesforce {

struct Query {
  enum class Route : std::uint8_t {
    kSoql,
    kRetrieve,  // records by id, up to 2,000 a request (salesforce §7.5)
  };
  struct Sort {
    std::string field;
    bool descending = false, nulls_first = false;
  };
  // Of groups: a field that is grouped by.
  struct Key {
    std::string field;
    FieldClass kind = FieldClass::kNone;
    // Whether groups can be asked for by ranges of the field: they have an order that is the same here.
    bool divides() const {
      return kind == FieldClass::kReference || kind == FieldClass::kInt || kind == FieldClass::kDate;
    }
  };
  Route route = Route::kSoql;
  std::vector<Condition> conditions;  // all of them; kRetrieve: the one that names the ids
  std::vector<Sort> order;
  std::optional<Operand> text;  // one more condition, in SOQL
  bool all_rows = false;        // deleted and archived ones too
  bool count = false;           // their number only
  // Relationships whose record counts as missing while it is deleted: "Account".
  std::vector<std::string> deletable;
  std::vector<Key> group_by;  // of a grouped read; those that divide come first

  // The plan's text.
  std::string Encode() const;
  static Query Decode(std::string_view plan);
};

// What is asked, with its values.
struct Statement {
  std::string select, from;                // "Id,Name"; "Account"
  std::string group, order;                // "OwnerId"; "Name ASC NULLS LAST"; or empty
  std::vector<BoundCondition> conditions;  // those that are sent
  int limit = 0;                           // rows; 0: all
  bool nothing = false;                    // no row can match
  bool exact = true;                       // the rows that are found are those that match

  std::string Soql() const;
  // How many rows there are.
  std::string CountSoql() const;
  // The same statement in parts that, encoded into a URL, are not longer than `bytes` where that is possible:
  // the longest list of values is sent piece by piece.
  std::vector<Statement> Split(std::size_t bytes) const;

 private:
  // "SELECT what FROM … WHERE …".
  std::string SoqlWith(std::string_view what) const;
};

// The statement of the plan, which `query` is the text of. `params` null: unbound ones print as "$1".
Statement BindQuery(const Query &query, const ReadPlan &plan, const std::vector<Value> *params);

// What the members of a group's record are called: a key by its place in group_by, another output by its own.
std::string KeyName(std::size_t key);
std::string OutputName(const Query &query, const PlannedOutput &output, std::size_t place);

// Fields to select: each once, Id first.
std::vector<std::string> Selection(const std::vector<Field> &fields);

// For the query part of a URL.
std::string EncodeSoql(std::string_view soql);

}  // namespace crm::salesforce
