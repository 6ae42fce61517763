// Spares a search the walk over a whole table: a query whose top level ANDs ids or a range of a
// date can only match a few rows. What is left out here could not match; the rest is still tested.

import { momentOf } from './moments.mjs';

const DATES = ['date_created', 'date_updated'];

function arms(query) {
  if (query?.type !== 'and' || query.negate === true) return [query];
  return query.queries.flatMap(arms);
}

// Ids of an id node, or of an or of nothing else; null for any other node.
function idsOf(node) {
  if (node?.negate === true) return null;
  if (node?.type === 'id') return [node.value];
  if (node?.type !== 'or' || node.queries.length === 0) return null;
  const lists = node.queries.map(idsOf);
  return lists.includes(null) ? null : lists.flat();
}

// [from, to] of a range over a date column of the type, both included; null for any other node.
function rangeOf(node, type, { offset, now, fail }) {
  const { field, condition, negate } = node ?? {};
  if (node?.type !== 'field_condition' || negate === true || condition?.type !== 'moment_range'
    || field?.object_type !== type || !DATES.includes(field?.field_name)) return null;
  const end = (moment) => (moment === undefined || moment === null ? null
    : momentOf(moment, { offset, now }, fail));
  return { field: field.field_name, from: end(condition.on_or_after), to: end(condition.before) };
}

// {slots, field}: alive slots that may match, ascending by `field`; null = no narrowing.
// The query has been checked already.
export function narrowed(world, query, type, context) {
  if (world.mutants.has('filter_ignored')) return null;
  const table = world.tables[type];
  const parts = arms(query);
  const ids = parts.map(idsOf).find((list) => list !== null);
  if (ids) {
    const slots = [...new Set(ids.map((id) => table.slot(id)))].filter((slot) =>
      slot !== undefined && table.alive(slot, context.view));
    return { slots: Int32Array.from(slots).sort(), field: null };
  }
  let best = null;
  for (const part of parts) {
    const range = rangeOf(part, type, context);
    if (!range) continue;
    const slots = table.between(range.field, range.from, range.to, context.view);
    if (best === null || slots.length < best.slots.length) best = { slots, field: range.field };
  }
  return best;
}
