// Paths below /services/data/vXX.X/ and who answers them.

import { composite } from './composite.mjs';
import { objectSummary } from './describe.mjs';
import { ApiError, notFound } from './errors.mjs';
import { getLimits, recordCounts } from './limits.mjs';
import * as records from './records.mjs';

const RESOURCES = ['limits', 'query', 'queryAll', 'sobjects', 'composite'];

function resources(provider, request, version) {
  return { body: Object.fromEntries(RESOURCES.map((name) =>
    [name, `/services/data/v${version}/${name}`])) };
}

function batchSize(request) {
  const found = /batchSize\s*=\s*(\d+)/i.exec(request.headers['sforce-query-options'] ?? '');
  return found ? Number(found[1]) : undefined;
}

const runQuery = (all) => (provider, request, version) => {
  const { q, explain } = request.params;
  const { queries, user } = provider;
  if (explain !== undefined) return queries.explain({ soql: explain, version, user });
  if (q === undefined) {
    throw new ApiError(400, 'MALFORMED_QUERY', 'A query string has to be specified');
  }
  return queries.query({ soql: q, all, version, batchSize: batchSize(request), user });
};

function moreRows(provider, request, version, locator, offset) {
  const { queries, user } = provider;
  return queries.more({ locator, offset: Number(offset), version, user });
}

function objectInfo(provider, request, version, name) {
  const object = provider.schema.object(name);
  if (!object) throw notFound();
  return { body: { objectDescribe: objectSummary(object, version), recentItems: [] } };
}

const ROUTES = [
  ['GET', /^$/, resources],
  ['GET', /^limits$/, getLimits],
  ['GET', /^limits\/recordCount$/i, recordCounts],
  ['GET', /^query$/, runQuery(false)],
  ['GET', /^queryAll$/i, runQuery(true)],
  ['GET', /^query(?:All)?\/([^/]+)-(\d+)$/i, moreRows],
  ['POST', /^composite$/, composite],
  ['POST', /^composite\/sobjects\/(\w+)$/, records.retrieveByPost],
  ['GET', /^composite\/sobjects\/(\w+)$/, records.retrieveByGet],
  ['GET', /^sobjects$/, (provider, request, version) =>
    provider.describes.global(request, version)],
  ['GET', /^sobjects\/(\w+)$/, objectInfo],
  ['GET', /^sobjects\/(\w+)\/describe$/, (provider, request, version, name) =>
    provider.describes.object(request, name, version)],
  ['GET', /^sobjects\/(\w+)\/updated$/, records.getUpdated],
  ['GET', /^sobjects\/(\w+)\/deleted$/, records.getDeleted],
  ['GET', /^sobjects\/(\w+)\/([^/]+)$/, records.getRecord],
  ['GET', /^sobjects\/(\w+)\/([^/]+)\/([^/]+)$/, records.getBelow],
];

function unescapePart(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// {handler, args}, {allow} when only other methods exist, or null.
export function findRoute(method, path) {
  const allow = [];
  for (const [verb, pattern, handler] of ROUTES) {
    const m = pattern.exec(path);
    if (!m) continue;
    if (verb === method || (verb === 'GET' && method === 'HEAD')) {
      return { handler, args: m.slice(1).map(unescapePart) };
    }
    allow.push(verb);
  }
  return allow.length ? { allow } : null;
}
