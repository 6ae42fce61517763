// Several requests in one (salesforce §7.3); only reading ones exist so far.

import { ApiError } from './errors.mjs';

const MAX_PARTS = 25;
const MAX_QUERIES = 5;
const QUERY = /\/(query|queryAll|composite\/sobjects)\b/i;

// What an earlier answer holds at a path such as records[0].Id.
function lookUp(answers, reference) {
  const [name, ...path] = reference.split(/[.[\]]+/).filter(Boolean);
  let value = answers.get(name);
  for (const step of path) value = value?.[step];
  if (value === undefined || value === null || typeof value === 'object') {
    throw new ApiError(400, 'PROCESSING_HALTED', `Invalid reference specified. No value for `
      + `${reference} found in ${name}`);
  }
  return String(value);
}

function check(parts) {
  if (!Array.isArray(parts)) {
    throw new ApiError(400, 'JSON_PARSER_ERROR', 'compositeRequest must be a list');
  }
  if (parts.length > MAX_PARTS) {
    throw new ApiError(400, 'LIMIT_EXCEEDED',
      `The composite request cannot contain more than ${MAX_PARTS} subrequests`);
  }
  const queries = parts.filter((part) => QUERY.test(String(part?.url).split('?')[0])).length;
  if (queries > MAX_QUERIES) {
    throw new ApiError(400, 'LIMIT_EXCEEDED', 'The composite request cannot contain more than '
      + `${MAX_QUERIES} query or collections subrequests`);
  }
  const names = new Set();
  for (const { method, url, referenceId } of parts) {
    if (!method || !url || !/^\w+$/.test(referenceId ?? '') || names.has(referenceId)) {
      throw new ApiError(400, 'JSON_PARSER_ERROR',
        'every subrequest needs a method, a url and a referenceId of its own');
    }
    names.add(referenceId);
  }
}

function lowerCased(headers = {}) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) =>
    [name.toLowerCase(), String(value)]));
}

function titled(headers) {
  const names = { 'last-modified': 'Last-Modified', etag: 'ETag', location: 'Location' };
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => names[name])
    .map(([name, value]) => [names[name], value]));
}

export function composite(provider, request) {
  const parts = request.json?.compositeRequest;
  check(parts);
  const answers = new Map();
  const run = ({ method, url, referenceId, httpHeaders, body }) => {
    let answer;
    try {
      const target = url.replace(/@\{([^}]*)\}/g, (_, reference) => lookUp(answers, reference));
      const mark = target.indexOf('?');
      answer = provider.dispatch({ method, headers: lowerCased(httpHeaders), json: body, inner: true,
        path: mark < 0 ? target : target.slice(0, mark),
        query: mark < 0 ? '' : target.slice(mark + 1) });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer = error;
    }
    answers.set(referenceId, answer.body);
    return { body: answer.body ?? null, httpHeaders: titled(answer.headers),
      httpStatusCode: answer.status ?? 200, referenceId };
  };
  return { body: { compositeResponse: parts.map(run) } };
}
