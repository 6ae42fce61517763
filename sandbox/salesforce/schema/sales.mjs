// Account, Contact, Lead, Opportunity and what hangs on them.

const ACCOUNT = {
  name: 'Account', label: 'Account', plural: 'Accounts', prefix: '001', on: 'mergeable',
  recordTypes: ['Business', 'Household'],
  fields: `
  @deleted
  MasterRecordId | Master Record ID | reference Account MasterRecord | readonly
  Name | Account Name | string 255 | required name
  Type | Account Type | picklist 40 AccountType |
  RecordTypeId | Record Type ID | reference RecordType RecordType | nosearch noperm
  ParentId | Parent Account ID | reference Account Parent | child:ChildAccounts
  @address Billing
  @address Shipping
  Phone | Account Phone | phone 40 |
  Fax | Account Fax | phone 40 |
  AccountNumber | Account Number | string 40 |
  Website | Website | url 255 |
  PhotoUrl | Photo URL | url 255 | readonly extra:imageurl
  Sic | SIC Code | string 20 |
  Industry | Industry | picklist 40 Industry |
  AnnualRevenue | Annual Revenue | currency 18.0 |
  NumberOfEmployees | Employees | int 8 |
  Ownership | Ownership | picklist 40 Ownership |
  TickerSymbol | Ticker Symbol | string 20 |
  Description | Account Description | textarea 32000 |
  Rating | Account Rating | picklist 40 Rating |
  Site | Account Site | string 80 |
  OwnerId | Owner ID | reference User Owner | required default
  @system
  LastActivityDate | Last Activity | date | readonly
  @viewed
  IsPartner | Partner Account | boolean | updateonly noperm
  IsCustomerPortal | Customer Portal Account | boolean | updateonly noperm
  ChannelProgramName | Channel Program Name | string 255 | readonly -F -S
  ChannelProgramLevelName | Channel Program Level Name | string 255 | readonly -F -S
  Jigsaw | Data.com Key | string 20 |
  JigsawCompanyId | Jigsaw Company ID | string 20 | readonly relation:JigsawCompany
  CleanStatus | Clean Status | picklist 40 CleanStatus | restricted
  AccountSource | Account Source | picklist 40 LeadSource |
  DunsNumber | D-U-N-S Number | string 9 |
  Tradestyle | Tradestyle | string 255 |
  NaicsCode | NAICS Code | string 8 |
  NaicsDesc | NAICS Description | string 120 |
  YearStarted | Year Started | string 4 |
  SicDesc | SIC Description | string 80 |
  DandbCompanyId | D&B Company ID | reference DandBCompany DandbCompany |
  OperatingHoursId | Operating Hour ID | reference OperatingHours OperatingHours |
  External_Key__c | External Key | string 40 | ext unique
  Region__c | Region | picklist 40 Region__c | restricted
  Margin__c | Margin | percent 5.2 |
  ext__Tier__c | Tier | double 18.0 |`,
};

const CONTACT = {
  name: 'Contact', label: 'Contact', plural: 'Contacts', prefix: '003', on: 'mergeable',
  fields: `
  @deleted
  MasterRecordId | Master Record ID | reference Contact MasterRecord | readonly
  AccountId | Account ID | reference Account Account | child:Contacts cascade
  LastName | Last Name | string 80 | required part:Name extra:personname
  FirstName | First Name | string 40 | noperm part:Name extra:personname
  Salutation | Salutation | picklist 40 Salutation | noperm part:Name extra:personname
  Name | Full Name | string 121 | readonly required name extra:personname
  @address Other
  @address Mailing
  Phone | Business Phone | phone 40 |
  Fax | Business Fax | phone 40 |
  MobilePhone | Mobile Phone | phone 40 |
  HomePhone | Home Phone | phone 40 |
  OtherPhone | Other Phone | phone 40 |
  AssistantPhone | Asst. Phone | phone 40 |
  ReportsToId | Reports To ID | reference Contact ReportsTo |
  Email | Email | email 80 | lookup
  Title | Title | string 128 |
  Department | Department | string 80 |
  AssistantName | Assistant's Name | string 40 |
  LeadSource | Lead Source | picklist 255 LeadSource |
  Birthdate | Birthdate | date |
  Description | Contact Description | textarea 32000 |
  OwnerId | Owner ID | reference User Owner | required default
  @system
  LastActivityDate | Last Activity | date | readonly
  LastCURequestDate | Last Stay-in-Touch Request Date | datetime | readonly
  LastCUUpdateDate | Last Stay-in-Touch Save Date | datetime | readonly
  @viewed
  EmailBouncedReason | Email Bounced Reason | string 255 | noperm
  EmailBouncedDate | Email Bounced Date | datetime | noperm
  IsEmailBounced | Is Email Bounced | boolean | readonly
  PhotoUrl | Photo URL | url 255 | readonly extra:imageurl
  Jigsaw | Data.com Key | string 20 |
  JigsawContactId | Jigsaw Contact ID | string 20 | readonly relation:JigsawContact
  CleanStatus | Clean Status | picklist 40 CleanStatus | restricted
  IndividualId | Individual ID | reference Individual Individual | noperm
  Level__c | Level | picklist 40 Size__c |
  Languages__c | Languages | multipicklist 4099 Colors__c |`,
};

const LEAD = {
  name: 'Lead', label: 'Lead', plural: 'Leads', prefix: '00Q', on: 'mergeable',
  fields: `
  @deleted
  MasterRecordId | Master Record ID | reference Lead MasterRecord | readonly
  LastName | Last Name | string 80 | required part:Name extra:personname
  FirstName | First Name | string 40 | noperm part:Name extra:personname
  Salutation | Salutation | picklist 40 Salutation | noperm part:Name extra:personname
  Name | Full Name | string 121 | readonly required name extra:personname
  Title | Title | string 128 |
  Company | Company | string 255 | required
  @address
  Phone | Phone | phone 40 |
  MobilePhone | Mobile Phone | phone 40 |
  Fax | Fax | phone 40 |
  Email | Email | email 80 | lookup
  Website | Website | url 255 |
  PhotoUrl | Photo URL | url 255 | readonly extra:imageurl
  Description | Description | textarea 32000 |
  LeadSource | Lead Source | picklist 255 LeadSource |
  Status | Status | picklist 255 LeadStatus | required default
  Industry | Industry | picklist 255 Industry |
  Rating | Rating | picklist 40 Rating |
  AnnualRevenue | Annual Revenue | currency 18.0 |
  NumberOfEmployees | Employees | int 8 |
  OwnerId | Owner ID | reference Group,User Owner | required default
  IsConverted | Converted | boolean | insertonly noperm
  ConvertedDate | Converted Date | date | readonly
  ConvertedAccountId | Converted Account ID | reference Account ConvertedAccount | readonly
  ConvertedContactId | Converted Contact ID | reference Contact ConvertedContact | readonly
  ConvertedOpportunityId | Converted Opportunity ID | \
    reference Opportunity ConvertedOpportunity | readonly
  IsUnreadByOwner | Unread By Owner | boolean | noperm
  @system
  LastActivityDate | Last Activity | date | readonly
  @viewed
  Jigsaw | Data.com Key | string 20 |
  JigsawContactId | Jigsaw Contact ID | string 20 | readonly relation:JigsawContact
  CleanStatus | Clean Status | picklist 40 CleanStatus | restricted
  CompanyDunsNumber | Company D-U-N-S Number | string 9 |
  DandbCompanyId | D&B Company ID | reference DandBCompany DandbCompany |
  EmailBouncedReason | Email Bounced Reason | string 255 | noperm
  EmailBouncedDate | Email Bounced Date | datetime | noperm
  IndividualId | Individual ID | reference Individual Individual | noperm
  Score__c | Score | double 4.1 |`,
};

const OPPORTUNITY = {
  name: 'Opportunity', label: 'Opportunity', plural: 'Opportunities', prefix: '006',
  on: 'deepCloneable',
  fields: `
  @deleted
  AccountId | Account ID | reference Account Account | child:Opportunities cascade
  IsPrivate | Private | boolean |
  Name | Name | string 120 | required name lookup
  Description | Description | textarea 32000 |
  StageName | Stage | picklist 255 Stage | required
  Amount | Amount | currency 18.2 |
  Probability | Probability (%) | percent 3.0 | default
  ExpectedRevenue | Expected Amount | currency 18.2 | readonly perm
  TotalOpportunityQuantity | Quantity | double 18.2 |
  CloseDate | Close Date | date | required
  Type | Opportunity Type | picklist 255 OpportunityType |
  NextStep | Next Step | string 255 |
  LeadSource | Lead Source | picklist 255 LeadSource |
  IsClosed | Closed | boolean | readonly
  IsWon | Won | boolean | readonly
  ForecastCategory | Forecast Category | picklist 40 ForecastCategory | readonly required restricted
  ForecastCategoryName | Forecast Category | picklist 255 ForecastCategoryName | noperm default restricted
  CampaignId | Campaign ID | reference Campaign Campaign | child:Opportunities
  HasOpportunityLineItem | Has Line Item | boolean | readonly
  Pricebook2Id | Price Book ID | reference Pricebook2 Pricebook2 | noperm default
  OwnerId | Owner ID | reference User Owner | required default
  @system
  LastActivityDate | Last Activity | date | readonly
  LastStageChangeDate | Last Stage Change Date | datetime | readonly
  FiscalQuarter | Fiscal Quarter | int 8 | readonly part:Fiscal
  FiscalYear | Fiscal Year | int 8 | readonly part:Fiscal
  Fiscal | Fiscal Period | string 6 | readonly bytes:6
  ContactId | Contact ID | reference Contact | insertonly noperm nosearch child:Opportunities
  @viewed
  HasOpenActivity | Has Open Activity | boolean | readonly -F -S
  HasOverdueTask | Has Overdue Task | boolean | readonly -F -S
  LastAmountChangedHistoryId | Opportunity History ID | \
    reference OpportunityHistory LastAmountChangedHistory | readonly search
  LastCloseDateChangedHistoryId | Opportunity History ID | \
    reference OpportunityHistory LastCloseDateChangedHistory | readonly search
  Discount__c | Discount | percent 5.2 |
  Contract_Value__c | Contract Value | currency 18.2 |
  Partner__c | Partner | reference Account Partner__r | child:Partner_Deals__r
  Signed_On__c | Signed On | datetime |`,
};

const PRODUCT2 = {
  name: 'Product2', label: 'Product', plural: 'Products', prefix: '01t',
  fields: `
  Name | Product Name | string 255 | required name
  ProductCode | Product Code | string 255 |
  Description | Product Description | textarea 4000 | +F +S +A
  IsActive | Active | boolean |
  @system
  Family | Product Family | picklist 255 ProductFamily |
  ExternalDataSourceId | External Data Source ID | reference ExternalDataSource ExternalDataSource |
  ExternalId | External ID | string 255 |
  DisplayUrl | Display URL | url 1000 |
  QuantityUnitOfMeasure | Quantity Unit Of Measure | picklist 255 Size__c |
  @deleted
  IsArchived | Archived | boolean | readonly
  @viewed
  StockKeepingUnit | Product SKU | string 180 |`,
};

const LINE_ITEM = {
  name: 'OpportunityLineItem', label: 'Opportunity Product', plural: 'Opportunity Product',
  prefix: '00k', off: 'feedEnabled mruEnabled undeletable', idLabel: 'Line Item ID',
  fields: `
  OpportunityId | Opportunity ID | \
    reference Opportunity Opportunity | required insertonly cascade child:OpportunityLineItems
  SortOrder | Sort Order | int 9 | readonly
  PricebookEntryId | Price Book Entry ID | reference PricebookEntry PricebookEntry | noperm insertonly
  Product2Id | Product ID | reference Product2 Product2 | noperm insertonly child:OpportunityLineItems
  ProductCode | Product Code | string 255 | readonly
  Name | Opportunity Product Name | string 376 | readonly name
  Quantity | Quantity | double 12.2 | required
  TotalPrice | Total Price | currency 18.2 |
  UnitPrice | Sales Price | currency 18.2 |
  ListPrice | List Price | currency 18.2 | readonly perm
  ServiceDate | Date | date |
  Description | Line Description | string 255 |
  @system
  @deleted
  @viewed`,
};

const CAMPAIGN = {
  name: 'Campaign', label: 'Campaign', plural: 'Campaigns', prefix: '701', on: 'deepCloneable',
  off: 'feedEnabled',
  fields: `
  @deleted
  Name | Name | string 80 | required name lookup
  ParentId | Parent Campaign ID | reference Campaign Parent | child:ChildCampaigns
  Type | Type | picklist 40 CampaignType |
  Status | Status | picklist 40 CampaignStatus |
  StartDate | Start Date | date |
  EndDate | End Date | date |
  ExpectedRevenue | Expected Revenue | currency 18.0 |
  BudgetedCost | Budgeted Cost | currency 18.0 |
  ActualCost | Actual Cost | currency 18.0 |
  ExpectedResponse | Expected Response (%) | percent 10.2 |
  NumberSent | Num Sent | double 18.0 |
  IsActive | Active | boolean |
  Description | Description | textarea 32000 |
  NumberOfLeads | Leads in Campaign | int 9 | readonly required default
  NumberOfContacts | Contacts in Campaign | int 9 | readonly required default
  NumberOfResponses | Responses in Campaign | int 9 | readonly required default
  NumberOfOpportunities | Opportunities in Campaign | int 9 | readonly required default
  AmountAllOpportunities | Value Opportunities in Campaign | currency 18.0 | readonly required default
  OwnerId | Owner ID | reference User Owner | required default
  @system
  LastActivityDate | Last Activity | date | readonly
  @viewed`,
};

const CAMPAIGN_MEMBER = {
  name: 'CampaignMember', label: 'Campaign Member', plural: 'Campaign Members', prefix: '00v',
  off: 'feedEnabled mruEnabled searchable undeletable',
  fields: `
  @deleted
  CampaignId | Campaign ID | reference Campaign Campaign | required insertonly cascade \
    child:CampaignMembers
  LeadId | Lead ID | reference Lead Lead | insertonly noperm nosearch cascade child:CampaignMembers
  ContactId | Contact ID | reference Contact Contact | insertonly noperm nosearch cascade child:CampaignMembers
  Status | Status | picklist 40 MemberStatus | default
  HasResponded | Responded | boolean | readonly
  @system
  FirstRespondedDate | First Responded Date | date | readonly
  Salutation | Salutation | picklist 40 Salutation | readonly
  Name | Name | string 121 | readonly name -F -S -G -A
  FirstName | First Name | string 40 | readonly
  LastName | Last Name | string 80 | readonly
  Title | Title | string 128 | readonly
  City | City | string 40 | readonly
  Email | Email | email 80 | readonly
  LeadSource | Lead Source | picklist 255 LeadSource | readonly
  CompanyOrAccount | Company (Account) | string 255 | readonly
  Type | Type | picklist 40 MemberType | readonly
  LeadOrContactId | Related Record ID | reference Contact,Lead | readonly
  LeadOrContactOwnerId | Related Record Owner ID | reference Group,User LeadOrContactOwner | readonly`,
};

export const SALES = [ACCOUNT, CONTACT, LEAD, OPPORTUNITY, PRODUCT2, LINE_ITEM, CAMPAIGN,
  CAMPAIGN_MEMBER];
