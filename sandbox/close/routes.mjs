// Paths below /api/v1/ and who answers them.

import { listActivities } from './activities.mjs';
import { ACTIVITY_TYPES } from './activity_types.mjs';
import { getRow, listContacts, listLeads } from './lists.mjs';
import * as meta from './meta.mjs';
import { listOpportunities } from './opportunities.mjs';
import { searchEndpoint } from './search.mjs';
import { getSmartView, listSmartViews } from './smart_views.mjs';
import { listTasks } from './tasks.mjs';
import { createRow, deleteRow, updateRow } from './writes.mjs';

const byId = (object) => (world, request, id) => getRow(world, object, id, request);
const withId = (handler) => (world, request, ...ids) => handler(world, ...ids, request);

const ROUTES = [
  ['GET', /^me\/$/, meta.me],
  ['GET', /^organization\/([^/]+)\/$/, withId(meta.getOrganization)],
  ['GET', /^lead\/$/, listLeads],
  ['GET', /^lead\/([^/]+)\/$/, byId('lead')],
  ['GET', /^contact\/$/, listContacts],
  ['GET', /^contact\/([^/]+)\/$/, byId('contact')],
  ['GET', /^opportunity\/$/, listOpportunities],
  ['GET', /^opportunity\/([^/]+)\/$/, byId('opportunity')],
  ['GET', /^task\/$/, listTasks],
  ['GET', /^task\/([^/]+)\/$/, byId('task')],
  ['GET', /^activity\/$/, listActivities(null)],
  ...ACTIVITY_TYPES.flatMap((type) => [
    ['GET', new RegExp(`^activity/${type.path}/$`), listActivities(type)],
    ['GET', new RegExp(`^activity/${type.path}/([^/]+)/$`), byId(type.table)],
  ]),
  ['GET', /^saved_search\/$/, listSmartViews],
  ['GET', /^saved_search\/([^/]+)\/$/, withId(getSmartView)],
  ['GET', /^user\/$/, meta.listUsers],
  ['GET', /^user\/([^/]+)\/$/, withId(meta.getUser)],
  ['GET', /^membership\/$/, meta.listMemberships],
  ['GET', /^membership\/([^/]+)\/$/, withId(meta.getMembership)],
  ['GET', /^status\/lead\/$/, meta.listLeadStatuses],
  ['GET', /^status\/opportunity\/$/, meta.listOpportunityStatuses],
  ['GET', /^pipeline\/$/, meta.listPipelines],
  ['GET', /^pipeline\/([^/]+)\/$/, withId(meta.getPipeline)],
  ['GET', /^custom_field\/([^/]+)\/$/, withId(meta.listCustomFields)],
  ['GET', /^custom_field\/([^/]+)\/([^/]+)\/$/, withId(meta.getCustomField)],
  ['GET', /^custom_field_schema\/(.+)\/$/, withId(meta.customFieldSchema)],
  ['GET', /^custom_activity\/$/, meta.listCustomActivityTypes],
  ['GET', /^custom_object_type\/$/, meta.listCustomObjectTypes],
  ['POST', /^data\/search\/$/, searchEndpoint],
  ...Object.entries({ lead: 'lead', contact: 'contact', opportunity: 'opportunity', task: 'task',
    'activity/note': 'activity.note', 'activity/call': 'activity.call' })
    .flatMap(([path, object]) => [
      ['POST', new RegExp(`^${path}/$`), createRow(object)],
      ['PUT', new RegExp(`^${path}/([^/]+)/$`), updateRow(object)],
      ['DELETE', new RegExp(`^${path}/([^/]+)/$`), deleteRow(object)],
    ]),
];

function unescapePart(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// {handler, args}, {allow} when only another method exists, or null.
export function findRoute(method, path) {
  const allow = [];
  for (const [verb, pattern, handler] of ROUTES) {
    const m = pattern.exec(path);
    if (!m) continue;
    if (verb === method) return { handler, args: m.slice(1).map(unescapePart) };
    allow.push(verb);
  }
  return allow.length ? { allow } : null;
}
