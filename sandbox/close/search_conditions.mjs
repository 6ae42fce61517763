// Conditions of a search (close 5.3): each compiles to a test of one non-null value.

import { textMatcher } from './analysis.mjs';
import { momentOf } from './moments.mjs';
import { isDate, parseTime } from './times.mjs';

const TEXT_MODES = ['full_words', 'beginning_of_words', 'exact_value', 'phrase'];
const REFERENCES = ['status.lead', 'status.opportunity', 'user_or_group', 'sequence'];
const OPEN_REFERENCES = ['contact', 'lead', 'pipeline', 'user', 'custom_object'];
const KEYS = { text: ['mode', 'value'], term: ['values'], boolean: ['value'], exists: [],
  reference: ['reference_type', 'object_ids'], number_range: ['gt', 'gte', 'lt', 'lte'],
  moment_range: ['on_or_after', 'before'], local_time: ['on_or_after', 'before'],
  current_user: [] };
// Which kinds of field a condition can be used on ("Use on" in close 5.3).
const KINDS = { text: ['text'], term: ['term'], boolean: ['boolean'], number_range: ['number'],
  reference: ['reference'], moment_range: ['time', 'date'], local_time: ['zone'],
  current_user: ['reference'] };

function stringList(list, name, { fail, world }) {
  if (!Array.isArray(list) || list.some((v) => typeof v !== 'string')) {
    throw fail(`${name} must be a list of strings`);
  }
  const cut = world.mutants.has('last_value_ignored') && list.length > 1;
  return cut ? list.slice(0, -1) : list;
}

function text({ mode, value }, field, { fail, world }) {
  if (!TEXT_MODES.includes(mode)) throw fail(`unknown text mode ${mode}`);
  if (typeof value !== 'string') throw fail('value must be a string');
  return textMatcher(mode, value, textOptions(world));
}

export function textOptions(world) {
  return { caseSensitive: world.switches.get('search_case') === 'sensitive',
    wholeWordsOnly: world.mutants.has('prefix_needs_word'),
    exactCase: world.switches.get('search_exact_case'),
    exactMax: world.switches.number('search_exact_max'),
    diacritics: world.switches.get('search_diacritics') };
}

function term({ values }, field, context) {
  const wanted = new Set(stringList(values, 'values', context));
  return (value) => wanted.has(value);
}

function reference({ reference_type: type, object_ids: ids }, field, context) {
  const { fail, world } = context;
  const open = world.switches.get('search_references') === 'accept' ? OPEN_REFERENCES : [];
  if (![...REFERENCES, ...open].includes(type)) throw fail(`unknown reference_type ${type}`);
  const same = type === field.reference || (type === 'user' && field.reference === 'user_or_group');
  if (!same) throw fail(`reference_type ${type} does not fit this field`);
  const me = world.organization.users[0].id;
  const wanted = new Set(stringList(ids, 'object_ids', context)
    .map((id) => (id === 'CURRENT_USER' && field.reference === 'user_or_group' ? me : id)));
  return (value) => wanted.has(value);
}

function numberRange(condition, field, { fail, world }) {
  const open = world.mutants.has('number_bounds_open');
  const tests = [];
  for (const [key, test] of [['gt', (b) => (v) => v > b], ['gte', (b) => (v) => v > b
    || (v === b && !open)], ['lt', (b) => (v) => v < b],
  ['lte', (b) => (v) => v < b || (v === b && !open)]]) {
    const bound = condition[key];
    if (bound === undefined || bound === null) continue;
    if (typeof bound !== 'number') throw fail(`${key} must be a number`);
    tests.push(test(bound));
  }
  return (value) => tests.every((t) => t(value));
}

// [on_or_after, before). A day counts as the caller's midnight of that day.
function momentRange(condition, field, context) {
  const { fail, world, offset } = context;
  const end = (key) => (condition[key] === undefined || condition[key] === null ? null
    : momentOf(condition[key], context, fail));
  const from = end('on_or_after');
  const to = end('before');
  const swapped = world.mutants.has('bounds_swapped');
  const open = world.mutants.has('keyset_bound_exclusive');
  return (value) => {
    const at = typeof value === 'number' ? value : parseTime(value, isDate(value) ? offset : 0);
    if (open && at === from) return false;
    if (swapped) return (from === null || at > from) && (to === null || at <= to);
    return (from === null || at >= from) && (to === null || at < to);
  };
}

function localTime(condition, field, { fail, now }) {
  for (const key of ['on_or_after', 'before']) {
    const text = condition[key];
    if (text !== undefined && text !== null && !/^\d\d:\d\d:\d\d$/.test(text)) {
      throw fail(`${key} must be HH:MM:SS`);
    }
  }
  const { on_or_after: from, before: to } = condition;
  return (zone) => {
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit',
      minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(now);
    return (!from || clock >= from) && (!to || clock < to);
  };
}

const COMPILE = { text, term, reference, number_range: numberRange, moment_range: momentRange,
  local_time: localTime,
  boolean: ({ value }, field, { fail }) => {
    if (typeof value !== 'boolean') throw fail('value must be a boolean');
    return (v) => v === value;
  },
  current_user: (condition, field, { world }) => {
    const me = world.organization.users[0].id;
    return (value) => value === me;
  } };

function checkKeys(condition, { fail, world, warnings }) {
  for (const key of Object.keys(condition)) {
    if (key === 'type' || KEYS[condition.type].includes(key)) continue;
    if (world.switches.get('search_unknown_key') === 'refuse') {
      throw fail(`unknown key ${key} in condition ${condition.type}`);
    }
    warnings.push(`unknown key ${key} in condition ignored`);
  }
}

// A value is there: not null, not an empty list; an empty string by switch.
function presence(world) {
  const emptyCounts = world.switches.get('search_exists_empty') === 'true';
  return (value) => value !== null && value !== undefined && (value !== '' || emptyCounts)
    && !(Array.isArray(value) && value.length === 0);
}

// {matches, exists}: over a raw value (scalar, list or null).
export function compileCondition(condition, field, context) {
  const { fail, world } = context;
  const type = condition?.type;
  if (!Object.hasOwn(KEYS, type ?? '')) throw fail(`unknown condition ${type}`);
  checkKeys(condition, context);
  const exists = presence(world);
  if (type === 'exists') return { matches: exists, exists, isExists: true };
  if (!KINDS[type].includes(field.kind)) {
    throw fail(`condition ${type} cannot be used on a ${field.kind} field`);
  }
  const test = COMPILE[type](condition, field, context);
  const matches = (value) => {
    if (value === null || value === undefined) return false;
    return Array.isArray(value) ? value.some(test) : test(value);
  };
  return { matches, exists, isExists: false };
}
