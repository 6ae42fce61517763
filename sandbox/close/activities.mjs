// The activity lists: all types together, and one per type (close 4.5, 9.6).

import { LATEST } from '../core/table.mjs';
import { ACTIVITY_TYPES, ACTIVITY_WORDS } from './activity_types.mjs';
import { fieldError } from './errors.mjs';
import { candidates, checkOrganization, dateParams, idList, instantFilters, orderBy, sortBy,
  valueList } from './list_filters.mjs';
import { limitsOf, warnUnknown } from './lists.mjs';
import { commaList, paging, slicePage, wantedFields } from './params.mjs';

const DATES = ['date_created', 'activity_at'];
const OPS = ['__gt', '__gte', '__lt', '__lte'];
const COMMON = ['_limit', '_skip', '_fields', '_order_by', 'id__in', 'lead_id', 'contact_id',
  'user_id', '_type', 'organization_id', ...dateParams(DATES, OPS)];
const OF_ALL = ['lead_id__in', 'user_id__in', 'contact_id__in', '_type__in'];
const BY_PERSON = ['user_id', 'contact_id', '_type'];
const WORD_OF = new Map(ACTIVITY_TYPES.map(({ table, word }) => [table, word]));

// {ids, leads}: id__in, and the leads that lead_id and lead_id__in leave; null = not given.
function keysOf(world, params) {
  const lists = ['lead_id', 'lead_id__in'].filter((name) => params[name] !== undefined)
    .map((name) => valueList(world, params[name]));
  return { ids: params.id__in === undefined ? null : idList(world, params.id__in),
    leads: lists.length === 0 ? null
      : lists.reduce((a, b) => a.filter((lead) => b.includes(lead))) };
}

function checkTypes(values) {
  const bad = values.find((v) => !ACTIVITY_WORDS.includes(v) && !v.startsWith('actitype_'));
  if (bad !== undefined) throw fieldError('_type', `"${bad}" is not a valid activity type`);
}

// Who and which type: promised together with a single lead only; else a switch decides.
function personFilters(world, request, single, read) {
  const out = [];
  const allowed = single ? 'honour' : world.switches.get('activity_filters');
  for (const name of BY_PERSON) {
    for (const param of [name, `${name}__in`]) {
      if (request.params[param] === undefined) continue;
      const values = valueList(world, request.params[param]);
      if (name === '_type') checkTypes(values);
      if (allowed === '400') throw fieldError(param, 'This filter requires a single lead_id.');
      if (allowed === 'ignore') request.warnings.push(`${param} ignored without a single lead_id`);
      else out.push((slot) => values.includes(read(slot, name)));
    }
  }
  return out;
}

// Only the date filters of the current sort field may be used.
function checkDates(params, field) {
  const other = DATES.find((name) => name !== field);
  const wrong = dateParams([other], OPS).find((name) => params[name] !== undefined);
  if (wrong) {
    throw fieldError(wrong, `Only the date filters of the sort field ${field} can be used.`);
  }
}

function sortOf(world, request, single) {
  const asked = request.params._order_by;
  if (asked === 'activity_at') throw fieldError('_order_by', '"activity_at" is not a valid order');
  const order = orderBy(world, asked, DATES);
  if (order?.name === 'activity_at' && !single) {
    throw fieldError('_order_by', 'Sorting by activity_at requires a single lead_id.');
  }
  return order ?? { name: 'date_created', sign: -1 };
}

// The parameters an activity list takes. Those that the reference declares for all types only are
// sent to the typed lists too; whether they work there is a switch. Gives the request without the
// rest.
function taken(world, request, type) {
  const declared = type === null;
  const honoured = declared || world.switches.get('activity_order') === 'honour';
  const known = [...COMMON, ...(declared ? OF_ALL : []),
    ...(type?.path === 'status_change/opportunity' ? ['opportunity_id'] : [])];
  const names = honoured ? known : known.filter((name) => name !== '_order_by'
    && (name !== '_fields' || type.path === 'meeting'));
  warnUnknown(world, request, names);
  return { ...request, params: Object.fromEntries(Object.entries(request.params)
    .filter(([name]) => names.includes(name))) };
}

// `type` is one of ACTIVITY_TYPES, or null for all.
export const listActivities = (type) => (world, asked) => {
  const table = type === null ? world.activities : world.tables[type.table];
  const request = taken(world, asked, type);
  const { params } = request;
  const range = paging(params, limitsOf(world, 'activity'));
  checkOrganization(world, params);
  const { ids, leads } = keysOf(world, params);
  const single = leads?.length === 1;
  const order = sortOf(world, request, single);
  checkDates(params, order.name);
  const word = (slot) => WORD_OF.get(type?.table ?? table.at(slot).table.name);
  const read = (slot, field) => (field === '_type' ? word(slot)
    : table.get(slot, field, LATEST) ?? null);
  const filters = [...personFilters(world, request, single, read),
    ...instantFilters(world, request, DATES, read)];
  if (ids && leads) filters.push((slot) => leads.includes(read(slot, 'lead_id')));
  if (params.opportunity_id !== undefined) {
    const wanted = commaList(params.opportunity_id);
    filters.push((slot) => wanted.includes(read(slot, 'opportunity_id')));
  }
  let slots = candidates(world, table, { field: 'date_created', ids, leads,
    request: order.name === 'date_created' ? request : null,
    descending: order.name !== 'date_created' || order.sign < 0 });
  if (filters.length && !world.mutants.has('filter_ignored')) {
    slots = slots.filter((slot) => filters.every((f) => f(slot)));
  }
  if (order.name === 'activity_at') {
    slots = sortBy(world, slots, (slot) => read(slot, 'activity_at'), order.sign);
  }
  const { page, hasMore } = slicePage(slots, range, world.mutants, world.ownWrites);
  return { data: renderActivities(world, type, page, request), has_more: hasMore };
};

function renderActivities(world, type, page, request) {
  const wanted = wantedFields(request.params);
  return page.map((code) => {
    const { table, slot } = type === null ? world.activities.at(code)
      : { table: world.tables[type.table], slot: code };
    return world.renderer.row(table.name, slot, wanted);
  });
}
