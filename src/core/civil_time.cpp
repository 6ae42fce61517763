#include "core/civil_time.h"

#include <algorithm>
#include <string>

namespace crm {

namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kDaysToY2K = 730'425;  // from 0000-03-01 to 2000-01-01

// Takes digits, marks and signs off the front of a text; nothing else is ever skipped.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  bool Take(char mark) {
    if (rest_.empty() || rest_.front() != mark) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly `count` digits whose value lies in [low, high].
  bool Number(int count, int low, int high, int &value) {
    if (rest_.size() < static_cast<std::size_t>(count)) return false;
    value = 0;
    for (int i = 0; i < count; ++i) {
      if (!IsDigit(rest_[i])) return false;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value >= low && value <= high;
  }
  // 1..9 digits after a point, as microseconds, rounded half up (so up to 1,000,000).
  bool Fraction(std::int64_t &micros) {
    int digits = 0;
    std::int64_t nanos = 0;
    for (; !rest_.empty() && IsDigit(rest_.front()); ++digits, rest_.remove_prefix(1)) {
      if (digits == 9) return false;
      nanos = nanos * 10 + (rest_.front() - '0');
    }
    if (digits == 0) return false;
    for (; digits < 9; ++digits) nanos *= 10;
    micros = (nanos + 500) / 1000;
    return true;
  }

 private:
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  std::string_view rest_;
};

int DaysOfMonth(int year, int month) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

// Counted in years that begin in March, so that the leap day is the last of its year.
std::int64_t DaysFromCivil(int year, int month, int day) {
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - kDaysToY2K;
}

std::int64_t FloorDivide(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

bool TakeDate(Reader &reader, std::int64_t &days) {
  int year, month, day;
  if (!reader.Number(4, 1, 9999, year) || !reader.Take('-') || !reader.Number(2, 1, 12, month) ||
      !reader.Take('-') || !reader.Number(2, 1, 31, day) || day > DaysOfMonth(year, month)) {
    return false;
  }
  days = DaysFromCivil(year, month, day);
  return true;
}

void AppendPadded(std::string &text, std::int64_t number, std::size_t width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) text.append(width - digits.size(), '0');
  text.append(digits);
}

// Z, +hh:mm, +hhmm, +hh or nothing.
bool TakeOffset(Reader &reader, std::int64_t &seconds) {
  seconds = 0;
  if (reader.done() || reader.Take('Z')) return true;
  const bool west = reader.Take('-');
  if (!west && !reader.Take('+')) return false;
  int hours = 0, minutes = 0;
  if (!reader.Number(2, 0, 15, hours)) return false;  // PostgreSQL's range: less than 16 hours
  if (!reader.done()) {
    reader.Take(':');
    if (!reader.Number(2, 0, 59, minutes)) return false;
  }
  seconds = hours * std::int64_t{3600} + minutes * std::int64_t{60};
  if (west) seconds = -seconds;
  return true;
}

}  // namespace

std::optional<std::int64_t> ParseDate(std::string_view text) {
  Reader reader(text);
  std::int64_t days;
  if (!TakeDate(reader, days) || !reader.done()) return std::nullopt;
  return days;
}

std::optional<std::int64_t> ParseTimestamp(std::string_view text) {
  Reader reader(text);
  std::int64_t days, fraction = 0, offset = 0;
  if (!TakeDate(reader, days)) return std::nullopt;
  if (reader.done()) return days * kSecondsPerDay * kMicrosPerSecond;
  int hour, minute, second;
  if ((!reader.Take('T') && !reader.Take(' ')) || !reader.Number(2, 0, 23, hour) || !reader.Take(':') ||
      !reader.Number(2, 0, 59, minute) || !reader.Take(':') || !reader.Number(2, 0, 59, second) ||
      (reader.Take('.') && !reader.Fraction(fraction)) || !TakeOffset(reader, offset) || !reader.done()) {
    return std::nullopt;
  }
  const std::int64_t seconds =
      days * kSecondsPerDay + hour * std::int64_t{3600} + minute * std::int64_t{60} + second - offset;
  return seconds * kMicrosPerSecond + fraction;
}

std::string FormatDate(std::int64_t days) {
  const std::int64_t since_march = days + kDaysToY2K;
  const std::int64_t era = FloorDivide(since_march, 146'097);  // 400 years
  const std::int64_t in_era = since_march - era * 146'097;
  const std::int64_t year_of_era = (in_era - in_era / 1460 + in_era / 36'524 - in_era / 146'096) / 365;
  const std::int64_t day_of_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t march_month = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * march_month + 2) / 5 + 1;
  const std::int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  const std::int64_t year = era * 400 + year_of_era + (month <= 2 ? 1 : 0);
  std::string text = year < 0 ? "-" : "";
  AppendPadded(text, year < 0 ? -year : year, 4);
  AppendPadded(text.append("-"), month, 2);
  AppendPadded(text.append("-"), day, 2);
  return text;
}

std::string FormatTimestamp(std::int64_t micros, int fraction_digits) {
  const std::int64_t seconds = FloorDivide(micros, kMicrosPerSecond);
  const std::int64_t days = FloorDivide(seconds, kSecondsPerDay);
  const std::int64_t in_day = seconds - days * kSecondsPerDay;
  std::string text = FormatDate(days);
  AppendPadded(text.append("T"), in_day / 3600, 2);
  AppendPadded(text.append(":"), in_day / 60 % 60, 2);
  AppendPadded(text.append(":"), in_day % 60, 2);
  if (fraction_digits > 0) {
    AppendPadded(text.append("."), micros - seconds * kMicrosPerSecond, 6);
    text.resize(text.size() - (6 - std::min(fraction_digits, 6)));
  }
  return text.append("Z");
}

}  // namespace crm
