// Edits made by somebody else, through the control port or a fault. Values are written as the API
// writes them; decimals may be texts, so that digits survive which no double has.

import { renderRecord } from './render.mjs';

const OPS = ['insert', 'update', 'delete', 'undelete', 'purge'];
const FRACTIONS = ['double', 'currency', 'percent'];

function timeOf(text) {
  const m = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?Z?$/.exec(text);
  if (!m) throw new Error(`not a time: ${text}`);
  return ((Number(m[1]) * 60 + Number(m[2])) * 60 + Number(m[3])) * 1000
    + Number((m[4] ?? '0').padEnd(3, '0'));
}

function momentOf(text) {
  const at = Date.parse(String(text).replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  if (Number.isNaN(at)) throw new Error(`not a datetime: ${text}`);
  return at;
}

function stored(field, value) {
  if (value === null) return field.type === 'boolean' ? false : null;
  if (FRACTIONS.includes(field.type)) {
    if (!/^-?\d+(\.\d+)?$/.test(String(value))) throw new Error(`not a plain decimal: ${value}`);
    return String(value);
  }
  if (field.type === 'datetime') return momentOf(value);
  if (field.type === 'time') return timeOf(value);
  return value === '' ? null : value;
}

function readRow(store, row) {
  const out = {};
  for (const [name, value] of Object.entries(row)) {
    const field = store.object.field(name);
    if (!field || !(field.name in store.columns)) {
      throw new Error(`${store.object.name} has no settable field ${name}`);
    }
    out[field.name] = stored(field, value);
  }
  return out;
}

// Datetimes have no fractions of a second (salesforce §4.3).
function stamps(store, now, names) {
  const at = Math.floor(now / 1000) * 1000;
  return Object.fromEntries(names.filter((name) => name in store.columns)
    .map((name) => [name, at]));
}

function blankRow(store, userId) {
  const out = {};
  for (const name of Object.keys(store.columns)) {
    const field = store.object.allFields.find((known) => known.name === name);
    const owned = ['OwnerId', 'CreatedById', 'LastModifiedById'].includes(name);
    out[name] = field.type === 'boolean' ? false : owned ? userId : null;
  }
  return out;
}

function apply(provider, store, { op, id, row = {} }) {
  const now = provider.clock.now();
  const changed = stamps(store, now, ['LastModifiedDate', 'SystemModstamp']);
  if (op === 'insert') {
    return store.insert({ ...blankRow(store, provider.userId), ...changed,
      ...stamps(store, now, ['CreatedDate']), ...readRow(store, row) });
  }
  const index = store.indexOf(id);
  if (index < 0) throw new Error(`no ${store.object.name} ${id}`);
  const softly = 'IsDeleted' in store.columns;
  if (op === 'update') store.update(index, { ...changed, ...readRow(store, row) });
  else if (op === 'undelete') store.update(index, { ...changed, IsDeleted: false });
  else if (op === 'delete' && softly) store.update(index, { ...changed, IsDeleted: true });
  else store.purge(index);
  return index;
}

// One edit; returns the row as the API gives it, or null for one that is gone.
export function applyRowOp(provider, { object: name, op, ...rest }) {
  const object = provider.schema.object(name);
  if (!object) throw new Error(`unknown object ${name}`);
  if (!OPS.includes(op)) throw new Error(`op must be one of ${OPS.join(', ')}`);
  const store = provider.world.store(object.name);
  const index = apply(provider, store, { op, ...rest });
  provider.world.revision++;
  if (['delete', 'purge'].includes(op)) return null;
  return renderRecord(object, provider.world.rowAt(object.name, index), object.fields,
    provider.newest);
}
