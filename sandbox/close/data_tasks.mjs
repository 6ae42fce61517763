// Generated tasks of all nine types (close 4.4). `details` holds what only some types have.

import { Rand } from '../core/hash.mjs';
import { Table } from '../core/table.mjs';
import { createdColumn, DAY, kept, lazy, longText, sentence, updatedColumn } from './generate.mjs';
import { formatValue } from './money.mjs';
import { formatPhone, phoneNumber } from './phones.mjs';
import { spellTime } from './times.mjs';

export const TASK_TYPES = ['lead', 'outgoing_call', 'missed_call', 'voicemail', 'incoming_email',
  'email_followup', 'answered_detached_call', 'opportunity_due', 'incoming_sms'];
const CALLS = ['outgoing_call', 'missed_call', 'voicemail', 'answered_detached_call'];
const EMAILS = ['incoming_email', 'email_followup'];
// What an automatic task is about: the kind of its object_id.
const ABOUT = { missed_call: 'activity.call', voicemail: 'activity.call',
  answered_detached_call: 'activity.call', incoming_email: 'activity.email',
  email_followup: 'activity.email', incoming_sms: 'activity.sms' };

export const activityId = (seed, type) => {
  const rand = new Rand(seed, type);
  return (i) => rand.id('acti', i);
};

// Every step-th task was completed with an activity: task k * step by the k-th TaskCompleted.
export function completions(tasks, completed) {
  const step = completed === 0 ? Infinity : Math.max(1, Math.floor(tasks / completed));
  return { taskOf: (k) => k * step,
    activityOf: (i) => (i % step === 0 && i / step < completed ? i / step : null) };
}

function callDetails(rand, i, type) {
  const phone = phoneNumber(rand, i, 'phone');
  const local = phoneNumber(rand, i, 'local');
  const voicemail = type === 'voicemail';
  return { phone, phone_formatted: formatPhone(phone), phone_number_description: null,
    local_phone: local, remote_phone: phone, remote_phone_formatted: formatPhone(phone),
    remote_phone_description: rand.pick(i, 'described', [null, 'Oslo', '東京']),
    recording_url: null,
    voicemail_url: voicemail ? `https://api.close.com/voicemail/${i}.mp3` : null,
    voicemail_duration: voicemail ? 1 + rand.below(i, 'seconds', 120) : 0 };
}

function emailDetails(rand, i, emailId) {
  return { email_id: emailId, subject: rand.pick(i, 'subject', ['', null, 'Re: Angebot “Größe”',
    'Re: договор', 'Question']), body_preview: sentence(rand, i, 'preview', 4),
  emails: [{ type: 'office', email: `person${rand.below(i, 'sender', 1e6)}@mail.test` }] };
}

function dueDetails(opportunities, o) {
  const value = opportunities.columns.value(o);
  const period = opportunities.columns.value_period(o);
  return { opportunity_note: opportunities.columns.note(o), opportunity_value: value,
    opportunity_value_formatted: formatValue(value, period), opportunity_value_currency: 'USD',
    opportunity_value_period: period };
}

// A day or an instant in the same column; days of dateless tasks are those of their creation.
function dateOf(rand, i, created) {
  const at = created + rand.wide(i, 'due', 90 * DAY) - 5 * DAY;
  const kind = rand.below(i, 'date', 20);
  if (kind === 0) return { date: null, dateless: true };
  if (kind < 4) return { date: spellTime(created).slice(0, 10), dateless: true };
  if (kind < 9) return { date: spellTime(at), dateless: false };
  if (kind === 9) return { date: spellTime(at - (at % 1000)), dateless: false };
  return { date: spellTime(at).slice(0, 10), dateless: false };
}

function taskText(rand, i, type) {
  if (type !== 'lead') return type === 'outgoing_call' ? '' : null;
  if (i % 401 === 9) return longText(rand, i, 'long');
  return sentence(rand, i, 'text', 1 + rand.below(i, 'words', 6));
}

const PRIORITIES = ['medium', 'medium', 'medium', 'high'];

export function taskTable({ seed, count, activities, clock, organization, leads, contacts,
  opportunities }) {
  const rand = new Rand(seed, 'task');
  const { activityOf } = completions(count, activities['activity.task_completed']);
  const completionId = activityId(seed, 'activity.task_completed');
  const ids = Object.fromEntries(Object.values(ABOUT).map((t) => [t, activityId(seed, t)]));
  const type = kept(count, (i) => {
    if (activityOf(i) !== null || rand.chance(i, 'plain', 50)) return 'lead';
    const picked = rand.pick(i, 'type', TASK_TYPES);
    return picked === 'opportunity_due' && opportunities.base === 0 ? 'lead' : picked;
  });
  const opportunity = (i) => rand.below(i, 'opportunity', opportunities.base);
  const lead = kept(count, (i) => (type(i) === 'opportunity_due'
    ? opportunities.children.get('lead_id').parentOf(opportunity(i))
    : rand.below(i, 'lead', leads.base)));
  const created = lazy(() => createdColumn(rand, count,
    (i) => leads.columns.date_created(lead(i))));
  const updated = lazy(() => updatedColumn(rand, created()));
  const user = (i, field) => rand.pick(i, field, organization.users).id;
  const about = (i) => {
    const done = activityOf(i);
    if (done !== null) return { id: completionId(done), type: 'taskcompleted' };
    if (type(i) === 'opportunity_due') {
      return { id: opportunities.ids[opportunity(i)], type: 'opportunity' };
    }
    const kind = ABOUT[type(i)];
    if (kind === undefined || activities[kind] === 0) return { id: null, type: null };
    return { id: ids[kind](rand.below(i, 'about', activities[kind])),
      type: kind.slice('activity.'.length) };
  };
  const columns = {
    _type: type,
    lead_id: (i) => leads.ids[lead(i)],
    contact_id: (i) => (['lead', 'opportunity_due'].includes(type(i)) ? null
      : contactOf({ rand, contacts }, i, lead(i))),
    text: (i) => taskText(rand, i, type(i)),
    assigned_to: kept(count, (i) => user(i, 'owner')),
    date: kept(count, (i) => dateOf(rand, i, created()[i]).date),
    // Dated tasks read null or false.
    is_dateless: (i) => dateOf(rand, i, created()[i]).dateless || (i % 5 === 0 ? null : false),
    is_complete: kept(count, (i) => activityOf(i) !== null || rand.chance(i, 'complete', 40)),
    priority: (i) => rand.pick(i, 'priority', PRIORITIES),
    resolution: (i) => rand.pick(i, 'resolution', [null, null, null, 'abandoned', 'skipped']),
    object_id: (i) => about(i).id,
    object_type: (i) => about(i).type,
    deduplication_key: (i) => (type(i) === 'lead' ? null : `${type(i)}:${i}`),
    details: (i) => {
      if (CALLS.includes(type(i))) return callDetails(rand, i, type(i));
      if (EMAILS.includes(type(i))) return emailDetails(rand, i, about(i).id);
      return type(i) === 'opportunity_due' ? dueDetails(opportunities, opportunity(i)) : {};
    },
    created_by: (i) => (rand.chance(i, 'no creator', 10) ? null : user(i, 'creator')),
    updated_by: (i) => (rand.chance(i, 'no editor', 20) ? null : user(i, 'editor')),
    date_created: (i) => created()[i],
    date_updated: (i) => updated()[i],
  };
  const table = new Table({ name: 'task', columns, times: ['date_created', 'date_updated'], count,
    clock, idOf: (i) => rand.id(type(i) === 'lead' ? 'task' : 'noti', i) });
  table.linkParents('lead_id', leads, lead);
  return table;
}

// One of the lead's contacts, or null.
export function contactOf({ rand, contacts }, i, lead) {
  if (lead < 0 || rand.chance(i, 'no contact', 30)) return null;
  const { lists: { starts, members } } = contacts.link('lead_id');
  const n = starts[lead + 1] - starts[lead];
  return n === 0 ? null : contacts.ids[members[starts[lead] + rand.below(i, 'contact', n)]];
}
