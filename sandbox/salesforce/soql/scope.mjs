// Names of a query → columns of the schema. A column is
//
//   {object, hops: [{name, field, targets, polymorphic}], field, type, label, at}
//
// object is the one of FROM, hops lead to parents, label is the canonical path. A function around
// a column is {call, arg, type, label, at}.

import { malformedAt, refused, located } from './failures.mjs';

const LEVELS_UP = 5;
const RELATIONSHIPS = 55;

export const AGGREGATES = new Set(['COUNT', 'COUNT_DISTINCT', 'SUM', 'AVG', 'MIN', 'MAX']);
const ON_DATES = ['CALENDAR_YEAR', 'CALENDAR_QUARTER', 'CALENDAR_MONTH', 'FISCAL_YEAR',
  'FISCAL_QUARTER', 'FISCAL_MONTH', 'DAY_IN_MONTH', 'DAY_IN_WEEK', 'DAY_IN_YEAR', 'WEEK_IN_MONTH',
  'WEEK_IN_YEAR'];
const ON_DATETIMES = ['DAY_ONLY', 'HOUR_IN_DAY'];
export const DATE_FUNCTIONS = new Set([...ON_DATES, ...ON_DATETIMES]);
const NUMBERS = new Set(['int', 'double', 'currency', 'percent']);

// What can be read of a parent that may be one of several objects (salesforce §5.9); `ofName` tells
// these fields from those of the parent.
const NAME_FIELDS = new Map(['Id', 'Name', 'FirstName', 'LastName', 'Email', 'Phone', 'Title', 'Type',
  'Username'].map((name) => [name.toLowerCase(), Object.freeze({ name,
  type: name === 'Id' ? 'id' : 'string', filterable: true, sortable: true, groupable: true,
  aggregatable: true, picklistValues: [], referenceTo: [], unique: false, caseSensitive: false,
  calculated: false, length: 255, ofName: true })]));

// Counts of one statement, over all its scopes.
export class Counts {
  constructor() {
    this.relationships = new Set();
    this.subqueries = 0;
    this.semijoins = 0;
  }
}

// The value of a field of a row, whatever object the row turned out to be of.
export function fieldValue(world, object, index, field) {
  if (field.ofName && field.name === 'Type') return object.name;
  const own = field.ofName ? object.field(field.name) : field;
  return own ? world.value(object.name, index, own.name) : null;
}

export class Scope {
  // `names` are the words a path may start with to mean this object: its name and its alias.
  constructor({ schema, object, text, counts, names }) {
    Object.assign(this, { schema, object, text, counts });
    this.names = new Set(names.filter(Boolean).map((name) => name.toLowerCase()));
    this.joined = new Map();
  }

  // FROM Contact c, c.Account a
  join({ path, alias }) {
    if (alias) this.joined.set(alias.toLowerCase(), path);
  }

  fail(at, code, message) {
    throw refused(code, located(this.text, at, message));
  }

  // A path without what only names the object.
  relative(path) {
    const joined = this.joined.get(path[0].toLowerCase());
    if (joined) return this.relative([...joined, ...path.slice(1)]);
    if (path.length > 1 && this.names.has(path[0].toLowerCase())) return path.slice(1);
    return path;
  }

  hop(object, name, at) {
    const field = object.parent(name);
    const targets = (field?.referenceTo ?? []).map((target) => this.schema.object(target))
      .filter(Boolean);
    if (targets.length === 0) {
      this.fail(at, 'INVALID_FIELD', `Didn't understand relationship '${name}' in field path. `
        + 'If you are attempting to use a custom relationship, be sure to append the \'__r\' after '
        + 'the custom relationship name. Please reference your WSDL or the describe call for the '
        + 'appropriate names.');
    }
    return { name: field.relationshipName, field, targets, polymorphic: field.referenceTo.length > 1 };
  }

  hops(names, at) {
    if (names.length > LEVELS_UP) {
      this.fail(at, 'MALFORMED_QUERY', 'SOQL relationships cannot go up more than '
        + `${LEVELS_UP} levels`);
    }
    const out = [];
    let object = this.object;
    for (const name of names) {
      if (out.at(-1)?.polymorphic) this.noColumn(name, 'Name', at);
      out.push(this.hop(object, name, at));
      object = out.at(-1).targets[0];
      this.counts.relationships.add([this.object.name, ...out.map((hop) => hop.name)].join('.'));
    }
    if (this.counts.relationships.size > RELATIONSHIPS) {
      throw malformedAt(this.text, at, `No more than ${RELATIONSHIPS} relationships are allowed`);
    }
    return out;
  }

  noColumn(name, entity, at) {
    this.fail(at, 'INVALID_FIELD', `No such column '${name}' on entity '${entity}'. If you are `
      + 'attempting to use a custom field, be sure to append the \'__c\' after the custom field '
      + 'name. Please reference your WSDL or the describe call for the appropriate names.');
  }

  column({ path, at }) {
    const names = this.relative(path);
    const hops = this.hops(names.slice(0, -1), at);
    const name = names.at(-1);
    const last = hops.at(-1);
    const owner = last ? last.targets[0] : this.object;
    const field = last?.polymorphic ? NAME_FIELDS.get(name.toLowerCase()) : owner.field(name);
    if (field === undefined) this.noColumn(name, last?.polymorphic ? 'Name' : owner.name, at);
    return { object: this.object, hops, field, type: field.type, at,
      label: [...hops.map((hop) => hop.name), field.name].join('.') };
  }

  // The column or function behind an expression. `allowed` is a set of function names.
  expr(expr, allowed) {
    if (expr.kind === 'field') return this.column(expr);
    if (!allowed.has(expr.name)) {
      throw malformedAt(this.text, expr.at, `unexpected token: '${expr.name}'`);
    }
    if (DATE_FUNCTIONS.has(expr.name)) return this.dateFunction(expr);
    if (AGGREGATES.has(expr.name)) return this.aggregate(expr);
    const arg = this.argument(expr);
    return { call: expr.name, arg, type: arg.type, label: `${expr.name}(${arg.label})`, at: expr.at };
  }

  argument(expr) {
    if (expr.arg.kind === 'call') {
      throw malformedAt(this.text, expr.arg.at, `unexpected token: '${expr.arg.name}'`);
    }
    return this.column(expr.arg);
  }

  // In UTC, unless convertTimezone() asks for the user's time zone.
  dateFunction(expr) {
    const zoned = expr.arg.kind === 'call' && expr.arg.name === 'CONVERTTIMEZONE';
    const arg = this.argument(zoned ? expr.arg : expr);
    const fine = arg.type === 'datetime'
      || (arg.type === 'date' && !zoned && ON_DATES.includes(expr.name));
    if (!fine) {
      this.fail(expr.at, 'INVALID_FIELD', `field ${arg.field.name} of type ${arg.type} does not `
        + `support function ${expr.name}`);
    }
    return { call: expr.name, arg, zoned, type: expr.name === 'DAY_ONLY' ? 'date' : 'int',
      label: `${expr.name}(${zoned ? `convertTimezone(${arg.label})` : arg.label})`, at: expr.at };
  }

  aggregate(expr) {
    const arg = this.argument(expr);
    const { name } = expr;
    const sums = name === 'SUM' || name === 'AVG';
    if (!arg.field.aggregatable || (sums && !NUMBERS.has(arg.type))) {
      this.fail(expr.at, 'INVALID_FIELD',
        `field ${arg.field.name} does not support aggregate operator ${name}`);
    }
    const whole = name.startsWith('COUNT');
    const type = sums ? 'double' : arg.type;
    return { call: name, arg, type: whole ? 'int' : type, label: `${name}(${arg.label})`, at: expr.at };
  }

  need(column, flag, what) {
    const field = (column.arg ?? column).field;
    if (field[flag]) return;
    this.fail(column.at, 'INVALID_FIELD', `field '${field.name}' can not be ${what} in a query call`);
  }
}
