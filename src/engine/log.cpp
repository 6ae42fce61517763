#include "engine/log.h"

#include <utility>

#include "engine/text.h"

namespace crm {
namespace {

// src/pg drains after every step; only a step that logs without end could fill it.
constexpr std::size_t kMaxLines = 256;

}  // namespace

void LogRing::Add(CrmLogLevel level, std::string message, std::string detail) {
  if (lines_.size() == kMaxLines) {
    lines_.pop_front();
    ++lost_;
  }
  lines_.push_back({level, std::move(message), std::move(detail)});
}

bool LogRing::Next(CrmLogLine *line) {
  if (lost_ > 0) {
    current_ = {CrmLogLevel::kWarning, std::to_string(lost_) + " log lines were dropped", {}};
    lost_ = 0;
  } else if (lines_.empty()) {
    return false;
  } else {
    current_ = std::move(lines_.front());
    lines_.pop_front();
  }
  *line = {current_.level, TextView(current_.message), TextView(current_.detail)};
  return true;
}

}  // namespace crm
