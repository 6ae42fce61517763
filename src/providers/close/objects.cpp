#include "providers/close/objects.h"

#include <algorithm>

namespace crm::close_crm {

namespace {

constexpr std::string_view kId = "text COLLATE \"C\"";
constexpr std::string_view kText = "text";
constexpr std::string_view kTexts = "text[]";
constexpr std::string_view kBigint = "bigint";
constexpr std::string_view kNumeric = "numeric";
constexpr std::string_view kBoolean = "boolean";
constexpr std::string_view kDate = "date";
constexpr std::string_view kTimestamp = "timestamptz";
constexpr std::string_view kJson = "jsonb";

constexpr std::string_view kReadOnly = "read-only";
constexpr std::string_view kCreateOnly = "create-only";
constexpr std::string_view kWritable = "";
constexpr std::string_view kMoney = "minor=2";
constexpr std::string_view kMoneyReadOnly = "minor=2 read-only";
constexpr std::string_view kFilter = "filterable";
constexpr std::string_view kIdTraits = "key lookup filterable read-only";
constexpr std::string_view kListedIdTraits = "key read-only";
constexpr std::string_view kParentTraits = "lookup filterable create-only";
constexpr std::string_view kFilterReadOnly = "filterable read-only";

// Whether each answer holds the key.
constexpr bool kAlways = true;
constexpr bool kSometimes = false;

constexpr StandardField kLeadFields[] = {
    {"id", "id", kId, kIdTraits, "", kAlways, "Lead id"},
    {"name", "text", kText, kWritable, "", kAlways, "Name of the company or organization"},
    {"display_name", "text", kText, kReadOnly, "", kAlways,
     "The name, or a name Close makes up where there is none"},
    {"status_id", "id", kId, kWritable, "lead_statuses.id", kAlways, "Status"},
    {"status_label", "text", kText, kReadOnly, "", kAlways, "Label of the status"},
    {"description", "text", kText, kWritable, "", kAlways,
     "Free text; never set, it may read as an empty text"},
    {"url", "text", kText, kWritable, "", kAlways, "Website"},
    {"html_url", "text", kText, kReadOnly, "", kAlways, "Link to the lead in Close"},
    {"addresses", "json", kJson, kWritable, "", kAlways,
     "List of label, address_1, address_2, city, state, zipcode, country"},
    {"contacts", "json", kJson, kCreateOnly, "", kAlways,
     "The lead's contacts, embedded; the table contacts has them as rows"},
    {"contact_ids", "ids", kTexts, kReadOnly, "contacts.id", kSometimes, "Ids of the lead's contacts"},
    {"contacts_summary", "text", kText, kReadOnly, "", kSometimes, "The contacts in words"},
    {"summaries", "json", kJson, kReadOnly, "", kSometimes, "Summaries written by Close"},
    {"opportunities", "json", kJson, kReadOnly, "", kAlways, "The lead's opportunities, embedded"},
    {"tasks", "json", kJson, kReadOnly, "", kAlways, "The lead's tasks, embedded"},
    {"primary_email", "json", kJson, kReadOnly, "", kSometimes, "First e-mail address"},
    {"primary_phone", "json", kJson, kReadOnly, "", kSometimes, "First phone number"},
    {"primary_address_summary", "text", kText, kReadOnly, "", kSometimes, "First address in one line"},
    {"localtime", "datetime", kTimestamp, kReadOnly, "", kSometimes, "Time at the lead's place"},
    {"source", "text", kText, kReadOnly, "", kSometimes, "How the lead was created"},
    {"integration_links", "json", kJson, kReadOnly, "", kAlways, "List of name, url"},
    {"recent_calls", "json", kJson, kReadOnly, "", kSometimes, "Latest calls"},
    {"organization_id", "id", kId, kReadOnly, "", kAlways, "Organization"},
    {"created_by", "id", kId, kReadOnly, "users.id", kAlways, "User who created the lead"},
    {"updated_by", "id", kId, kReadOnly, "users.id", kAlways, "User who changed the lead last"},
    {"created_by_name", "text", kText, kReadOnly, "", kSometimes, "Name of the user who created the lead"},
    {"updated_by_name", "text", kText, kReadOnly, "", kSometimes,
     "Name of the user who changed the lead last"},
    {"date_created", "datetime", kTimestamp, kReadOnly, "", kAlways, "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kReadOnly, "", kAlways, "Time of the last change"},
};

constexpr StandardField kContactFields[] = {
    {"id", "id", kId, kIdTraits, "", kAlways, "Contact id"},
    {"lead_id", "id", kId, kParentTraits, "leads.id", kAlways, "Lead the contact belongs to"},
    {"name", "text", kText, kWritable, "", kAlways, "Full name"},
    {"title", "text", kText, kWritable, "", kAlways, "Position; never set, it may read as an empty text"},
    {"display_name", "text", kText, kReadOnly, "", kSometimes,
     "The name, or a name Close makes up where there is none"},
    {"emails", "json", kJson, kWritable, "", kAlways,
     "List of email, type, is_unsubscribed; the first is the primary one"},
    {"phones", "json", kJson, kWritable, "", kAlways,
     "List of phone (E.164), type, phone_formatted, country"},
    {"urls", "json", kJson, kWritable, "", kAlways, "List of url, type"},
    {"timezone", "text", kText, kReadOnly, "", kSometimes, "Time zone"},
    {"timezone_source", "text", kText, kReadOnly, "", kSometimes, "Where the time zone is known from"},
    {"subscriptions", "json", kJson, kReadOnly, "", kSometimes, "Subscriptions to sequences"},
    {"recent_calls", "json", kJson, kReadOnly, "", kSometimes, "Latest calls"},
    {"integration_links", "json", kJson, kReadOnly, "", kAlways, "List of name, url"},
    {"lead_suggestions_operation_id", "text", kText, kReadOnly, "", kSometimes,
     "Operation that suggested the contact"},
    {"organization_id", "id", kId, kReadOnly, "", kAlways, "Organization"},
    {"created_by", "id", kId, kReadOnly, "users.id", kAlways, "User who created the contact"},
    {"updated_by", "id", kId, kReadOnly, "users.id", kAlways, "User who changed the contact last"},
    {"date_created", "datetime", kTimestamp, kReadOnly, "", kAlways, "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kReadOnly, "", kAlways, "Time of the last change"},
};

constexpr StandardField kOpportunityFields[] = {
    {"id", "id", kId, kIdTraits, "", kAlways, "Opportunity id"},
    {"lead_id", "id", kId, kParentTraits, "leads.id", kAlways, "Lead the opportunity belongs to"},
    {"lead_name", "text", kText, kReadOnly, "", kAlways, "Name of the lead"},
    {"lead_primary_email", "json", kJson, kReadOnly, "", kSometimes, "First e-mail address of the lead"},
    {"lead_primary_phone", "json", kJson, kReadOnly, "", kSometimes, "First phone number of the lead"},
    {"contact_id", "id", kId, kWritable, "contacts.id", kAlways, "Contact"},
    {"contact_name", "text", kText, kReadOnly, "", kAlways, "Name of the contact"},
    {"user_id", "id", kId, kFilter, "users.id", kAlways, "Owner"},
    {"user_name", "text", kText, kReadOnly, "", kAlways, "Name of the owner"},
    {"status_id", "id", kId, kFilter, "opportunity_statuses.id", kAlways, "Status"},
    {"status_label", "text", kText, kFilterReadOnly, "", kAlways, "Label of the status"},
    {"status_type", "text", kText, kFilterReadOnly, "", kAlways, "active, won or lost"},
    {"status_display_name", "text", kText, kReadOnly, "", kSometimes,
     "Label of the status with its pipeline"},
    {"pipeline_id", "id", kId, kCreateOnly, "pipelines.id", kSometimes, "Pipeline of the status"},
    {"pipeline_name", "text", kText, kReadOnly, "", kSometimes, "Name of the pipeline"},
    {"value", "money", kNumeric, kMoney, "", kAlways, "Value, in units of the currency"},
    {"value_period", "text", kText, kFilter, "", kAlways, "one_time, monthly or annual"},
    {"value_currency", "text", kText, kReadOnly, "", kAlways, "Currency of the organization"},
    {"value_formatted", "text", kText, kReadOnly, "", kAlways, "Value with currency and period"},
    {"expected_value", "money", kNumeric, kMoneyReadOnly, "", kSometimes, "Value times confidence"},
    {"annualized_value", "money", kNumeric, kMoneyReadOnly, "", kSometimes, "Value of a year"},
    {"annualized_expected_value", "money", kNumeric, kMoneyReadOnly, "", kSometimes,
     "Expected value of a year"},
    {"confidence", "integer", kBigint, kWritable, "", kAlways, "Percent, 0 to 100"},
    {"note", "text", kText, kWritable, "", kAlways, "Note; never set, it may read as an empty text"},
    {"note_html", "text", kText, kReadOnly, "", kSometimes, "Note with its markup"},
    {"date_won", "date", kDate, kFilter, "", kAlways, "Day it was, or is expected to be, won"},
    {"date_lost", "datetime", kTimestamp, kReadOnly, "", kAlways, "Time it was lost"},
    {"is_stalled", "boolean", kBoolean, kReadOnly, "", kSometimes, "Whether nothing has happened for long"},
    {"stall_status", "json", kJson, kReadOnly, "", kSometimes, "Why it is seen as stalled"},
    {"suggested_action", "json", kJson, kReadOnly, "", kSometimes, "What Close suggests to do"},
    {"attachments", "json", kJson, kWritable, "", kSometimes, "List of url, filename, content_type, size"},
    {"comment_summary", "json", kJson, kReadOnly, "", kSometimes, "Thread and number of comments"},
    {"integration_links", "json", kJson, kReadOnly, "", kAlways, "List of name, url"},
    {"organization_id", "id", kId, kReadOnly, "", kAlways, "Organization"},
    {"created_by", "id", kId, kCreateOnly, "users.id", kAlways, "User who created the opportunity"},
    {"updated_by", "id", kId, kReadOnly, "users.id", kAlways, "User who changed the opportunity last"},
    {"created_by_name", "text", kText, kReadOnly, "", kSometimes,
     "Name of the user who created the opportunity"},
    {"updated_by_name", "text", kText, kReadOnly, "", kSometimes,
     "Name of the user who changed the opportunity last"},
    {"date_created", "datetime", kTimestamp, "filterable sortable create-only", "", kAlways,
     "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kFilterReadOnly, "", kAlways, "Time of the last change"},
};

constexpr StandardField kUserFields[] = {
    {"id", "id", kId, kIdTraits, "", kAlways, "User id"},
    {"email", "text", kText, kReadOnly, "", kAlways, "E-mail address"},
    {"first_name", "text", kText, kReadOnly, "", kAlways, "First name"},
    {"last_name", "text", kText, kReadOnly, "", kAlways, "Last name"},
    {"image", "text", kText, kReadOnly, "", kSometimes, "Address of the picture"},
    {"google_profile_image_url", "text", kText, kReadOnly, "", kSometimes,
     "Address of the picture at Google"},
    {"email_verified_at", "datetime", kTimestamp, kReadOnly, "", kSometimes,
     "When the e-mail address was verified"},
    {"last_used_timezone", "text", kText, kReadOnly, "", kSometimes, "Time zone last used"},
    {"organizations", "ids", kTexts, kReadOnly, "", kSometimes, "Ids of the user's organizations"},
    {"date_created", "datetime", kTimestamp, kReadOnly, "", kAlways, "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kReadOnly, "", kAlways, "Time of the last change"},
};

constexpr StandardField kLeadStatusFields[] = {
    {"id", "id", kId, kListedIdTraits, "", kAlways, "Status id"},
    {"organization_id", "id", kId, kReadOnly, "", kSometimes, "Organization"},
    {"label", "text", kText, kWritable, "", kAlways, "Label; need not be unique"},
    {"color", "text", kText, kWritable, "", kSometimes, "Color"},
};

constexpr StandardField kOpportunityStatusFields[] = {
    {"id", "id", kId, kListedIdTraits, "", kAlways, "Status id"},
    {"organization_id", "id", kId, kReadOnly, "", kSometimes, "Organization"},
    {"label", "text", kText, kWritable, "", kAlways, "Label; may repeat in other pipelines"},
    {"type", "text", kText, kCreateOnly, "", kAlways, "active, won or lost"},
    {"pipeline_id", "id", kId, kCreateOnly, "pipelines.id", kSometimes, "Pipeline"},
};

constexpr StandardField kPipelineFields[] = {
    {"id", "id", kId, kListedIdTraits, "", kAlways, "Pipeline id"},
    {"organization_id", "id", kId, kReadOnly, "", kSometimes, "Organization"},
    {"name", "text", kText, kWritable, "", kAlways, "Name"},
    {"statuses", "json", kJson, kWritable, "", kSometimes,
     "List of id, label, type, in the order Close shows them"},
    {"created_by", "id", kId, kReadOnly, "users.id", kSometimes, "User who created the pipeline"},
    {"updated_by", "id", kId, kReadOnly, "users.id", kSometimes, "User who changed the pipeline last"},
    {"date_created", "datetime", kTimestamp, kReadOnly, "", kSometimes, "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kReadOnly, "", kSometimes, "Time of the last change"},
};

constexpr Object kObjects[] = {
    {"lead", "leads", "/api/v1/lead/", 200, true, true, true, "date_updated", "", kLeadFields,
     "Leads: companies and organizations"},
    {"contact", "contacts", "/api/v1/contact/", 200, true, true, true, "date_created", "", kContactFields,
     "Contacts: people, each belonging to a lead"},
    {"opportunity", "opportunities", "/api/v1/opportunity/", 200, true, true, true, "date_created",
     "-date_created", kOpportunityFields, "Opportunities: possible sales, each belonging to a lead"},
    {"user", "users", "/api/v1/user/", 100, true, false, true, "", "", kUserFields,
     "Users, former ones included"},
    {"status/lead", "lead_statuses", "/api/v1/status/lead/", 0, false, false, false, "", "",
     kLeadStatusFields, "Statuses that leads can have"},
    {"status/opportunity", "opportunity_statuses", "/api/v1/status/opportunity/", 0, false, false, false, "",
     "", kOpportunityStatusFields, "Statuses that opportunities can have"},
    {"pipeline", "pipelines", "/api/v1/pipeline/", 0, false, false, false, "", "", kPipelineFields,
     "Pipelines: orders of opportunity statuses"},
};

}  // namespace

std::span<const Object> AllObjects() { return kObjects; }

const Object *FindObject(std::string_view name) {
  const auto *found = std::ranges::find(kObjects, name, &Object::name);
  return found == std::end(kObjects) ? nullptr : found;
}

const StandardField *FindField(const Object &object, std::string_view name) {
  const auto found = std::ranges::find(object.fields, name, &StandardField::name);
  return found == object.fields.end() ? nullptr : &*found;
}

}  // namespace crm::close_crm
