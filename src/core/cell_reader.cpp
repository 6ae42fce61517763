#include "core/cell_reader.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "core/civil_time.h"
#include "core/decimal.h"
#include "core/error.h"
#include "core/json_text.h"

namespace crm {

namespace {

constexpr std::int64_t kMaxDecimalExponent = 16'000;

bool IsContainer(std::string_view json) { return json.front() == '{' || json.front() == '['; }
bool IsString(std::string_view json) { return json.front() == '"'; }

// A word of JSON other than a string. Anything else ends the whole reading.
void CheckWord(std::string_view json) {
  if (json == "true" || json == "false" || json == "null") return;
  if (!ParseDecimal(json, NumberGrammar::kJson)) ThrowMalformedAnswer("A value is not valid JSON.");
}

bool FitsDecimal(Decimal number, int minor_digits) {
  if (number.exponent > kMaxDecimalExponent || number.exponent < -kMaxDecimalExponent) return false;
  number.exponent -= minor_digits;
  return FitsNumeric(number);
}

// kFlat: the scalars of the array itself, nulls included. kNestedScalars: also those of arrays in it, no
// nulls.
enum class ArrayItems { kFlat, kNestedScalars };

const char *SplitArray(std::string_view json, ArrayItems wanted, std::vector<std::string_view> &scalars) {
  static constexpr std::string_view kBetween = ", \n\r\t", kBetweenNested = ", \n\r\t[]";
  const JsonExtent extent = MeasureJson(json.data(), json.data() + json.size());
  if (const char *why = WhyNotJsonb(extent.verdict)) return why;
  const bool nested = wanted == ArrayItems::kNestedScalars;
  const std::string_view between = nested ? kBetweenNested : kBetween;
  const char *at = json.data() + 1;
  for (const char *last = extent.end - 1; at != last;) {
    const char c = *at;
    if (between.find(c) != std::string_view::npos) {
      ++at;
      continue;
    }
    if (c == '{' || c == '[') return "An item of the array is itself an array or an object.";
    const char *begin = at;
    if (c == '"') {
      at = EndOfJsonString(at + 1, last) + 1;
    } else {
      at = std::find_if(at, last, [](char d) { return kBetweenNested.find(d) != std::string_view::npos; });
    }
    const std::string_view item(begin, at - begin);
    if (!nested || item != "null") scalars.push_back(item);
  }
  return nullptr;
}

}  // namespace

const char *WhyNotJsonb(JsonExtent::Verdict verdict) {
  switch (verdict) {
    case JsonExtent::kTooDeep:
      return "JSON is nested deeper than 64 levels.";
    case JsonExtent::kNumberTooLarge:
      return "A number in the JSON is beyond the range of numeric.";
    case JsonExtent::kBroken:
      ThrowMalformedAnswer("A value is not valid JSON.");
    case JsonExtent::kFits:
      break;
  }
  return nullptr;
}

const char *TypeName(CrmType type) {
  switch (type) {
    case CrmType::kBool:
      return "boolean";
    case CrmType::kInt:
      return "bigint";
    case CrmType::kDecimal:
      return "numeric";
    case CrmType::kDouble:
      return "double precision";
    case CrmType::kText:
      return "text";
    case CrmType::kDate:
      return "date";
    case CrmType::kTimestamp:
      return "timestamp with time zone";
    case CrmType::kJson:
      return "jsonb";
    case CrmType::kTextArray:
      return "text[]";
    default:
      throw Error(CrmErrorKind::kInternal, "no JSON value becomes a cell of this type");
  }
}

void ThrowMalformedAnswer(std::string detail) {
  throw Error(CrmErrorKind::kMalformedAnswer, "the answer is not the JSON that was expected",
              std::move(detail));
}

bool CellReader::Mended(std::string_view part) const {
  if (mended_.empty()) return false;
  const auto begin = static_cast<std::size_t>(part.data() - body_.data());
  const auto first = std::lower_bound(mended_.begin(), mended_.end(), begin);
  return first != mended_.end() && *first < begin + part.size();
}

const char *CellReader::Read(const CellShape &shape, std::string_view json, CrmValue &cell) {
  cell = CrmValue{};
  if (json.front() == 'n') {
    CheckWord(json);
    return nullptr;
  }
  switch (shape.type) {
    case CrmType::kText:
      return ReadText(json, cell);
    case CrmType::kInt:
    case CrmType::kDecimal:
    case CrmType::kDouble:
      return ReadNumber(shape, json, cell);
    case CrmType::kDate:
    case CrmType::kTimestamp:
      return ReadTime(shape.type, json, cell);
    case CrmType::kBool:
      return ReadBool(json, cell);
    case CrmType::kTextArray:
      return ReadTextArray(shape.separator, json, cell);
    default: {
      TypeName(shape.type);  // refuses what is left but kJson
      const JsonExtent extent = MeasureJson(json.data(), json.data() + json.size());
      if (const char *why = WhyNotJsonb(extent.verdict)) return why;
      const std::string_view value(json.data(), extent.end - json.data());
      StoreJson(value, extent.unclean, Mended(value), cell);
      return nullptr;
    }
  }
}

const char *CellReader::ReadJson(std::string_view json, bool mended, CrmValue &cell) {
  cell = CrmValue{};
  const JsonExtent extent = MeasureJson(json.data(), json.data() + json.size());
  if (const char *why = WhyNotJsonb(extent.verdict)) return why;
  StoreJson(json, extent.unclean, mended, cell);
  return nullptr;
}

void CellReader::StoreJson(std::string_view json, bool unclean, bool mended, CrmValue &cell) {
  if (unclean) {
    char *out = batch_.Reserve(json.size());
    const std::size_t size = CleanJson(json, out);
    batch_.Shrink(out, size, json.size());
    cell.text = {out, static_cast<std::int32_t>(size)};
  } else {
    cell.text = Keep(json);
  }
  cell.type = CrmType::kJson;
  if (unclean || mended) ++batch_.repaired;
}

const char *CellReader::ReadBool(std::string_view json, CrmValue &cell) {
  if (IsContainer(json)) return "Expected true or false.";
  if (!IsString(json)) CheckWord(json);
  const std::string_view word = IsString(json) ? StringContent(json) : json;
  if (word != "true" && word != "false") return "Expected true or false.";
  cell.boolean = word == "true";
  cell.type = CrmType::kBool;
  return nullptr;
}

const char *CellReader::ReadNumber(const CellShape &shape, std::string_view json, CrmValue &cell) {
  const int minor_digits = shape.minor_digits;
  if (IsContainer(json)) return "Expected a number.";
  const bool string = IsString(json);
  const std::string_view text = string ? StringContent(json) : json;
  if (text.empty()) return "An empty text is not a number.";
  std::optional<Decimal> number = ParseDecimal(text, string ? NumberGrammar::kLoose : NumberGrammar::kJson);
  if (!number) {
    if (!string) CheckWord(json);
    return "Expected a number.";
  }
  if (shape.type == CrmType::kDecimal) {
    if (!FitsDecimal(*number, minor_digits)) return "The number is beyond the range of numeric.";
    if (minor_digits != 0) {
      cell.text = batch_.Copy(ShiftedText(*number, minor_digits));
    } else if (shape.trimmed && (number->exponent != 0 || number->fraction.ends_with('0'))) {
      cell.text = batch_.Copy(TrimmedText(*number));
    } else {
      cell.text = Keep(text);
    }
    cell.type = shape.type;
    return nullptr;
  }
  number->exponent -= minor_digits;
  if (shape.type == CrmType::kInt) {
    const std::optional<std::int64_t> integer = ToInt64(*number);
    if (!integer) {
      return IsIntegral(*number) ? "The number is beyond the range of bigint." : "Expected a whole number.";
    }
    cell.integer = *integer;
  } else {
    const std::optional<double> real = ToDouble(*number);
    if (!real) return "The number is beyond the range of double precision.";
    cell.real = *real;
  }
  cell.type = shape.type;
  return nullptr;
}

const char *CellReader::ReadTime(CrmType type, std::string_view json, CrmValue &cell) {
  const bool date = type == CrmType::kDate;
  const char *expected = date ? "Expected a date, YYYY-MM-DD." : "Expected a date and time in ISO 8601.";
  if (IsContainer(json)) return expected;
  if (!IsString(json)) {
    CheckWord(json);
    return expected;
  }
  const std::string_view text = StringContent(json);
  const std::optional<std::int64_t> value = date ? ParseDate(text) : ParseTimestamp(text);
  if (!value) return expected;
  cell.integer = *value;
  cell.type = type;
  return nullptr;
}

const char *CellReader::ReadText(std::string_view json, CrmValue &cell) {
  if (json.front() == '{') return "A JSON object does not fit into one text.";
  if (json.front() != '[') {
    cell.text = ScalarText(json);
    cell.type = CrmType::kText;
    return nullptr;
  }
  if (const char *why = ReadItems(json)) return why;
  if (items_.size() > 1) return "An array of more than one item does not fit into one text.";
  if (!items_.empty() && items_.front().data != nullptr) {
    cell.text = items_.front();
    cell.type = CrmType::kText;
  }
  return nullptr;
}

const char *CellReader::ReadTextArray(char separator, std::string_view json, CrmValue &cell) {
  if (json.front() == '{') return "A JSON object does not fit into an array of texts.";
  if (json.front() == '[') {
    if (const char *why = ReadItems(json)) return why;
  } else if (separator != '\0' && IsString(json)) {
    SplitText(separator, ScalarText(json));
  } else {
    items_.assign(1, ScalarText(json));
  }
  StoreTextArray(cell);
  return nullptr;
}

void CellReader::SplitText(char separator, CrmText text) {
  items_.clear();
  for (const char *begin = text.data, *last = text.data + text.size;;) {
    const char *end = std::find(begin, last, separator);
    items_.push_back({begin, static_cast<std::int32_t>(end - begin)});
    if (end == last) return;
    begin = end + 1;
  }
}

const char *CellReader::FindScalars(std::string_view json, std::vector<std::string_view> &found) {
  if (json.front() == '{') return "A JSON object does not fit into an array of texts.";
  if (json.front() == '[') return SplitArray(json, ArrayItems::kNestedScalars, found);
  if (json != "null") found.push_back(json);
  return nullptr;
}

void CellReader::ReadTexts(const std::vector<std::string_view> &scalars, CrmValue &cell) {
  items_.clear();
  for (const std::string_view scalar : scalars) items_.push_back(ScalarText(scalar));
  StoreTextArray(cell);
}

void CellReader::StoreTextArray(CrmValue &cell) {
  CrmText *items = batch_.NewItems(items_.size());
  std::copy(items_.begin(), items_.end(), items);
  cell.array.items = items;
  cell.array.count = static_cast<std::int32_t>(items_.size());
  cell.type = CrmType::kTextArray;
}

// Fills items_ with the scalars of an array.
const char *CellReader::ReadItems(std::string_view json) {
  items_.clear();
  scalars_.clear();
  if (const char *why = SplitArray(json, ArrayItems::kFlat, scalars_)) return why;
  for (const std::string_view scalar : scalars_) {
    items_.push_back(scalar == "null" ? CrmText{nullptr, 0} : ScalarText(scalar));
  }
  return nullptr;
}

CrmText CellReader::ScalarText(std::string_view json) {
  if (!IsString(json)) {
    CheckWord(json);
    return Keep(json);
  }
  const std::string_view content = json.substr(1, json.size() - 2);
  bool mended = Mended(content);
  CrmText text;
  if (content.find('\\') == std::string_view::npos) {
    text = Keep(content);
  } else {
    char *out = batch_.Reserve(content.size());
    const std::optional<std::size_t> size = DecodeJsonString(content, out, &mended);
    if (!size) ThrowMalformedAnswer("A text holds an escape that JSON does not have.");
    batch_.Shrink(out, *size, content.size());
    text = {out, static_cast<std::int32_t>(*size)};
  }
  if (mended) ++batch_.repaired;
  return text;
}

// The body lives as long as the batch; anything else is copied.
CrmText CellReader::Keep(std::string_view text) {
  const std::less<const char *> before;
  const char *end = body_.data() + body_.size();
  if (before(text.data(), body_.data()) || !before(text.data(), end)) return batch_.Copy(text);
  return {text.data(), static_cast<std::int32_t>(text.size())};
}

// Of a string that is no text to keep: decoded, valid until the next call.
std::string_view CellReader::StringContent(std::string_view json) {
  const std::string_view content = json.substr(1, json.size() - 2);
  if (content.find('\\') == std::string_view::npos) return content;
  scratch_.resize(content.size());
  bool mended = false;
  const std::optional<std::size_t> size = DecodeJsonString(content, scratch_.data(), &mended);
  if (!size) ThrowMalformedAnswer("A text holds an escape that JSON does not have.");
  return std::string_view(scratch_).substr(0, *size);
}

}  // namespace crm
