// The lists of leads and contacts, and GET by id of all three big tables (close 3, 4.1, 4.2).

import { LATEST } from '../core/table.mjs';
import { fieldError, notFound } from './errors.mjs';
import { commaList, paging, slicePage, tzOffset, wantedFields } from './params.mjs';
import { compileTextQuery } from './text_query.mjs';

const MODELS = { lead: 'Lead', contact: 'Contact', opportunity: 'Opportunity' };

export function getRow(world, object, id, request) {
  const table = world.tables[object];
  const slot = table.slot(id);
  let view = world.mutants.has('stale_get') ? world.staleView() : LATEST;
  if (slot === undefined) throw notFound(MODELS[object]);
  if (!table.alive(slot, view)) {
    view = table.deletedWithin(slot, world.switches.number('delete_window') * 1000);
    if (view === null || !table.alive(slot, view)) throw notFound(MODELS[object]);
  }
  return world.renderer.row(object, slot, wantedFields(request.params), view);
}

export function limitsOf(world, object) {
  const { switches } = world;
  return { maxLimit: switches.number(`${object}_limit_max`),
    maxSkip: switches.number(`${object}_skip_max`),
    depthShape: switches.get('skip_error') };
}

export function warnUnknown(world, request, known) {
  for (const name of Object.keys(request.params)) {
    if (known.includes(name)) continue;
    if (world.switches.get('unknown_param') === 'refuse') {
      throw fieldError(name, 'Extra inputs are not permitted');
    }
    request.warnings.push(`unknown parameter ${name} ignored`);
  }
}

export function total(world, n) {
  return world.mutants.has('total_off_by_one') ? n + 1 : n;
}

export function renderPage(world, object, page, request) {
  const wanted = wantedFields(request.params);
  return page.map((slot) => world.renderer.row(object, slot, wanted));
}

function idList(world, text) {
  const ids = commaList(text);
  return world.mutants.has('id_in_drops_last') && ids.length > 1 ? ids.slice(0, -1) : ids;
}

function slotsOfIds(table, ids) {
  const slots = new Set();
  for (const id of ids) {
    const slot = table.slot(id);
    if (slot !== undefined && table.alive(slot, LATEST)) slots.add(slot);
  }
  return slots;
}

// Ties: lists answer them in one stable order, or (switch) in another for every request.
export function descending(world, table, field) {
  const slots = table.order(field, LATEST).slice().reverse();
  if (world.switches.get('list_ties') === 'random') world.shuffleTies(slots, table, field, LATEST);
  return slots;
}

export function listLeads(world, request) {
  const { params } = request;
  const table = world.tables.lead;
  warnUnknown(world, request, ['_limit', '_skip', '_fields', 'query', 'id__in']);
  const range = paging(params, limitsOf(world, 'lead'));
  let slots = descending(world, table, 'date_updated');
  if (params.id__in !== undefined) {
    const wanted = slotsOfIds(table, idList(world, params.id__in));
    slots = slots.filter((slot) => wanted.has(slot));
  }
  if (params.query) {
    const query = compileTextQuery(world, 'lead', params.query, tzOffset(request, world.switches));
    slots = query.apply(slots);
  }
  const { page, hasMore } = slicePage(slots, range, world.mutants, world.ownWrites);
  return { data: renderPage(world, 'lead', page, request), has_more: hasMore,
    total_results: total(world, slots.length) };
}

export function listContacts(world, request) {
  const { params } = request;
  const table = world.tables.contact;
  warnUnknown(world, request, ['_limit', '_skip', '_fields', 'lead_id']);
  const range = paging(params, limitsOf(world, 'contact'));
  let slots;
  if (params.lead_id && !world.mutants.has('filter_ignored')) {
    slots = table.childrenOf('lead_id', params.lead_id, LATEST).sort((a, b) =>
      table.get(b, 'date_created', LATEST) - table.get(a, 'date_created', LATEST) || b - a);
  } else slots = descending(world, table, 'date_created');
  const { page, hasMore } = slicePage(slots, range, world.mutants, world.ownWrites);
  return { data: renderPage(world, 'contact', page, request), has_more: hasMore };
}
