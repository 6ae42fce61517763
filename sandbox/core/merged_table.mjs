// Several tables read as one, newest state only. A slot here is a number made of the slot and the
// table it is in.

import { LATEST, sliceBetween } from './table.mjs';

export class MergedTable {
  constructor(tables) {
    this.tables = tables;
    this.orders = new Map();
  }

  // {table, slot} of a merged slot.
  at(code) {
    const n = this.tables.length;
    return { table: this.tables[code % n], slot: Math.floor(code / n) };
  }

  code(slot, index) {
    return slot * this.tables.length + index;
  }

  slot(id) {
    for (const [index, table] of this.tables.entries()) {
      const slot = table.slot(id);
      if (slot !== undefined) return this.code(slot, index);
    }
    return undefined;
  }

  alive(code) {
    const { table, slot } = this.at(code);
    return table.alive(slot, LATEST);
  }

  get(code, field) {
    const { table, slot } = this.at(code);
    return field in table.columns || field === 'id' ? table.get(slot, field, LATEST) : null;
  }

  order(field) {
    const revision = this.tables.reduce((sum, table) => sum + table.revision, 0);
    const cached = this.orders.get(field);
    if (cached?.revision === revision) return cached.codes;
    const codes = this.merge(field);
    this.orders.set(field, { revision, codes });
    return codes;
  }

  // The orders of the tables put into one, step by step the one that comes next.
  merge(field) {
    const lists = this.tables.map((table) => table.order(field, LATEST));
    const at = lists.map(() => 0);
    const key = (t) => (at[t] < lists[t].length
      ? this.tables[t].get(lists[t][at[t]], field, LATEST) : Infinity);
    const keys = lists.map((list, t) => key(t));
    const codes = new Int32Array(lists.reduce((n, list) => n + list.length, 0));
    for (let n = 0; n < codes.length; n++) {
      let next = 0;
      for (let t = 1; t < keys.length; t++) if (keys[t] < keys[next]) next = t;
      codes[n] = this.code(lists[next][at[next]++], next);
      keys[next] = key(next);
    }
    return codes;
  }

  between(field, from, to) {
    return sliceBetween(this.order(field), from, to, (code) => this.get(code, field));
  }

  childrenOf(field, parentId) {
    return this.tables.flatMap((table, index) => table.childrenOf(field, parentId, LATEST)
      .map((slot) => this.code(slot, index)));
  }
}
