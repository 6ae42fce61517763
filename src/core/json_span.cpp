#include "core/json_span.h"

namespace crm {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

std::size_t SkipBlanks(std::string_view text, std::size_t at) {
  const std::size_t next = text.find_first_not_of(" \t\r\n", at);
  return next == kNowhere ? text.size() : next;
}

// Just behind the string that starts at `at`; kNowhere: it does not end.
std::size_t SkipString(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return kNowhere;
}

// Just behind the value that starts at `at`; kNowhere: there is none, or it does not end.
std::size_t SkipValue(std::string_view text, std::size_t at) {
  if (at >= text.size()) return kNowhere;
  if (text[at] == '"') return SkipString(text, at);
  if (text[at] != '{' && text[at] != '[') {
    const std::size_t end = text.find_first_of(",:]}[{\" \t\r\n", at);
    return end == at ? kNowhere : end == kNowhere ? text.size() : end;
  }
  for (std::size_t depth = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      at = SkipString(text, at);
      continue;
    }
    ++at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return at;
  }
  return kNowhere;
}

using Member = std::pair<std::string_view, std::string_view>;

// Reads the member that begins at `at` or behind blanks there, and moves behind its comma. False: there is
// none.
bool TakeMember(std::string_view object, std::size_t &at, Member &member) {
  at = SkipBlanks(object, at);
  if (at >= object.size() || object[at] != '"') return false;
  const std::size_t end_of_key = SkipString(object, at);
  if (end_of_key == kNowhere) return false;
  const std::size_t begin = SkipBlanks(object, SkipBlanks(object, end_of_key) + 1);
  const std::size_t end = SkipValue(object, begin);
  if (end == kNowhere) return false;
  member = {object.substr(at + 1, end_of_key - at - 2), object.substr(begin, end - begin)};
  at = SkipBlanks(object, end) + 1;
  return true;
}

}  // namespace

bool IsOneJsonValue(std::string_view text) {
  const std::size_t end = SkipValue(text, SkipBlanks(text, 0));
  return end != kNowhere && SkipBlanks(text, end) == text.size();
}

std::string_view JsonMember(std::string_view object, std::string_view key) {
  Member member;
  for (std::size_t at = SkipBlanks(object, 0) + 1; TakeMember(object, at, member);) {
    if (member.first == key) return member.second;
  }
  return {};
}

std::vector<std::pair<std::string_view, std::string_view>> JsonMembers(std::string_view object) {
  std::vector<Member> members;
  Member member;
  for (std::size_t at = SkipBlanks(object, 0) + 1; TakeMember(object, at, member);) members.push_back(member);
  return members;
}

std::vector<std::string_view> JsonElements(std::string_view array) {
  std::vector<std::string_view> elements;
  std::size_t at = SkipBlanks(array, 0) + 1;
  while ((at = SkipBlanks(array, at)) < array.size() && array[at] != ']') {
    const std::size_t end = SkipValue(array, at);
    if (end == kNowhere) break;
    elements.push_back(array.substr(at, end - at));
    at = SkipBlanks(array, end) + 1;
  }
  return elements;
}

}  // namespace crm
