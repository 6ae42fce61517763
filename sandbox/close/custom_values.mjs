// Values of custom fields for generated rows. An unset field has no key (close 4, "Empty text").

import { saltOf } from '../core/hash.mjs';
import { spellTime } from './times.mjs';
import { CITIES, ODD_NAMES, TEXT_WORDS } from './words.mjs';

const LOW = Date.UTC(1985, 0, 1);
const SPAN = Date.UTC(2030, 0, 1) - LOW;
const YEAR_ONE = Date.parse('0001-01-01T00:00:00Z');
const YEAR_9999 = Date.parse('9999-12-31T23:59:59.999Z');

// The names under which one value draws its numbers, worked out once: there are many values.
function namesOf(key) {
  return { key: saltOf(key), kind: saltOf(`${key}:kind`), second: saltOf(`${key}2`),
    high: saltOf(`${key}:high`), parts: [0, 1, 2].map((k) => saltOf(`${key}${k}`)) };
}

function moment(rand, i, { key, high, kind: kindKey }) {
  const kind = rand.below(i, kindKey, 50);
  if (kind === 0) return YEAR_ONE;
  if (kind === 1) return YEAR_9999;
  const at = LOW + rand.wide(i, key, SPAN, high);
  return kind < 10 ? Math.floor(at / 1000) * 1000 : at;
}

function number(rand, i, { key, kind: kindKey }) {
  const kind = rand.below(i, kindKey, 12);
  if (kind === 0) return 0;
  if (kind === 1) return -1 - rand.below(i, key, 500);
  if (kind === 2) return Number.MAX_SAFE_INTEGER - rand.below(i, key, 10);
  if (kind < 6) return rand.below(i, key, 1_000_000) / 100;
  return rand.below(i, key, 5000);
}

const HIDDEN = ['plain', 17, 2.5, true, false, '', '"quoted"'];

const MAKERS = {
  text: (rand, i, { key, kind: kindKey, second }) => {
    const kind = rand.below(i, kindKey, 20);
    if (kind === 0) return rand.pick(i, key, ODD_NAMES);
    if (kind < 8) return rand.pick(i, key, CITIES)[0];
    return `${rand.pick(i, key, TEXT_WORDS)} ${rand.pick(i, second, TEXT_WORDS)}`;
  },
  textarea: (rand, i, { parts }) => parts.map((part) => rand.pick(i, part, TEXT_WORDS))
    .join('\n'),
  number,
  date: (rand, i, names) => spellTime(moment(rand, i, names)).slice(0, 10),
  datetime: (rand, i, names) => spellTime(moment(rand, i, names)),
  choices: (rand, i, { key }, field) => rand.pick(i, key, field.choices),
  user: (rand, i, { key }, field, { organization }) => rand.pick(i, key, organization.users).id,
  contact: (rand, i, { key }, field, { pickContact }) => pickContact?.(rand.u32(i, key)),
  custom_object: (rand, i, { key }) => rand.id('custobj', rand.below(i, key, 50), 22),
  hidden: (rand, i, { key }) => rand.pick(i, key, HIDDEN),
};

// value(i) of one field: undefined when the row has none.
function fieldMaker(rand, field, world) {
  const make = MAKERS[field.type];
  const name = `cf${field.index}`;
  const names = namesOf(name);
  const unset = saltOf(`${name}:unset`);
  const length = saltOf(`${name}:n`);
  const items = [0, 1, 2].map((k) => namesOf(`${name}[${k}]`));
  return (i) => {
    if (rand.chance(i, unset, 45)) return undefined;
    if (!field.multi) return make(rand, i, names, field, world);
    const n = 1 + rand.below(i, length, 3);
    const out = [];
    for (let k = 0; k < n; k++) {
      const value = make(rand, i, items[k], field, world);
      if (value !== undefined && !out.includes(value)) out.push(value);
    }
    return out.length ? out : undefined;
  };
}

// values(i): all custom values of a row by field id, and values.pairs(i) as [id, value];
// entry(i, id): one, for searches that look at one field of many rows.
export function customMaker(rand, organization, object, { pickContact }) {
  const world = { organization, pickContact };
  const makers = organization.fieldsOf(object)
    .map((field) => ({ id: field.id, make: fieldMaker(rand, field, world) }));
  const byId = new Map(makers.map(({ id, make }) => [id, make]));
  const pairs = (i) => {
    const out = [];
    for (const { id, make } of makers) {
      const value = make(i);
      if (value !== undefined) out.push([id, value]);
    }
    return out;
  };
  const values = Object.assign((i) => Object.fromEntries(pairs(i)), { pairs });
  return { values, entry: (i, id) => byId.get(id)(i) };
}
