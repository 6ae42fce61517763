// A world of rows that a test writes down, for queries without a server.

import { Mutants, Switches } from '../core/switches.mjs';
import { idMaker, numberOfId } from '../salesforce/ids.mjs';
import { QueryService } from '../salesforce/query.mjs';
import { Schema } from '../salesforce/schema.mjs';
import { SOQL_MUTANTS, SOQL_SWITCHES } from '../salesforce/soql/mutants.mjs';

const STRIDE = 98765431;
const NOW = Date.UTC(2026, 2, 15, 12);
const MORE_SWITCHES = { user_time_zone: { values: ['UTC', 'America/New_York'], default: 'UTC',
  about: 'time zone of the user' } };

const schema = new Schema({ wide: 300 });

function prefixOf(name) {
  return schema.object(name).keyPrefix;
}

// The id of the nth row of an object, from 0.
export function idAt(name, index) {
  return idMaker(prefixOf(name))((index + 1) * STRIDE);
}

class RowsWorld {
  constructor(tables) {
    this.tables = tables;
    this.revision = 0;
    this.prefixes = new Map(schema.list.map((object) => [object.keyPrefix, object.name]));
  }

  rows(name) {
    this.tables[name] ??= [];
    return this.tables[name];
  }

  count(name) {
    return this.rows(name).length;
  }

  rowAt(name, index) {
    return this.rows(name)[index] ?? null;
  }

  alive(name, index) {
    return this.rowAt(name, index) !== null;
  }

  live(name, index) {
    return this.alive(name, index) && !this.rowAt(name, index).IsDeleted;
  }

  value(name, index, field) {
    const row = this.rowAt(name, index);
    if (row === null) return undefined;
    if (field === 'Id') return row.Id ?? idAt(name, index);
    const boolean = schema.object(name).field(field).type === 'boolean';
    return row[field] ?? (boolean ? false : null);
  }

  reader(name, field) {
    return (index) => this.value(name, index, field);
  }

  indexOf(name, id) {
    const index = numberOfId(prefixOf(name), id) / STRIDE - 1;
    return this.alive(name, index) ? index : -1;
  }

  objectOfId(id) {
    return this.prefixes.get(id.slice(0, 3));
  }
}

// Queries over rows: {Object: [{Field: stored value}]}.
export class Desk {
  constructor(tables) {
    this.schema = schema;
    this.world = new RowsWorld(tables);
    this.switches = new Switches({ ...SOQL_SWITCHES, ...MORE_SWITCHES });
    this.mutants = new Mutants(SOQL_MUTANTS);
    this.clock = { at: NOW, now() {
      return this.at;
    } };
    this.service = new QueryService({ schema, world: this.world, switches: this.switches,
      mutants: this.mutants, clock: this.clock });
  }

  with({ switches = {}, mutants = [] }) {
    this.switches.reset(switches);
    this.mutants.reset(mutants);
    return this;
  }

  query(soql, options = {}) {
    return this.service.query({ soql, version: '62.0', user: 'u', ...options }).body;
  }

  more(url, options = {}) {
    const [, locator, offset] = /query\/(\w+)-(\d+)$/.exec(url);
    return this.service.more({ locator, offset, version: '62.0', user: 'u', ...options }).body;
  }

  // All records, page by page.
  all(soql, options = {}) {
    const pages = [this.query(soql, options)];
    while (!pages.at(-1).done) pages.push(this.more(pages.at(-1).nextRecordsUrl));
    return pages.flatMap((page) => page.records);
  }

  // One field of all records, sorted unless the query orders them.
  values(soql, field, options) {
    const out = this.all(soql, options).map((record) => record[field]);
    return /ORDER BY/i.test(soql) ? out : out.sort();
  }

  // [errorCode, message] of a refused query.
  refusal(soql, options = {}) {
    try {
      this.query(soql, options);
    } catch (error) {
      if (!error.errorCode) throw error;
      return [error.errorCode, error.message];
    }
    return ['accepted', ''];
  }
}
