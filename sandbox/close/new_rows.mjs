// New rows: what they have where nothing was given (close 4, "Empty text"; close 6), and their ids.

import { Rand } from '../core/hash.mjs';
import { ACTIVITY_TABLES } from './activity_types.mjs';

const created = new Rand(0xc0de, 'created');

const CALL = { direction: 'outbound', status: 'completed', duration: 0, phone: null,
  local_phone: null, note: null, source: 'External', disposition: null, call_method: 'external',
  recording_url: null, recording_expires_at: null, voicemail_url: null, voicemail_duration: 0,
  cost: null, date_answered: null, outcome_id: null };

const OWN = {
  lead: { name: null, description: '', url: null, addresses: [], source: 'api' },
  contact: { lead_id: null, name: null, title: '', emails: [], phones: [], urls: [],
    timezone: null },
  opportunity: { lead_id: null, contact_id: null, value: null, value_period: 'one_time',
    confidence: 50, note: '', date_won: null, date_lost: null, is_stalled: false },
  task: { _type: 'lead', lead_id: null, contact_id: null, text: '', date: null,
    is_dateless: true, is_complete: false, priority: 'medium', resolution: null, object_id: null,
    object_type: null, deduplication_key: null, details: {} },
  'activity.note': { note: '', title: null, pinned: false, pinned_at: null, attachments: [],
    source: 'api' },
  'activity.call': CALL,
  'activity.email': { status: 'inbox', direction: 'incoming', subject: null, sender: null, to: [],
    cc: [], bcc: [], body_text: null, attachments: [], template_id: null, date_scheduled: null,
    date_sent: null, in_reply_to_id: null, thread_id: null, opens: [], has_reply: false,
    followup_date: null },
  'activity.sms': { status: 'inbox', direction: 'inbound', text: null, local_phone: null,
    remote_phone: null, source: 'External', template_id: null, attachments: [],
    date_scheduled: null, date_sent: null, cost: null, error_message: null },
  'activity.meeting': { title: '', location: '', note: '', starts_at: null, ends_at: null,
    duration: 0, actual_duration: null, status: null, source: 'manual', is_recurring: false,
    attendees: [], user_note_html: null, outcome_id: null },
  'activity.created': { import_id: null, source: 'api' },
  'activity.lead_status_change': { old_status_id: null, new_status_id: null },
  'activity.opportunity_status_change': { old_status_id: null, new_status_id: null,
    opportunity_id: null, opportunity_value: null, opportunity_value_period: 'one_time',
    opportunity_confidence: 50, opportunity_date_won: null },
  'activity.task_completed': { task_id: null, task_text: null, task_assigned_to: null },
};

// Ids of rows made later; all kinds of activity share a prefix and must not share ids.
export function newId(rand, world, object, row) {
  const n = world.tables[object].size;
  const kind = ACTIVITY_TABLES.indexOf(object);
  return rand.id(prefixOf(object, row), kind < 0 ? n : n * ACTIVITY_TABLES.length + kind);
}

const PREFIX = { lead: 'lead', contact: 'cont', opportunity: 'oppo' };

function prefixOf(object, row) {
  if (object === 'task') return (row._type ?? 'lead') === 'lead' ? 'task' : 'noti';
  return PREFIX[object] ?? 'acti';
}

export function blankRow(world, object) {
  const { organization } = world;
  const me = organization.users[0].id;
  const out = { ...OWN[object], created_by: me, updated_by: me };
  if (world.tables[object].columns.custom) out.custom = {};
  if (object === 'lead') out.status_id = organization.leadStatuses[0].id;
  if (object === 'opportunity') {
    Object.assign(out, { user_id: me, status_id: organization.oppStatuses[0].id });
  }
  if (object === 'task') out.assigned_to = me;
  if (object.startsWith('activity.')) {
    Object.assign(out, { lead_id: null, contact_id: null, user_id: me, users: [],
      activity_at: world.clock.now() });
  }
  return out;
}

// A row with all defaults, made by the caller now.
export function stamp(world, object, row = {}) {
  const now = world.clock.now();
  return { id: newId(created, world, object, row), date_created: now, ...blankRow(world, object),
    ...row, date_updated: now };
}

export function save(world, object, row) {
  const slot = world.tables[object].insert(row);
  world.ownWrites++;
  world.changed();
  return slot;
}
