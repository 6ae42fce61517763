// Conditions against the schema (salesforce §5.2, §5.3, §5.6, §5.9). A checked condition is
//
//   {kind: 'and'|'or', arms} | {kind: 'not', arm} | {kind: 'compare', column, op, value}
//   | {kind: 'like', column, value} | {kind: 'in'|'includes', column, negated, values}
//   | {kind: 'semijoin', column, negated, inner: {object, column, where}}

import { normalizeId } from '../ids.mjs';
import { malformed, refused } from './failures.mjs';
import { Scope, DATE_FUNCTIONS, AGGREGATES } from './scope.mjs';

const IDS = new Set(['id', 'reference']);
const TEXTS = new Set(['string', 'textarea', 'email', 'phone', 'url', 'picklist', 'combobox',
  'encryptedstring', 'multipicklist']);
const DECIMALS = new Set(['double', 'currency', 'percent']);
const NO_LIKE = new Set(['multipicklist']);
const IN_WHERE = new Set([...DATE_FUNCTIONS, 'TOLABEL']);
const IN_HAVING = new Set([...DATE_FUNCTIONS, ...AGGREGATES]);
const INT_MAX = 2 ** 31;
const SEMIJOINS = 2;
const NOT_INNER = new Set(['ActivityHistory', 'Attachment', 'Event', 'EventAttendee', 'Note',
  'OpenActivity', 'Task', 'TaskTag', 'EventTag', 'AccountTag', 'ContactTag', 'LeadTag']);

const NAMES = { datetime: 'dateTime', date: 'date', time: 'time', boolean: 'boolean', int: 'int',
  id: 'id', reference: 'id' };

// The kinds of literal a type takes, besides null.
function kindsOf(type) {
  if (IDS.has(type) || TEXTS.has(type)) return ['string'];
  if (DECIMALS.has(type) || type === 'int') return ['number'];
  if (type === 'date' || type === 'datetime') return [type, 'named'];
  return type === 'boolean' || type === 'time' ? [type] : [];
}

export class ConditionChecker {
  // `switches` decides about the readings of literals; `grouped` is null for WHERE, and for HAVING
  // a function that says whether a column is grouped.
  constructor({ scope, switches, grouped = null, isRoot = true }) {
    Object.assign(this, { scope, switches, grouped, isRoot });
  }

  check(cond) {
    return cond === null ? null : this.condition(cond, { top: true });
  }

  // `place`: where semi-joins may stand, salesforce §5.3.
  condition(cond, place) {
    switch (cond.kind) {
      case 'and': {
        const below = { ...place, top: place.top && !place.wrapped };
        return { kind: 'and', arms: cond.arms.map((arm) => this.condition(arm, below)) };
      }
      case 'or':
        return { kind: 'or', arms: cond.arms.map((arm) => this.condition(arm,
          { ...place, top: false, or: true })) };
      case 'not': return { kind: 'not', arm: this.condition(cond.arm, { ...place, top: false }) };
      case 'paren': return this.condition(cond.arm,
        { ...place, wrapped: true, top: place.top && !place.wrapped });
      case 'semijoin': return this.semijoin(cond, place);
      default: return this.leaf(cond);
    }
  }

  column(expr) {
    const column = this.scope.expr(expr, this.grouped ? IN_HAVING : IN_WHERE);
    if (this.grouped) {
      if (!AGGREGATES.has(column.call) && !this.grouped(column)) {
        throw malformed(`Field must be grouped or aggregated: ${(column.arg ?? column).field.name}`);
      }
    } else this.scope.need(column, 'filterable', 'filtered');
    return column;
  }

  leaf(cond) {
    const column = this.column(cond.expr);
    switch (cond.kind) {
      case 'like': return this.like(cond, column);
      case 'in':
        if (column.type === 'multipicklist') this.badOperator('multipicklist');
        return { kind: 'in', column, negated: cond.negated,
          values: cond.values.map((value) => this.value(column, value)) };
      case 'includes':
        if (column.type !== 'multipicklist') this.badOperator(column.type);
        return { kind: 'includes', column, negated: cond.negated,
          values: cond.values.map((value) => this.value(column, value)) };
      default: return this.compare(cond, column);
    }
  }

  badOperator(type) {
    const shown = IDS.has(type) ? 'id' : type;
    throw refused('INVALID_QUERY_FILTER_OPERATOR', `invalid operator on ${shown} field`);
  }

  compare(cond, column) {
    const range = cond.op !== '=' && cond.op !== '!=';
    if (range && ['boolean', 'multipicklist', 'address', 'location'].includes(column.type)) {
      this.badOperator(column.type);
    }
    if (range && cond.value.kind === 'null') {
      this.scope.fail(cond.value.at, 'INVALID_QUERY_FILTER_OPERATOR',
        `invalid operator ${cond.op} for null`);
    }
    return { kind: 'compare', column, op: cond.op, value: this.value(column, cond.value) };
  }

  like(cond, column) {
    if (!TEXTS.has(column.type) || NO_LIKE.has(column.type)) this.badOperator(column.type);
    const { value } = cond;
    if (value.kind !== 'string') this.wrongKind(column, value);
    if (value.value === '') throw refused('INVALID_QUERY_FILTER_OPERATOR', 'invalid LIKE value');
    return { kind: 'like', column, value };
  }

  wrongKind(column, literal) {
    const text = IDS.has(column.type) || TEXTS.has(column.type);
    const type = NAMES[column.type] ?? (text ? 'string' : 'double');
    let hint = '';
    if (literal.kind === 'string') hint = ' and should not be enclosed in quotes';
    else if (text) hint = ' and should be enclosed in quotes';
    this.scope.fail(literal.at, 'INVALID_FIELD', `value of filter criterion for field `
      + `'${(column.arg ?? column).field.name}' must be of type ${type}${hint}`);
  }

  value(column, literal) {
    if (literal.kind === 'null') return literal;
    const kinds = DATE_FUNCTIONS.has(column.call) && column.type === 'date'
      ? ['date'] : kindsOf(column.type);
    if (!kinds.includes(literal.kind)) this.wrongKind(column, literal);
    if (IDS.has(column.type)) return { ...literal, value: this.id(literal.value) };
    if (column.type === 'int' && !AGGREGATES.has(column.call)) this.whole(column, literal);
    return literal;
  }

  whole(column, literal) {
    const fine = Number(literal.value) < INT_MAX && Number(literal.value) >= -INT_MAX
      && (this.switches.get('int_fraction') === 'compare' || /^-?\d+$/.test(literal.value));
    if (!fine) this.wrongKind(column, literal);
  }

  // The 15 characters that ids are compared by.
  id(text) {
    const full = normalizeId(text);
    if (full !== null) return full.slice(0, 15);
    const reading = this.switches.get('id_checksum');
    if (/^[0-9A-Za-z]{18}$/.test(text) && reading !== 'refuse') {
      return reading === 'ignore' ? text.slice(0, 15) : repairedId(text);
    }
    throw refused('INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${text}`);
  }

  // ---- semi-joins ---------------------------------------------------------------------------

  semijoin(cond, place) {
    const { scope } = this;
    if (place.or) throw malformed('Semi join sub-selects are not allowed with the \'OR\' operator');
    if (!place.top || !this.isRoot || this.grouped) {
      throw malformed('Semi join sub-selects are only allowed at the top level WHERE expressions '
        + 'and not in nested WHERE expressions');
    }
    scope.counts.semijoins += 1;
    if (scope.counts.semijoins > SEMIJOINS) {
      throw refused('EXCEEDED_MAX_SEMIJOIN_SUBSELECTS',
        `The maximum number of semi join sub-selects is ${SEMIJOINS}`);
    }
    const column = this.column(cond.expr);
    this.idSide(column, `The left operand field in the where expression for outer query should be `
      + `an id field, cannot use: '${column.label}'`);
    return { kind: 'semijoin', column, negated: cond.negated, inner: this.inner(cond.query, column) };
  }

  idSide(column, message) {
    if (column.call || column.hops.length > 0 || !IDS.has(column.type)) throw malformed(message);
  }

  inner(query, left) {
    const { scope } = this;
    const object = objectNamed(scope, query.from);
    if (query.joins.length > 0 || query.from.path.length > 1) {
      throw malformed('Semi join sub-selects read from one object only');
    }
    if (NOT_INNER.has(object.name)) {
      throw malformed(`Entity '${object.name}' is not supported for semi join inner selects`);
    }
    if (object === scope.object) {
      throw malformed('The inner and outer selects should not be on the same object type');
    }
    const inside = new Scope({ schema: scope.schema, object, text: scope.text,
      counts: scope.counts, names: [object.name, query.from.alias] });
    const column = inside.expr(query.select[0].expr, new Set());
    this.idSide(column, 'The inner select field should be an id field, cannot use: '
      + `'${column.label}'`);
    this.sameType(left, column);
    const checker = new ConditionChecker({ scope: inside, switches: this.switches, isRoot: false });
    return { object, column, where: checker.check(query.where) };
  }

  // A left side of several types may meet a right side of one.
  sameType(left, right) {
    const types = (column) => (column.type === 'id' ? [column.object.name] : column.field.referenceTo);
    const [a, b] = [types(left), types(right)];
    const fine = b.length === 1 ? a.includes(b[0]) : b.length === a.length
      && b.every((type) => a.includes(type));
    if (fine) return;
    throw malformed(`The selected field '${right.label}' in the subquery and the left operand field `
      + `in the where expression in the outer query '${left.label}' should point to the same `
      + 'object type');
  }
}

export function objectNamed(scope, from) {
  const name = from.path.at(-1);
  const object = scope.schema.object(name);
  if (object === undefined) {
    scope.fail(from.at, 'INVALID_TYPE', `sObject type '${name}' is not supported. If you are `
      + 'attempting to use a custom object, be sure to append the \'__c\' after the entity name. '
      + 'Please reference your WSDL or the describe call for the appropriate names.');
  }
  if (object.queryable === false) {
    throw refused('INVALID_TYPE_FOR_OPERATION', `entity type ${object.name} does not support query`);
  }
  return object;
}

const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';

// The letters in the case that the last three characters tell.
function repairedId(text) {
  let out = '';
  for (let i = 0; i < 15; i++) {
    const bits = CHECK.indexOf(text[15 + Math.floor(i / 5)].toUpperCase());
    out += bits & (1 << (i % 5)) ? text[i].toUpperCase() : text[i].toLowerCase();
  }
  return out;
}
