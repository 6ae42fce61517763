// Rows as the API spells them: one function per field, so that `_fields` costs only what it names.

import { LATEST } from '../core/table.mjs';
import { annualized, expected, formatValue, plain } from './money.mjs';
import { spellTime } from './times.mjs';

const INT32 = 2 ** 31;

export class Renderer {
  constructor(world) {
    this.world = world;
    this.fields = { lead: leadFields(this), contact: contactFields(this),
      opportunity: opportunityFields(this) };
    this.names = Object.fromEntries(Object.entries(this.fields)
      .map(([object, fields]) => [object, Object.keys(fields)]));
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
  row(object, slot, wanted = null, view = LATEST) {
    const table = this.world.tables[object];
    const fields = this.fields[object];
    const data = new Row(table, slot, view);
    const out = {};
    for (const name of this.names[object]) {
      if (wanted === null || wanted.has(name)) out[name] = fields[name](data);
    }
    if (wanted === null || wanted.custom) this.addCustom(object, data, wanted, out);
    return out;
  }

  addCustom(object, data, wanted, out) {
    const values = data.get('custom');
    for (const id in values) {
      const key = `custom.${id}`;
      if (wanted === null || wanted.has(key)) out[key] = values[id];
    }
  }

  // By field name, as REST still returns it (close 4.1); a later clashing name wins.
  customByName(data) {
    const out = {};
    const values = data.get('custom');
    for (const id in values) {
      const field = this.world.organization.fieldById.get(id);
      if (field) out[field.name] = values[id];
    }
    return out;
  }

  children(object, leadId, view) {
    const table = this.world.tables[object];
    const slots = table.childrenOf('lead_id', leadId, view);
    return slots.sort((a, b) => table.get(a, 'date_created', view)
      - table.get(b, 'date_created', view) || a - b);
  }
}

class Row {
  constructor(table, slot, view) {
    this.table = table;
    this.slot = slot;
    this.view = view;
  }

  // Custom values are asked for twice in a row and cost the most, so they are kept.
  get(field) {
    if (field !== 'custom') return this.table.get(this.slot, field, this.view);
    this.custom ??= this.table.get(this.slot, 'custom', this.view);
    return this.custom;
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

function leadName(world, leadId, view) {
  const slot = leadId === null || leadId === undefined ? undefined : world.tables.lead.slot(leadId);
  if (slot === undefined || !world.tables.lead.alive(slot, view)) return null;
  return displayName(world, slot, view);
}

const get = (field) => (r) => r.get(field) ?? null;
const time = (field) => (r) => {
  const at = r.get(field);
  return at === null || at === undefined ? null : spellTime(at);
};
const fixed = (value) => () => value;
const empty = () => [];

function primary(renderer, r, list) {
  for (const slot of renderer.children('contact', r.get('id'), r.view)) {
    const items = renderer.world.tables.contact.get(slot, list, r.view);
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
  const rows = (object) => (r) => renderer.children(object, r.get('id'), r.view)
    .map((slot) => renderer.row(object, slot, null, r.view));
  return {
    id: get('id'),
    organization_id: () => world.organization.id,
    name: get('name'),
    display_name: (r) => displayName(world, r.slot, r.view),
    status_id: get('status_id'),
    status_label: (r) => world.organization.leadStatusById.get(r.get('status_id'))?.label ?? null,
    description: get('description'),
    url: get('url'),
    html_url: (r) => `https://app.close.com/lead/${r.get('id')}/`,
    addresses: get('addresses'),
    contacts: rows('contact'),
    contact_ids: (r) => renderer.children('contact', r.get('id'), r.view)
      .map((slot) => world.tables.contact.ids[slot]),
    opportunities: rows('opportunity'),
    tasks: empty,
    primary_email: (r) => primary(renderer, r, 'emails'),
    primary_phone: (r) => primary(renderer, r, 'phones'),
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

function htmlOf(note) {
  if (!note) return '';
  const safe = note.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `<body><p>${safe.replace(/\n/g, '<br>')}</p></body>`;
}

function opportunityFields(renderer) {
  const { world } = renderer;
  const user = (field) => (r) => renderer.userName(r.get(field));
  const status = (r) => world.organization.oppStatusById.get(r.get('status_id'));
  const contactName = (r) => {
    const slot = world.tables.contact.slot(r.get('contact_id'));
    return slot === undefined ? null : world.tables.contact.get(slot, 'name', r.view) ?? null;
  };
  return {
    id: get('id'),
    organization_id: () => world.organization.id,
    lead_id: get('lead_id'),
    lead_name: (r) => leadName(world, r.get('lead_id'), r.view),
    contact_id: get('contact_id'),
    contact_name: contactName,
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
