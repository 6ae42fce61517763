// Paths below /api/v1/ and who answers them.

import { getRow, listContacts, listLeads } from './lists.mjs';
import * as meta from './meta.mjs';
import { listOpportunities } from './opportunities.mjs';
import { searchEndpoint } from './search.mjs';
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
  ...['lead', 'contact', 'opportunity'].flatMap((object) => [
    ['POST', new RegExp(`^${object}/$`), createRow(object)],
    ['PUT', new RegExp(`^${object}/([^/]+)/$`), updateRow(object)],
    ['DELETE', new RegExp(`^${object}/([^/]+)/$`), deleteRow(object)],
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
