// PostgreSQL's LIKE on texts that are known here: labels, choices.
#pragma once
#include <cstdint>
#include <string_view>

namespace crm {

enum class Match : std::uint8_t { kNo, kYes, kUnknown };

// Whether `text` matches a LIKE pattern (escape character: backslash), in UTF-8. `fold_case`: as ILIKE does;
// kUnknown where the database's locale decides: beyond ASCII, and for I, which is no capital i in Turkish. A
// pattern that ends with a lone backslash is an error in PostgreSQL: kUnknown.
Match MatchLike(std::string_view text, std::string_view pattern, bool fold_case);

}  // namespace crm
