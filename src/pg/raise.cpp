// The only place that knows which SQLSTATE a failure gets. Never 40001: clients retry on it, and what was
// sent to a CRM is not undone.
extern "C" {
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/elog.h"
}

#include "pg/raise.h"

struct CrmSqlstate {
  CrmErrorKind kind;
  int code;
};

// Standard codes where there is one; else an implementation-defined subclass (it begins with I to Z) of the
// class that clients already handle.
static constexpr CrmSqlstate kSqlstates[] = {
    {CrmErrorKind::kInternal, ERRCODE_INTERNAL_ERROR},
    {CrmErrorKind::kOutOfMemory, ERRCODE_OUT_OF_MEMORY},
    {CrmErrorKind::kInvalidOptionName, ERRCODE_FDW_INVALID_OPTION_NAME},
    {CrmErrorKind::kInvalidOptionValue, ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE},
    {CrmErrorKind::kMissingOption, ERRCODE_FDW_OPTION_NAME_NOT_FOUND},
    {CrmErrorKind::kOptionNotAllowed, MAKE_SQLSTATE('H', 'V', 'P', '0', '1')},
    {CrmErrorKind::kBadCredentials, ERRCODE_INVALID_PASSWORD},
    {CrmErrorKind::kForbidden, ERRCODE_INSUFFICIENT_PRIVILEGE},
    {CrmErrorKind::kPlanLacksFeature, ERRCODE_FEATURE_NOT_SUPPORTED},
    {CrmErrorKind::kUnknownObject, ERRCODE_FDW_TABLE_NOT_FOUND},
    {CrmErrorKind::kUnknownField, ERRCODE_FDW_INVALID_COLUMN_NAME},
    {CrmErrorKind::kColumnLost, ERRCODE_FDW_COLUMN_NAME_NOT_FOUND},
    {CrmErrorKind::kBadValue, ERRCODE_INVALID_TEXT_REPRESENTATION},
    {CrmErrorKind::kBadRequest, MAKE_SQLSTATE('H', 'V', 'W', '0', '1')},
    {CrmErrorKind::kMalformedAnswer, MAKE_SQLSTATE('H', 'V', 'M', '0', '1')},
    {CrmErrorKind::kTruncatedAnswer, MAKE_SQLSTATE('0', '8', 'U', '0', '1')},
    {CrmErrorKind::kAnswerTooLarge, ERRCODE_PROGRAM_LIMIT_EXCEEDED},
    {CrmErrorKind::kTls, MAKE_SQLSTATE('0', '8', 'S', '0', '1')},
    {CrmErrorKind::kDns, MAKE_SQLSTATE('0', '8', 'N', '0', '1')},
    {CrmErrorKind::kConnectionRefused, MAKE_SQLSTATE('0', '8', 'R', '0', '1')},
    {CrmErrorKind::kConnectionLost, MAKE_SQLSTATE('0', '8', 'L', '0', '1')},
    {CrmErrorKind::kTimeout, MAKE_SQLSTATE('0', '8', 'T', '0', '1')},
    {CrmErrorKind::kHostNotAllowed, MAKE_SQLSTATE('H', 'V', 'N', '0', '1')},
    {CrmErrorKind::kRateLimited, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED},
    {CrmErrorKind::kServerError, ERRCODE_CONNECTION_FAILURE},
    {CrmErrorKind::kTooManyRequests, MAKE_SQLSTATE('H', 'V', 'Q', '0', '1')},
    {CrmErrorKind::kIncompleteRead, MAKE_SQLSTATE('H', 'V', 'I', '0', '1')},
    {CrmErrorKind::kReadOnly, ERRCODE_READ_ONLY_SQL_TRANSACTION},
    {CrmErrorKind::kInvalidArgument, ERRCODE_INVALID_PARAMETER_VALUE},
    {CrmErrorKind::kConditionNotSent, ERRCODE_INVALID_COLUMN_REFERENCE},
    {CrmErrorKind::kNoReadPath, MAKE_SQLSTATE('H', 'V', 'P', '0', '2')},
};

static constexpr bool EachKindHasItsOwn(void) {
  for (const CrmSqlstate &one : kSqlstates)
    for (const CrmSqlstate &other : kSqlstates)
      if (&one != &other && (one.kind == other.kind || one.code == other.code)) return false;
  return lengthof(kSqlstates) == (int)CrmErrorKind::kNoReadPath + 1;
}
static_assert(EachKindHasItsOwn(), "two kinds of failure must not share a SQLSTATE");

static int SqlstateOf(CrmErrorKind kind) {
  for (const CrmSqlstate &entry : kSqlstates)
    if (entry.kind == kind) return entry.code;
  return ERRCODE_INTERNAL_ERROR;
}

void crmRaise(const CrmFailure *why) {
  ereport(ERROR, (errcode(SqlstateOf(why->kind)), errmsg_internal("%s", why->message),
                  why->detail[0] == '\0' ? 0 : errdetail_internal("%s", why->detail),
                  why->hint[0] == '\0' ? 0 : errhint("%s", why->hint)));
}

static void AppendSentence(StringInfo text, const char *sentence) {
  if (sentence[0] == '\0') return;
  if (text->len > 0) appendStringInfoChar(text, ' ');
  appendStringInfoString(text, sentence);
}

void crmRaiseCell(const CrmFailure *why, const char *table, const char *column, bool may_show_value) {
  StringInfoData detail;

  initStringInfo(&detail);
  if (why->record[0] != '\0') AppendSentence(&detail, psprintf("The record is \"%s\".", why->record));
  if (may_show_value && why->value[0] != '\0')
    AppendSentence(&detail, psprintf("The value is \"%s\".", why->value));
  AppendSentence(&detail, why->detail);
  ereport(ERROR, (errcode(SqlstateOf(why->kind)),
                  errmsg("column \"%s\" of foreign table \"%s\": %s", column, table, why->message),
                  detail.len == 0 ? 0 : errdetail_internal("%s", detail.data),
                  why->hint[0] == '\0' ? 0 : errhint("%s", why->hint)));
}

void crmDrainLog(void) {
  CrmLogLine line;

  while (crm_next_log(&line)) {
    int level = line.level == CrmLogLevel::kWarning ? WARNING
                : line.level == CrmLogLevel::kLog   ? LOG
                                                    : DEBUG1;
    ereport(level,
            (errmsg_internal("%.*s", line.message.size, line.message.data),
             line.detail.size == 0 ? 0 : errdetail_internal("%.*s", line.detail.size, line.detail.data)));
  }
}
