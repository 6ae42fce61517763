// Names of tables and columns from API names.
#pragma once
#include <string>
#include <string_view>

namespace crm::salesforce {

// "BillingCity" → "billing_city", "My_Field__c" → "my_field__c", "SLAExpiry__c" → "sla_expiry__c".
std::string SnakeCase(std::string_view api_name);

// Of the column with the name of the record that a reference leads to: ("Account", "Name") → "account_name",
// ("Main_Contact__r", "Name") → "main_contact_name".
std::string ParentColumn(std::string_view relationship, std::string_view field);

}  // namespace crm::salesforce
