#include "net/gunzip.h"

#include <zlib.h>

#include <new>

namespace crm {

namespace {
constexpr int kGzipOnly = 15 + 16;  // largest window; gzip's header and trailer
constexpr std::size_t kPiece = 64 << 10;
}  // namespace

struct Gunzip::State {
  z_stream stream{};
  char piece[kPiece];
};

Gunzip::Gunzip() : state_(new State) {
  if (inflateInit2(&state_->stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
}

Gunzip::~Gunzip() { inflateEnd(&state_->stream); }

Gunzip::Outcome Gunzip::Feed(std::string_view bytes, std::string &out, std::size_t limit) {
  z_stream &stream = state_->stream;
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  do {
    if (stream.avail_in > 0 && !inside_) {
      // The first stream, or one more behind it: concatenated streams are one text.
      if (inflateReset(&stream) != Z_OK) return kBroken;
      inside_ = true;
    }
    stream.next_out = reinterpret_cast<Bytef *>(state_->piece);
    stream.avail_out = kPiece;
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) return kBroken;
    const std::size_t size = kPiece - stream.avail_out;
    if (size > limit - out.size()) return kTooLarge;
    out.append(state_->piece, size);
    if (status == Z_STREAM_END) inside_ = false;
    // A full piece may have left more behind in zlib.
  } while (stream.avail_in > 0 || (inside_ && stream.avail_out == 0));
  return kFine;
}

}  // namespace crm
