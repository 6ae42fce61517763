// The task list (close 4.4): without `_type` only tasks of type lead.

import { LATEST } from '../core/table.mjs';
import { TASK_TYPES } from './data_tasks.mjs';
import { fieldError } from './errors.mjs';
import { candidates, checkOrganization, comparison, dateParams, DATE_OPS, floorInstant, idList,
  instantFilters, orderBy, sortBy, valueList } from './list_filters.mjs';
import { limitsOf, renderPage, total, warnUnknown } from './lists.mjs';
import { booleanParam, paging, slicePage, timeParam, tzOffset } from './params.mjs';
import { taskView } from './render_activities.mjs';
import { parseTime } from './times.mjs';

const VIEWS = ['inbox', 'future', 'archive'];
const INSTANTS = ['date_created', 'date_updated'];
const KNOWN = ['_limit', '_skip', '_fields', '_order_by', '_type', '_type__in', 'id', 'id__in',
  'lead_id', 'assigned_to', 'is_complete', 'view', 'organization_id', 'format',
  ...dateParams(['date', 'due_date', ...INSTANTS])];
const DAY = 86_400_000;

// A set of types, or null for all.
function wantedTypes(world, params) {
  if (params._type === 'all') return null;
  let types = ['lead'];
  if (params._type__in !== undefined) types = valueList(world, params._type__in);
  if (params._type !== undefined) types = [params._type];
  const bad = types.find((type) => !TASK_TYPES.includes(type));
  if (bad !== undefined) throw fieldError('_type', `"${bad}" is not a valid task type`);
  return new Set(types);
}

// A date column holds days and instants; how the two compare is unconfirmed (switch).
function dateKey(world, offset) {
  const shift = offset * 3_600_000;
  const byDay = world.switches.get('task_date_compare') === 'day';
  const floor = floorInstant(world);
  return (at) => (byDay ? Math.floor((at + shift) / DAY) : floor(at));
}

// view=inbox and view=future override the upper and lower bound of date.
function overridden(params, name) {
  return (params.view === 'inbox' || params.view === 'future')
    && ['date__lt', 'date__gte'].includes(name);
}

function dateFilters(world, request, read) {
  const { params } = request;
  const offset = tzOffset(request, world.switches);
  const key = dateKey(world, offset);
  const out = [];
  for (const field of ['date', 'due_date']) {
    for (const op of DATE_OPS) {
      if (params[field + op] === undefined) continue;
      const bound = key(timeParam(params, field + op, offset));
      if (overridden(params, field + op)) continue;
      const compare = comparison(world, op);
      out.push((slot) => {
        const date = field === 'due_date' && read(slot, 'is_dateless') ? null : read(slot, 'date');
        return date !== null && compare(key(parseTime(date, offset)), bound);
      });
    }
  }
  return out;
}

function viewFilter(world, request, read) {
  const { view } = request.params;
  if (!VIEWS.includes(view)) {
    throw fieldError('view', `"${view}" is not one of ${VIEWS.join(', ')}`);
  }
  const offset = tzOffset(request, world.switches);
  const now = world.clock.now();
  return (slot) => taskView({ date: read(slot, 'date'), done: read(slot, 'is_complete'), now,
    offset }) === view;
}

function filtersOf(world, request, ids) {
  const { params } = request;
  const read = (slot, field) => world.tables.task.get(slot, field, LATEST) ?? null;
  const types = wantedTypes(world, params);
  const out = types === null ? [] : [(slot) => types.has(read(slot, '_type'))];
  checkOrganization(world, params);
  if (params.lead_id && ids) out.push((slot) => read(slot, 'lead_id') === params.lead_id);
  if (params.assigned_to) out.push((slot) => read(slot, 'assigned_to') === params.assigned_to);
  if (params.is_complete !== undefined) {
    const wanted = booleanParam(params, 'is_complete');
    out.push((slot) => read(slot, 'is_complete') === wanted);
  }
  if (params.view !== undefined) out.push(viewFilter(world, request, read));
  out.push(...dateFilters(world, request, read),
    ...instantFilters(world, request, INSTANTS, read));
  return world.mutants.has('filter_ignored') ? [] : out;
}

// id and id__in are ANDed like all parameters.
function wantedIds(world, params) {
  const many = params.id__in === undefined ? null : idList(world, params.id__in);
  if (params.id === undefined) return many;
  return many === null || many.includes(params.id) ? [params.id] : [];
}

export function listTasks(world, request) {
  const { params } = request;
  const table = world.tables.task;
  warnUnknown(world, request, KNOWN);
  const range = paging(params, limitsOf(world, 'task'));
  const order = orderBy(world, params._order_by, ['date', 'date_created']);
  const ids = wantedIds(world, params);
  const filters = filtersOf(world, request, ids);
  let slots = candidates(world, table, { field: 'date_created', request, ids,
    leads: params.lead_id ? [params.lead_id] : null,
    descending: order?.name !== 'date_created' || order.sign < 0 });
  if (filters.length) slots = slots.filter((slot) => filters.every((f) => f(slot)));
  if (order?.name === 'date') {
    const offset = tzOffset(request, world.switches);
    const key = dateKey(world, offset);
    slots = sortBy(world, slots, (slot) => {
      const date = table.get(slot, 'date', LATEST) ?? null;
      return date === null ? null : key(parseTime(date, offset));
    }, order.sign);
  }
  const { page, hasMore } = slicePage(slots, range, world.mutants, world.ownWrites);
  return { data: renderPage(world, 'task', page, request), has_more: hasMore,
    total_results: total(world, slots.length) };
}
