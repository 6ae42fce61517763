#include "providers/close/read_search.h"

#include <algorithm>
#include <utility>

#include "core/civil_time.h"
#include "providers/keyset.h"

namespace crm::close_crm {

namespace {

constexpr std::int64_t kMicrosPerMilli = 1000;
// Counts from here on may be the most that Close counts to.
constexpr std::int64_t kCountedFor = 10'000;
constexpr std::int64_t kSmartViewsPerPage = 100;

std::int64_t ToMillis(std::int64_t micros) {
  const std::int64_t rest = micros % kMicrosPerMilli;
  return micros - (rest < 0 ? rest + kMicrosPerMilli : rest);
}

bool Mentions(std::string_view text, std::string_view lower_case_word) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower.find(lower_case_word) != std::string::npos;
}

class SearchRead final : public RecordExchange {
 public:
  SearchRead(ShapePtr shape, SearchJob job)
      : RecordExchange(std::move(shape)),
        job_(std::move(job)),
        key_(SearchKeyOf(job_.query)),
        pager_({job_.query.descending, key_ != "date_created"}),
        page_size_(job_.query.first_page > 0 ? std::min(job_.query.first_page, job_.page_size)
                                             : job_.page_size),
        want_labels_(AnyUses(SearchKind::kLabel)),
        want_view_(SmartViewName().has_value()) {}

 private:
  using State = KeysetPager::State;
  // What the request under way asks for.
  enum class Asking : std::uint8_t { kNothing, kLabels, kView, kCount, kPage, kRecount };

  Step Advance() override {
    if (done_) return Done{};
    if (refusal_ && !std::exchange(fields_checked_, true)) return CheckFields();
    if (refusal_) throw Error(*refusal_);
    if (std::exchange(want_labels_, false)) return AskFor(Asking::kLabels, LabelsRequest());
    if (want_view_) return AskFor(Asking::kView, SmartViewRequest());
    if (!body_ && !Bind()) return Finish(0);
    if (job_.query.count && !counted_) return AskFor(Asking::kCount, CountRequest());
    if (job_.query.count && *counted_ < kCountedFor) return Finish(*counted_);
    if (!held_.empty() && !Holding()) {
      std::unique_ptr<RowBatch> batch = std::move(held_.front());
      held_.erase(held_.begin());
      return Rows{std::move(batch)};
    }
    if (pager_.state() == State::kAsk) return AskFor(Asking::kPage, PageRequest());
    return End();
  }

  Step AskFor(Asking what, HttpRequest request) {
    asking_ = what;
    return Ask(std::move(request));
  }

  void TakeAnswer(const HttpResponse &response) override {
    switch (asking_) {
      case Asking::kLabels:
        return TakeLabels(response);
      case Asking::kView:
        return TakeSmartViews(response);
      case Asking::kCount:
        counted_ = total_ = TotalOf(response);
        return;
      case Asking::kPage:
        return TakePage(response);
      case Asking::kRecount:
        return TakeRecount(response);
      case Asking::kNothing:
        break;
    }
  }

  // ---- what has to be looked up --------------------------------------------------------------------------

  bool AnyUses(SearchKind kind) const {
    return std::ranges::any_of(job_.query.conditions,
                               [&](const SearchNode &node) { return Uses(node, kind); });
  }

  static HttpRequest LabelsRequest() { return GetRequest("/api/v1/status/lead/", {}); }

  void TakeLabels(const HttpResponse &response) {
    const Json root = ParseAnswer(request_, response);
    const auto data = root.find("data");
    if (data == root.end() || !data->is_array()) throw ExplainAnswer(request_, response);
    for (const Json &status : *data) {
      if (!status.is_object() || !status.contains("id") || !status.contains("label")) {
        throw ExplainAnswer(request_, response);
      }
      if (!status["id"].is_string() || !status["label"].is_string()) continue;
      vocabulary_.lead_statuses.push_back(
          {status["id"].get<std::string>(), status["label"].get<std::string>()});
    }
  }

  HttpRequest SmartViewRequest() const {
    std::vector<Param> params = {{"type__in", std::string(shape_->object().search_type)},
                                 {"_limit", std::to_string(kSmartViewsPerPage)},
                                 {"_fields", "id,name,type"}};
    if (smart_views_read_ > 0) params.push_back({"_skip", std::to_string(smart_views_read_)});
    return GetRequest("/api/v1/saved_search/", params);
  }

  // By id, or by a name that only one of them has.
  void TakeSmartViews(const HttpResponse &response) {
    const Json root = ParseAnswer(request_, response);
    const auto data = root.find("data");
    if (data == root.end() || !data->is_array()) throw ExplainAnswer(request_, response);
    const std::string wanted = SmartViewName().value_or("");
    for (const Json &view : *data) {
      if (!view.is_object() || !view.contains("id") || !view["id"].is_string()) continue;
      const bool is_it = view["id"] == wanted || view.value("name", Json()) == wanted;
      if (is_it) smart_views_.push_back(view["id"].get<std::string>());
    }
    smart_views_read_ += static_cast<std::int64_t>(data->size());
    const auto more = root.find("has_more");
    if (!data->empty() && more != root.end() && more->is_boolean() && more->get<bool>()) return;
    want_view_ = false;
    if (smart_views_.size() == 1) {
      vocabulary_.smart_view = smart_views_.front();
    } else {
      throw Error(CrmErrorKind::kInvalidArgument,
                  smart_views_.empty() ? "smart view \"" + wanted + "\" does not exist in Close"
                                       : "smart view \"" + wanted + "\" is not unique in Close",
                  smart_views_.empty() ? "There is none of that name for " + Table() + "."
                                       : std::to_string(smart_views_.size()) + " smart views have that name.",
                  "List them: SELECT id, name, type FROM smart_views.");
    }
  }

  // nullopt: none is asked for, or NULL is, and then no row matches.
  std::optional<std::string> SmartViewName() const {
    for (const SearchNode &node : job_.query.conditions) {
      const bool is_view = node.kind == SearchNode::Kind::kLeaf && node.leaf.kind == SearchKind::kSmartView;
      if (!is_view) continue;
      const Value &name = BoundValue(node.leaf.operand, job_.params);
      if (!name.is_null()) return name.text;
    }
    return std::nullopt;
  }

  // False: no row can match.
  bool Bind() {
    body_ = MakeSearchBody(shape_->object(), job_.query, {&job_.params, &vocabulary_, with_unproven_},
                           job_.query.count ? std::vector<std::string>{"id", key_} : shape_->selectors());
    return body_.has_value();
  }

  // ---- pages
  // ------------------------------------------------------------------------------------------------

  Json QueryFromBound() const {
    Json query = body_->query;
    if (!pager_.bound()) return query;
    const std::int64_t bound = *pager_.bound();
    const std::string_view type = shape_->object().search_type;
    query["queries"].push_back(job_.query.descending
                                   ? MomentCondition(type, key_, std::nullopt, bound + kMicrosPerMilli)
                                   : MomentCondition(type, key_, bound, std::nullopt));
    return query;
  }

  HttpRequest PageRequest() {
    // A continuation wants the body that it continues.
    if (!pager_.following()) {
      page_body_ = {{"query", QueryFromBound()},
                    {"sort", body_->sort},
                    {"_limit", page_size_},
                    {"_fields", all_custom_ ? WithAllCustom() : body_->fields}};
      if (!total_) page_body_["include_counts"] = true;
    }
    Json body = page_body_;
    if (pager_.following()) body["cursor"] = cursor_;
    return SearchRequest(body);
  }

  HttpRequest CountRequest() const {
    return SearchRequest({{"query", body_->query}, {"results_limit", 0}, {"include_counts", true}});
  }

  std::int64_t TotalOf(const HttpResponse &response) const {
    const Json root = ParseAnswer(request_, response);
    const auto count = root.find("count");
    const auto total = count == root.end() || !count->is_object() || !count->contains("total")
                           ? std::nullopt
                           : WholeNumber((*count)["total"]);
    if (!total || *total < 0) {
      throw Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Close",
                  "The search does not say how many rows there are.");
    }
    return *total;
  }

  void TakePage(const HttpResponse &response) {
    ReadRecords records = shape_->ReadList(response.body);
    CheckIds(records.info);
    if (const auto total = records.info.Integer("count.total"); total && !total_) total_ = total;
    std::vector<std::int64_t> keys;
    for (std::size_t i = 0; i < records.batch->size(); ++i) {
      const auto time = shape_->TimeOf(records.batch->row(i), key_);
      if (!time) throw Disordered();
      keys.push_back(ToMillis(*time));
    }
    cursor_ = records.info.String("cursor").value_or("");
    const std::vector<bool> keep = pager_.Take({records.info.ids, keys, !cursor_.empty()});
    if (pager_.state() == State::kUnsorted) throw Disordered();
    if (pager_.state() == State::kStuck) throw Stuck();
    page_size_ = job_.page_size;
    if (job_.query.count) return;
    records.batch->Keep(keep, shape_->columns());
    if (records.batch->size() > 0) held_.push_back(std::move(records.batch));
    ++pages_;
  }

  // Rows of one key wait until the last of them is read, because the cursor does not wait for the reader. Not
  // the first page of a reader who wants a few rows.
  bool Holding() const {
    return pager_.state() == State::kAsk && pager_.following() && !(job_.query.first_page > 0 && pages_ == 1);
  }

  Json WithAllCustom() const {
    const std::string type(shape_->object().search_type);
    Json names = Json::array();
    for (const std::string &name : shape_->selectors()) {
      if (!name.starts_with(kCustomPrefix)) names.push_back(name);
    }
    names.push_back("custom");
    return {{type, std::move(names)}};
  }

  // ---- refusals
  // ---------------------------------------------------------------------------------------------

  void TakeRefusal(const HttpResponse &response) override {
    const std::string text = ErrorText(response.body);
    if (response.status != 400 || asking_ == Asking::kLabels || asking_ == Asking::kView) {
      throw ExplainAnswer(request_, response);
    }
    if (pager_.following() && Mentions(text, "cursor")) return LoseCursor();
    for (const FieldError &error : FieldErrors(response.body)) {
      const std::int64_t most = LastNumber(error.text);
      if (error.field == "_limit" && most >= 1 && most < page_size_) {
        job_.page_size = page_size_ = most;
        return;
      }
    }
    if (MentionsFields(response.body) && !std::exchange(all_custom_, true)) return;
    // A field that was thought to be searchable is not: more rows come without the condition.
    const bool has_unproven = std::ranges::any_of(job_.query.conditions, HasUnproven);
    if (has_unproven && std::exchange(with_unproven_, false)) {
      body_.reset();
      return;
    }
    // Perhaps a custom field is gone: that is asked for first.
    if (!shape_->HasCustomFields()) throw ExplainAnswer(request_, response);
    refusal_ = ExplainAnswer(request_, response);
  }

  void LoseCursor() {
    pager_.Lost();
    if (pager_.state() == State::kStuck) throw Stuck();
  }

  Error Disordered() const {
    return Error(CrmErrorKind::kMalformedAnswer, "could not read the answer of Close",
                 "The search for " + Table() + " is not in the order of " + key_ + ".");
  }

  Error Stuck() const {
    return Error(
        CrmErrorKind::kIncompleteRead, "could not read all " + Table() + " from Close",
        "More of them have the same " + key_ + " than its search gives.",
        "Filter them by another column, or read the list: ALTER SERVER … OPTIONS (ADD read_path 'fresh').");
  }

  // ---- the end
  // ----------------------------------------------------------------------------------------------

  Step End() {
    const bool believed = total_ && *total_ != kCountedFor;
    if (believed && pager_.rows() < *total_ && !std::exchange(recounted_, true)) {
      return AskFor(Asking::kRecount, CountRequest());
    }
    if (job_.query.count) return Finish(pager_.rows());
    // A search refuses the name of a field that is gone, but for the word that stands for all of them.
    if (all_custom_ && shape_->WantsFieldCheck(true)) return CheckFields();
    done_ = true;
    if (!shrunk_) return Done{};
    return Warn{Table() + " of Close changed while they were read",
                "Close counts " + std::to_string(*shrunk_) + " now, and " + std::to_string(pager_.rows()) +
                    " were read."};
  }

  void TakeRecount(const HttpResponse &response) {
    const std::int64_t now = TotalOf(response);
    if (pager_.rows() >= now) return;
    if (now != *total_) {
      shrunk_ = now;
      return;
    }
    throw Error(CrmErrorKind::kIncompleteRead, "could not read all " + Table() + " from Close",
                "Close counts " + std::to_string(now) + ", but gave " + std::to_string(pager_.rows()) + ".");
  }

  Step Finish(std::int64_t count) {
    done_ = true;
    if (!job_.query.count) return Done{};
    return Rows{CountRow(count)};
  }

  SearchJob job_;
  const std::string key_;
  KeysetPager pager_;
  std::int64_t page_size_;
  Asking asking_ = Asking::kNothing;
  bool want_labels_, want_view_;
  Vocabulary vocabulary_;
  std::vector<std::string> smart_views_;
  std::int64_t smart_views_read_ = 0;
  std::optional<SearchBody> body_;
  Json page_body_;
  std::string cursor_;
  bool with_unproven_ = true, all_custom_ = false;
  std::vector<std::unique_ptr<RowBatch>> held_;
  std::int64_t pages_ = 0;
  std::optional<std::int64_t> total_, counted_, shrunk_;
  std::optional<Error> refusal_;
  bool recounted_ = false, fields_checked_ = false;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Exchange> ReadSearch(ShapePtr shape, SearchJob job) {
  return std::make_unique<SearchRead>(std::move(shape), std::move(job));
}

}  // namespace crm::close_crm
