// What a text condition of a search can be asked for (close §5.3, 5.5, 9.1).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crm::close_crm {

struct TextTerm {
  std::string_view mode;  // "exact_value", "full_words", "beginning_of_words"
  std::string value;
};

// Terms of which each text that equals `literal` fulfils at least one; empty: there are none.
std::vector<TextTerm> TermsForEqual(std::string_view literal);
// Terms all of which each text LIKE `pattern` fulfils; empty: there are none. `fold_case`: ILIKE, of which
// only what has no letters is safe, as nobody knows whether the index folds case.
std::vector<TextTerm> TermsForLike(std::string_view pattern, bool fold_case);

}  // namespace crm::close_crm
