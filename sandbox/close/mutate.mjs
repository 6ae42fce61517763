// Edits made by somebody else, through the control port or a fault: rows change, time stamps move,
// the index follows later. Values are written in the API's own spelling.

import { Rand } from '../core/hash.mjs';
import { LATEST } from '../core/table.mjs';
import { blankRow, newId } from './new_rows.mjs';
import { formatPhone } from './phones.mjs';
import { parseTime } from './times.mjs';

const PLURALS = { leads: 'lead', contacts: 'contact', opportunities: 'opportunity', tasks: 'task',
  notes: 'activity.note', calls: 'activity.call', emails: 'activity.email', sms: 'activity.sms',
  meetings: 'activity.meeting' };
const inserted = new Rand(0x5eed, 'inserted');

function checkedLists(name, value) {
  if (!Array.isArray(value)) throw new Error(`${name} must be a list`);
  if (name === 'emails') {
    return value.map((e) => ({ type: 'office', is_unsubscribed: false, ...e }));
  }
  if (name === 'phones') {
    return value.map((p) => ({ type: 'office', phone_formatted: formatPhone(p.phone),
      country: null, tz_ids: [], outbound_sms_blocked: false, ...p }));
  }
  return value;
}

// Reads a row in the API's spelling into stored values; unknown names are an error here, because
// a test that misspells a column wants to know.
function readRow(world, object, row, base) {
  const out = { ...base, ...(base.custom && { custom: { ...base.custom } }) };
  for (const [name, value] of Object.entries(row)) {
    if (name.startsWith('custom.')) {
      const id = name.slice('custom.'.length);
      const known = base.custom && world.organization.fieldById.has(id);
      if (!known) throw new Error(`unknown custom field ${id}`);
      if (value === null) delete out.custom[id];
      else out.custom[id] = value;
    } else if (world.tables[object].times.includes(name)) {
      const at = value === null ? null : parseTime(value);
      if (value !== null && at === null) throw new Error(`${name} is not a time: ${value}`);
      out[name] = at;
    } else if (['emails', 'phones', 'urls', 'addresses'].includes(name)) {
      out[name] = checkedLists(name, value);
    } else if (Object.hasOwn(world.tables[object].columns, name)) out[name] = value;
    else if (name !== 'id') throw new Error(`${object} has no settable field ${name}`);
  }
  return out;
}

export function cascade(world, leadId) {
  for (const table of Object.values(world.tables)) {
    if (table === world.tables.lead) continue;
    for (const slot of table.childrenOf('lead_id', leadId, LATEST)) table.delete(slot);
  }
}

// One edit; returns the row as the API gives it, or null after a delete.
export function applyRowOp(world, { object: name, op, id, row = {} }) {
  const object = PLURALS[name] ?? name;
  const table = world.tables[object];
  if (!table) throw new Error(`unknown object ${name}`);
  const now = world.clock.now();
  if (op === 'insert') {
    const rowId = id ?? row.id ?? newId(inserted, world, object, row);
    const base = { id: rowId, date_created: now, date_updated: now, ...blankRow(world, object) };
    const slot = table.insert({ ...readRow(world, object, row, base), id: rowId });
    return world.renderer.row(object, slot);
  }
  const slot = table.slot(id ?? row.id);
  if (slot === undefined || !table.alive(slot, LATEST)) throw new Error(`no ${object} ${id}`);
  if (op === 'delete') {
    table.delete(slot);
    if (object === 'lead') cascade(world, table.ids[slot]);
    return null;
  }
  if (op !== 'update') throw new Error(`op must be insert, update or delete, not ${op}`);
  const patch = readRow(world, object, row, { ...table.row(slot, LATEST), date_updated: now });
  table.update(slot, { ...patch, id: table.ids[slot] });
  return world.renderer.row(object, slot);
}
