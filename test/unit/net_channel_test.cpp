#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "net/channel.h"
#include "net_test_server.h"

namespace crm {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t MillisecondsSince(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
}

std::string Gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string Chunk(std::string_view bytes) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + std::string(bytes) + "\r\n";
}

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() { signal(SIGPIPE, SIG_IGN); }  // as in a backend

  // Ends the connections and the server's threads before what the script refers to goes away: declared after
  // it.
  class Serving {
   public:
    explicit Serving(ChannelTest &test) : test_(test) {}
    ~Serving() {
      test_.channel_.reset();
      test_.server_.reset();
    }
    Serving(const Serving &) = delete;
    Serving &operator=(const Serving &) = delete;

   private:
    ChannelTest &test_;
  };

  [[nodiscard]] Serving Serve(TestServer::Script script) {
    server_ = std::make_unique<TestServer>(std::move(script));
    Connect(server_->origin());
    return Serving(*this);
  }
  void Connect(const std::string &origin, const std::string &ca_file = "") {
    channel_ = MakeCurlChannel({origin, ca_file});
  }
  static void AnswerOk(TestConnection &client) {
    while (!client.Receive().empty()) client.Answer("ok");
  }
  static void NeverAnswer(TestConnection &client) { client.Linger(); }
  static HttpRequest Get(const std::string &target = "/") {
    HttpRequest request;
    request.target = target;
    return request;
  }
  // Steps until `count` transfers are done.
  std::map<Channel::Id, HttpResponse> Wait(std::size_t count, std::int64_t patience_ms = 20'000) {
    std::map<Channel::Id, HttpResponse> done;
    const auto begin = Clock::now();
    while (done.size() < count && MillisecondsSince(begin) < patience_ms) {
      channel_->Step();
      while (auto finished = channel_->Take()) done.insert(std::move(*finished));
      if (done.size() == count) break;
      pollfd waiting{channel_->fd(), POLLIN, 0};
      poll(&waiting, 1, 1000);
    }
    return done;
  }
  HttpResponse Fetch(const HttpRequest &request, const SecretHeader *credential = nullptr) {
    const Channel::Id id = channel_->Submit(request, credential, limits_);
    EXPECT_FALSE(channel_->idle());
    auto done = Wait(1);
    EXPECT_EQ(done.size(), 1u) << "not done in time";
    EXPECT_EQ(done.begin()->first, id);
    EXPECT_TRUE(channel_->idle());
    const HttpResponse &response = done.begin()->second;
    if (response.error != TransferError::kNone) {
      EXPECT_FALSE(response.error_text.empty());
      EXPECT_TRUE(response.body.empty()) << "half a body";
    }
    return std::move(done.begin()->second);
  }

  std::unique_ptr<TestServer> server_;
  std::unique_ptr<Channel> channel_;
  TransferLimits limits_;
};

TEST_F(ChannelTest, SendsTheRequestAndReadsTheAnswer) {
  std::string seen;
  const Serving serving = Serve([&](TestConnection &client) {
    seen = client.Receive();
    client.Answer("{\"a\":1}", "Content-Type: application/json\r\nX-Rate:  5 \r\nX-RATE: 6\r\n");
    client.Linger();
  });
  HttpRequest request = Get("/api/../v1/lead/?_limit=100&q=%20x");
  request.headers = {{"X-TZ-Offset", "0"}, {"X-Empty", ""}};
  const SecretHeader credential{"Authorization", Secret("Basic YXBp")};
  const HttpResponse response = Fetch(request, &credential);
  EXPECT_EQ(response.error, TransferError::kNone) << response.error_text;
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "{\"a\":1}");
  EXPECT_EQ(response.Find("content-type"), "application/json");
  EXPECT_EQ(response.Find("x-rate"), "5") << "the first";
  EXPECT_EQ(response.Find("X-Rate"), "");
  EXPECT_TRUE(response.request_sent);
  EXPECT_GT(response.wire_bytes, 60);
  EXPECT_TRUE(seen.starts_with("GET /api/../v1/lead/?_limit=100&q=%20x HTTP/1.1\r\n")) << seen;
  for (const char *line : {"\r\nAuthorization: Basic YXBp\r\n", "\r\nX-TZ-Offset: 0\r\n", "\r\nX-Empty:\r\n",
                           "\r\nAccept-Encoding: gzip\r\n", "\r\nUser-Agent: crm_fdw\r\n"}) {
    EXPECT_NE(seen.find(line), std::string::npos) << line << seen;
  }
}

TEST_F(ChannelTest, MethodsAndBodies) {
  std::string seen;
  const Serving serving = Serve([&](TestConnection &client) {
    while (!(seen = client.Receive()).empty()) {
      if (seen.starts_with("HEAD")) {
        client.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Encoding: gzip\r\n\r\n");
      } else {
        client.Answer("ok");
      }
    }
  });
  HttpRequest request = Get();
  for (const char *method : {"POST", "PUT", "PATCH", "DELETE", "GET"}) {
    request.method = method;
    request.body = std::string(200'000, 'b');
    request.headers = {{"Content-Type", "application/json"}};
    const auto begin = Clock::now();
    EXPECT_EQ(Fetch(request).body, "ok");
    EXPECT_LT(MillisecondsSince(begin), 900) << "waited for 100 Continue";
    EXPECT_TRUE(seen.starts_with(std::string(method) + " / ")) << seen.substr(0, 200);
    EXPECT_NE(seen.find("Content-Length: 200000\r\n"), std::string::npos);
    EXPECT_NE(seen.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_EQ(seen.find("Expect"), std::string::npos);
    EXPECT_TRUE(seen.ends_with("\r\n\r\n" + request.body));
  }
  request.headers.clear();
  request.body.clear();
  for (const char *method : {"DELETE", "HEAD", "POST"}) {
    request.method = method;
    EXPECT_EQ(Fetch(request).status, 200);
    EXPECT_TRUE(seen.starts_with(std::string(method) + " / ")) << seen;
    EXPECT_EQ(seen.find("Content-Length: 0") != std::string::npos, std::string(method) == "POST") << seen;
  }
}

TEST_F(ChannelTest, InterimAnswersAndRedirects) {
  const Serving serving = Serve([&](TestConnection &client) {
    client.Receive();
    client.Send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    client.Answer("", "Location: /elsewhere\r\n", 302);
    client.Linger();
  });
  const HttpResponse response = Fetch(Get());
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.Find("location"), "/elsewhere");
  EXPECT_EQ(response.Find("link"), "") << "of the interim answer";
  EXPECT_EQ(response.error, TransferError::kNone);
}

TEST_F(ChannelTest, ErrorAnswersKeepTheirBodies) {
  const Serving serving = Serve([&](TestConnection &client) {
    client.Receive();
    client.Answer("{\"error\":\"no\"}", "Retry-After: 3\r\n", 429);
    client.Linger();
  });
  const HttpResponse response = Fetch(Get());
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.body, "{\"error\":\"no\"}");
  EXPECT_EQ(response.error, TransferError::kNone);
}

TEST_F(ChannelTest, Gzip) {
  const std::string text = std::string(300'000, 'a') + "end";
  const std::string packed = Gzip(text);
  const Serving serving = Serve([&](TestConnection &client) {
    while (true) {
      const std::string request = client.Receive();
      if (request.empty()) break;
      if (request.starts_with("GET /chunked")) {
        client.Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (const char byte : packed) client.Send(Chunk(std::string_view(&byte, 1)));
        client.Send("0\r\n\r\n");
      } else if (request.starts_with("GET /two")) {
        client.Answer(Gzip("one") + Gzip("two"), "Content-Encoding: gzip\r\n");
      } else if (request.starts_with("GET /empty")) {
        client.Answer("", "Content-Encoding: gzip\r\n");
      } else if (request.starts_with("GET /identity")) {
        client.Answer("plain", "Content-Encoding: identity\r\n");
      } else {
        client.Answer(packed, "Content-Encoding: x-gzip\r\n");
      }
    }
  });
  HttpResponse response = Fetch(Get());
  EXPECT_EQ(response.body, text);
  EXPECT_LT(response.wire_bytes, 5000) << "as received";
  EXPECT_EQ(Fetch(Get("/chunked")).body, text);
  EXPECT_EQ(Fetch(Get("/two")).body, "onetwo");
  EXPECT_EQ(Fetch(Get("/empty")).error, TransferError::kNone);
  EXPECT_EQ(Fetch(Get("/identity")).body, "plain");
}

TEST_F(ChannelTest, GzipThatEndsEarlyIsNeverAShortBody) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 10'007);
  const std::string packed = Gzip(text);
  std::string body;
  bool chunked = false;
  const Serving serving = Serve([&](TestConnection &client) {
    while (!client.Receive().empty()) {
      if (chunked) {
        client.Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" +
                    Chunk(body) + "0\r\n\r\n");
      } else {
        client.Answer(body, "Content-Encoding: gzip\r\n");
      }
    }
  });
  for (const std::size_t size : {packed.size() - 1, packed.size() - 4, packed.size() - 8, packed.size() - 9,
                                 packed.size() / 2, std::size_t{10}, std::size_t{1}}) {
    body = packed.substr(0, size);
    chunked = !chunked;
    EXPECT_EQ(Fetch(Get()).error, TransferError::kTruncated) << size;
  }
  chunked = false;
  body = packed;
  body[body.size() - 6] ^= 1;  // checksum
  EXPECT_EQ(Fetch(Get()).error, TransferError::kTruncated);
  body = packed + "garbage";
  EXPECT_EQ(Fetch(Get()).error, TransferError::kTruncated);
  body = "{\"not\":\"gzip\"}";
  EXPECT_EQ(Fetch(Get()).error, TransferError::kTruncated);
  body = packed;
  EXPECT_EQ(Fetch(Get()).body, text) << "the channel is as good as new";
}

TEST_F(ChannelTest, EncodingThatWasNotAskedFor) {
  const Serving serving = Serve([&](TestConnection &client) {
    client.Receive();
    client.Answer("?", "Content-Encoding: br\r\n");
  });
  EXPECT_EQ(Fetch(Get()).error, TransferError::kOther);
}

TEST_F(ChannelTest, CutBodies) {
  const Serving serving = Serve([&](TestConnection &client) {
    const std::string request = client.Receive();
    if (request.starts_with("GET /length")) {
      client.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
    } else if (request.starts_with("GET /first")) {
      client.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    } else if (request.starts_with("GET /chunked")) {
      client.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + Chunk("{\"half\":"));
    } else if (request.starts_with("GET /reset")) {
      client.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
      std::this_thread::sleep_for(std::chrono::milliseconds(100));  // RST would overtake it
      client.Reset();
    }
  });
  for (const char *target : {"/length", "/first", "/chunked", "/reset"}) {
    const HttpResponse response = Fetch(Get(target));
    EXPECT_EQ(response.error, TransferError::kTruncated) << target << response.error_text;
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.request_sent);
  }
}

TEST_F(ChannelTest, LostBeforeTheAnswer) {
  const Serving serving = Serve([&](TestConnection &client) {
    const std::string request = client.Receive();
    if (request.starts_with("GET /reset")) client.Reset();
    if (request.starts_with("GET /status")) client.Send("HTTP/1.1 200 OK\r\nContent-");
  });
  for (const char *target : {"/reset", "/closed", "/status"}) {
    const HttpResponse response = Fetch(Get(target));
    EXPECT_EQ(response.error, TransferError::kReset) << target << " " << response.error_text;
    EXPECT_TRUE(response.request_sent);
  }
}

TEST_F(ChannelTest, Refused) {
  const Serving serving = Serve([](TestConnection &) {});
  const std::string origin = server_->origin();
  server_.reset();
  Connect(origin);
  const HttpResponse response = Fetch(Get());
  EXPECT_EQ(response.error, TransferError::kRefused) << response.error_text;
  EXPECT_EQ(response.status, 0);
  EXPECT_FALSE(response.request_sent);
}

TEST_F(ChannelTest, UnknownHost) {
  // No name server is asked for a label of more than 63 characters.
  Connect("https://" + std::string(64, 'x') + ".invalid");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    const HttpResponse response = Fetch(Get());
    EXPECT_EQ(response.error, TransferError::kDns) << "attempt " << attempt << ": " << response.error_text;
    EXPECT_FALSE(response.request_sent);
  }
}

TEST_F(ChannelTest, NeverAnswers) {
  const Serving serving = Serve(NeverAnswer);
  limits_.request_timeout_ms = 300;
  const auto begin = Clock::now();
  const HttpResponse response = Fetch(Get());
  EXPECT_EQ(response.error, TransferError::kTimeout);
  EXPECT_TRUE(response.request_sent);
  EXPECT_GE(MillisecondsSince(begin), 290);
  EXPECT_LT(MillisecondsSince(begin), 1500);
}

TEST_F(ChannelTest, SlowDrip) {
  const Serving serving = Serve([](TestConnection &client) {
    client.Receive();
    client.Send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      client.Send("x");
    }
    client.Linger();
  });
  EXPECT_EQ(Fetch(Get()).body, std::string(20, 'x'));
  limits_.request_timeout_ms = 200;
  HttpRequest elsewhere = Get();
  elsewhere.safe_to_repeat = false;  // a connection of its own
  const HttpResponse response = Fetch(elsewhere);
  EXPECT_EQ(response.error, TransferError::kTimeout) << "the whole request has to fit";
  EXPECT_EQ(response.status, 200);
}

TEST_F(ChannelTest, LimitsTheBody) {
  limits_.max_body_bytes = 1'000'000;
  std::atomic<bool> all_sent = false;
  const Serving serving = Serve([&](TestConnection &client) {
    const std::string request = client.Receive();
    if (request.starts_with("GET /bomb")) {
      client.Answer(Gzip(std::string(200'000'000, '\0')), "Content-Encoding: gzip\r\n");
    } else if (request.starts_with("GET /announced")) {
      client.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n");
      client.Linger();
    } else if (request.starts_with("GET /headers")) {
      client.Send("HTTP/1.1 200 OK\r\n");
      for (int i = 0; i < 10'000; ++i) client.Send("X-Header: " + std::string(90, 'x') + "\r\n");
    } else if (request.starts_with("GET /fits")) {
      client.Answer(std::string(1'000'000, 'x'));
    } else {
      client.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 40; ++i) client.Send(Chunk(std::string(100'000, 'x')));
    }
  });
  for (const char *target : {"/bomb", "/announced", "/headers", "/endless"}) {
    const HttpResponse response = Fetch(Get(target));
    EXPECT_EQ(response.error, TransferError::kTooLarge) << target << " " << response.error_text;
  }
  EXPECT_EQ(Fetch(Get("/fits")).body.size(), 1'000'000u);
}

TEST_F(ChannelTest, ReusesConnections) {
  const Serving serving = Serve(AnswerOk);
  const int fd = channel_->fd();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Fetch(Get()).body, "ok");
  EXPECT_EQ(server_->connections(), 1);
  EXPECT_EQ(channel_->fd(), fd);
}

TEST_F(ChannelTest, RunsTransfersSideBySide) {
  const Serving serving = Serve([](TestConnection &client) {
    for (std::string request; !(request = client.Receive()).empty();) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      client.Answer(request.substr(4, 2));
    }
  });
  const auto begin = Clock::now();
  std::vector<Channel::Id> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(channel_->Submit(Get("/" + std::to_string(i)), nullptr, limits_));
  const auto done = Wait(6);
  ASSERT_EQ(done.size(), 6u);
  EXPECT_LT(MillisecondsSince(begin), 1500);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(done.at(ids[i]).body, "/" + std::to_string(i));
}

// curl itself sends again when a kept connection turns out to be dead. A create must not go out twice.
TEST_F(ChannelTest, UnsafeRequestsGoOutOnce) {
  std::atomic<int> requests = 0;
  const Serving serving = Serve([&](TestConnection &client) {
    if (client.Receive().empty()) return;
    client.Answer("first");
    // Takes the second request of the connection, acts on it perhaps, and dies.
    if (!client.Receive().empty()) ++requests;
  });
  EXPECT_EQ(Fetch(Get()).body, "first");
  EXPECT_EQ(Fetch(Get()).body, "first") << "sent again over a new connection: a read may";
  EXPECT_EQ(requests, 1);

  HttpRequest create = Get();
  create.method = "POST";
  create.body = "{}";
  create.safe_to_repeat = false;
  EXPECT_EQ(Fetch(create).body, "first") << "over a connection of its own";
  EXPECT_EQ(requests, 1);
}

TEST_F(ChannelTest, UnsafeRequestThatIsLostIsLost) {
  std::atomic<int> requests = 0;
  const Serving serving = Serve([&](TestConnection &client) {
    while (true) {
      const std::string request = client.Receive();
      if (request.empty()) return;
      if (request.starts_with("POST")) {
        ++requests;
        return;
      }
      client.Answer("ok");
    }
  });
  EXPECT_EQ(Fetch(Get()).body, "ok");
  HttpRequest create = Get();
  create.method = "POST";
  create.safe_to_repeat = false;
  const HttpResponse response = Fetch(create);
  EXPECT_EQ(response.error, TransferError::kReset);
  EXPECT_TRUE(response.request_sent);
  EXPECT_EQ(requests, 1);
}

TEST_F(ChannelTest, CancelDropsTheConnection) {
  std::atomic<bool> received = false, closed = false;
  const Serving serving = Serve([&](TestConnection &client) {
    if (client.Receive().empty()) return;
    if (client.number > 1) {
      client.Answer("second");
      client.Linger();
      return;
    }
    received = true;
    client.Linger();
    closed = true;
  });
  const Channel::Id id = channel_->Submit(Get(), nullptr, limits_);
  for (int i = 0; i < 1000 && !received; ++i) {
    channel_->Step();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  ASSERT_TRUE(received);
  channel_->Cancel(id);
  EXPECT_TRUE(channel_->idle());
  for (int i = 0; i < 1000 && !closed; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(closed) << "the server sees the end of the connection";
  channel_->Cancel(id);  // unknown by now: nothing happens
  EXPECT_EQ(Fetch(Get()).body, "second");
  EXPECT_EQ(server_->connections(), 2);
}

TEST_F(ChannelTest, CancelBeforeTheConnectionLeavesTheChannelUsable) {
  // A name that is looked up by a thread, which takes longer than one step.
  const Serving serving = Serve(AnswerOk);
  Connect("http://localhost" + server_->origin().substr(server_->origin().rfind(':')));
  for (int round = 0; round < 3; ++round) {
    const Channel::Id id = channel_->Submit(Get(), nullptr, limits_);
    channel_->Step();
    channel_->Cancel(id);
    EXPECT_TRUE(channel_->idle());
  }
  EXPECT_EQ(Fetch(Get()).body, "ok");
}

TEST_F(ChannelTest, CancelDropsACompletionThatWasNotTaken) {
  const Serving serving = Serve(AnswerOk);
  const Channel::Id id = channel_->Submit(Get(), nullptr, limits_);
  for (int i = 0; i < 200; ++i) {
    channel_->Step();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_FALSE(channel_->idle()) << "the completion waits";
  channel_->Cancel(id);
  EXPECT_TRUE(channel_->idle());
  EXPECT_EQ(channel_->Take(), std::nullopt);
}

TEST_F(ChannelTest, DestructionDropsWhatIsUnderWay) {
  const Serving serving = Serve(NeverAnswer);
  for (int i = 0; i < 8; ++i) channel_->Submit(Get(), nullptr, limits_);
  for (int i = 0; i < 20; ++i) channel_->Step();
  const auto begin = Clock::now();
  channel_.reset();
  EXPECT_LT(MillisecondsSince(begin), 200);
}

TEST_F(ChannelTest, NeverBlocksAndSignalsByTheDescriptor) {
  const Serving serving = Serve([](TestConnection &client) {
    client.Receive();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    client.Answer("late");
    client.Linger();
  });
  pollfd waiting{channel_->fd(), POLLIN, 0};
  EXPECT_EQ(poll(&waiting, 1, 0), 0) << "nothing to do";
  const auto begin = Clock::now();
  channel_->Submit(Get(), nullptr, limits_);
  EXPECT_EQ(poll(&waiting, 1, 1000), 1) << "there is something to start";
  int steps = 0;
  std::optional<std::pair<Channel::Id, HttpResponse>> done;
  while (!done && MillisecondsSince(begin) < 5000) {
    const auto before = Clock::now();
    channel_->Step();
    EXPECT_LT(MillisecondsSince(before), 100);
    ++steps;
    done = channel_->Take();
    if (!done) poll(&waiting, 1, 5000);
  }
  ASSERT_TRUE(done);
  EXPECT_EQ(done->second.body, "late");
  EXPECT_LT(steps, 60) << "no busy loop";
}

TEST_F(ChannelTest, RestoresTheSignalMask) {
  const Serving serving = Serve(AnswerOk);
  sigset_t only_usr1, before, after;
  sigemptyset(&only_usr1);
  sigaddset(&only_usr1, SIGUSR1);
  pthread_sigmask(SIG_SETMASK, &only_usr1, &before);
  Fetch(Get());
  pthread_sigmask(SIG_SETMASK, &before, &after);
  EXPECT_TRUE(sigismember(&after, SIGUSR1));
  EXPECT_FALSE(sigismember(&after, SIGUSR2));
  EXPECT_FALSE(sigismember(&after, SIGINT));
}

TEST_F(ChannelTest, RefusesAnotherProcess) {
  const Serving serving = Serve(AnswerOk);
  EXPECT_EQ(Fetch(Get()).body, "ok");
  const pid_t child = fork();
  if (child == 0) {
    int refused = 0;
    const auto refuses = [&](auto action) {
      try {
        action();
      } catch (const Error &error) {
        refused += error.kind == CrmErrorKind::kInternal ? 1 : 0;
      }
    };
    refuses([&] { channel_->Step(); });
    refuses([&] { channel_->Cancel(1); });
    refuses([&] { channel_->Submit(Get(), nullptr, limits_); });
    channel_.reset();  // must not speak on the parent's connection
    _exit(refused == 3 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Fetch(Get()).body, "ok");
  EXPECT_EQ(server_->connections(), 1) << "still the same connection";
}

TEST_F(ChannelTest, RefusesControlCharacters) {
  const Serving serving = Serve(NeverAnswer);
  const SecretHeader credential{"Authorization", Secret("Bearer to-hide\r\nX-Injected: 1")};
  try {
    channel_->Submit(Get(), &credential, limits_);
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.kind, CrmErrorKind::kInvalidOptionValue);
    EXPECT_EQ((error.message + error.detail + error.hint).find("to-hide"), std::string::npos);
  }
  EXPECT_THROW(channel_->Submit(Get("/a\r\nX: y"), nullptr, limits_), Error);
  HttpRequest request = Get();
  request.headers = {{"X\n", "y"}};
  EXPECT_THROW(channel_->Submit(request, nullptr, limits_), Error);
  request = Get();
  request.method = "GET /x";
  request.method += '\n';
  EXPECT_THROW(channel_->Submit(request, nullptr, limits_), Error);
  EXPECT_TRUE(channel_->idle());
}

TEST_F(ChannelTest, LoopbackNeedsNoProxy) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  const Serving serving = Serve([](TestConnection &client) {
    client.Receive();
    client.Answer("direct");
  });
  EXPECT_EQ(Fetch(Get()).body, "direct");
  unsetenv("http_proxy");
}

TEST_F(ChannelTest, PlainServerBehindHttps) {
  const Serving serving =
      Serve([](TestConnection &client) { client.Send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  Connect("https://127.0.0.1:" + std::to_string(server_->port()));
  const HttpResponse response = Fetch(Get());
  EXPECT_EQ(response.error, TransferError::kTls) << response.error_text;
  EXPECT_FALSE(response.request_sent);
}

TEST_F(ChannelTest, HandshakeThatIsCut) {
  const Serving serving = Serve([](TestConnection &client) { client.Reset(); });
  Connect("https://127.0.0.1:" + std::to_string(server_->port()));
  const HttpResponse response = Fetch(Get());
  EXPECT_EQ(response.error, TransferError::kReset) << response.error_text;
  EXPECT_FALSE(response.request_sent);
}

// `openssl s_server` with a certificate for "localhost" that nobody has signed.
class TlsTest : public ChannelTest {
 protected:
  void SetUp() override {
    char name[] = "/tmp/crm_tls_XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "
        "/CN=localhost -addext subjectAltName=DNS:localhost -keyout " +
        folder_ + "/key.pem -out " + certificate() + " 2>/dev/null";
    ASSERT_EQ(std::system(make.c_str()), 0);
    int out[2];
    ASSERT_EQ(pipe(out), 0);
    child_ = fork();
    if (child_ == 0) {
      dup2(out[1], STDOUT_FILENO);
      close(out[0]);
      EXPECT_NE(freopen("/dev/null", "w", stderr), nullptr);
      execlp("openssl", "openssl", "s_server", "-4", "-accept", "0", "-www", "-cert", certificate().c_str(),
             "-key", (folder_ + "/key.pem").c_str(), static_cast<char *>(nullptr));
      _exit(127);
    }
    close(out[1]);
    std::string text;
    for (char c; text.find("ACCEPT") == std::string::npos || !text.ends_with("\n");) {
      ASSERT_EQ(read(out[0], &c, 1), 1);
      text += c;
    }
    port_ = text.substr(text.rfind(':') + 1, text.size() - text.rfind(':') - 2);
    output_ = out[0];
  }
  void TearDown() override {
    if (child_ > 0) {
      kill(child_, SIGKILL);
      waitpid(child_, nullptr, 0);
      close(output_);
    }
    for (const char *file : {"/key.pem", "/cert.pem"}) unlink((folder_ + file).c_str());
    rmdir(folder_.c_str());
  }
  std::string certificate() const { return folder_ + "/cert.pem"; }

  std::string folder_, port_;
  pid_t child_ = -1;
  int output_ = -1;
};

TEST_F(TlsTest, VerifiesTheServer) {
  Connect("https://localhost:" + port_);
  HttpResponse response = Fetch(Get());
  EXPECT_EQ(response.error, TransferError::kTls);
  EXPECT_NE(response.error_text.find("certificate"), std::string::npos) << response.error_text;
  EXPECT_FALSE(response.request_sent) << "no credential leaves before the server is known";

  Connect("https://localhost:" + port_, certificate());
  response = Fetch(Get());
  EXPECT_EQ(response.error, TransferError::kNone) << response.error_text;
  EXPECT_EQ(response.status, 200);

  Connect("https://127.0.0.1:" + port_, certificate());
  response = Fetch(Get());
  EXPECT_EQ(response.error, TransferError::kTls) << "the certificate is another host's";
  EXPECT_NE(response.error_text.find("127.0.0.1"), std::string::npos) << response.error_text;
  EXPECT_FALSE(response.request_sent);

  Connect("https://localhost:" + port_, folder_ + "/missing.pem");
  response = Fetch(Get());
  EXPECT_EQ(response.error, TransferError::kTls) << response.error_text;
}

}  // namespace
}  // namespace crm
