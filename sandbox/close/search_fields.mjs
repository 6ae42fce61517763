// The fields a search can name, per object type (close 5.4). A field is
// {kind, read(subject, view), reference?}; `subject` is a slot, or the element itself for types
// that live inside a row (contact_email, contact_phone, address).

import { annualized } from './money.mjs';
import { parseTime } from './times.mjs';

const COUNTERS = ['num_calls', 'num_emails', 'num_sms', 'num_notes', 'num_tasks', 'num_meetings',
  'num_upcoming_meetings', 'times_communicated'];
const NEVER = ['last_communication_date', 'first_communication_date',
  'last_lead_status_change_date', 'last_call_created', 'last_email_date', 'email_last_opened',
  'next_task_due_date'];
const VALUE_FIELD = new RegExp('^(avg|max|min|total)_(annual|annualized|monthly|one_time)'
  + '(?:_(active|won|lost))?_opportunity_value$');

const stored = (world, object, kind, field, more = {}) => ({ kind, ...more,
  read: (slot, view) => world.tables[object].get(slot, field, view) });

const user = (world, object, field) => stored(world, object, 'reference', field,
  { reference: 'user_or_group' });

function dates(world, object) {
  return { date_created: stored(world, object, 'time', 'date_created'),
    date_updated: stored(world, object, 'time', 'date_updated') };
}

function counter(world, read) {
  return { kind: 'number', read: (slot, view) => {
    const n = read(slot, view);
    return n === 0 && world.switches.get('search_counters') === 'missing' ? null : n;
  } };
}

function opportunityValue(world, [, fold, period, type]) {
  const table = world.tables.opportunity;
  return { kind: 'number', read: (slot, view) => {
    const values = [];
    for (const o of table.childrenOf('lead_id', world.tables.lead.ids[slot], view)) {
      const value = table.get(o, 'value', view);
      const own = table.get(o, 'value_period', view);
      const status = world.organization.oppStatusById.get(table.get(o, 'status_id', view));
      if (value === null || (type && status?.type !== type)) continue;
      if (period === 'annualized') values.push(Number(annualized(value, own)));
      else if (own === period) values.push(value);
    }
    const sum = values.reduce((a, b) => a + b, 0);
    if (fold === 'total') return sum;
    if (values.length === 0) return null;
    return fold === 'avg' ? sum / values.length : Math[fold](...values);
  } };
}

function leadFields(world) {
  const children = (object) => counter(world, (slot, view) => world.tables[object]
    .childrenOf('lead_id', world.tables.lead.ids[slot], view).length);
  const text = (field) => stored(world, 'lead', 'text', field);
  const out = {
    name: text('name'), description: text('description'), url: text('url'),
    status_id: stored(world, 'lead', 'reference', 'status_id', { reference: 'status.lead' }),
    created_by: user(world, 'lead', 'created_by'), updated_by: user(world, 'lead', 'updated_by'),
    ...dates(world, 'lead'),
    timezone_id: { kind: 'zone',
      read: (slot, view) =>
        world.tables.lead.get(slot, 'addresses', view)[0]?.tz_ids?.[0] ?? null },
    num_contacts: children('contact'), num_opportunities: children('opportunity'),
    num_addresses: counter(world, (slot, view) =>
      world.tables.lead.get(slot, 'addresses', view).length),
  };
  for (const name of COUNTERS) out[name] = counter(world, () => 0);
  for (const name of NEVER) out[name] = { kind: 'time', read: () => null };
  return out;
}

function contactFields(world) {
  return {
    name: stored(world, 'contact', 'text', 'name'),
    title: stored(world, 'contact', 'text', 'title'),
    lead_id: stored(world, 'contact', 'reference', 'lead_id', { reference: 'lead' }),
    created_by: user(world, 'contact', 'created_by'),
    updated_by: user(world, 'contact', 'updated_by'), ...dates(world, 'contact'),
  };
}

function opportunityFields(world) {
  const of = (kind, field, more) => stored(world, 'opportunity', kind, field, more);
  const status = (slot, view) => world.organization.oppStatusById
    .get(world.tables.opportunity.get(slot, 'status_id', view));
  const value = of('number', 'value');
  return {
    status_id: of('reference', 'status_id', { reference: 'status.opportunity' }),
    status_type: { kind: 'term', read: (slot, view) => status(slot, view)?.type ?? null },
    pipeline_id: { kind: 'reference', reference: 'pipeline',
      read: (slot, view) => status(slot, view)?.pipeline.id ?? null },
    lead_id: of('reference', 'lead_id', { reference: 'lead' }),
    contact_id: of('reference', 'contact_id', { reference: 'contact' }),
    user_id: user(world, 'opportunity', 'user_id'),
    created_by: user(world, 'opportunity', 'created_by'),
    updated_by: user(world, 'opportunity', 'updated_by'),
    value: { kind: 'number', read: (slot, view) => {
      const cents = value.read(slot, view) ?? null;
      return cents !== null && world.switches.get('search_money_unit') === 'major'
        ? cents / 100 : cents;
    } },
    value_period: of('term', 'value_period'), confidence: of('number', 'confidence'),
    note: of('text', 'note'), date_won: of('date', 'date_won'), date_lost: of('time', 'date_lost'),
    is_stalled: of('boolean', 'is_stalled'), ...dates(world, 'opportunity'),
  };
}

const inside = (kind, name) => ({ kind, read: (element) => element[name] });
const CUSTOM_KINDS = { text: 'text', textarea: 'text', number: 'number', date: 'date',
  datetime: 'time', choices: 'term', user: 'reference', contact: 'reference',
  custom_object: 'reference', hidden: 'hidden' };
const CUSTOM_REFERENCES = { user: 'user_or_group', contact: 'contact',
  custom_object: 'custom_object' };

export class SearchFields {
  constructor(world) {
    this.world = world;
    const texts = (...names) => Object.fromEntries(names.map((n) => [n, inside('text', n)]));
    this.types = {
      lead: leadFields(world), contact: contactFields(world),
      opportunity: opportunityFields(world),
      contact_email: { ...texts('email'), type: inside('term', 'type') },
      contact_phone: { ...texts('phone'), type: inside('term', 'type') },
      address: texts('label', 'address_1', 'address_2', 'city', 'state', 'zipcode', 'country'),
    };
  }

  regular(type, name) {
    const fields = this.types[type];
    if (fields && Object.hasOwn(fields, name)) return fields[name];
    const value = type === 'lead' ? VALUE_FIELD.exec(name) : null;
    return value ? opportunityValue(this.world, value) : null;
  }

  custom(type, id) {
    const field = this.world.organization.fieldById.get(id);
    if (!field || (field.object !== type && !field.shared?.includes(type))) return null;
    const table = this.world.tables[type];
    const raw = (slot, view) => table.entry(slot, 'custom', id, view) ?? null;
    const kind = CUSTOM_KINDS[field.type];
    const toTime = (value) => (value === null ? null : [].concat(value).map((v) => parseTime(v)));
    const read = kind === 'time' ? (slot, view) => toTime(raw(slot, view)) : raw;
    return { kind, read, reference: CUSTOM_REFERENCES[field.type] };
  }
}
