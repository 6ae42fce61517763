// Tasks, activities and smart views, as data (close §4.4, 4.5, 4.9).
#include <algorithm>
#include <array>
#include <span>

#include "providers/close/field_words.h"
#include "providers/close/objects.h"

namespace crm::close_crm {

namespace {

constexpr std::string_view kCreated = "filterable sortable create-only";

constexpr StandardField kTaskFields[] = {
    {"id", "id", kId, kIdTraits, "", kAlways, "Task id"},
    {"_type", "text", kText, "filterable create-only", "", kAlways,
     "lead, outgoing_call, missed_call, voicemail, incoming_email, email_followup, answered_detached_call, "
     "opportunity_due or incoming_sms"},
    {"lead_id", "id", kId, kParentTraits, "leads.id", kAlways, "Lead"},
    {"lead_name", "text", kText, kReadOnly, "", kSometimes, "Name of the lead"},
    {"contact_id", "id", kId, kCreateOnly, "contacts.id", kSometimes, "Contact"},
    {"contact_name", "text", kText, kReadOnly, "", kSometimes, "Name of the contact"},
    {"text", "text", kText, kWritable, "", kSometimes, "What is to be done"},
    {"assigned_to", "id", kId, kFilter, "users.id", kAlways, "User the task belongs to"},
    {"assigned_to_name", "text", kText, kReadOnly, "", kSometimes, "Name of that user"},
    {"date", "day or time", kText, kWritable, "", kAlways, "Day, or time, as Close writes it: both occur"},
    {"due_date", "day or time", kText, kReadOnly, "", kSometimes, "As date; null on a task without a date"},
    {"is_complete", "boolean", kBoolean, kFilter, "", kAlways, "Whether it is done"},
    {"is_dateless", "boolean", kBoolean, kReadOnly, "", kSometimes, "Whether it has no date of its own"},
    {"view", "text", kText, kReadOnly, "", kSometimes, "inbox, future or archive"},
    {"priority", "text", kText, kReadOnly, "", kSometimes, "high or medium"},
    {"resolution", "text", kText, kReadOnly, "", kSometimes, "abandoned or skipped"},
    {"object_id", "text", kText, kReadOnly, "", kSometimes, "What the task is about"},
    {"object_type", "text", kText, kReadOnly, "", kSometimes, "Type of what the task is about"},
    {"phone", "text", kText, kReadOnly, "", kSometimes, "Calls: phone number"},
    {"phone_formatted", "text", kText, kReadOnly, "", kSometimes, "Calls: phone number, readable"},
    {"phone_number_description", "text", kText, kReadOnly, "", kSometimes, "Calls: what the number is for"},
    {"local_phone", "text", kText, kReadOnly, "", kSometimes, "Calls: our number"},
    {"remote_phone", "text", kText, kReadOnly, "", kSometimes, "Calls: their number"},
    {"recording_url", "text", kText, kReadOnly, "", kSometimes, "Calls: recording"},
    {"voicemail_url", "text", kText, kReadOnly, "", kSometimes, "Voicemail: recording"},
    {"voicemail_duration", "integer", kBigint, kReadOnly, "", kSometimes, "Voicemail: seconds"},
    {"email_id", "id", kId, kReadOnly, "emails.id", kSometimes, "E-mail: its activity"},
    {"subject", "text", kText, kReadOnly, "", kSometimes, "E-mail: subject"},
    {"body_preview", "text", kText, kReadOnly, "", kSometimes, "E-mail: first words"},
    {"emails", "json", kJson, kReadOnly, "", kSometimes, "E-mail: addresses"},
    {"opportunity_note", "text", kText, kReadOnly, "", kSometimes, "Opportunity that is due: note"},
    {"opportunity_value", "money", kNumeric, kMoneyReadOnly, "", kSometimes,
     "Opportunity that is due: value, in units of the currency"},
    {"opportunity_value_currency", "text", kText, kReadOnly, "", kSometimes,
     "Opportunity that is due: currency"},
    {"opportunity_value_period", "text", kText, kReadOnly, "", kSometimes,
     "Opportunity that is due: one_time, monthly or annual"},
    {"sequence_id", "id", kId, kReadOnly, "", kSometimes, "Sequence that made the task"},
    {"sequence_subscription_id", "id", kId, kReadOnly, "", kSometimes, "Subscription that made the task"},
    {"organization_id", "id", kId, kReadOnly, "", kSometimes, "Organization"},
    {"created_by", "id", kId, kReadOnly, "users.id", kSometimes, "User who created the task"},
    {"updated_by", "id", kId, kReadOnly, "users.id", kSometimes, "User who changed the task last"},
    {"created_by_name", "text", kText, kReadOnly, "", kSometimes, "Name of the user who created the task"},
    {"updated_by_name", "text", kText, kReadOnly, "", kSometimes,
     "Name of the user who changed the task last"},
    {"date_created", "datetime", kTimestamp, kSortedReadOnly, "", kAlways, "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kFilterReadOnly, "", kAlways, "Time of the last change"},
};

// What every activity has (close §4.5, base fields).
constexpr StandardField kBaseFields[] = {
    {"id", "id", kId, kIdTraits, "", kAlways, "Activity id"},
    {"_type", "text", kText, kFilterReadOnly, "", kAlways, "Kind of activity"},
    {"lead_id", "id", kId, kParentTraits, "leads.id", kAlways, "Lead; null where none was found"},
    {"contact_id", "id", kId, kFilter, "contacts.id", kSometimes, "Contact"},
    {"user_id", "id", kId, "filterable create-only", "users.id", kAlways, "User it belongs to"},
    {"user_name", "text", kText, kReadOnly, "", kSometimes, "Name of that user"},
    {"users", "ids", kTexts, kReadOnly, "users.id", kSometimes, "Users who took part"},
    {"activity_at", "datetime", kTimestamp, kFilter, "", kSometimes, "When it happened"},
    {"date_created", "datetime", kTimestamp, kCreated, "", kAlways, "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kFilterReadOnly, "", kAlways, "Time of the last change"},
    {"created_by", "id", kId, kReadOnly, "users.id", kSometimes, "User who created it"},
    {"created_by_name", "text", kText, kReadOnly, "", kSometimes, "Name of the user who created it"},
    {"updated_by", "id", kId, kReadOnly, "users.id", kSometimes, "User who changed it last"},
    {"updated_by_name", "text", kText, kReadOnly, "", kSometimes, "Name of the user who changed it last"},
    {"organization_id", "id", kId, kReadOnly, "", kSometimes, "Organization"},
};

template <std::size_t N>
constexpr auto WithBase(const StandardField (&own)[N]) {
  std::array<StandardField, std::size(kBaseFields) + N> fields{};
  std::ranges::copy(own, std::ranges::copy(kBaseFields, fields.begin()).out);
  return fields;
}

constexpr auto kActivityFields = WithBase({
    {"source", "text", kText, kReadOnly, "", kSometimes, "Where it comes from"},
    {"properties", kPropertiesType, kJson, kReadOnly, "", kSometimes, "What this kind of activity has beside",
     kPropertiesType},
});

constexpr auto kNoteFields = WithBase({
    {"note", "text", kText, kFilter, "", kAlways, "Plain text"},
    {"note_html", "text", kText, kWritable, "", kSometimes, "Text with its markup"},
    {"title", "text", kText, kWritable, "", kSometimes, "Title"},
    {"pinned", "boolean", kBoolean, kWritable, "", kSometimes, "Whether it is pinned"},
    {"pinned_at", "datetime", kTimestamp, kReadOnly, "", kSometimes, "When it was pinned"},
    {"attachments", "json", kJson, kWritable, "", kSometimes, "List of url, filename, content_type"},
    {"note_mentions", "json", kJson, kReadOnly, "", kSometimes, "Users mentioned"},
    {"source", "text", kText, kReadOnly, "", kSometimes, "api, ui or import"},
});

constexpr auto kCallFields = WithBase({
    {"direction", "text", kText, "filterable create-only", "", kSometimes, "inbound or outbound"},
    {"status", "text", kText, kFilter, "", kSometimes,
     "created, in-progress, completed, cancel, no-answer, busy, failed or timeout"},
    {"disposition", "text", kText, kReadOnly, "", kSometimes, "answered, vm-left, no-answer, busy, …"},
    {"duration", "integer", kBigint, kFilter, "", kSometimes, "Seconds"},
    {"phone", "text", kText, kWritable, "", kSometimes, "Their number (E.164)"},
    {"remote_phone", "text", kText, kReadOnly, "", kSometimes, "Their number"},
    {"remote_phone_formatted", "text", kText, kReadOnly, "", kSometimes, "Their number, readable"},
    {"remote_country_iso", "text", kText, kReadOnly, "", kSometimes, "Their country"},
    {"local_phone", "text", kText, kReadOnly, "", kSometimes, "Our number"},
    {"local_phone_formatted", "text", kText, kReadOnly, "", kSometimes, "Our number, readable"},
    {"local_country_iso", "text", kText, kReadOnly, "", kSometimes, "Our country"},
    {"note", "text", kText, kFilter, "", kSometimes, "Note"},
    {"note_html", "text", kText, kWritable, "", kSometimes, "Note with its markup"},
    {"source", "text", kText, kCreateOnly, "", kSometimes, "Close.io or External"},
    {"call_method", "text", kText, kReadOnly, "", kSometimes, "How the call was made"},
    {"outcome_id", "id", kId, kWritable, "", kSometimes, "Outcome"},
    {"recording_url", "text", kText, kWritable, "", kSometimes, "Recording"},
    {"has_recording", "boolean", kBoolean, kReadOnly, "", kSometimes, "Whether there is a recording"},
    {"voicemail_url", "text", kText, kWritable, "", kSometimes, "Voicemail"},
    {"voicemail_duration", "integer", kBigint, kReadOnly, "", kSometimes, "Seconds of the voicemail"},
    {"cost", "text", kText, kReadOnly, "", kSometimes, "Cost, in cents"},
    {"date_answered", "datetime", kTimestamp, kReadOnly, "", kSometimes, "When it was answered"},
    {"transferred_from", "text", kText, kReadOnly, "", kSometimes, "Transferred from"},
    {"transferred_to", "text", kText, kReadOnly, "", kSometimes, "Transferred to"},
    {"forwarded_to", "text", kText, kReadOnly, "", kSometimes, "Forwarded to"},
    {"is_forwarded", "boolean", kBoolean, kReadOnly, "", kSometimes, "Whether it was forwarded"},
    {"dialer_id", "text", kText, kReadOnly, "", kSometimes, "Dialer"},
    {"sequence_id", "id", kId, kReadOnly, "", kSometimes, "Sequence"},
    {"sequence_name", "text", kText, kReadOnly, "", kSometimes, "Name of the sequence"},
});

constexpr auto kEmailFields = WithBase({
    {"status", "text", kText, kFilter, "", kSometimes, "inbox, draft, scheduled, outbox, sent or error"},
    {"direction", "text", kText, kFilterReadOnly, "", kSometimes, "incoming or outgoing"},
    {"subject", "text", kText, kFilter, "", kSometimes, "Subject"},
    {"sender", "text", kText, kWritable, "", kSometimes, "From"},
    {"to", "texts", kTexts, kWritable, "", kSometimes, "To"},
    {"cc", "texts", kTexts, kWritable, "", kSometimes, "Copies to"},
    {"bcc", "texts", kTexts, kWritable, "", kSometimes, "Blind copies to"},
    {"body_text", "text", kText, kWritable, "", kSometimes, "Text"},
    {"body_html", "text", kText, kWritable, "", kSometimes, "Text with its markup"},
    {"body_preview", "text", kText, kReadOnly, "", kSometimes, "First words"},
    {"attachments", "json", kJson, kWritable, "", kSometimes, "Attachments"},
    {"template_id", "id", kId, kWritable, "", kSometimes, "Template"},
    {"date_scheduled", "datetime", kTimestamp, kWritable, "", kSometimes, "When it is to be sent"},
    {"date_sent", "datetime", kTimestamp, kFilterReadOnly, "", kSometimes, "When it was sent"},
    {"in_reply_to_id", "id", kId, kWritable, "emails.id", kSometimes, "E-mail it answers"},
    {"thread_id", "id", kId, kReadOnly, "", kSometimes, "Thread"},
    {"message_ids", "texts", kTexts, kReadOnly, "", kSometimes, "Message ids"},
    {"envelope", "json", kJson, kReadOnly, "", kSometimes, "Addresses of the envelope"},
    {"opens", "json", kJson, kReadOnly, "", kSometimes, "When it was opened"},
    {"opens_summary", "text", kText, kReadOnly, "", kSometimes, "When it was opened, in words"},
    {"has_reply", "boolean", kBoolean, kReadOnly, "", kSometimes, "Whether it was answered"},
    {"email_account_id", "id", kId, kReadOnly, "", kSometimes, "Account it went through"},
    {"sequence_id", "id", kId, kReadOnly, "", kSometimes, "Sequence"},
    {"sequence_name", "text", kText, kReadOnly, "", kSometimes, "Name of the sequence"},
});

constexpr auto kSmsFields = WithBase({
    {"status", "text", kText, kFilter, "", kSometimes, "inbox, draft, scheduled, outbox, sent or error"},
    {"direction", "text", kText, "filterable create-only", "", kSometimes, "inbound or outbound"},
    {"text", "text", kText, kFilter, "", kSometimes, "Text"},
    {"local_phone", "text", kText, kWritable, "", kSometimes, "Our number"},
    {"local_phone_formatted", "text", kText, kReadOnly, "", kSometimes, "Our number, readable"},
    {"remote_phone", "text", kText, kWritable, "", kSometimes, "Their number"},
    {"remote_phone_formatted", "text", kText, kReadOnly, "", kSometimes, "Their number, readable"},
    {"local_country_iso", "text", kText, kReadOnly, "", kSometimes, "Our country"},
    {"remote_country_iso", "text", kText, kReadOnly, "", kSometimes, "Their country"},
    {"source", "text", kText, kCreateOnly, "", kSometimes, "Close.io or External"},
    {"template_id", "id", kId, kWritable, "", kSometimes, "Template"},
    {"attachments", "json", kJson, kWritable, "", kSometimes, "Attachments"},
    {"date_scheduled", "datetime", kTimestamp, kWritable, "", kSometimes, "When it is to be sent"},
    {"date_sent", "datetime", kTimestamp, kReadOnly, "", kSometimes, "When it was sent"},
    {"cost", "text", kText, kReadOnly, "", kSometimes, "Cost, in cents"},
    {"error_message", "text", kText, kReadOnly, "", kSometimes, "Why it was not sent"},
    {"sequence_id", "id", kId, kReadOnly, "", kSometimes, "Sequence"},
    {"sequence_name", "text", kText, kReadOnly, "", kSometimes, "Name of the sequence"},
});

constexpr auto kMeetingFields = WithBase({
    {"title", "text", kText, kFilterReadOnly, "", kSometimes, "Title"},
    {"location", "text", kText, kReadOnly, "", kSometimes, "Place"},
    {"note", "text", kText, kReadOnly, "", kSometimes, "Note of the calendar"},
    {"starts_at", "datetime", kTimestamp, kReadOnly, "", kSometimes, "Begin"},
    {"ends_at", "datetime", kTimestamp, kReadOnly, "", kSometimes, "End"},
    {"duration", "integer", kBigint, kReadOnly, "", kSometimes, "Planned seconds"},
    {"actual_duration", "integer", kBigint, kReadOnly, "", kSometimes, "Seconds it took"},
    {"status", "text", kText, kFilterReadOnly, "", kSometimes,
     "upcoming, in-progress, completed, canceled, declined-by-lead or declined-by-org"},
    {"source", "text", kText, kReadOnly, "", kSometimes, "calendar or manual"},
    {"is_recurring", "boolean", kBoolean, kReadOnly, "", kSometimes, "Whether it recurs"},
    {"attendees", "json", kJson, kReadOnly, "", kSometimes, "List of email, name, status"},
    {"calendar_event_link", "text", kText, kReadOnly, "", kSometimes, "Link to the calendar"},
    {"calendar_event_uids", "texts", kTexts, kReadOnly, "", kSometimes, "Ids in the calendar"},
    {"conference_links", "json", kJson, kReadOnly, "", kSometimes, "Links to the conference"},
    {"connected_account_id", "id", kId, kReadOnly, "", kSometimes, "Calendar account"},
    {"user_note_html", "text", kText, kWritable, "", kSometimes, "Note of the user, with its markup"},
    {"outcome_id", "id", kId, kWritable, "", kSometimes, "Outcome"},
    {"summary", "json", kJson, kReadOnly, "", kSometimes, "Summary written by Close"},
});

constexpr StandardField kSmartViewFields[] = {
    {"id", "id", kId, kIdTraits, "", kAlways, "Smart view id"},
    {"name", "text", kText, kWritable, "", kAlways, "Name; need not be unique"},
    {"description", "text", kText, kWritable, "", kSometimes, "Description"},
    {"type", "text", kText, kCreateOnly, "", kSometimes, "What it finds: lead, contact, …"},
    {"s_query", "json", kJson, kWritable, "", kSometimes, "Query, order and limit"},
    {"query", "text", kText, kReadOnly, "", kSometimes, "Query in the words of old"},
    {"selected_fields", "json", kJson, kWritable, "", kSometimes, "Columns it shows"},
    {"is_shared", "boolean", kBoolean, kWritable, "", kSometimes, "Whether others see it"},
    {"is_user_dependent", "boolean", kBoolean, kReadOnly, "", kSometimes,
     "Whether it finds other rows for other users"},
    {"user_id", "id", kId, kReadOnly, "users.id", kSometimes, "Owner"},
    {"organization_id", "id", kId, kReadOnly, "", kSometimes, "Organization"},
    {"date_created", "datetime", kTimestamp, kReadOnly, "", kSometimes, "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kReadOnly, "", kSometimes, "Time of the last change"},
};

// The list of one kind of activity; that of all kinds neither answers by id nor can be searched.
constexpr Object Activity(std::string_view name, std::string_view table, std::string_view comment,
                          std::string_view path, std::span<const StandardField> fields,
                          std::string_view search_type) {
  return {.name = name,
          .table = table,
          .comment = comment,
          .path = path,
          .fields = fields,
          .page_max = 100,
          .get_by_id = !search_type.empty(),
          .lists_ids = true,
          .selects_fields = true,
          .time = "date_created",
          .sorts = true,
          .orders = search_type.empty(),  // Close says it of the list of all kinds only
          .search_type = search_type};
}

constexpr Object kObjects[] = {
    {.name = "task",
     .table = "tasks",
     .comment = "Tasks of every type",
     .path = "/api/v1/task/",
     .fields = kTaskFields,
     .page_max = 100,
     .get_by_id = true,
     .lists_ids = true,
     .selects_fields = true,
     .counts = true,
     .time = "date_created",
     .sorts = true,
     .orders = true,
     .fixed_param = "_type",
     .fixed_value = "all"},
    Activity("activity", "activities", "Activities of every type", "/api/v1/activity/", kActivityFields, ""),
    Activity("activity/note", "notes", "Notes", "/api/v1/activity/note/", kNoteFields, "activity.note"),
    Activity("activity/call", "calls", "Calls", "/api/v1/activity/call/", kCallFields, "activity.call"),
    Activity("activity/email", "emails", "E-mails", "/api/v1/activity/email/", kEmailFields,
             "activity.email"),
    Activity("activity/sms", "sms", "Text messages", "/api/v1/activity/sms/", kSmsFields, "activity.sms"),
    Activity("activity/meeting", "meetings", "Meetings", "/api/v1/activity/meeting/", kMeetingFields,
             "activity.meeting"),
    {.name = "saved_search",
     .table = "smart_views",
     .comment = "Smart views: saved searches",
     .path = "/api/v1/saved_search/",
     .fields = kSmartViewFields,
     .page_max = 100,
     .get_by_id = true,
     .selects_fields = true,
     .fixed_param = "type__in",
     .fixed_value = "lead,contact,opportunity,call,email,sms,meeting,note,whatsapp_message,custom_activity,"
                    "form_submission"},
};

}  // namespace

constinit const std::span<const Object> kActivityObjects = kObjects;

}  // namespace crm::close_crm
