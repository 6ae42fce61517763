// Salesforce, with answers made up by a test.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "provider_support.h"

namespace crm::salesforce_test {

using namespace provider_test;  // NOLINT: the helpers of all these tests

inline const Provider &Salesforce() { return *FindProvider("salesforce"); }

// One field of a describe, with the members that matter; `more` goes over them.
inline Json DescribeField(const std::string &name, const std::string &type,
                          const Json &more = Json::object()) {
  Json field = {{"name", name},
                {"label", name},
                {"type", type},
                {"length", 80},
                {"filterable", true},
                {"sortable", true},
                {"groupable", true},
                {"aggregatable", true},
                {"createable", true},
                {"updateable", true},
                {"nillable", true},
                {"deprecatedAndHidden", false},
                {"picklistValues", Json::array()},
                {"referenceTo", Json::array()},
                {"relationshipName", nullptr},
                // Never looked at.
                {"soapType", "xsd:string"},
                {"filteredLookupInfo", {{"name", "not a field"}}}};
  for (const auto &[key, value] : more.items()) field[key] = value;
  return field;
}

inline Json IdField() {
  return DescribeField("Id", "id", {{"createable", false}, {"updateable", false}, {"nillable", false}});
}

inline Json DescribeOf(const std::string &name, Json fields) {
  return {{"name", name},
          {"label", name},
          {"labelPlural", name + "s"},
          {"fields", std::move(fields)},
          {"childRelationships", {{{"childSObject", "Task"}, {"field", "WhatId"}}}}};
}

// An entry of the list of objects.
inline Json Listed(const std::string &name, const Json &more = Json::object()) {
  Json entry = {{"name", name},
                {"label", name},
                {"queryable", true},
                {"layoutable", true},
                {"customSetting", false},
                {"deprecatedAndHidden", false},
                {"urls", {{"sobject", "/"}}}};
  for (const auto &[key, value] : more.items()) entry[key] = value;
  return entry;
}

// An org: what it lists and describes. Composite requests are answered part by part.
struct Org {
  Json listed = Json::array();
  std::map<std::string, Json> describes;
  std::map<std::string, int> refused;  // status of a describe
  std::map<std::string, std::int64_t> counts;
  bool composite = true;

  void Add(const Json &describe, const Json &more = Json::object()) {
    const std::string name = describe["name"];
    listed.push_back(Listed(name, more));
    describes[name] = describe;
  }
  HttpResponse operator()(const Asked &request) const {
    if (request.path.ends_with("/sobjects")) return Answer(Json{{"sobjects", listed}});
    if (request.path.ends_with("/limits/recordCount")) return Counts();
    if (request.path.ends_with("/composite")) return Composite(request);
    return Describe(request.path);
  }

 private:
  HttpResponse Counts() const {
    Json list = Json::array();
    for (const auto &[name, count] : counts) list.push_back({{"count", count}, {"name", name}});
    return Answer(Json{{"sObjects", list}});
  }
  HttpResponse Describe(const std::string &path) const {
    const std::string tail = "/describe";
    const std::size_t slash = path.rfind('/', path.size() - tail.size() - 1);
    const std::string name = path.substr(slash + 1, path.size() - tail.size() - slash - 1);
    const auto found = describes.find(name);
    const auto refusal = refused.find(name);
    if (found != describes.end() && refusal == refused.end()) return Answer(found->second);
    return Answer(refusal == refused.end() ? 404 : refusal->second,
                  R"([{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}])");
  }
  HttpResponse Composite(const Asked &request) const {
    if (!composite) return Answer(404, "[]");
    Json parts = Json::array();
    for (const Json &part : request.body["compositeRequest"]) {
      EXPECT_EQ(part["method"], "GET");
      const HttpResponse answer = Describe(part["url"]);
      parts.push_back({{"body", Json::parse(answer.body)},
                       {"httpHeaders", {{"ETag", "x"}}},
                       {"httpStatusCode", answer.status},
                       {"referenceId", part["referenceId"]}});
    }
    EXPECT_LE(parts.size(), 25u);
    return Answer(Json{{"compositeResponse", parts}});
  }
};

}  // namespace crm::salesforce_test
