// Rows of activities and tasks as the API spells them (close 4.4, 4.5).

import { ACTIVITY_TYPES } from './activity_types.mjs';
import { formatValue } from './money.mjs';
import { formatPhone } from './phones.mjs';
import { each, empty, fixed, get, htmlOf, time } from './render_fields.mjs';
import { parseTime } from './times.mjs';
import { CITIES, DIAL } from './words.mjs';

const formatted = (field) => (r) => (r.get(field) ? formatPhone(r.get(field)) : null);
const unset = (...names) => each(() => fixed(null), ...names);
const COUNTRY_OF = Object.fromEntries(CITIES.map(([, country]) => [DIAL[country], country]));

const country = (field) => (r) => {
  const code = Object.keys(COUNTRY_OF).find((dial) => r.get(field)?.startsWith(dial));
  return COUNTRY_OF[code] ?? null;
};

function base(renderer, word) {
  const { world } = renderer;
  const name = (field) => (r) => renderer.userName(r.get(field));
  return {
    id: get('id'),
    _type: fixed(word),
    organization_id: () => world.organization.id,
    ...each(get, 'lead_id', 'contact_id', 'user_id', 'users'),
    user_name: name('user_id'),
    ...each(time, 'activity_at', 'date_created', 'date_updated'),
    created_by: get('created_by'),
    created_by_name: name('created_by'),
    updated_by: get('updated_by'),
    updated_by_name: name('updated_by'),
  };
}

const note = () => ({
  ...each(get, 'note', 'title', 'pinned', 'attachments', 'source'),
  note_html: (r) => htmlOf(r.get('note')),
  pinned_at: time('pinned_at'),
  note_mentions: empty,
});

const call = () => ({
  ...each(get, 'direction', 'status', 'duration', 'phone', 'local_phone', 'note', 'source',
    'disposition', 'call_method', 'recording_url', 'voicemail_url', 'voicemail_duration', 'cost',
    'outcome_id'),
  note_html: (r) => htmlOf(r.get('note'), null),
  remote_phone: get('phone'),
  remote_phone_formatted: formatted('phone'),
  remote_country_iso: country('phone'),
  local_phone_formatted: formatted('local_phone'),
  local_country_iso: country('local_phone'),
  has_recording: (r) => (r.get('recording_url') ?? null) !== null,
  ...each(time, 'recording_expires_at', 'date_answered'),
  ...each(() => fixed(false), 'is_forwarded', 'is_joinable', 'is_to_group_number'),
  ...unset('playbook_id', 'conversation_type_id', 'quality_info', 'dialer_id',
    'dialer_saved_search_id', 'transferred_from', 'transferred_from_user_id', 'transferred_to',
    'transferred_to_user_id', 'forwarded_to', 'sequence_id', 'sequence_name',
    'sequence_subscription_id'),
  coach_legs: empty,
});

const address = (text) => ({ email: /<(.*)>/.exec(text)?.[1] ?? text,
  name: /"(.*)"/.exec(text)?.[1] ?? '' });

const email = () => ({
  ...each(get, 'status', 'direction', 'subject', 'sender', 'to', 'cc', 'bcc', 'body_text',
    'attachments', 'template_id', 'in_reply_to_id', 'thread_id', 'opens', 'has_reply'),
  body_html: (r) => htmlOf(r.get('body_text'), r.get('body_text') ?? null),
  body_preview: (r) => r.get('body_text')?.slice(0, 80) ?? null,
  ...each(time, 'date_scheduled', 'date_sent', 'followup_date'),
  envelope: (r) => ({ from: [address(r.get('sender') ?? '')], sender: [],
    to: r.get('to').map(address), cc: r.get('cc').map(address), bcc: r.get('bcc').map(address),
    reply_to: [], date: null, subject: r.get('subject') ?? null,
    message_id: `<${r.get('id')}@sandbox.test>`, in_reply_to: null, is_autoreply: false }),
  message_ids: (r) => [`<${r.get('id')}@sandbox.test>`],
  opens_summary: (r) => (r.get('opens')?.length ? 'Opened once' : null),
  ...each(() => empty, 'body_text_quoted', 'body_html_quoted', 'references', 'send_attempts'),
  ...each(() => fixed(false), 'need_smtp_credentials', 'followup_sequence_add_cc_bcc'),
  ...unset('template_name', 'followup_sequence_id', 'followup_sequence_delay', 'account_id',
    'email_account_id', 'send_as_id', 'bulk_email_action_id', 'agent_config_id',
    'agent_action_reason', 'sequence_id', 'sequence_name', 'sequence_subscription_id'),
});

const sms = () => ({
  ...each(get, 'status', 'direction', 'text', 'local_phone', 'remote_phone', 'source',
    'template_id', 'attachments', 'cost', 'error_message'),
  local_phone_formatted: formatted('local_phone'),
  local_country_iso: country('local_phone'),
  remote_phone_formatted: formatted('remote_phone'),
  remote_country_iso: country('remote_phone'),
  ...each(time, 'date_scheduled', 'date_sent'),
  ...unset('sequence_id', 'sequence_name', 'sequence_subscription_id', 'agent_config_id',
    'agent_action_reason'),
});

const meeting = () => ({
  ...each(get, 'title', 'location', 'note', 'duration', 'actual_duration', 'status', 'source',
    'is_recurring', 'attendees', 'user_note_html', 'outcome_id'),
  ...each(time, 'starts_at', 'ends_at'),
  user_note: (r) => r.get('user_note_html')?.replace(/<[^>]*>/g, '') ?? null,
  ...unset('calendar_event_link', 'provider_calendar_event_id', 'provider_calendar_type',
    'connected_account_id', 'notetaker_id', 'user_note_date_updated', 'summary'),
  ...each(() => empty, 'calendar_event_uids', 'provider_calendar_ids', 'attached_call_ids',
    'conference_links', 'integrations', 'user_note_mentions'),
});

function statusChange({ world }, statuses) {
  const label = (which) => (r) =>
    world.organization[statuses].get(r.get(`${which}_status_id`))?.label ?? null;
  return { ...each(get, 'old_status_id', 'new_status_id'), old_status_label: label('old'),
    new_status_label: label('new') };
}

function opportunityStatusChange(renderer) {
  const status = (which) => (r) =>
    renderer.world.organization.oppStatusById.get(r.get(`${which}_status_id`));
  const both = (suffix, read) => Object.fromEntries(['old', 'new'].map((which) =>
    [`${which}_${suffix}`, (r) => read(status(which)(r))]));
  return {
    ...statusChange(renderer, 'oppStatusById'),
    ...both('status_type', (s) => s?.type ?? null),
    ...both('pipeline_id', (s) => s?.pipeline.id ?? null),
    ...both('pipeline_name', (s) => s?.pipeline.name ?? null),
    ...each(get, 'opportunity_id', 'opportunity_value_period', 'opportunity_confidence',
      'opportunity_date_won'),
    opportunity_value: (r) => renderer.money(r.get('opportunity_value') ?? null),
    opportunity_value_formatted: (r) => formatValue(r.get('opportunity_value') ?? null,
      r.get('opportunity_value_period')),
    opportunity_value_currency: fixed('USD'),
  };
}

const taskCompleted = (renderer) => ({
  ...each(get, 'task_id', 'task_text', 'task_assigned_to'),
  task_assigned_to_name: (r) => renderer.userName(r.get('task_assigned_to')),
});

const OWN = { Note: note, Call: call, Email: email, SMS: sms, Meeting: meeting,
  Created: () => each(get, 'import_id', 'source'),
  LeadStatusChange: (renderer) => statusChange(renderer, 'leadStatusById'),
  OpportunityStatusChange: opportunityStatusChange, TaskCompleted: taskCompleted };

// {table: {field: function}} of all activities.
export function activityFields(renderer) {
  return Object.fromEntries(ACTIVITY_TYPES.map(({ table, word }) => {
    const fields = { ...base(renderer, word), ...OWN[word](renderer) };
    // The one type without this key (close 4.5).
    if (word === 'TaskCompleted') delete fields.contact_id;
    return [table, fields];
  }));
}

const DAY = 86_400_000;

// inbox, future or archive, by the caller's today.
export function taskView({ date, done, now, offset }) {
  if (done) return 'archive';
  if (date === null || date === undefined) return 'inbox';
  const shift = offset * 3_600_000;
  const day = (at) => Math.floor((at + shift) / DAY);
  return day(parseTime(date, offset)) > day(now) ? 'future' : 'inbox';
}

export function taskFields(renderer, { leadName, contactName }) {
  const { world } = renderer;
  const name = (field) => (r) => renderer.userName(r.get(field));
  return {
    id: get('id'),
    _type: get('_type'),
    organization_id: () => world.organization.id,
    lead_id: get('lead_id'),
    lead_name: (r) => leadName(r.get('lead_id'), r.view),
    contact_id: get('contact_id'),
    contact_name: (r) => contactName(r.get('contact_id'), r.view),
    text: get('text'),
    assigned_to: get('assigned_to'),
    assigned_to_name: name('assigned_to'),
    date: get('date'),
    due_date: (r) => (r.get('is_dateless') ? null : r.get('date')),
    ...each(get, 'is_complete', 'is_dateless', 'priority', 'resolution', 'object_id',
      'object_type', 'deduplication_key'),
    view: (r) => taskView({ date: r.get('date'), done: r.get('is_complete'),
      now: world.clock.now(), offset: world.callerOffset }),
    is_primary_lead_notification: (r) => r.get('_type') === 'lead',
    ...unset('agent_config_id', 'sequence_id', 'sequence_subscription_id'),
    created_by: get('created_by'),
    created_by_name: name('created_by'),
    updated_by: get('updated_by'),
    updated_by_name: name('updated_by'),
    ...each(time, 'date_created', 'date_updated'),
  };
}
