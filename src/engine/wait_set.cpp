#include "engine/wait_set.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "core/error.h"

namespace crm {
namespace {

[[noreturn]] void ThrowErrno(const char *what) {
  const auto kind = errno == EMFILE || errno == ENFILE || errno == ENOMEM ? CrmErrorKind::kOutOfMemory
                                                                          : CrmErrorKind::kInternal;
  throw Error(kind, std::string("could not ") + what + ": " + std::strerror(errno));
}

}  // namespace

WaitSet::WaitSet()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
  if (!epoll_ || !timer_) ThrowErrno("create a descriptor to wait on");
  Watch(timer_.fd());
}

void WaitSet::Watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  if (epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fd, &event) != 0 && errno != EEXIST)
    ThrowErrno("watch a descriptor");
}

void WaitSet::Unwatch(int fd) noexcept {
  // Fails when it was closed meanwhile, which is as good.
  epoll_ctl(epoll_.fd(), EPOLL_CTL_DEL, fd, nullptr);
}

void WaitSet::SetAlarm(std::int64_t delay_us) {
  itimerspec alarm{};
  if (delay_us >= 0) {
    alarm.it_value.tv_sec = delay_us / 1'000'000;
    // All zero would disarm it.
    alarm.it_value.tv_nsec = delay_us % 1'000'000 * 1000 + 1;
  }
  if (timerfd_settime(timer_.fd(), 0, &alarm, nullptr) != 0) ThrowErrno("set a timer");
}

}  // namespace crm
