// Aggregate rows (salesforce §5.7).

import { comparator, Tests } from './compare.mjs';
import { DecimalSum } from './decimal.mjs';

const DECIMALS = new Set(['double', 'currency', 'percent']);

class Counter {
  constructor() {
    this.value = 0;
  }

  add() {
    this.value += 1;
  }
}

class DistinctCounter {
  constructor(keyOf) {
    this.keyOf = keyOf;
    this.seen = new Set();
  }

  add(value) {
    this.seen.add(this.keyOf(value));
  }

  get value() {
    return this.seen.size;
  }
}

class Extreme {
  constructor(order, sign) {
    Object.assign(this, { order, sign, value: null });
  }

  add(value) {
    if (this.value === null || this.sign * this.order(value, this.value) > 0) this.value = value;
  }
}

// SUM and AVG: exact, over the stored digits.
class Sum {
  constructor(average) {
    this.average = average;
    this.sum = new DecimalSum();
  }

  add(value) {
    this.sum.add(String(value));
  }

  get value() {
    if (this.sum.count === 0) return null;
    return this.sum.text(this.average ? this.sum.count : 1);
  }
}

class DoubleSum {
  constructor(average) {
    Object.assign(this, { average, total: 0, count: 0 });
  }

  add(value) {
    this.total += Math.fround(Number(value));
    this.count += 1;
  }

  get value() {
    if (this.count === 0) return null;
    return String(this.average ? this.total / this.count : this.total);
  }
}

export class Grouping {
  constructor({ query, readerOf, switches, mutants }) {
    Object.assign(this, { query, readerOf, switches, mutants });
    this.tests = new Tests({ switches, mutants, now: 0 });
    this.keys = (query.groupBy ?? []).map((column) => ({ read: readerOf(column),
      keyOf: this.keyOf(column), boolean: column.type === 'boolean' }));
    this.aggregates = new Map();
    this.collect();
  }

  // Texts are folded only if the switch says so; references and numbers have one form each.
  keyOf(column) {
    if (this.switches.get('group_fold') === 'exact' && typeof column.field?.length === 'number'
      && !['id', 'reference'].includes(column.type) && !DECIMALS.has(column.type)) return (v) => v;
    return this.tests.keyer(column);
  }

  // Aggregates of SELECT, HAVING and ORDER BY by their label.
  collect() {
    const note = (column) => {
      if (column.call && !this.aggregates.has(column.label) && this.makerOf(column)) {
        this.aggregates.set(column.label, { read: this.readerOf(column.arg),
          make: this.makerOf(column) });
      }
    };
    const walk = (cond) => {
      if (cond.arms) cond.arms.forEach(walk);
      else if (cond.arm) walk(cond.arm);
      else note(cond.column);
    };
    for (const item of this.query.items) note(item.column);
    for (const { column } of this.query.orderBy) note(column);
    if (this.query.having) walk(this.query.having);
  }

  makerOf({ call, arg }) {
    const order = comparator(arg, this);
    switch (call) {
      case 'COUNT': return () => new Counter();
      case 'COUNT_DISTINCT': return () => new DistinctCounter(this.keyOf(arg));
      case 'MIN': return () => new Extreme(order, -1);
      case 'MAX': return () => new Extreme(order, 1);
      case 'SUM': case 'AVG':
        return this.mutants.has('sum_of_doubles') ? () => new DoubleSum(call === 'AVG')
          : () => new Sum(call === 'AVG');
      default: return null;
    }
  }

  // Fills this.groups: {keys: [value], cells: Map(label → accumulator)}.
  run(rows) {
    const byKey = new Map();
    if (this.query.groupBy === null) byKey.set('', this.newGroup([]));
    for (const row of rows) {
      const values = this.keys.map(({ read, boolean }) => read(row) ?? (boolean ? false : null));
      const key = values.map((value, i) => (value === null ? 'null'
        : `${typeof value}:${this.keys[i].keyOf(value)}`)).join('\u0000');
      let group = byKey.get(key);
      if (group === undefined) byKey.set(key, (group = this.newGroup(values)));
      for (const { read, cell } of group.feeds) {
        const value = read(row);
        if (value !== null && value !== undefined) cell.add(value);
      }
    }
    this.groups = [...byKey.values()];
    if (this.mutants.has('group_null_lost')) {
      this.groups = this.groups.filter(({ keys }) => !keys.includes(null));
    }
    return this.groups.length;
  }

  newGroup(keys) {
    const cells = new Map();
    const feeds = [];
    for (const [label, { read, make }] of this.aggregates) {
      const cell = make();
      cells.set(label, cell);
      feeds.push({ read, cell });
    }
    return { keys, cells, feeds };
  }

  // Reads a grouped column or an aggregate of a group by its number.
  reader(column) {
    if (this.aggregates.has(column.label)) {
      return (g) => this.groups[g].cells.get(column.label).value;
    }
    const slot = this.query.groupBy.findIndex((key) => key.label === column.label);
    return (g) => this.groups[g].keys[slot];
  }
}
