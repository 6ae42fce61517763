// Creating, patching and deleting rows (close 6, 4.1-4.5).

import { LATEST } from '../core/table.mjs';
import { fieldError, notFound } from './errors.mjs';
import { MODELS } from './lists.mjs';
import { cascade } from './mutate.mjs';
import { save, stamp } from './new_rows.mjs';
import { tzOffset, wantedFields } from './params.mjs';
import { parseTime } from './times.mjs';
import { applyBody, leadStatus, list, reference, userReference } from './writers.mjs';
import { createCall, createNote, createTask, logCreated, logStatusChange, patchActivity,
  patchTask } from './writes_activities.mjs';

function newLead(world, fields = {}) {
  const row = stamp(world, 'lead', fields);
  save(world, 'lead', row);
  logCreated(world, row.id);
  return row.id;
}

function statusLabel(world, body) {
  if (typeof body.status !== 'string' || body.status_id !== undefined) return {};
  return { status_id: leadStatus(world, (s) => s.label === body.status, body.status) };
}

function createLead(world, request) {
  const row = applyBody(world, 'lead', request, stamp(world, 'lead'), ['contacts', 'status']);
  Object.assign(row, statusLabel(world, request.json));
  const nested = list('contacts', request.json.contacts ?? null, (given) => applyBody(world,
    'contact', { json: given, warnings: request.warnings }, { custom: {} }, []));
  const slot = save(world, 'lead', row);
  logCreated(world, row.id);
  for (const contact of nested) {
    save(world, 'contact', stamp(world, 'contact', { ...contact, lead_id: row.id }));
  }
  return slot;
}

// Without lead_id a new lead appears, named after the contact (close 4.2).
function createContact(world, request) {
  const row = applyBody(world, 'contact', request, stamp(world, 'contact'),
    ['lead_id']);
  const { lead_id: lead } = request.json;
  row.lead_id = lead === undefined || lead === null ? newLead(world, { name: row.name })
    : reference(world, 'lead', 'lead')(lead);
  return save(world, 'contact', row);
}

function opportunityStatus(world, { status_id: id, pipeline_id: pipelineId }) {
  const { organization } = world;
  const pipeline = pipelineId === undefined || pipelineId === null ? null
    : organization.pipelines.find((p) => p.id === pipelineId);
  if (pipeline === undefined) throw fieldError('pipeline', 'Object does not exist.');
  if (id === undefined || id === null) {
    return (pipeline ?? organization.pipelines[0]).statuses[0].id;
  }
  const status = organization.oppStatusById.get(id);
  if (!status || (pipeline && status.pipeline !== pipeline)) {
    throw fieldError('status', 'Not a valid choice.');
  }
  return id;
}

// Moving to a won status dates it with the caller's today; moving back clears nothing (close 4.3).
function wonAndLost(world, request, row) {
  const { type } = world.organization.oppStatusById.get(row.status_id);
  const now = world.clock.now();
  if (type === 'won' && row.date_won === null) {
    const local = now + tzOffset(request, world.switches) * 3_600_000;
    row.date_won = new Date(local).toISOString().slice(0, 10);
  }
  if (type === 'lost' && row.date_lost === null) row.date_lost = now;
}

function createOpportunity(world, request) {
  const body = request.json;
  const row = applyBody(world, 'opportunity', request, stamp(world, 'opportunity'), ['lead_id',
    'status_id', 'pipeline_id', 'date_created', 'created_by']);
  row.status_id = opportunityStatus(world, body);
  if (body.date_created !== undefined) {
    row.date_created = parseTime(body.date_created);
    if (row.date_created === null) throw fieldError('date_created', 'Not a valid datetime.');
  }
  if (body.created_by !== undefined) {
    row.created_by = userReference(world, 'created_by')(body.created_by);
  }
  wonAndLost(world, request, row);
  if (body.lead_id) row.lead_id = reference(world, 'lead', 'lead')(body.lead_id);
  else if (world.switches.get('opportunity_without_lead') === 'create') {
    row.lead_id = newLead(world);
  } else throw fieldError('lead', 'This field is required.');
  return save(world, 'opportunity', row);
}

const CREATE = { lead: createLead, contact: createContact, opportunity: createOpportunity,
  task: createTask, 'activity.note': createNote, 'activity.call': createCall };

function answerRow(world, object, slot, request) {
  return world.renderer.row(object, slot, wantedFields(request.params));
}

export const createRow = (object) => (world, request) =>
  answerRow(world, object, CREATE[object](world, request), request);

function existing(world, object, id) {
  const slot = world.tables[object].slot(id);
  if (slot === undefined || !world.tables[object].alive(slot, LATEST)) {
    throw notFound(MODELS[object]);
  }
  return slot;
}

const HANDLED = { lead: ['status', 'contacts'], contact: ['lead_id'], opportunity: ['status_id'],
  task: ['text'], 'activity.note': ['note_html'], 'activity.call': ['lead_id', 'note_html',
    'recording_url', 'status', 'duration'] };

// PUT patches: absent keys stay, lists are replaced as a whole.
export const updateRow = (object) => (world, request, id) => {
  const table = world.tables[object];
  const slot = existing(world, object, id);
  const before = table.row(slot, LATEST);
  const row = applyBody(world, object, request, before, HANDLED[object]);
  const body = request.json;
  if (object === 'lead') {
    Object.assign(row, statusLabel(world, body));
    if (body.contacts !== undefined) request.warnings.push('contacts of a lead cannot be PUT');
  }
  if (object === 'contact' && body.lead_id !== undefined) {
    if (world.switches.get('contact_move') === 'move') {
      row.lead_id = reference(world, 'lead', 'lead')(body.lead_id);
    } else request.warnings.push('lead_id of a contact ignored');
  }
  if (object === 'opportunity' && body.status_id !== undefined) {
    row.status_id = opportunityStatus(world, { status_id: body.status_id });
    wonAndLost(world, request, row);
  }
  if (object === 'task') patchTask(world, request, before, row);
  if (object.startsWith('activity.')) patchActivity(world, object, request, before, row);
  logStatusChange(world, object, before, row);
  table.update(slot, { ...row, updated_by: world.organization.users[0].id,
    date_updated: world.clock.now() });
  world.ownWrites++;
  world.changed();
  return answerRow(world, object, slot, request);
};

export const deleteRow = (object) => (world, request, id) => {
  const slot = existing(world, object, id);
  world.tables[object].delete(slot);
  if (object === 'lead') cascade(world, id);
  world.ownWrites++;
  world.changed();
  return {};
};
