// A file descriptor that closes itself.
#pragma once
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace crm {

class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File &operator=(File &&other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() {
    if (fd_ < 0) return;
    const int saved = errno;
    close(fd_);
    errno = saved;
  }

  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

  // From the start, at most `limit` bytes; what cannot be read is left out. May hold a secret: wipe it.
  std::string ReadAll(std::size_t limit) const {
    std::string content(limit, '\0');
    std::size_t size = 0;
    while (size < limit) {
      const ssize_t got = pread(fd_, content.data() + size, limit - size, static_cast<off_t>(size));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      size += static_cast<std::size_t>(got);
    }
    content.resize(size);
    return content;
  }
  // False: errno says why.
  bool WriteAll(std::string_view content) const {
    std::size_t size = 0;
    while (size < content.size()) {
      const ssize_t put = pwrite(fd_, content.data() + size, content.size() - size, static_cast<off_t>(size));
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return false;
      size += static_cast<std::size_t>(put);
    }
    return true;
  }

 private:
  int fd_ = -1;
};

}  // namespace crm
