// Order of rows (salesforce §5.8), and the disorder of everything that is not ordered.

import { saltOf, mix } from '../../core/hash.mjs';
import { rankOf } from './compare.mjs';
import { compareDecimals } from './decimal.mjs';
import { compareBytes, upper } from './text.mjs';

const DECIMALS = new Set(['double', 'currency', 'percent']);

// Always the same order for the same text, and never that of the rows.
export function shuffle(rows, text) {
  const seed = saltOf(text);
  for (let i = rows.length - 1; i > 0; i--) {
    const j = mix(seed, i, rows.length) % (i + 1);
    const row = rows[i];
    rows[i] = rows[j];
    rows[j] = row;
  }
  return rows;
}

const dayNumber = (text) => Number(text.replaceAll('-', ''));
const short = (id) => id.slice(0, 15);
const plain = (a, b) => (a < b ? -1 : Number(a > b));

// How the values of a column compare: by `toNumber`, or by `compare` after `toKey`; `weigh` spares
// most of the latter.
function measureOf(column, { switches, mutants }) {
  switch (column.type) {
    case 'boolean': {
      const sign = switches.get('boolean_order') === 'true_first' ? -1 : 1;
      return { toNumber: (value) => sign * Number(value) };
    }
    case 'int': case 'datetime': case 'time': return { toNumber: Number };
    case 'date': return { toNumber: dayNumber };
    case 'id': case 'reference': return { toKey: short, compare: plain };
    case 'picklist': {
      const rank = rankOf(column.field);
      return { toKey: upper, compare: (a, b) => rank(a) - rank(b) || compareBytes(a, b) };
    }
    default:
      if (DECIMALS.has(column.type)) {
        return mutants.has('decimals_rounded') ? { toNumber: Number }
          : { toKey: (text) => text, weigh: Number, compare: compareDecimals };
      }
      return { toKey: isCaseSensitive(column) ? (text) => text : upper, compare: compareBytes };
  }
}

// Ranks from 1 on; equal values share one, and nothing has 0.
function rankNumbers(rows, read, toNumber) {
  const values = Float64Array.from(rows, (row) => {
    const value = read(row);
    return value === null || value === undefined ? NaN : toNumber(value);
  });
  const steps = values.slice().sort().filter((value, i, all) => value !== all[i - 1]);
  return Int32Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1 + placeOf(steps, value)));
}

function placeOf(ascending, value) {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rankKeys(rows, read, { toKey, compare, weigh = () => 0 }) {
  const keys = Array.from(rows, (row) => {
    const value = read(row);
    return value === null || value === undefined ? null : toKey(value);
  });
  const distinct = [...new Set(keys)].filter((key) => key !== null)
    .map((key) => ({ key, weight: weigh(key) }));
  const order = (a, b) => a.weight - b.weight || compare(a.key, b.key);
  distinct.sort(order);
  const ranks = new Map([[null, 0]]);
  let rank = 0;
  distinct.forEach((entry, i) => {
    if (i === 0 || order(distinct[i - 1], entry) !== 0) rank += 1;
    ranks.set(entry.key, rank);
  });
  return Int32Array.from(keys, (key) => ranks.get(key));
}

export const isOwnId = (column) => !column.call && column.hops.length === 0
  && column.field.name === 'Id';

function isCaseSensitive(column) {
  const { field } = column.arg ?? column;
  return field.unique && field.caseSensitive;
}

function nullsFirst({ column, desc, nulls }, { switches, mutants }) {
  let where = nulls ?? (desc ? switches.get('desc_nulls') : 'first');
  // NULLS LAST is ignored for references and fields behind them.
  if (column.type === 'reference' || column.hops?.length > 0) where = 'first';
  return (where === 'first') !== mutants.has('soql_null_order');
}

// One small number per row that sorts it by the key, nulls included.
function placesOf(rows, key, options) {
  const { column, desc } = key;
  const byIndex = options.idsAscend && isOwnId(column);
  const stored = byIndex ? (row) => row : options.readerOf(column);
  const read = column.type === 'boolean' ? (row) => stored(row) ?? false : stored;
  const measure = byIndex ? { toNumber: Number } : measureOf(column, options);
  const ranks = measure.toNumber ? rankNumbers(rows, read, measure.toNumber)
    : rankKeys(rows, read, measure);
  const last = ranks.reduce((a, b) => Math.max(a, b), 0) + 1;
  const nullPlace = nullsFirst(key, options) ? 0 : last;
  return { last, places: ranks.map((rank) => {
    if (rank === 0) return nullPlace;
    return desc ? last - rank : rank;
  }) };
}

// A counting sort, which leaves equal rows as they were.
function rearranged(order, { places, last }) {
  const starts = new Int32Array(last + 2);
  for (const place of places) starts[place + 1] += 1;
  for (let k = 1; k < starts.length; k++) starts[k] += starts[k - 1];
  const out = new Int32Array(order.length);
  for (const position of order) out[starts[places[position]]++] = position;
  return out;
}

// Rows in the order of the keys; equal ones stay as they were. options: {readerOf, switches,
// mutants, idsAscend}, where the last says that Ids are in the order of the rows' numbers.
export function sorted(rows, keys, options) {
  const used = options.mutants.has('second_key_ignored') ? keys.slice(0, 1) : keys;
  if (used.length === 0) return rows;
  let order = Int32Array.from(rows, (_, i) => i);
  // The least key first: each sort keeps what the one before did among equals.
  for (const key of used.slice().reverse()) order = rearranged(order, placesOf(rows, key, options));
  return order.map((position) => rows[position]);
}
