// Rows of a checked query, as indices into its object (see check.mjs for its form).

import { Access } from './access.mjs';
import { Compiler } from './compile.mjs';
import { refused } from './failures.mjs';
import { Grouping } from './groups.mjs';
import { isOwnId, shuffle, sorted } from './order.mjs';

// What is kept between queries as long as no row changes.
class Remembered {
  constructor(world) {
    this.world = world;
    this.values = new Map();
  }

  get(key, make) {
    const mark = this.world.revision;
    const known = this.values.get(key);
    if (known?.mark === mark) return known.value;
    const value = make();
    this.values.set(key, { mark, value });
    return value;
  }
}

function filtered(rows, test) {
  const out = new Int32Array(rows.length);
  let n = 0;
  for (let i = 0; i < rows.length; i++) if (test(rows[i])) out[n++] = rows[i];
  return out.slice(0, n);
}

const conjuncts = (where) => {
  if (where === null) return [];
  return where.kind === 'and' ? where.arms.flatMap(conjuncts) : [where];
};

export class Evaluator {
  constructor({ world, schema, switches, mutants, clock }) {
    Object.assign(this, { world, schema, switches, mutants, clock });
    this.remembered = new Remembered(world);
  }

  // One run sees one `now` and either all rows or those outside the Recycle Bin.
  run(query, { all, text }) {
    return new Run(this, query, { all, text });
  }

  // Rows that a plain query sees, or all that exist.
  base(object, all) {
    const { world } = this;
    const deleted = all || this.mutants.has('deleted_rows_returned');
    return this.remembered.get(`base ${object.name} ${deleted}`, () => {
      const rows = new Int32Array(world.count(object.name)).map((_, i) => i);
      const test = deleted ? (i) => world.alive(object.name, i) : (i) => world.live(object.name, i);
      return filtered(rows, test);
    });
  }

  // Children by parent, flat: those of parent p are members[starts[p] … starts[p + 1]).
  children(object, link, parentObject) {
    const { world } = this;
    return this.remembered.get(`children ${object.name}.${link.name} ${parentObject.name}`, () => {
      const count = world.count(object.name);
      const key = world.reader(object.name, link.name);
      const parents = Int32Array.from({ length: count }, (_, i) => {
        const id = key(i);
        return id ? world.indexOf(parentObject.name, id) : -1;
      });
      const starts = new Int32Array(world.count(parentObject.name) + 1);
      for (const p of parents) if (p >= 0) starts[p + 1] += 1;
      for (let p = 1; p < starts.length; p++) starts[p] += starts[p - 1];
      const members = new Int32Array(starts.at(-1));
      const fill = starts.slice();
      parents.forEach((p, i) => {
        if (p >= 0) members[fill[p]++] = i;
      });
      return { starts, members };
    });
  }
}

export class Run {
  constructor(evaluator, query, { all, text }) {
    Object.assign(this, { evaluator, query, all, text });
    Object.assign(this, { world: evaluator.world, switches: evaluator.switches,
      mutants: evaluator.mutants, now: evaluator.clock.now() });
    this.access = new Access({ world: this.world, schema: evaluator.schema,
      switches: this.switches, all });
    this.tests = new Map();
  }

  compiler(readerOf = (column) => this.access.reader(column)) {
    return new Compiler({ switches: this.switches, mutants: this.mutants, now: this.now, readerOf,
      keysOf: (inner, key) => this.innerKeys(inner, key) });
  }

  innerKeys({ object, column, where }, key) {
    const ignored = this.mutants.has('semijoin_ignores_filter');
    const rows = this.matching({ object, where: ignored ? null : where },
      this.evaluator.base(object, this.all));
    const read = this.access.reader(column);
    const out = new Set();
    for (const row of rows) {
      const value = read(row);
      if (value !== null && value !== undefined) out.add(key(value));
    }
    return out;
  }

  // The test of a WHERE, compiled once per run.
  test(where) {
    let test = this.tests.get(where);
    if (test === undefined) this.tests.set(where, (test = this.compiler().compile(where)));
    return test;
  }

  matching({ where }, rows) {
    return where === null ? rows : filtered(rows, this.test(where));
  }

  // Rows of an object that can match: those of the ids in the WHERE if it asks for ids.
  candidates({ object, where }) {
    let base = this.evaluator.base(object, this.all);
    if (this.mutants.has('ids_without_case')) return base;
    for (const cond of conjuncts(where)) {
      if (!cond.column || !isOwnId(cond.column)) continue;
      const ids = idsOf(cond);
      if (ids !== null) return this.rowsOf(object, ids, base);
      if (cond.kind === 'compare' && cond.value.kind === 'string') base = this.part(object, cond, base);
    }
    return base;
  }

  // The part of ascending rows that a range of ids leaves; the test of the WHERE does the rest.
  part(object, { op, value }, rows) {
    const read = this.world.reader(object.name, 'Id');
    const at = firstWhere(rows, (row) => read(row).slice(0, 15) >= value.value.slice(0, 15));
    if (op === '>' || op === '>=') return rows.subarray(at);
    return op === '<' || op === '<=' ? rows.subarray(0, at + 1) : rows;
  }

  rowsOf(object, ids, base) {
    const rows = new Set(ids.map((id) => this.world.indexOf(object.name, id)));
    const wanted = Int32Array.from([...rows].filter((row) => row >= 0)).sort();
    return filtered(wanted, (row) => contains(base, row));
  }

  ordered(query, rows, seedText) {
    const keys = query.orderBy.slice();
    if (query.offset !== null && this.switches.get('offset_hidden_id') === 'on') {
      keys.push({ column: ownId(query.object), desc: false, nulls: null });
    }
    return sorted(shuffle(rows.slice(), seedText), keys, { switches: this.switches,
      mutants: this.mutants, idsAscend: true, readerOf: (column) => this.access.reader(column) });
  }

  window(query, rows) {
    const from = query.offset ?? 0;
    if (query.limit === null) return from === 0 ? rows : rows.slice(from);
    const short = this.mutants.has('soql_limit_short') && query.limit > 0 ? 1 : 0;
    return rows.slice(from, from + query.limit - short);
  }

  // Rows of the whole query, in order.
  rows() {
    const { query } = this;
    if (query.orderBy.length > 0 && query.limit !== null && isOwnId(query.orderBy[0].column)) {
      return this.window(query, this.firstById());
    }
    const found = this.matching(query, this.candidates(query));
    return this.window(query, this.ordered(query, found, this.text));
  }

  // As many rows as LIMIT and OFFSET need, by Id, without looking at those behind.
  firstById() {
    const { query } = this;
    const needed = query.limit + (query.offset ?? 0);
    const rows = this.candidates(query);
    const test = query.where === null ? () => true : this.test(query.where);
    const out = [];
    const [{ desc }] = query.orderBy;
    for (let k = 0; k < rows.length && out.length < needed; k++) {
      const row = rows[desc ? rows.length - 1 - k : k];
      if (test(row)) out.push(row);
    }
    return Int32Array.from(out);
  }

  count() {
    const { query } = this;
    if (this.mutants.has('count_of_deleted')) this.all = true;
    let rows = this.matching(query, this.candidates(query));
    if (this.mutants.has('count_skips_nulls') && query.where !== null) {
      const column = firstColumn(query.where);
      const read = this.access.reader(column);
      rows = filtered(rows, (row) => (read(row) ?? null) !== null);
    }
    return query.limit === null ? rows.length : Math.min(rows.length, query.limit);
  }

  // Children of one parent for a subquery.
  childRows({ link, query }, parentObject, parent) {
    const { starts, members } = this.evaluator.children(query.object, link, parentObject);
    const live = filtered(members.subarray(starts[parent], starts[parent + 1]),
      (row) => (this.all ? this.world.alive(query.object.name, row)
        : this.world.live(query.object.name, row)));
    const found = this.matching(query, live);
    return this.window(query, this.ordered(query, found, `${this.text} ${parent}`));
  }

  // {grouping, order}: groups are numbers in `order`, read by grouping.reader(column).
  groups(maximum) {
    const { query } = this;
    const rows = shuffle(this.matching(query, this.candidates(query)).slice(), this.text);
    const grouping = new Grouping({ query, switches: this.switches, mutants: this.mutants,
      readerOf: (column) => this.access.reader(column) });
    const count = grouping.run(rows);
    const readerOf = (column) => grouping.reader(column);
    let order = Int32Array.from({ length: count }, (_, g) => g);
    if (query.having) order = filtered(order, this.compiler(readerOf).compile(query.having));
    order = this.window(query, sorted(shuffle(order.slice(), this.text), query.orderBy,
      { switches: this.switches, mutants: this.mutants, readerOf }));
    if (order.length > maximum) {
      throw refused('EXCEEDED_ID_LIMIT', 'Aggregate query does not support queryMore(), use LIMIT to '
        + 'restrict the results to a single batch');
    }
    return { grouping, order };
  }
}

function idsOf(cond) {
  const literals = cond.kind === 'compare' ? [cond.value] : cond.values;
  const wanted = (cond.kind === 'compare' && cond.op === '=') || (cond.kind === 'in' && !cond.negated);
  if (!wanted) return null;
  return literals.filter(({ kind }) => kind !== 'null').map(({ value }) => value);
}

// The first position whose row, and each behind it, passes the test.
function firstWhere(rows, test) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(rows[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

const contains = (ascending, wanted) =>
  ascending[firstWhere(ascending, (row) => row >= wanted)] === wanted;

function ownId(object) {
  const field = object.field('Id');
  return { object, hops: [], field, type: field.type, label: field.name, at: 0 };
}

function firstColumn(where) {
  if (where.arms) return firstColumn(where.arms[0]);
  return where.arm ? firstColumn(where.arm) : where.column;
}
