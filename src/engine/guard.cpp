#include "engine/guard.h"

#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include "core/json.h"

namespace crm {
namespace {

// The longest prefix of `text` with at most `room` bytes that ends between two characters.
std::size_t PrefixLength(std::string_view text, std::size_t room) noexcept {
  if (text.size() <= room) return text.size();
  std::size_t length = room;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return length;
}

template <std::size_t N>
void Fill(char (&to)[N], std::string_view text) noexcept {
  // The fields are C strings: what follows a NUL could not be read.
  text = text.substr(0, text.find('\0'));
  const std::size_t length = PrefixLength(text, N - 1);
  std::memcpy(to, text.data(), length);
  to[length] = '\0';
}

void Fill(CrmFailure *why, CrmErrorKind kind, std::string_view message, std::string_view detail) noexcept {
  if (why == nullptr) return;
  *why = CrmFailure{};
  why->kind = kind;
  why->column = -1;
  Fill(why->message, message);
  Fill(why->detail, detail);
}

}  // namespace

void FillFailure(const Error &error, CrmFailure *why) noexcept {
  if (why == nullptr) return;
  Fill(why, error.kind, error.message, error.detail);
  why->http_status = error.http_status;
  why->column = error.column;
  Fill(why->hint, error.hint);
  Fill(why->remote_code, error.remote_code);
  Fill(why->record, error.record);
  Fill(why->value, error.value);
}

void FillFromCurrentException(CrmFailure *why) noexcept {
  try {
    throw;
  } catch (const Error &error) {
    FillFailure(error, why);
  } catch (const std::bad_alloc &) {
    Fill(why, CrmErrorKind::kOutOfMemory, "out of memory", "");
  } catch (const Json::exception &) {
    // Its text quotes the input, which may hold a secret.
    Fill(why, CrmErrorKind::kInternal, "crm_fdw met unexpected JSON", "");
  } catch (const std::exception &error) {
    Fill(why, CrmErrorKind::kInternal, "internal error in crm_fdw", error.what());
  } catch (...) {
    Fill(why, CrmErrorKind::kInternal, "internal error in crm_fdw", "");
  }
}

}  // namespace crm
