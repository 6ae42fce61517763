#include "providers/close/record_exchange.h"

#include <algorithm>
#include <charconv>

namespace crm::close_crm {

Step RecordExchange::Next(const HttpResponse *response, const Context &) {
  if (response != nullptr) {
    if (std::exchange(checking_, false)) {
      shape_->CheckFields(request_, *response);
    } else if (response->status == 200) {
      TakeAnswer(*response);
    } else {
      TakeRefusal(*response);
    }
  }
  if (shape_->WantsFieldCheck(false)) return CheckFields();
  if (batch_ != nullptr && batch_->size() > 0) return Rows{std::move(batch_)};
  return Advance();
}

Step RecordExchange::Ask(HttpRequest request) {
  request_ = request;
  return Send{std::move(request)};
}

Step RecordExchange::CheckFields() {
  checking_ = true;
  return Ask(shape_->FieldCheckRequest());
}

void RecordExchange::Give(ReadRecords records, const std::vector<bool> &keep) {
  records.batch->Keep(keep, shape_->columns());
  batch_ = std::move(records.batch);
}

void RecordExchange::AddFieldsParam(std::vector<Param> &params) const {
  if (!without_fields_ && !shape_->fields_param().empty()) {
    params.push_back({"_fields", shape_->fields_param()});
  }
}

bool RecordExchange::DropFieldsParam(const HttpResponse &response) {
  if (response.status != 400 || without_fields_ || shape_->fields_param().empty() ||
      !MentionsFields(response.body)) {
    return false;
  }
  without_fields_ = true;
  return true;
}

void RecordExchange::CheckIds(const PageInfo &info) const {
  if (info.has_rows_key && std::ranges::find(info.ids, "") == info.ids.end()) return;
  throw Error(
      CrmErrorKind::kMalformedAnswer, "could not read the answer of Close",
      info.has_rows_key ? "A record of " + Table() + " has no id." : "The answer has no member \"data\".");
}

bool MentionsFields(std::string_view body) {
  const std::string text = ErrorText(body);
  return text.find("_fields") != std::string::npos || text.find("List is too long") != std::string::npos;
}

std::int64_t LastNumber(std::string_view text) {
  const std::size_t last = text.find_last_of("0123456789");
  if (last == std::string_view::npos) return -1;
  const std::size_t before = text.find_last_not_of("0123456789", last);
  const std::size_t first = before == std::string_view::npos ? 0 : before + 1;
  std::int64_t number = -1;
  std::from_chars(text.data() + first, text.data() + last + 1, number);
  return number;
}

}  // namespace crm::close_crm
