// The rows of one object. Generated rows are functions of their index and are never stored; only
// rows that somebody edited are kept, whole. A row that was purged is null: not even queryAll
// finds it.

import { idMaker, numberOfId } from './ids.mjs';

// Ids of one object lie this far apart, so that their digits differ.
const STRIDE = 98765431;

export class RowStore {
  // columns: {field: (index) => value}; computed: {field: (get) => value}, where get(name) reads
  // another field of the same row.
  constructor({ object, idPrefix, count, columns, computed }) {
    Object.assign(this, { object, idPrefix, columns, computed, base: count });
    this.size = count;
    this.edits = new Map();
    this.readers = new Map();
    this.makeId = idMaker(idPrefix);
    this.Row = null;
  }

  idOf(index) {
    return this.makeId((index + 1) * STRIDE);
  }

  indexOf(id) {
    if (typeof id !== 'string') return -1;
    const number = numberOfId(this.idPrefix, id);
    if (number <= 0 || number % STRIDE !== 0) return -1;
    const index = number / STRIDE - 1;
    if (index >= this.size || !this.alive(index)) return -1;
    return id.length === 15 || id === this.idOf(index) ? index : -1;
  }

  alive(index) {
    return index >= 0 && index < this.size && this.edits.get(index) !== null;
  }

  // Undefined for a purged row.
  value(index, name) {
    return this.reader(name)(index);
  }

  // A function of the index; made once per field.
  reader(name) {
    let read = this.readers.get(name);
    if (!read) this.readers.set(name, (read = this.makeReader(name)));
    return read;
  }

  makeReader(name) {
    if (name === 'Id') return (index) => (this.alive(index) ? this.idOf(index) : undefined);
    const { edits } = this;
    const compute = this.computed[name];
    if (compute) {
      return (index) => (this.alive(index)
        ? compute((other) => this.value(index, other)) : undefined);
    }
    const column = this.columns[name];
    if (!column) throw new Error(`${this.object.name} has no column ${name}`);
    return (index) => {
      if (edits.size === 0) return column(index);
      const row = edits.get(index);
      if (row === undefined) return column(index);
      return row === null ? undefined : row[name];
    };
  }

  // A row that reads its values when they are asked for.
  row(index) {
    this.Row ??= this.makeRowClass();
    return new this.Row(index);
  }

  makeRowClass() {
    const slot = Symbol('index');
    function Row(index) {
      this[slot] = index;
    }
    for (const { name } of this.object.allFields) {
      const read = this.reader(name);
      Object.defineProperty(Row.prototype, name, { enumerable: true, get() {
        return read(this[slot]);
      } });
    }
    return Row;
  }

  // The stored fields, without computed ones.
  stored(index) {
    const edited = this.edits.get(index);
    if (edited) return edited;
    const out = {};
    for (const name in this.columns) out[name] = this.columns[name](index);
    return out;
  }

  insert(row) {
    const index = this.size++;
    this.edits.set(index, row);
    return index;
  }

  update(index, patch) {
    this.edits.set(index, { ...this.stored(index), ...patch });
  }

  purge(index) {
    this.edits.set(index, null);
  }
}
