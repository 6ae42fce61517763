// The text of a query → a small tree of plain objects. Names are as they were written; `at` is
// the offset of a node in the text.
//
//   query   {text, at, select: [item], counting, from, joins, where, groupBy, having, orderBy,
//            limit, offset, scope, with}
//   item    {kind: 'column', expr, alias} | {kind: 'child', query} | {kind: 'typeof', path, when,
//            otherwise}
//   expr    {kind: 'field', path: [name], at} | {kind: 'call', name, arg: expr, at}
//   cond    and/or {arms}, not/paren {arm}, compare {expr, op, value}, like {expr, value},
//           in and includes {expr, negated, values}, semijoin {expr, negated, query}
//   literal {kind: string|number|boolean|null|date|datetime|time|named, value, …}
//
// What the grammar lets pass and the rules of salesforce §5 do not is refused here as far as it
// does not take the schema.

import { malformed, malformedAt } from './failures.mjs';
import { parseTree } from './grammar.mjs';
import { dateLiteral, datetimeLiteral, stringLiteral, timeLiteral } from './literals.mjs';

const LONGEST_QUERY = 100_000;
const CACHED = 500;
const RESERVED = new Set(['and', 'asc', 'desc', 'excludes', 'first', 'from', 'group', 'having',
  'in', 'includes', 'last', 'like', 'limit', 'not', 'null', 'nulls', 'or', 'select', 'using',
  'where', 'with']);

const typeOf = (node) => node.constructor.name.replace(/Context$/, '');
const startOf = (node) => node.start?.startIndex ?? node.symbol.startIndex;

function childrenOf(node) {
  return Array.from({ length: node.childCount }, (_, i) => node.getChild(i));
}

class Reader {
  constructor(text) {
    this.text = text;
  }

  // The text of a node as it was written.
  source(node) {
    return this.text.slice(startOf(node), node.stop.stopIndex + 1);
  }

  fail(node, message) {
    throw malformedAt(this.text, startOf(node), message);
  }

  identifier(node) {
    const parts = this.source(node).split('.').map((part) => part.trim());
    if (parts.includes('')) this.fail(node, 'unexpected token: \'.\'');
    return parts;
  }

  // f(g(field)) arrives flat: f ( g ( field ) ).
  field(node) {
    const names = node.soqlIdentifier();
    const calls = names.slice(0, -1);
    const last = names[names.length - 1];
    let expr = { kind: 'field', path: this.identifier(last), at: startOf(last) };
    for (const name of calls.reverse()) {
      expr = { kind: 'call', name: name.text.toUpperCase(), arg: expr, at: startOf(name) };
    }
    return expr;
  }

  alias(node) {
    if (node === undefined) return null;
    if (RESERVED.has(node.text.toLowerCase())) this.fail(node, `unexpected token: '${node.text}'`);
    return node.text;
  }

  // ---- literals -----------------------------------------------------------------------------

  literal(node, like = false) {
    let leaf = node;
    while (leaf.childCount === 1 && leaf.getChild(0).childCount > 0) leaf = leaf.getChild(0);
    const text = this.source(leaf);
    const at = startOf(leaf);
    return { ...this.literalOf(leaf, typeOf(leaf), text, like), text, at };
  }

  literalOf(leaf, type, text, like) {
    switch (type) {
      case 'ValidatedEscapeStringLiteral': case 'ValidatedEscapeLikeStringLiteral':
        return stringLiteral(text, { like });
      case 'SoqlNullLiteral': return { kind: 'null', value: null };
      case 'SoqlBooleanLiteral': return { kind: 'boolean', value: /^true$/i.test(text) };
      case 'SoqlDateLiteral': return dateLiteral(text);
      case 'SoqlDateTimeLiteral': return datetimeLiteral(text);
      case 'SoqlTimeLiteral': return timeLiteral(text);
      case 'SoqlDateFormulaLiteral': return this.named(leaf, text);
      case 'SoqlInteger': case 'SoqlNumber':
        return { kind: 'number', value: text.replace(/[\s+]/g, '') };
      default: return this.fail(leaf, `unexpected token: '${text}'`);
    }
  }

  named(leaf, text) {
    const [name, n] = text.toUpperCase().split(':').map((part) => part.trim());
    if (/(^|_)N_/.test(name) !== (n !== undefined)) this.fail(leaf, `unexpected token: '${text}'`);
    return { kind: 'named', name, n: n === undefined ? null : Number(n) };
  }

  // ---- conditions ---------------------------------------------------------------------------

  conditions(node) {
    const [first, rest] = childrenOf(node);
    if (typeOf(node) === 'SoqlWhereNotExpr') {
      return { kind: 'not', arm: this.condition(rest), at: startOf(node) };
    }
    if (rest === undefined) return this.condition(first);
    const kind = typeOf(rest) === 'SoqlAndWhere' ? 'and' : 'or';
    return { kind, arms: [first, ...rest.soqlWhereExpr()].map((arm) => this.condition(arm)),
      at: startOf(node) };
  }

  condition(node) {
    const at = startOf(node);
    switch (typeOf(node)) {
      case 'NestedWhereExpr': return { kind: 'paren', arm: this.conditions(node.soqlWhereExprs()), at };
      case 'SimpleWhereExpr':
        return { kind: 'compare', expr: this.field(node.soqlField()), op: this.operator(node),
          value: this.literal(node.soqlLiteralValue()), at };
      case 'LikeWhereExpr':
        return { kind: 'like', expr: this.field(node.soqlField()),
          value: this.literal(node.soqlLikeValue(), true), at };
      case 'InWhereExpr':
        return { kind: 'in', expr: this.field(node.soqlField()),
          negated: node.soqlInOperator().NOT() !== undefined, values: this.literals(node), at };
      case 'IncludesWhereExpr':
        return { kind: 'includes', expr: this.field(node.soqlField()),
          negated: node.soqlIncludesOperator().EXCLUDES() !== undefined,
          values: this.literals(node), at };
      case 'InWhereExprWithSemiJoin':
        return { kind: 'semijoin', expr: this.field(node.soqlField()),
          negated: node.soqlInOperator().NOT() !== undefined,
          query: this.semiJoin(node.soqlSemiJoin()), at };
      default: return this.fail(node, `unexpected token: '${node.start.text}'`);
    }
  }

  operator(node) {
    const op = node.soqlComparisonOperator().text;
    return op === '<>' ? '!=' : op;
  }

  literals(node) {
    return node.soqlLiteralValues().soqlLiteralValue().map((value) => this.literal(value));
  }

  where(clause) {
    return clause === undefined ? null : this.conditions(clause.soqlWhereExprs());
  }

  semiJoin(node) {
    if (node.soqlWithClause()) this.fail(node.soqlWithClause(), 'unexpected token: \'WITH\'');
    return { text: this.text, at: startOf(node), ...this.from(node.soqlFromClause()),
      select: [{ kind: 'column', expr: this.field(node.soqlField()), alias: null }],
      where: this.where(node.soqlWhereClause()), orderBy: [] };
  }

  // ---- select -------------------------------------------------------------------------------

  item(node) {
    const alias = this.alias(node.soqlAlias());
    const at = startOf(node);
    switch (typeOf(node)) {
      case 'SoqlSelectColumnExpr':
        return { kind: 'column', expr: this.field(node.soqlField()), alias, at };
      case 'SoqlSelectInnerQueryExpr':
        return { kind: 'child', query: this.query(node.soqlInnerQuery()), alias, at };
      case 'SoqlSelectTypeofExpr': return { ...this.typeofItem(node.soqlTypeofExpr()), alias, at };
      default: return this.fail(node, 'DISTANCE is not supported by this organization');
    }
  }

  typeofItem(node) {
    const results = (part) => part.soqlResultExpr().map((result) => ({ kind: 'field',
      path: this.identifier(result), at: startOf(result) }));
    return { kind: 'typeof', path: this.identifier(node.soqlTypeofOperand()),
      when: node.soqlWhenExpr().map((part) => ({ type: part.soqlWhenOperand().text,
        at: startOf(part.soqlWhenOperand()), fields: results(part) })),
      otherwise: node.soqlElseExpr() ? results(node.soqlElseExpr()) : [] };
  }

  from(clause) {
    const [first, ...joins] = clause.soqlFromExprs().soqlFromExpr().map((part) => {
      const [name, alias] = part.soqlIdentifier();
      return { path: this.identifier(name), alias: this.alias(alias), at: startOf(name),
        scope: part.soqlUsingClause() ? this.source(part.soqlUsingClause()) : null };
    });
    return { from: first, joins };
  }

  // ---- the other clauses --------------------------------------------------------------------

  groupBy(clause) {
    if (clause === undefined) return null;
    if (clause.ROLLUP() || clause.CUBE()) {
      this.fail(clause, 'GROUP BY ROLLUP and CUBE are not supported by this organization');
    }
    return clause.soqlGroupByExprs().soqlField().map((field) => this.field(field));
  }

  orderBy(clause) {
    if (clause === undefined) return [];
    return clause.soqlOrderByClauseExprs().soqlOrderByClauseExpr().map((key) => {
      const what = key.soqlOrderByClauseField();
      if (typeOf(what) !== 'SoqlOrderByColumnExpr') {
        this.fail(what, 'DISTANCE is not supported by this organization');
      }
      const nulls = key.FIRST() ? 'first' : null;
      return { expr: this.field(what.soqlField()), desc: key.DESC() !== undefined,
        nulls: key.LAST() ? 'last' : nulls, at: startOf(key) };
    });
  }

  whole(clause, word) {
    if (clause === undefined) return null;
    const text = this.source(clause.soqlIntegerValue()).replace(/\s/g, '');
    if (!/^\+?\d+$/.test(text)) this.fail(clause, `${word} must be a whole number of 0 or more`);
    return Number(text);
  }

  query(node) {
    const select = node.soqlSelectClause();
    const grouping = node.soqlGroupByClause();
    const counting = typeOf(select) === 'SoqlSelectCountClause';
    if (node.soqlBindClause()) this.fail(node.soqlBindClause(), 'unexpected token: \'BIND\'');
    const extra = node.soqlWithClause() ?? node.soqlWithIdentifierClause()[0];
    return { text: this.text, at: startOf(node), counting,
      select: counting ? [] : select.soqlSelectExprs().soqlSelectExpr().map((i) => this.item(i)),
      ...this.from(node.soqlFromClause()),
      where: this.where(node.soqlWhereClause()),
      groupBy: this.groupBy(grouping),
      having: grouping?.soqlHavingClause()
        ? this.conditions(grouping.soqlHavingClause().soqlWhereExprs()) : null,
      orderBy: this.orderBy(node.soqlOrderByClause()),
      limit: this.whole(node.soqlLimitClause(), 'LIMIT'),
      offset: this.whole(node.soqlOffsetClause(), 'OFFSET'),
      with: extra ? this.source(extra) : null };
  }
}

// The grammar lacks \f, which the documentation has; \n takes its place, at the same offset.
const withKnownEscapes = (text) => text.replace(/\\[\s\S]/g,
  (escape) => (/f/i.test(escape) ? '\\n' : escape));

const cache = new Map();

function parseFresh(text, apiVersion) {
  if (text.length > LONGEST_QUERY) {
    throw malformed(`SOQL statements cannot be longer than ${LONGEST_QUERY} characters.`);
  }
  return new Reader(text).query(parseTree(withKnownEscapes(text), apiVersion)
    .soqlInnerQuery());
}

// The tree must not be changed by those who read it: the same text gives the same tree again.
export function parse(text, apiVersion = 62) {
  const key = `${apiVersion} ${text}`;
  let tree = cache.get(key);
  if (tree === undefined) tree = parseFresh(text, apiVersion);
  else cache.delete(key);
  cache.set(key, tree);
  if (cache.size > CACHED) cache.delete(cache.keys().next().value);
  return tree;
}
