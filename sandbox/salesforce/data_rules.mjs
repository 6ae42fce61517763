// Columns that depend on more than their type. COLUMNS are stored and made of the index;
// COMPUTED are made of other fields of the row whenever they are read, so that edits reach them.

import { decimalText, decimalDigits, DAY, dayText, dice, fit, moment, parentIndex, timesDecimal }
  from './data_types.mjs';
import { COMPANIES, FIRST_NAMES, LAST_NAMES, TAILS, TITLES, TRICKY } from './words.mjs';

const LAST_CHANGE = Date.UTC(2026, 8, 14);
// When a job touched very many rows at once.
const MASS_CHANGE = Date.UTC(2026, 7, 1, 3);

// ---- every object ----------------------------------------------------------------------------------

export function systemColumns(rand) {
  const d = dice(rand, 'system');
  const created = moment(d);
  const deleted = (i) => d.percent(i, 'deleted') < 2.5;
  // Imports and jobs give many rows one stamp; the recycle bin keeps two weeks or so.
  const modified = (i) => {
    if (deleted(i)) return LAST_CHANGE - d.below(i, 14) * DAY;
    if (d.percent(i, 'recent') < 4) return LAST_CHANGE - d.below(i, 20) * DAY;
    if (d.percent(i, 'untouched') < 30) return created(i);
    if (d.percent(i, 'mass') < 25) return Math.max(created(i), MASS_CHANGE);
    return Math.min(created(i) + d.below(i, 700 * 86_400, 'later') * 1000, LAST_CHANGE);
  };
  return {
    CreatedDate: created,
    LastModifiedDate: modified,
    SystemModstamp: (i) => modified(i) + (d.percent(i, 'automated') < 10 ? 60_000 : 0),
    IsDeleted: deleted,
    LastViewedDate: () => null,
    LastReferencedDate: () => null,
  };
}

function personName(get) {
  const first = get('FirstName');
  return first === null ? get('LastName') : `${first} ${get('LastName')}`;
}

function addressOf(prefix) {
  return (get) => {
    const part = (name) => get(prefix + name);
    const out = { city: part('City'), country: part('Country'),
      geocodeAccuracy: part('GeocodeAccuracy'), latitude: part('Latitude'),
      longitude: part('Longitude'), postalCode: part('PostalCode'), state: part('State'),
      street: part('Street') };
    return Object.values(out).every((value) => value === null) ? null : out;
  };
}

// Half a pair counts as no place.
function locationOf(name) {
  const stem = name.replace(/__c$/, '');
  return (get) => {
    const [latitude, longitude] = [get(`${stem}__Latitude__s`), get(`${stem}__Longitude__s`)];
    return latitude === null || longitude === null ? null : { latitude, longitude };
  };
}

// Compound fields of any object.
export function compoundRules(object) {
  const out = {};
  for (const field of object.allFields) {
    if (field.type === 'address') out[field.name] = addressOf(field.name.replace(/Address$/, ''));
    if (field.type === 'location') out[field.name] = locationOf(field.name);
    if (field.name === 'Name' && field.extraTypeInfo === 'personname') out.Name = personName;
  }
  return out;
}

function personColumns(rand) {
  const d = dice(rand, 'person');
  return {
    LastName: (i) => d.pick(i, LAST_NAMES, 'last'),
    FirstName: (i) => (d.percent(i, 'no first') < 8 ? null : d.pick(i, FIRST_NAMES, 'first')),
    Title: (i) => (d.percent(i, 'no title') < 20 ? null : d.pick(i, TITLES, 'title')),
    MasterRecordId: () => null,
  };
}

function companyName(rand, length) {
  const d = dice(rand, 'company');
  return (i) => {
    if (d.percent(i, 'tricky') < 20) return fit(d.pick(i, TRICKY, 'whole'), length);
    const tail = d.percent(i, 'bare') < 30 ? '' : ` ${d.pick(i, TAILS, 'tail')}`;
    return fit(d.pick(i, COMPANIES, 'word') + tail, length);
  };
}

// ---- sales -----------------------------------------------------------------------------------------

const STAGES = [['Prospecting', 10, 'Pipeline'], ['Qualification', 10, 'Pipeline'],
  ['Needs Analysis', 20, 'Pipeline'], ['Value Proposition', 50, 'Pipeline'],
  ['Id. Decision Makers', 60, 'Pipeline'], ['Perception Analysis', 70, 'Pipeline'],
  ['Proposal/Price Quote', 75, 'Pipeline'], ['Negotiation/Review', 90, 'BestCase'],
  ['Closed Won', 100, 'Closed'], ['Closed Lost', 0, 'Omitted']];
const FORECAST = new Map(STAGES.map(([stage, , category]) => [stage, category]));
const FORECAST_NAMES = { BestCase: 'Best Case', MostLikely: 'Best Case', Forecast: 'Commit' };
const forecastOf = (get) => FORECAST.get(get('StageName')) ?? 'Pipeline';

function account(rand, world) {
  const d = dice(rand, 'account');
  const n = world.countOf('Account');
  return {
    columns: {
      Name: companyName(rand, 255),
      MasterRecordId: () => null,
      ParentId: (i) => (i > 0 && d.percent(i, 'child') < 30
        ? world.idAt('Account', parentIndex(d, i, Math.min(i, n))) : null),
      External_Key__c: (i) => (d.percent(i, 'no key') < 30 ? null : `K-${i}`),
      RecordTypeId: world.recordTypeColumn('Account', d),
    },
  };
}

function contact(rand) {
  return {
    columns: { ...personColumns(rand),
      EmailBouncedReason: (i) => (i % 37 === 0 ? '550 no such user' : null) },
    computed: { IsEmailBounced: (get) => get('EmailBouncedReason') !== null,
      EmailBouncedDate: (get) => (get('EmailBouncedReason') === null ? null
        : get('LastModifiedDate')) },
  };
}

function lead(rand, world) {
  const d = dice(rand, 'lead');
  const converted = (i) => d.percent(i, 'converted') < 20;
  const goal = (object) => (i) => (converted(i) && world.countOf(object) > 0
    ? world.idAt(object, d.below(i, world.countOf(object), object)) : null);
  return {
    columns: { ...personColumns(rand), Company: companyName(rand, 255), IsConverted: converted,
      Status: (i) => (converted(i) ? 'Closed - Converted' : d.pick(i, ['Open - Not Contacted',
        'Working - Contacted', 'Closed - Not Converted'], 'status')),
      ConvertedAccountId: goal('Account'), ConvertedContactId: goal('Contact'),
      ConvertedOpportunityId: goal('Opportunity') },
    computed: { ConvertedDate: (get) => (get('IsConverted') ? dayText(get('LastModifiedDate'))
      : null) },
  };
}

function opportunity(rand, world) {
  const d = dice(rand, 'opportunity');
  const stage = (i) => d.pick(i, STAGES, 'stage');
  const quarter = (get) => Math.floor((Number(get('CloseDate').slice(5, 7)) + 2) / 3);
  const year = (get) => Number(get('CloseDate').slice(0, 4));
  return {
    columns: { Name: companyName(rand, 120), StageName: (i) => stage(i)[0],
      Probability: (i) => (d.percent(i, 'odd') < 10 ? '12.5' : String(stage(i)[1])),
      HasOpportunityLineItem: (i) => world.countOf('OpportunityLineItem') > i },
    computed: {
      IsClosed: (get) => /^Closed/.test(get('StageName')),
      IsWon: (get) => get('StageName') === 'Closed Won',
      ForecastCategory: forecastOf,
      ForecastCategoryName: (get) => FORECAST_NAMES[forecastOf(get)] ?? forecastOf(get),
      ExpectedRevenue: (get) => (get('Amount') === null || get('Probability') === null ? null
        : timesDecimal(timesDecimal(get('Amount'), get('Probability')), '0.01')),
      FiscalQuarter: quarter, FiscalYear: year,
      Fiscal: (get) => `${year(get)} ${quarter(get)}`,
      LastStageChangeDate: (get) => get('LastModifiedDate'),
    },
  };
}

function lineItem(rand, world) {
  const d = dice(rand, 'line item');
  const read = (get, field) => world.follow('Product2', get('Product2Id'), field);
  return {
    columns: { OpportunityId: (i) => world.idAt('Opportunity',
      i % Math.max(1, world.countOf('Opportunity'))),
    SortOrder: (i) => d.below(i, 5), Quantity: (i) => String(1 + d.below(i, 12)),
    UnitPrice: (i) => decimalText(BigInt(d.below(i, 1e7, 'price')), 2) },
    computed: {
      TotalPrice: (get) => (get('UnitPrice') === null ? null
        : timesDecimal(get('UnitPrice'), get('Quantity'))),
      ListPrice: (get) => get('UnitPrice'),
      ProductCode: (get) => read(get, 'ProductCode'),
      Name: (get) => `${world.follow('Opportunity', get('OpportunityId'), 'Name') ?? ''} `
        + `${read(get, 'Name') ?? ''}`.trim() },
  };
}

function campaignMember(rand, world) {
  const d = dice(rand, 'member');
  const isLead = (i) => i % 3 === 0;
  const one = (object) => (i) => (world.countOf(object) === 0 ? null
    : world.idAt(object, d.below(i, world.countOf(object), object)));
  const person = (get, field) => (get('LeadId') === null
    ? world.follow('Contact', get('ContactId'), field) : world.follow('Lead', get('LeadId'), field));
  const copy = (field) => (get) => person(get, field) ?? null;
  return {
    columns: { LeadId: (i) => (isLead(i) ? one('Lead')(i) : null),
      ContactId: (i) => (isLead(i) ? null : one('Contact')(i)) },
    computed: { HasResponded: (get) => get('Status') === 'Responded',
      ...Object.fromEntries(['Name', 'FirstName', 'LastName', 'Salutation', 'Title', 'Email',
        'LeadSource'].map((field) => [field, copy(field)])),
      LeadOrContactId: (get) => get('LeadId') ?? get('ContactId'),
      LeadOrContactOwnerId: copy('OwnerId'),
      Type: (get) => (get('LeadId') === null ? 'Contact' : 'Lead') },
  };
}

// ---- activities and service ----------------------------------------------------------------------------

// The account behind what an activity is about.
function accountOf(world) {
  return (get) => {
    const what = get('WhatId');
    if (world.objectOfId(what) === 'Account') return what;
    return get('WhoId') === null ? null
      : world.follow('Contact', get('WhoId'), 'AccountId') ?? null;
  };
}

function event(rand, world) {
  const d = dice(rand, 'event');
  const start = moment(d);
  const end = (get) => get('StartDateTime') + get('DurationInMinutes') * 60_000;
  const never = () => null;
  return {
    columns: { StartDateTime: start, DurationInMinutes: (i) => 15 * (1 + d.below(i, 8)),
      ShowAs: (i) => d.pick(i, ['Busy', 'OutOfOffice', 'Free'], 'show'),
      GroupEventType: () => '0', IsChild: () => false, IsGroupEvent: () => false,
      RecurrenceActivityId: never, EventSubtype: () => 'Event', IsRecurrence: () => false,
      IsArchived: (i) => d.percent(i, 'archived') < 3 },
    computed: { AccountId: accountOf(world), ActivityDateTime: (get) => get('StartDateTime'),
      ActivityDate: (get) => dayText(get('StartDateTime')), EndDateTime: end,
      EndDate: (get) => dayText(end(get)) },
  };
}

function task(rand, world) {
  const d = dice(rand, 'task');
  return {
    columns: { RecurrenceActivityId: () => null, IsRecurrence: () => false,
      IsArchived: (i) => d.percent(i, 'archived') < 3 },
    computed: { AccountId: accountOf(world), IsClosed: (get) => get('Status') === 'Completed',
      IsHighPriority: (get) => get('Priority') === 'High',
      CompletedDateTime: (get) => (get('Status') === 'Completed' ? get('LastModifiedDate')
        : null) },
  };
}

function serviceCase(rand, world) {
  return {
    columns: { MasterRecordId: () => null, CaseNumber: (i) => String(i + 1001).padStart(8, '0'),
      RecordTypeId: world.recordTypeColumn('Case', dice(rand, 'case')) },
    computed: { IsClosed: (get) => get('Status') === 'Closed',
      ClosedDate: (get) => (get('Status') === 'Closed' ? get('LastModifiedDate') : null) },
  };
}

function attachment() {
  return {
    columns: { Name: (i) => `file ${i}.txt`, ContentType: () => 'text/plain' },
    computed: { BodyLength: (get) => Buffer.byteLength(get('Body')) },
  };
}

// ---- setup -----------------------------------------------------------------------------------------

// The user that the sandbox's credentials belong to is the first one.
function user(rand, world) {
  const d = dice(rand, 'user');
  return {
    columns: { ...personColumns(rand),
      Username: (i) => (i === 0 ? world.username : `user.${i}@sandbox.test`),
      Alias: (i) => `u${i}`, CommunityNickname: (i) => `nick${i}`,
      IsActive: (i) => i === 0 || d.percent(i, 'active') < 80, UserType: () => 'Standard',
      LocaleSidKey: () => 'en_US', LanguageLocaleKey: () => 'en_US',
      EmailEncodingKey: () => 'UTF-8', FederationIdentifier: (i) => (i % 2 ? `Fed-${i}` : null),
      AccountId: () => null, ContactId: () => null },
  };
}

const QUEUES = ['Support Queue', 'Leads EMEA', 'Leads AMER', 'Everyone', 'Überlauf'];

function group() {
  return {
    columns: { Name: (i) => QUEUES[i % QUEUES.length],
      DeveloperName: (i) => `Group_${i}`, Type: (i) => (i % 5 === 3 ? 'Regular' : 'Queue') },
  };
}

function recordType(rand, world) {
  const list = world.recordTypes;
  return {
    columns: { Name: (i) => list[i].name, DeveloperName: (i) => list[i].name,
      SobjectType: (i) => list[i].object, IsActive: () => true, NamespacePrefix: () => null },
  };
}

// ---- custom ----------------------------------------------------------------------------------------

function shifted(day, days) {
  const at = Date.parse(`${day}T00:00:00Z`) + days * DAY;
  return day.startsWith('4000') ? day : dayText(at);
}

function everything(rand, world) {
  const d = dice(rand, 'everything');
  const half = (i) => d.percent(i, 'half place') < 5;
  return {
    columns: {
      Number__c: (i) => `E-${String(i).padStart(5, '0')}`,
      RecordTypeId: world.recordTypeColumn('Everything__c', d),
      Place__Latitude__s: (i) => (d.percent(i, 'place') < 30 ? null : String(d.below(i, 90))),
      Place__Longitude__s: (i) => (d.percent(i, 'place') < 30 || half(i) ? null
        : `${d.below(i, 180)}.4567891`),
    },
    computed: {
      // A formula answers an empty text where stored fields would be null (salesforce §4.3).
      Text_Formula__c: (get) => (get('Text__c') === null ? '' : `${get('Text__c')}!`),
      Number_Formula__c: (get) => thirdOf(get('Count__c')),
      Money_Formula__c: (get) => (get('Amount__c') === null ? null
        : timesDecimal(get('Amount__c'), '2')),
      Flag_Formula__c: (get) => Number(get('Measure__c') ?? 0) > 0,
      Day_Formula__c: (get) => (get('Day__c') === null ? null : shifted(get('Day__c'), 30)),
    },
  };
}

function thirdOf(decimal) {
  if (decimal === null) return null;
  const [digits, scale] = decimalDigits(decimal);
  return decimalText((digits * 10n ** 20n) / 3n, scale + 20);
}

const line = () => ({ columns: { Name: (i) => `EL-${String(i).padStart(5, '0')}` } });

export const RULES = { Account: account, Contact: contact, Lead: lead, Opportunity: opportunity,
  OpportunityLineItem: lineItem, CampaignMember: campaignMember, Event: event, Task: task,
  Case: serviceCase, Attachment: attachment, User: user, Group: group, RecordType: recordType,
  Everything__c: everything, Everything_Line__c: line };
