// Query parameters: parsing, the `_params` override, and the checks all lists share (close 1.3, 3).

import { fieldError, tooDeep } from './errors.mjs';
import { fieldSet } from './render.mjs';
import { isDate, parseTime } from './times.mjs';

export function queryParams(query) {
  const out = {};
  for (const [name, value] of new URLSearchParams(query)) {
    out[name] = Object.hasOwn(out, name) ? `${out[name]},${value}` : value;
  }
  return out;
}

// Values inside `_params` are written as in a URL; JSON numbers and booleans are accepted too.
export function overrideParams(given) {
  const out = {};
  for (const [name, value] of Object.entries(given ?? {})) {
    if (value === null) continue;
    out[name] = Array.isArray(value) ? value.join(',') : String(value);
  }
  return out;
}

export function commaList(text) {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

export function wantedFields(params) {
  if (params._fields === undefined || params._fields === '') return null;
  return fieldSet(commaList(params._fields));
}

function wholeNumber(params, name, fallback) {
  const text = params[name];
  if (text === undefined || text === '') return fallback;
  if (!/^[+-]?\d+$/.test(text)) throw fieldError(name, 'Input should be a valid integer');
  const value = Number(text);
  if (value < 0) throw fieldError(name, 'Input should be greater than or equal to 0');
  return value;
}

export function paging(params, { maxLimit, maxSkip, depthShape }) {
  const limit = wholeNumber(params, '_limit', 100);
  const skip = wholeNumber(params, '_skip', 0);
  if (limit > maxLimit) {
    throw fieldError('_limit', `Input should be less than or equal to ${maxLimit}`);
  }
  if (skip > maxSkip) throw tooDeep(skip, maxSkip, depthShape);
  return { limit, skip };
}

// One page out of ordered slots, and the rules some mutants break.
export function slicePage(slots, { limit, skip }, mutants, ownWrites) {
  let from = skip;
  if (skip > 0 && mutants.has('skip_off_by_one')) from += 1;
  if (skip > 0 && mutants.has('shifted_by_own_write') && ownWrites > 0) from += 1;
  if (skip > 0 && mutants.has('duplicate_row')) from -= 1;
  // One row of every page that came before is gone.
  if (mutants.has('page_shifts_while_reading')) from += Math.ceil(skip / Math.max(limit, 1));
  const page = Array.from(slots.slice(from, from + limit));
  let hasMore = from + limit < slots.length;
  if (mutants.has('has_more_early')) hasMore = from + 2 * limit < slots.length;
  return { page, hasMore };
}

export function booleanParam(params, name) {
  const text = params[name].toLowerCase();
  if (['true', '1'].includes(text)) return true;
  if (['false', '0'].includes(text)) return false;
  throw fieldError(name, 'Input should be a valid boolean');
}

export function timeParam(params, name, offsetHours) {
  const at = parseTime(params[name], offsetHours);
  if (at === null) throw fieldError(name, 'Input should be a valid date or datetime');
  return at;
}

export function dateParam(params, name) {
  const text = params[name];
  if (isDate(text)) return text;
  const at = parseTime(text);
  if (at === null) throw fieldError(name, 'Input should be a valid date');
  return new Date(at).toISOString().slice(0, 10);
}

// The caller's UTC offset in hours (close 1.3).
export function tzOffset(request, switches) {
  if (switches.get('tz_offset') === 'ignore') return 0;
  const value = Number(request.headers['x-tz-offset'] ?? 0);
  return Number.isFinite(value) && Math.abs(value) <= 18 ? value : 0;
}
