#include "providers/salesforce/describe.h"

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <utility>

#include "core/json.h"
#include "core/json_text.h"
#include "core/url.h"
#include "providers/column_name.h"
#include "providers/import_table.h"
#include "providers/salesforce/column_name.h"
#include "providers/salesforce/field_columns.h"
#include "providers/salesforce/rate.h"
#include "providers/salesforce/wire.h"

namespace crm::salesforce {

namespace {

constexpr std::size_t kCompositeSize = 25;  // subrequests; together they are one API call
// Names of objects in one URL; beyond it all objects are counted.
constexpr std::size_t kLongestNameList = 6000;

constexpr std::string_view kGlobalMembers[] = {
    "sobjects", "name", "queryable", "deprecatedAndHidden", "customSetting", "layoutable"};
// Not laid out for people, but what others refer to.
constexpr std::string_view kAlwaysListed[] = {"User", "RecordType", "Group"};

struct Object {
  std::string name;   // API name
  std::string table;  // local name
};

// Depth of one answer inside {"compositeResponse":[…]}.
constexpr int kItemDepth = 2;

// A conversation that sends one request at a time.
class Asking : public Exchange {
 protected:
  explicit Asking(const Options &options) : options_(RequestOptions(options)) {}

  Step Ask(HttpRequest request) {
    request_ = request;
    return Send{std::move(request)};
  }
  void Require200(const HttpResponse &response) const {
    if (response.status != 200) throw ExplainAnswer(request_, response);
  }

  const Options options_;
  HttpRequest request_;  // under way, or the last one
};

// ---- IMPORT ------------------------------------------------------------------------------------------

class ImportExchange final : public Asking {
 public:
  ImportExchange(ImportRequest request, const Options &options)
      : Asking(options),
        wanted_(std::move(request)),
        max_columns_(MaxColumns(wanted_.options)),
        include_parents_(wanted_.options.Find("include_parents") == "true"),
        include_deleted_(wanted_.options.Find("include_deleted") == "true") {}

  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) {
      CheckApiUsage(options_, *response);
      Take(*response);
    }
    if (!warnings_.empty()) {
      Warn warn = std::move(warnings_.front());
      warnings_.pop_front();
      return warn;
    }
    switch (stage_) {
      case Stage::kBegin:
        stage_ = Stage::kGlobal;
        return Ask(GetRequest(DataPath(options_, "sobjects")));
      case Stage::kGlobal:
        stage_ = Stage::kCounts;
        if (!objects_.empty()) return Ask(CountRequest());
        return Done{};
      case Stage::kCounts:
        stage_ = Stage::kDescribe;
        [[fallthrough]];
      case Stage::kDescribe:
      case Stage::kParents:
        return Describe();
    }
    return Done{};
  }

 private:
  enum class Stage : std::uint8_t { kBegin, kGlobal, kCounts, kDescribe, kParents };

  void Take(const HttpResponse &response) {
    switch (stage_) {
      case Stage::kBegin:
        return;
      case Stage::kGlobal:
        return TakeGlobal(response);
      case Stage::kCounts:
        return TakeCounts(response);
      case Stage::kDescribe:
      case Stage::kParents:
        return single_.empty() ? TakeComposite(response) : TakeSingle(response);
    }
  }

  // ---- which objects

  static bool IsListed(const Json &object, std::string_view name) {
    if (BoolMember(object, "customSetting")) return false;
    return BoolMember(object, "layoutable") || name.ends_with("__c") ||
           std::ranges::find(kAlwaysListed, name) != std::end(kAlwaysListed);
  }

  void TakeGlobal(const HttpResponse &response) {
    Require200(response);
    const Json json = ParseMembers(response.body, kGlobalMembers);
    if (!json.is_object() || !json.contains("sobjects") || !json["sobjects"].is_array()) {
      throw ExplainAnswer(request_, response);
    }
    std::vector<WishedName> wishes;
    std::vector<bool> listed;
    for (const Json &object : json["sobjects"]) {
      const std::string name = object.is_object() ? TextMember(object, "name") : std::string();
      if (name.empty()) throw ExplainAnswer(request_, response);
      if (!BoolMember(object, "queryable") || BoolMember(object, "deprecatedAndHidden")) continue;
      wishes.push_back({name, SnakeCase(name)});
      listed.push_back(IsListed(object, name));
    }
    // Over all objects, so that a table's name does not depend on what else is imported.
    const std::vector<std::string> tables = UniqueNames(wishes, {});
    const bool named = !wanted_.limit_to.empty();
    for (std::size_t i = 0; i < tables.size(); ++i) {
      if ((named || listed[i]) && wanted_.Wants(tables[i])) objects_.push_back({wishes[i].id, tables[i]});
    }
  }

  // ---- how many rows, so that the first plans are no guesses

  HttpRequest CountRequest() const {
    std::string names;
    for (const Object &object : objects_) names.append(names.empty() ? "" : ",").append(object.name);
    std::string rest = "limits/recordCount";
    if (names.size() <= kLongestNameList) rest += "?sObjects=" + PercentEncode(names, "-._~,");
    return GetRequest(DataPath(options_, rest));
  }

  // Without the numbers the tables are imported all the same. A count of 0 was seen for objects with rows.
  void TakeCounts(const HttpResponse &response) {
    const Json json = Json::parse(response.body, nullptr, false);
    if (response.status != 200 || !json.is_object()) return;
    const auto list = json.find("sObjects");
    if (list == json.end() || !list->is_array()) return;
    for (const Json &item : *list) {
      if (!item.is_object() || !item.contains("count")) continue;
      const auto count = WholeNumber(item["count"]);
      if (count && *count > 0) counts_[TextMember(item, "name")] = *count;
    }
  }

  // ---- describes

  // The next question, rows or end. Describes come 25 at a time; `asked_` are those under way.
  Step Describe() {
    for (;;) {
      if (!single_.empty()) return Ask(DescribeRequest(single_.front()));
      if (!ready_.empty()) return Emit();
      if (!described_.empty() && AskForParents()) return AskTogether();
      if (!described_.empty()) {
        ready_ = std::exchange(described_, {});
        stage_ = Stage::kDescribe;
        continue;
      }
      if (next_ == objects_.size()) return Done{};
      asked_.clear();
      for (; next_ < objects_.size() && asked_.size() < kCompositeSize; ++next_) {
        asked_.push_back(objects_[next_].name);
      }
      return AskTogether();
    }
  }

  HttpRequest DescribeRequest(const std::string &object) const { return GetRequest(DescribePath(object)); }
  std::string DescribePath(const std::string &object) const {
    return DataPath(options_, "sobjects/" + PercentEncode(object) + "/describe");
  }

  Step AskTogether() {
    if (!composite_) {
      single_.assign(asked_.begin(), asked_.end());
      return Ask(DescribeRequest(single_.front()));
    }
    Json requests = Json::array();
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      requests.push_back(
          {{"method", "GET"}, {"url", DescribePath(asked_[i])}, {"referenceId", "r" + std::to_string(i)}});
    }
    return Ask(CompositeRequest(options_, {{"allOrNone", false}, {"compositeRequest", requests}}));
  }

  // Answers are taken out one by one while they are parsed: together they would be large.
  void TakeComposite(const HttpResponse &response) {
    if (response.status != 200) {
      composite_ = false;
      single_.assign(asked_.begin(), asked_.end());
      return;
    }
    std::vector<std::string_view> members(DescribeMembers().begin(), DescribeMembers().end());
    members.insert(members.end(), {"compositeResponse", "body", "httpStatusCode", "referenceId"});
    std::set<std::string, std::less<>> missing(asked_.begin(), asked_.end());
    const auto take = [&](int depth, Json::parse_event_t event, Json &parsed) {
      if (event == Json::parse_event_t::key) {
        const std::string_view key = parsed.get_ref<const std::string &>();
        return std::ranges::find(members, key) != members.end();
      }
      if (event != Json::parse_event_t::object_end || depth != kItemDepth) return true;
      const auto status = parsed.find("httpStatusCode");
      if (status != parsed.end() && *status == 200 && parsed.contains("body")) {
        Described described = ReadDescribe(parsed["body"]);
        if (missing.erase(described.object) > 0) Keep(std::move(described));
      }
      return false;
    };
    if (Json::parse(MendJson(response.body), take, false).is_discarded())
      throw ExplainAnswer(request_, response);
    // One by one, so that what stands in the way is dealt with as for any request.
    for (const std::string &object : asked_) {
      if (missing.contains(object)) single_.push_back(object);
    }
  }

  void TakeSingle(const HttpResponse &response) {
    const std::string object = std::move(single_.front());
    single_.pop_front();
    if (response.status == 404 && (stage_ == Stage::kParents || wanted_.limit_to.empty())) {
      // Gone since it was listed, or hidden from the user.
      names_.try_emplace(object, std::nullopt);
      if (stage_ == Stage::kDescribe) {
        warnings_.push_back({"object \"" + object + "\" of Salesforce was left out",
                             "It is listed, but there is no description of it."});
      }
      return;
    }
    Require200(response);
    const Json json = ParseMembers(response.body, DescribeMembers());
    if (json.is_discarded()) throw ExplainAnswer(request_, response);
    Described described = ReadDescribe(json);
    if (described.object != object) throw ExplainAnswer(request_, response);
    Keep(std::move(described));
  }

  void Keep(Described described) {
    names_[described.object] = described.name_field;
    if (stage_ == Stage::kDescribe) described_.push_back(std::move(described));
  }

  // ---- parents

  // Whether some parents of the described objects are still to be described, up to 25 of them.
  bool AskForParents() {
    if (!include_parents_) return false;
    asked_.clear();
    for (const Described &described : described_) {
      for (const Parent &parent : described.parents) {
        const bool known = parent.object.empty() || names_.contains(parent.object) ||
                           std::ranges::find(asked_, parent.object) != asked_.end();
        if (!known && asked_.size() < kCompositeSize) asked_.push_back(parent.object);
      }
    }
    if (asked_.empty()) return false;
    stage_ = Stage::kParents;
    return true;
  }

  // ---- rows

  Step Emit() {
    Described described = std::move(ready_.front());
    ready_.pop_front();
    if (include_parents_) AddParentColumns(names_, described);
    ImportTable &table = described.table;
    const auto object = std::ranges::find(objects_, described.object, &Object::name);
    table.name = object->table;
    const auto count = counts_.find(described.object);
    table.options = {{"object", described.object},
                     {"estimated_rows", count == counts_.end() ? "" : std::to_string(count->second)},
                     {"include_deleted", include_deleted_ ? "true" : ""}};
    if (const std::size_t dropped = DropColumns(max_columns_, table)) {
      warnings_.push_back({std::to_string(dropped) + " fields of \"" + described.object +
                               "\" got no column in table \"" + table.name + "\"",
                           "For more of them, import with a larger max_columns, or add columns that name "
                           "the field: ALTER FOREIGN TABLE … ADD COLUMN … OPTIONS (field '…')."});
    }
    return Rows{ImportRows(table)};
  }

  const ImportRequest wanted_;
  const std::size_t max_columns_;
  const bool include_parents_, include_deleted_;

  Stage stage_ = Stage::kBegin;
  std::vector<Object> objects_;
  std::size_t next_ = 0;  // of objects_, to be described
  std::map<std::string, std::int64_t, std::less<>> counts_;
  bool composite_ = true;  // until it is refused
  std::vector<std::string> asked_;
  std::deque<std::string> single_;  // described one by one; the first is under way
  std::deque<Described> described_, ready_;
  NameFields names_;  // of objects described so far; nullopt: none that can be read
  std::deque<Warn> warnings_;
};

// ---- the test of a connection ------------------------------------------------------------------------

// The list of resources proves that token and version are right. Who that is may be hidden from a token, or
// from a user, that reads well all the same.
class TestExchange final : public Asking {
 public:
  explicit TestExchange(const Options &options) : Asking(options) {}

  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) {
      CheckApiUsage(options_, *response);
      Take(*response);
    }
    switch (stage_) {
      case Stage::kBegin:
        stage_ = Stage::kResources;
        return Ask(GetRequest(DataPath(options_, "")));
      case Stage::kResources:
        stage_ = Stage::kUser;
        return Ask(GetRequest(std::string(kUserInfoPath)));
      case Stage::kUser:
        stage_ = Stage::kOrganization;
        return Ask(
            GetRequest(DataPath(options_, "query?q=") + PercentEncode("SELECT Id, Name FROM Organization")));
      case Stage::kOrganization:
        stage_ = Stage::kDone;
        return Rows{TestRow(account_.empty() ? organization_id_ : account_, user_, Detail())};
      case Stage::kDone:
        break;
    }
    return Done{};
  }

 private:
  enum class Stage : std::uint8_t { kBegin, kResources, kUser, kOrganization, kDone };

  void Take(const HttpResponse &response) {
    if (stage_ == Stage::kResources) {
      Require200(response);
      return TakeIdentity(TextMember(ParseObject(request_, response), "identity"));
    }
    const Json json = Json::parse(response.body, nullptr, false);
    if (response.status != 200 || !json.is_object()) return;
    if (stage_ == Stage::kUser) user_ = TextMember(json, "preferred_username");
    const auto records = json.find("records");
    if (stage_ != Stage::kOrganization || records == json.end() || !records->is_array() || records->empty() ||
        !records->front().is_object()) {
      return;
    }
    account_ = TextMember(records->front(), "Name");
    organization_id_ = TextMember(records->front(), "Id");
  }

  // "https://login.salesforce.com/id/00D…/005…"
  void TakeIdentity(const std::string &url) {
    const std::size_t user = url.rfind('/');
    if (user == std::string::npos || user == 0) return;
    const std::size_t organization = url.rfind('/', user - 1);
    if (organization == std::string::npos) return;
    user_id_ = url.substr(user + 1);
    organization_id_ = url.substr(organization + 1, user - organization - 1);
  }

  Json Detail() const {
    Json detail = {{"api_version", options_.Find("api_version").value_or(kDefaultVersion)}};
    if (!user_id_.empty()) detail["user_id"] = user_id_;
    if (!organization_id_.empty()) detail["organization_id"] = organization_id_;
    return detail;
  }

  Stage stage_ = Stage::kBegin;
  std::string account_, user_, user_id_, organization_id_;
};

}  // namespace

std::unique_ptr<Exchange> MakeImport(ImportRequest request, const Options &options) {
  if (request.options.Find("include_raw") == "true") {
    throw Error(CrmErrorKind::kInvalidOptionValue, "tables of Salesforce cannot have a column of raw records",
                "A query names every field it reads.", "Leave out the option include_raw.");
  }
  return std::make_unique<ImportExchange>(std::move(request), options);
}

std::unique_ptr<Exchange> MakeTest(const Options &options) { return std::make_unique<TestExchange>(options); }

}  // namespace crm::salesforce
