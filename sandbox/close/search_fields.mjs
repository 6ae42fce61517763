// The fields a search can name, per object type (close 5.4). A field is
// {kind, read(subject, view), reference?, unconfirmed?}; `subject` is a slot, or the element itself
// for types that live inside a row (contact_email, contact_phone, address). What the reference
// marks as unconfirmed can be refused by switch.

import { SEARCHED_ACTIVITIES } from './activity_types.mjs';
import { annualized } from './money.mjs';
import { activitySearchFields, taskSearchFields } from './search_activities.mjs';
import { maybe, readAs, stored, user } from './search_field.mjs';
import { parseTime } from './times.mjs';

const VALUE_FIELD = new RegExp('^(avg|max|min|total)_(annual|annualized|monthly|one_time)'
  + '(?:_(active|won|lost))?_opportunity_value$');

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

// Smart fields of a lead: counters, and the first and last time of something.
function smartFields(world) {
  const { tables } = world;
  const members = (name, slot, view) => tables[name]
    .childrenOf('lead_id', tables.lead.ids[slot], view);
  const count = (...names) => counter(world, (slot, view) =>
    names.reduce((n, name) => n + members(name, slot, view).length, 0));
  const times = (fold, names, field, test = () => true) => ({ kind: 'time', read: (slot, view) => {
    const all = names.flatMap((name) => members(name, slot, view)
      .filter((s) => test(tables[name], s, view)).map((s) => tables[name].get(s, field, view)));
    return all.length === 0 ? null : Math[fold](...all);
  } });
  const talks = ['activity.call', 'activity.email', 'activity.sms'];
  const upcoming = (slot, view) => members('activity.meeting', slot, view).filter((s) =>
    tables['activity.meeting'].get(s, 'starts_at', view) > world.clock.now()).length;
  return {
    num_emails: count('activity.email'),
    num_upcoming_meetings: counter(world, upcoming),
    times_communicated: count(...talks),
    last_communication_date: times('max', talks, 'date_created'),
    last_lead_status_change_date: times('max', ['activity.lead_status_change'], 'date_created'),
    ...maybe({
      num_contacts: count('contact'), num_opportunities: count('opportunity'),
      num_addresses: counter(world, (slot, view) =>
        tables.lead.get(slot, 'addresses', view).length),
      num_calls: count('activity.call'), num_sms: count('activity.sms'),
      num_notes: count('activity.note'), num_tasks: count('task'),
      num_meetings: count('activity.meeting'),
      first_communication_date: times('min', talks, 'date_created'),
      last_call_created: times('max', ['activity.call'], 'date_created'),
      last_email_date: times('max', ['activity.email'], 'date_created'),
      email_last_opened: { kind: 'time', read: () => null },
      next_task_due_date: nextTask(world, members),
    }),
  };
}

function nextTask({ tables }, members) {
  return { kind: 'time', read: (slot, view) => {
    const due = members('task', slot, view)
      .filter((s) => !tables.task.get(s, 'is_complete', view))
      .map((s) => tables.task.get(s, 'date', view)).filter((date) => date !== null);
    return due.length === 0 ? null : Math.min(...due.map((date) => parseTime(date)));
  } };
}

function leadFields(world) {
  const of = readAs(world, 'lead');
  return {
    name: of('text', 'name'),
    status_id: of('reference', 'status_id', { reference: 'status.lead' }),
    date_created: of('time', 'date_created'), date_updated: of('time', 'date_updated'),
    timezone_id: { kind: 'zone', read: (slot, view) =>
      world.tables.lead.get(slot, 'addresses', view)[0]?.tz_ids?.[0] ?? null },
    ...maybe({ description: of('text', 'description'), url: of('text', 'url'),
      created_by: user(of, 'created_by'), updated_by: user(of, 'updated_by') }),
    ...smartFields(world),
  };
}

function contactFields(world) {
  const of = readAs(world, 'contact');
  return {
    name: of('text', 'name'),
    date_created: of('time', 'date_created'), date_updated: of('time', 'date_updated'),
    ...maybe({ title: of('text', 'title'),
      lead_id: of('reference', 'lead_id', { reference: 'lead' }),
      created_by: user(of, 'created_by'), updated_by: user(of, 'updated_by') }),
  };
}

function opportunityFields(world) {
  const of = readAs(world, 'opportunity');
  const status = (slot, view) => world.organization.oppStatusById
    .get(world.tables.opportunity.get(slot, 'status_id', view));
  const value = stored(world, 'opportunity', 'number', 'value');
  return {
    status_id: of('reference', 'status_id', { reference: 'status.opportunity' }),
    status_type: { kind: 'term', read: (slot, view) => status(slot, view)?.type ?? null },
    user_id: user(of, 'user_id'), created_by: user(of, 'created_by'),
    date_created: of('time', 'date_created'), date_updated: of('time', 'date_updated'),
    ...maybe({
      pipeline_id: { kind: 'reference', reference: 'pipeline',
        read: (slot, view) => status(slot, view)?.pipeline.id ?? null },
      lead_id: of('reference', 'lead_id', { reference: 'lead' }),
      contact_id: of('reference', 'contact_id', { reference: 'contact' }),
      updated_by: user(of, 'updated_by'),
      value: { kind: 'number', read: (slot, view) => {
        const cents = value.read(slot, view) ?? null;
        return cents !== null && world.switches.get('search_money_unit') === 'major'
          ? cents / 100 : cents;
      } },
      value_period: of('term', 'value_period'), confidence: of('number', 'confidence'),
      note: of('text', 'note'), date_won: of('date', 'date_won'),
      date_lost: of('time', 'date_lost'), is_stalled: of('boolean', 'is_stalled'),
    }),
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
      opportunity: opportunityFields(world), task: taskSearchFields(world),
      ...Object.fromEntries(SEARCHED_ACTIVITIES.map((name) =>
        [name, activitySearchFields(world, name)])),
      contact_email: { ...texts('email'), type: inside('term', 'type') },
      contact_phone: { ...texts('phone'), type: inside('term', 'type') },
      address: texts('label', 'address_1', 'address_2', 'city', 'state', 'zipcode', 'country'),
    };
  }

  regular(type, name) {
    const open = this.world.switches.get('search_unconfirmed_fields') === 'accept';
    const fields = this.types[type];
    if (fields && Object.hasOwn(fields, name)) {
      return fields[name].unconfirmed && !open ? null : fields[name];
    }
    const value = type === 'lead' && open ? VALUE_FIELD.exec(name) : null;
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
