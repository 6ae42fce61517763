// Rows as the API spells them: one function per field, so that `_fields` costs only what it names.
// They are made as JSON text at once, which is much cheaper than by way of objects.

import { Json, textOf } from '../core/json.mjs';
import { LATEST } from '../core/table.mjs';
import { annualized, expected, formatValue, plain } from './money.mjs';
import { activityFields, taskFields } from './render_activities.mjs';
import { empty, fixed, get, htmlOf, time } from './render_fields.mjs';

const INT32 = 2 ** 31;

export class Renderer {
  constructor(world) {
    this.world = world;
    this.leadNames = null;
    const names = { leadName: (id, view) => this.leadName(id, view),
      contactName: (id, view) => this.contactName(id, view) };
    this.fields = { lead: leadFields(this), contact: contactFields(this),
      opportunity: opportunityFields(this, names), task: taskFields(this, names),
      ...activityFields(this) };
    // Per object {name, key: how a JSON entry begins, make, text: the entry when always the same}.
    this.entries = Object.fromEntries(Object.entries(this.fields).map(([object, fields]) =>
      [object, Object.entries(fields).map(([name, make]) => ({ name, key: keyText(name), make,
        text: make.text === undefined ? null : keyText(name) + make.text }))]));
    this.customKeys = new Map(world.organization.fields.map((field) =>
      [field.id, { flat: keyText(`custom.${field.id}`), named: keyText(field.name) }]));
  }

  // Names are kept until a row they come from changes.
  leadName(id, view) {
    const { lead, contact } = this.world.tables;
    const slot = id === null || id === undefined ? undefined : lead.slot(id);
    if (slot === undefined || !lead.alive(slot, view)) return null;
    if (view !== LATEST) return displayName(this.world, slot, view);
    const revision = lead.revision + contact.revision;
    if (this.leadNames?.revision !== revision) this.leadNames = { revision, names: new Map() };
    const { names } = this.leadNames;
    let name = names.get(slot);
    if (name === undefined) names.set(slot, (name = displayName(this.world, slot, view)));
    return name;
  }

  contactName(id, view) {
    const { contact } = this.world.tables;
    const slot = id === null || id === undefined ? undefined : contact.slot(id);
    return slot === undefined ? null : contact.get(slot, 'name', view) ?? null;
  }

  userName(id) {
    return id === null || id === undefined ? null
      : this.world.organization.userById.get(id)?.name ?? null;
  }

  money(value) {
    const cut = value !== null && value !== undefined && this.world.mutants.has('int32_values');
    return cut ? Number(BigInt.asIntN(32, BigInt(value))) % INT32 : value;
  }

  // `wanted`: null for everything, else a Set of names (close 3.4; unknown names are ignored).
  // Search has rows of its own kind: {spaced: times spelled with a space, custom: flat or nested,
  // for the selector custom}. Gives Json.
  row(object, slot, wanted = null, view = LATEST, search = null) {
    return this.rowOf(object, new Row(this, this.world.tables[object], slot, view), wanted, search);
  }

  rowOf(object, data, wanted = null, search = null) {
    const { columns } = data.table;
    let text = search === null ? '' : `,"__object_type":${textOf(object)},"id":${textOf(data.id)}`;
    for (const { name, key, make, text: same } of this.entries[object]) {
      if (wanted !== null && !wanted.has(name)) continue;
      if (same !== null) {
        text += same;
        continue;
      }
      if (search !== null && (name === 'id' || name === 'custom')) continue;
      let value = make(data);
      if (value === undefined) continue;
      if (search?.spaced.includes(name) && value !== null) value = value.replace('T', ' ');
      text += key + textOf(value);
    }
    if (columns.custom) text += this.custom(data, wanted, search);
    if (columns.details) text += details(data.get('details'), wanted);
    return new Json(`{${text.slice(1)}}`);
  }

  // Flat keys that are asked for, and all of them for the selector custom of a search.
  custom(data, wanted, search) {
    const every = wanted === null || (search?.custom === 'flat' && wanted.has('custom'));
    let text = '';
    if (search?.custom === 'nested' && wanted.has('custom')) {
      text = `,"custom":${JSON.stringify(data.get('custom'))}`;
    }
    if (!every && !wanted.custom) return text;
    for (const [id, value] of data.customTexts()) {
      const { flat } = this.customKeys.get(id);
      if (every || wanted.has(`custom.${id}`)) text += flat + value;
    }
    return text;
  }

  // By field name, as REST still returns it (close 4.1).
  customByName(data) {
    let text = '';
    for (const [id, value] of data.customTexts()) text += this.customKeys.get(id).named + value;
    return new Json(`{${text.slice(1)}}`);
  }

  children(object, leadId, view) {
    const table = this.world.tables[object];
    const slots = table.childrenOf('lead_id', leadId, view);
    if (slots.length < 2) return slots;
    return slots.sort((a, b) => table.get(a, 'date_created', view)
      - table.get(b, 'date_created', view) || a - b);
  }
}

const keyText = (name) => `,${JSON.stringify(name)}:`;

function details(values, wanted) {
  let text = '';
  for (const name in values) {
    if (wanted === null || wanted.has(name)) text += keyText(name) + textOf(values[name]);
  }
  return text;
}

const HEAVY = new Set(['custom', 'emails', 'phones', 'addresses', 'details']);

// One row being rendered. What costs most and is asked for several times is kept.
class Row {
  constructor(renderer, table, slot, view) {
    this.renderer = renderer;
    this.table = table;
    this.slot = slot;
    this.view = view;
    this.known = null;
    this.texts = null;
    this.rows = null;
  }

  get id() {
    return this.table.ids[this.slot];
  }

  get(field) {
    if (!HEAVY.has(field)) return this.table.get(this.slot, field, this.view);
    this.known ??= {};
    return (this.known[field] ??= this.table.get(this.slot, field, this.view));
  }

  // [field id, JSON text] of every custom value that is set.
  customTexts() {
    if (this.texts === null) {
      this.texts = [];
      const { table, slot, view } = this;
      const generated = table.version(slot, view) === undefined;
      const pairs = generated ? table.columns.custom.pairs(slot)
        : Object.entries(this.get('custom'));
      for (const [id, value] of pairs) this.texts.push([id, textOf(value)]);
    }
    return this.texts;
  }

  children(object) {
    const { renderer, view } = this;
    this.rows ??= {};
    return (this.rows[object] ??= renderer.children(object, this.id, view)
      .map((slot) => new Row(renderer, renderer.world.tables[object], slot, view)));
  }
}

// A Set of `_fields` names; `custom` tells whether any flat custom key is asked for.
export function fieldSet(names) {
  const set = new Set(names);
  set.custom = names.some((name) => name.startsWith('custom.'));
  return set;
}

export function displayName(world, leadSlot, view) {
  const { lead, contact } = world.tables;
  const name = lead.get(leadSlot, 'name', view);
  if (name) return name;
  const first = contact.childrenOf('lead_id', lead.ids[leadSlot], view)
    .map((slot) => contact.get(slot, 'name', view)).find(Boolean);
  return first ?? 'Untitled';
}

function primary(r, list) {
  for (const contact of r.children('contact')) {
    const items = contact.get(list);
    if (items.length) return items[0];
  }
  return null;
}

function addressLine(r) {
  const [first] = r.get('addresses');
  return first ? [first.address_1, first.city, first.country].filter(Boolean).join(', ') : null;
}

function leadFields(renderer) {
  const { world } = renderer;
  const user = (field) => (r) => renderer.userName(r.get(field));
  const rows = (object) => (r) => new Json(`[${r.children(object)
    .map((child) => renderer.rowOf(object, child).text).join(',')}]`);
  return {
    id: get('id'),
    organization_id: () => world.organization.id,
    name: get('name'),
    display_name: (r) => renderer.leadName(r.get('id'), r.view),
    status_id: get('status_id'),
    status_label: (r) => world.organization.leadStatusById.get(r.get('status_id'))?.label ?? null,
    description: get('description'),
    url: get('url'),
    html_url: (r) => `https://app.close.com/lead/${r.get('id')}/`,
    addresses: get('addresses'),
    contacts: rows('contact'),
    contact_ids: (r) => r.children('contact').map((contact) => contact.id),
    opportunities: rows('opportunity'),
    tasks: rows('task'),
    primary_email: (r) => primary(r, 'emails'),
    primary_phone: (r) => primary(r, 'phones'),
    primary_address_summary: addressLine,
    localtime: fixed(null),
    source: get('source'),
    recent_calls: empty,
    integration_links: (r) => [{ name: 'Google Search',
      url: `https://google.com/search?${new URLSearchParams({ q: r.get('name') ?? '' })}` }],
    created_by: get('created_by'),
    created_by_name: user('created_by'),
    updated_by: get('updated_by'),
    updated_by_name: user('updated_by'),
    date_created: time('date_created'),
    date_updated: time('date_updated'),
    custom: (r) => renderer.customByName(r),
  };
}

function contactFields(renderer) {
  const { world } = renderer;
  return {
    id: get('id'),
    organization_id: () => world.organization.id,
    lead_id: get('lead_id'),
    name: get('name'),
    display_name: (r) => r.get('name') || r.get('emails')[0]?.email || 'Untitled',
    title: get('title'),
    emails: get('emails'),
    phones: get('phones'),
    urls: get('urls'),
    timezone: get('timezone'),
    timezone_source: (r) => (r.get('timezone') ? 'inferred_from_phone_number' : null),
    subscriptions: empty,
    recent_calls: empty,
    integration_links: (r) => (r.get('name') ? [{ name: 'LinkedIn Search',
      url: 'https://www.linkedin.com/search/results/' }] : []),
    lead_suggestions_operation_id: fixed(null),
    created_by: get('created_by'),
    updated_by: get('updated_by'),
    date_created: time('date_created'),
    date_updated: time('date_updated'),
  };
}

function opportunityMoney(renderer) {
  const { world } = renderer;
  const rounding = () => world.switches.get('expected_rounding');
  const expectedOf = (r) => expected(r.get('value') ?? null, r.get('confidence'), rounding());
  return {
    value: (r) => renderer.money(r.get('value') ?? null),
    value_period: get('value_period'),
    value_currency: fixed('USD'),
    value_formatted: (r) => formatValue(r.get('value') ?? null, r.get('value_period')),
    expected_value: (r) => plain(expectedOf(r)),
    annualized_value: (r) => plain(annualized(r.get('value') ?? null, r.get('value_period'))),
    annualized_expected_value: (r) => plain(annualized(expectedOf(r), r.get('value_period'))),
  };
}

function opportunityFields(renderer, { leadName, contactName }) {
  const { world } = renderer;
  const user = (field) => (r) => renderer.userName(r.get(field));
  const status = (r) => world.organization.oppStatusById.get(r.get('status_id'));
  return {
    id: get('id'),
    organization_id: () => world.organization.id,
    lead_id: get('lead_id'),
    lead_name: (r) => leadName(r.get('lead_id'), r.view),
    contact_id: get('contact_id'),
    contact_name: (r) => contactName(r.get('contact_id'), r.view),
    user_id: get('user_id'),
    user_name: user('user_id'),
    status_id: get('status_id'),
    status_label: (r) => status(r)?.label ?? null,
    status_type: (r) => status(r)?.type ?? null,
    status_display_name: (r) => (status(r)
      ? `${status(r).label} (${status(r).pipeline.name})` : null),
    pipeline_id: (r) => status(r)?.pipeline.id ?? null,
    pipeline_name: (r) => status(r)?.pipeline.name ?? null,
    ...opportunityMoney(renderer),
    confidence: get('confidence'),
    note: get('note'),
    note_html: (r) => htmlOf(r.get('note')),
    date_won: get('date_won'),
    date_lost: time('date_lost'),
    is_stalled: get('is_stalled'),
    attachments: empty,
    integration_links: empty,
    created_by: get('created_by'),
    created_by_name: user('created_by'),
    updated_by: get('updated_by'),
    updated_by_name: user('updated_by'),
    date_created: time('date_created'),
    date_updated: time('date_updated'),
  };
}
