// The opportunity list: filters, orders, aggregates and groups (close 4.3).

import { LATEST } from '../core/table.mjs';
import { fieldError } from './errors.mjs';
import { descending, limitsOf, renderPage, total, warnUnknown } from './lists.mjs';
import { annualized, expected, formatMoney, plain } from './money.mjs';
import { booleanParam, commaList, dateParam, paging, slicePage, timeParam, tzOffset }
  from './params.mjs';
import { compileTextQuery } from './text_query.mjs';

const TYPES = ['active', 'won', 'lost'];
const PERIODS = ['one_time', 'monthly', 'annual'];
const DATE_OPS = ['', '__gt', '__gte', '__lt', '__lte'];
const DATE_FIELDS = ['date_won', 'date_created', 'date_updated'];
const LISTED = ['user_id', 'status_id', 'status_type', 'status_label', 'status', 'value_period'];
const KNOWN = ['_limit', '_skip', '_fields', '_order_by', '_group_by', 'lead_id', 'is_stalled',
  'query', 'lead_query', 'lead_saved_search_id', 'organization_id',
  ...LISTED.flatMap((name) => [name, `${name}__in`]),
  ...DATE_FIELDS.flatMap((field) => DATE_OPS.map((op) => field + op))];

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
      let values = key === name ? [params[key]] : commaList(params[key]);
      if (world.mutants.has('last_value_ignored') && values.length > 1) {
        values = values.slice(0, -1);
      }
      checkVocabulary(name, values);
      const wanted = new Set(values);
      out.push((slot) => wanted.has(read[name](slot)));
    }
  }
}

const COMPARE = {
  '': (a, b) => a === b, __gt: (a, b) => a > b, __gte: (a, b) => a >= b,
  __lt: (a, b) => a < b, __lte: (a, b) => a <= b,
};
const SWAPPED = { __gt: '__gte', __gte: '__gt', __lt: '__lte', __lte: '__lt', '': '' };

// Instants compare in whole seconds by default: list parameters are no finer (close 10 #9).
function dateFilters(world, request, read, out) {
  const { params } = request;
  const offset = tzOffset(request, world.switches);
  const unit = world.switches.get('list_date_precision') === 'second' ? 1000 : 1;
  const floor = (ms) => Math.floor(ms / unit);
  for (const field of DATE_FIELDS) {
    for (const op of DATE_OPS) {
      const name = field + op;
      if (params[name] === undefined) continue;
      const compare = COMPARE[world.mutants.has('bounds_swapped') ? SWAPPED[op] : op];
      if (field === 'date_won') {
        const bound = dateParam(params, name);
        out.push((slot) => {
          const day = read.get(slot, field);
          return day !== null && compare(day, bound);
        });
      } else {
        const bound = floor(timeParam(params, name, offset));
        out.push((slot) => compare(floor(read.get(slot, field)), bound));
      }
    }
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
    throw fieldError('lead_saved_search', 'Object does not exist.');
  }
}

function filtersOf(world, request) {
  const { params } = request;
  const read = reader(world);
  const out = [];
  if (params.lead_id) out.push((slot) => read.get(slot, 'lead_id') === params.lead_id);
  if (params.organization_id && params.organization_id !== world.organization.id) {
    throw fieldError('organization', 'Object does not exist.');
  }
  if (params.is_stalled !== undefined) {
    const wanted = booleanParam(params, 'is_stalled');
    out.push((slot) => Boolean(read.get(slot, 'is_stalled')) === wanted);
  }
  listedFilters(world, params, read, out);
  if (params.pipeline_id !== undefined && world.switches.get('pipeline_filter') === 'honour') {
    const wanted = new Set(commaList(params.pipeline_id));
    out.push((slot) => wanted.has(read.pipeline_id(slot)));
  }
  dateFilters(world, request, read, out);
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

function ordered(world, slots, orderBy) {
  if (!orderBy) return slots;
  let sign = orderBy.startsWith('-') ? -1 : 1;
  const name = orderBy.replace(/^-/, '');
  if (!ORDERS.includes(name)) {
    throw fieldError('_order_by', `"${orderBy}" is not one of ${ORDERS.join(', ')}`);
  }
  if (world.mutants.has('order_reversed')) sign = -sign;
  const key = sortKey(world, name);
  const keys = new Map();
  for (const slot of slots) keys.set(slot, key(slot));
  let nulls = world.switches.get('list_null_order');
  if (world.mutants.has('null_order')) nulls = nulls === 'first' ? 'last' : 'first';
  const random = world.switches.get('list_ties') === 'random';
  const tie = random ? world.tieBreaker() : (slot) => slot;
  return slots.sort((a, b) => compareNullable(keys.get(a), keys.get(b), sign, nulls)
    || tie(a) - tie(b));
}

function aggregates(world, slots) {
  const { opportunity } = world.tables;
  const rounding = world.switches.get('expected_rounding');
  const counts = {};
  const sums = {};
  for (const slot of slots) {
    const period = opportunity.get(slot, 'value_period', LATEST);
    counts[period] = (counts[period] ?? 0) + 1;
    const value = opportunity.get(slot, 'value', LATEST) ?? null;
    if (value === null) continue;
    const worth = expected(value, opportunity.get(slot, 'confidence', LATEST), rounding);
    for (const [kind, v] of [['total', BigInt(value)], ['expected', worth]]) {
      const yearly = `${kind}_value_annualized`;
      sums[`${kind}_value_${period}`] = (sums[`${kind}_value_${period}`] ?? 0n) + v;
      sums[yearly] = (sums[yearly] ?? 0n) + annualized(v, period);
    }
  }
  const out = { count_by_value_period: counts };
  for (const kind of ['total', 'expected']) {
    for (const part of [...PERIODS, 'annualized']) {
      const name = `${kind}_value_${part}`;
      const sum = sums[name] ?? 0n;
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
  const filters = filtersOf(world, request);
  let slots = descending(world, world.tables.opportunity, 'date_created');
  if (filters.length) slots = slots.filter((slot) => filters.every((f) => f(slot)));
  slots = ordered(world, slots, params._order_by);
  const result = params._group_by ? grouped(world, slots, request, range) : null;
  const { page, hasMore } = slicePage(slots, range, world.mutants, world.ownWrites);
  const data = result?.data ?? renderPage(world, 'opportunity', page, request);
  const counted = world.mutants.has('aggregates_of_page') ? page : slots;
  return { data, has_more: result?.hasMore ?? hasMore,
    total_results: total(world, slots.length), ...aggregates(world, counted) };
}
