// A server for one test: plain sockets, one thread per connection, and a script that says what each does.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace crm {

class TestConnection {
 public:
  TestConnection(int fd, int number) : number(number), fd_(fd) {}

  // Head and body of the next request; empty: the client has closed.
  std::string Receive() {
    for (;;) {
      const std::size_t head = buffer_.find("\r\n\r\n");
      if (head != std::string::npos) {
        std::size_t size = head + 4;
        const std::size_t length = buffer_.find("Content-Length: ");
        if (length < head) size += std::stoul(buffer_.substr(length + 16));
        if (buffer_.size() >= size) {
          std::string request = buffer_.substr(0, size);
          buffer_.erase(0, size);
          return request;
        }
      }
      char piece[4096];
      const ssize_t got = recv(fd_, piece, sizeof piece, 0);
      if (got <= 0) return {};
      buffer_.append(piece, got);
    }
  }
  void Send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(sent);
    }
  }
  void Answer(std::string_view body, std::string_view headers = "", int status = 200) const {
    Send("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body));
  }
  // The connection ends with RST instead of FIN.
  void Reset() const {
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  // Blocks until the client closes or the test ends.
  void Linger() {
    while (!Receive().empty()) continue;
  }

  const int number;  // from 1

 private:
  int fd_;
  std::string buffer_;
};

class TestServer {
 public:
  using Script = std::function<void(TestConnection &)>;

  explicit TestServer(Script script)
      : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr *>(&address), sizeof address);
    listen(listener_, 64);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr *>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~TestServer() {
    stopping_ = true;
    acceptor_.join();
    close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const Worker &worker : workers_) {
        if (!worker.closed) shutdown(worker.fd, SHUT_RDWR);
      }
    }
    for (Worker &worker : workers_) worker.thread.join();
  }

  int port() const { return port_; }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  struct Worker {
    int fd = -1;
    bool closed = false;
    std::thread thread;
  };

  void Accept() {
    while (!stopping_) {
      pollfd waiting{listener_, POLLIN, 0};
      if (poll(&waiting, 1, 10) <= 0) continue;
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) continue;
      const std::lock_guard lock(mutex_);
      Worker &worker = workers_.emplace_back();
      worker.fd = fd;
      const int number = ++connections_;
      worker.thread = std::thread([this, &worker, number] {
        TestConnection connection(worker.fd, number);
        script_(connection);
        const std::lock_guard closing(mutex_);
        close(worker.fd);
        worker.closed = true;
      });
    }
  }

  Script script_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::list<Worker> workers_;
  std::thread acceptor_;
};

}  // namespace crm
