// Query nodes of a search (close 5.2), compiled per object type to a test of one subject.

import { SEARCHED_ACTIVITIES } from './activity_types.mjs';
import { FREE_TEXT } from './search_activities.mjs';
import { compileCondition, textOptions } from './search_conditions.mjs';
import { VIEW_OBJECTS } from './smart_views.mjs';
import { textMatcher } from './analysis.mjs';
import { compileTextQuery } from './text_query.mjs';

export const ROW_TYPES = ['lead', 'contact', 'opportunity', 'task', ...SEARCHED_ACTIVITIES];
// Types the API knows and this organization has no rows of.
const EMPTY_TYPES = ['activity.email_thread', 'activity.custom_activity', 'custom_object',
  'sequence_subscription', 'activity.whatsapp_message', 'activity.form_submission'];

// The name of the type of tasks is unconfirmed.
const rowTypes = (world) => (world.switches.get('search_task_type') === 'accept' ? ROW_TYPES
  : ROW_TYPES.filter((type) => type !== 'task'));

const NODE_KEYS = { and: ['queries'], or: ['queries'], object_type: ['object_type'],
  field_condition: ['field', 'condition'], id: ['value'], match_all: [],
  has_related: ['this_object_type', 'related_object_type', 'related_query'],
  text: ['mode', 'value'], saved_search: ['saved_search_id'], query_string: ['value'] };

function relations(world) {
  const { tables } = world;
  const children = (object) => (slot, view) => tables[object]
    .childrenOf('lead_id', tables.lead.ids[slot], view);
  const parent = (object) => (slot, view) => {
    const lead = tables.lead.slot(tables[object].get(slot, 'lead_id', view));
    return lead !== undefined && tables.lead.alive(lead, view) ? [lead] : [];
  };
  return {
    'lead contact': children('contact'), 'lead opportunity': children('opportunity'),
    ...Object.fromEntries(SEARCHED_ACTIVITIES.map((name) => [`lead ${name}`, children(name)])),
    'contact lead': parent('contact'),
    'lead address': (slot, view) => tables.lead.get(slot, 'addresses', view),
    'contact contact_email': (slot, view) => tables.contact.get(slot, 'emails', view),
    'contact contact_phone': (slot, view) => tables.contact.get(slot, 'phones', view),
  };
}

// The types a query can return: those that its object_type nodes and smart views do not rule out.
export function possibleTypes(world, query) {
  const viewType = (id) => VIEW_OBJECTS[world.views.find((view) => view.id === id)?.type];
  const allows = (node, type) => {
    if (node?.type === 'object_type') return (node.object_type === type) !== (node.negate === true);
    if (node?.type === 'saved_search' && node.negate !== true) {
      return [type, undefined].includes(viewType(node.saved_search_id));
    }
    if (node?.negate === true) return true;
    if (node?.type === 'and') return (node.queries ?? []).every((q) => allows(q, type));
    if (node?.type === 'or' && node.queries?.length) {
      return node.queries.some((q) => allows(q, type));
    }
    return true;
  };
  const named = new Set();
  const visit = (node) => {
    if (node?.type === 'object_type') named.add(node.object_type);
    for (const q of Array.isArray(node?.queries) ? node.queries : []) visit(q);
  };
  visit(query);
  const pinned = [...named].some((name) => EMPTY_TYPES.includes(name));
  return { types: rowTypes(world).filter((type) => allows(query, type)), emptyType: pinned };
}

export class QueryCompiler {
  constructor(world, context) {
    this.world = world;
    this.context = { ...context, world };
    this.fail = context.fail;
    this.relations = relations(world);
  }

  compile(node, type) {
    if (node === null || typeof node !== 'object') throw this.fail('a query node is missing');
    const keys = Object.hasOwn(NODE_KEYS, node.type ?? '') ? NODE_KEYS[node.type] : null;
    if (!keys) throw this.fail(`unknown query type ${node.type}`);
    for (const key of Object.keys(node)) {
      if (!['type', 'negate', ...keys].includes(key)) {
        throw this.fail(`unknown key ${key} in query ${node.type}`);
      }
    }
    if (node.negate !== undefined && typeof node.negate !== 'boolean') {
      throw this.fail('negate must be a boolean');
    }
    if (node.type === 'field_condition') return this.fieldCondition(node, type);
    const test = this[node.type](node, type);
    return node.negate ? (subject) => !test(subject) : test;
  }

  arms(node, type) {
    if (!Array.isArray(node.queries)) throw this.fail('queries must be a list');
    return node.queries.map((query) => this.compile(query, type));
  }

  and(node, type) {
    const arms = this.arms(node, type);
    return (subject) => arms.every((arm) => arm(subject));
  }

  or(node, type) {
    const arms = this.arms(node, type);
    if (this.world.mutants.has('lost_or')) arms.splice(1);
    return (subject) => arms.some((arm) => arm(subject));
  }

  object_type(node, type) {
    if (![...rowTypes(this.world), ...EMPTY_TYPES].includes(node.object_type)) {
      throw this.fail(`unknown object_type ${node.object_type}`);
    }
    const same = node.object_type === type;
    return () => same;
  }

  match_all() {
    return () => true;
  }

  id(node, type) {
    if (typeof node.value !== 'string') throw this.fail('value must be an id');
    const table = this.world.tables[type];
    const slot = table?.slot(node.value);
    return (subject) => table !== undefined && subject === slot;
  }

  // Membership in a smart view; views of other types have no members here.
  saved_search(node, type) {
    const view = this.world.views.find((known) => known.id === node.saved_search_id);
    if (!view) throw this.fail('Saved search does not exist.');
    if (VIEW_OBJECTS[view.type] !== type) return () => false;
    if (view.s_query === null) {
      return compileTextQuery(this.world, type, view.query, this.context.offset).matches;
    }
    return this.compile(view.s_query.query, type);
  }

  query_string(node, type) {
    if (typeof node.value !== 'string') throw this.fail('value must be a string');
    if (!['lead', 'opportunity'].includes(type)) return () => false;
    return compileTextQuery(this.world, type, node.value, this.context.offset).matches;
  }

  // Free text over all text fields; for a lead also over its contacts' e-mail addresses.
  text(node, type) {
    const { world } = this;
    const { view } = this.context;
    if (typeof node.value !== 'string') throw this.fail('value must be a string');
    const match = textMatcher(node.mode ?? 'full_words', node.value, textOptions(world));
    const names = FREE_TEXT[type] ?? [];
    const table = world.tables[type];
    return (slot) => {
      const texts = names.map((name) => table.get(slot, name, view) ?? '');
      const contacts = type === 'lead' ? this.relations['lead contact'](slot, view)
        : type === 'contact' ? [slot] : [];
      for (const c of contacts) {
        texts.push(...world.tables.contact.get(c, 'emails', view).map((e) => e.email));
      }
      return texts.some(match);
    };
  }

  has_related(node, type) {
    const { this_object_type: own, related_object_type: related, related_query: query } = node;
    if (own !== type) {
      if (this.context.pinned) throw this.fail(`this_object_type ${own} is not ${type}`);
      return () => false;
    }
    if (EMPTY_TYPES.includes(related)) return () => false;
    const members = this.relations[`${own} ${related}`];
    if (!members) throw this.fail(`${own} has no related ${related}`);
    const inner = this.compile(query, related);
    const { view } = this.context;
    if (this.world.mutants.has('related_any')) return (s) => members(s, view).length > 0;
    return (subject) => members(subject, view).some(inner);
  }

  // null when the field belongs to another type and the query does not pin one.
  field(field, type) {
    const { fields } = this.context;
    let found;
    let name;
    if (field?.type === 'regular_field') {
      name = field.field_name;
      const owner = field.object_type;
      if (!fields.regular(owner, name)) {
        throw this.fail(`Field '${name}' does not belong to type '${owner}'`);
      }
      found = owner === type ? fields.regular(type, name) : null;
    } else if (field?.type === 'custom_field') {
      name = field.custom_field_id;
      if (!this.world.organization.fieldById.has(name)) {
        throw this.fail(`Custom field '${name}' does not exist`);
      }
      found = fields.custom(type, name);
    } else throw this.fail(`unknown field type ${field?.type}`);
    if (!found && this.context.pinned) {
      throw this.fail(`Field '${name}' does not belong to type '${type}'`);
    }
    return found;
  }

  // What negation does with rows that lack the value is disputed (close 5.5), hence the switch.
  fieldCondition(node, type) {
    const { world } = this;
    const field = this.field(node.field, type);
    if (!field) return () => false;
    const { matches, exists, isExists } = compileCondition(node.condition, field, this.context);
    const { view } = this.context;
    if (world.mutants.has('filter_ignored')) return () => true;
    if (!node.negate) return (subject) => matches(field.read(subject, view));
    const dropMissing = world.mutants.has('negate_loses_nulls')
      || (!isExists && world.switches.get('search_negate') === 'exclude');
    return (subject) => {
      const value = field.read(subject, view);
      return !matches(value) && (!dropMissing || exists(value));
    };
  }
}
