// A search as a person would say it.
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "providers/close/search_filter.h"

namespace crm::close_crm {

namespace {

std::string Listed(const Json &values) {
  std::string list;
  for (const Json &value : values) list += (list.empty() ? "" : ", ") + value.get<std::string>();
  return "(" + list + ")";
}

std::string MomentWords(const Json &condition, const std::string &field) {
  std::string text = field;
  const auto add = [&](const char *key, const char *words) {
    if (condition.contains(key)) text += words + condition[key].at("value").get<std::string>();
  };
  add("on_or_after", " from ");
  add("before", " before ");
  return text;
}

std::string NumberWords(const Json &condition, const std::string &field) {
  static constexpr std::array<std::pair<const char *, const char *>, 4> kBounds = {
      {{"gt", " > "}, {"gte", " >= "}, {"lt", " < "}, {"lte", " <= "}}};
  std::string text;
  for (const auto &[key, sign] : kBounds) {
    if (condition.contains(key)) text += (text.empty() ? "" : " and ") + field + sign + condition[key].dump();
  }
  return text;
}

std::string ConditionWords(const Json &node) {
  const Json &field = node.at("field");
  const bool is_custom = field.at("type") == "custom_field";
  const auto name = (is_custom ? "custom." + field.at("custom_field_id").get<std::string>()
                               : field.at("field_name").get<std::string>());
  const Json &condition = node.at("condition");
  if (condition.is_string()) return name + " " + condition.get<std::string>();
  const auto type = condition.at("type").get<std::string>();
  if (type == "text") {
    return name + " " + condition.at("mode").get<std::string>() + " '" +
           condition.at("value").get<std::string>() + "'";
  }
  if (type == "term") return name + " in " + Listed(condition.at("values"));
  if (type == "reference") return name + " in " + Listed(condition.at("object_ids"));
  if (type == "number_range") return NumberWords(condition, name);
  if (type == "moment_range") return MomentWords(condition, name);
  return name + " exists";
}

std::string GroupWords(const Json &node, std::string_view word) {
  std::string text;
  for (const Json &child : node.at("queries")) {
    if (child.at("type") == "object_type") continue;
    const bool is_group = child.at("type") == "and" || child.at("type") == "or";
    const std::string words = SearchWords(child);
    text.append(text.empty() ? "" : word).append(is_group ? "(" + words + ")" : words);
  }
  return text;
}

}  // namespace

std::string SearchWords(const Json &node) {
  const auto type = node.at("type").get<std::string>();
  if (type == "and") return GroupWords(node, " and ");
  if (type == "or") return GroupWords(node, " or ");
  if (type == "has_related") {
    return "has " + node.at("related_object_type").get<std::string>() + " (" +
           SearchWords(node.at("related_query")) + ")";
  }
  if (type == "saved_search") return "in smart view " + node.at("saved_search_id").get<std::string>();
  const bool negated = node.value("negate", false);
  return (negated ? "not (" : "") + ConditionWords(node) + (negated ? ")" : "");
}

}  // namespace crm::close_crm
