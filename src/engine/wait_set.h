// One descriptor to wait on for everything an operation waits for: channels and one moment in time.
#pragma once
#include <cstdint>

#include "engine/file.h"

namespace crm {

class WaitSet {
 public:
  WaitSet();
  // The same for the set's whole life; readable when something watched is, or the alarm has gone off.
  int fd() const { return epoll_.fd(); }
  // Watching twice is watching once.
  void Watch(int fd);
  void Unwatch(int fd) noexcept;
  // Replaces the alarm; also the one that has gone off. Negative: none.
  void SetAlarm(std::int64_t delay_us);

 private:
  File epoll_, timer_;
};

}  // namespace crm
