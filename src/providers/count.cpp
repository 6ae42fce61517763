#include "providers/count.h"

#include <utility>

#include "providers/paging.h"

namespace crm {

std::unique_ptr<RowBatch> CountRow(std::int64_t count) {
  auto batch = std::make_unique<RowBatch>(1);
  CrmValue *cell = batch->AddRow();
  cell->type = CrmType::kInt;
  cell->integer = count;
  return batch;
}

namespace {

class OneBatch final : public Exchange {
 public:
  explicit OneBatch(std::unique_ptr<RowBatch> batch) : batch_(std::move(batch)) {}

  Step Next(const HttpResponse *, const Context &) override {
    if (batch_ == nullptr) return Done{};
    return Rows{std::move(batch_)};
  }

 private:
  std::unique_ptr<RowBatch> batch_;
};

}  // namespace

std::unique_ptr<Exchange> GroupOfNone(const std::vector<PlannedOutput> &outputs) {
  auto batch = std::make_unique<RowBatch>(static_cast<int>(outputs.size()));
  CrmValue *row = batch->AddRow();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!IsCount(outputs[i].function)) continue;
    row[i].type = CrmType::kInt;
    row[i].integer = 0;
  }
  return std::make_unique<OneBatch>(std::move(batch));
}

std::unique_ptr<Exchange> NoRows() {
  return std::make_unique<Forker>(std::vector<std::unique_ptr<Exchange>>());
}

}  // namespace crm
