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

class ZeroCount final : public Exchange {
 public:
  Step Next(const HttpResponse *, const Context &) override {
    if (std::exchange(given_, true)) return Done{};
    return Rows{CountRow(0)};
  }

 private:
  bool given_ = false;
};

}  // namespace

std::unique_ptr<Exchange> CountNone() { return std::make_unique<ZeroCount>(); }

std::unique_ptr<Exchange> NoRows() {
  return std::make_unique<Forker>(std::vector<std::unique_ptr<Exchange>>());
}

}  // namespace crm
