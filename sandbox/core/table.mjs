// One table of rows. Generated rows are never stored: `columns` holds one function per field.
// Only edited and inserted rows are kept, as versions with the time of the edit, so that a
// lagging search index can be asked for an older state of the same row.

export class Table {
  constructor({ name, columns, entries = {}, count, idOf, clock }) {
    this.name = name;
    this.columns = columns;
    this.entries = entries;
    this.base = count;
    this.clock = clock;
    this.ids = new Array(count);
    this.slots = new Map();
    this.versions = new Map();
    this.newest = -Infinity;
    this.revision = 0;
    this.orders = new Map();
    for (let i = 0; i < count; i++) {
      const id = idOf(i);
      this.ids[i] = id;
      this.slots.set(id, i);
    }
    this.children = new Map();
  }

  get size() {
    return this.ids.length;
  }

  slot(id) {
    return this.slots.get(id);
  }

  // The version a view sees: undefined = the generated row, null = no row.
  version(slot, view) {
    const list = this.versions.get(slot);
    if (list === undefined) return undefined;
    if (view.lag <= 0) return list[list.length - 1].row;
    for (let k = list.length - 1; k >= 0; k--) {
      if (list[k].ts + view.lag <= view.now) return list[k].row;
    }
    return slot < this.base ? undefined : null;
  }

  alive(slot, view) {
    return this.version(slot, view) !== null;
  }

  get(slot, field, view) {
    const row = this.version(slot, view);
    if (row === undefined) return field === 'id' ? this.ids[slot] : this.columns[field](slot);
    return row === null ? undefined : row[field];
  }

  // One entry of a column that holds an object, without making the others.
  entry(slot, field, key, view) {
    const row = this.version(slot, view);
    if (row === undefined) return this.entries[field](slot, key);
    return row === null ? undefined : row[field][key];
  }

  row(slot, view) {
    const row = this.version(slot, view);
    if (row !== undefined) return row;
    const out = { id: this.ids[slot] };
    for (const field in this.columns) out[field] = this.columns[field](slot);
    return out;
  }

  // A view that still has the row, when it was deleted no longer than `ms` ago; else null.
  deletedWithin(slot, ms) {
    const list = this.versions.get(slot);
    const last = list?.[list.length - 1];
    if (!last || last.row !== null || last.ts + ms <= this.clock.now()) return null;
    return { lag: this.clock.now() - last.ts + 1, now: this.clock.now() };
  }

  // Nothing is pending, so every view is the newest one.
  settled(view) {
    return view.lag <= 0 || this.newest + view.lag <= view.now;
  }

  // Slots alive in the view, ascending by a numeric column; ties in the order of the (random) ids'
  // slots, which is stable but says nothing about insertion.
  order(field, view) {
    const cached = this.orders.get(field);
    const settled = this.settled(view);
    if (settled && cached && cached.revision === this.revision) return cached.slots;
    const keys = new Float64Array(this.size);
    const slots = new Int32Array(this.size);
    let n = 0;
    for (let s = 0; s < this.size; s++) {
      if (!this.alive(s, view)) continue;
      keys[s] = this.get(s, field, view) ?? -Infinity;
      slots[n++] = s;
    }
    const out = slots.subarray(0, n);
    out.sort((a, b) => keys[a] - keys[b] || a - b);
    if (settled) this.orders.set(field, { revision: this.revision, slots: out });
    return out;
  }

  push(slot, row) {
    const ts = this.clock.now();
    const list = this.versions.get(slot);
    if (list) list.push({ ts, row });
    else this.versions.set(slot, [{ ts, row }]);
    this.newest = Math.max(this.newest, ts);
    this.revision++;
  }

  insert(row) {
    if (this.slots.has(row.id)) throw new Error(`${row.id} exists`);
    const slot = this.ids.length;
    this.ids.push(row.id);
    this.slots.set(row.id, slot);
    this.push(slot, row);
    this.touchParents(slot, row);
    return slot;
  }

  update(slot, patch) {
    const row = { ...this.row(slot, LATEST), ...patch };
    this.push(slot, row);
    this.touchParents(slot, row);
    return row;
  }

  delete(slot) {
    this.push(slot, null);
  }

  // `parentOf(slot)` gives the parent's slot of a generated row; the lists are kept flat.
  linkParents(field, parents, parentOf) {
    const starts = new Int32Array(parents.base + 1);
    for (let i = 0; i < this.base; i++) starts[parentOf(i) + 1]++;
    for (let p = 0; p < parents.base; p++) starts[p + 1] += starts[p];
    const members = new Int32Array(this.base);
    const fill = starts.slice(0, parents.base);
    for (let i = 0; i < this.base; i++) members[fill[parentOf(i)]++] = i;
    this.children.set(field, { parents, starts, members, moved: new Map() });
  }

  touchParents(slot, row) {
    for (const [field, link] of this.children) {
      const parent = row[field];
      if (parent === null || parent === undefined) continue;
      if (!link.moved.has(parent)) link.moved.set(parent, new Set());
      link.moved.get(parent).add(slot);
    }
  }

  childrenOf(field, parentId, view) {
    const link = this.children.get(field);
    const out = [];
    const p = link.parents.slot(parentId);
    if (p !== undefined && p < link.parents.base) {
      for (let k = link.starts[p]; k < link.starts[p + 1]; k++) out.push(link.members[k]);
    }
    for (const slot of link.moved.get(parentId) ?? []) if (!out.includes(slot)) out.push(slot);
    return out.filter((s) => this.alive(s, view) && this.get(s, field, view) === parentId);
  }

  count(view = LATEST) {
    if (this.versions.size === 0) return this.base;
    let n = 0;
    for (let s = 0; s < this.size; s++) if (this.alive(s, view)) n++;
    return n;
  }
}

// The primary store: what was written is there.
export const LATEST = Object.freeze({ lag: 0, now: Infinity });
