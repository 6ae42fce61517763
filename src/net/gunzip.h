// Gzip, decoded as it arrives. curl's own decoder takes a stream that ends early for a whole one, so the end
// is checked here. The only file that knows zlib is gunzip.cpp.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace crm {

class Gunzip {
 public:
  Gunzip();
  ~Gunzip();
  Gunzip(const Gunzip &) = delete;
  Gunzip &operator=(const Gunzip &) = delete;

  enum Outcome : std::uint8_t { kFine, kBroken, kTooLarge };
  // Appends what the bytes decode to; `out` never grows beyond `limit` bytes.
  Outcome Feed(std::string_view bytes, std::string &out, std::size_t limit);
  // The stream has ended as it should, checksum and length included; also when no byte came at all.
  bool complete() const { return !inside_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  bool inside_ = false;
};

}  // namespace crm
