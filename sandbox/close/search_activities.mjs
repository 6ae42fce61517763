// What a search can name on activities and tasks (close 5.4).

import { maybe, readAs, user } from './search_field.mjs';

// The words of direction differ from those of the call API (close 5.4, "Vocabulary trap").
const SEARCH_WORDS = { inbound: 'incoming', outbound: 'outgoing' };

function direction(world, name) {
  const api = readAs(world, name)('term', 'direction');
  return { ...api, read: (slot, view) => {
    const word = api.read(slot, view) ?? null;
    return world.switches.get('search_call_direction') === 'incoming_outgoing'
      ? SEARCH_WORDS[word] ?? word : word;
  } };
}

const OWN = {
  'activity.note': (of) => maybe({ note: of('text', 'note'), title: of('text', 'title') }),
  'activity.call': (of, world) => ({ status: of('term', 'status'),
    direction: direction(world, 'activity.call'),
    ...maybe({ duration: of('number', 'duration'), note: of('text', 'note'),
      phone: of('text', 'phone'), disposition: of('term', 'disposition'),
      source: of('term', 'source') }) }),
  'activity.email': (of) => ({ status: of('term', 'status'), direction: of('term', 'direction'),
    date_sent: of('time', 'date_sent'), date: of('time', 'date_created'),
    ...maybe({ subject: of('text', 'subject'), body_text: of('text', 'body_text') }) }),
  'activity.sms': (of, world) => ({ status: of('term', 'status'),
    direction: direction(world, 'activity.sms'),
    ...maybe({ text: of('text', 'text'), date_sent: of('time', 'date_sent') }) }),
  'activity.meeting': (of) => ({ status: of('term', 'status'),
    ...maybe({ title: of('text', 'title'), location: of('text', 'location'),
      note: of('text', 'note'), duration: of('number', 'duration'),
      starts_at: of('time', 'starts_at'), ends_at: of('time', 'ends_at') }) }),
  'activity.lead_status_change': (of) => maybe(Object.fromEntries(['old', 'new'].map((which) =>
    [`${which}_status_id`, of('reference', `${which}_status_id`,
      { reference: 'status.lead' })]))),
  'activity.opportunity_status_change': (of) => maybe(Object.fromEntries(['old', 'new']
    .map((which) => [`${which}_status_id`, of('reference', `${which}_status_id`,
      { reference: 'status.opportunity' })]))),
};

export function activitySearchFields(world, name) {
  const of = readAs(world, name);
  return {
    date_created: of('time', 'date_created'), activity_at: of('time', 'activity_at'),
    ...maybe({ date_updated: of('time', 'date_updated'), user_id: user(of, 'user_id'),
      created_by: user(of, 'created_by'), updated_by: user(of, 'updated_by'),
      lead_id: of('reference', 'lead_id', { reference: 'lead' }),
      contact_id: of('reference', 'contact_id', { reference: 'contact' }) }),
    ...OWN[name]?.(of, world),
  };
}

export function taskSearchFields(world) {
  const of = readAs(world, 'task');
  return maybe({
    _type: of('term', '_type'), text: of('text', 'text'), date: of('date', 'date'),
    is_complete: of('boolean', 'is_complete'), assigned_to: user(of, 'assigned_to'),
    lead_id: of('reference', 'lead_id', { reference: 'lead' }),
    date_created: of('time', 'date_created'), date_updated: of('time', 'date_updated'),
  });
}

// Text that a free text node looks through.
export const FREE_TEXT = { lead: ['name', 'description', 'url'], contact: ['name', 'title'],
  opportunity: ['note'], task: ['text'], 'activity.note': ['note', 'title'],
  'activity.call': ['note'], 'activity.email': ['subject', 'body_text'], 'activity.sms': ['text'],
  'activity.meeting': ['title', 'location', 'note'] };
