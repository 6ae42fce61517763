// How a field's type alone fills it: what every column holds that no other rule is about.

import { saltOf } from '../core/hash.mjs';
import { idMaker } from './ids.mjs';
import { CITIES, COMPANIES, COUNTRIES, DOMAINS, SENTENCES, TAILS, TRICKY } from './words.mjs';

export const DAY = 86_400_000;
const FIRST_DAY = Date.UTC(2015, 0, 1);
const DAYS = 4600;
const BUSY_DAY = Date.UTC(2024, 2, 15);

// Objects that others refer to and that are not in this organization.
const ELSEWHERE = { PricebookEntry: '01u', Profile: '00e', UserRole: '00E', Pricebook2: '01s',
  Organization: '00D' };

const EDGE_DATES = ['1700-01-01', '4000-12-31', '1969-12-31', '1970-01-01', '2000-02-29',
  '1899-12-31', '2026-03-08', '2026-11-01', '2024-12-31', '2025-01-01'];
const EDGE_MOMENTS = ['1700-01-01T00:00:00Z', '4000-12-31T00:00:00Z', '1969-12-31T23:59:59Z',
  '1970-01-01T00:00:00Z', '2026-03-08T06:59:59Z', '2026-03-08T07:00:00Z', '2026-11-01T05:30:00Z',
  '2024-03-15T00:00:00Z', '2024-03-14T23:59:59Z', '2025-01-01T00:00:00Z'].map(Date.parse);
const EDGE_TIMES = [0, 36_000_000, 36_000_500, 43_200_000, 86_399_999, 86_399_000];

const ROUND = ['1', '10', '10.5', '100', '-1', '237.63', '0.1', '1000', '-10.5', '50000'];
// Stored digits beyond what a double shows (salesforce §4.3).
const HIDDEN = ['9.999999999999999999999999', '10.000000000000000000000001', '237.631',
  '0.000000000000000000000001', '-0.000000000000000000000001', '0.30000000000000004',
  '1234567.894999999999999999', '100.000000000000000001', '-9.999999999999999999999999'];
const LARGE = ['10000000', '12345678.9', '9999999.99', '-15000000', '99999999999999.99',
  '123456789012345.12'];
const WHOLES = [0, 1, 2, 10, 50, 100, 100000, 100001, 1000];

// Cut to the length of a field without splitting a character.
export function fit(text, length) {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length).trimEnd();
}

// Numbers for one column: each of them a function of the index and of what it is for.
export function dice(rand, name) {
  const salts = new Map();
  const salt = (use) => {
    let known = salts.get(use);
    if (known === undefined) salts.set(use, (known = saltOf(`${name}/${use}`)));
    return known;
  };
  return {
    below: (i, n, use = '') => rand.u32(i, salt(use)) % n,
    pick: (i, list, use = '') => list[rand.u32(i, salt(use)) % list.length],
    percent: (i, use = 'share') => (rand.u32(i, salt(use)) % 10000) / 100,
  };
}

function words(d, i) {
  return `${d.pick(i, COMPANIES, 'word')} ${d.pick(i, TAILS, 'tail')} ${d.below(i, 900, 'number')}`;
}

function uniqueText(field, index) {
  if (!field.caseSensitive) return `U-${index}`;
  const key = `Key-${Math.floor(index / 3)}`;
  return [key, key.toUpperCase(), key.toLowerCase()][index % 3];
}

function text(field, d) {
  if (/City$/.test(field.name)) return (i) => d.pick(i, CITIES);
  if (/Country$/.test(field.name)) return (i) => d.pick(i, COUNTRIES);
  if (field.unique) return (i) => uniqueText(field, i);
  if (field.externalId) return (i) => `E-${Math.floor(i / 2)}${i % 4 === 1 ? 'x' : 'X'}`;
  return (i) => {
    const share = d.percent(i, 'kind');
    if (share < 45) return fit(d.pick(i, TRICKY), field.length);
    return fit(words(d, i), field.length);
  };
}

// Most long texts are short; one in a hundred fills its field.
function longText(field, d) {
  return (i) => {
    const share = d.percent(i, 'kind');
    let out = d.pick(i, SENTENCES);
    if (share < 1) out = `${out} ${i} `.repeat(Math.ceil(32768 / (out.length + 3)));
    else if (share < 40) out = `${out}\n${d.pick(i, SENTENCES, 'second')}\r\n${i}`;
    return fit(out, Math.min(field.length, 32768));
  };
}

function email(field, d) {
  return (i) => {
    const user = ['info', 'INFO', 'ida.ek', 'o\'brien', `user+${i}`, `a_${i % 50}`][d.below(i, 6)];
    return fit(`${user}@${d.pick(i, DOMAINS, 'domain')}`, field.length);
  };
}

const phone = (field, d) => (i) => fit(d.pick(i, ['(415) 555-01', '+49 30 5550', '+4721',
  '+81-3-5550-']) + String(d.below(i, 100, 'end')).padStart(2, '0'), field.length);

const url = (field, d) => (i) =>
  fit(`https://${d.pick(i, DOMAINS)}/a?b=${d.below(i, 90, 'page')}&c=%20`, field.length);

function picklist(field, d) {
  const values = field.picklistValues.map((entry) => entry.value);
  if (values.length === 0) return () => null;
  return (i) => {
    const share = d.percent(i, 'kind');
    if (share < 2 && !field.restrictedPicklist) return 'Unlisted value';
    return share < 40 ? values[0] : d.pick(i, values);
  };
}

function multipicklist(field, d) {
  const values = field.picklistValues.map((entry) => entry.value);
  return (i) => {
    const mask = 1 + d.below(i, 2 ** values.length - 1);
    return values.filter((_, k) => mask & (1 << k)).join(';');
  };
}

const combobox = (field, d) => {
  const free = text({ ...field, unique: false }, d);
  const listed = picklist(field, d);
  return (i) => (d.percent(i, 'free') < 40 ? free(i) : listed(i));
};

function int(field, d) {
  const limit = 10 ** Math.min(field.digits, 9);
  return (i) => {
    const share = d.percent(i, 'kind');
    if (share < 50) return d.pick(i, WHOLES);
    return share < 55 ? -d.below(i, 1000) : d.below(i, limit);
  };
}

// Digits with the point put in; without zeros at the end.
export function decimalText(digits, scale) {
  const negative = digits < 0n;
  const text = String(negative ? -digits : digits).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, '');
  const out = fraction ? `${whole}.${fraction}` : whole;
  return negative && out !== '0' ? `-${out}` : out;
}

// [digits, scale] of a stored decimal.
export function decimalDigits(decimal) {
  const [whole, fraction = ''] = decimal.split('.');
  return [BigInt(whole + fraction), fraction.length];
}

export function timesDecimal(a, b) {
  const [x, p] = decimalDigits(a);
  const [y, q] = decimalDigits(b);
  return decimalText(x * y, p + q);
}

// Everything a number column should hold, as long as it fits the digits before the point.
function decimal(field, d) {
  const room = field.precision - field.scale;
  const fits = (value) => value.replace('-', '').split('.')[0].length <= room;
  const [round, hidden, large] = [ROUND.filter(fits), HIDDEN.filter(fits), LARGE.filter(fits)];
  const cents = Math.min(field.scale, 4);
  return (i) => {
    const share = d.percent(i, 'kind');
    if (share < 8) return '0';
    if (share < 30) return d.pick(i, round);
    if (share < 38) return d.pick(i, hidden);
    if (share < 44 && large.length) return d.pick(i, large);
    const limit = 10 ** Math.min(room + cents, 9);
    const digits = BigInt(d.below(i, limit) * (share < 55 ? -1 : 1));
    return decimalText(digits, cents);
  };
}

function coordinate(field, d) {
  const limit = /Latitude/.test(field.name) ? 90 : 180;
  return (i) => {
    const degrees = d.below(i, 2 * limit) - limit;
    return d.percent(i, 'kind') < 50 ? String(degrees)
      : `${degrees}.${String(d.below(i, 1e6, 'fraction')).padStart(6, '0')}1`;
  };
}

export const dayText = (ms) => new Date(ms).toISOString().slice(0, 10);

const date = (field, d) => (i) => {
  const share = d.percent(i, 'kind');
  if (share < 20) return '2024-03-15';
  if (share < 25) return d.pick(i, EDGE_DATES);
  return dayText(FIRST_DAY + d.below(i, DAYS) * DAY);
};

export const moment = (d) => (i) => {
  if (d.percent(i, 'busy') < 15) return BUSY_DAY + d.below(i, 4) * 3_600_000;
  return FIRST_DAY + d.below(i, DAYS - 350) * DAY + d.below(i, 86_400, 'second') * 1000;
};

const datetime = (field, d) => {
  const usual = moment(d);
  return (i) => (d.percent(i, 'kind') < 5 ? d.pick(i, EDGE_MOMENTS, 'edge') : usual(i));
};

const time = (field, d) => (i) => (d.percent(i, 'kind') < 40 ? d.pick(i, EDGE_TIMES)
  : d.below(i, 86_400) * 1000);

// The index of a parent: some of them have many children.
export function parentIndex(d, i, count, use = 'parent') {
  const few = Math.max(1, Math.floor(count / 20));
  return d.below(i, d.percent(i, `${use} few`) < 20 ? few : count, use);
}

function reference(field, d, world) {
  const known = field.referenceTo.filter((name) => world.stores.has(name) || world.countOf(name));
  if (known.length === 0) {
    const prefix = ELSEWHERE[field.referenceTo[0]];
    if (!prefix || field.nillable) return () => null;
    const makeId = idMaker(prefix);
    return (i) => makeId(1 + d.below(i, 20));
  }
  return (i) => {
    const target = known.length === 1 ? known[0] : d.pick(i, known, 'target');
    return world.idAt(target, parentIndex(d, i, world.countOf(target)));
  };
}

const TYPES = { string: text, textarea: (field, d) => (field.length > 255 ? longText(field, d)
  : text(field, d)), email, phone, url, picklist, multipicklist, combobox, int,
double: (field, d) => (field.precision === 18 && field.scale === 15 ? coordinate : decimal)(field, d),
currency: decimal, percent: decimal, date, datetime, time, reference,
boolean: (field, d) => (i) => d.percent(i, 'kind') < 35,
encryptedstring: (field, d) => (i) => `secret-${d.below(i, 1000)}`,
base64: (field, d) => longText({ length: 32768 }, d),
anyType: (field, d) => (i) => d.pick(i, TRICKY) };

// Share of rows without a value, in percent.
function emptiness(field) {
  if (!field.nillable) return 0;
  return field.type === 'textarea' && field.length > 255 ? 35 : 15;
}

// The column of a field by its type alone: a function of the index.
export function typedColumn(field, rand, world) {
  const d = dice(rand, field.name);
  const make = TYPES[field.type];
  if (!make) throw new Error(`no values for type ${field.type}`);
  const column = make(field, d, world);
  const empty = emptiness(field);
  if (empty === 0) return column;
  return (i) => (d.percent(i, 'empty') < empty ? null : column(i));
}
