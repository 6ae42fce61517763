// libcurl's multi interface behind one epoll descriptor that also holds its timer. curl's callbacks only
// record; nothing here sleeps, and no signal handler of PostgreSQL can run inside curl or a resolver thread.
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/secret.h"
#include "net/channel.h"
#include "net/gunzip.h"

namespace crm {

namespace {

constexpr long kKeptConnections = 4;
constexpr std::size_t kKeptHandles = 4;
constexpr long kReceiveBuffer = 64 << 10;
constexpr std::size_t kMaxHeaderBytes = 256 << 10;

// Threads that curl starts (name look-ups) inherit the mask, so that signals stay with PostgreSQL's thread.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked &) = delete;
  SignalsBlocked &operator=(const SignalsBlocked &) = delete;

 private:
  sigset_t before_;
};

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// ---- one transfer ------------------------------------------------------------------------------------

bool HoldsControl(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

// A list of header lines whose bytes are wiped: one of them is the credential.
class HeaderLines {
 public:
  HeaderLines() = default;
  ~HeaderLines() {
    for (curl_slist *line = lines_; line != nullptr; line = line->next) {
      OPENSSL_cleanse(line->data, std::strlen(line->data));
    }
    curl_slist_free_all(lines_);
  }
  HeaderLines(const HeaderLines &) = delete;
  HeaderLines &operator=(const HeaderLines &) = delete;

  void Add(std::string_view name, std::string_view value) {
    if (HoldsControl(name) || HoldsControl(value)) {
      // A line break would start a header of its own.
      throw Error(CrmErrorKind::kInvalidOptionValue,
                  "header \"" + std::string(name) + "\" would hold a control character",
                  "A credential or an option holds a line break or another control character.");
    }
    std::string line;
    line.reserve(name.size() + value.size() + 3);
    line.append(name).append(value.empty() ? ";" : ": ").append(value);
    try {
      Append(line);
    } catch (...) {
      OPENSSL_cleanse(line.data(), line.size());
      throw;
    }
    OPENSSL_cleanse(line.data(), line.size());
  }
  // Keeps curl from sending a header of its own.
  void Suppress(std::string_view name) { Append(std::string(name) + ":"); }
  curl_slist *get() const { return lines_; }

 private:
  void Append(const std::string &line) {
    curl_slist *longer = curl_slist_append(lines_, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    lines_ = longer;
  }

  curl_slist *lines_ = nullptr;
};

// Why a callback stopped curl.
enum class Stop : unsigned char { kNo, kTooLarge, kBadBody, kUnknownEncoding, kOutOfMemory };

struct Transfer {
  Channel::Id id = 0;
  CURL *easy = nullptr;
  HeaderLines request_headers;
  std::string body;  // of the request; curl reads it in place
  std::size_t max_body_bytes = 0;
  std::size_t header_bytes = 0;
  bool asked = false;  // the connection stood, and the request was about to be written
  bool headers_done = false, body_begun = false;
  std::unique_ptr<Gunzip> gunzip;  // null: the body comes as it is
  Stop stop = Stop::kNo;
  HttpResponse response;
  std::array<char, CURL_ERROR_SIZE> error{};

  ~Transfer() { OPENSSL_cleanse(body.data(), body.size()); }
};

// Bytes count after decompression: a small answer must not grow without end.
Stop TakeBody(Transfer &transfer, std::string_view bytes) {
  std::string &body = transfer.response.body;
  if (!transfer.body_begun) {
    transfer.body_begun = true;
    const std::string_view encoding = transfer.response.Find("content-encoding");
    if (encoding == "gzip" || encoding == "x-gzip") {
      transfer.gunzip = std::make_unique<Gunzip>();
    } else if (!encoding.empty() && encoding != "identity") {
      return Stop::kUnknownEncoding;
    }
  }
  if (transfer.gunzip != nullptr) {
    switch (transfer.gunzip->Feed(bytes, body, transfer.max_body_bytes)) {
      case Gunzip::kFine:
        return Stop::kNo;
      case Gunzip::kBroken:
        return Stop::kBadBody;
      case Gunzip::kTooLarge:
        return Stop::kTooLarge;
    }
  }
  if (bytes.size() > transfer.max_body_bytes - body.size()) return Stop::kTooLarge;
  body.append(bytes);
  return Stop::kNo;
}

int OnConnected(void *context, char *, char *, int, int) noexcept {
  static_cast<Transfer *>(context)->asked = true;
  return CURL_PREREQFUNC_OK;
}

std::size_t OnBody(char *data, std::size_t size, std::size_t count, void *context) noexcept {
  auto *transfer = static_cast<Transfer *>(context);
  try {
    transfer->stop = TakeBody(*transfer, {data, size * count});
  } catch (...) {
    transfer->stop = Stop::kOutOfMemory;
  }
  return transfer->stop == Stop::kNo ? size * count : 0;
}

std::string_view Trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

Stop TakeHeader(Transfer &transfer, std::string_view line) {
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kMaxHeaderBytes) return Stop::kTooLarge;
  if (line.starts_with("HTTP/")) {
    // An interim answer (100, 103) has headers of its own, which the final one replaces.
    transfer.response.headers.clear();
    transfer.headers_done = false;
  } else if (Trimmed(line).empty()) {
    transfer.headers_done = true;
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos && colon > 0) {
    Header header{std::string(line.substr(0, colon)), std::string(Trimmed(line.substr(colon + 1)))};
    std::ranges::transform(header.name, header.name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    transfer.response.headers.push_back(std::move(header));
  }
  return Stop::kNo;
}

std::size_t OnHeader(char *data, std::size_t size, std::size_t count, void *context) noexcept {
  auto *transfer = static_cast<Transfer *>(context);
  try {
    transfer->stop = TakeHeader(*transfer, {data, size * count});
  } catch (...) {
    transfer->stop = Stop::kOutOfMemory;
  }
  return transfer->stop == Stop::kNo ? size * count : 0;
}

// ---- what became of it -------------------------------------------------------------------------------

// A connection cut during the handshake has the same code as a handshake that failed, but is worth another
// try.
bool WasCut(std::string_view words) {
  return words.find("SSL_ERROR_SYSCALL") != words.npos || words.starts_with("Recv failure") ||
         words.starts_with("Send failure");
}

TransferError ErrorOf(CURLcode code, const Transfer &transfer) {
  // Inside a body it was cut; before it, the connection was lost.
  const TransferError lost = transfer.headers_done ? TransferError::kTruncated : TransferError::kReset;
  switch (code) {
    case CURLE_OK:
      return TransferError::kNone;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return TransferError::kDns;
    case CURLE_COULDNT_CONNECT:
      return TransferError::kRefused;
    case CURLE_OPERATION_TIMEDOUT:
      return TransferError::kTimeout;
    case CURLE_FILESIZE_EXCEEDED:
      return TransferError::kTooLarge;
    case CURLE_SSL_CONNECT_ERROR:
      return WasCut(transfer.error.data()) ? lost : TransferError::kTls;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_USE_SSL_FAILED:
      return TransferError::kTls;
    case CURLE_PARTIAL_FILE:
    case CURLE_BAD_CONTENT_ENCODING:
      return TransferError::kTruncated;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_SHUTDOWN_FAILED:
      return lost;
    default:
      return TransferError::kOther;
  }
}

void SetError(HttpResponse &response, TransferError error, std::string text) {
  response.error = error;
  response.error_text = std::move(text);
  response.body.clear();  // half a body is of no use, and could be taken for a whole one
}

// The response of a transfer that curl is done with.
HttpResponse Finish(Transfer &transfer, CURLcode code) {
  if (code == CURLE_OUT_OF_MEMORY || transfer.stop == Stop::kOutOfMemory) throw std::bad_alloc();
  HttpResponse response = std::move(transfer.response);
  long status = 0, header_bytes = 0;
  curl_off_t received = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(transfer.easy, CURLINFO_HEADER_SIZE, &header_bytes);
  curl_easy_getinfo(transfer.easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
  response.status = static_cast<int>(status);
  response.request_sent = transfer.asked;
  response.wire_bytes = header_bytes + received;
  switch (transfer.stop) {
    case Stop::kTooLarge:
      SetError(response, TransferError::kTooLarge, "the answer is larger than the limit");
      return response;
    case Stop::kBadBody:
      SetError(response, TransferError::kTruncated, "the compressed body is damaged");
      return response;
    case Stop::kUnknownEncoding:
      SetError(response, TransferError::kOther, "the body is encoded in a way that was not asked for");
      return response;
    default:
      break;
  }
  if (code != CURLE_OK) {
    const char *words = transfer.error[0] != '\0' ? transfer.error.data() : curl_easy_strerror(code);
    SetError(response, ErrorOf(code, transfer), words);
  } else if (!transfer.headers_done) {
    // For curl a connection that closes inside the headers ends an answer without a body.
    SetError(response, TransferError::kReset, "the connection was closed inside the headers");
  } else if (transfer.gunzip != nullptr && !transfer.gunzip->complete()) {
    SetError(response, TransferError::kTruncated, "the compressed body ends early");
  }
  return response;
}

// ---- the channel -------------------------------------------------------------------------------------

void InitialiseCurl() {
  // In the backend, at first use: curl's state does not survive a fork. Never undone, since other extensions
  // may use the same library.
  static const CURLcode code = [] {
    const SignalsBlocked blocked;
    return curl_global_init(CURL_GLOBAL_DEFAULT);
  }();
  if (code != CURLE_OK) {
    throw Error(CrmErrorKind::kInternal, "could not initialise the HTTP library", curl_easy_strerror(code));
  }
}

template <typename T>
void Set(CURL *easy, CURLoption option, T value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code == CURLE_OUT_OF_MEMORY) throw std::bad_alloc();
  if (code != CURLE_OK) {
    throw Error(CrmErrorKind::kInternal, "could not prepare an HTTP request", curl_easy_strerror(code));
  }
}

bool IsLoopback(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  std::string_view host = scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
  host = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

class CurlChannel final : public Channel {
 public:
  explicit CurlChannel(const ChannelTarget &target);
  ~CurlChannel() override;

  Id Submit(const HttpRequest &request, const SecretHeader *credential,
            const TransferLimits &limits) override;
  void Cancel(Id id) override;
  void Step() override;
  std::optional<std::pair<Id, HttpResponse>> Take() override;
  int fd() const override { return epoll_.get(); }
  bool idle() const override { return transfers_.empty() && finished_.empty(); }

 private:
  static int OnSocket(CURL *easy, curl_socket_t socket, int what, void *context, void *known) noexcept;
  static int OnTimer(CURLM *multi, long timeout_ms, void *context) noexcept;
  void CheckProcess() const;
  CURL *TakeHandle();
  void SetConnection(CURL *easy, const TransferLimits &limits) const;
  void SetRequest(Transfer &transfer, const HttpRequest &request) const;
  void Register(int fd, std::uint32_t events, bool known);
  void Collect();
  void Release(Transfer &transfer, bool completed);

  const ChannelTarget target_;
  const bool loopback_;
  const pid_t process_ = getpid();
  Descriptor epoll_, timer_;
  CURLM *multi_ = nullptr;
  Id last_id_ = 0;
  std::unordered_map<Id, std::unique_ptr<Transfer>> transfers_;
  std::deque<std::pair<Id, HttpResponse>> finished_;
  std::vector<CURL *> handles_;  // to use again
};

CurlChannel::CurlChannel(const ChannelTarget &target)
    : target_(target),
      loopback_(IsLoopback(target.origin)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (epoll_.get() < 0 || timer_.get() < 0) {
    throw Error(CrmErrorKind::kInternal, "could not create a network channel", std::strerror(errno));
  }
  InitialiseCurl();
  handles_.reserve(kKeptHandles);
  const SignalsBlocked blocked;
  multi_ = curl_multi_init();
  if (multi_ == nullptr) throw std::bad_alloc();
  Register(timer_.get(), EPOLLIN, false);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlChannel::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlChannel::OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnections);
}

CurlChannel::~CurlChannel() {
  // A forked child must not speak on its parent's connections, not even to close them.
  if (process_ != getpid()) return;
  const SignalsBlocked blocked;
  for (auto &[id, transfer] : transfers_) Release(*transfer, false);
  for (CURL *easy : handles_) curl_easy_cleanup(easy);
  curl_multi_cleanup(multi_);
}

void CurlChannel::CheckProcess() const {
  if (process_ != getpid()) {
    throw Error(CrmErrorKind::kInternal, "a network channel was used by another process");
  }
}

void CurlChannel::Register(int fd, std::uint32_t events, bool known) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (epoll_ctl(epoll_.get(), known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0) return;
  // A socket that was closed unseen has left the set; one whose number was given again may still be in it.
  epoll_ctl(epoll_.get(), known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}

int CurlChannel::OnSocket(CURL * /*easy*/, curl_socket_t socket, int what, void *context,
                          void *known) noexcept {
  auto *channel = static_cast<CurlChannel *>(context);
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(channel->epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
    curl_multi_assign(channel->multi_, socket, nullptr);
    return 0;
  }
  const std::uint32_t events = ((what & CURL_POLL_IN) != 0 ? static_cast<std::uint32_t>(EPOLLIN) : 0U) |
                               ((what & CURL_POLL_OUT) != 0 ? static_cast<std::uint32_t>(EPOLLOUT) : 0U);
  channel->Register(socket, events, known != nullptr);
  curl_multi_assign(channel->multi_, socket, channel);  // any value: it says that the socket is known
  return 0;
}

int CurlChannel::OnTimer(CURLM * /*multi*/, long timeout_ms, void *context) noexcept {
  auto *channel = static_cast<CurlChannel *>(context);
  itimerspec when{};
  if (timeout_ms == 0) {
    when.it_value.tv_nsec = 1;  // at once, from Step: curl must not be entered again from here
  } else if (timeout_ms > 0) {
    when.it_value.tv_sec = timeout_ms / 1000;
    when.it_value.tv_nsec = (timeout_ms % 1000) * 1'000'000;
  }
  timerfd_settime(channel->timer_.get(), 0, &when, nullptr);
  return 0;
}

CURL *CurlChannel::TakeHandle() {
  if (!handles_.empty()) {
    CURL *easy = handles_.back();
    handles_.pop_back();
    return easy;
  }
  CURL *easy = curl_easy_init();
  if (easy == nullptr) throw std::bad_alloc();
  return easy;
}

void CurlChannel::SetConnection(CURL *easy, const TransferLimits &limits) const {
#if LIBCURL_VERSION_NUM >= 0x075500
  Set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  Set(easy, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  // Do not wait for a resolver thread that hangs when the transfer is dropped.
  Set(easy, CURLOPT_QUICK_EXIT, 1L);
#endif
  Set(easy, CURLOPT_NOSIGNAL, 1L);
  Set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  // Only there: the option replaces the environment's no_proxy.
  if (loopback_) Set(easy, CURLOPT_NOPROXY, "*");
  Set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  Set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  Set(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  Set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  Set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  Set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!target_.ca_file.empty()) Set(easy, CURLOPT_CAINFO, target_.ca_file.c_str());
  Set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // With HTTP/2 requests share the connection that is being made; plain HTTP never has it.
  if (target_.origin.starts_with("https:")) Set(easy, CURLOPT_PIPEWAIT, 1L);
  Set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout_ms));
  Set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.request_timeout_ms));
  Set(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits.max_body_bytes));
}

void CurlChannel::SetRequest(Transfer &transfer, const HttpRequest &request) const {
  CURL *easy = transfer.easy;
  const std::string url = target_.origin + request.target;
  if (HoldsControl(url) || HoldsControl(request.method) || request.method.empty()) {
    throw Error(CrmErrorKind::kInternal, "an HTTP request holds a control character or no method");
  }
  Set(easy, CURLOPT_URL, url.c_str());
  Set(easy, CURLOPT_PATH_AS_IS, 1L);
  Set(easy, CURLOPT_FOLLOWLOCATION, 0L);  // a credential must not wander
  Set(easy, CURLOPT_USERAGENT, "crm_fdw");
  // Decoded here, see gunzip.h.
  Set(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  Set(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  // On a reused connection that turns out to be dead curl sends again by itself, whatever the method.
  if (!request.safe_to_repeat) Set(easy, CURLOPT_FRESH_CONNECT, 1L);
  const bool has_body = !transfer.body.empty() ||
                        (request.method != "GET" && request.method != "HEAD" && request.method != "DELETE");
  if (has_body) {
    Set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(transfer.body.size()));
    Set(easy, CURLOPT_POSTFIELDS, transfer.body.c_str());
    // Waiting for "100 Continue" costs a second with servers that do not know it.
    transfer.request_headers.Suppress("Expect");
  } else if (request.method == "HEAD") {
    Set(easy, CURLOPT_NOBODY, 1L);
  }
  if (has_body || (request.method != "GET" && request.method != "HEAD")) {
    Set(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
  Set(easy, CURLOPT_HTTPHEADER, transfer.request_headers.get());
  Set(easy, CURLOPT_ERRORBUFFER, transfer.error.data());
  Set(easy, CURLOPT_WRITEFUNCTION, &OnBody);
  Set(easy, CURLOPT_WRITEDATA, &transfer);
  Set(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
  Set(easy, CURLOPT_HEADERDATA, &transfer);
  Set(easy, CURLOPT_PREREQFUNCTION, &OnConnected);
  Set(easy, CURLOPT_PREREQDATA, &transfer);
  Set(easy, CURLOPT_PRIVATE, &transfer);
}

Channel::Id CurlChannel::Submit(const HttpRequest &request, const SecretHeader *credential,
                                const TransferLimits &limits) {
  CheckProcess();
  const SignalsBlocked blocked;
  auto transfer = std::make_unique<Transfer>();
  transfer->id = ++last_id_;
  transfer->body = request.body;
  transfer->max_body_bytes = static_cast<std::size_t>(std::max<std::int64_t>(limits.max_body_bytes, 0));
  for (const Header &header : request.headers) transfer->request_headers.Add(header.name, header.value);
  if (credential != nullptr) transfer->request_headers.Add(credential->name, credential->value.Reveal());
  const Id id = transfer->id;
  Transfer &started = *transfers_.emplace(id, std::move(transfer)).first->second;
  try {
    started.easy = TakeHandle();
    SetConnection(started.easy, limits);
    SetRequest(started, request);
    if (const CURLMcode code = curl_multi_add_handle(multi_, started.easy); code != CURLM_OK) {
      throw Error(CrmErrorKind::kInternal, "could not start an HTTP request", curl_multi_strerror(code));
    }
  } catch (...) {
    curl_easy_cleanup(started.easy);
    transfers_.erase(id);
    throw;
  }
  return id;
}

// A handle whose transfer ended before it had a connection keeps its buffer, and refuses the options that say
// how large it is to be: only those of complete transfers are used again.
void CurlChannel::Release(Transfer &transfer, bool completed) {
  curl_multi_remove_handle(multi_, transfer.easy);
  if (completed && handles_.size() < kKeptHandles) {
    curl_easy_reset(transfer.easy);  // forgets the request; connections are the multi handle's
    handles_.push_back(transfer.easy);
  } else {
    curl_easy_cleanup(transfer.easy);
  }
  transfer.easy = nullptr;
}

void CurlChannel::Cancel(Id id) {
  CheckProcess();
  std::erase_if(finished_, [id](const auto &entry) { return entry.first == id; });
  const auto found = transfers_.find(id);
  if (found == transfers_.end()) return;
  const SignalsBlocked blocked;
  curl_easy_setopt(found->second->easy, CURLOPT_FORBID_REUSE, 1L);
  Release(*found->second, false);
  transfers_.erase(found);
}

void CurlChannel::Step() {
  CheckProcess();
  const SignalsBlocked blocked;
  std::array<epoll_event, 16> events{};
  const int ready = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < ready; ++i) {
    const int fd = events[i].data.fd;
    int running = 0;
    if (fd == timer_.get()) {
      std::uint64_t expirations = 0;
      if (read(fd, &expirations, sizeof expirations) < 0) continue;  // set anew meanwhile
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      continue;
    }
    const int what = ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                     ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                     ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(multi_, fd, what, &running);
  }
  Collect();
}

void CurlChannel::Collect() {
  int left = 0;
  while (CURLMsg *message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    Transfer *transfer = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    finished_.emplace_back(transfer->id, Finish(*transfer, code));
    Release(*transfer, code == CURLE_OK);
    transfers_.erase(finished_.back().first);
  }
}

std::optional<std::pair<Channel::Id, HttpResponse>> CurlChannel::Take() {
  if (finished_.empty()) return std::nullopt;
  auto first = std::move(finished_.front());
  finished_.pop_front();
  return first;
}

}  // namespace

std::unique_ptr<Channel> MakeCurlChannel(const ChannelTarget &target) {
  return std::make_unique<CurlChannel>(target);
}

}  // namespace crm
