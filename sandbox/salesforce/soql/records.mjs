// Records as the REST API nests them (salesforce §4.2, §4.3): parents as objects, children as
// envelopes of their own.

import { numberText, NumberText, recordUrl, renderValue } from '../render.mjs';
import { labelsOf } from './access.mjs';
import { fieldValue } from './scope.mjs';

const NUMBERS = new Set(['int', 'double', 'currency', 'percent']);

// The selected columns as a tree: {entries: [{key, column} | {key, hop, node} | {key, item}]}.
class Shape {
  constructor() {
    this.entries = [];
    this.parents = new Map();
  }

  parent(hop) {
    let node = this.parents.get(hop.name);
    if (node === undefined) {
      node = new Shape();
      this.parents.set(hop.name, node);
      this.entries.push({ key: hop.name, hop, node });
    }
    return node;
  }

  add(item) {
    if (item.kind !== 'column') {
      this.entries.push({ key: item.key, item });
      return;
    }
    let node = this;
    if (item.alias === null) {
      for (const hop of (item.column.arg ?? item.column).hops) node = node.parent(hop);
    }
    node.entries.push({ key: item.key, column: item.column, rooted: item.alias !== null });
  }
}

export function shapeOf(items) {
  const shape = new Shape();
  for (const item of items) shape.add(item);
  return shape;
}

function formatted(field, value) {
  if (NUMBERS.has(field.type)) {
    return Number(value).toLocaleString('en-US', { maximumFractionDigits: field.scale ?? 0 });
  }
  return String(renderValue(field, value, ''));
}

export class RecordWriter {
  // `nested(item, rows)` gives the envelope of child rows.
  constructor({ run, version, nested }) {
    Object.assign(this, { run, version, nested, world: run.world });
    this.steps = new Map();
    this.childRows = 0;
  }

  record(shape, object, index) {
    const url = recordUrl(object, this.world.value(object.name, index, 'Id'), this.version);
    const out = { attributes: { type: object.name, url } };
    for (const entry of shape.entries) out[entry.key] = this.entry(entry, object, index, url);
    return out;
  }

  entry({ column, hop, node, item, rooted }, object, index, url) {
    if (column) return this.value(column, object, index, url, rooted);
    if (item?.kind === 'child') return this.children(item, object, index);
    const target = this.step(object, hop ?? item.hop)(index);
    if (target === undefined) return null;
    if (node) return this.record(node, target.object, target.index);
    const columns = item.when.get(target.object.name) ?? item.otherwise;
    const shape = new Shape();
    for (const each of columns) {
      shape.add({ kind: 'column', alias: null, key: each.field.name,
        column: item.when.has(target.object.name) ? each : { ...each, hops: [] } });
    }
    return this.record(shape, target.object, target.index);
  }

  step(object, hop) {
    const key = `${object.name}.${hop.name}`;
    let step = this.steps.get(key);
    if (step === undefined) this.steps.set(key, (step = this.run.access.step(object, hop)));
    return step;
  }

  // `object` is the row's own; the column's may be one of several it can be.
  value(column, object, index, url, rooted) {
    const { call } = column;
    const inner = column.arg ?? column;
    const stored = rooted ? this.run.access.reader(inner)(index)
      : fieldValue(this.world, object, index, inner.field);
    if (call && stored !== null && stored !== undefined) {
      if (call === 'TOLABEL') return labelsOf(inner.field).get(stored) ?? stored;
      if (call === 'FORMAT') return formatted(inner.field, stored);
    }
    return renderValue(inner.field, stored, url);
  }

  children(item, object, index) {
    const rows = this.run.childRows(item, object, index);
    if (rows.length === 0) return null;
    return this.nested(item, rows);
  }
}

// ---- aggregate rows ----------------------------------------------------------------------------

const integer = (value, switches) => (switches.get('aggregate_integers') === 'decimal'
  ? new NumberText(`${value}.0`) : value);

function cell({ call, arg, type, field }, value, switches) {
  if (value === null || value === undefined) return null;
  if (call === 'SUM' || call === 'AVG') return numberText(value);
  if (call && type === 'int') return integer(value, switches);
  return renderValue(call ? { ...arg.field, type } : field, value, '');
}

export function aggregateRecord({ items }, grouping, group, switches) {
  const out = { attributes: { type: 'AggregateResult' } };
  for (const { key, column } of items) {
    out[key] = cell(column, grouping.reader(column)(group), switches);
  }
  return out;
}
