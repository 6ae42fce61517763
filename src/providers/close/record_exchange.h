// What all conversations that read records have in common.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/close/record_shape.h"
#include "providers/close/wire.h"
#include "providers/count.h"
#include "providers/provider.h"

namespace crm::close_crm {

using ShapePtr = std::shared_ptr<RecordShape>;

// Rows held back, and the watch over custom fields.
class RecordExchange : public Exchange {
 public:
  explicit RecordExchange(ShapePtr shape) : shape_(std::move(shape)) {}

  Step Next(const HttpResponse *response, const Context &context) final;

 protected:
  virtual void TakeAnswer(const HttpResponse &response) = 0;
  // Throws, or leaves something else to do.
  virtual void TakeRefusal(const HttpResponse &response) = 0;
  // What comes after the rows of the last answer.
  virtual Step Advance() = 0;

  Step Ask(HttpRequest request);
  Step CheckFields();
  // Drops the helpers' cells and the rows whose flag is false.
  void Give(ReadRecords records, const std::vector<bool> &keep);
  // _fields, unless Close refused it or everything is wanted.
  void AddFieldsParam(std::vector<Param> &params) const;
  // A list of many fields may be refused as too long: then all are asked for. False: that was not it.
  bool DropFieldsParam(const HttpResponse &response);
  std::string Table() const { return std::string(shape_->object().table); }
  // Throws unless each record has an id and the list was there.
  void CheckIds(const PageInfo &info) const;

  const ShapePtr shape_;
  HttpRequest request_;  // the last one

 private:
  std::unique_ptr<RowBatch> batch_;
  bool checking_ = false;
  bool without_fields_ = false;
};

// Whether the refusal speaks of the selected fields.
bool MentionsFields(std::string_view body);
// The last number in the text; -1: none.
std::int64_t LastNumber(std::string_view text);

}  // namespace crm::close_crm
