#include "core/page_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <system_error>
#include <unordered_map>

#include "core/cell_reader.h"
#include "core/decimal.h"
#include "core/json_text.h"
#include "core/value.h"

namespace crm {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kQuoted = 120;           // characters of a foreign answer in an error
constexpr std::size_t kShownValue = 200;       // bytes of a bad value in an error
constexpr std::size_t kMaxLearnedKeys = 4096;  // per object level; keys may be ids
constexpr int kMaxSkippedKeys = 8;
constexpr std::size_t kKeptCapacity = 4 << 20;
constexpr std::string_view kAllElements = "[]";
constexpr int kEveryElement = -1;

// Cuts at a character boundary.
std::string_view Cut(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

std::string_view TrimEnd(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string Printable(std::string_view text) {
  std::string result(text);
  std::replace_if(
      result.begin(), result.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  return result;
}

// An answer that is no JSON at all (a proxy's HTML page, say) is quoted; one that looks like JSON may hold
// records and is not.
[[noreturn]] void ThrowNotJson(std::string_view body) {
  const std::size_t begin = body.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) ThrowMalformedAnswer("The answer is empty.");
  if (body[begin] == '{' || body[begin] == '[') {
    ThrowMalformedAnswer("The answer of " + std::to_string(body.size()) +
                         " bytes breaks off or is no valid JSON.");
  }
  std::vector<std::size_t> mended;
  const std::string quote = MendUtf8(body.substr(begin, kQuoted), mended);
  ThrowMalformedAnswer("The answer begins with: " + Printable(Cut(quote, kQuoted)));
}

// Whether a part of a path, but the first, leads into an array.
bool IsListPart(std::string_view part) {
  return part == kAllElements || (!part.empty() && std::all_of(part.begin(), part.end(),
                                                               [](char c) { return c >= '0' && c <= '9'; }));
}

std::string JoinPath(const std::vector<std::string> &path) {
  std::string text;
  for (const std::string &key : path) text.append(text.empty() ? "" : ".").append(key);
  return text;
}

// ---- which keys are read -----------------------------------------------------------------------------

struct Level;
struct List;

// What a key means. A slot is a place for one value; slots below the number of columns are cells of the row.
struct Target {
  std::vector<int> slots;        // read the value itself
  std::vector<int> list_slots;   // a record's first key of slots that read inside a list
  std::unique_ptr<Level> below;  // not null: some slots read inside it, an object
  std::unique_ptr<List> list;    // not null: some slots read inside it, an array
  // The last object that had the key, and where its value begins there.
  std::uint32_t last_object = 0;
  const char *begin = nullptr;
};

// The keys of the objects at one place of the records. Records repeat their keys in the same order, some of
// them left out, so each key remembers which one followed it.
struct Level {
  struct Key {
    std::string_view text;     // decoded; learned keys and predicted ones hold no escapes
    Target *target = nullptr;  // null: nothing reads it
    bool in_rest = true;       // top level: goes into the rest column
    Key *next = nullptr;
  };

  // A key of the shape. The text must outlive the level.
  Key &Add(std::string_view text) {
    const auto [place, is_new] = by_text.try_emplace(text, nullptr);
    if (is_new) place->second = &keys.emplace_back(Key{text});
    return *place->second;
  }

  // The key whose raw JSON text begins at `raw`; null: nothing reads it and it was not learned. `previous` is
  // the key before it in the same object, &head at first.
  const Key *Find(const char *raw, const char *limit, Key *&previous) {
    Key *guess = previous->next;
    for (int i = 0; i < kMaxSkippedKeys && guess != nullptr; ++i, guess = guess->next) {
      const std::size_t size = guess->text.size();
      if (static_cast<std::size_t>(limit - raw) > size && raw[size] == '"' &&
          std::memcmp(raw, guess->text.data(), size) == 0) {
        previous = guess;
        return guess;
      }
    }
    return LookUp(raw, limit, previous);
  }

  std::deque<Key> keys;
  std::unordered_map<std::string_view, Key *> by_text;
  std::deque<Target> targets;
  Key head;

 private:
  const Key *LookUp(const char *raw, const char *limit, Key *&previous) {
    const char *end = EndOfJsonString(raw, limit);
    if (end == nullptr) ThrowMalformedAnswer("A key does not end.");
    const std::string_view text(raw, end - raw);
    if (text.find('\\') != std::string_view::npos) return LookUpDecoded(text);
    auto found = by_text.find(text);
    if (found == by_text.end()) {
      if (keys.size() >= kMaxLearnedKeys) return nullptr;
      found = by_text.emplace(text, &keys.emplace_back(Key{text})).first;
    }
    Key *key = found->second;
    if (key->next == nullptr) key->next = previous->next;  // which this record may have left out
    previous->next = key;
    previous = key;
    return key;
  }

  // Keys with escapes are never predicted: their raw text is not their name.
  const Key *LookUpDecoded(std::string_view raw) {
    std::string text(raw.size(), '\0');
    bool mended = false;
    const std::optional<std::size_t> size = DecodeJsonString(raw, text.data(), &mended);
    if (!size) ThrowMalformedAnswer("A key holds an escape that JSON does not have.");
    const auto found = by_text.find(std::string_view(text).substr(0, *size));
    return found == by_text.end() ? nullptr : found->second;
  }
};

// The elements of an array. All of them are read by one target, since the parser reads each once; which
// elements a slot wants, the slot says.
struct List {
  Target element;
  std::vector<int> outermost;  // slots whose first "[]" this is
  int wanted = 0;              // as many elements are looked at, from the first
};

// ---- the reader --------------------------------------------------------------------------------------

class PageReader {
 public:
  // `body` is valid UTF-8; `mended`: see CellReader.
  PageReader(const PageShape &shape, std::string_view body, const std::vector<std::size_t> &mended,
             RowBatch &batch, PageInfo &info, std::vector<std::int64_t> *absent_rows);
  void ReadRoot(ondemand::document &document);

 private:
  struct Slot {
    CellShape cell;
    int column;  // for errors; kNoColumn: the record's id
    bool is_fallback = false;
    // Per array on the way down: which element, or kEveryElement.
    std::vector<int> elements{};
    // Where kEveryElement first stands in it; -1: nowhere, the slot takes one value.
    int first_list = -1;
    // The scalars that a slot of many values has found so far in this record.
    std::vector<std::string_view> found{};
  };
  // Kept until the record is over: a later duplicate of the key may replace the value, and the record's id
  // may come behind it.
  struct BadCell {
    int slot;
    const char *why;
    std::string_view json;
  };

  // The top-level key of the path.
  Level::Key &AddPath(const std::vector<std::string> &path, int slot);
  Target &AddElement(Target &target, const std::string &part, int slot);
  void AddColumn(int column);
  void ReadMember(ondemand::field field);
  std::string KeyOf(ondemand::field &field) const;
  void AddScalar(std::string key, std::string_view token);
  void ReadRows(ondemand::value &value);
  void ReadRecord(ondemand::object record, const char *begin);
  void ReadObject(ondemand::object object, Level &level);
  void ReadTarget(Target &target, ondemand::value &value, std::string_view token);
  void ReadList(ondemand::array array, List &list);
  void Fill(int slot, std::string_view json);
  bool Wants(const Slot &slot) const;
  void Reset(const Target &target, const char *begin);
  void ResetSlot(int slot, const char *begin);
  void SpreadBelow(const Target &target, std::string_view json, const char *why);
  void Spread(const Target &target, std::string_view json, const char *why);
  void AddToRest(std::string_view key, std::string_view json);
  void FinishRecord(const char *begin);
  void FillWhole(int column, const char *why, std::string_view json);
  void CountAbsent();
  Error LostColumnError(int column) const;
  Error BadCellError(const BadCell &bad) const;
  std::string RecordId() const;

  std::string_view Token(ondemand::value &value) const;
  std::string Decoded(std::string_view content) const;
  // From here on, a scalar ends with the text and a container somewhere in it.
  std::string_view ValueText(std::string_view token) const {
    return token.front() == '{' || token.front() == '['
               ? std::string_view(token.data(), body_.data() + body_.size() - token.data())
               : token;
  }
  CrmValue &Cell(int slot) { return slot < columns_ ? row_[slot] : extra_[slot - columns_]; }
  bool Seen(int slot) const { return seen_[slot] == record_; }

  const PageShape &shape_;
  const std::string_view body_;
  RowBatch &batch_;
  PageInfo &info_;
  std::vector<std::int64_t> *absent_rows_;
  const int columns_;
  const bool wants_rest_;
  CellReader cells_;

  Level top_;
  std::vector<Slot> slots_;          // one per column, then fallbacks and the id
  std::vector<int> fallback_slots_;  // per column; -1: none
  int id_slot_ = -1;
  std::vector<int> many_slots_;      // those that take all elements of a list
  std::vector<CrmValue> extra_;      // values of the slots that are no cells
  std::vector<std::uint32_t> seen_;  // per slot: the last record that had it
  std::vector<BadCell> bad_;         // of this record
  std::uint32_t record_ = 0;         // counts from 1
  std::uint32_t object_ = 0;         // counts all objects that are looked into, from 1
  std::vector<int> at_;              // in which element of the arrays around, from the outermost
  CrmValue *row_ = nullptr;
  std::string rest_;
  bool rest_mended_ = false;
};

// What a step of the parser gave, or the end of the reading.
template <typename T>
T Checked(simdjson::simdjson_result<T> result, std::string_view body) {
  T value;
  if (std::move(result).get(value) != simdjson::SUCCESS) ThrowNotJson(body);
  return value;
}

PageReader::PageReader(const PageShape &shape, std::string_view body, const std::vector<std::size_t> &mended,
                       RowBatch &batch, PageInfo &info, std::vector<std::int64_t> *absent_rows)
    : shape_(shape),
      body_(body),
      batch_(batch),
      info_(info),
      absent_rows_(absent_rows),
      columns_(static_cast<int>(shape.columns.size())),
      wants_rest_(shape.rest_column != kNoColumn),
      cells_(batch, body, mended) {
  if (batch.columns() != columns_) {
    throw Error(CrmErrorKind::kInternal, "page shape and row batch differ in their number of columns");
  }
  if (absent_rows != nullptr) absent_rows->resize(columns_);
  slots_.resize(columns_);
  fallback_slots_.assign(columns_, -1);
  for (const std::string &key : shape.rest_excludes) top_.Add(key).in_rest = false;
  for (int column = 0; column < columns_; ++column) AddColumn(column);
  if (!shape.id_path.empty()) {
    id_slot_ = static_cast<int>(slots_.size());
    slots_.push_back({CellShape{}, kNoColumn});
    AddPath(shape.id_path, id_slot_);
  }
  extra_.resize(slots_.size() - columns_);
  seen_.assign(slots_.size(), 0);
}

void PageReader::AddColumn(int column) {
  const ColumnShape &shape = shape_.columns[column];
  const CellShape cell = {shape.type, shape.minor_digits, shape.trimmed, shape.separator};
  slots_[column] = {cell, column};
  if (shape.path.empty() || column == shape_.raw_column || column == shape_.rest_column) return;
  TypeName(shape.type);  // refuses a type that no JSON value becomes
  AddPath(shape.path, column).in_rest = false;
  if (shape.fallback.empty()) return;
  const int slot = static_cast<int>(slots_.size());
  slots_.push_back({cell, column, true});
  fallback_slots_[column] = slot;
  Level::Key &key = AddPath(shape.fallback, slot);
  // An object that is only searched for the column holds other fields as well: it stays.
  if (shape.fallback.size() == 1) key.in_rest = false;
}

Level::Key &PageReader::AddPath(const std::vector<std::string> &path, int slot) {
  Level::Key &first = top_.Add(path.front());
  if (first.target == nullptr) first.target = &top_.targets.emplace_back();
  Target *target = first.target;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (IsListPart(path[i])) {
      target = &AddElement(*target, path[i], slot);
      continue;
    }
    if (target->below == nullptr) target->below = std::make_unique<Level>();
    Level &level = *target->below;
    Level::Key &key = level.Add(path[i]);
    if (key.target == nullptr) key.target = &level.targets.emplace_back();
    target = key.target;
  }
  target->slots.push_back(slot);
  if (slots_[slot].elements.empty()) return first;
  first.target->list_slots.push_back(slot);
  if (slots_[slot].first_list < 0) return first;
  if (slots_[slot].cell.type != CrmType::kTextArray) {
    throw Error(CrmErrorKind::kInternal, "a path through all elements of a list needs an array of texts");
  }
  many_slots_.push_back(slot);
  return first;
}

Target &PageReader::AddElement(Target &target, const std::string &part, int slot) {
  if (target.list == nullptr) target.list = std::make_unique<List>();
  List &list = *target.list;
  Slot &reader = slots_[slot];
  int element = kEveryElement;
  if (part == kAllElements) {
    list.wanted = std::numeric_limits<int>::max();
    if (reader.first_list < 0) {
      reader.first_list = static_cast<int>(reader.elements.size());
      list.outermost.push_back(slot);
    }
  } else {
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), element);
    if (error != std::errc() || element == std::numeric_limits<int>::max()) {
      throw Error(CrmErrorKind::kInternal, "a path names an element beyond all lists");
    }
    list.wanted = std::max(list.wanted, element + 1);
  }
  reader.elements.push_back(element);
  return list.element;
}

void PageReader::ReadRoot(ondemand::document &document) {
  const std::size_t begin = body_.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || body_[begin] != '{') {
    if (begin != std::string_view::npos && body_[begin] == '[') {
      ThrowMalformedAnswer("The answer is a JSON array, not an object.");
    }
    ThrowNotJson(body_);
  }
  ondemand::object root = Checked(document.get_object(), body_);
  if (shape_.rows_key.empty()) {
    info_.has_rows_key = true;
    ReadRecord(root, body_.data() + begin);
  } else {
    for (auto member : root) ReadMember(Checked(std::move(member), body_));
  }
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) ThrowNotJson(body_);
}

std::string PageReader::KeyOf(ondemand::field &field) const {
  const char *raw = field.key().raw();
  const char *end = EndOfJsonString(raw, body_.data() + body_.size());
  if (end == nullptr) ThrowNotJson(body_);
  return Decoded({raw, static_cast<std::size_t>(end - raw)});
}

void PageReader::ReadMember(ondemand::field field) {
  std::string key = KeyOf(field);
  const std::string_view token = Token(field.value());
  if (key == shape_.rows_key) {
    ReadRows(field.value());
  } else if (token.front() == '{') {
    for (auto member : Checked(field.value().get_object(), body_)) {
      ondemand::field inner = Checked(std::move(member), body_);
      std::string inner_key = key + "." + KeyOf(inner);
      AddScalar(std::move(inner_key), Token(inner.value()));
    }
  } else {
    AddScalar(std::move(key), token);
  }
}

// Objects and arrays are none.
void PageReader::AddScalar(std::string key, std::string_view token) {
  if (token.front() == '"') {
    info_.members.push_back({std::move(key), true, false, Decoded(token.substr(1, token.size() - 2))});
  } else if (token.front() != '{' && token.front() != '[') {
    const JsonExtent extent = MeasureJson(token.data(), token.data() + token.size());
    if (extent.verdict != JsonExtent::kFits || extent.end != token.data() + token.size()) ThrowNotJson(body_);
    info_.members.push_back({std::move(key), false, token == "null", std::string(token)});
  }
}

std::string PageReader::Decoded(std::string_view content) const {
  std::string text(content.size(), '\0');
  bool mended = false;
  const std::optional<std::size_t> size = DecodeJsonString(content, text.data(), &mended);
  if (!size) ThrowNotJson(body_);
  text.resize(*size);
  return text;
}

void PageReader::ReadRows(ondemand::value &value) {
  const std::string name = '"' + shape_.rows_key + '"';
  if (Token(value).front() != '[') ThrowMalformedAnswer("The member " + name + " is not a JSON array.");
  // The rows of the first are in the batch already, and which of the two is meant is anyone's guess.
  if (info_.has_rows_key) ThrowMalformedAnswer("The member " + name + " comes twice.");
  info_.has_rows_key = true;
  ondemand::array rows = Checked(value.get_array(), body_);
  for (auto item : rows) {
    ondemand::value record = Checked(item, body_);
    const std::string_view token = Token(record);
    if (token.front() != '{') ThrowMalformedAnswer("A record in " + name + " is not a JSON object.");
    ReadRecord(Checked(record.get_object(), body_), token.data());
  }
}

void PageReader::ReadRecord(ondemand::object record, const char *begin) {
  ++record_;
  bad_.clear();
  rest_.clear();
  rest_mended_ = false;
  row_ = batch_.AddRow();
  ReadObject(record, top_);
  FinishRecord(begin);
}

void PageReader::ReadObject(ondemand::object object, Level &level) {
  const char *limit = body_.data() + body_.size();
  const bool is_top = &level == &top_;
  const std::uint32_t number = ++object_;
  Level::Key *previous = &level.head;
  for (auto member : object) {
    ondemand::field field = Checked(std::move(member), body_);
    const char *raw = field.key().raw();
    const Level::Key *key = level.Find(raw, limit, previous);
    const bool reads = key != nullptr && key->target != nullptr;
    const bool to_rest = is_top && wants_rest_ && (key == nullptr || key->in_rest);
    if (!reads && !to_rest) continue;
    const std::string_view token = Token(field.value());
    if (to_rest) AddToRest({raw, static_cast<std::size_t>(limit - raw)}, ValueText(token));
    if (!reads) continue;
    Target &target = *key->target;
    // A second value of the same key: nothing of the first counts.
    if (target.last_object == number) Reset(target, target.begin);
    target.last_object = number;
    target.begin = token.data();
    ReadTarget(target, field.value(), token);
  }
}

void PageReader::ReadTarget(Target &target, ondemand::value &value, std::string_view token) {
  for (const int slot : target.list_slots) {
    seen_[slot] = record_;
    Cell(slot) = CrmValue{};
    slots_[slot].found.clear();
  }
  for (const int slot : target.slots) Fill(slot, ValueText(token));
  if (target.below != nullptr) {
    if (token.front() == '{') {
      ReadObject(Checked(value.get_object(), body_), *target.below);
    } else {
      SpreadBelow(target, ValueText(token), "The value that should hold the field is no JSON object.");
    }
  }
  if (target.list != nullptr) {
    if (token.front() == '[') {
      ReadList(Checked(value.get_array(), body_), *target.list);
    } else {
      Spread(target.list->element, ValueText(token), "The value that should hold the list is no JSON array.");
    }
  }
}

void PageReader::ReadList(ondemand::array array, List &list) {
  for (const int slot : list.outermost) {
    if (Wants(slots_[slot])) Cell(slot).type = CrmType::kTextArray;  // filled when the record is over
  }
  int element = 0;
  at_.push_back(element);
  for (auto item : array) {
    ondemand::value value = Checked(item, body_);
    if (element >= list.wanted) continue;
    at_.back() = element++;
    ReadTarget(list.element, value, Token(value));
  }
  at_.pop_back();
}

void PageReader::Fill(int slot, std::string_view json) {
  Slot &reader = slots_[slot];
  if (!Wants(reader)) return;
  const char *why = nullptr;
  if (reader.first_list >= 0) {
    why = cells_.FindScalars(json, reader.found);
  } else {
    seen_[slot] = record_;
    why = cells_.Read(reader.cell, json, Cell(slot));
  }
  if (why != nullptr) bad_.push_back({slot, why, json});
}

// Whether the slot reads inside the elements that are being read.
bool PageReader::Wants(const Slot &slot) const {
  const std::size_t depth = std::min(at_.size(), slot.elements.size());
  for (std::size_t i = 0; i < depth; ++i) {
    if (slot.elements[i] != kEveryElement && slot.elements[i] != at_[i]) return false;
  }
  return true;
}

// Forgets what came from a value that begins at `begin`.
void PageReader::Reset(const Target &target, const char *begin) {
  for (const int slot : target.slots) ResetSlot(slot, begin);
  if (target.below != nullptr) {
    for (const Target &inner : target.below->targets) Reset(inner, begin);
  }
  if (target.list != nullptr) Reset(target.list->element, begin);
}

void PageReader::ResetSlot(int slot, const char *begin) {
  Slot &reader = slots_[slot];
  if (!Wants(reader)) return;
  std::erase_if(bad_, [&](const BadCell &bad) { return bad.slot == slot && bad.json.data() >= begin; });
  std::erase_if(reader.found, [&](std::string_view json) { return json.data() >= begin; });
  // Inside its list, the cell holds what other elements gave.
  if (reader.first_list >= 0 && at_.size() > static_cast<std::size_t>(reader.first_list)) return;
  Cell(slot) = CrmValue{};
  if (reader.elements.empty()) seen_[slot] = 0;
}

// A value that should hold others is of another shape. Null (a record without that parent) makes them null;
// but the second place of a column has nothing to say then.
void PageReader::SpreadBelow(const Target &target, std::string_view json, const char *why) {
  for (const Target &inner : target.below->targets) Spread(inner, json, why);
}

void PageReader::Spread(const Target &target, std::string_view json, const char *why) {
  for (const int slot : target.slots) {
    const Slot &reader = slots_[slot];
    if (reader.is_fallback || !Wants(reader)) continue;
    if (reader.elements.empty()) {
      seen_[slot] = record_;
      Cell(slot) = CrmValue{};
    }
    if (json != "null") bad_.push_back({slot, why, json});
  }
  if (target.below != nullptr) SpreadBelow(target, json, why);
  if (target.list != nullptr) Spread(target.list->element, json, why);
}

void PageReader::AddToRest(std::string_view key, std::string_view json) {
  const char *end = EndOfJsonString(key.data(), key.data() + key.size());
  if (end == nullptr) ThrowNotJson(body_);
  if (json.front() == '{' || json.front() == '[') {
    const JsonExtent extent = MeasureJson(json.data(), json.data() + json.size());
    if (extent.verdict == JsonExtent::kBroken) ThrowNotJson(body_);
    if (extent.verdict != JsonExtent::kFits) {
      bad_.push_back({shape_.rest_column, WhyNotJsonb(extent.verdict), json});
      return;
    }
    json = {json.data(), static_cast<std::size_t>(extent.end - json.data())};
  }
  key = {key.data() - 1, static_cast<std::size_t>(end - key.data()) + 2};
  rest_mended_ = rest_mended_ || cells_.Mended(key) || cells_.Mended(json);
  rest_.append(rest_.empty() ? "{" : ",").append(key).append(":").append(json);
}

void PageReader::FinishRecord(const char *begin) {
  if (shape_.raw_column != kNoColumn) Fill(shape_.raw_column, ValueText({begin, 1}));
  if (wants_rest_) {
    rest_.append(rest_.empty() ? "{}" : "}");
    const char *why = cells_.ReadJson(rest_, rest_mended_, row_[shape_.rest_column]);
    if (why != nullptr) bad_.push_back({shape_.rest_column, why, rest_});
  }
  for (const BadCell &bad : bad_) {
    const Slot &slot = slots_[bad.slot];
    if (!slot.is_fallback || !Seen(slot.column)) throw BadCellError(bad);
  }
  for (const int slot : many_slots_) {
    if (Seen(slot) && Cell(slot).type == CrmType::kTextArray)
      cells_.ReadTexts(slots_[slot].found, Cell(slot));
  }
  for (int column = 0; column < columns_; ++column) {
    const int fallback = fallback_slots_[column];
    if (fallback < 0 || Seen(column) || !Seen(fallback)) continue;
    seen_[column] = record_;
    row_[column] = Cell(fallback);
  }
  CountAbsent();
  info_.ids.push_back(RecordId());
}

void PageReader::CountAbsent() {
  for (int column = 0; column < columns_; ++column) {
    const ColumnShape &shape = shape_.columns[column];
    if (shape.path.empty()) continue;
    const bool seen = Seen(column);
    if (absent_rows_ != nullptr) (*absent_rows_)[column] = seen ? 0 : (*absent_rows_)[column] + 1;
    if (seen || !shape.required) continue;
    throw LostColumnError(column);
  }
}

Error PageReader::LostColumnError(int column) const {
  Error error(CrmErrorKind::kColumnLost,
              "field \"" + JoinPath(shape_.columns[column].path) + "\" is missing in a record",
              "A field that is only empty would be there with the value null.");
  error.column = column;
  error.record = RecordId();
  return error;
}

Error PageReader::BadCellError(const BadCell &bad) const {
  const Slot &slot = slots_[bad.slot];
  const std::vector<std::string> &path =
      slot.column == kNoColumn ? shape_.id_path : shape_.columns[slot.column].path;
  std::string what = path.empty() ? "the record" : "field \"" + JoinPath(path) + "\"";
  Error error(CrmErrorKind::kBadValue, "cannot read " + what + " as " + TypeName(slot.cell.type), bad.why);
  error.column = slot.column;
  error.record = RecordId();
  std::string_view json = bad.json;
  if (json.front() == '"') {
    json = json.substr(1, json.size() - 2);
  } else if (json.front() == '{' || json.front() == '[') {
    // Its text goes on behind it, and nobody has looked into it yet.
    const JsonExtent extent = MeasureJson(json.data(), json.data() + json.size());
    if (extent.verdict == JsonExtent::kBroken) ThrowNotJson(body_);
    if (extent.verdict == JsonExtent::kFits) json = json.substr(0, extent.end - json.data());
  }
  error.value = Printable(Cut(json, kShownValue));
  return error;
}

std::string PageReader::RecordId() const {
  if (id_slot_ < 0 || !Seen(id_slot_)) return {};
  const CrmValue &id = extra_[id_slot_ - columns_];
  return id.type == CrmType::kText ? std::string(View(id.text)) : std::string();
}

std::string_view PageReader::Token(ondemand::value &value) const {
  const std::string_view token = TrimEnd(value.raw_json_token());
  if (token.empty() || (token.front() == '"' && (token.size() < 2 || token.back() != '"')))
    ThrowNotJson(body_);
  return token;
}

// The parser keeps its tables for the next page, unless the page was a giant.
ondemand::parser &KeptParser() {
  static auto &parser = *new ondemand::parser;
  return parser;
}

// Stage one: finds the structure and checks the encoding. The batch gets the body, with the room behind it
// that the parser wants.
simdjson::error_code Iterate(ondemand::parser &parser, RowBatch &batch, std::string_view &body,
                             ondemand::document &document) {
  const std::size_t room = body.size() + simdjson::SIMDJSON_PADDING;
  char *text = batch.Reserve(room);
  std::memcpy(text, body.data(), body.size());
  std::memset(text + body.size(), 0, simdjson::SIMDJSON_PADDING);
  const simdjson::error_code error = parser.iterate(text, body.size(), room).get(document);
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  body = {text, body.size()};
  return error;
}

}  // namespace

std::optional<std::int64_t> PageInfo::Integer(std::string_view key) const {
  const Member *member = Find(key);
  if (member == nullptr || member->is_string) return std::nullopt;
  const std::optional<Decimal> number = ParseDecimal(member->text, NumberGrammar::kJson);
  return number ? ToInt64(*number) : std::nullopt;
}

std::optional<bool> PageInfo::Bool(std::string_view key) const {
  const Member *member = Find(key);
  if (member == nullptr || member->is_string) return std::nullopt;
  if (member->text == "true") return true;
  if (member->text == "false") return false;
  return std::nullopt;
}

std::optional<std::string> PageInfo::String(std::string_view key) const {
  const Member *member = Find(key);
  if (member == nullptr || member->is_null) return std::nullopt;
  return member->text;
}

// Of duplicates the last counts.
const PageInfo::Member *PageInfo::Find(std::string_view key) const {
  const auto found =
      std::find_if(members.rbegin(), members.rend(), [key](const Member &m) { return m.key == key; });
  return found == members.rend() ? nullptr : &*found;
}

void ReadPage(std::string_view body, const PageShape &shape, RowBatch &batch, PageInfo &info,
              std::vector<std::int64_t> *absent_rows) {
  info.members.clear();
  info.has_rows_key = false;
  info.ids.resize(batch.size());
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);  // a byte order mark is no JSON

  std::unique_ptr<ondemand::parser> giant;
  if (body.size() > kKeptCapacity) giant = std::make_unique<ondemand::parser>();
  ondemand::parser &parser = giant != nullptr ? *giant : KeptParser();
  ondemand::document document;
  std::vector<std::size_t> mended;
  simdjson::error_code error = Iterate(parser, batch, body, document);
  if (error == simdjson::UTF8_ERROR) {
    const std::string text = MendUtf8(body, mended);
    body = text;
    error = Iterate(parser, batch, body, document);
  }
  if (error != simdjson::SUCCESS) ThrowNotJson(body);
  PageReader(shape, body, mended, batch, info, absent_rows).ReadRoot(document);
}

}  // namespace crm
