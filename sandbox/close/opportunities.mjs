// The opportunity list: filters, orders, aggregates and groups (close 4.3).

import { LATEST } from '../core/table.mjs';
import { fieldError } from './errors.mjs';
import { candidates, checkOrganization, comparison, compareNullable, dateParams, DATE_OPS,
  instantFilters, orderBy, sortBy, valueList } from './list_filters.mjs';
import { limitsOf, renderPage, total, warnUnknown } from './lists.mjs';
import { annualized, expected, formatMoney, MoneySum, plain } from './money.mjs';
import { booleanParam, commaList, dateParam, paging, slicePage, tzOffset } from './params.mjs';
import { compileTextQuery } from './text_query.mjs';

const TYPES = ['active', 'won', 'lost'];
const PERIODS = ['one_time', 'monthly', 'annual'];
const LISTED = ['user_id', 'status_id', 'status_type', 'status_label', 'status', 'value_period'];
const INSTANTS = ['date_created', 'date_updated'];
const KNOWN = ['_limit', '_skip', '_fields', '_order_by', '_group_by', 'lead_id', 'is_stalled',
  'query', 'lead_query', 'lead_saved_search_id', 'organization_id',
  ...LISTED.flatMap((name) => [name, `${name}__in`]),
  ...dateParams(['date_won', 'date_created', 'date_updated'])];

function reader(world) {
  const table = world.tables.opportunity;
  const status = (slot) => world.organization.oppStatusById.get(table.get(slot, 'status_id',
    LATEST));
  return {
    get: (slot, field) => table.get(slot, field, LATEST),
    user_id: (slot) => table.get(slot, 'user_id', LATEST),
    status_id: (slot) => table.get(slot, 'status_id', LATEST),
    value_period: (slot) => table.get(slot, 'value_period', LATEST),
    status_type: (slot) => status(slot)?.type,
    status_label: (slot) => status(slot)?.label,
    status: (slot) => status(slot)?.label,
    pipeline_id: (slot) => status(slot)?.pipeline.id,
  };
}

function checkVocabulary(name, values) {
  const allowed = { status_type: TYPES, value_period: PERIODS }[name];
  const bad = allowed && values.find((v) => !allowed.includes(v));
  if (bad !== undefined) throw fieldError(name, `"${bad}" is not one of ${allowed.join(', ')}`);
}

function listedFilters(world, params, read, out) {
  for (const name of LISTED) {
    for (const key of [name, `${name}__in`]) {
      if (params[key] === undefined) continue;
      const values = key === name ? [params[key]] : valueList(world, params[key]);
      checkVocabulary(name, values);
      const wanted = new Set(values);
      out.push((slot) => wanted.has(read[name](slot)));
    }
  }
}

function wonFilters(world, params, read, out) {
  for (const op of DATE_OPS) {
    if (params[`date_won${op}`] === undefined) continue;
    const compare = comparison(world, op);
    const bound = dateParam(params, `date_won${op}`);
    out.push((slot) => {
      const day = read.get(slot, 'date_won');
      return day !== null && compare(day, bound);
    });
  }
}

function queryFilters(world, request, read, out) {
  const { params } = request;
  const offset = tzOffset(request, world.switches);
  if (params.query) {
    out.push(compileTextQuery(world, 'opportunity', params.query, offset).matches);
  }
  if (params.lead_query) {
    const query = compileTextQuery(world, 'lead', params.lead_query, offset);
    out.push((slot) => {
      const lead = world.tables.lead.slot(read.get(slot, 'lead_id'));
      return lead !== undefined && query.matches(lead);
    });
  }
  if (params.lead_saved_search_id) {
    const view = world.views.find((known) => known.id === params.lead_saved_search_id);
    if (!view) throw fieldError('lead_saved_search', 'Object does not exist.');
    const matches = world.viewTest(view, 'lead', offset);
    out.push((slot) => matches(world.tables.lead.slot(read.get(slot, 'lead_id'))));
  }
}

function filtersOf(world, request) {
  const { params } = request;
  const read = reader(world);
  const out = [];
  checkOrganization(world, params);
  if (params.is_stalled !== undefined) {
    const wanted = booleanParam(params, 'is_stalled');
    out.push((slot) => Boolean(read.get(slot, 'is_stalled')) === wanted);
  }
  listedFilters(world, params, read, out);
  if (params.pipeline_id !== undefined && world.switches.get('pipeline_filter') === 'honour') {
    const wanted = new Set(commaList(params.pipeline_id));
    out.push((slot) => wanted.has(read.pipeline_id(slot)));
  }
  wonFilters(world, params, read, out);
  out.push(...instantFilters(world, request, INSTANTS, read.get));
  queryFilters(world, request, read, out);
  return world.mutants.has('filter_ignored') ? [] : out;
}

const ORDERS = ['date_won', 'date_updated', 'date_created', 'confidence', 'user_name', 'value',
  'annualized_value', 'annualized_expected_value'];

function sortKey(world, name) {
  const { opportunity } = world.tables;
  const get = (slot, field) => opportunity.get(slot, field, LATEST) ?? null;
  const rounding = world.switches.get('expected_rounding');
  const yearly = {
    user_name: (slot) => world.renderer.userName(get(slot, 'user_id')),
    annualized_value: (slot) => annualized(get(slot, 'value'), get(slot, 'value_period')),
    annualized_expected_value: (slot) => annualized(
      expected(get(slot, 'value'), get(slot, 'confidence'), rounding), get(slot, 'value_period')),
  };
  return yearly[name] ?? ((slot) => get(slot, name));
}

function aggregates(world, slots) {
  const { opportunity } = world.tables;
  const rounding = world.switches.get('expected_rounding');
  const counts = {};
  const sums = Object.fromEntries(PERIODS.map((period) =>
    [period, { total: new MoneySum(), expected: new MoneySum() }]));
  for (const slot of slots) {
    const period = opportunity.get(slot, 'value_period', LATEST);
    counts[period] = (counts[period] ?? 0) + 1;
    const value = opportunity.get(slot, 'value', LATEST) ?? null;
    if (value === null) continue;
    sums[period].total.add(value);
    sums[period].expected.add(expected(value, opportunity.get(slot, 'confidence', LATEST),
      rounding));
  }
  const out = { count_by_value_period: counts };
  for (const kind of ['total', 'expected']) {
    const parts = Object.fromEntries(PERIODS.map((period) => [period, sums[period][kind].value()]));
    parts.annualized = PERIODS.reduce((sum, period) => sum + annualized(parts[period], period), 0n);
    for (const [part, sum] of Object.entries(parts)) {
      const name = `${kind}_value_${part}`;
      out[name] = plain(sum);
      out[`${name}_formatted`] = sum === 0n ? null : formatMoney(sum);
    }
  }
  return out;
}

// ISO 8601 week: the year of its Thursday.
function isoWeek(date) {
  const day = new Date(date);
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const year = day.getUTCFullYear();
  return { weekyear: year, week: Math.ceil(((day - Date.UTC(year, 0, 1)) / 86_400_000 + 1) / 7) };
}

const PERIOD_GROUPS = {
  year: (d) => ({ year: d.getUTCFullYear() }),
  quarter: (d) => ({ year: d.getUTCFullYear(), quarter: Math.floor(d.getUTCMonth() / 3) + 1 }),
  month: (d) => ({ year: d.getUTCFullYear(), month: d.getUTCMonth() + 1 }),
  week: isoWeek,
};

function groupOf(world, groupBy) {
  const { opportunity } = world.tables;
  if (groupBy === 'user_id') {
    return (slot) => {
      const id = opportunity.get(slot, 'user_id', LATEST) ?? null;
      const name = world.renderer.userName(id);
      return { key: id, sort: name, label: { user_id: id, user_name: name } };
    };
  }
  const period = PERIOD_GROUPS[/^date_won__(week|month|quarter|year)$/.exec(groupBy)?.[1]];
  if (!period) throw fieldError('_group_by', `"${groupBy}" is not a valid grouping`);
  return (slot) => {
    const won = opportunity.get(slot, 'date_won', LATEST);
    if (won === null) {
      const label = Object.fromEntries(Object.keys(period(new Date(0))).map((k) => [k, null]));
      return { key: null, sort: null, label };
    }
    const label = period(new Date(`${won}T00:00:00Z`));
    const parts = Object.values(label).map((n) => String(n).padStart(2, '0'));
    return { key: parts.join('-'), sort: Object.values(label).reduce((a, n) => a * 100 + n, 0),
      label };
  };
}

// Paging counts objects, so the groups at both ends of a page can be cut; their sums are whole.
function grouped(world, slots, request, range) {
  const reversed = request.params._group_by.startsWith('-');
  const of = groupOf(world, request.params._group_by.replace(/^-/, ''));
  const groups = new Map();
  for (const slot of slots) {
    const group = of(slot);
    if (!groups.has(group.key)) groups.set(group.key, { ...group, slots: [] });
    groups.get(group.key).slots.push(slot);
  }
  const nulls = world.switches.get('group_null_order');
  const list = [...groups.values()].sort((a, b) =>
    compareNullable(a.sort, b.sort, reversed ? -1 : 1, nulls));
  const flat = list.flatMap((group) => group.slots);
  const { page, hasMore } = slicePage(flat, range, world.mutants, world.ownWrites);
  const onPage = new Set(page);
  const data = list.filter((group) => group.slots.some((slot) => onPage.has(slot)))
    .map((group) => ({ key: group.key, ...group.label,
      objects: renderPage(world, 'opportunity', group.slots.filter((s) => onPage.has(s)), request),
      total_results: group.slots.length, ...aggregates(world, group.slots) }));
  return { data, hasMore };
}

export function listOpportunities(world, request) {
  const { params } = request;
  const known = world.switches.get('pipeline_filter') === 'honour'
    ? [...KNOWN, 'pipeline_id'] : KNOWN;
  warnUnknown(world, request, known);
  const range = paging(params, limitsOf(world, 'opportunity'));
  const order = orderBy(world, params._order_by, ORDERS);
  const filters = filtersOf(world, request);
  const field = INSTANTS.includes(order?.name) ? order.name : 'date_created';
  let slots = candidates(world, world.tables.opportunity, { field, request,
    descending: order?.name !== field || order.sign < 0,
    leads: params.lead_id ? [params.lead_id] : null });
  if (filters.length) slots = slots.filter((slot) => filters.every((f) => f(slot)));
  if (order && order.name !== field) {
    slots = sortBy(world, slots, sortKey(world, order.name), order.sign);
  }
  const result = params._group_by ? grouped(world, slots, request, range) : null;
  const { page, hasMore } = slicePage(slots, range, world.mutants, world.ownWrites);
  const data = result?.data ?? renderPage(world, 'opportunity', page, request);
  const counted = world.mutants.has('aggregates_of_page') ? page : slots;
  return { data, has_more: result?.hasMore ?? hasMore,
    total_results: total(world, slots.length), ...aggregates(world, counted) };
}
