#include "providers/salesforce/soql.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/page_reader.h"
#include "core/value.h"
#include "providers/salesforce/child_pages.h"
#include "providers/salesforce/rate.h"
#include "providers/salesforce/soql_request.h"
#include "providers/salesforce/wire.h"

namespace crm::salesforce {

namespace {

// A jsonb cannot hold more.
constexpr std::size_t kLargestRecord = 0x0FFFFFFF;
// What is asked for when only the count matters.
constexpr int kLeastPage = 200;

struct Records {
  std::unique_ptr<RowBatch> batch;  // one json cell each
  PageInfo info;
};

Records ReadRecords(std::string_view body) {
  static const PageShape shape = [] {
    PageShape made;
    made.rows_key = "records";
    made.columns.emplace_back().type = CrmType::kJson;
    made.raw_column = 0;
    made.id_path = {"Id"};
    return made;
  }();
  Records records{std::make_unique<RowBatch>(kQueryCells), {}};
  try {
    ReadPage(body, shape, *records.batch, records.info);
  } catch (Error &error) {
    if (!error.record.empty()) error.detail += " The record is \"" + error.record + "\".";
    throw;
  }
  return records;
}

std::string_view RecordAt(const RowBatch &batch, std::size_t row) {
  return View(batch.row(row)[kQueryRecord].text);
}

class SoqlQuery final : public Exchange {
 public:
  SoqlQuery(std::string text, bool counts, const Options &options)
      : text_(std::move(text)),
        counts_(counts),
        options_(RequestOptions(options)),
        data_path_(DataPath(options, "")) {}

  Step Next(const HttpResponse *response, const Context &) override {
    if (response != nullptr) Take(Accept(*response));
    while (!parts_.empty() || at_ < PageSize()) {
      if (parts_.empty()) {
        TakeRecord();
      } else if (auto gap = TakeParts()) {
        // What is complete does not wait in memory.
        if (HasRows()) return GiveRows();
        return Ask(Asked::kChildren, GetRequest(std::move(*gap)));
      }
    }
    if (HasRows()) return GiveRows();
    page_.reset();
    if (!trail_.begun()) return Ask(Asked::kPage, SoqlRequest(data_path_, text_, false, 0));
    if (!trail_.next().empty()) return Ask(Asked::kPage, GetRequest(trail_.next()));
    if (counts_ || warned_ || trail_.records() == trail_.total()) return Done{};
    if (now_ < 0) return Ask(Asked::kTotal, SoqlRequest(data_path_, text_, false, kLeastPage));
    warned_ = true;
    return Warn{"records of a query in Salesforce changed while they were read",
                "Salesforce counted " + std::to_string(trail_.total()) + " at first and " +
                    std::to_string(now_) + " now, and " + std::to_string(trail_.records()) + " were read."};
  }

 private:
  enum class Asked : std::uint8_t { kPage, kChildren, kTotal };

  Step Ask(Asked what, HttpRequest request) {
    asked_ = what;
    request_ = request;
    return Send{std::move(request)};
  }

  HttpResponse Accept(const HttpResponse &response) const {
    CheckApiUsage(options_, response);
    HttpResponse answer = SoqlAnswer(request_, response);
    if (answer.status == 200) return answer;
    Error error = ExplainAnswer(request_, answer);
    if (error.kind == CrmErrorKind::kUnknownField || error.kind == CrmErrorKind::kUnknownObject)
      error.hint = "SOQL takes API names, and what the user may not see does not exist.";
    if (error.remote_code == "INVALID_QUERY_LOCATOR")
      error.hint = "Salesforce keeps a result for two days. Run the statement again.";
    throw WithQuery(std::move(error));
  }

  Error WithQuery(Error error) const {
    error.detail += (error.detail.empty() ? "" : " ") + ("The query is: " + text_);
    return error;
  }

  void Take(const HttpResponse &answer) {
    switch (asked_) {
      case Asked::kPage:
        return TakePage(answer.body);
      case Asked::kChildren:
        return TakeChildren(answer.body);
      case Asked::kTotal:
        now_ = TotalOf(answer.body);
        if (now_ == trail_.total()) throw Miscounted("records", trail_);
    }
  }

  void TakePage(std::string_view body) {
    Records records = ReadRecords(body);
    trail_.Take(PageOf(records.info));
    if (counts_) return AddRow("{\"count\": " + std::to_string(trail_.total()) + "}");
    if (trail_.records() > trail_.total()) throw Miscounted("records", trail_);
    const RowBatch &batch = *records.batch;
    bool complete = true;
    for (std::size_t i = 0; i < batch.size(); ++i) complete = complete && !MayHaveGaps(RecordAt(batch, i));
    (complete ? ready_ : page_) = std::move(records.batch);
    at_ = 0;
  }

  Error Miscounted(const std::string &what, const PageTrail &trail) const {
    return WithQuery(Error(CrmErrorKind::kIncompleteRead, "could not read all " + what + " from Salesforce",
                           "Salesforce counts " + std::to_string(trail.total()) + ", but gave " +
                               std::to_string(trail.records()) + "."));
  }

  // ---- records of a page whose children are not all there

  std::size_t PageSize() const { return page_ == nullptr ? 0 : page_->size(); }

  void TakeRecord() {
    const std::string_view record = RecordAt(*page_, at_++);
    if (!MayHaveGaps(record)) return AddRow(record);
    std::vector<RecordPart> parts;
    SplitAtGaps(record, parts);
    AddParts(std::move(parts));
  }

  void AddParts(std::vector<RecordPart> parts) {
    parts_.insert(parts_.begin(), std::make_move_iterator(parts.begin()),
                  std::make_move_iterator(parts.end()));
  }

  // Up to the next gap: the path of the page that fills it. nullopt: the record is complete.
  std::optional<std::string> TakeParts() {
    while (!parts_.empty()) {
      RecordPart &part = parts_.front();
      if (record_.size() + part.text.size() > kLargestRecord) throw TooLarge();
      record_ += std::exchange(part.text, {});
      if (part.gap) return part.gap->next();
      parts_.pop_front();
    }
    AddRow(record_);
    record_ = {};
    return std::nullopt;
  }

  // The answer belongs behind the text of the first part.
  void TakeChildren(std::string_view body) {
    const Records records = ReadRecords(body);
    repaired_ += records.batch->repaired;
    PageTrail &trail = *parts_.front().gap;
    bool first = trail.records() == 0;
    trail.Take(PageOf(records.info));
    std::vector<RecordPart> parts;
    for (std::size_t i = 0; i < records.batch->size(); ++i) {
      if (!std::exchange(first, false)) parts.push_back({",", {}});
      SplitAtGaps(RecordAt(*records.batch, i), parts);
    }
    if (trail.next().empty()) {
      // They cannot be counted again, and nobody would miss those that are missing.
      if (trail.records() < trail.total()) throw Miscounted("children of a record", trail);
      parts_.pop_front();
    }
    AddParts(std::move(parts));
  }

  Error TooLarge() const {
    return WithQuery(Error(CrmErrorKind::kAnswerTooLarge, "record with its children is too large for jsonb",
                           "A jsonb holds at most " + std::to_string(kLargestRecord) + " bytes."));
  }

  // ---- rows

  bool HasRows() const { return ready_ != nullptr && ready_->size() > 0; }

  void AddRow(std::string_view json) {
    if (ready_ == nullptr) ready_ = std::make_unique<RowBatch>(kQueryCells);
    CrmValue &cell = ready_->AddRow()[kQueryRecord];
    cell.type = CrmType::kJson;
    cell.text = ready_->Copy(json);
  }

  Rows GiveRows() {
    ready_->repaired += std::exchange(repaired_, 0);
    if (page_ != nullptr) ready_->repaired += std::exchange(page_->repaired, 0);
    return Rows{std::move(ready_)};
  }

  const std::string text_;
  const bool counts_;  // SELECT COUNT()
  const Options options_;
  const std::string data_path_;
  HttpRequest request_;
  Asked asked_ = Asked::kPage;
  PageTrail trail_;
  std::int64_t now_ = -1;  // records by a second count; -1: not counted
  bool warned_ = false;
  std::unique_ptr<RowBatch> ready_;  // complete records
  std::unique_ptr<RowBatch> page_;   // records that may lack children, from at_ on
  std::size_t at_ = 0;
  std::deque<RecordPart> parts_;  // what is left of the record that is being completed
  std::string record_;            // the beginning of it
  std::int64_t repaired_ = 0;     // texts of child records
};

// ---- the text --------------------------------------------------------------------------------------------

constexpr std::string_view kBlanks = " \t\r\n";

// Takes a word, a number or one other character off the front, in capital letters; empty: there is none.
std::string TakeToken(std::string_view &text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(kBlanks)));
  std::string token;
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  while (!text.empty() && (token.empty() || (is_word(text.front()) && is_word(token.front())))) {
    const char c = text.front();
    token += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    text.remove_prefix(1);
  }
  return token;
}

}  // namespace

std::unique_ptr<Exchange> MakeSoql(std::string_view text, const Options &options) {
  std::string_view rest = text;
  const std::string verb = TakeToken(rest);
  if (verb != "SELECT") {
    throw Error(CrmErrorKind::kInvalidArgument,
                verb.empty() ? "query is empty" : "query is not a SELECT statement of SOQL", "",
                "Write it in Salesforce's own words: SELECT Id, Name FROM Account LIMIT 10");
  }
  const bool counts = TakeToken(rest) == "COUNT" && TakeToken(rest) == "(" && TakeToken(rest) == ")";
  return std::make_unique<SoqlQuery>(std::string(text), counts, options);
}

}  // namespace crm::salesforce
