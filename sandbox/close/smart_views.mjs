// Smart views (close 4.9): generated ones with real queries, their list, and GET by id.

import { Rand } from '../core/hash.mjs';
import { fieldError, notFound } from './errors.mjs';
import { paged, pickFields } from './meta.mjs';
import { commaList, wantedFields } from './params.mjs';
import { spellTime } from './times.mjs';

// The object type of the rows a view of each type holds.
export const VIEW_OBJECTS = { lead: 'lead', contact: 'contact', opportunity: 'opportunity',
  call: 'activity.call', email: 'activity.email', sms: 'activity.sms',
  meeting: 'activity.meeting', note: 'activity.note',
  whatsapp_message: 'activity.whatsapp_message', custom_activity: 'activity.custom_activity',
  form_submission: 'activity.form_submission' };
export const VIEW_TYPES = Object.keys(VIEW_OBJECTS);

const and = (...queries) => ({ type: 'and', queries });
const where = (object, name, condition, negate = false) => ({ type: 'field_condition', negate,
  field: { type: 'regular_field', object_type: object, field_name: name }, condition });
const related = (own, other, query) => ({ type: 'has_related', this_object_type: own,
  related_object_type: other, related_query: query });
const since = (day) => ({ type: 'moment_range', before: null,
  on_or_after: { type: 'fixed_local_date', value: day, which: 'start' } });

// [type, name, query, legacy text]: only with fields that search is known to take (close 5.4).
function definitions(organization, idOf) {
  const status = (...labels) => ({ type: 'reference', reference_type: 'status.lead',
    object_ids: organization.leadStatuses.filter((s) => labels.includes(s.label))
      .map((s) => s.id) });
  const choice = (label, ...values) => ({ type: 'field_condition', negate: false,
    field: { type: 'custom_field', custom_field_id: organization.fields.find((f) =>
      f.object === 'lead' && f.name === label).id }, condition: { type: 'term', values } });
  const won = where('opportunity', 'status_type', { type: 'term', values: ['won'] });
  const host = where('contact_email', 'email', { type: 'text', mode: 'full_words',
    value: 'y.test' });
  return [
    ['lead', 'Hot leads', where('lead', 'status_id', status('Qualified', 'Interested'))],
    ['lead', 'Touched since May', where('lead', 'date_updated', since('2026-05-01'))],
    ['lead', 'Finance or retail', choice('Industry', 'Finance, Banking', 'Retail')],
    ['lead', 'Won something', related('lead', 'opportunity', won)],
    ['lead', 'Follow up', where('lead', 'status_id', status('Customer'), true)],
    ['lead', 'Follow up', related('lead', 'contact', related('contact', 'contact_email', host))],
    ['lead', 'Ключевые "клиенты" – 重要 🔥', choice('Tags', 'VIP', '重要')],
    ['lead', 'Hot and new', and({ type: 'saved_search', saved_search_id: idOf(0) },
      where('lead', 'date_created', since('2024-01-01')))],
    ['lead', 'Old style', null, 'status:"Customer" contacts > 1'],
    ['lead', 'All leads', { type: 'match_all' }],
    ['contact', 'At y.test', related('contact', 'contact_email', host)],
    ['contact', 'New contacts', where('contact', 'date_created', since('2026-01-01'))],
    ['contact', 'Follow up', related('contact', 'lead',
      where('lead', 'status_id', status('Customer')))],
    ['opportunity', 'Open deals', where('opportunity', 'status_type',
      { type: 'term', values: ['active'] })],
    ['call', 'Completed calls', where('activity.call', 'status',
      { type: 'term', values: ['completed'] })],
  ];
}

export function makeSmartViews(seed, organization) {
  const rand = new Rand(seed, 'smart view');
  const idOf = (i) => rand.id('save', i);
  return definitions(organization, idOf).map(([type, name, query, text = null], i) => {
    const object = { type: 'object_type', object_type: VIEW_OBJECTS[type] };
    const user = organization.users[i % organization.users.length].id;
    const at = spellTime(organization.created + (i + 1) * 86_400_321);
    return { id: idOf(i), name, description: i % 3 === 0 ? null : `What "${name}" means`, type,
      s_query: query && { query: and(object, query), sort: [], results_limit: null }, query: text,
      selected_fields: null, is_shared: i % 2 === 0, shared_with: [], sharing_settings: null,
      is_user_dependent: false, user_id: user, organization_id: organization.id,
      created_by: user, updated_by: null, date_created: at, date_updated: at };
  });
}

function wantedTypes({ type, type__in: many }) {
  let types = ['lead'];
  if (many !== undefined) types = commaList(many);
  if (type !== undefined) types = [type];
  const bad = types.find((t) => !VIEW_TYPES.includes(t));
  if (bad !== undefined) throw fieldError('type', `"${bad}" is not a valid type`);
  return types;
}

export function listSmartViews(world, request) {
  const types = wantedTypes(request.params);
  return paged(world, request, world.views.filter((view) => types.includes(view.type)),
    ['type', 'type__in']);
}

export function getSmartView(world, id, request) {
  const view = world.views.find((known) => known.id === id);
  if (!view) throw notFound('SavedSearch');
  return pickFields(view, wantedFields(request.params));
}
