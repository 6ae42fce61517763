// A parsed query against the schema (salesforce §5). The result names objects and fields of the
// schema, so that whoever evaluates it has nothing left to refuse but the number of groups:
//
//   {object, items, where, orderBy: [{column, desc, nulls}], limit, offset, counting, aggregate,
//    groupBy: [column] | null, having}
//   item: {kind: 'column', key, column} | {kind: 'child', key, link, query}
//         | {kind: 'typeof', key, hop, when: Map(object name → [column]), otherwise: [column]}
//         | {kind: 'aggregate'|'group', key, column, slot}

import { ConditionChecker, objectNamed } from './check_conditions.mjs';
import { malformed, malformedAt, refused } from './failures.mjs';
import { AGGREGATES, Counts, DATE_FUNCTIONS, Scope } from './scope.mjs';

const MAX_OFFSET = 2000;
const MAX_SUBQUERIES = 20;
const CHILD_LEVELS = 5;
const DEEP_CHILDREN_SINCE = 58;
const FIELDS_LIMIT = 200;
const MAX_ORDER = 32;

const PLAIN_CALLS = new Set(['TOLABEL', 'FORMAT', 'CONVERTCURRENCY']);
const GROUPED_CALLS = new Set([...AGGREGATES, ...DATE_FUNCTIONS]);
const SELECT_CALLS = new Set([...PLAIN_CALLS, ...GROUPED_CALLS]);

const isAggregate = (expr) => expr.kind === 'call' && AGGREGATES.has(expr.name);

class QueryChecker {
  constructor({ schema, switches, version, counts = new Counts(), depth = 0 }) {
    Object.assign(this, { schema, switches, version, counts, depth });
  }

  root(query) {
    const object = objectNamed({ schema: this.schema, fail: Scope.prototype.fail, text: query.text },
      query.from);
    return this.query(query, object, [object.name, query.from.alias]);
  }

  query(query, object, names) {
    this.scope = new Scope({ schema: this.schema, object, text: query.text, counts: this.counts,
      names });
    this.ast = query;
    for (const join of query.joins) this.scope.join(join);
    this.unsupported(query);
    const aggregate = query.groupBy !== null
      || query.select.some((item) => item.kind === 'column' && isAggregate(item.expr));
    const checker = new ConditionChecker({ scope: this.scope, switches: this.switches,
      isRoot: this.depth === 0 });
    const out = { object, aggregate, counting: query.counting, where: checker.check(query.where),
      limit: query.limit, offset: query.offset, groupBy: null, having: null };
    this.window(query);
    if (query.counting) return { ...out, items: [], orderBy: this.alone(query) };
    if (aggregate) return { ...out, ...this.aggregated(query) };
    return { ...out, items: this.items(query), orderBy: this.order(query, new Set(DATE_FUNCTIONS)) };
  }

  unsupported(query) {
    const { scope } = query.from;
    if (scope && !/scope\s+everything$/i.test(scope)) {
      throw malformedAt(query.text, query.from.at, `${scope} is not supported by this organization`);
    }
    if (query.with && !/^WITH\s+(SECURITY_ENFORCED|USER_MODE|SYSTEM_MODE)$/i.test(query.with)) {
      throw malformed(`${query.with} is not supported by this organization`);
    }
  }

  window(query) {
    if (query.offset !== null && query.offset > MAX_OFFSET) {
      throw refused('NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed for apiName '
        + `${this.scope.object.name} is ${MAX_OFFSET}`);
    }
  }

  // COUNT() stands alone; only LIMIT may follow.
  alone(query) {
    if (query.groupBy !== null || query.orderBy.length > 0 || query.offset !== null
      || this.depth > 0) {
      throw malformedAt(query.text, query.at, 'COUNT() must be the only element in the select list '
        + 'and takes no GROUP BY, ORDER BY or OFFSET');
    }
    return [];
  }

  order(query, allowed) {
    if (query.orderBy.length > MAX_ORDER) {
      throw malformed(`No more than ${MAX_ORDER} fields are allowed in ORDER BY`);
    }
    return query.orderBy.map(({ expr, desc, nulls }) => {
      const column = this.scope.expr(expr, allowed);
      if (!AGGREGATES.has(column.call)) this.scope.need(column, 'sortable', 'sorted');
      return { column, desc, nulls };
    });
  }

  // ---- records ------------------------------------------------------------------------------

  items(query) {
    const out = [];
    const seen = new Set();
    const once = (key, shown, at) => {
      if (seen.has(key)) {
        this.scope.fail(at, 'INVALID_FIELD', `duplicate field selected: ${shown}`);
      }
      seen.add(key);
    };
    for (const item of query.select) {
      for (const made of this.item(item, query)) {
        once(made.label.toLowerCase(), made.label, item.at);
        out.push(made);
      }
    }
    this.typeofApart(out);
    return out;
  }

  // A relationship is read by TYPEOF or by its fields: an answer has one object of its name.
  typeofApart(items) {
    for (const { kind, key } of items) {
      if (kind === 'typeof' && items.some((item) => item.column?.hops?.[0]?.name === key)) {
        throw malformed(`${key} is read by TYPEOF already`);
      }
    }
  }

  item(item, query) {
    if (item.kind === 'child') return [this.child(item)];
    if (item.kind === 'typeof') return [this.typeof(item)];
    const { expr, alias } = item;
    if (expr.kind === 'call' && expr.name === 'FIELDS') return this.allFields(expr, query);
    const column = this.scope.expr(expr, SELECT_CALLS);
    if (DATE_FUNCTIONS.has(column.call)) {
      throw malformed(`Field must be grouped or aggregated: ${column.arg.field.name}`);
    }
    if (alias !== null && !column.call) {
      throw malformedAt(this.ast.text, item.at, 'only aggregate expressions use field aliasing');
    }
    return [{ kind: 'column', key: alias ?? (column.arg ?? column).field.name, column, alias,
      label: alias ?? (column.arg ?? column).label }];
  }

  allFields(expr, query) {
    const set = expr.arg.kind === 'field' ? expr.arg.path.join('.').toUpperCase() : '';
    const { object } = this.scope;
    if (!['ALL', 'STANDARD', 'CUSTOM'].includes(set)) {
      throw malformedAt(query.text, expr.at, 'FIELDS takes ALL, STANDARD or CUSTOM');
    }
    if (set !== 'STANDARD' && !(query.limit <= FIELDS_LIMIT && query.limit !== null)
      && !fewIds(query.where)) {
      throw malformed(`The SOQL FIELDS function must have a LIMIT of at most ${FIELDS_LIMIT}`);
    }
    const fields = object.fields.filter((field) => set === 'ALL'
      || field.custom === (set === 'CUSTOM'));
    if (fields.length === 0) throw malformed(`The object ${object.name} has no custom fields`);
    return fields.map((field) => ({ kind: 'column', key: field.name, label: field.name,
      alias: null,
      column: { object, hops: [], field, type: field.type, label: field.name, at: expr.at } }));
  }

  child({ query, at }) {
    const levels = Number(this.version) >= DEEP_CHILDREN_SINCE ? CHILD_LEVELS : 1;
    if (this.depth >= levels) {
      throw malformedAt(this.ast.text, at, `Subqueries cannot go deeper than ${levels} levels`);
    }
    this.counts.subqueries += 1;
    if (this.counts.subqueries > MAX_SUBQUERIES) {
      throw malformed(`No more than ${MAX_SUBQUERIES} subqueries are allowed`);
    }
    const path = this.scope.relative(query.from.path);
    const link = path.length === 1 ? this.scope.object.child(path[0]) : undefined;
    const object = link && this.schema.object(link.childSObject);
    if (object === undefined) {
      this.scope.fail(query.from.at, 'INVALID_TYPE', `Didn't understand relationship '${path.at(-1)}' `
        + 'in FROM part of query call. If you are attempting to use a custom relationship, be sure '
        + 'to append the \'__r\' after the custom relationship name. Please reference your WSDL or '
        + 'the describe call for the appropriate names.');
    }
    const inner = new QueryChecker({ schema: this.schema, switches: this.switches,
      version: this.version, counts: this.counts, depth: this.depth + 1 });
    const checked = inner.query(query, object, [link.relationshipName, object.name, query.from.alias]);
    if (checked.aggregate) throw malformed('aggregate queries are not allowed in subqueries');
    return { kind: 'child', key: link.relationshipName, label: link.relationshipName,
      link: object.field(link.field), query: checked };
  }

  typeof({ path, when, otherwise, at }) {
    const [name, ...rest] = this.scope.relative(path);
    const hop = this.scope.hop(this.scope.object, name, at);
    if (rest.length > 0 || !hop.polymorphic) {
      throw malformedAt(this.ast.text, at, `TYPEOF needs a polymorphic relationship: ${path.join('.')}`);
    }
    const columns = (object, fields, names) => fields.map((field) => new Scope({ schema: this.schema,
      object, text: this.ast.text, counts: this.counts, names }).column(field));
    const branches = new Map();
    for (const { type, fields, at: where } of when) {
      const object = this.schema.object(type);
      if (object === undefined || !hop.field.referenceTo.includes(object.name)) {
        this.scope.fail(where, 'INVALID_TYPE', `${type} is not a type of ${hop.name}`);
      }
      branches.set(object.name, columns(object, fields, []));
    }
    const rootScope = (field) => this.scope.column({ ...field, path: [name, ...field.path] });
    return { kind: 'typeof', key: hop.name, label: hop.name, hop, when: branches,
      otherwise: otherwise.map(rootScope) };
  }

  // ---- aggregate rows -----------------------------------------------------------------------

  aggregated(query) {
    if (this.depth > 0) throw malformed('aggregate queries are not allowed in subqueries');
    const groupBy = (query.groupBy ?? []).map((expr) => this.groupKey(expr));
    this.wholeOnly(query);
    const labels = new Map(groupBy.map((column, i) => [column.label, i]));
    const items = [];
    let unnamed = 0;
    for (const item of query.select) {
      const made = this.aggregateItem(item, labels);
      made.key ??= `expr${unnamed++}`;
      if (items.some((other) => other.key.toLowerCase() === made.key.toLowerCase())) {
        throw malformedAt(query.text, item.at, `duplicate alias: ${made.key}`);
      }
      items.push(made);
    }
    const having = query.having === null ? null : new ConditionChecker({ scope: this.scope,
      switches: this.switches, grouped: (column) => labels.has(column.label) }).check(query.having);
    const orderBy = this.order(query, GROUPED_CALLS);
    for (const { column } of orderBy) this.groupedOrAggregated(column, labels);
    return { items, groupBy: query.groupBy === null ? null : groupBy, having, orderBy };
  }

  wholeOnly(query) {
    if (query.groupBy !== null) return;
    if (query.limit !== null || query.offset !== null) {
      throw malformed('Non-grouped query that uses overall aggregate functions cannot also use LIMIT');
    }
  }

  groupKey(expr) {
    const column = this.scope.expr(expr, DATE_FUNCTIONS);
    if (!column.call) {
      this.scope.need(column, 'groupable', 'grouped');
      if (column.field.calculated && this.switches.get('group_formula') === 'refuse') {
        this.scope.fail(column.at, 'INVALID_FIELD',
          `field '${column.field.name}' can not be grouped in a query call`);
      }
    }
    return column;
  }

  aggregateItem(item, labels) {
    if (item.kind !== 'column') {
      throw malformedAt(this.ast.text, item.at, 'subqueries and TYPEOF are not allowed in aggregate '
        + 'queries');
    }
    const column = this.scope.expr(item.expr, SELECT_CALLS);
    this.groupedOrAggregated(column, labels);
    if (AGGREGATES.has(column.call)) return { kind: 'aggregate', key: item.alias, column };
    return { kind: 'group', column, slot: labels.get(column.label),
      key: item.alias ?? (column.call ? null : column.field.name) };
  }

  groupedOrAggregated(column, labels) {
    if (AGGREGATES.has(column.call)) {
      if (labels.has(column.arg.label)) {
        throw malformed(`Grouped field should not be aggregated: ${column.arg.label}`);
      }
    } else if (!labels.has(column.label)) {
      throw malformed(`Field must be grouped or aggregated: ${(column.arg ?? column).label}`);
    }
  }
}

// A filter on at most 200 ids stands in for the LIMIT of FIELDS().
function fewIds(where) {
  const arms = where?.kind === 'and' ? where.arms : [where];
  return arms.some((arm) => arm && arm.expr?.kind === 'field' && arm.expr.path.at(-1).toLowerCase() === 'id'
    && arm.expr.path.length === 1
    && ((arm.kind === 'compare' && arm.op === '=')
      || (arm.kind === 'in' && !arm.negated && arm.values.length <= FIELDS_LIMIT)));
}

// version: the number of the API, such as 62.0.
export function check(query, { schema, switches, version }) {
  return new QueryChecker({ schema, switches, version }).root(query);
}
