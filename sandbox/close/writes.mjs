// Creating, patching and deleting leads, contacts and opportunities (close 6, 4.1-4.3). What Close
// swallows silently is swallowed here too, and noted as a warning in the log.

import { Rand } from '../core/hash.mjs';
import { LATEST } from '../core/table.mjs';
import { ApiError, fieldError, notFound } from './errors.mjs';
import { formatPhone } from './data.mjs';
import { cascade } from './mutate.mjs';
import { tzOffset, wantedFields } from './params.mjs';
import { isDate, parseTime } from './times.mjs';

const MODELS = { lead: 'Lead', contact: 'Contact', opportunity: 'Opportunity' };
const PREFIX = { lead: 'lead', contact: 'cont', opportunity: 'oppo' };
const PERIODS = ['one_time', 'monthly', 'annual'];
const ADDRESS_PARTS = ['address_1', 'address_2', 'city', 'state', 'zipcode', 'country'];
const created = new Rand(0xc0de, 'created');

// Text that was not given, or cleared, reads back as "" for some fields (close 4, "Empty text").
const text = (name, empty = null) => (value) => {
  if (value === null) return empty;
  if (typeof value !== 'string') throw fieldError(name, 'Input should be a valid string');
  return value;
};

function list(name, value, make) {
  if (value === null) return [];
  if (!Array.isArray(value) || value.some((v) => v === null || typeof v !== 'object')) {
    throw fieldError(name, 'Input should be a valid list');
  }
  return value.map(make);
}

function address(given) {
  const out = { label: given.label ?? 'business' };
  for (const part of ADDRESS_PARTS) out[part] = given[part] ?? '';
  return { ...out, tz_ids: [] };
}

function email(given) {
  if (!/^[^\s@]+@[^\s@]+$/.test(given.email ?? '')) {
    throw fieldError('emails', `"${given.email}" is not a valid email address.`);
  }
  return { type: given.type ?? 'office', email: given.email.trim(), is_unsubscribed: false };
}

// Stored as E.164; a local number gets the organization's country (close 4.2).
function phone(given) {
  const digits = String(given.phone ?? '').replace(/\D/g, '');
  if (digits.length < 5) {
    throw fieldError('phones', `"${given.phone}" is not a valid phone number.`);
  }
  const local = !/^\s*(\+|00)/.test(given.phone);
  const full = `+${local ? `1${digits}` : digits.replace(/^00/, '')}`;
  return { type: given.type ?? 'office', phone: full, phone_formatted: formatPhone(full),
    country: local ? 'US' : null, tz_ids: [], outbound_sms_blocked: false };
}

function reference(world, object, name) {
  return (value) => {
    const slot = world.tables[object].slot(value);
    if (slot === undefined || !world.tables[object].alive(slot, LATEST)) {
      throw fieldError(name, 'Object does not exist.');
    }
    return value;
  };
}

function userReference(world, name) {
  return (value) => {
    if (value !== null && !world.organization.userById.has(value)) {
      throw fieldError(name, 'Object does not exist.');
    }
    return value;
  };
}

function wholeNumber(name, low, high) {
  return (value) => {
    if (value === null) return null;
    if (!Number.isInteger(value) || value < low || value > high) {
      throw fieldError(name, 'Input should be a valid integer');
    }
    return value;
  };
}

function leadStatus(world, find, given) {
  const status = world.organization.leadStatuses.find(find);
  if (status) return status.id;
  throw fieldError('status', 'Not a valid choice. Please go to Customizations in your organization '
    + `settings and add "${given}" to the list of lead statuses.`);
}

function writersOf(world, object) {
  if (object === 'lead') {
    return { name: text('name'), description: text('description', ''), url: text('url'),
      addresses: (v) => list('addresses', v, address),
      status_id: (v) => leadStatus(world, (s) => s.id === v, v) };
  }
  if (object === 'contact') {
    return { name: text('name'), title: text('title', ''),
      emails: (v) => list('emails', v, email), phones: (v) => list('phones', v, phone),
      urls: (v) => list('urls', v, (u) => ({ url: String(u.url), type: u.type ?? 'url' })) };
  }
  const contact = reference(world, 'contact', 'contact');
  return { contact_id: (v) => (v === null ? null : contact(v)),
    user_id: userReference(world, 'user'), note: text('note', ''),
    value: wholeNumber('value', 0, 2 ** 53), confidence: (v) =>
      wholeNumber('confidence', 0, 100)(v) ?? 50,
    value_period: (v) => {
      if (!PERIODS.includes(v)) throw fieldError('value_period', 'Not a valid choice.');
      return v;
    },
    date_won: (v) => {
      if (v === null) return null;
      if (parseTime(v) === null) throw fieldError('date_won', 'Input should be a valid date');
      return isDate(v) ? v : new Date(parseTime(v)).toISOString().slice(0, 10);
    } };
}

function checkCustom(field, key, value) {
  for (const v of Array.isArray(value) ? value : [value]) {
    const fine = { choices: () => field.choices.includes(v), number: () => typeof v === 'number',
      date: () => isDate(v ?? ''), datetime: () => parseTime(v) !== null,
      hidden: () => true }[field.type] ?? (() => typeof v === 'string');
    if (!fine()) throw fieldError(key, `"${v}" is not a valid value for ${field.name}.`);
  }
}

// custom.cf_X sets or clears; .add and .remove edit a list on PUT (close 4.14).
function writeCustom(world, object, key, value, custom) {
  const [, id, edit] = /^custom\.(.*?)(?:\.(add|remove))?$/s.exec(key);
  const field = world.organization.fieldsOf(object).find((f) => f.id === id);
  if (!field) throw fieldError(key, 'Custom field does not exist.');
  if (value !== null) checkCustom(field, key, value);
  const before = custom[id] === undefined ? [] : [].concat(custom[id]);
  let after = value;
  if (edit === 'add') after = before.includes(value) ? before : [...before, value];
  else if (edit === 'remove') after = before.filter((v) => v !== value);
  else if (field.multi && value !== null && !Array.isArray(value)) after = [value];
  if (!field.multi && Array.isArray(after)) {
    throw fieldError(key, 'This field does not accept multiple values.');
  }
  if (after === null || (Array.isArray(after) && after.length === 0)) delete custom[id];
  else custom[id] = after;
}

// Applies the known keys of a body to a row; `handled` are those the caller deals with itself.
function applyBody(world, object, request, row, handled) {
  const body = request.json;
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new ApiError(400, { error: 'The body must be a JSON object.' });
  }
  const writers = writersOf(world, object);
  const out = { ...row, custom: { ...row.custom } };
  for (const [key, value] of Object.entries(body)) {
    if (key.startsWith('custom.')) writeCustom(world, object, key, value, out.custom);
    else if (Object.hasOwn(writers, key)) out[key] = writers[key](value);
    else if (!handled.includes(key)) request.warnings.push(`unknown property ${key} ignored`);
  }
  return out;
}

function stamp(world, object, row) {
  const now = world.clock.now();
  const me = world.organization.users[0].id;
  return { id: created.id(PREFIX[object], world.tables[object].size), created_by: me,
    date_created: now, custom: {}, ...row, updated_by: me, date_updated: now };
}

function save(world, object, row) {
  const slot = world.tables[object].insert(row);
  world.ownWrites++;
  world.changed();
  return slot;
}

const BLANK = {
  lead: { name: null, description: '', url: null, addresses: [], source: 'api' },
  contact: { name: null, title: '', emails: [], phones: [], urls: [], timezone: null },
  opportunity: { contact_id: null, value: null, value_period: 'one_time', confidence: 50, note: '',
    date_won: null, date_lost: null, is_stalled: false },
};

function newLead(world, fields = {}) {
  const row = stamp(world, 'lead', { ...BLANK.lead,
    status_id: world.organization.leadStatuses[0].id, ...fields });
  save(world, 'lead', row);
  return row.id;
}

function statusLabel(world, body) {
  if (typeof body.status !== 'string' || body.status_id !== undefined) return {};
  return { status_id: leadStatus(world, (s) => s.label === body.status, body.status) };
}

function createLead(world, request) {
  const row = applyBody(world, 'lead', request, stamp(world, 'lead', { ...BLANK.lead,
    status_id: world.organization.leadStatuses[0].id }), ['contacts', 'status']);
  Object.assign(row, statusLabel(world, request.json));
  const nested = list('contacts', request.json.contacts ?? null, (given) => applyBody(world,
    'contact', { json: given, warnings: request.warnings }, BLANK.contact, []));
  const slot = save(world, 'lead', row);
  for (const contact of nested) {
    save(world, 'contact', stamp(world, 'contact', { ...contact, lead_id: row.id }));
  }
  return slot;
}

// Without lead_id a new lead appears, named after the contact (close 4.2).
function createContact(world, request) {
  const row = applyBody(world, 'contact', request, stamp(world, 'contact', BLANK.contact),
    ['lead_id']);
  const { lead_id: lead } = request.json;
  row.lead_id = lead === undefined || lead === null ? newLead(world, { name: row.name })
    : reference(world, 'lead', 'lead')(lead);
  return save(world, 'contact', row);
}

function opportunityStatus(world, { status_id: id, pipeline_id: pipelineId }) {
  const { organization } = world;
  const pipeline = pipelineId === undefined || pipelineId === null ? null
    : organization.pipelines.find((p) => p.id === pipelineId);
  if (pipeline === undefined) throw fieldError('pipeline', 'Object does not exist.');
  if (id === undefined || id === null) {
    return (pipeline ?? organization.pipelines[0]).statuses[0].id;
  }
  const status = organization.oppStatusById.get(id);
  if (!status || (pipeline && status.pipeline !== pipeline)) {
    throw fieldError('status', 'Not a valid choice.');
  }
  return id;
}

// Moving to a won status dates it with the caller's today; moving back clears nothing (close 4.3).
function wonAndLost(world, request, row) {
  const { type } = world.organization.oppStatusById.get(row.status_id);
  const now = world.clock.now();
  if (type === 'won' && row.date_won === null) {
    const local = now + tzOffset(request, world.switches) * 3_600_000;
    row.date_won = new Date(local).toISOString().slice(0, 10);
  }
  if (type === 'lost' && row.date_lost === null) row.date_lost = now;
}

function createOpportunity(world, request) {
  const body = request.json;
  const row = applyBody(world, 'opportunity', request, stamp(world, 'opportunity',
    { ...BLANK.opportunity, user_id: world.organization.users[0].id }),
  ['lead_id', 'status_id', 'pipeline_id', 'date_created', 'created_by']);
  row.status_id = opportunityStatus(world, body);
  if (body.date_created !== undefined) {
    row.date_created = parseTime(body.date_created);
    if (row.date_created === null) throw fieldError('date_created', 'Not a valid datetime.');
  }
  if (body.created_by !== undefined) {
    row.created_by = userReference(world, 'created_by')(body.created_by);
  }
  wonAndLost(world, request, row);
  if (body.lead_id) row.lead_id = reference(world, 'lead', 'lead')(body.lead_id);
  else if (world.switches.get('opportunity_without_lead') === 'create') {
    row.lead_id = newLead(world);
  } else throw fieldError('lead', 'This field is required.');
  return save(world, 'opportunity', row);
}

const CREATE = { lead: createLead, contact: createContact, opportunity: createOpportunity };

function answerRow(world, object, slot, request) {
  return world.renderer.row(object, slot, wantedFields(request.params));
}

export const createRow = (object) => (world, request) =>
  answerRow(world, object, CREATE[object](world, request), request);

function existing(world, object, id) {
  const slot = world.tables[object].slot(id);
  if (slot === undefined || !world.tables[object].alive(slot, LATEST)) {
    throw notFound(MODELS[object]);
  }
  return slot;
}

const HANDLED = { lead: ['status', 'contacts'], contact: ['lead_id'], opportunity: ['status_id'] };

// PUT patches: absent keys stay, lists are replaced as a whole.
export const updateRow = (object) => (world, request, id) => {
  const table = world.tables[object];
  const slot = existing(world, object, id);
  const row = applyBody(world, object, request, table.row(slot, LATEST), HANDLED[object]);
  const body = request.json;
  if (object === 'lead') {
    Object.assign(row, statusLabel(world, body));
    if (body.contacts !== undefined) request.warnings.push('contacts of a lead cannot be PUT');
  }
  if (object === 'contact' && body.lead_id !== undefined) {
    if (world.switches.get('contact_move') === 'move') {
      row.lead_id = reference(world, 'lead', 'lead')(body.lead_id);
    } else request.warnings.push('lead_id of a contact ignored');
  }
  if (object === 'opportunity' && body.status_id !== undefined) {
    row.status_id = opportunityStatus(world, { status_id: body.status_id });
    wonAndLost(world, request, row);
  }
  table.update(slot, { ...row, updated_by: world.organization.users[0].id,
    date_updated: world.clock.now() });
  world.ownWrites++;
  world.changed();
  return answerRow(world, object, slot, request);
};

export const deleteRow = (object) => (world, request, id) => {
  const slot = existing(world, object, id);
  world.tables[object].delete(slot);
  if (object === 'lead') cascade(world, id);
  world.ownWrites++;
  world.changed();
  return {};
};
