// Case, and the attachments and histories that other objects have.

const READ_ONLY = 'createable deletable feedEnabled layoutable mruEnabled searchable undeletable '
  + 'updateable';

const CASE = {
  name: 'Case', label: 'Case', plural: 'Cases', prefix: '500', recordTypes: ['Support'],
  fields: `
  @deleted
  MasterRecordId | Master Record ID | reference Case MasterRecord | readonly
  CaseNumber | Case Number | string 30 | auto name lookup required noperm
  ContactId | Contact ID | reference Contact Contact | restrict child:Cases
  AccountId | Account ID | reference Account Account | restrict child:Cases
  ParentId | Parent Case ID | reference Case Parent | child:Cases
  SuppliedName | Name | string 80 |
  SuppliedEmail | Email Address | email 80 |
  SuppliedPhone | Phone | string 40 |
  SuppliedCompany | Company | string 80 |
  Type | Case Type | picklist 255 CaseType |
  RecordTypeId | Record Type ID | reference RecordType RecordType | nosearch noperm
  Status | Status | picklist 255 CaseStatus | default noperm
  Reason | Case Reason | picklist 255 CaseReason |
  Origin | Case Origin | picklist 255 CaseOrigin |
  Subject | Subject | string 255 |
  Priority | Priority | picklist 255 CasePriority | default
  Description | Description | textarea 32000 |
  IsClosed | Closed | boolean | readonly
  ClosedDate | Closed Date | datetime | readonly
  IsEscalated | Escalated | boolean | noperm
  OwnerId | Owner ID | reference Group,User Owner | required default
  @system
  ContactPhone | Contact Phone | phone 40 | readonly
  ContactMobile | Contact Mobile | phone 40 | readonly
  ContactEmail | Contact Email | email 80 | readonly
  ContactFax | Contact Fax | phone 40 | readonly
  Comments | Internal Comments | textarea 4000 | +S +A noperm
  @viewed`,
};

const ATTACHMENT = {
  name: 'Attachment', label: 'Attachment', plural: 'Attachments', prefix: '00P',
  off: 'feedEnabled layoutable mruEnabled searchable',
  fields: `
  @deleted
  ParentId | Parent ID | \
    reference Account,Case,Contact,Event,Everything__c,Opportunity,Task Parent | \
    required insertonly cascade child:Attachments
  Name | File Name | string 255 | required name
  IsPrivate | Private | boolean | noperm
  ContentType | Content Type | string 120 | noperm
  BodyLength | Body Length | int 9 | readonly
  Body | Body | base64 | required
  OwnerId | Owner ID | reference Calendar,User Owner | required default
  @system
  Description | Description | textarea 500 | +F +S +A noperm`,
};

const ACCOUNT_HISTORY = {
  name: 'AccountHistory', label: 'Account History', plural: 'Account History', prefix: '017',
  off: `${READ_ONLY} replicateable triggerable`,
  fields: `
  @deleted
  AccountId | Account ID | reference Account Account | readonly required cascade child:Histories
  CreatedById | Created By ID | reference User CreatedBy | readonly required default
  CreatedDate | Created Date | datetime | readonly required default
  Field | Changed Field | picklist 255 HistoryField | readonly required restricted
  DataType | Datatype | picklist 40 HistoryDataType | readonly restricted
  OldValue | Old Value | anyType 765 | readonly
  NewValue | New Value | anyType 765 | readonly`,
};

// Listed, but no SELECT reads it: it only arrives as a stream.
const ACCOUNT_CHANGES = {
  name: 'AccountChangeEvent', label: 'Account Change Event', plural: 'Account Change Events',
  prefix: null, off: `${READ_ONLY} queryable replicateable`,
  fields: `
  ReplayId | Replay ID | string 1000 | readonly -F -S -G -A
  Name | Account Name | string 255 | readonly name -F -S -G -A`,
};

export const SERVICE = [CASE, ATTACHMENT, ACCOUNT_HISTORY, ACCOUNT_CHANGES];
