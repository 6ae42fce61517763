// A string that must not be seen: wiped when it dies, never copied, never printed.
#pragma once
#include <openssl/crypto.h>

#include <string>
#include <string_view>
#include <utility>

namespace crm {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view text) : text_(text) {}
  Secret(Secret &&other) noexcept { *this = std::move(other); }
  Secret &operator=(Secret &&other) noexcept {
    if (this != &other) {
      Wipe();
      // Not a string move: a short string would leave its bytes behind in the source's inline buffer.
      text_ = std::string_view(other.text_);
      other.Wipe();
    }
    return *this;
  }
  Secret(const Secret &) = delete;
  Secret &operator=(const Secret &) = delete;
  ~Secret() { Wipe(); }

  Secret Clone() const { return Secret(text_); }
  bool empty() const { return text_.empty(); }
  // For building a header or a request body only.
  std::string_view Reveal() const { return text_; }

 private:
  void Wipe() noexcept {
    OPENSSL_cleanse(text_.data(), text_.size());
    text_.clear();
  }
  std::string text_;
};

}  // namespace crm
