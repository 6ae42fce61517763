// When this process last wrote to a CRM, for read_path auto: an index shows it only some time later.
#pragma once
#include <cstdint>
#include <map>
#include <utility>

namespace crm {

class WriteLog {
 public:
  // `now_us`: the steady clock's.
  void Note(std::uint32_t database, std::uint32_t server, std::int64_t now_us) {
    last_us_[{database, server}] = now_us;
  }
  bool WroteWithin(std::uint32_t database, std::uint32_t server, std::int64_t lag_us,
                   std::int64_t now_us) const {
    const auto last = last_us_.find({database, server});
    return last != last_us_.end() && now_us - last->second < lag_us;
  }

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> last_us_;
};

}  // namespace crm
