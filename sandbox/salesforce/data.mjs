// All rows of the organization: functions of (seed, object, index), plus edits. Values are stored
// values: ids of 18 characters, decimals as text with all their digits, dates as YYYY-MM-DD,
// datetimes as milliseconds since 1970, times as milliseconds of the day, null for nothing.

import { Rand, saltOf } from '../core/hash.mjs';
import { typedColumn } from './data_types.mjs';
import { compoundRules, RULES, systemColumns } from './data_rules.mjs';
import { RowStore } from './store.mjs';

// What --accounts and its like count, with the default as a share of the accounts.
export const COUNTED = { accounts: ['Account', 1], contacts: ['Contact', 2], leads: ['Lead', 1],
  opportunities: ['Opportunity', 2], line_items: ['OpportunityLineItem', 1.5],
  products: ['Product2', 0.15], campaigns: ['Campaign', 0.05],
  campaign_members: ['CampaignMember', 0.5], events: ['Event', 1], tasks: ['Task', 2],
  cases: ['Case', 1], everything: ['Everything__c', 1],
  everything_lines: ['Everything_Line__c', 1.5], wides: ['Wide__c', 0.1] };
export const DEFAULT_ACCOUNTS = 300;
const DEFAULT_USERS = 12;
const GROUPS = 5;
const ROWS_OF_GENERATED = 3;
const ARCHIVED = ['Task', 'Event'];

export function fillCounts(counts) {
  const accounts = counts.accounts ?? DEFAULT_ACCOUNTS;
  const out = { users: counts.users ?? DEFAULT_USERS };
  for (const [name, [, share]] of Object.entries(COUNTED)) {
    out[name] = counts[name] ?? Math.ceil(accounts * share);
  }
  return out;
}

function recordTypesOf(schema) {
  return schema.list.flatMap((object) => object.recordTypes.map((name) =>
    ({ name, object: object.name })));
}

export class World {
  // counts: as fillCounts() gives them.
  constructor({ schema, seed, counts, username }) {
    this.schema = schema;
    this.seed = seed;
    this.username = username;
    this.recordTypes = recordTypesOf(schema);
    this.counts = this.countsByObject(counts);
    this.stores = new Map();
    this.revision = 0;
    this.prefixes = new Map(schema.list.filter((object) => object.keyPrefix)
      .map((object) => [object.keyPrefix, object.name]));
  }

  countsByObject(counts) {
    const out = new Map(Object.entries(COUNTED).map(([name, [object]]) => [object, counts[name]]));
    out.set('User', counts.users).set('Group', GROUPS).set('RecordType', this.recordTypes.length);
    out.set('AccountHistory', counts.accounts).set('Attachment', Math.ceil(counts.accounts / 5));
    out.set('AccountChangeEvent', 0);
    return out;
  }

  // Generated rows of an object; edits do not change this.
  countOf(name) {
    const known = this.counts.get(name);
    if (known !== undefined) return known;
    return this.schema.byName.has(name.toLowerCase()) ? ROWS_OF_GENERATED : 0;
  }

  idPrefix(name) {
    // Objects without a key of their own still have ids.
    return this.schema.object(name)?.keyPrefix ?? `0${'rstuvwxyz'[saltOf(name) % 9]}c`;
  }

  idAt(name, index) {
    return this.store(name).idOf(index);
  }

  store(name) {
    let store = this.stores.get(name);
    if (!store) this.stores.set(name, (store = this.makeStore(name)));
    return store;
  }

  makeStore(name) {
    const object = this.schema.list.find((known) => known.name === name);
    if (!object) throw new Error(`unknown object ${name}`);
    const rand = new Rand(this.seed, name);
    const store = new RowStore({ object, idPrefix: object.keyPrefix ?? this.idPrefix(name),
      count: this.countOf(name), columns: {}, computed: {} });
    // Rules of an object may ask for ids of others, and of its own.
    this.stores.set(name, store);
    const { columns = {}, computed = {} } = RULES[name]?.(rand, this) ?? {};
    const system = systemColumns(rand);
    Object.assign(store.computed, compoundRules(object), computed);
    for (const field of object.allFields) {
      if (field.name === 'Id' || store.computed[field.name]) continue;
      store.columns[field.name] = columns[field.name] ?? system[field.name]
        ?? typedColumn(field, rand, this);
    }
    return store;
  }

  // Which record type a row has; every tenth has none.
  recordTypeColumn(object, d) {
    const own = this.recordTypes.map((type, index) => ({ ...type, index }))
      .filter((type) => type.object === object);
    return (i) => (i % 10 === 9 ? null
      : this.idAt('RecordType', d.pick(i, own, 'record type').index));
  }

  // Slots, with deleted and purged rows among them.
  count(name) {
    return this.store(name).size;
  }

  alive(name, index) {
    return this.store(name).alive(index);
  }

  // What a plain query sees: neither deleted nor, for activities, archived.
  live(name, index) {
    const store = this.store(name);
    if (!store.alive(index)) return false;
    if (store.columns.IsDeleted && store.value(index, 'IsDeleted')) return false;
    return !(ARCHIVED.includes(name) && store.value(index, 'IsArchived'));
  }

  value(name, index, field) {
    return this.store(name).reader(field)(index);
  }

  reader(name, field) {
    return this.store(name).reader(field);
  }

  indexOf(name, id) {
    return this.store(name).indexOf(id);
  }

  // A row that makes its values when they are asked for; null for a purged one.
  rowAt(name, index) {
    const store = this.store(name);
    if (!store.alive(index)) return null;
    return store.row(index);
  }

  // The name of the object an id belongs to, or undefined.
  objectOfId(id) {
    return id ? this.prefixes.get(id.slice(0, 3)) : undefined;
  }

  // A field of the row with this id; undefined when there is none.
  follow(name, id, field) {
    if (id === null || id === undefined) return undefined;
    const index = this.indexOf(name, id);
    return index < 0 ? undefined : this.value(name, index, field);
  }
}
