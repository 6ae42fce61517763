// What the offset lists share: where the rows that may match come from, and tests by date.

import { LATEST } from '../core/table.mjs';
import { fieldError } from './errors.mjs';
import { commaList, timeParam, tzOffset } from './params.mjs';

export const DATE_OPS = ['', '__gt', '__gte', '__lt', '__lte'];
const COMPARE = {
  '': (a, b) => a === b, __gt: (a, b) => a > b, __gte: (a, b) => a >= b,
  __lt: (a, b) => a < b, __lte: (a, b) => a <= b,
};
const SWAPPED = { __gt: '__gte', __gte: '__gt', __lt: '__lte', __lte: '__lt', '': '' };

export const dateParams = (fields, ops = DATE_OPS) =>
  fields.flatMap((field) => ops.map((op) => field + op));

export function comparison(world, op) {
  return COMPARE[world.mutants.has('bounds_swapped') ? SWAPPED[op] : op];
}

// Instants compare in whole seconds by default: list parameters are no finer (close 10 #9).
export function floorInstant(world) {
  const unit = world.switches.get('list_date_precision') === 'second' ? 1000 : 1;
  return (ms) => Math.floor(ms / unit);
}

// Tests on columns that hold instants; a missing value satisfies none.
export function instantFilters(world, request, fields, read) {
  const { params } = request;
  const offset = tzOffset(request, world.switches);
  const floor = floorInstant(world);
  const out = [];
  for (const field of fields) {
    for (const op of DATE_OPS) {
      if (params[field + op] === undefined) continue;
      const compare = comparison(world, op);
      const bound = floor(timeParam(params, field + op, offset));
      out.push((slot) => {
        const at = read(slot, field) ?? null;
        return at !== null && compare(floor(at), bound);
      });
    }
  }
  return out;
}

// The widest range of a column that its filters leave, in whole seconds; null = open.
function windowOf(world, request, field) {
  const offset = tzOffset(request, world.switches);
  let from = null;
  let to = null;
  for (const op of DATE_OPS) {
    if (request.params[field + op] === undefined) continue;
    const second = Math.floor(timeParam(request.params, field + op, offset) / 1000) * 1000;
    if (['', '__gt', '__gte'].includes(op)) from = Math.max(from ?? second, second);
    if (['', '__lt', '__lte'].includes(op)) to = Math.min(to ?? second + 999, second + 999);
  }
  return { from, to };
}

export function idList(world, text) {
  const ids = commaList(text);
  return world.mutants.has('id_in_drops_last') && ids.length > 1 ? ids.slice(0, -1) : ids;
}

export function valueList(world, text) {
  const values = commaList(text);
  return world.mutants.has('last_value_ignored') && values.length > 1 ? values.slice(0, -1)
    : values;
}

function slotsOfIds(table, ids) {
  const slots = new Set();
  for (const id of ids) {
    const slot = table.slot(id);
    if (slot !== undefined && table.alive(slot, LATEST)) slots.add(slot);
  }
  return [...slots];
}

function slotsOfLeads(world, table, leads) {
  const slots = [...new Set(leads)].flatMap((id) => table.childrenOf('lead_id', id, LATEST));
  if (world.mutants.has('wrong_lead')) {
    const other = table.order('date_created', LATEST)
      .find((slot) => !leads.includes(table.get(slot, 'lead_id', LATEST)));
    if (other !== undefined) slots.push(other);
  }
  return slots;
}

// Slots that may match, in the order of an instant column: those of the ids, or of the leads, or
// the window that the date filters of the request leave. `descending` is the default of all lists
// (close 3.1).
// Ties come in one stable order, or (switch) in another for every request.
export function candidates(world, table, { field, descending = true, ids, leads, request }) {
  const filtering = !world.mutants.has('filter_ignored');
  let slots;
  if (filtering && (ids || leads)) {
    const few = ids ? slotsOfIds(table, ids) : slotsOfLeads(world, table, leads);
    const key = (slot) => table.get(slot, field, LATEST) ?? -Infinity;
    slots = Int32Array.from(few).sort((a, b) => key(a) - key(b) || a - b);
  } else {
    const { from, to } = filtering && request ? windowOf(world, request, field)
      : { from: null, to: null };
    slots = table.between(field, from, to, LATEST).slice();
  }
  if (descending) slots.reverse();
  if (world.switches.get('list_ties') === 'random') world.shuffleTies(slots, table, field, LATEST);
  return slots;
}

export function checkOrganization(world, params) {
  if (params.organization_id && params.organization_id !== world.organization.id) {
    throw fieldError('organization', 'Object does not exist.');
  }
}

// Where nulls go is unconfirmed: at one end in both directions, or as an extreme value (switch).
export function compareNullable(a, b, sign, nulls) {
  if (a === null || b === null) {
    if (a === b) return 0;
    const first = nulls === 'first' || nulls === (sign > 0 ? 'smallest' : 'largest');
    return (a === null) === first ? -1 : 1;
  }
  if (a === b) return 0;
  return (a < b ? -1 : 1) * sign;
}

export function sortBy(world, slots, key, sign) {
  const keys = new Map();
  for (const slot of slots) keys.set(slot, key(slot));
  let nulls = world.switches.get('list_null_order');
  if (world.mutants.has('null_order')) nulls = nulls === 'first' ? 'last' : 'first';
  const random = world.switches.get('list_ties') === 'random';
  const tie = random ? world.tieBreaker() : (slot) => slot;
  return slots.sort((a, b) => compareNullable(keys.get(a), keys.get(b), sign, nulls)
    || tie(a) - tie(b));
}

// {name, sign} of an _order_by; undefined when there is none.
export function orderBy(world, text, allowed) {
  if (!text) return undefined;
  const name = text.replace(/^-/, '');
  if (!allowed.includes(name)) {
    throw fieldError('_order_by', `"${text}" is not one of ${allowed.join(', ')}`);
  }
  const sign = text.startsWith('-') ? -1 : 1;
  return { name, sign: world.mutants.has('order_reversed') ? -sign : sign };
}
