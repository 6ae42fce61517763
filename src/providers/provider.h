// What a CRM is to the engine. A provider is pure: queries become HTTP requests, responses become rows;
// it owns no socket, clock, random source or PostgreSQL, so it is tested and fuzzed without a server.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "core/read_request.h"
#include "core/row_batch.h"
#include "core/secret.h"
#include "net/gcra.h"
#include "net/http.h"

namespace crm {

// Handed in at every step: a provider touches no clock and no random source of its own.
struct Context {
  std::int64_t now_us;  // since 2000-01-01 UTC
  std::uint64_t random;
};

// ---- options -------------------------------------------------------------------------------------

enum class OptionLevel : std::uint8_t { kServer, kMapping, kTable, kColumn, kImport, kSetting };
enum class OptionType : std::uint8_t { kText, kBool, kInt, kDuration, kRate, kChoice, kUrl, kFile };
enum class Privilege : std::uint8_t { kNone, kReadServerFiles, kSuperuser };

struct OptionRow {
  std::string_view name;
  OptionLevel level;
  OptionType type;
  std::string_view default_value;  // as text; empty: none
  std::string_view choices;        // kChoice: "auto|fresh|index"; kInt: "1..200"
  Privilege privilege;
  bool secret;
  std::string_view doc;  // one sentence, for the generated table
  // What else is wrong with a value of the right type, as a hint that does not repeat it; empty: nothing.
  std::string_view (*objection)(std::string_view value) = nullptr;
};

// Options of the server and the user mapping, merged and checked. A name appears once.
class Options {
 public:
  void Add(std::string_view name, std::string_view value, bool secret);
  std::optional<std::string_view> Find(std::string_view name) const;  // not secret ones
  const Secret *FindSecret(std::string_view name) const;              // secret ones; null: not given
  // Puts *** where a secret stands: an answer may repeat what was sent.
  void Redact(std::string &text) const;

 private:
  struct Plain {
    std::string name, value;
  };
  struct Hidden {
    std::string name;
    Secret value;
  };
  std::vector<Plain> plain_;
  std::vector<Hidden> hidden_;
};

// Puts *** wherever the secret stands in the text.
void RedactSecret(const Secret &secret, std::string &text);

// ---- conversations -------------------------------------------------------------------------------

class Exchange;

struct Send {
  HttpRequest request;
};
struct Rows {
  std::unique_ptr<RowBatch> batch;
};  // ready to be read; more may follow
struct Fork {
  std::vector<std::unique_ptr<Exchange>> exchanges;
};  // independent; may run side by side, rows in any order
struct Pause {
  std::int64_t wait_ms;
};
struct Warn {
  std::string message, detail;
};  // becomes a WARNING; the conversation goes on
struct Done {};
using Step = std::variant<Send, Rows, Fork, Pause, Warn, Done>;

// A conversation as a pure step machine. It is sequential: after Send it is called again with the answer,
// after anything else with null. The session asks for the step after Rows at once, so that the next page is
// under way while the rows are read; an exchange therefore keeps nothing of a batch it gave away. Fails by
// throwing Error.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual Step Next(const HttpResponse *response, const Context &context) = 0;
};

// What a response means to the session, before the exchange sees it.
struct Judgement {
  enum Kind : std::uint8_t {
    kDeliver,   // give it to the exchange: success, or a refusal the exchange may understand (400, 404)
    kTryLater,  // 429, 5xx, a broken transfer: wait and send again if that is allowed
    kRenew,     // the token is no longer good: get a new one and send again, once
    kFail,      // Explain() it and stop
  } kind = kDeliver;
  std::int64_t wait_ms = -1;  // kTryLater: what the CRM named; -1: it named nothing
};

// What the answer says about the rate limit of its group; limit 0: nothing.
struct RateReport {
  std::int64_t limit = 0, remaining = 0, reset_ms = 0;
};

// ---- authentication ------------------------------------------------------------------------------

struct Token {
  Secret access_token;
  Secret refresh_token;            // empty: the CRM gave none
  std::int64_t expires_at_us = 0;  // since 2000-01-01 UTC; 0: unknown
  std::string instance_url;        // where requests go from then on; empty: stay with the endpoint
};

// ---- the CRM -------------------------------------------------------------------------------------

struct ProviderInfo {
  std::string_view name;                    // "close": provider option and remote schema name
  std::string_view label;                   // "Close": for messages
  std::string_view endpoint;                // "https://api.close.com"
  std::span<const std::string_view> hosts;  // hosts a credential may go to, "*.my.salesforce.com" included
  std::span<const OptionRow> options;       // beside the common ones
  bool rotates_refresh_tokens;              // each refresh invalidates the token it used
  Rate default_rate;                        // until the CRM says otherwise
};

struct ImportRequest {
  Options options;                    // IMPORT options, checked
  std::vector<std::string> limit_to;  // local table names; empty: all
  std::vector<std::string> except;

  bool Wants(std::string_view table) const;
};

class Provider {
 public:
  virtual ~Provider() = default;
  virtual const ProviderInfo &info() const = 0;

  // Up to five ways to read, never none (but where the request is grouped or has `selects`): the last resort
  // reads everything. Stateless, no network.
  virtual std::vector<AccessPath> Plan(const ReadRequest &request) const = 0;
  // Makes the parent's fields the object's own (`path`, `traits`), as SQL's left join would: NULL where there
  // is no parent that the user sees. False: it cannot be read so.
  virtual bool JoinParent(ReadRequest &, const Parent &) const { return false; }
  // The remote query as a person would write it, for EXPLAIN. `params` null: print $1, $2, …
  virtual std::string Describe(const ReadPlan &plan, const std::vector<Value> *params) const = 0;
  // Reads. `params` are bound; a null one is SQL NULL. `options`: server options (page_size, …).
  virtual std::unique_ptr<Exchange> Read(const ReadPlan &plan, std::vector<Value> params,
                                         const Options &options) const = 0;
  // Rows of CrmImportCell. `options`: of the server and the mapping, as for Read.
  virtual std::unique_ptr<Exchange> Import(ImportRequest request, const Options &options) const = 0;
  // One row of CrmTestCell.
  virtual std::unique_ptr<Exchange> Test(const Options &options) const = 0;
  // Rows of CrmQueryCell: the records of a statement in the CRM's own query language. Null: it has none.
  // Throws kInvalidArgument for what is no such statement. `options`: server options.
  virtual std::unique_ptr<Exchange> Query(std::string_view /*text*/, const Options & /*options*/) const {
    return nullptr;
  }

  // Scheme, host and port that access tokens are asked of. Everything else goes there too, unless the token
  // names an instance_url.
  virtual std::string_view Endpoint(const Options &options) const {
    return options.Find("endpoint").value_or(info().endpoint);
  }
  // A credential that is ready to use (API key, private-app token); nullopt: a token must be asked for first.
  // Throws kMissingOption, with a hint, when the mapping has neither.
  virtual std::optional<SecretHeader> ReadyCredential(const Options &options) const = 0;
  // The request for an access token. `refresh` is the newest refresh token (rotation!), null where the flow
  // has none. Its body holds secrets: the session wipes it.
  virtual HttpRequest TokenRequest(const Options &options, const Secret *refresh,
                                   const Context &context) const = 0;
  virtual Token ParseToken(const HttpResponse &response, const Context &context) const = 0;
  virtual SecretHeader TokenCredential(const Token &token) const = 0;

  virtual Judgement Judge(const HttpRequest &request, const HttpResponse &response) const = 0;
  virtual RateReport Pace(const HttpResponse &response) const = 0;
  // Their error body in our kinds and words.
  virtual Error Explain(const HttpRequest &request, const HttpResponse &response) const = 0;
  // Headers that every request carries (X-TZ-Offset, …), credential apart.
  virtual std::span<const Header> CommonHeaders() const = 0;
};

// Null: no such provider.
const Provider *FindProvider(std::string_view name);
std::span<const Provider *const> AllProviders();

}  // namespace crm
