// Reads columns of rows. A row is an index into its object; a reader gives the stored value, null,
// or undefined where a parent on the way is missing.

import { dateText } from './literals.mjs';
import { fieldValue } from './scope.mjs';
import { localMs } from './zones.mjs';

const DAY_MS = 86_400_000;

function dayOfYear(at) {
  return Math.floor((at - Date.UTC(at.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
}

const PARTS = {
  YEAR: (at) => at.getUTCFullYear(),
  QUARTER: (at) => Math.floor(at.getUTCMonth() / 3) + 1,
  MONTH: (at) => at.getUTCMonth() + 1,
  DAY_IN_MONTH: (at) => at.getUTCDate(),
  DAY_IN_WEEK: (at) => at.getUTCDay() + 1,
  DAY_IN_YEAR: dayOfYear,
  WEEK_IN_MONTH: (at) => Math.floor((at.getUTCDate() - 1) / 7) + 1,
  WEEK_IN_YEAR: (at) => Math.floor((dayOfYear(at) - 1) / 7) + 1,
  HOUR_IN_DAY: (at) => at.getUTCHours(),
  DAY_ONLY: (at) => dateText(at.getTime()),
};

// Fiscal years are calendar years.
const partOf = (call) => PARTS[call.replace(/^(CALENDAR|FISCAL)_/, '')];

export function labelsOf(field) {
  return new Map(field.picklistValues.map(({ value, label }) => [value, label]));
}

export class Access {
  // all: rows in the Recycle Bin count, as for queryAll.
  constructor({ world, schema, switches, all }) {
    Object.assign(this, { world, schema, switches, all });
    this.zone = switches.get('user_time_zone');
  }

  reader(column) {
    if (column.call) return this.function(column);
    const { hops, field, object } = column;
    if (hops.length === 0) return this.world.reader(object.name, field.name);
    const parent = this.parentReader(object, hops);
    const read = this.end(hops.at(-1), field);
    return (index) => {
      const row = parent(index);
      return row === undefined ? undefined : read(row);
    };
  }

  function({ call, arg, zoned }) {
    const read = this.reader(arg);
    if (call === 'TOLABEL') {
      const labels = labelsOf(arg.field);
      return (index) => {
        const value = read(index);
        return labels.get(value) ?? value;
      };
    }
    const part = partOf(call);
    const zone = zoned ? this.zone : 'UTC';
    return (index) => {
      const value = read(index);
      if (value === null || value === undefined) return value;
      return part(new Date(typeof value === 'string' ? Date.parse(value) : localMs(value, zone)));
    };
  }

  // index → {object, index} of the parent at the end of the hops.
  parentReader(object, hops) {
    const steps = [];
    let from = object;
    for (const hop of hops) {
      steps.push(this.step(from, hop));
      [from] = hop.targets;
    }
    return (index) => {
      let row = { index };
      for (const step of steps) {
        row = step(row.index);
        if (row === undefined) return undefined;
      }
      return row;
    };
  }

  step(object, hop) {
    const key = this.world.reader(object.name, hop.field.name);
    const only = hop.polymorphic ? null : hop.targets[0];
    const keepDeleted = this.all || this.switches.get('deleted_parent') === 'row';
    return (index) => {
      const id = key(index);
      if (id === null || id === undefined) return undefined;
      const target = only ?? this.targetOf(hop, id);
      if (target === undefined) return undefined;
      const at = this.world.indexOf(target.name, id);
      if (at < 0 || (!keepDeleted && !this.world.live(target.name, at))) return undefined;
      return { object: target, index: at };
    };
  }

  targetOf(hop, id) {
    const name = this.world.objectOfId(id);
    return hop.targets.find((target) => target.name === name);
  }

  end(hop, field) {
    if (hop.polymorphic) return ({ object, index }) => fieldValue(this.world, object, index, field);
    const read = this.world.reader(hop.targets[0].name, field.name);
    return (row) => read(row.index);
  }
}
