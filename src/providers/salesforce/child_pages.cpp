#include "providers/salesforce/child_pages.h"

#include <charconv>
#include <cstdint>
#include <utility>

#include "core/json_span.h"
#include "core/json_text.h"

namespace crm::salesforce {

namespace {

constexpr std::string_view kNext = "nextRecordsUrl";

std::string TextOf(std::string_view json) {
  if (json.size() < 2 || json.front() != '"') return "";
  std::string text(json.size(), '\0');
  bool mended = false;
  const auto size = DecodeJsonString(json.substr(1, json.size() - 2), text.data(), &mended);
  text.resize(size.value_or(0));
  return text;
}

// What stands around the children of one record: {"totalSize": 3, "done": true, "records": […]}.
struct Envelope {
  std::string_view records, done, total, next;
  std::vector<std::pair<std::string_view, std::string_view>> others;  // members as they stand there

  // nullopt: the value is none: a parent, an address, anything else.
  static std::optional<Envelope> Of(std::string_view json) {
    if (!json.starts_with('{')) return std::nullopt;
    Envelope envelope;
    for (const auto &[name, value] : JsonMembers(json)) {
      if (name == "attributes") return std::nullopt;
      if (name == "records") {
        envelope.records = value;
      } else if (name == "done") {
        envelope.done = value;
      } else if (name == kNext) {
        envelope.next = value;
      } else {
        if (name == "totalSize") envelope.total = value;
        envelope.others.emplace_back(name, value);
      }
    }
    if (!envelope.records.starts_with('[') || envelope.done.empty()) return std::nullopt;
    return envelope;
  }

  // Of children that are not all there.
  SoqlPage Page(std::size_t count) const {
    SoqlPage page;
    page.records = static_cast<std::int64_t>(count);
    page.done = false;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(total.data(), total.data() + total.size(), number);
    if (error == std::errc() && end == total.data() + total.size()) page.total = number;
    page.next = TextOf(next);
    return page;
  }
};

class Splitter {
 public:
  explicit Splitter(std::vector<RecordPart> &parts) : parts_(parts) {}

  // As deep as records are in subqueries of subqueries.
  void AddRecord(std::string_view record) {  // NOLINT(misc-no-recursion)
    if (!record.starts_with('{') || !MayHaveGaps(record)) return Add(record);
    char separator = '{';
    for (const auto &[name, value] : JsonMembers(record)) {
      AddName(std::exchange(separator, ','), name);
      const auto envelope = MayHaveGaps(value) ? Envelope::Of(value) : std::nullopt;
      if (envelope) {
        AddEnvelope(*envelope);
      } else {
        Add(value);
      }
    }
    Add(separator == '{' ? "{}" : "}");
  }

 private:
  void AddEnvelope(const Envelope &envelope) {  // NOLINT(misc-no-recursion)
    const std::vector<std::string_view> records = JsonElements(envelope.records);
    char separator = '{';
    for (const auto &[name, value] : envelope.others) {
      AddName(std::exchange(separator, ','), name);
      Add(value);
    }
    AddName(std::exchange(separator, ','), "done");
    Add("true");
    AddName(separator, "records");
    Add("[");
    for (const std::string_view &record : records) {
      if (&record != &records.front()) Add(",");
      AddRecord(record);
    }
    if (envelope.done == "false") {
      parts_.back().gap.emplace().Take(envelope.Page(records.size()));
      parts_.emplace_back();
    }
    Add("]}");
  }

  void AddName(char separator, std::string_view name) {
    (parts_.back().text += separator).append("\"").append(name).append("\":");
  }
  void Add(std::string_view text) { parts_.back().text += text; }

  std::vector<RecordPart> &parts_;
};

}  // namespace

bool MayHaveGaps(std::string_view record) { return record.find(kNext) != std::string_view::npos; }

void SplitAtGaps(std::string_view record, std::vector<RecordPart> &parts) {
  parts.emplace_back();
  Splitter(parts).AddRecord(record);
}

}  // namespace crm::salesforce
