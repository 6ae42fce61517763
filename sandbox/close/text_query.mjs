// The old text query language of `query` on leads and opportunities (close 5.6).

import { mix } from '../core/hash.mjs';
import { LATEST } from '../core/table.mjs';
import { ApiError } from './errors.mjs';
import { textKeys } from './text_query_keys.mjs';

const KEY = /(?:"((?:[^"\\]|\\.)+)"|([A-Za-z_][\w.]*))\s*(:|<=|>=|<|>|=)\s*/y;
const NESTED = /([a-z_]+)\(/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const WORD = /[^\s()"]+/y;

function fail(text) {
  return new ApiError(400, { error: `Invalid query: ${text}` });
}

const unescape = (text) => text.replace(/\\(.)/g, '$1');

class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  space() {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  match(regex) {
    regex.lastIndex = this.at;
    const m = regex.exec(this.text);
    if (m) this.at = regex.lastIndex;
    return m;
  }

  keyword(word) {
    this.space();
    const piece = this.text.slice(this.at, this.at + word.length);
    const after = this.text[this.at + word.length] ?? ' ';
    const same = word === 'OR' ? piece === word : piece.toLowerCase() === word.toLowerCase();
    if (!same || !/[\s(]/.test(after)) return false;
    this.at += word.length;
    return true;
  }

  or() {
    const arms = [this.and()];
    while (this.keyword('OR')) arms.push(this.and());
    return arms.length === 1 ? arms[0] : { type: 'or', arms };
  }

  and() {
    const arms = [];
    for (;;) {
      this.space();
      if (this.at >= this.text.length || this.text[this.at] === ')') break;
      if (this.startsOr()) break;
      if (!this.keyword('AND')) arms.push(this.unary());
    }
    return { type: 'and', arms };
  }

  startsOr() {
    const at = this.at;
    const found = this.keyword('OR');
    this.at = at;
    return found;
  }

  unary() {
    if (this.keyword('not')) return { type: 'not', arm: this.unary() };
    this.space();
    if (this.text[this.at] === '(') {
      this.at++;
      return this.closing(this.or());
    }
    const nested = this.match(NESTED);
    if (nested) return this.closing({ type: 'nested', key: nested[1], arm: this.or() });
    const key = this.match(KEY);
    if (key) {
      return { type: 'key', key: key[1] === undefined ? key[2] : unescape(key[1]), op: key[3],
        ...this.value() };
    }
    const { value, quoted } = this.value();
    return value === '*' && !quoted ? { type: 'and', arms: [] } : { type: 'text', value, quoted };
  }

  closing(node) {
    this.space();
    if (this.text[this.at] !== ')') throw fail('missing )');
    this.at++;
    return node;
  }

  value() {
    const quoted = this.match(QUOTED);
    if (quoted) return { value: unescape(quoted[1]), quoted: true };
    const word = this.match(WORD);
    if (!word) throw fail(`a value is missing at ${this.at}`);
    return { value: word[0], quoted: false };
  }

  all() {
    const node = this.or();
    this.space();
    if (this.at < this.text.length) throw fail(`unexpected "${this.text[this.at]}"`);
    return node;
  }
}

// sort: and slice: shape the result instead of matching rows.
function takeShaping(node, shaping) {
  if (node.type === 'key' && ['sort', 'slice'].includes(node.key)) {
    shaping[node.key] = node.value;
    return { type: 'and', arms: [] };
  }
  if (node.arms) return { ...node, arms: node.arms.map((arm) => takeShaping(arm, shaping)) };
  return node;
}

const SORTS = { created: 'date_created', updated: 'date_updated', date_created: 'date_created',
  date_updated: 'date_updated' };

function sorter(world, object, text) {
  const sign = text.startsWith('-') ? -1 : 1;
  const field = SORTS[text.replace(/^-/, '')];
  if (!field) throw fail(`cannot sort by ${text}`);
  const table = world.tables[object];
  const key = (slot) => table.get(slot, field, LATEST);
  return (slots) => slots.sort((a, b) => sign * (key(a) - key(b)) || a - b);
}

function slicer(text) {
  const m = /^(\d+)\/(\d+)$/.exec(text);
  if (!m || Number(m[1]) < 1 || Number(m[1]) > Number(m[2])) throw fail(`bad slice ${text}`);
  return (slot) => mix(slot, 0x511ce, 7) % Number(m[2]) === Number(m[1]) - 1;
}

function compile(node, keys) {
  switch (node.type) {
    case 'and': {
      const arms = node.arms.map((arm) => compile(arm, keys));
      return (slot) => arms.every((arm) => arm(slot));
    }
    case 'or': {
      const arms = node.arms.map((arm) => compile(arm, keys));
      return (slot) => arms.some((arm) => arm(slot));
    }
    case 'not': {
      const arm = compile(node.arm, keys);
      return (slot) => !arm(slot);
    }
    case 'text':
      return keys.text(node.value, node.quoted);
    case 'nested': {
      const inner = keys.nested(node.key);
      if (!inner) throw fail(`unknown group ${node.key}`);
      const arm = compile(node.arm, inner.keys);
      return (slot) => inner.members(slot).some(arm);
    }
    default: {
      const match = keys.key(node.key, node.op, node.value);
      if (!match) throw fail(`unknown field ${node.key}`);
      return match;
    }
  }
}

// {matches(slot), apply(slots)}: the second also obeys sort: and slice:.
export function compileTextQuery(world, object, text, offsetHours) {
  const shaping = {};
  const tree = takeShaping(new Parser(text).all(), shaping);
  const matches = compile(tree, textKeys(world, object, offsetHours, fail));
  const inSlice = shaping.slice ? slicer(shaping.slice) : () => true;
  const sort = shaping.sort ? sorter(world, object, shaping.sort) : (slots) => slots;
  return { matches, apply: (slots) => sort(slots.filter((s) => inSlice(s) && matches(s))) };
}
