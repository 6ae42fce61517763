// What a body may set, and how a value is checked and rewritten on the way in (close 4.1-4.5, 6).
// What Close swallows silently is swallowed here too, and noted as a warning in the log.

import { LATEST } from '../core/table.mjs';
import { ApiError, fieldError } from './errors.mjs';
import { formatPhone } from './phones.mjs';
import { isDate, parseTime } from './times.mjs';

const PERIODS = ['one_time', 'monthly', 'annual'];
const ADDRESS_PARTS = ['address_1', 'address_2', 'city', 'state', 'zipcode', 'country'];

// Text that was not given, or cleared, reads back as "" for some fields (close 4, "Empty text").
export const text = (name, empty = null) => (value) => {
  if (value === null) return empty;
  if (typeof value !== 'string') throw fieldError(name, 'Input should be a valid string');
  return value;
};

export function list(name, value, make) {
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
export function phone(given) {
  const digits = String(given.phone ?? '').replace(/\D/g, '');
  if (digits.length < 5) {
    throw fieldError('phones', `"${given.phone}" is not a valid phone number.`);
  }
  const local = !/^\s*(\+|00)/.test(given.phone);
  const full = `+${local ? `1${digits}` : digits.replace(/^00/, '')}`;
  return { type: given.type ?? 'office', phone: full, phone_formatted: formatPhone(full),
    country: local ? 'US' : null, tz_ids: [], outbound_sms_blocked: false };
}

export function reference(world, object, name) {
  return (value) => {
    const slot = world.tables[object].slot(value);
    if (slot === undefined || !world.tables[object].alive(slot, LATEST)) {
      throw fieldError(name, 'Object does not exist.');
    }
    return value;
  };
}

export function userReference(world, name) {
  return (value) => {
    if (value !== null && !world.organization.userById.has(value)) {
      throw fieldError(name, 'Object does not exist.');
    }
    return value;
  };
}

export function wholeNumber(name, low, high) {
  return (value) => {
    if (value === null) return null;
    if (!Number.isInteger(value) || value < low || value > high) {
      throw fieldError(name, 'Input should be a valid integer');
    }
    return value;
  };
}

export function leadStatus(world, find, given) {
  const status = world.organization.leadStatuses.find(find);
  if (status) return status.id;
  throw fieldError('status', 'Not a valid choice. Please go to Customizations in your organization '
    + `settings and add "${given}" to the list of lead statuses.`);
}

function taskWriters(world) {
  const flag = (name) => (v) => {
    if (typeof v !== 'boolean') throw fieldError(name, 'Input should be a valid boolean');
    return v;
  };
  const oneOf = (name, words) => (v) => {
    if (!words.includes(v)) throw fieldError(name, 'Not a valid choice.');
    return v;
  };
  return { assigned_to: userReference(world, 'assigned_to'), is_complete: flag('is_complete'),
    is_dateless: flag('is_dateless'), priority: oneOf('priority', ['medium', 'high']),
    resolution: oneOf('resolution', [null, 'abandoned', 'skipped']),
    date: (v) => {
      if (v !== null && parseTime(v) === null) throw fieldError('date', 'Not a valid date.');
      return v;
    } };
}

const CALL_STATUSES = ['created', 'in-progress', 'completed', 'cancel', 'no-answer', 'busy',
  'failed', 'timeout'];

export function instant(name) {
  return (value) => {
    const at = value === null ? null : parseTime(value);
    if (value !== null && at === null) throw fieldError(name, 'Not a valid datetime.');
    return at;
  };
}

function activityWriters(world, object) {
  const contact = reference(world, 'contact', 'contact');
  const common = { contact_id: (v) => (v === null ? null : contact(v)),
    activity_at: instant('activity_at') };
  if (object === 'activity.note') {
    return { ...common, note: text('note', ''), title: text('title'),
      pinned: (v) => v === true, attachments: (v) => list('attachments', v, (a) => ({
        url: String(a.url), filename: String(a.filename),
        content_type: String(a.content_type) })) };
  }
  return { ...common, note: text('note'), user_id: userReference(world, 'user'),
    duration: wholeNumber('duration', 0, 2 ** 31 - 1), outcome_id: text('outcome_id'),
    phone: (v) => (v === null ? null : phone({ phone: v }).phone),
    voicemail_url: text('voicemail_url'),
    status: (v) => {
      if (!CALL_STATUSES.includes(v)) throw fieldError('status', 'Not a valid choice.');
      return v;
    } };
}

function writersOf(world, object) {
  if (object === 'task') return taskWriters(world);
  if (object.startsWith('activity.')) return activityWriters(world, object);
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
export function applyBody(world, object, request, row, handled) {
  const body = request.json;
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new ApiError(400, { error: 'The body must be a JSON object.' });
  }
  const writers = writersOf(world, object);
  const out = { ...row, ...(row.custom && { custom: { ...row.custom } }) };
  for (const [key, value] of Object.entries(body)) {
    if (out.custom && key.startsWith('custom.')) writeCustom(world, object, key, value, out.custom);
    else if (Object.hasOwn(writers, key)) out[key] = writers[key](value);
    else if (!handled.includes(key)) request.warnings.push(`unknown property ${key} ignored`);
  }
  return out;
}
