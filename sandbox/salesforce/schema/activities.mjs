// Event and Task. Both point at any of several objects.

const WHAT = 'Account,Campaign,Case,Everything__c,Opportunity,Product2';

const RECURRENCE = `
  RecurrenceTimeZoneSidKey | Recurrence Time Zone | picklist 40 TimeZone | noperm restricted
  RecurrenceType | Recurrence Type | picklist 40 RecurrenceType | noperm restricted
  RecurrenceInterval | Recurrence Interval | int 9 | noperm
  RecurrenceDayOfWeekMask | Recurrence Day of Week Mask | int 9 | noperm
  RecurrenceDayOfMonth | Recurrence Day of Month | int 9 | noperm
  RecurrenceInstance | Recurrence Instance | picklist 40 RecurrenceInstance | noperm restricted
  RecurrenceMonthOfYear | Recurrence Month of Year | picklist 40 RecurrenceMonth | noperm restricted`;

const EVENT = {
  name: 'Event', label: 'Event', plural: 'Events', prefix: '00U', off: 'feedEnabled',
  idLabel: 'Activity ID',
  fields: `
  WhoId | Name ID | reference Contact,Lead Who | cascade child:Events
  WhatId | Related To ID | reference ${WHAT} What | cascade child:Events
  Subject | Subject | combobox 255 ActivitySubject | name noperm
  Location | Location | string 255 |
  IsAllDayEvent | All-Day Event | boolean |
  ActivityDateTime | Due Date Time | datetime | noperm
  ActivityDate | Due Date Only | date | noperm -A
  DurationInMinutes | Duration | int 8 | noperm
  StartDateTime | Start Date Time | datetime | noperm
  EndDateTime | End Date Time | datetime | noperm
  EndDate | End Date | date | readonly
  Description | Description | textarea 32000 |
  AccountId | Account ID | reference Account Account | readonly search
  OwnerId | Assigned To ID | reference Calendar,User Owner | required default
  IsPrivate | Private | boolean | noperm
  ShowAs | Show Time As | picklist 40 ShowAs | noperm default restricted value:Busy
  @deleted
  IsChild | Is Child | boolean | readonly
  IsGroupEvent | Is Group Event | boolean | readonly
  GroupEventType | Group Event Type | picklist 40 GroupEventType | readonly default restricted value:0
  @system
  IsArchived | Archived | boolean | readonly
  RecurrenceActivityId | Recurrence Activity ID | reference Event | readonly child:RecurringEvents
  IsRecurrence | Create Recurring Series of Events | boolean | insertonly noperm
  RecurrenceStartDateTime | Recurrence Start | datetime | noperm
  RecurrenceEndDateOnly | Recurrence End | date | noperm
  ${RECURRENCE}
  ReminderDateTime | Reminder Date/Time | datetime | noperm
  IsReminderSet | Reminder Set | boolean | noperm
  EventSubtype | Event Subtype | picklist 40 EventSubtype | insertonly noperm restricted
  IsRecurrence2Exclusion | Historical Event, Not Following Recurrence | boolean | readonly
  Recurrence2PatternText | Recurrence Pattern | textarea 512 | insertonly noperm
  Recurrence2PatternVersion | Pattern Version | picklist 40 PatternVersion | readonly restricted
  IsRecurrence2 | Repeat | boolean | readonly
  IsRecurrence2Exception | Is Exception | boolean | readonly
  Recurrence2PatternStartDate | Recurrence Pattern Start Date | datetime | readonly
  Recurrence2PatternTimeZone | Recurrence Pattern Time Zone Reference | string 255 | readonly`,
};

const TASK = {
  name: 'Task', label: 'Task', plural: 'Tasks', prefix: '00T',
  idLabel: 'Activity ID',
  fields: `
  WhoId | Name ID | reference Contact,Lead Who | cascade child:Tasks
  WhatId | Related To ID | reference ${WHAT} What | cascade child:Tasks
  Subject | Subject | combobox 255 ActivitySubject | name noperm
  ActivityDate | Due Date Only | date | -A
  Status | Status | picklist 255 TaskStatus | required default
  Priority | Priority | picklist 255 TaskPriority | required default
  IsHighPriority | High Priority | boolean | readonly
  OwnerId | Assigned To ID | reference Group,User Owner | required default
  Description | Description | textarea 32000 |
  @deleted
  AccountId | Account ID | reference Account Account | readonly search
  IsClosed | Closed | boolean | readonly
  @system
  IsArchived | Archived | boolean | readonly
  CallDurationInSeconds | Call Duration | int 8 |
  CallType | Call Type | picklist 40 CallType | restricted
  CallDisposition | Call Result | string 255 |
  CallObject | Call Object Identifier | string 255 |
  ReminderDateTime | Reminder Date/Time | datetime | noperm
  IsReminderSet | Reminder Set | boolean | noperm
  RecurrenceActivityId | Recurrence Activity ID | reference Task | readonly child:RecurringTasks
  IsRecurrence | Create Recurring Series of Tasks | boolean | insertonly noperm
  RecurrenceStartDateOnly | Recurrence Start | date | noperm
  RecurrenceEndDateOnly | Recurrence End | date | noperm
  ${RECURRENCE}
  TaskSubtype | Task Subtype | picklist 40 TaskSubtype | insertonly noperm restricted
  CompletedDateTime | Completed Date/Time | datetime | readonly`,
};

export const ACTIVITIES = [EVENT, TASK];
