// LIKE and ILIKE on texts that are known here.
#include "core/like.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace crm {
namespace {

Match Like(std::string_view text, std::string_view pattern) { return MatchLike(text, pattern, false); }
Match ILike(std::string_view text, std::string_view pattern) { return MatchLike(text, pattern, true); }

TEST(CoreLike, Wildcards) {
  EXPECT_EQ(Like("", ""), Match::kYes);
  EXPECT_EQ(Like("", "%"), Match::kYes);
  EXPECT_EQ(Like("", "%%"), Match::kYes);
  EXPECT_EQ(Like("", "_"), Match::kNo);
  EXPECT_EQ(Like("a", ""), Match::kNo);
  EXPECT_EQ(Like("abc", "abc"), Match::kYes);
  EXPECT_EQ(Like("abc", "ab"), Match::kNo);
  EXPECT_EQ(Like("abc", "abcd"), Match::kNo);
  EXPECT_EQ(Like("abc", "a%"), Match::kYes);
  EXPECT_EQ(Like("abc", "%c"), Match::kYes);
  EXPECT_EQ(Like("abc", "%b%"), Match::kYes);
  EXPECT_EQ(Like("abc", "a_c"), Match::kYes);
  EXPECT_EQ(Like("abc", "____"), Match::kNo);
  EXPECT_EQ(Like("abc", "%_%_%_%"), Match::kYes);
  EXPECT_EQ(Like("abc", "%_%_%_%_%"), Match::kNo);
  EXPECT_EQ(Like("aab", "%ab"), Match::kYes);
  EXPECT_EQ(Like("abab", "%ab"), Match::kYes);
  EXPECT_EQ(Like("abab", "ab%ab%"), Match::kYes);
  EXPECT_EQ(Like("aba", "ab%ba"), Match::kNo);
  EXPECT_EQ(Like("ABC", "abc"), Match::kNo);
}

TEST(CoreLike, Escapes) {
  EXPECT_EQ(Like("a%c", "a\\%c"), Match::kYes);
  EXPECT_EQ(Like("abc", "a\\%c"), Match::kNo);
  EXPECT_EQ(Like("a_c", "a\\_c"), Match::kYes);
  EXPECT_EQ(Like("abc", "a\\_c"), Match::kNo);
  EXPECT_EQ(Like("a\\c", "a\\\\c"), Match::kYes);
  EXPECT_EQ(Like("a\\", "a\\\\"), Match::kYes);
  EXPECT_EQ(Like("abc", "\\a\\b\\c"), Match::kYes);
  EXPECT_EQ(Like("é", "\\é"), Match::kYes);
  EXPECT_EQ(Like("x%y", "%\\%%"), Match::kYes);
  EXPECT_EQ(Like("xy", "%\\%%"), Match::kNo);
}

TEST(CoreLike, PatternThatEndsWithItsEscapeIsAnErrorElsewhere) {
  EXPECT_EQ(Like("a", "a\\"), Match::kUnknown);
  EXPECT_EQ(Like("a\\", "a\\\\\\"), Match::kUnknown);
  EXPECT_EQ(Like("b", "\\"), Match::kUnknown);
  EXPECT_EQ(ILike("b", "%\\"), Match::kUnknown);
}

TEST(CoreLike, UnderscoreIsACharacterNotAByte) {
  EXPECT_EQ(Like("é", "_"), Match::kYes);
  EXPECT_EQ(Like("é", "__"), Match::kNo);
  EXPECT_EQ(Like("日本語", "_本_"), Match::kYes);
  EXPECT_EQ(Like("🎉!", "_!"), Match::kYes);
  EXPECT_EQ(Like("🎉", "____"), Match::kNo);
  EXPECT_EQ(Like("aé", "%_"), Match::kYes);
  EXPECT_EQ(Like("éé", "%_é"), Match::kYes);
  // Together the second byte of one and the first of the next look like a character.
  EXPECT_EQ(Like("éà", "%\xA9%"), Match::kNo);
}

TEST(CoreLike, CaseIsFoldedWhereEveryLocaleAgrees) {
  EXPECT_EQ(ILike("Acme", "aCME"), Match::kYes);
  EXPECT_EQ(ILike("Acme", "%M_"), Match::kYes);
  EXPECT_EQ(ILike("Acme", "b%"), Match::kNo);
  EXPECT_EQ(ILike("a%C", "A\\%c"), Match::kYes);
  EXPECT_EQ(ILike("Ärger", "ärger"), Match::kUnknown);
  EXPECT_EQ(ILike("arger", "är%"), Match::kUnknown);
  EXPECT_EQ(ILike("\xE2\x84\xAA"
                  "elvin",
                  "kelvin"),
            Match::kUnknown);
}

// A Turkish I is no capital i.
TEST(CoreLike, LettersThatOneLocaleFoldsAndAnotherDoesNot) {
  EXPECT_EQ(ILike("TITLE", "title"), Match::kUnknown);
  EXPECT_EQ(ILike("Title", "%I%"), Match::kUnknown);
  EXPECT_EQ(ILike("TITLE", "T_TLE"), Match::kYes);
  EXPECT_EQ(ILike("TITLE", "tItle"), Match::kYes);
  EXPECT_EQ(ILike("title", "%itle"), Match::kYes);
  EXPECT_EQ(ILike("TITLE", "x%"), Match::kNo);
}

TEST(CoreLike, ManyWildcardsTakeNoTime) {
  const std::string text(20'000, 'a');
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "a%";
  EXPECT_EQ(Like(text, pattern), Match::kYes);
  EXPECT_EQ(Like(text, pattern + "b"), Match::kNo);
  std::string gaps;
  for (int i = 0; i < 200; ++i) gaps += "%_";
  EXPECT_EQ(Like(text, gaps + "b"), Match::kNo);
  EXPECT_EQ(Like(text, std::string(10'000, '%') + "b"), Match::kNo);
}

// ---- against the definition ------------------------------------------------------------------------------

using Characters = std::vector<std::string>;

std::string Joined(const Characters &characters) {
  std::string text;
  for (const std::string &character : characters) text += character;
  return text;
}

// `pattern`: "%", "_", or a character, escaped or not. By the recursive definition, on a table.
bool Defined(const Characters &text, const Characters &pattern) {
  std::vector<std::vector<bool>> holds(text.size() + 1, std::vector<bool>(pattern.size() + 1));
  for (std::size_t i = text.size() + 1; i-- > 0;) {
    for (std::size_t k = pattern.size() + 1; k-- > 0;) {
      if (k == pattern.size()) {
        holds[i][k] = i == text.size();
      } else if (pattern[k] == "%") {
        holds[i][k] = holds[i][k + 1] || (i < text.size() && holds[i + 1][k]);
      } else {
        const std::string plain = pattern[k].starts_with('\\') ? pattern[k].substr(1) : pattern[k];
        const bool fits = i < text.size() && (pattern[k] == "_" || text[i] == plain);
        holds[i][k] = fits && holds[i + 1][k + 1];
      }
    }
  }
  return holds[0][0];
}

TEST(CoreLike, RandomPatternsMatchAsDefined) {
  const Characters letters = {"a", "b", "é", "本", "%", "_", "\\"};
  const Characters pieces = {"a", "b", "é",   "本",  "%",   "%",    "%",
                             "_", "_", "\\a", "\\%", "\\_", "\\\\", "\\é"};
  std::mt19937 random(7);
  const auto pick = [&](const Characters &from, std::size_t most) {
    Characters chosen(random() % (most + 1));
    for (std::string &character : chosen) character = from[random() % from.size()];
    return chosen;
  };
  int matches = 0;
  for (int i = 0; i < 30'000; ++i) {
    const Characters text = pick(letters, 6);
    const Characters pattern = pick(pieces, 6);
    const bool wanted = Defined(text, pattern);
    matches += wanted ? 1 : 0;
    ASSERT_EQ(Like(Joined(text), Joined(pattern)), wanted ? Match::kYes : Match::kNo)
        << Joined(text) << " LIKE " << Joined(pattern);
  }
  EXPECT_GT(matches, 1500);
}

}  // namespace
}  // namespace crm
