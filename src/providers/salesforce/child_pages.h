// Records whose children did not fit the page: {"Contacts": {"done": false, "nextRecordsUrl": …, …}}
// (salesforce §4.2). Subqueries may hold subqueries.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/salesforce/soql_request.h"

namespace crm::salesforce {

// A part of a record: its text, and behind it the children that are still to be asked for.
struct RecordPart {
  std::string text;
  std::optional<PageTrail> gap;
};

// False: all children are there. True: perhaps they are not.
bool MayHaveGaps(std::string_view record);

// Appends the parts of a record, a valid JSON object; the last one has no gap. What is in a gap belongs into
// a list: it is to be set off by a comma where the trail counts records already. The children's envelopes say
// that they are done. Throws kMalformedAnswer.
void SplitAtGaps(std::string_view record, std::vector<RecordPart> &parts);

}  // namespace crm::salesforce
