// Creating and patching tasks, notes and calls, and the activities that other writes leave behind
// (close 4.4, 4.5, 6).

import { LATEST } from '../core/table.mjs';
import { fieldError } from './errors.mjs';
import { save, stamp } from './new_rows.mjs';
import { tzOffset } from './params.mjs';
import { spellTime } from './times.mjs';
import { applyBody, instant, reference, text, userReference } from './writers.mjs';

const HOUR = 3_600_000;

export function logCreated(world, leadId) {
  save(world, 'activity.created', stamp(world, 'activity.created', { lead_id: leadId }));
}

// A changed status leaves an activity.
export function logStatusChange(world, object, before, row) {
  if (!['lead', 'opportunity'].includes(object) || before.status_id === row.status_id) return;
  const change = { old_status_id: before.status_id, new_status_id: row.status_id };
  const name = `activity.${object}_status_change`;
  if (object === 'lead') save(world, name, stamp(world, name, { ...change, lead_id: row.id }));
  else {
    save(world, name, stamp(world, name, { ...change, lead_id: row.lead_id,
      contact_id: row.contact_id, opportunity_id: row.id, opportunity_value: row.value,
      opportunity_value_period: row.value_period, opportunity_confidence: row.confidence,
      opportunity_date_won: row.date_won }));
  }
}

// Completing a task leaves an activity, which the task then points to.
function complete(world, task) {
  const done = stamp(world, 'activity.task_completed', { lead_id: task.lead_id, task_id: task.id,
    task_text: task.text, task_assigned_to: task.assigned_to });
  save(world, 'activity.task_completed', done);
  Object.assign(task, { object_id: done.id, object_type: 'taskcompleted' });
}

function required(body, name) {
  if (body[name] === undefined || body[name] === null || body[name] === '') {
    throw fieldError(name.replace(/_id$/, ''), 'This field is required.');
  }
  return body[name];
}

const lead = (world, body) => reference(world, 'lead', 'lead')(required(body, 'lead_id'));

// Only two types can be created. Without a date a task is dateless, and dated today all the same.
export function createTask(world, request) {
  const type = request.json?._type ?? 'lead';
  const row = applyBody(world, 'task', request, stamp(world, 'task', { _type: type }),
    ['_type', 'lead_id', 'contact_id', 'text']);
  const body = request.json;
  if (!['lead', 'outgoing_call'].includes(type)) throw fieldError('_type', 'Not a valid choice.');
  row.lead_id = lead(world, body);
  if (type === 'lead') row.text = text('text', '')(required(body, 'text'));
  else required(body, 'contact_id');
  if (body.contact_id) row.contact_id = reference(world, 'contact', 'contact')(body.contact_id);
  if (row.date === null) {
    row.date = spellTime(world.clock.now() + tzOffset(request, world.switches) * HOUR).slice(0, 10);
  } else if (body.is_dateless === undefined) row.is_dateless = false;
  if (row.is_complete) complete(world, row);
  return save(world, 'task', row);
}

export function patchTask(world, request, before, row) {
  const { json: body, warnings } = request;
  if (body.text !== undefined) {
    if (row._type === 'lead') row.text = text('text', '')(body.text);
    else warnings.push(`text of a task of type ${row._type} ignored`);
  }
  if (body.date !== undefined && body.date !== null && body.is_dateless === undefined) {
    row.is_dateless = false;
  }
  if (row.is_complete && !before.is_complete) complete(world, row);
}

// note and note_html overwrite each other; html wins.
function noteOf(body, row) {
  if (typeof body.note_html !== 'string') return;
  row.note = body.note_html.replace(/<br>/g, '\n').replace(/<[^>]*>/g, '')
    .replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}

const MADE_WITH = ['lead_id', 'user_id', 'created_by_id', 'date_created', 'note_html'];

function madeBy(world, body, row) {
  if (body.user_id !== undefined) row.user_id = userReference(world, 'user')(body.user_id);
  if (body.created_by_id !== undefined) {
    row.created_by = userReference(world, 'created_by')(body.created_by_id);
  }
  if (body.date_created !== undefined) {
    row.date_created = instant('date_created')(body.date_created) ?? row.date_created;
  }
  if (body.activity_at === undefined) row.activity_at = row.date_created;
  noteOf(body, row);
}

const pin = (row) => {
  row.pinned_at = row.pinned ? row.pinned_at ?? row.date_updated : null;
};

export function createNote(world, request) {
  const row = applyBody(world, 'activity.note', request, stamp(world, 'activity.note'), MADE_WITH);
  row.lead_id = lead(world, request.json);
  madeBy(world, request.json, row);
  pin(row);
  return save(world, 'activity.note', row);
}

// Without lead_id the call goes to whoever owns the number; to nobody when none does.
function ownerOf(world, number) {
  const { contact } = world.tables;
  for (const slot of number === null ? [] : contact.order('date_created', LATEST)) {
    const owns = contact.get(slot, 'phones', LATEST).some((p) => p.phone === number);
    const owner = contact.get(slot, 'lead_id', LATEST);
    if (owns) return { lead_id: owner, contact_id: contact.ids[slot] };
  }
  return {};
}

// Close keeps a copy of a recording, under its own address.
function recorded(row, url) {
  if (url === undefined) return;
  row.recording_url = url === null ? null : `https://api.close.com/call/${row.id}/recording/`;
}

export function createCall(world, request) {
  const row = applyBody(world, 'activity.call', request, stamp(world, 'activity.call'),
    [...MADE_WITH, 'direction', 'source', 'recording_url']);
  const body = request.json;
  if (body.direction !== undefined) {
    if (!['inbound', 'outbound'].includes(body.direction)) {
      throw fieldError('direction', 'Not a valid choice.');
    }
    row.direction = body.direction;
  }
  if (body.source !== undefined) row.source = body.source;
  if (body.lead_id) row.lead_id = reference(world, 'lead', 'lead')(body.lead_id);
  else Object.assign(row, ownerOf(world, row.phone));
  recorded(row, body.recording_url);
  madeBy(world, body, row);
  return save(world, 'activity.call', row);
}

export function patchActivity(world, object, request, before, row) {
  const { json: body } = request;
  noteOf(body, row);
  if (object === 'activity.note') {
    pin(row);
    return;
  }
  if (body.lead_id) row.lead_id = reference(world, 'lead', 'lead')(body.lead_id);
  recorded(row, body.recording_url);
  const fixed = ['status', 'duration'].find((name) => row[name] !== before[name]);
  if (fixed && before.source !== 'External') {
    throw fieldError(fixed, 'It cannot be changed on calls made inside Close.');
  }
}
