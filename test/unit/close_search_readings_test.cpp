// A condition as it is sent to the search loses no row under any reading of what Close does not document, and
// where it is called exact it finds no other row.
#include <limits>
#include <random>

#include "close_search_model.h"
#include "close_support.h"
#include "core/civil_time.h"
#include "providers/close/search_filter.h"

namespace crm {
namespace {

using namespace close_test;  // NOLINT: the helpers of these tests
using namespace close_crm;   // NOLINT: what is tested
using Kind = Expr::Kind;

constexpr auto kEq = CompareOp::kEq;
constexpr auto kNe = CompareOp::kNe;
constexpr std::int64_t kInfinity = std::numeric_limits<std::int64_t>::max();

std::string Shown(const BoundSearch &bound) {
  if (bound.kind == BoundSearch::Kind::kNothing) return "nothing";
  return bound.kind == BoundSearch::Kind::kEverything ? "everything" : bound.node.dump();
}

class Machine {
 public:
  explicit Machine(unsigned seed) : random_(seed) {}

  // One condition on some records. Counts what was exact, and what was sent.
  void Try(On &on, const std::vector<std::string> &paths) {
    params_.clear();
    const Expr expr = Condition(on, paths, 2);
    const Translation translation = on.Translate(expr);
    if (!translation.node) return;
    const Json encoded = EncodeSearch(*translation.node);
    const SearchNode node = DecodeSearch(Json::parse(encoded.dump()));
    ASSERT_EQ(EncodeSearch(node), encoded);
    const BoundSearch all = BindSearch(node, on.object.search_type, {&params_, &kVocabulary, true});
    const BoundSearch proven = BindSearch(node, on.object.search_type, {&params_, &kVocabulary, false});
    const bool is_exact = translation.verdict == Verdict::kExact;
    sent += all.kind == BoundSearch::Kind::kNode ? 1 : 0;
    for (int i = 0; i < 8; ++i) {
      const Record record = MakeRecord(on, paths);
      const SqlModel sql(on.reading.request, params_, random_() % 2 == 0);
      const bool wanted = sql.Holds(expr, record) == true;
      for (const Semantics &semantics : semantics_) {
        if (!wanted && !is_exact) break;  // it may be found or not
        const bool found = Found(all, semantics, record);
        ASSERT_TRUE(found || !wanted) << "lost: " << Json(record).dump() << "\nby " << Shown(all);
        ASSERT_TRUE(Found(proven, semantics, record) || !wanted) << Shown(proven);
        ASSERT_TRUE(wanted || !found || !is_exact)
            << "too much: " << Json(record).dump() << "\nby " << Shown(all);
      }
      exact += is_exact && wanted ? 1 : 0;
      matching += wanted ? 1 : 0;
    }
  }

  int sent = 0, exact = 0, matching = 0;

 private:
  static bool Found(const BoundSearch &bound, const Semantics &semantics, const Record &record) {
    if (bound.kind != BoundSearch::Kind::kNode) return bound.kind == BoundSearch::Kind::kEverything;
    return SearchModel(semantics).Finds(bound.node, record);
  }

  template <typename T>
  T Pick(const std::vector<T> &from) {
    return from[random_() % from.size()];
  }

  std::string SomeText() {
    static const std::vector<std::string> kTexts = {"",
                                                    " ",
                                                    "acme",
                                                    "Acme",
                                                    "ACME Corp",
                                                    "acme corp",
                                                    "Acme  Corp",
                                                    "acme-corp",
                                                    "Ärger",
                                                    "ärger",
                                                    "日本語",
                                                    "日本",
                                                    "🎉",
                                                    "acme 🎉",
                                                    "İstanbul",
                                                    "straße",
                                                    "O'B \"x",
                                                    "a",
                                                    "12",
                                                    "12.5",
                                                    "12 3",
                                                    std::string(120, 'Q'),
                                                    "x\ny",
                                                    "Acme Corp x",
                                                    " acme",
                                                    "acme ",
                                                    "TITLE",
                                                    "title",
                                                    "Acme Corporation"};
    return Pick(kTexts);
  }
  std::string SomeWord() { return Pick<std::string>({"won", "Won", "lost", "inbound", "North East"}); }
  std::string SomeId(const std::string &prefix) {
    return prefix + Pick<std::string>(prefix == "stat_" ? std::vector<std::string>{"1", "2", "3", "4", "5"}
                                                        : std::vector<std::string>{"a", "b", "c"});
  }
  std::string SomeAddress() {
    return Pick<std::string>(
        {"ida@nw.test", "Ida@NW.test", "x@y.test", "+4721000000", "", "ida", "ö@nw.test"});
  }
  std::string SomeNumber() {
    return Pick<std::string>({"0", "1", "-1", "50", "0.1", "0.3", "0.30000000000000004", "-0.5", "100",
                              "9007199254740993", "9007199254740992", "9007199254740991",
                              "0.1000000000000000055"});
  }
  std::int64_t SomeTime() {
    const std::int64_t base = *ParseTimestamp("2026-03-01T10:00:00");
    return base + Pick<std::int64_t>({0, 1, 499, 999, 1000, 1001, 2000, -1, -1000, 86'400'000'000}) +
           Pick<std::int64_t>({0, 1'000'000, 500'000});
  }
  std::int64_t SomeDay() { return 9000 + static_cast<std::int64_t>(random_() % 6); }

  // What kind of values a field has, from its path.
  enum class Values { kText, kWord, kStatus, kLabel, kUser, kAddress, kNumber, kInteger, kTime, kDay };
  static Values ValuesOf(const std::string &path) {
    const auto has = [&](const char *part) { return path.find(part) != std::string::npos; };
    if (path == "status_label") return Values::kLabel;
    if (path == "status_id") return Values::kStatus;
    if (has("user") || has("created_by")) return Values::kUser;
    if (has("emails") || has("phones")) return Values::kAddress;
    if (has("cf_number")) return Values::kNumber;
    if (path == "duration") return Values::kInteger;
    if (has("date_created") || has("cf_time") || path == "activity_at") return Values::kTime;
    if (has("cf_day") || has("date_won")) return Values::kDay;
    return has("choice") || path == "status" || has("status_type") || path == "direction" ? Values::kWord
                                                                                          : Values::kText;
  }

  Json SomeValue(const std::string &path) {
    switch (ValuesOf(path)) {
      case Values::kText:
        return SomeText();
      case Values::kWord:
        return path.starts_with("custom.") ? SomeWord() : Pick<std::string>({"", SomeWord()});
      case Values::kStatus:
        return SomeId("stat_");
      case Values::kLabel:
        return Pick(kVocabulary.lead_statuses).name;
      case Values::kUser:
        return SomeId("user_");
      case Values::kAddress:
        return SomeAddress();
      case Values::kNumber:
        return SomeNumber();
      case Values::kInteger:
        return static_cast<std::int64_t>(random_() % 3) - 1;
      case Values::kTime:
        return SomeTime();
      case Values::kDay:
        return SomeDay();
    }
    return nullptr;
  }

  Record MakeRecord(On &on, const std::vector<std::string> &paths) {
    Record record;
    for (const std::string &path : paths) {
      if (path == "status_label" || path == "emails.0.email") continue;
      const bool is_list = on.TypeOf(path) == CrmType::kTextArray;
      const bool is_null = random_() % 4 == 0 && path != "status_id" && path != "date_created";
      if (!is_list) {
        record[path] = is_null ? Json() : SomeValue(path);
        continue;
      }
      record[path] = is_null ? Json() : Json::array();
      for (unsigned i = 0; !is_null && i < random_() % 3; ++i) record[path].push_back(SomeValue(path));
    }
    for (const Named &status : kVocabulary.lead_statuses) {
      if (on.object.name == "lead" && record["status_id"] == status.id) record["status_label"] = status.name;
    }
    return record;
  }

  Value SomeOperand(const std::string &path, CrmType type) {
    static const std::vector<std::string> kOddIds = {"CURRENT_USER", "group_x", "a b", ""};
    Value value;
    value.type = type;
    const Values values = ValuesOf(path);
    const bool is_odd = random_() % 8 == 0;
    if (type == CrmType::kTimestamp) {
      value.integer = is_odd ? Pick<std::int64_t>({kInfinity, -kInfinity - 1}) : SomeTime();
    } else if (type == CrmType::kDate) {
      value.integer = is_odd ? Pick<std::int64_t>({kInfinity, -kInfinity - 1, -730'119}) : SomeDay();
    } else if (type == CrmType::kInt) {
      value.integer = static_cast<std::int64_t>(random_() % 3) - 1;
    } else if (type == CrmType::kDecimal) {
      value.text = is_odd ? Pick<std::string>({"NaN", "Infinity", "-Infinity"}) : SomeNumber();
    } else {
      const bool is_id = values == Values::kUser || values == Values::kStatus;
      value.text = is_odd && is_id                     ? Pick(kOddIds)
                   : is_odd && values == Values::kWord ? ""
                                                       : SomeValue(path).get<std::string>();
    }
    return value;
  }

  Value SomeList(const std::string &path) {
    Value list = Texts({});
    for (unsigned i = random_() % 4; i > 0; --i) {
      if (random_() % 8 == 0) {
        list.items.emplace_back();
      } else {
        list.items.emplace_back(SomeOperand(path, CrmType::kText).text);
      }
    }
    return list;
  }

  Value SomePattern(const std::string &path) {
    std::string text = SomeValue(path).get<std::string>();
    if (random_() % 2 == 0) text = text.substr(0, random_() % 8);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) text.pop_back();
    return Text(Pick<std::string>({"", "", "%", "_"}) + text + Pick<std::string>({"", "%", "%", "_%"}));
  }

  Expr Condition(On &on, const std::vector<std::string> &paths, int depth) {
    if (depth > 0 && random_() % 3 == 0) {
      std::vector<Expr> parts;
      for (unsigned i = 0; i < 2 + random_() % 2; ++i) parts.push_back(Condition(on, paths, depth - 1));
      return Group(random_() % 2 == 0 ? Kind::kAnd : Kind::kOr, std::move(parts));
    }
    const std::string path = Pick(paths);
    Expr expr = on.Leaf(Kind::kCompare, path);
    const CrmType type = on.TypeOf(path);
    const bool is_list = type == CrmType::kTextArray;
    expr.kind = is_list                  ? Pick<Kind>({Kind::kContains, Kind::kOverlaps, Kind::kIsNull})
                : type == CrmType::kText ? Pick<Kind>({Kind::kCompare, Kind::kCompare, Kind::kAnyOf,
                                                       Kind::kLike, Kind::kILike, Kind::kIsNull})
                                         : Pick<Kind>({Kind::kCompare, Kind::kCompare, Kind::kIsNull});
    expr.negated = expr.kind != Kind::kCompare && random_() % 3 == 0;
    if (expr.kind == Kind::kIsNull) return expr;
    SetOperand(expr, path, is_list, type);
    return expr;
  }

  void SetOperand(Expr &expr, const std::string &path, bool is_list, CrmType type) {
    if (expr.kind == Kind::kCompare) {
      expr.op =
          Pick<CompareOp>({kEq, kEq, kNe, CompareOp::kLt, CompareOp::kLe, CompareOp::kGt, CompareOp::kGe});
      expr.operand = SomeOperand(path, type);
    } else if (expr.kind == Kind::kLike || expr.kind == Kind::kILike) {
      expr.operand = SomePattern(path);
    } else if (expr.kind == Kind::kOverlaps && is_list && random_() % 2 == 0) {
      expr.operand = SomeOperand(path, CrmType::kText);
    } else {
      expr.operand = SomeList(path);
    }
    if (random_() % 4 != 0) return;
    expr.param = static_cast<int>(params_.size());
    params_.push_back(random_() % 6 == 0 ? Null() : expr.operand);
  }

  std::mt19937 random_;
  std::vector<Value> params_;
  const std::vector<Semantics> semantics_ = AllSemantics();
};

void TryAll(On on, const std::vector<std::string> &paths, unsigned seed, int times) {
  Machine machine(seed);
  for (int i = 0; i < times && !testing::Test::HasFatalFailure(); ++i) machine.Try(on, paths);
  EXPECT_GT(machine.sent, times / 10);
  EXPECT_GT(machine.matching, times / 10);
  EXPECT_GT(machine.exact, 0);
}

TEST(CloseSearchReadings, Leads) {
  TryAll(Leads(),
         {"name", "status_id", "status_label", "date_created", "description", "created_by",
          "contacts.[].emails.[].email", "contacts.[].phones.[].phone", "custom.cf_text", "custom.cf_number",
          "custom.cf_day", "custom.cf_time", "custom.cf_choice", "custom.cf_choices", "custom.cf_texts",
          "custom.cf_user", "custom.cf_users"},
         1, 2500);
}

TEST(CloseSearchReadings, Contacts) {
  Machine machine(2);
  On on = Contacts();
  const std::vector<std::string> paths = {"name",           "title",           "emails.[].email",
                                          "emails.0.email", "phones.[].phone", "date_created",
                                          "custom.cf_area"};
  for (int i = 0; i < 2000 && !HasFatalFailure(); ++i) machine.Try(on, paths);
  EXPECT_GT(machine.sent, 200);
  EXPECT_GT(machine.matching, 200);
}

TEST(CloseSearchReadings, Opportunities) {
  TryAll(Opportunities(), {"status_id", "status_type", "user_id", "created_by", "date_won", "note"}, 3, 2000);
}

TEST(CloseSearchReadings, Calls) {
  Machine machine(4);
  On on = Calls();
  const std::vector<std::string> paths = {"direction", "status", "duration", "user_id", "activity_at"};
  for (int i = 0; i < 1000 && !HasFatalFailure(); ++i) machine.Try(on, paths);
  EXPECT_GT(machine.matching, 100);
}

}  // namespace
}  // namespace crm
