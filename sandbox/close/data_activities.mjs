// Generated activities: one table per type (close 4.5).

import { Rand } from '../core/hash.mjs';
import { Table } from '../core/table.mjs';
import { ACTIVITY_TYPES } from './activity_types.mjs';
import { activityId, completions, contactOf } from './data_tasks.mjs';
import { createdColumn, DAY, kept, LAST_DAY, lazy, longText, sentence, updatedColumn }
  from './generate.mjs';
import { phoneNumber } from './phones.mjs';

const TIMES = ['activity_at', 'date_created', 'date_updated'];
const HOST = 'https://api.close.com';

// How many of each type; what cannot exist becomes a note.
export function splitActivities({ activities, opportunities, tasks }) {
  const out = {};
  let rest = activities;
  for (const { table, share } of [...ACTIVITY_TYPES].reverse()) {
    let n = table === 'activity.note' ? rest : Math.floor(activities * share / 100);
    if (table === 'activity.opportunity_status_change' && opportunities === 0) n = 0;
    if (table === 'activity.task_completed') n = Math.min(n, tasks);
    out[table] = n;
    rest -= n;
  }
  return out;
}

const text = (rand, i, field, words) => (i % 499 === 5 ? longText(rand, i, field)
  : sentence(rand, i, field, words));

function noteColumns({ rand, activityAt }) {
  const pinned = (i) => rand.chance(i, 'pinned', 6);
  return {
    note: (i) => (rand.chance(i, 'empty', 8) ? '' : text(rand, i, 'text', 2 + (i % 9))),
    title: (i) => (rand.chance(i, 'titled', 20) ? sentence(rand, i, 'title', 2)
      : rand.pick(i, 'untitled', [null, null, null, ''])),
    pinned,
    pinned_at: (i) => (pinned(i) ? activityAt(i) : null),
    attachments: (i) => (rand.chance(i, 'attached', 95) ? [] : [{ filename: 'Angebot “1”.pdf',
      url: `https://app.close.com/go/file/${i}/`, content_type: 'application/pdf' }]),
    source: (i) => rand.pick(i, 'source', ['api', 'ui', 'ui', 'import']),
  };
}

const CALL_STATUSES = [...new Array(12).fill('completed'), 'no-answer', 'busy', 'failed', 'cancel',
  'timeout', 'created', 'in-progress'];
const DISPOSITIONS = ['answered', 'answered', 'vm-left', 'vm-answer', 'no-answer', 'busy',
  'blocked', null];

function callColumns({ rand, count, created }) {
  const status = kept(count, (i) => rand.pick(i, 'status', CALL_STATUSES));
  const duration = kept(count, (i) => (status(i) !== 'completed' || rand.chance(i, 'short', 10) ? 0
    : 1 + rand.below(i, 'duration', 3600)));
  const recorded = (i) => duration(i) > 60 && rand.chance(i, 'recorded', 30);
  const voicemail = (i) => rand.chance(i, 'voicemail', 6);
  return {
    direction: kept(count, (i) => rand.pick(i, 'direction', ['inbound', 'outbound', 'outbound'])),
    status,
    duration,
    phone: (i) => (rand.chance(i, 'withheld', 4) ? null : phoneNumber(rand, i, 'phone')),
    local_phone: (i) => phoneNumber(rand, i, 'local'),
    note: (i) => rand.pick(i, 'noted', [null, null, '', text(rand, i, 'text', 5)]),
    source: (i) => rand.pick(i, 'source', ['Close.io', 'Close.io', 'External']),
    disposition: (i) => rand.pick(i, 'disposition', DISPOSITIONS),
    call_method: (i) => rand.pick(i, 'method', ['regular', 'regular', 'power', 'external']),
    recording_url: (i) => (recorded(i) ? `${HOST}/call/${i}/recording/` : null),
    recording_expires_at: (i) => (recorded(i) ? created()[i] + 365 * DAY : null),
    voicemail_url: (i) => (voicemail(i) ? `${HOST}/voicemail/${i}.mp3` : null),
    voicemail_duration: (i) => (voicemail(i) ? 1 + rand.below(i, 'spoken', 90) : 0),
    cost: (i) => rand.pick(i, 'cost', [null, null, '3', '1.25', 2]),
    date_answered: (i) => (duration(i) > 0 ? created()[i] + rand.below(i, 'rang', 30_000) : null),
    outcome_id: (i) => (rand.chance(i, 'outcome', 10) ? rand.id('outcome', i % 3, 22) : null),
  };
}

const EMAIL_STATUSES = [...new Array(6).fill('inbox'), ...new Array(8).fill('sent'), 'draft',
  'scheduled', 'outbox', 'error'];
const person = (rand, i, field) => `person${rand.below(i, field, 1e6)}@mail.test`;

function emailColumns({ rand, count, created }) {
  const status = kept(count, (i) => rand.pick(i, 'status', EMAIL_STATUSES));
  const subject = (i) => (i % 5 === 1 ? rand.pick(i, 'no subject', ['', null])
    : sentence(rand, i, 'subject', 2 + (i % 4)));
  const body = (i) => (rand.chance(i, 'no body', 5) ? rand.pick(i, 'unset', ['', null])
    : text(rand, i, 'body', 4 + (i % 12)));
  return {
    status,
    direction: (i) => (status(i) === 'inbox' ? 'incoming' : 'outgoing'),
    subject,
    sender: (i) => rand.pick(i, 'sender form', [person(rand, i, 'sender'),
      `"Zoë “Z” O'Neil" <${person(rand, i, 'sender')}>`]),
    to: (i) => (status(i) === 'draft' ? [] : [person(rand, i, 'to')]),
    cc: (i) => (rand.chance(i, 'cc', 10) ? [person(rand, i, 'copied'), 'x@y.test'] : []),
    bcc: (i) => (rand.chance(i, 'bcc', 3) ? ['archive@sandbox.test'] : []),
    body_text: body,
    attachments: (i) => rand.pick(i, 'attached', [[], [], [], null, [{ filename: 'a\\b.txt',
      url: `https://app.close.com/go/file/${i}/`, content_type: 'text/plain', size: i % 5000 }]]),
    template_id: (i) => (rand.chance(i, 'template', 10) ? rand.id('tmpl', i % 5) : null),
    date_scheduled: (i) => (status(i) === 'scheduled' ? LAST_DAY + rand.wide(i, 'wait', 30 * DAY)
      : null),
    date_sent: (i) => (['sent', 'inbox'].includes(status(i)) ? created()[i] : null),
    in_reply_to_id: (i) => (rand.chance(i, 'reply', 20) ? rand.id('acti', i + count) : null),
    thread_id: (i) => rand.id('acti', 2 * count + (i >> 1)),
    opens: (i) => rand.pick(i, 'opened', [[], [], null, [{ ip_address: '192.0.2.1',
      opened_at: '2025-01-02T03:04:05+00:00' }]]),
    has_reply: (i) => rand.chance(i, 'answered', 20),
    followup_date: (i) => (rand.chance(i, 'followup', 3) ? created()[i] + 7 * DAY : null),
  };
}

function smsColumns({ rand, count, created }) {
  const status = kept(count, (i) => rand.pick(i, 'status', EMAIL_STATUSES));
  return {
    status,
    direction: (i) => (status(i) === 'inbox' ? 'inbound' : 'outbound'),
    text: (i) => rand.pick(i, 'texted', [sentence(rand, i, 'text', 3 + (i % 7)),
      sentence(rand, i, 'text', 3), '', null]),
    local_phone: (i) => phoneNumber(rand, i, 'local'),
    remote_phone: (i) => phoneNumber(rand, i, 'remote'),
    source: (i) => rand.pick(i, 'source', ['Close.io', 'External']),
    template_id: () => null,
    attachments: () => [],
    date_scheduled: (i) => (status(i) === 'scheduled' ? LAST_DAY + rand.wide(i, 'wait', 30 * DAY)
      : null),
    date_sent: (i) => (['sent', 'inbox'].includes(status(i)) ? created()[i] : null),
    cost: (i) => rand.pick(i, 'cost', [null, '1', '0.75']),
    error_message: (i) => (status(i) === 'error' ? 'The number cannot receive texts.' : null),
  };
}

function meetingColumns({ rand, count, activityAt, userOf, contactId }) {
  const duration = kept(count, (i) => 900 * (1 + rand.below(i, 'duration', 8)));
  const manual = (i) => rand.chance(i, 'manual', 30);
  return {
    title: (i) => rand.pick(i, 'titled', [sentence(rand, i, 'title', 3), 'Demo “Größe”', '']),
    location: (i) => rand.pick(i, 'location', ['', '', 'Oslo', 'https://meet.sandbox.test/1']),
    note: (i) => (rand.chance(i, 'noted', 40) ? text(rand, i, 'text', 6) : ''),
    starts_at: activityAt,
    ends_at: (i) => activityAt(i) + duration(i) * 1000,
    duration,
    actual_duration: (i) => (rand.chance(i, 'measured', 20) ? rand.below(i, 'measured', 9000)
      : null),
    status: (i) => (manual(i) ? null : activityAt(i) > LAST_DAY ? 'upcoming'
      : rand.pick(i, 'status', ['completed', 'completed', 'canceled', 'in-progress'])),
    source: (i) => (manual(i) ? 'manual' : 'calendar'),
    is_recurring: (i) => rand.chance(i, 'recurring', 10),
    attendees: (i) => [
      { email: person(rand, i, 'guest'), name: 'Ελένη "E"', status: 'noreply', user_id: null,
        contact_id: contactId(i), is_organizer: false },
      { email: 'user0@sandbox.test', name: 'Sandbox Owner', status: 'yes', user_id: userOf(i),
        contact_id: null, is_organizer: true }],
    user_note_html: (i) => (rand.chance(i, 'own note', 10) ? '<p>über alles</p>' : null),
    outcome_id: () => null,
  };
}

function leadStatusColumns({ rand, organization }) {
  const status = (field) => (i) => rand.pick(i, field, organization.leadStatuses).id;
  return { old_status_id: status('old'), new_status_id: status('new') };
}

function opportunityStatusColumns({ rand, organization, opportunities, opportunity }) {
  const status = (field) => (i) => rand.pick(i, field, organization.oppStatuses).id;
  const of = (field) => (i) => opportunities.columns[field](opportunity(i));
  return { old_status_id: status('old'), new_status_id: status('new'),
    opportunity_id: (i) => opportunities.ids[opportunity(i)], opportunity_value: of('value'),
    opportunity_value_period: of('value_period'), opportunity_confidence: of('confidence'),
    opportunity_date_won: of('date_won') };
}

function completedColumns({ tasks, taskOf }) {
  const of = (field) => (i) => tasks.columns[field](taskOf(i));
  return { task_id: (i) => tasks.ids[taskOf(i)], task_text: of('text'),
    task_assigned_to: of('assigned_to') };
}

const OWN_COLUMNS = {
  'activity.note': noteColumns, 'activity.call': callColumns, 'activity.email': emailColumns,
  'activity.sms': smsColumns, 'activity.meeting': meetingColumns,
  'activity.created': ({ rand }) => ({ import_id: () => null,
    source: (i) => rand.pick(i, 'source', ['ui', 'api', 'import']) }),
  'activity.lead_status_change': leadStatusColumns,
  'activity.opportunity_status_change': opportunityStatusColumns,
  'activity.task_completed': completedColumns,
};
const OWN_TIMES = { 'activity.note': ['pinned_at'],
  'activity.call': ['recording_expires_at', 'date_answered'],
  'activity.email': ['date_scheduled', 'date_sent', 'followup_date'],
  'activity.sms': ['date_scheduled', 'date_sent'], 'activity.meeting': ['starts_at', 'ends_at'] };
const BY_HAND = ['activity.note', 'activity.call'];

// Slot of the lead, or -1: unmatched mail has none, and a fifth crowds on a tenth of the leads.
function leadOf(world, table, { rand, taskOf, opportunity }, i) {
  const { leads, opportunities, tasks } = world;
  if (table === 'activity.task_completed') {
    return tasks.children.get('lead_id').parentOf(taskOf(i));
  }
  if (table === 'activity.opportunity_status_change') {
    return opportunities.children.get('lead_id').parentOf(opportunity(i));
  }
  if (table === 'activity.email' && i % 150 === 42) return -1;
  const crowd = rand.chance(i, 'crowd', 20);
  return rand.below(i, 'lead', crowd ? Math.max(1, Math.ceil(leads.base / 10)) : leads.base);
}

// Meetings out of calendars carry the start as date_created, which may lie ahead (close 4.5).
function createdAt(rand, count, table, earliest) {
  const out = createdColumn(rand, count, earliest);
  if (table !== 'activity.meeting') return out;
  for (let i = Math.floor(count / 3); i < count; i++) {
    if (rand.chance(i, 'ahead', 12)) out[i] = LAST_DAY + 6 * DAY + rand.wide(i, 'ahead', 90 * DAY);
  }
  return out;
}

function activityTable(world, table, count) {
  const { seed, clock, organization, leads, contacts, opportunities, tasks } = world;
  const rand = new Rand(seed, table);
  const { taskOf } = completions(tasks.base, count);
  const opportunity = (i) => rand.below(i, 'opportunity', opportunities.base);
  const lead = kept(count, (i) => leadOf(world, table, { rand, taskOf, opportunity }, i));
  const leadCreated = (i) => (lead(i) < 0 ? 0 : leads.columns.date_created(lead(i)));
  const created = lazy(() => createdAt(rand, count, table, leadCreated));
  const updated = lazy(() => updatedColumn(rand, created())
    .map((at) => Math.min(at, LAST_DAY)));
  const activityAt = kept(count, (i) => {
    const same = !BY_HAND.includes(table) || rand.chance(i, 'at once', 70);
    if (same) return created()[i];
    return rand.chance(i, 'no time', 3) ? null : created()[i] - rand.wide(i, 'before', 10 * DAY);
  });
  const userOf = kept(count, (i) => (rand.chance(i, 'nobody', 3) ? null
    : rand.pick(i, 'user', organization.users).id));
  const contactId = kept(count, (i) => contactOf({ rand, contacts }, i, lead(i)));
  const columns = {
    lead_id: (i) => (lead(i) < 0 ? null : leads.ids[lead(i)]),
    contact_id: contactId,
    user_id: userOf,
    users: (i) => (table === 'activity.meeting' && userOf(i) !== null ? [userOf(i)] : []),
    activity_at: activityAt,
    ...OWN_COLUMNS[table]({ ...world, rand, count, created, activityAt, userOf, contactId,
      opportunity, taskOf }),
    created_by: userOf,
    updated_by: (i) => (rand.chance(i, 'no editor', 20) ? null : userOf(i)),
    date_created: (i) => created()[i],
    date_updated: (i) => updated()[i],
  };
  const made = new Table({ name: table, columns, times: [...TIMES, ...(OWN_TIMES[table] ?? [])],
    count, clock, idOf: activityId(seed, table) });
  made.linkParents('lead_id', leads, lead);
  return made;
}

export function activityTables({ counts, ...world }) {
  return Object.fromEntries(ACTIVITY_TYPES.map(({ table }) =>
    [table, activityTable(world, table, counts[table])]));
}
