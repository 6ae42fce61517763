// Reading records without SOQL: by id, by external id, many by id, and what changed in a period
// (salesforce §7.1, §7.5, §9.2).

import { ApiError, entityDeleted, notFound } from './errors.mjs';
import { normalizeId } from './ids.mjs';
import { datetimeText, renderRecord } from './render.mjs';

const MINUTE = 60_000;
const DAY = 86_400_000;
const MAX_RETRIEVE = 2000;
const MAX_CHANGES = 600_000;

function objectNamed(provider, name) {
  const object = provider.schema.object(name);
  if (!object) throw notFound();
  return object;
}

// The fields of a list of names; Id always comes along.
function fieldsNamed(object, names) {
  const fields = names.map((name) => {
    const field = object.field(name);
    if (field) return field;
    throw new ApiError(400, 'INVALID_FIELD', `No such column '${name}' on entity '${object.name}'. `
      + 'If you are attempting to use a custom field, be sure to append the \'__c\' after the '
      + 'custom field name. Please reference your WSDL or the describe call for the appropriate '
      + 'names.');
  });
  return fields.some((field) => field.name === 'Id') ? fields : [...fields, object.field('Id')];
}

const listOf = (text) => text.split(',').map((part) => part.trim()).filter(Boolean);

function fieldsOf(object, text) {
  return text === undefined ? object.fields : fieldsNamed(object, listOf(text));
}

// The index of an id of this object, or -1; ids in either length, case exactly as given.
function indexOfId(world, object, text) {
  const id = typeof text === 'string' ? normalizeId(text) : null;
  return id === null ? -1 : world.indexOf(object.name, id);
}

// The next living row, for the rules broken on purpose.
function otherRow(world, name, index) {
  for (let step = 1; step < 50; step++) {
    const other = (index + step) % world.count(name);
    if (world.live(name, other)) return other;
  }
  return index;
}

export function getRecord(provider, request, version, name, id) {
  const object = objectNamed(provider, name);
  const { world, mutants } = provider;
  let index = indexOfId(world, object, id);
  if (index < 0) throw notFound();
  if (object.field('IsDeleted') && world.value(object.name, index, 'IsDeleted')) {
    throw entityDeleted();
  }
  if (mutants.has('record_of_other') && index % 4 === 0) index = otherRow(world, object.name, index);
  const fields = fieldsOf(object, request.params.fields);
  return { body: renderRecord(object, world.rowAt(object.name, index), fields, version) };
}

function sameKey(field, stored, wanted) {
  if (stored === null) return false;
  return field.unique && !field.caseSensitive ? stored.toLowerCase() === wanted.toLowerCase()
    : stored === wanted;
}

function recordByKey(provider, request, version, object, field, value) {
  const { world } = provider;
  const read = world.reader(object.name, field.name);
  const found = [];
  for (let i = 0; i < world.count(object.name); i++) {
    if (world.live(object.name, i) && sameKey(field, read(i), value)) found.push(i);
  }
  if (found.length === 0) throw notFound();
  if (found.length > 1) {
    return { status: 300, body: found.map((i) => `/services/data/v${version}/sobjects/`
      + `${object.name}/${world.value(object.name, i, 'Id')}`) };
  }
  const fields = fieldsOf(object, request.params.fields);
  return { body: renderRecord(object, world.rowAt(object.name, found[0]), fields, version) };
}

// /sobjects/X/{id}/{blob field} or /sobjects/X/{external id field}/{value}.
export function getBelow(provider, request, version, name, first, second) {
  const object = objectNamed(provider, name);
  const index = indexOfId(provider.world, object, first);
  if (index >= 0) {
    if (object.field(second)?.type !== 'base64') throw notFound();
    const text = provider.world.value(object.name, index, object.field(second).name);
    return { raw: Buffer.from(text ?? ''), headers: { 'content-type': 'application/octetstream' } };
  }
  const field = object.field(first);
  if (!field?.externalId && !field?.idLookup) {
    throw notFound(`Provided external ID field does not exist or is not accessible: ${first}`);
  }
  return recordByKey(provider, request, version, object, field, second);
}

// ---- collections -------------------------------------------------------------------------------------

function retrieve(provider, version, name, ids, names) {
  const object = objectNamed(provider, name);
  const { world, switches, mutants } = provider;
  if (!Array.isArray(ids) || ids.length === 0) {
    throw new ApiError(400, 'REQUIRED_FIELD_MISSING', 'At least 1 record is required');
  }
  if (ids.length > MAX_RETRIEVE) {
    throw new ApiError(400, 'EXCEEDED_ID_LIMIT', 'record limit reached. cannot submit more than '
      + `${MAX_RETRIEVE} records into this call`);
  }
  if (!Array.isArray(names) || names.length === 0) {
    throw new ApiError(400, 'MISSING_ARGUMENT', 'fields is required');
  }
  const fields = fieldsNamed(object, names);
  const undeleted = mutants.has('retrieve_undeletes');
  const visible = (index) => index >= 0 && (undeleted
    || switches.get('retrieve_deleted') === 'row' || !isDeleted(world, object, index));
  const rows = ids.map((id, at) => {
    let index = indexOfId(world, object, id);
    if (!visible(index)) return null;
    if (mutants.has('retrieve_drops_last') && at === ids.length - 1) return null;
    if (mutants.has('retrieve_other') && at % 4 === 3) index = otherRow(world, object.name, index);
    const record = renderRecord(object, world.rowAt(object.name, index), fields, version);
    if (undeleted && record.IsDeleted) record.IsDeleted = false;
    return record;
  });
  return { body: mutants.has('retrieve_shifts') ? rows.filter((row) => row !== null) : rows };
}

function isDeleted(world, object, index) {
  return Boolean(object.field('IsDeleted')) && world.value(object.name, index, 'IsDeleted');
}

export function retrieveByPost(provider, request, version, name) {
  const { ids, fields } = request.json ?? {};
  if (Array.isArray(fields) && fields.some((field) => typeof field !== 'string')) {
    throw new ApiError(400, 'JSON_PARSER_ERROR', 'fields must be names');
  }
  return retrieve(provider, version, name, ids, fields);
}

export function retrieveByGet(provider, request, version, name) {
  const { ids = '', fields = '' } = request.params;
  return retrieve(provider, version, name, listOf(ids), listOf(fields));
}

// ---- what changed ------------------------------------------------------------------------------------

// Seconds are ignored.
function minuteOf(text) {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text ?? '')
    ? Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')) : NaN;
  if (Number.isNaN(at)) {
    throw new ApiError(400, 'INVALID_REPLICATION_DATE', `not a date and time: ${text}`);
  }
  return Math.floor(at / MINUTE) * MINUTE;
}

function period({ params }, now, days) {
  const [start, end] = [minuteOf(params.start), minuteOf(params.end)];
  if (start >= end) {
    throw new ApiError(400, 'INVALID_REPLICATION_DATE', 'startDate must be before endDate');
  }
  if (start < now - days * DAY) {
    throw new ApiError(400, 'INVALID_REPLICATION_DATE',
      `startDate before org replication enabled date, or more than ${days} days ago`);
  }
  return { start, end, covered: datetimeText(Math.min(end, now - 2 * MINUTE)) };
}

function changedRows(provider, name, { start, end }, deleted) {
  const object = objectNamed(provider, name);
  if (!object.replicateable) {
    throw new ApiError(400, 'INVALID_TYPE_FOR_OPERATION',
      `object type ${object.name} is not replicable`);
  }
  const { world } = provider;
  const stamp = world.reader(object.name, object.field('SystemModstamp')
    ? 'SystemModstamp' : 'LastModifiedDate');
  const found = [];
  for (let i = 0; i < world.count(object.name); i++) {
    if (!world.alive(object.name, i)) continue;
    const at = stamp(i);
    if (at >= start && at < end && isDeleted(world, object, i) === deleted) {
      found.push({ id: world.value(object.name, i, 'Id'), at });
    }
  }
  if (found.length > MAX_CHANGES) {
    throw new ApiError(400, 'EXCEEDED_ID_LIMIT', `more than ${MAX_CHANGES} ids`);
  }
  return found;
}

export function getUpdated(provider, request, version, name) {
  const span = period(request, provider.clock.now(), 30);
  const rows = changedRows(provider, name, span, false);
  const ids = rows.map((row) => row.id);
  return { body: { ids: provider.mutants.has('updated_forgets')
    ? ids.filter((_, i) => i % 10 !== 9) : ids, latestDateCovered: span.covered } };
}

export function getDeleted(provider, request, version, name) {
  const now = provider.clock.now();
  const span = period(request, now, 15);
  const rows = changedRows(provider, name, span, true);
  return { body: { deletedRecords: rows.map(({ id, at }) =>
    ({ id, deletedDate: datetimeText(at) })),
  earliestDateAvailable: datetimeText(Math.floor((now - 15 * DAY) / MINUTE) * MINUTE),
  latestDateCovered: span.covered } };
}
