// What the keys of the text query language mean for each object (close 5.6).

import { LATEST } from '../core/table.mjs';
import { containsPhrase, tokensOf } from './analysis.mjs';
import { displayName } from './render.mjs';
import { parseTime } from './times.mjs';

const MINUTE = 60_000;
const DAY = 86_400_000;
const UNITS = { minute: MINUTE, hour: 60 * MINUTE, day: DAY, week: 7 * DAY, month: 30 * DAY,
  year: 365 * DAY };

const COMPARE = { '<': (a, b) => a < b, '>': (a, b) => a > b, '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b, '=': (a, b) => a === b, ':': (a, b) => a === b };

// Any value of a list may match; nothing matches a missing one.
const anyOf = (read, test) => (slot) => {
  const value = read(slot);
  if (value === null || value === undefined) return false;
  return Array.isArray(value) ? value.some(test) : test(value);
};

function textKey(read, op, value) {
  if (op !== ':' && op !== '=') return null;
  if (value === '*') return anyOf(read, (text) => text !== '');
  const words = tokensOf(value);
  return anyOf(read, (text) => containsPhrase(tokensOf(String(text)), words));
}

function closedKey(read, op, value) {
  if (op !== ':' && op !== '=') return null;
  const wanted = value.toLowerCase();
  return anyOf(read, (text) => value === '*' || String(text).toLowerCase() === wanted);
}

function numberKey(read, op, value, fail) {
  const bound = Number(value);
  if (value !== '*' && Number.isNaN(bound)) throw fail(`${value} is not a number`);
  return anyOf(read, (n) => value === '*' || COMPARE[op](Number(n), bound));
}

function dayRange(value, { now, offset }) {
  const shift = offset * 3_600_000;
  const today = Math.floor((now + shift) / DAY) * DAY - shift;
  const word = value.toLowerCase();
  const named = { today: 0, yesterday: -1, tomorrow: 1 }[word];
  if (named !== undefined) return [today + named * DAY, today + (named + 1) * DAY];
  const ago = /^(\d+) (minute|hour|day|week|month|year)s? ago$/.exec(word);
  if (ago) {
    const at = now - Number(ago[1]) * UNITS[ago[2]];
    return [at, at + MINUTE];
  }
  const at = parseTime(value, offset);
  return at === null ? null : [at, at + (value.length <= 10 ? DAY : MINUTE)];
}

// Minute precision (close 10 #9).
function dateKey(read, op, value, when, fail) {
  if (value === '*') return anyOf(read, () => true);
  const range = dayRange(value, when);
  if (!range) throw fail(`${value} is not a date`);
  const [from, to] = range.map((ms) => Math.floor(ms / MINUTE));
  const minute = (v) => Math.floor((typeof v === 'number' ? v : parseTime(v)) / MINUTE);
  const tests = { ':': (m) => m >= from && m < to, '=': (m) => m >= from && m < to,
    '<': (m) => m < from, '>=': (m) => m >= from, '<=': (m) => m < to, '>': (m) => m >= to };
  return anyOf(read, (v) => tests[op](minute(v)));
}

// Resolves `custom.cf_X` and `custom.Field Name`.
function customKey(world, object, key, op, value, when, fail) {
  const name = key.slice('custom.'.length);
  const fields = world.organization.fieldsOf(object);
  const field = fields.find((f) => f.id === name) ?? fields.find((f) => f.name === name);
  if (!field) throw fail(`unknown custom field ${name}`);
  const read = (slot) => world.tables[object].get(slot, 'custom', LATEST)[field.id];
  if (field.type === 'number') return numberKey(read, op, value, fail);
  if (['date', 'datetime'].includes(field.type)) return dateKey(read, op, value, when, fail);
  if (['choices', 'user', 'contact'].includes(field.type)) return closedKey(read, op, value);
  return textKey(read, op, value);
}

function makeKeys(world, object, { texts, closed, numbers, dates, nested, words }, offset, fail) {
  const when = { now: world.clock.now(), offset };
  return {
    // A bare word is a phrase prefix over the whole object, a quoted one a phrase.
    text: (value, quoted) => {
      const wanted = tokensOf(value);
      return (slot) => words(slot).some((text) =>
        containsPhrase(tokensOf(text ?? ''), wanted, !quoted));
    },
    key: (key, op, value) => {
      if (key.startsWith('custom.')) {
        return customKey(world, object, key, op, value, when, fail);
      }
      const has = (kind) => Object.hasOwn(kind, key);
      if (has(texts)) return textKey(texts[key], op, value);
      if (has(closed)) return closedKey(closed[key], op, value);
      if (has(numbers)) return numberKey(numbers[key], op, value, fail);
      return has(dates) ? dateKey(dates[key], op, value, when, fail) : null;
    },
    nested: (key) => (Object.hasOwn(nested, key) ? nested[key]() : null),
  };
}

const get = (world, object, field) => (slot) => world.tables[object].get(slot, field, LATEST);

function dateKeys(world, object) {
  const created = get(world, object, 'date_created');
  const updated = get(world, object, 'date_updated');
  return { created, date_created: created, updated, date_updated: updated };
}

// Sequences are the one kind this organization has none of: known words that match nothing.
function absentNested() {
  const keys = { text: () => () => false, key: () => () => false,
    nested: (key) => (key === 'sequence_subscription' ? absentNested() : null) };
  return { keys, members: () => [] };
}

const absent = { sequence_subscription: absentNested };
const none = () => null;

// The words for kinds of activity below a lead, and their tables.
const KINDS = { call: 'activity.call', sms: 'activity.sms', email: 'activity.email',
  note_activity: 'activity.note', meeting: 'activity.meeting',
  status_change: 'activity.lead_status_change', task: 'task' };
const DIRECTIONS = { inbound: 'incoming', outbound: 'outgoing' };

function activityKeys(world, name, offset, fail) {
  const { columns, ids } = world.tables[name];
  const of = (field) => (Object.hasOwn(columns, field) ? get(world, name, field) : none);
  const status = (which) => (slot) =>
    world.organization.leadStatusById.get(of(`${which}_status_id`)(slot))?.label;
  const user = (slot) => world.renderer.userName(of('user_id')(slot));
  const texts = ['note', 'subject', 'text', 'title', 'body_text'].map(of);
  return makeKeys(world, name, { texts: { note: of('note'), subject: of('subject'),
    text: of('text'), title: of('title'), user },
  closed: { id: (slot) => ids[slot], status: of('status'), type: of('_type'),
    direction: (slot) => DIRECTIONS[of('direction')(slot)] ?? of('direction')(slot),
    old_status: status('old'), new_status: status('new') },
  numbers: { duration: of('duration') },
  dates: { ...dateKeys(world, name), date: name === 'task' ? of('date') : of('date_created') },
  nested: {}, words: (slot) => texts.map((read) => read(slot)) }, offset, fail);
}

function contactKeys(world, offset, fail) {
  const { contact } = world.tables;
  const emails = (slot) => contact.get(slot, 'emails', LATEST).map((e) => e.email);
  const phones = (slot) => contact.get(slot, 'phones', LATEST).map((p) => p.phone);
  const name = get(world, 'contact', 'name');
  const title = get(world, 'contact', 'title');
  return makeKeys(world, 'contact', { texts: { name, title, email: emails, email_address: emails,
    phone: phones }, closed: { id: (slot) => contact.ids[slot] }, numbers: {},
  dates: dateKeys(world, 'contact'), nested: absent,
  words: (slot) => [name(slot), title(slot), ...emails(slot), ...phones(slot)] }, offset, fail);
}

function opportunityKeys(world, offset, fail) {
  const { organization, renderer, tables } = world;
  const of = (field) => get(world, 'opportunity', field);
  const status = (slot) => organization.oppStatusById.get(of('status_id')(slot));
  const label = (slot) => status(slot)?.label;
  const type = (slot) => status(slot)?.type;
  const user = (slot) => renderer.userName(of('user_id')(slot));
  const leadSlot = (slot) => tables.lead.slot(of('lead_id')(slot));
  const leadName = (slot) => (leadSlot(slot) === undefined ? null
    : tables.lead.get(leadSlot(slot), 'name', LATEST));
  return makeKeys(world, 'opportunity', {
    texts: { note: of('note'), user, user_name: user, lead_name: leadName },
    closed: { id: (slot) => tables.opportunity.ids[slot], status: label,
      opportunity_status: label, status_label: label, status_id: of('status_id'),
      opportunity_status_type: type, status_type: type, user_id: of('user_id'),
      lead_id: of('lead_id'), value_period: of('value_period') },
    numbers: { value: of('value'), confidence: of('confidence') },
    dates: { ...dateKeys(world, 'opportunity'), date_won: of('date_won') },
    nested: absent,
    words: (slot) => [of('note')(slot), label(slot), user(slot), leadName(slot)],
  }, offset, fail);
}

function leadKeys(world, offset, fail) {
  const { organization, tables } = world;
  const of = (field) => get(world, 'lead', field);
  const members = (object) => (slot) => tables[object].childrenOf('lead_id', tables.lead.ids[slot],
    LATEST);
  const contacts = members('contact');
  const opportunities = members('opportunity');
  const all = (rows, read) => (slot) => rows(slot).flatMap((s) => read(s) ?? []);
  const from = (object, field) => (slot) => tables[object].get(slot, field, LATEST);
  const emails = all(contacts, (s) => from('contact', 'emails')(s).map((e) => e.email));
  const phones = all(contacts, (s) => from('contact', 'phones')(s).map((p) => p.phone));
  const status = (slot) => organization.leadStatusById.get(of('status_id')(slot))?.label;
  const oppStatus = (part) => all(opportunities, (s) =>
    organization.oppStatusById.get(from('opportunity', 'status_id')(s))?.[part]);
  const name = of('name');
  const display = (slot) => displayName(world, slot, LATEST);
  const counters = { contacts: (slot) => contacts(slot).length,
    opportunities: (slot) => opportunities(slot).length,
    addresses: (slot) => of('addresses')(slot).length };
  const activities = Object.fromEntries(Object.entries(KINDS).map(([word, table]) =>
    [word, members(table)]));
  for (const [word, kind] of [['calls', 'call'], ['emails', 'email'], ['sms_messages', 'sms'],
    ['tasks', 'task'], ['notes', 'note_activity'], ['meetings', 'meeting']]) {
    counters[word] = (slot) => activities[kind](slot).length;
  }
  const views = world.views.filter((view) => view.type === 'lead');
  const inViews = (slot) => views.filter((view) => world.viewTest(view, 'lead', offset)(slot))
    .map((view) => view.name);
  const has = (slot) => Object.keys(counters).filter((word) => counters[word](slot) > 0);
  return makeKeys(world, 'lead', {
    texts: { name, company: name, display_name: display, description: of('description'),
      url: of('url'), email_address: emails, email: emails, phone: phones,
      note: all(activities.note_activity, from('activity.note', 'note')),
      contact_name: all(contacts, from('contact', 'name')) },
    closed: { id: (slot) => tables.lead.ids[slot], status, lead_status: status,
      status_id: of('status_id'), opportunity_status: oppStatus('label'),
      opportunity_status_type: oppStatus('type'), has, in: inViews, sequence: none },
    numbers: { ...counters,
      'opportunities.value': all(opportunities, from('opportunity', 'value')),
      'opportunities.confidence': all(opportunities, from('opportunity', 'confidence')) },
    dates: dateKeys(world, 'lead'),
    nested: { ...absent,
      ...Object.fromEntries(Object.entries(KINDS).map(([word, table]) => [word, () =>
        ({ keys: activityKeys(world, table, offset, fail), members: activities[word] })])),
      contact: () => ({ keys: contactKeys(world, offset, fail), members: contacts }),
      opportunity: () => ({ keys: opportunityKeys(world, offset, fail),
        members: opportunities }) },
    words: (slot) => [name(slot), of('description')(slot), of('url')(slot), ...emails(slot),
      ...phones(slot), ...all(contacts, from('contact', 'name'))(slot)],
  }, offset, fail);
}

export function textKeys(world, object, offset, fail) {
  return (object === 'lead' ? leadKeys : opportunityKeys)(world, offset, fail);
}
