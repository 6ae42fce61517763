// One JSON value, still text, becomes one cell. The rules by type are in page_reader.h.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/json_text.h"
#include "core/pod.h"
#include "core/row_batch.h"

namespace crm {

// What a value becomes; see ColumnShape in page_reader.h.
struct CellShape {
  CrmType type = CrmType::kText;
  int minor_digits = 0;
  bool trimmed = false;
  char separator = '\0';
};

class CellReader {
 public:
  // `body`, valid UTF-8, must live as long as the batch: cells are views of it where they can be. `mended`:
  // ascending offsets into it where bytes that were no UTF-8 have become U+FFFD; texts that hold one are
  // counted in batch.repaired.
  CellReader(RowBatch &batch, std::string_view body, const std::vector<std::size_t> &mended)
      : batch_(batch), body_(body), mended_(mended) {}

  // `json` begins with the value; a scalar ends with it, a container may be followed by anything. Returns
  // null, or a sentence that says why the value does not fit; the cell is NULL then. Throws Error
  // kMalformedAnswer where the text is not JSON, kInternal for a type that no JSON value becomes.
  const char *Read(const CellShape &shape, std::string_view json, CrmValue &cell);
  // kJson from text that is not part of the body.
  const char *ReadJson(std::string_view json, bool mended, CrmValue &cell);
  // Appends the scalars of an array, nested ones included, or one scalar to `found`; null is none. Returns
  // null, or why the value does not fit. Throws as Read does.
  static const char *FindScalars(std::string_view json, std::vector<std::string_view> &found);
  // kTextArray of such scalars. Throws as Read does.
  void ReadTexts(const std::vector<std::string_view> &scalars, CrmValue &cell);
  // Whether bytes of the body were mended inside this part of it.
  bool Mended(std::string_view part) const;

 private:
  const char *ReadBool(std::string_view json, CrmValue &cell);
  const char *ReadNumber(const CellShape &shape, std::string_view json, CrmValue &cell);
  const char *ReadTime(CrmType type, std::string_view json, CrmValue &cell);
  const char *ReadText(std::string_view json, CrmValue &cell);
  const char *ReadTextArray(char separator, std::string_view json, CrmValue &cell);
  void SplitText(char separator, CrmText text);
  void StoreJson(std::string_view json, bool unclean, bool mended, CrmValue &cell);
  const char *ReadItems(std::string_view json);
  void StoreTextArray(CrmValue &cell);
  CrmText ScalarText(std::string_view json);
  std::string_view StringContent(std::string_view json);
  CrmText Keep(std::string_view text);

  RowBatch &batch_;
  const std::string_view body_;
  const std::vector<std::size_t> &mended_;
  std::string scratch_;
  std::vector<std::string_view> scalars_;
  std::vector<CrmText> items_;
};

// Null: it fits. Throws for broken JSON.
const char *WhyNotJsonb(JsonExtent::Verdict verdict);

// How PostgreSQL calls the type that such a cell becomes, for messages.
const char *TypeName(CrmType type);

[[noreturn]] void ThrowMalformedAnswer(std::string detail);

}  // namespace crm
