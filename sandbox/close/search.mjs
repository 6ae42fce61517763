// POST /data/search/ (close 5): the envelope, sorting, counting, cursors and the answer.

import { ApiError, fieldError, searchError } from './errors.mjs';
import { compareNullable } from './list_filters.mjs';
import { tzOffset } from './params.mjs';
import { fieldSet } from './render.mjs';
import { SearchFields } from './search_fields.mjs';
import { narrowed } from './search_narrow.mjs';
import { possibleTypes, QueryCompiler, ROW_TYPES } from './search_query.mjs';

const CAP = 10_000;
const KNOWN = ['query', '_fields', 'sort', '_limit', 'results_limit', 'include_counts', 'cursor'];
const FAST = ['date_created', 'date_updated'];

// Matches of several types travel as one number each.
const pack = (type, slot) => slot * ROW_TYPES.length + ROW_TYPES.indexOf(type);
const unpack = (code) => [ROW_TYPES[code % ROW_TYPES.length],
  Math.floor(code / ROW_TYPES.length)];

function wholeOrNull(body, name, fallback, max) {
  const value = body[name];
  if (value === undefined || value === null) return fallback;
  if (!Number.isInteger(value) || value < 0) {
    throw fieldError(name, 'Input should be a valid integer');
  }
  if (value > max) throw fieldError(name, `Input should be less than or equal to ${max}`);
  return value;
}

function envelope(world, request) {
  const body = request.json;
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new ApiError(400, { error: 'The body must be a JSON object.' });
  }
  for (const key of Object.keys(body)) {
    if (!KNOWN.includes(key)) request.warnings.push(`unknown search key ${key} ignored`);
  }
  return { body, limit: wholeOrNull(body, '_limit', 100, 200),
    resultsLimit: wholeOrNull(body, 'results_limit', null, Infinity) };
}

// {type: Set of names, or null for id only}, after the checks of close 3.4.
function selectors(world, body, request) {
  const given = body._fields ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw fieldError('_fields', 'Input should be a valid dictionary');
  }
  const shape = world.switches.get('search_error');
  const out = {};
  for (const [type, names] of Object.entries(given)) {
    if (!Array.isArray(names) || names.some((name) => typeof name !== 'string')) {
      throw fieldError('_fields', 'Input should be a list of strings');
    }
    if (names.length > world.switches.number('search_selector_max')) {
      throw searchError('List is too long.', shape, '_fields');
    }
    for (const name of names) {
      const id = /^custom\.(cf_.*)$/.exec(name)?.[1];
      if (id && !world.organization.fieldsOf(type).some((f) => f.id === id)) {
        throw searchError(`Field '${name}' does not belong to type '${type}'`, shape, '_fields');
      }
      if (!id && name !== 'custom' && !world.renderer.fields[type]?.[name]) {
        request.warnings.push(`unknown selector ${name} ignored`);
      }
    }
    out[type] = fieldSet(names);
  }
  return out;
}

function sortKeys(world, body, fields, fail) {
  const sort = body.sort ?? [];
  if (!Array.isArray(sort)) throw fail('sort must be a list');
  return sort.map((entry) => {
    const { direction, field } = entry ?? {};
    if (!['asc', 'desc'].includes(direction)) throw fail('direction must be asc or desc');
    const sign = (direction === 'asc') === !world.mutants.has('order_reversed') ? 1 : -1;
    const custom = field?.type === 'custom_field';
    const name = custom ? field.custom_field_id : field?.field_name;
    const probe = custom ? world.organization.fieldById.has(name)
      : fields.regular(field?.object_type, name);
    if (!probe) throw fail(`Field '${name}' does not belong to type '${field?.object_type}'`);
    const of = (type) => (custom ? fields.custom(type, name)
      : field.object_type === type ? fields.regular(type, name) : null);
    return { sign, name, custom, type: field.object_type, of };
  });
}

// A small part of the table is cheaper to sort than the whole is to walk through.
const FEW = 16;

// Matches in the order of one date column; stops early once nobody can ask for more.
function inDateOrder(world, { type, test, key, view, countAll, few }) {
  const table = world.tables[type];
  const order = few?.field === key.name ? few.slots : table.order(key.name, view);
  const out = [];
  let total = 0;
  let edge;
  for (let k = 0; k < order.length; k++) {
    const slot = order[key.sign > 0 ? k : order.length - 1 - k];
    if (out.length > CAP) {
      edge ??= table.get(out[out.length - 1], key.name, view);
      const tied = table.get(slot, key.name, view) === edge;
      if (!tied && !countAll) break;
      if (test(slot)) {
        total++;
        if (tied) out.push(slot);
      }
    } else if (test(slot)) {
      total++;
      out.push(slot);
    }
  }
  const slots = Int32Array.from(out);
  if (world.switches.get('search_ties') === 'random') {
    world.shuffleTies(slots, table, key.name, view);
  }
  return { codes: Array.from(slots, (slot) => pack(type, slot)), total };
}

function sortValue(value) {
  const first = Array.isArray(value) ? value[0] : value;
  if (first === undefined || first === null) return null;
  return typeof first === 'string' ? first.toLowerCase() : first;
}

// Calls take(type, slot) for every match, in no order.
function eachMatch(world, { types, tests, view, few }, take) {
  types.forEach((type, t) => {
    const table = world.tables[type];
    const look = (slot) => {
      if (table.alive(slot, view) && tests[t](slot)) take(type, slot);
    };
    if (few[t]) few[t].slots.forEach(look);
    else for (let slot = 0; slot < table.size; slot++) look(slot);
  });
}

function countOnly(world, asked) {
  let total = 0;
  eachMatch(world, asked, () => { total++; });
  return { codes: [], total };
}

function inAnyOrder(world, asked) {
  const { keys, view } = asked;
  const rows = [];
  eachMatch(world, asked, (type, slot) => {
    const values = keys.map((key) => sortValue(key.of(type)?.read(slot, view)));
    rows.push({ code: pack(type, slot), values });
  });
  let nulls = world.switches.get('search_null_order');
  if (world.mutants.has('null_order')) nulls = nulls === 'first' ? 'last' : 'first';
  const random = world.switches.get('search_ties') === 'random';
  const tie = random ? world.tieBreaker() : (code) => code;
  rows.sort((a, b) => {
    for (let k = 0; k < keys.length; k++) {
      const order = compareNullable(a.values[k], b.values[k], keys[k].sign, nulls);
      if (order !== 0) return order;
    }
    return tie(a.code) - tie(b.code) || a.code - b.code;
  });
  return { codes: rows.map((row) => row.code), total: rows.length };
}

// {codes, total}: packed matches in the order asked for, and how many there are.
function matchesOf(world, asked, { walk, resultsLimit, countAll }) {
  if (resultsLimit === 0) return countOnly(world, asked);
  if (!walk) return inAnyOrder(world, asked);
  const { types, tests, keys, view, few } = asked;
  return inDateOrder(world, { type: types[0], test: tests[0], key: keys[0], view, few: few[0],
    countAll });
}

// {types, tests, context}: what the query asks of each type it can return.
function compiled(world, request, query, fields, fail) {
  const { types, emptyType } = possibleTypes(world, query);
  const context = { fields, fail, view: world.indexView(), pinned: types.length <= 1,
    offset: tzOffset(request, world.switches), now: world.clock.now(), warnings: request.warnings };
  const compiler = new QueryCompiler(world, context);
  const forgets = world.mutants.has('index_forgets');
  const tests = types.map((type) => {
    const test = compiler.compile(query, type);
    return forgets ? (slot) => slot % 50 !== 7 && test(slot) : test;
  });
  // A query that can return nothing is still checked.
  if (types.length === 0 && !emptyType) compiler.compile(query, 'lead');
  return { types, tests, context };
}

function run(world, request, { body, resultsLimit }) {
  const shape = world.switches.get('search_error');
  const fail = (text) => searchError(text, shape);
  const fields = new SearchFields(world);
  const { types, tests, context } = compiled(world, request, body.query, fields, fail);
  const { view } = context;
  const keys = sortKeys(world, body, fields, fail);
  if (types.length === 1) {
    const wrong = keys.find((key) => !key.of(types[0]));
    if (wrong) throw fail(`Field '${wrong.name}' does not belong to type '${types[0]}'`);
  }
  const few = types.map((type) => narrowed(world, body.query, type, context));
  const byDate = types.length === 1 && keys.length === 1 && !keys[0].custom
    && FAST.includes(keys[0].name) && keys[0].type === types[0];
  const walk = byDate && (!few[0] || few[0].field === keys[0].name
    || few[0].slots.length * FEW > world.tables[types[0]].size);
  const asked = { types, tests, keys, view, few };
  const { codes, total } = matchesOf(world, asked, { walk, resultsLimit,
    countAll: body.include_counts === true });
  const limited = resultsLimit === null ? total : Math.min(total, resultsLimit);
  return { codes: resultsLimit === null ? codes : codes.slice(0, resultsLimit), total, limited };
}

function resume(world, cursor) {
  const state = world.cursors.find(cursor);
  if (!state) throw new ApiError(400, { 'field-errors': { cursor: 'Expired cursor' } });
  if (state.position >= CAP) {
    throw new ApiError(400, { 'field-errors': {
      cursor: `A query cannot return more than ${CAP} objects` } });
  }
  return state;
}

function counts(world, { total, limited }) {
  const cap = world.switches.get('search_count_cap') === 'exact' ? Infinity : CAP;
  const off = world.mutants.has('total_off_by_one') ? 1 : 0;
  return { limited: Math.min(limited, cap) + off, total: Math.min(total, cap) + off };
}

// Search spells some timestamps with a space (close 4, "Timestamps").
function spacedTimes(world, type) {
  const style = world.switches.get('search_timestamps');
  if (style === 'T') return [];
  return style === 'mixed' ? ['date_created'] : world.tables[type].times;
}

function renderMatch(world, code, wanted, view) {
  const [type, slot] = unpack(code);
  const names = wanted[type];
  if (!names) return { __object_type: type, id: world.tables[type].ids[slot] };
  return world.renderer.row(type, slot, names, view, { spaced: spacedTimes(world, type),
    custom: world.switches.get('search_custom_selector') });
}

export function searchEndpoint(world, request) {
  const asked = envelope(world, request);
  const { body, limit } = asked;
  const wanted = selectors(world, body, request);
  world.cursors.prune();
  const state = body.cursor ? resume(world, body.cursor)
    : { ...run(world, request, asked), position: 0 };
  const end = Math.min(state.position + limit, CAP);
  const view = world.indexView();
  const data = state.codes.slice(state.position, end)
    .filter((code) => {
      const [type, slot] = unpack(code);
      return world.tables[type].alive(slot, view);
    })
    .map((code) => renderMatch(world, code, wanted, view));
  let more = end < state.codes.length && limit > 0;
  if (world.mutants.has('has_more_early')) more = end + limit < state.codes.length;
  const skip = world.mutants.has('cursor_off_by_one') ? 1 : 0;
  const cursor = more ? world.cursors.issue({ ...state, position: end + skip }) : null;
  request.cursor = cursor;
  return { data, cursor, ...(body.include_counts === true && { count: counts(world, state) }) };
}
