// Conditions → functions of a row, with SOQL's reading of nulls (salesforce §5.5) or, under the
// switch null_negation=exclude, with SQL's. Negations are pushed down to the leaves: there they
// decide about nulls, and above them true and false are enough.

import { Tests } from './compare.mjs';

const TEXTS = new Set(['string', 'textarea', 'email', 'phone', 'url', 'picklist', 'combobox',
  'encryptedstring', 'multipicklist']);

const fieldOf = (column) => (column.arg ?? column).field;

export class Compiler {
  // readerOf(column) gives a reader; keysOf(inner) the keys of a semi-join's inner rows.
  constructor({ switches, mutants, now, readerOf, keysOf }) {
    Object.assign(this, { switches, mutants, readerOf, keysOf });
    this.tests = new Tests({ switches, mutants, now });
  }

  // Stored text is never '', so '' means null; a formula can give ''.
  emptyIsNull(column) {
    return TEXTS.has(column.type) && (!fieldOf(column).calculated
      || this.switches.get('formula_empty_text') === 'null');
  }

  isNull(column, literal) {
    return literal.kind === 'null' || (literal.value === '' && this.emptyIsNull(column));
  }

  // A column as conditions see it.
  reader(column) {
    const read = this.readerOf(column);
    if (!TEXTS.has(column.type)) return read;
    const emptied = fieldOf(column).calculated && this.emptyIsNull(column);
    const broken = this.switches.get('line_breaks') === 'lf';
    if (!emptied && !broken) return read;
    return (row) => {
      const value = read(row);
      if (value === '' && emptied) return null;
      return broken && value ? value.replace(/\r\n?/g, '\n') : value;
    };
  }

  compile(cond, negated = false) {
    switch (cond.kind) {
      case 'not': return this.compile(cond.arm, !negated);
      case 'and': case 'or': return this.both(cond, negated);
      default: return this.leaf(cond, negated);
    }
  }

  both(cond, negated) {
    let arms = cond.arms.map((arm) => this.compile(arm, negated));
    if (cond.kind === 'or' && this.mutants.has('soql_or_drops_second')) arms = [arms[0]];
    if ((cond.kind === 'and') !== negated) {
      return (row) => {
        for (const arm of arms) if (!arm(row)) return false;
        return true;
      };
    }
    return (row) => {
      for (const arm of arms) if (arm(row)) return true;
      return false;
    };
  }

  leaf(cond, negated) {
    const { column } = cond;
    const read = this.reader(column);
    const { test, onNull, certain } = this.test(cond);
    if (column.type === 'boolean') return this.boolean(read, test, negated);
    const outcome = this.nullOutcome({ onNull, certain, negated });
    const missing = outcome && !certain && column.hops?.length > 0
      && this.switches.get('missing_parent_negation') === 'exclude' ? false : outcome;
    return (row) => {
      const value = read(row);
      if (value === null) return outcome;
      if (value === undefined) return missing;
      return test(value) !== negated;
    };
  }

  // What a null gives. `certain` conditions are about nulls themselves.
  nullOutcome({ onNull, certain, negated }) {
    if (certain) return onNull !== negated;
    return this.switches.get('null_negation') === 'include' && onNull !== negated;
  }

  // A boolean is never null: what is missing is false.
  boolean(read, test, negated) {
    const lost = this.mutants.has('parent_boolean_null');
    return (row) => {
      const value = read(row);
      if (value === undefined && lost) return false;
      return test(value ?? false) !== negated;
    };
  }

  // {test of a value, onNull in two-valued logic, certain}.
  test(cond) {
    const { column } = cond;
    switch (cond.kind) {
      case 'compare': return this.compare(cond);
      case 'like': return { test: this.tests.like(column, cond.value), onNull: false };
      case 'in': return this.in(cond);
      case 'includes': return this.includes(cond);
      default: return this.semijoin(cond);
    }
  }

  compare({ column, op, value }) {
    if (!this.isNull(column, value)) {
      return { test: this.tests.compare(column, op, value), onNull: op === '!=' };
    }
    if (op === '!=' && this.mutants.has('not_null_ignored')) {
      return { test: () => true, onNull: true, certain: true };
    }
    if (op === '=' && this.mutants.has('is_null_finds_nothing')) {
      return { test: () => false, onNull: false, certain: true };
    }
    const wantsNull = op === '=';
    if (column.type === 'boolean') return { test: (v) => v !== wantsNull };
    return { test: () => !wantsNull, onNull: wantsNull, certain: true };
  }

  in({ column, negated, values }) {
    const wanted = this.mutants.has('in_drops_last') && values.length > 1 ? values.slice(0, -1)
      : values;
    const literals = wanted.filter((value) => !this.isNull(column, value));
    const hasNull = literals.length < wanted.length;
    const within = column.type === 'boolean' ? this.booleanIn(literals, hasNull)
      : this.tests.in(column, literals);
    if (!negated) return { test: within, onNull: hasNull, certain: hasNull };
    const test = (v) => !within(v);
    if (!hasNull) return { test, onNull: true };
    switch (this.switches.get('not_in_null')) {
      case 'ignore': return { test, onNull: true };
      case 'complement': return { test, onNull: false, certain: true };
      default: return { test: () => false, onNull: false, certain: true };
    }
  }

  booleanIn(literals, hasNull) {
    const values = new Set(literals.map((literal) => literal.value));
    if (hasNull) values.add(false);
    return (v) => values.has(v);
  }

  includes({ column, negated, values }) {
    const literals = values.filter((value) => !this.isNull(column, value));
    const hasNull = literals.length < values.length;
    const within = this.tests.includes(column, literals);
    if (negated) return { test: (v) => !within(v), onNull: !hasNull, certain: hasNull };
    return { test: within, onNull: hasNull, certain: hasNull };
  }

  semijoin({ column, negated, inner }) {
    const key = this.tests.keyer(column);
    const keys = this.keysOf(inner, key);
    if (!negated || this.mutants.has('anti_join_as_semi_join')) {
      return { test: (v) => keys.has(key(v)), onNull: false, certain: true };
    }
    return { test: (v) => !keys.has(key(v)), certain: true,
      onNull: this.switches.get('anti_join_null') === 'include' };
  }
}
