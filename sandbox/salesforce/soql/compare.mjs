// Tests of one value that is not null against literals (salesforce §5.3, §5.4): functions of the
// stored value.

import { canonicalDecimal, compareDecimals } from './decimal.mjs';
import { labelsOf } from './access.mjs';
import { dateRange, dateText } from './literals.mjs';
import { compareBytes, folder, likeMatcher, upper } from './text.mjs';
import { instantOf, localMs } from './zones.mjs';

const IDS = new Set(['id', 'reference']);
const DECIMALS = new Set(['double', 'currency', 'percent']);
const DIRECT = new Set(['int', 'date', 'datetime', 'time', 'boolean']);

const OPS = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};
const STRICT = { '<=': '<', '>=': '>' };
const MINUTE = 60_000;
const DAY = 86_400_000;

const direct = (a, b) => (a < b ? -1 : Number(a > b));

// Positions of a picklist's values; others come behind, by their text.
export function rankOf(field) {
  const ranks = new Map(field.picklistValues.map(({ value }, i) => [upper(value), i]));
  return (value) => ranks.get(upper(value)) ?? ranks.size;
}

const isCaseSensitive = (field) => Boolean(field.unique && field.caseSensitive);

// Order of two stored values of a column, neither of them null.
export function comparator(column, { mutants }) {
  const { type } = column;
  if (mutants.has('numbers_as_text') && (type === 'int' || DECIMALS.has(type))) {
    return (a, b) => compareBytes(String(a), String(b));
  }
  if (mutants.has('datetime_of_minute') && type === 'datetime') {
    return (a, b) => Math.floor(a / MINUTE) - Math.floor(b / MINUTE);
  }
  if (IDS.has(type)) {
    const short = mutants.has('ids_without_case') ? (id) => id.slice(0, 15).toLowerCase()
      : (id) => id.slice(0, 15);
    return (a, b) => direct(short(a), short(b));
  }
  if (DECIMALS.has(type)) {
    return mutants.has('decimals_rounded') ? (a, b) => Number(a) - Number(b) : compareDecimals;
  }
  if (DIRECT.has(type)) return direct;
  const { field } = column.arg ?? column;
  if (isCaseSensitive(field)) return compareBytes;
  const byText = (a, b) => compareBytes(upper(a), upper(b));
  if (type !== 'picklist' || column.call === 'TOLABEL') return byText;
  const rank = rankOf(field);
  return (a, b) => rank(a) - rank(b) || byText(a, b);
}

export class Tests {
  constructor({ switches, mutants, now }) {
    Object.assign(this, { switches, mutants, now });
    this.fold = folder(switches);
    this.foldPattern = mutants.has('like_case_sensitive') ? (text) => text
      : folder(switches, { pattern: true });
  }

  folderOf(column) {
    const { field } = column.arg ?? column;
    if (isCaseSensitive(field) || this.mutants.has('equals_case_sensitive')) return (text) => text;
    return this.fold;
  }

  // What equal values have in common; a string or a number.
  keyer(column) {
    const { type } = column;
    if (IDS.has(type)) {
      return this.mutants.has('ids_without_case') ? (id) => id.slice(0, 15).toLowerCase()
        : (id) => id.slice(0, 15);
    }
    if (DECIMALS.has(type)) {
      return this.mutants.has('decimals_rounded') ? Number : canonicalDecimal;
    }
    if (DIRECT.has(type)) return (value) => value;
    const fold = this.folderOf(column);
    if (type === 'multipicklist') return (value) => fold(value).split(';').sort().join(';');
    return fold;
  }

  // The stored form of a literal.
  stored(column, literal) {
    if (literal.kind === 'datetime' && this.switches.get('datetime_fraction') === 'truncate') {
      return Math.floor(literal.value / 1000) * 1000;
    }
    return column.type === 'int' && literal.kind === 'number' ? Number(literal.value) : literal.value;
  }

  compare(column, op, literal) {
    if (literal.kind === 'named') return this.named(column, op, literal);
    const value = this.stored(column, literal);
    if (op === '=' || op === '!=') {
      const key = this.keyer(column);
      const wanted = key(value);
      return op === '=' ? (v) => key(v) === wanted : (v) => key(v) !== wanted;
    }
    const order = comparator(column, this);
    const test = OPS[this.operator(column, op)];
    const late = column.type === 'date' && this.mutants.has('date_range_late');
    const bound = late ? dateText(Date.parse(value) + DAY) : value;
    return (v) => test(order(v, bound));
  }

  operator(column, op) {
    const date = column.type === 'date' || column.type === 'datetime';
    if (date && this.mutants.has('date_bound_exclusive')) return STRICT[op] ?? op;
    const off = column.type === 'int' && this.mutants.has('int_range_off_by_one');
    return off && op === '>=' ? '>' : op;
  }

  named(column, op, { name, n }) {
    const zone = this.switches.get('user_time_zone');
    const [from, to] = dateRange(name, n, localMs(this.now, zone))
      .map((local) => (column.type === 'date' ? dateText(local) : instantOf(local, zone)));
    switch (op) {
      case '=': return (v) => v >= from && v < to;
      case '!=': return (v) => v < from || v >= to;
      case '<': return (v) => v < from;
      case '<=': return (v) => v < to;
      case '>': return (v) => v >= to;
      default: return (v) => v >= from;
    }
  }

  // Literals that are not null.
  in(column, literals) {
    const named = literals.filter(({ kind }) => kind === 'named')
      .map((literal) => this.named(column, '=', literal));
    const key = this.keyer(column);
    const keys = new Set(literals.filter(({ kind }) => kind !== 'named')
      .map((literal) => key(this.stored(column, literal))));
    if (named.length === 0) return (v) => keys.has(key(v));
    return (v) => keys.has(key(v)) || named.some((test) => test(v));
  }

  // INCLUDES('A;B', 'C'): both A and B, or C.
  includes(column, literals) {
    const fold = this.folderOf(column);
    const wanted = literals.map(({ value }) => fold(value).split(';'));
    const how = this.mutants.has('includes_or') ? 'some' : 'every';
    return (v) => {
      const has = new Set(fold(v).split(';'));
      return wanted.some((values) => values[how]((value) => has.has(value)));
    };
  }

  // Patterns of picklists go by the label.
  like(column, { parts }) {
    const { field } = column.arg ?? column;
    const matches = likeMatcher(parts, { switches: this.switches,
      fold: isCaseSensitive(field) ? (text) => text : this.foldPattern,
      anchored: !this.mutants.has('like_unanchored'),
      underscore: !this.mutants.has('like_underscore_literal') });
    if (column.type !== 'picklist' || column.call === 'TOLABEL') return matches;
    const labels = labelsOf(field);
    return (v) => matches(labels.get(v) ?? v);
  }
}
