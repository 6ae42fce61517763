// User, Group and RecordType: objects of the setup that others refer to.

const USER = {
  name: 'User', label: 'User', plural: 'Users', prefix: '005', off: 'deletable undeletable',
  fields: `
  Username | Username | string 80 | required lookup
  LastName | Last Name | string 80 | required part:Name extra:personname
  FirstName | First Name | string 40 | noperm part:Name extra:personname
  Name | Full Name | string 121 | readonly required name extra:personname
  CompanyName | Company Name | string 80 | noperm
  Division | Division | string 80 | noperm
  Department | Department | string 80 | noperm
  Title | Title | string 80 | noperm
  @address
  Email | Email | email 128 | required lookup
  EmailPreferencesAutoBcc | AutoBcc | boolean | preference noperm
  SenderEmail | Email Sender Address | email 80 | noperm
  Signature | Email Signature | textarea 1333 | +F +S +A noperm
  Phone | Phone | phone 40 | noperm
  Fax | Fax | phone 40 | noperm
  MobilePhone | Mobile | phone 40 | noperm
  Alias | Alias | string 8 | required
  CommunityNickname | Nickname | string 40 | required unique
  IsActive | Active | boolean | noperm
  TimeZoneSidKey | Time Zone | picklist 40 TimeZone | required restricted
  UserRoleId | Role ID | reference UserRole UserRole | noperm
  LocaleSidKey | Locale | picklist 40 Locale | required restricted
  ReceivesInfoEmails | Info Emails | boolean | noperm
  EmailEncodingKey | Email Encoding | picklist 40 EmailEncoding | required restricted
  ProfileId | Profile ID | reference Profile Profile | required
  UserType | User Type | picklist 40 UserType | readonly restricted
  LanguageLocaleKey | Language | picklist 40 Language | required restricted
  EmployeeNumber | Employee Number | string 20 | noperm
  DelegatedApproverId | Delegated Approver ID | reference Group,User | noperm
  ManagerId | Manager ID | reference User Manager | noperm child:DelegatedUsers
  LastLoginDate | Last Login | datetime | readonly
  @system
  UserPermissionsMarketingUser | Marketing User | boolean | preference noperm
  UserPermissionsOfflineUser | Offline User | boolean | preference noperm
  ForecastEnabled | Allow Forecasting | boolean | noperm
  UserPreferencesActivityRemindersPopup | ActivityRemindersPopup | boolean | preference noperm
  UserPreferencesLightningExperiencePreferred | LightningExperiencePreferred | boolean | preference noperm
  ContactId | Contact ID | reference Contact Contact | noperm restrict child:Users
  AccountId | Account ID | reference Account Account | readonly search child:Users
  FederationIdentifier | SAML Federation ID | string 512 | noperm unique cs -G
  AboutMe | About Me | textarea 1000 | noperm
  FullPhotoUrl | Url for full-sized Photo | url 1024 | readonly
  OutOfOfficeMessage | Out of office message | string 40 | readonly -A
  @viewed`,
};

const GROUP = {
  name: 'Group', label: 'Group', plural: 'Group', prefix: '00G',
  off: 'feedEnabled layoutable mruEnabled searchable triggerable undeletable',
  fields: `
  Name | Name | string 40 | required name
  DeveloperName | Developer Name | string 80 | noperm
  RelatedId | Related ID | reference User,UserRole Related | readonly
  Type | Type | picklist 40 GroupType | required insertonly restricted
  Email | Email | email 255 | noperm
  OwnerId | Owner ID | reference Organization,User Owner | readonly required default
  DoesSendEmailToMembers | Send Email to Members | boolean | noperm
  DoesIncludeBosses | Include Bosses | boolean | noperm
  @system`,
};

const RECORD_TYPE = {
  name: 'RecordType', label: 'Record Type', plural: 'Record Types', prefix: '012',
  off: 'deletable feedEnabled layoutable mruEnabled searchable triggerable undeletable',
  fields: `
  Name | Name | string 80 | required name
  DeveloperName | Record Type Name | string 80 | required
  NamespacePrefix | Namespace Prefix | string 15 | readonly
  Description | Description | string 255 | noperm
  BusinessProcessId | Business Process ID | reference BusinessProcess | noperm nosearch
  SobjectType | SObject Type Name | picklist 40 RecordTypeObject | required insertonly restricted
  IsActive | Active | boolean | noperm
  @system`,
};

export const SETUP = [USER, GROUP, RECORD_TYPE];
