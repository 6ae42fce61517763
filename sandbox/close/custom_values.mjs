// Values of custom fields for generated rows. An unset field has no key (close 4, "Empty text").

import { spellTime } from './times.mjs';
import { CITIES, ODD_NAMES, TEXT_WORDS } from './words.mjs';

const LOW = Date.UTC(1985, 0, 1);
const SPAN = Date.UTC(2030, 0, 1) - LOW;
const YEAR_ONE = Date.parse('0001-01-01T00:00:00Z');
const YEAR_9999 = Date.parse('9999-12-31T23:59:59.999Z');

function moment(rand, i, key) {
  const kind = rand.below(i, `${key}:kind`, 50);
  if (kind === 0) return YEAR_ONE;
  if (kind === 1) return YEAR_9999;
  const at = LOW + rand.wide(i, key, SPAN);
  return kind < 10 ? Math.floor(at / 1000) * 1000 : at;
}

function number(rand, i, key) {
  const kind = rand.below(i, `${key}:kind`, 12);
  if (kind === 0) return 0;
  if (kind === 1) return -1 - rand.below(i, key, 500);
  if (kind === 2) return Number.MAX_SAFE_INTEGER - rand.below(i, key, 10);
  if (kind < 6) return rand.below(i, key, 1_000_000) / 100;
  return rand.below(i, key, 5000);
}

const HIDDEN = ['plain', 17, 2.5, true, false, '', '"quoted"'];

const MAKERS = {
  text: (rand, i, key) => {
    const kind = rand.below(i, `${key}:kind`, 20);
    if (kind === 0) return rand.pick(i, key, ODD_NAMES);
    if (kind < 8) return rand.pick(i, key, CITIES)[0];
    return `${rand.pick(i, key, TEXT_WORDS)} ${rand.pick(i, `${key}2`, TEXT_WORDS)}`;
  },
  textarea: (rand, i, key) => [0, 1, 2].map((k) => rand.pick(i, `${key}${k}`, TEXT_WORDS))
    .join('\n'),
  number,
  date: (rand, i, key) => new Date(moment(rand, i, key)).toISOString().slice(0, 10),
  datetime: (rand, i, key) => spellTime(moment(rand, i, key)),
  choices: (rand, i, key, field) => rand.pick(i, key, field.choices),
  user: (rand, i, key, field, { organization }) => rand.pick(i, key, organization.users).id,
  contact: (rand, i, key, field, { pickContact }) => pickContact?.(rand.u32(i, key)),
  custom_object: (rand, i, key) => rand.id('custobj', rand.below(i, key, 50), 22),
  hidden: (rand, i, key) => rand.pick(i, key, HIDDEN),
};

function many(rand, i, key, make) {
  const n = 1 + rand.below(i, `${key}:n`, 3);
  const out = [];
  for (let k = 0; k < n; k++) {
    const value = make(`${key}[${k}]`);
    if (value !== undefined && !out.includes(value)) out.push(value);
  }
  return out.length ? out : undefined;
}

function customValue(rand, i, field, world) {
  const key = `cf${field.index}`;
  if (rand.chance(i, `${key}:unset`, 45)) return undefined;
  const make = (k) => MAKERS[field.type](rand, i, k, field, world);
  return field.multi ? many(rand, i, key, make) : make(key);
}

export function customValues(rand, i, fields, world) {
  const out = {};
  for (const field of fields) {
    const value = customValue(rand, i, field, world);
    if (value !== undefined) out[field.id] = value;
  }
  return out;
}

// A single value by field id, for searches that look at one field of many rows.
export function customEntry(rand, organization, world) {
  return (i, id) => customValue(rand, i, organization.fieldById.get(id), world);
}
