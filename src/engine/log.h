// Lines for the server log and the client, kept until src/pg drains them.
#pragma once
#include <deque>
#include <string>

#include "engine/engine.h"

namespace crm {

class LogRing {
 public:
  void Add(CrmLogLevel level, std::string message, std::string detail = {});
  // The view is valid until the next call. When lines were lost, a warning that says so comes first.
  bool Next(CrmLogLine *line);

 private:
  struct Line {
    CrmLogLevel level;
    std::string message, detail;
  };
  std::deque<Line> lines_;
  Line current_{};
  std::size_t lost_ = 0;
};

}  // namespace crm
