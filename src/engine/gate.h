// Rate limits of this process: one GCRA state per account and group of endpoints.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "engine/account.h"
#include "net/gcra.h"
#include "providers/provider.h"

namespace crm {

class Gate {
 public:
  // Charges one request; it may be sent after that many microseconds.
  std::int64_t Admit(const Account &account, const std::string &group, std::int64_t now_us);
  // The CRM refused, or said that nothing is left: no request of the group before now + wait.
  void PushBack(const Account &account, const std::string &group, std::int64_t now_us, std::int64_t wait_us);
  // What the CRM reports is what all its clients have left, ours only one of them.
  void Correct(const Account &account, const std::string &group, std::int64_t now_us,
               const RateReport &report);

 private:
  std::int64_t &Arrival(const Account &account, const std::string &group, std::int64_t now_us);

  std::map<std::pair<AccountKey, std::string>, std::int64_t> arrivals_;
};

}  // namespace crm
