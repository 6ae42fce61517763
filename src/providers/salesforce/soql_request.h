// A SOQL statement as a request, and the pages it is answered with: what tables and queries in SOQL share
// (salesforce §3.4 to §3.6, §4.1, §4.2).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/page_reader.h"
#include "net/http.h"

namespace crm::salesforce {

// Bytes of path and query: Salesforce takes 16,384 together with all headers, and tokens may be long.
inline constexpr std::size_t kLongestTarget = 12'000;

// `data_path`: "/services/data/v62.0/". `all_rows`: deleted and archived ones too. `page_size` 0:
// Salesforce's own. A statement that is too long for a URL travels in the body of a composite request.
HttpRequest SoqlRequest(const std::string &data_path, std::string_view soql, bool all_rows, int page_size);
// The statement's own answer, where that request was a composite one.
HttpResponse SoqlAnswer(const HttpRequest &request, const HttpResponse &response);

// How many rows the answer says there are. Throws kMalformedAnswer.
std::int64_t TotalOf(std::string_view body);

[[noreturn]] void ThrowMalformed(std::string detail);

// What a page says beside its records.
struct SoqlPage {
  std::int64_t records = 0;  // on this page
  std::optional<bool> done;
  std::optional<std::int64_t> total;
  std::string next;  // path of the next page, as it stands there
};
// Throws kMalformedAnswer for a body without records.
SoqlPage PageOf(const PageInfo &info);

// Leads from page to page of one result.
class PageTrail {
 public:
  // Throws kMalformedAnswer where the page is incomplete, or its next one leads nowhere.
  void Take(const SoqlPage &page);

  bool begun() const { return begun_; }
  const std::string &next() const { return next_; }  // path of the page to ask for; empty: there is none
  std::int64_t total() const { return total_; }      // as the first page says
  std::int64_t records() const { return records_; }  // so far

 private:
  std::string next_;
  std::int64_t total_ = 0, records_ = 0;
  int barren_ = 0;  // pages in a row without a record
  bool begun_ = false;
};

}  // namespace crm::salesforce
