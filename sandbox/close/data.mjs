// Generated leads, contacts and opportunities: one function per field, each a function of
// (seed, object, index). Times are milliseconds here; render.mjs spells them.

import { Rand } from '../core/hash.mjs';
import { Table } from '../core/table.mjs';
import { activityTables, splitActivities } from './data_activities.mjs';
import { taskTable } from './data_tasks.mjs';
import { CITIES, COMPANY_TAILS, COMPANY_WORDS, DIAL, EMAIL_TYPES, FIRST_NAMES, LAST_NAMES,
  ODD_NAMES, PHONE_TYPES, TITLES } from './words.mjs';
import { customMaker } from './custom_values.mjs';
import { formatPhone } from './phones.mjs';
import { createdColumn, DAY, kept, lazy, longText, sentence, updatedColumn } from './generate.mjs';

const TIMES = ['date_created', 'date_updated'];

// About three rows share a name; a few percent are odd, null or empty.
function companyName(rand, i, count) {
  const kind = rand.below(i, 'kind', 1000);
  if (kind < 10) return null;
  if (kind < 20) return '';
  if (kind < 60) return rand.pick(i, 'odd', ODD_NAMES);
  const j = rand.below(i, 'name', Math.max(10, Math.ceil(count / 3)));
  const words = rand.pick(j, 'script', COMPANY_WORDS);
  const name = `${rand.pick(j, 'word', words)} ${rand.pick(j, 'tail', COMPANY_TAILS)}`;
  return rand.chance(j, 'numbered', 60) ? `${name} ${rand.below(j, 'number', 10_000)}` : name;
}

function addresses(rand, i) {
  const n = [0, 1, 1, 1, 2][rand.below(i, 'addresses', 5)];
  return Array.from({ length: n }, (_, k) => {
    const [city, country, zone, state] = rand.pick(i, `city${k}`, CITIES);
    return { label: ['business', 'mailing', 'headquarters'][rand.below(i, `label${k}`, 3)],
      address_1: `${1 + rand.below(i, `no${k}`, 999)} Main St`,
      address_2: rand.pick(i, `line2${k}`, ['', '', null, 'Room "3"']), city, state,
      zipcode: rand.chance(i, `zip${k}`, 20) ? '' : String(10_000 + rand.below(i, `z${k}`, 89_999)),
      country, tz_ids: [zone] };
  });
}

function description(rand, i) {
  if (i % 997 === 13) return longText(rand, i, 'long');
  const kind = rand.below(i, 'description', 10);
  if (kind < 4) return '';
  return sentence(rand, i, 'text', 3 + kind * 2);
}

function leadTable({ seed, count, clock, organization, pickContact }) {
  const rand = new Rand(seed, 'lead');
  const created = lazy(() => createdColumn(rand, count));
  const updated = lazy(() => updatedColumn(rand, created()));
  const user = (i, field) => rand.pick(i, field, organization.users).id;
  const custom = customMaker(rand, organization, 'lead', { pickContact });
  const columns = {
    name: kept(count, (i) => companyName(rand, i, count)),
    status_id: kept(count, (i) => rand.pick(i, 'status', organization.leadStatuses).id),
    description: (i) => description(rand, i),
    url: (i) => (rand.chance(i, 'url', 40) ? null : `https://lead${i % 700}.sandbox.test/?q=a%20b`),
    addresses: (i) => addresses(rand, i),
    source: (i) => rand.pick(i, 'source', [null, 'api', 'import', 'ui']),
    created_by: (i) => (rand.chance(i, 'no creator', 5) ? null : user(i, 'creator')),
    updated_by: (i) => (rand.chance(i, 'no editor', 15) ? null : user(i, 'editor')),
    date_created: (i) => created()[i],
    date_updated: (i) => updated()[i],
    custom: custom.values,
  };
  return new Table({ name: 'lead', columns, entries: { custom: custom.entry }, times: TIMES,
    count, clock, idOf: (i) => rand.id('lead', i) });
}

function emails(rand, i) {
  const n = [0, 1, 1, 1, 2, 3][rand.below(i, 'emails', 6)];
  return Array.from({ length: n }, (_, k) => ({
    type: rand.pick(i, `et${k}`, EMAIL_TYPES),
    email: rand.chance(i, `shared${k}`, 3) ? 'x@y.test'
      : `${rand.chance(i, `case${k}`, 10) ? 'Person' : 'person'}${rand.below(i, `e${k}`, 1e6)}`
        + `@${rand.pick(i, `host${k}`, ['mail.test', 'y.test.other', 'bücher.test'])}`,
    is_unsubscribed: rand.chance(i, `unsub${k}`, 5) }));
}

function phones(rand, i) {
  const n = [0, 1, 1, 2][rand.below(i, 'phones', 4)];
  return Array.from({ length: n }, (_, k) => {
    const [, country, zone] = rand.pick(i, `pc${k}`, CITIES);
    const phone = `${DIAL[country]}${1_000_000 + rand.below(i, `p${k}`, 8_999_999)}`;
    return { type: rand.pick(i, `pt${k}`, PHONE_TYPES), phone, phone_formatted: formatPhone(phone),
      country, tz_ids: [zone], outbound_sms_blocked: false };
  });
}

function personName(rand, i) {
  const kind = rand.below(i, 'kind', 100);
  if (kind < 1) return null;
  if (kind < 2) return '';
  if (kind < 4) return rand.pick(i, 'odd', ODD_NAMES);
  return `${rand.pick(i, 'first', FIRST_NAMES)} ${rand.pick(i, 'last', LAST_NAMES)}`;
}

// -1 = no lead. A fifth of the contacts crowd on a tenth of the leads.
function contactLead(rand, i, leads) {
  if (leads === 0 || i % 211 === 77) return -1;
  if (rand.chance(i, 'crowd', 20)) return rand.below(i, 'lead', Math.max(1, Math.ceil(leads / 10)));
  return rand.below(i, 'lead', leads);
}

function contactTable({ seed, count, clock, organization, leads }) {
  const rand = new Rand(seed, 'contact');
  const lead = kept(count, (i) => contactLead(rand, i, leads.base));
  const leadCreated = (i) => (lead(i) < 0 ? 0 : leads.columns.date_created(lead(i)));
  const created = lazy(() => {
    const out = createdColumn(rand, count, leadCreated);
    for (let i = 7; i < count; i += 50) if (lead(i) >= 0) out[i] = leadCreated(i);
    return out;
  });
  const updated = lazy(() => updatedColumn(rand, created()));
  const user = (i, field) => rand.pick(i, field, organization.users).id;
  const custom = customMaker(rand, organization, 'contact', {});
  const columns = {
    lead_id: (i) => (lead(i) < 0 ? null : leads.ids[lead(i)]),
    name: (i) => personName(rand, i),
    title: (i) => (rand.chance(i, 'titled', 55) ? rand.pick(i, 'title', TITLES) : ''),
    emails: (i) => emails(rand, i),
    phones: (i) => phones(rand, i),
    urls: (i) => (rand.chance(i, 'url', 80) ? []
      : [{ url: `https://people.sandbox.test/${i}`, type: 'url' }]),
    timezone: (i) => rand.pick(i, 'zone', [null, null, 'Europe/Oslo', 'Asia/Tokyo']),
    created_by: (i) => user(i, 'creator'),
    updated_by: (i) => (rand.chance(i, 'no editor', 30) ? null : user(i, 'editor')),
    date_created: (i) => created()[i],
    date_updated: (i) => updated()[i],
    custom: custom.values,
  };
  const table = new Table({ name: 'contact', columns, entries: { custom: custom.entry },
    times: TIMES, count, clock, idOf: (i) => rand.id('cont', i) });
  table.linkParents('lead_id', leads, lead);
  return table;
}

const PERIODS = ['one_time', 'one_time', 'monthly', 'annual'];
const CONFIDENCES = [0, 10, 33, 50, 50, 67, 90, 100];

function money(rand, i) {
  if (i === 1) return Number.MAX_SAFE_INTEGER;
  if (i === 2) return 2 ** 53;
  const kind = rand.below(i, 'money', 100);
  if (kind < 8) return null;
  if (kind < 11) return 0;
  if (kind < 40) return 1 + rand.below(i, 'cents', 99_999);
  if (kind < 97) return 100 * (1 + rand.below(i, 'units', 500_000));
  return rand.wide(i, 'huge', 1e13) * 2 + 1;
}

function opportunityTable({ seed, count, clock, organization, leads, contacts, pickContact }) {
  const rand = new Rand(seed, 'opportunity');
  const lead = kept(count, (i) => rand.below(i, 'lead', Math.max(1, leads.base)));
  const created = lazy(() => createdColumn(rand, count,
    (i) => leads.columns.date_created(lead(i))));
  const updated = lazy(() => updatedColumn(rand, created()));
  const user = (i, field) => rand.pick(i, field, organization.users).id;
  const status = kept(count, (i) => rand.pick(i, 'status', organization.oppStatuses));
  const custom = customMaker(rand, organization, 'opportunity', { pickContact });
  const closing = (i) => created()[i] + rand.wide(i, 'closing', 300 * DAY);
  const contactOf = (i) => {
    const { lists: { starts, members } } = contacts.link('lead_id');
    const from = starts[lead(i)];
    const n = starts[lead(i) + 1] - from;
    if (n === 0 || rand.chance(i, 'no contact', 40)) return null;
    return contacts.ids[members[from + rand.below(i, 'contact', n)]];
  };
  const columns = {
    lead_id: (i) => leads.ids[lead(i)],
    contact_id: contactOf,
    user_id: kept(count, (i) => (rand.chance(i, 'no owner', 3) ? null : user(i, 'owner'))),
    status_id: (i) => status(i).id,
    value: kept(count, (i) => money(rand, i)),
    value_period: kept(count, (i) => rand.pick(i, 'period', PERIODS)),
    confidence: kept(count, (i) => rand.pick(i, 'confidence', CONFIDENCES)),
    note: (i) => (i % 331 === 5 ? longText(rand, i, 'long')
      : rand.chance(i, 'note', 50) ? '' : sentence(rand, i, 'text', 6)),
    // Not cleared when an opportunity moves back, so a few open ones have it too (close 4.3).
    date_won: (i) => (status(i).type === 'won' || rand.chance(i, 'won once', 6)
      ? new Date(closing(i)).toISOString().slice(0, 10) : null),
    date_lost: (i) => (status(i).type === 'lost' ? closing(i) : null),
    is_stalled: (i) => status(i).type === 'active' && rand.chance(i, 'stalled', 25),
    created_by: (i) => (rand.chance(i, 'no creator', 5) ? null : user(i, 'creator')),
    updated_by: (i) => (rand.chance(i, 'no editor', 20) ? null : user(i, 'editor')),
    date_created: (i) => created()[i],
    date_updated: (i) => updated()[i],
    custom: custom.values,
  };
  const table = new Table({ name: 'opportunity', columns, entries: { custom: custom.entry },
    times: [...TIMES, 'date_lost'], count, clock, idOf: (i) => rand.id('oppo', i) });
  table.linkParents('lead_id', leads, lead);
  return table;
}

const DEFAULT_COUNTS = { leads: 1000, users: 12 };

export function fillCounts(given) {
  const leads = given.leads ?? DEFAULT_COUNTS.leads;
  return { leads, contacts: given.contacts ?? Math.round(leads * 1.5),
    opportunities: given.opportunities ?? Math.round(leads * 0.6),
    tasks: given.tasks ?? Math.round(leads * 0.5), activities: given.activities ?? leads * 2,
    users: given.users ?? DEFAULT_COUNTS.users };
}

// By the name that search uses for the type. What belongs to a lead needs one.
export function makeTables({ seed, counts: asked, clock, organization }) {
  const counts = asked.leads === 0
    ? { ...asked, opportunities: 0, tasks: 0, activities: 0 } : asked;
  const contactIds = new Rand(seed, 'contact');
  const pickContact = counts.contacts === 0 ? undefined
    : (u) => contactIds.id('cont', u % counts.contacts);
  const leads = leadTable({ seed, count: counts.leads, clock, organization, pickContact });
  const contacts = contactTable({ seed, count: counts.contacts, clock, organization, leads });
  const opportunities = opportunityTable({ seed, clock, organization, leads, contacts,
    pickContact, count: counts.opportunities });
  const world = { seed, clock, organization, leads, contacts, opportunities };
  const split = splitActivities(counts);
  const tasks = taskTable({ ...world, count: counts.tasks, activities: split });
  return { lead: leads, contact: contacts, opportunity: opportunities, task: tasks,
    ...activityTables({ ...world, tasks, counts: split }) };
}
