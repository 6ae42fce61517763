#include "engine/token_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/crypto.h"
#include "core/json.h"

namespace crm {
namespace {

constexpr std::size_t kMaxFile = 64 << 10;

// Texts that hold tokens are wiped wherever they end.
struct Wiped {
  std::string text;
  ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }
};

[[noreturn]] void ThrowErrno(const std::string &what, const std::string &path) {
  throw Error(CrmErrorKind::kInternal, "could not " + what + " \"" + path + "\": " + std::strerror(errno));
}

void CheckPrivate(const File &file, const std::string &path, bool is_directory) {
  struct stat status {};
  if (fstat(file.fd(), &status) != 0) ThrowErrno("examine", path);
  if (status.st_uid != geteuid() || (status.st_mode & 077) != 0 ||
      (is_directory ? !S_ISDIR(status.st_mode) : !S_ISREG(status.st_mode)))
    throw Error(CrmErrorKind::kInternal, "\"" + path + "\" is not private to the server's user",
                "Access tokens are kept there.", "Its owner and no one else may have access to it.");
}

File OpenPrivate(const std::string &path, int flags) {
  File file(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  if (file) CheckPrivate(file, path, (flags & O_DIRECTORY) != 0);
  return file;
}

File OpenDirectory(const std::string &path) {
  if (path.empty()) throw Error(CrmErrorKind::kInternal, "there is no directory to keep refresh tokens in");
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) ThrowErrno("create directory", path);
  File directory = OpenPrivate(path, O_RDONLY | O_DIRECTORY);
  if (!directory) ThrowErrno("open directory", path);
  return directory;
}

[[noreturn]] void ThrowDamaged(const std::string &path) {
  throw Error(
      CrmErrorKind::kBadCredentials, "file \"" + path + "\" holds no tokens",
      "The newest refresh token is kept there.",
      "Put a new refresh token into the user mapping, or remove the file to try the one that is there.");
}

Token ParseStored(std::string_view text, const std::string &path) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) ThrowDamaged(path);
  const auto string = [&](const char *key) {
    const auto found = json.find(key);
    return found == json.end() || !found->is_string()
               ? std::string_view()
               : std::string_view(found->get_ref<const std::string &>());
  };
  const auto found = json.find("expires_at");
  const auto expires_at_us = found == json.end() ? std::nullopt : WholeNumber(*found);
  if (string("refresh_token").empty() || !expires_at_us) ThrowDamaged(path);
  Token token;
  token.refresh_token = Secret(string("refresh_token"));
  token.access_token = Secret(string("access_token"));
  token.expires_at_us = *expires_at_us;
  token.instance_url = string("instance_url");
  return token;
}

std::string ToText(const Token &token) {
  Json json = {{"refresh_token", token.refresh_token.Reveal()},
               {"access_token", token.access_token.Reveal()},
               {"expires_at", token.expires_at_us}};
  if (!token.instance_url.empty()) json["instance_url"] = token.instance_url;
  std::string text = json.dump();
  for (const char *key : {"refresh_token", "access_token"}) {
    std::string &copy = json[key].get_ref<std::string &>();
    OPENSSL_cleanse(copy.data(), copy.size());
  }
  return text;
}

std::string StateName(std::string_view provider, std::string_view client_id, const Secret &configured) {
  Wiped seed;
  seed.text.reserve(provider.size() + client_id.size() + configured.Reveal().size() + 2);
  seed.text.append(provider).append(1, '\0').append(client_id).append(1, '\0').append(configured.Reveal());
  return Sha256Hex(seed.text) + ".json";
}

}  // namespace

TokenStore::TokenStore(std::string directory, std::string_view provider, std::string_view client_id,
                       const Secret &configured)
    : directory_(std::move(directory)),
      path_(directory_ + "/" + StateName(provider, client_id, configured)) {}

bool TokenStore::TryLock() {
  OpenDirectory(directory_);
  const std::string path = path_ + ".lock";
  File lock = OpenPrivate(path, O_RDWR | O_CREAT);
  if (!lock) ThrowErrno("open", path);
  if (flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EINTR) return false;
    ThrowErrno("lock", path);
  }
  lock_ = std::move(lock);
  return true;
}

std::optional<Token> TokenStore::Load() const {
  const File file = OpenPrivate(path_, O_RDONLY);
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) ThrowErrno("open", path_);
  const Wiped content{file.ReadAll(kMaxFile)};
  return ParseStored(content.text, path_);
}

void TokenStore::Prepare() {
  const std::string path = path_ + ".tmp";
  draft_ = OpenPrivate(path, O_RDWR | O_CREAT | O_TRUNC);
  if (!draft_) ThrowErrno("open", path);
  if (!draft_.WriteAll(std::string(kMaxFile, ' ')) || fsync(draft_.fd()) != 0) ThrowErrno("write", path);
}

void TokenStore::Save(const Token &token) {
  const std::string path = path_ + ".tmp";
  const Wiped content{ToText(token)};
  if (content.text.size() > kMaxFile)
    throw Error(CrmErrorKind::kMalformedAnswer, "the tokens are too long to be kept");
  if (!draft_.WriteAll(content.text) ||
      ftruncate(draft_.fd(), static_cast<off_t>(content.text.size())) != 0 || fsync(draft_.fd()) != 0)
    ThrowErrno("write", path);
  if (rename(path.c_str(), path_.c_str()) != 0) ThrowErrno("rename", path);
  draft_ = File();
  const File directory = OpenDirectory(directory_);
  if (fsync(directory.fd()) != 0) ThrowErrno("flush directory", directory_);
}

}  // namespace crm
