#include "providers/close/objects.h"

#include <algorithm>
#include <vector>

#include "providers/close/field_words.h"

namespace crm::close_crm {

namespace {

constexpr StandardField kLeadFields[] = {
    {"id", "id", kId, kIdTraits, "", kAlways, "Lead id"},
    {"name", "text", kText, kFilter, "", kAlways, "Name of the company or organization"},
    {"display_name", "text", kText, kReadOnly, "", kAlways,
     "The name, or a name Close makes up where there is none"},
    {"status_id", "id", kId, kFilter, "lead_statuses.id", kAlways, "Status"},
    {"status_label", "text", kText, kFilterReadOnly, "", kAlways, "Label of the status"},
    {"description", "text", kText, kFilter, "", kAlways,
     "Free text; never set, it may read as an empty text"},
    {"url", "text", kText, kFilter, "", kAlways, "Website"},
    {"html_url", "text", kText, kReadOnly, "", kAlways, "Link to the lead in Close"},
    {"addresses", "json", kJson, kWritable, "", kAlways,
     "List of label, address_1, address_2, city, state, zipcode, country"},
    {"contacts", "json", kJson, kCreateOnly, "", kAlways,
     "The lead's contacts, embedded; the table contacts has them as rows"},
    {"contact_emails", "email", kTexts, kFilterReadOnly, "", kSometimes,
     "E-mail addresses of the lead's contacts", "contacts.[].emails.[].email"},
    {"contact_phones", "phone", kTexts, kFilterReadOnly, "", kSometimes,
     "Phone numbers of the lead's contacts (E.164)", "contacts.[].phones.[].phone"},
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
    {"created_by", "id", kId, kFilterReadOnly, "users.id", kAlways, "User who created the lead"},
    {"updated_by", "id", kId, kFilterReadOnly, "users.id", kAlways, "User who changed the lead last"},
    {"created_by_name", "text", kText, kReadOnly, "", kSometimes, "Name of the user who created the lead"},
    {"updated_by_name", "text", kText, kReadOnly, "", kSometimes,
     "Name of the user who changed the lead last"},
    {"date_created", "datetime", kTimestamp, kSortedReadOnly, "", kAlways, "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kSortedReadOnly, "", kAlways, "Time of the last change"},
    {"smart_view", "_smart_view", kText, kGivenTraits, "", kSometimes,
     "Condition only: smart_view = 'its name or id'"},
    {"query", "_query", kText, kGivenTraits, "", kSometimes,
     "Condition only: query = 'a search in the words of Close'"},
};

constexpr StandardField kContactFields[] = {
    {"id", "id", kId, kIdTraits, "", kAlways, "Contact id"},
    {"lead_id", "id", kId, kParentTraits, "leads.id", kAlways, "Lead the contact belongs to"},
    {"name", "text", kText, kFilter, "", kAlways, "Full name"},
    {"title", "text", kText, kFilter, "", kAlways, "Position; never set, it may read as an empty text"},
    {"display_name", "text", kText, kReadOnly, "", kSometimes,
     "The name, or a name Close makes up where there is none"},
    {"email", "email", kText, kFilterReadOnly, "", kSometimes, "First e-mail address", "emails.0.email"},
    {"email_addresses", "email", kTexts, kFilterReadOnly, "", kSometimes, "All e-mail addresses",
     "emails.[].email"},
    {"emails", "json", kJson, kWritable, "", kAlways,
     "List of email, type, is_unsubscribed; the first is the primary one"},
    {"phone", "phone", kText, kFilterReadOnly, "", kSometimes, "First phone number (E.164)",
     "phones.0.phone"},
    {"phone_numbers", "phone", kTexts, kFilterReadOnly, "", kSometimes, "All phone numbers (E.164)",
     "phones.[].phone"},
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
    {"created_by", "id", kId, kFilterReadOnly, "users.id", kAlways, "User who created the contact"},
    {"updated_by", "id", kId, kFilterReadOnly, "users.id", kAlways, "User who changed the contact last"},
    {"date_created", "datetime", kTimestamp, kSortedReadOnly, "", kAlways, "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kSortedReadOnly, "", kAlways, "Time of the last change"},
    {"smart_view", "_smart_view", kText, kGivenTraits, "", kSometimes,
     "Condition only: smart_view = 'its name or id'"},
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
    {"value", "money", kNumeric, "minor=2 filterable", "", kAlways, "Value, in units of the currency"},
    {"value_period", "text", kText, kFilter, "", kAlways, "one_time, monthly or annual"},
    {"value_currency", "text", kText, kReadOnly, "", kAlways, "Currency of the organization"},
    {"value_formatted", "text", kText, kReadOnly, "", kAlways, "Value with currency and period"},
    {"expected_value", "money", kNumeric, kMoneyReadOnly, "", kSometimes, "Value times confidence"},
    {"annualized_value", "money", kNumeric, kMoneyReadOnly, "", kSometimes, "Value of a year"},
    {"annualized_expected_value", "money", kNumeric, kMoneyReadOnly, "", kSometimes,
     "Expected value of a year"},
    {"confidence", "integer", kBigint, kFilter, "", kAlways, "Percent, 0 to 100"},
    {"note", "text", kText, kFilter, "", kAlways, "Note; never set, it may read as an empty text"},
    {"note_html", "text", kText, kReadOnly, "", kSometimes, "Note with its markup"},
    {"date_won", "date", kDate, kFilter, "", kAlways, "Day it was, or is expected to be, won"},
    {"date_lost", "datetime", kTimestamp, kFilterReadOnly, "", kAlways, "Time it was lost"},
    {"is_stalled", "boolean", kBoolean, kReadOnly, "", kSometimes, "Whether nothing has happened for long"},
    {"stall_status", "json", kJson, kReadOnly, "", kSometimes, "Why it is seen as stalled"},
    {"suggested_action", "json", kJson, kReadOnly, "", kSometimes, "What Close suggests to do"},
    {"attachments", "json", kJson, kWritable, "", kSometimes, "List of url, filename, content_type, size"},
    {"comment_summary", "json", kJson, kReadOnly, "", kSometimes, "Thread and number of comments"},
    {"integration_links", "json", kJson, kReadOnly, "", kAlways, "List of name, url"},
    {"organization_id", "id", kId, kReadOnly, "", kAlways, "Organization"},
    {"created_by", "id", kId, "filterable create-only", "users.id", kAlways,
     "User who created the opportunity"},
    {"updated_by", "id", kId, kFilterReadOnly, "users.id", kAlways, "User who changed the opportunity last"},
    {"created_by_name", "text", kText, kReadOnly, "", kSometimes,
     "Name of the user who created the opportunity"},
    {"updated_by_name", "text", kText, kReadOnly, "", kSometimes,
     "Name of the user who changed the opportunity last"},
    {"date_created", "datetime", kTimestamp, "filterable sortable create-only", "", kAlways,
     "Time of creation"},
    {"date_updated", "datetime", kTimestamp, kSortedReadOnly, "", kAlways, "Time of the last change"},
    {"query", "_query", kText, kGivenTraits, "", kSometimes,
     "Condition only: query = 'a search in the words of Close'"},
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
    {.name = "lead",
     .table = "leads",
     .comment = "Leads: companies and organizations",
     .path = "/api/v1/lead/",
     .fields = kLeadFields,
     .page_max = 200,
     .depth = 35'000,
     .get_by_id = true,
     .lists_ids = true,
     .custom_fields = true,
     .selects_fields = true,
     .counts = true,
     .time = "date_updated",
     .search_type = "lead"},
    {.name = "contact",
     .table = "contacts",
     .comment = "Contacts: people, each belonging to a lead",
     .path = "/api/v1/contact/",
     .fields = kContactFields,
     .page_max = 200,
     .depth = 35'000,  // there is a limit, of which only this of leads is known
     .get_by_id = true,
     .custom_fields = true,
     .selects_fields = true,
     .time = "date_created",
     .search_type = "contact"},
    {.name = "opportunity",
     .table = "opportunities",
     .comment = "Opportunities: possible sales, each belonging to a lead",
     .path = "/api/v1/opportunity/",
     .fields = kOpportunityFields,
     .page_max = 200,
     .get_by_id = true,
     .custom_fields = true,
     .selects_fields = true,
     .counts = true,
     .time = "date_created",
     .sorts = true,
     .orders = true,
     .search_type = "opportunity"},
    {.name = "user",
     .table = "users",
     .comment = "Users, former ones included",
     .path = "/api/v1/user/",
     .fields = kUserFields,
     .page_max = 100,
     .get_by_id = true,
     .selects_fields = true},
    {.name = "status/lead",
     .table = "lead_statuses",
     .comment = "Statuses that leads can have",
     .path = "/api/v1/status/lead/",
     .fields = kLeadStatusFields},
    {.name = "status/opportunity",
     .table = "opportunity_statuses",
     .comment = "Statuses that opportunities can have",
     .path = "/api/v1/status/opportunity/",
     .fields = kOpportunityStatusFields},
    {.name = "pipeline",
     .table = "pipelines",
     .comment = "Pipelines: orders of opportunity statuses",
     .path = "/api/v1/pipeline/",
     .fields = kPipelineFields},
};

}  // namespace

std::span<const Object> AllObjects() {
  static const std::vector<Object> objects = [] {
    std::vector<Object> all(std::begin(kObjects), std::end(kObjects));
    all.insert(all.end(), kActivityObjects.begin(), kActivityObjects.end());
    return all;
  }();
  return objects;
}

const Object *FindObject(std::string_view name) {
  const std::span<const Object> objects = AllObjects();
  const auto found = std::ranges::find(objects, name, &Object::name);
  return found == objects.end() ? nullptr : &*found;
}

const StandardField *FindField(const Object &object, std::string_view name) {
  const auto found = std::ranges::find(object.fields, name, &StandardField::name);
  return found == object.fields.end() ? nullptr : &*found;
}

}  // namespace crm::close_crm
