// From conditions to the query of /data/search/ (close §5, 9.1 to 9.6). What is sent finds every row that
// matches, under each reading of what Close does not document, and perhaps more.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/read_request.h"
#include "providers/close/filter.h"
#include "providers/close/objects.h"

namespace crm::close_crm {

// How the index knows a field.
enum class SearchKind : std::uint8_t {
  kText,       // analysed into words
  kTerm,       // one word of a closed vocabulary
  kDirection,  // the same, where the index may have other words than the records
  kReference,  // id of another object; `detail` is the reference type
  kNumber,
  kMoment,  // an instant
  kDay,     // a day, of which zone nobody knows
  kLabel,   // label of a lead's status: resolved to ids
  kEmail,   // of a contact, or of a lead's contacts
  kPhone,
  kSmartView,  // name or id of a saved search: resolved to an id
};

// `field test operand`.
struct SearchLeaf {
  std::string field;
  SearchKind kind = SearchKind::kText;
  std::string detail;
  bool proven = true;  // false: Close may refuse the field, and then the condition is left out
  Expr::Kind test = Expr::Kind::kCompare;
  CompareOp op = CompareOp::kEq;
  bool negated = false;
  Operand operand;
};

struct SearchNode {
  enum class Kind : std::uint8_t { kAnd, kOr, kLeaf };
  Kind kind = Kind::kLeaf;
  SearchLeaf leaf;
  std::vector<SearchNode> children;
};

Json EncodeSearch(const SearchNode &node);
SearchNode DecodeSearch(const Json &json);

struct Translation {
  std::optional<SearchNode> node;
  Verdict verdict = Verdict::kLocal;
  std::string reason;  // why it is not exact, or not sent
};
Translation TranslateForSearch(const Expr &expr, const ReadRequest &request, const Object &object);

// Whether a search can be sorted by it; no row lacks it.
bool IsSearchKey(const Object &object, std::string_view field);

struct Named {
  std::string id, name;
};
// What was looked up for this read.
struct Vocabulary {
  std::vector<Named> lead_statuses;
  std::string smart_view;  // id
};
// Whether a leaf of this kind is in there.
bool Uses(const SearchNode &node, SearchKind kind);
bool HasUnproven(const SearchNode &node);

// A condition with its values.
struct BoundSearch {
  enum class Kind : std::uint8_t {
    kNothing,     // no row can match
    kEverything,  // nothing can be sent
    kNode,
  };
  Kind kind = Kind::kNode;
  Json node;
};
struct SearchBinding {
  const std::vector<Value> *params = nullptr;  // null: unbound ones print as "$1"
  const Vocabulary *vocabulary = nullptr;      // null: what has to be looked up prints as it is
  bool with_unproven = true;
};
BoundSearch BindSearch(const SearchNode &node, std::string_view search_type, const SearchBinding &binding);

// The query of a search in words, for EXPLAIN.
std::string SearchWords(const Json &node);

// {"type":"field_condition",…} on a time: rows in [from, before), microseconds; nullopt: open.
Json MomentCondition(std::string_view search_type, std::string_view field, std::optional<std::int64_t> from,
                     std::optional<std::int64_t> before);

}  // namespace crm::close_crm
