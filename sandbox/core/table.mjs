// One table of rows. Generated rows are never stored: `columns` holds one function per field.
// Only edited and inserted rows are kept, as versions with the time of the edit, so that a
// lagging search index can be asked for an older state of the same row. `times` names the columns
// that hold milliseconds and are spelled as times.

export class Table {
  constructor({ name, columns, entries = {}, times = [], count, idOf, clock }) {
    Object.assign(this, { name, columns, entries, times, idOf, clock });
    this.base = count;
    this.idList = null;
    this.slots = null;
    this.versions = new Map();
    this.newest = -Infinity;
    this.stamps = [];
    this.inTime = true;
    this.orders = new Map();
    this.children = new Map();
  }

  // Made when first asked for: many tables of an organization are never looked at.
  get ids() {
    if (this.idList === null) {
      this.idList = new Array(this.base);
      for (let i = 0; i < this.base; i++) this.idList[i] = this.idOf(i);
    }
    return this.idList;
  }

  get size() {
    return this.idList?.length ?? this.base;
  }

  get revision() {
    return this.stamps.length;
  }

  slot(id) {
    this.slots ??= new Map(this.ids.map((known, i) => [known, i]));
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
    const now = this.clock.now();
    if (!last || last.row !== null || last.ts + ms <= now) return null;
    return { lag: now - last.ts + 1, now };
  }

  // Nothing is pending, so every view is the newest one.
  settled(view) {
    return view.lag <= 0 || this.newest + view.lag <= view.now;
  }

  // How many edits the view sees; undefined when the clock went back between them.
  seen(view) {
    if (view.lag <= 0) return this.revision;
    if (!this.inTime) return undefined;
    let n = this.revision;
    while (n > 0 && this.stamps[n - 1] + view.lag > view.now) n--;
    return n;
  }

  // Slots alive in the view, ascending by a numeric column; ties in the order of the (random) ids'
  // slots, which is stable but says nothing about insertion.
  order(field, view) {
    const seen = this.seen(view);
    const cacheKey = `${view.lag <= 0} ${field}`;
    const cached = this.orders.get(cacheKey);
    if (seen !== undefined && cached?.seen === seen) return cached.slots;
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
    if (seen !== undefined) this.orders.set(cacheKey, { seen, slots: out });
    return out;
  }

  // The part of that order whose values lie in [from, to], both included; null = open.
  between(field, from, to, view) {
    return sliceBetween(this.order(field, view), from, to, (slot) => this.get(slot, field, view));
  }

  push(slot, row) {
    const ts = this.clock.now();
    const list = this.versions.get(slot);
    if (list) list.push({ ts, row });
    else this.versions.set(slot, [{ ts, row }]);
    if (ts < this.newest) this.inTime = false;
    this.newest = Math.max(this.newest, ts);
    this.stamps.push(ts);
  }

  insert(row) {
    if (this.slot(row.id) !== undefined) throw new Error(`${row.id} exists`);
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

  // `parentOf(slot)` gives the parent's slot of a generated row, or -1.
  linkParents(field, parents, parentOf) {
    this.children.set(field, { parents, parentOf, lists: null, moved: new Map() });
  }

  // Generated rows by parent, flat: those of parent p are members[starts[p] … starts[p + 1]).
  link(field) {
    const link = this.children.get(field);
    if (link.lists !== null) return link;
    const { parents, parentOf } = link;
    const starts = new Int32Array(parents.base + 2);
    for (let i = 0; i < this.base; i++) if (parentOf(i) >= 0) starts[parentOf(i) + 1]++;
    for (let p = 0; p < parents.base; p++) starts[p + 1] += starts[p];
    const members = new Int32Array(starts[parents.base]);
    const fill = starts.slice(0, parents.base);
    for (let i = 0; i < this.base; i++) if (parentOf(i) >= 0) members[fill[parentOf(i)]++] = i;
    link.lists = { starts, members };
    return link;
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
    const { parents, lists: { starts, members }, moved } = this.link(field);
    const out = [];
    const p = parents.slot(parentId);
    if (p !== undefined && p < parents.base) {
      for (let k = starts[p]; k < starts[p + 1]; k++) out.push(members[k]);
    }
    if (this.versions.size === 0) return out;
    for (const slot of moved.get(parentId) ?? []) if (!out.includes(slot)) out.push(slot);
    return out.filter((s) => this.alive(s, view) && this.get(s, field, view) === parentId);
  }

  count(view = LATEST) {
    if (this.versions.size === 0) return this.base;
    let n = 0;
    for (let s = 0; s < this.size; s++) if (this.alive(s, view)) n++;
    return n;
  }
}

// The part of slots, ascending by `read`, whose values lie in [from, to]; null = open.
export function sliceBetween(slots, from, to, read) {
  const firstWhere = (test) => {
    let low = 0;
    let high = slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (test(read(slots[middle]) ?? -Infinity)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return slots.subarray(from === null ? 0 : firstWhere((at) => at >= from),
    to === null ? slots.length : firstWhere((at) => at > to));
}

// The primary store: what was written is there.
export const LATEST = Object.freeze({ lag: 0, now: Infinity });
