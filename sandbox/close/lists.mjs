// The lists of leads and contacts, and GET by id of all big tables (close 3, 4.1, 4.2).

import { LATEST } from '../core/table.mjs';
import { ACTIVITY_TYPES } from './activity_types.mjs';
import { fieldError, notFound } from './errors.mjs';
import { candidates, idList } from './list_filters.mjs';
import { paging, slicePage, tzOffset, wantedFields } from './params.mjs';
import { compileTextQuery } from './text_query.mjs';

// Names of classes, as errors spell them.
export const MODELS = { lead: 'Lead', contact: 'Contact', opportunity: 'Opportunity', task: 'Task',
  ...Object.fromEntries(ACTIVITY_TYPES.map(({ table, word }) => [table, word])) };

export function getRow(world, object, id, request) {
  const table = world.tables[object];
  const slot = table.slot(id);
  let view = world.mutants.has('stale_get') ? world.staleView() : LATEST;
  if (slot === undefined) throw notFound(MODELS[object]);
  if (!table.alive(slot, view)) {
    view = table.deletedWithin(slot, world.switches.number('delete_window') * 1000);
    if (view === null || !table.alive(slot, view)) throw notFound(MODELS[object]);
  }
  const other = world.mutants.has('id_get_other') && slot % 4 === 2 ? slot - 1 : slot;
  return world.renderer.row(object, table.alive(other, view) ? other : slot,
    wantedFields(request.params), view);
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

export function listLeads(world, request) {
  const { params } = request;
  const table = world.tables.lead;
  warnUnknown(world, request, ['_limit', '_skip', '_fields', 'query', 'id__in']);
  const range = paging(params, limitsOf(world, 'lead'));
  let slots = candidates(world, table, { field: 'date_updated',
    ids: params.id__in === undefined ? null : idList(world, params.id__in) });
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
  warnUnknown(world, request, ['_limit', '_skip', '_fields', 'lead_id']);
  const range = paging(params, limitsOf(world, 'contact'));
  const slots = candidates(world, world.tables.contact, { field: 'date_created',
    leads: params.lead_id ? [params.lead_id] : null });
  const { page, hasMore } = slicePage(slots, range, world.mutants, world.ownWrites);
  return { data: renderPage(world, 'contact', page, request), has_more: hasMore };
}
