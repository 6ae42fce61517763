// The small resources: me, organization, users, memberships, statuses, pipelines, custom fields.

import { fieldError, notFound, unknownUrl } from './errors.mjs';
import { paging, slicePage, wantedFields } from './params.mjs';
import { warnUnknown } from './lists.mjs';
import { spellNaive, spellTime } from './times.mjs';

// `_fields` works on nearly all reads; names that do not exist are ignored (close 3.4).
export function pickFields(row, wanted) {
  if (wanted === null) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => wanted.has(name)));
}

function everything(world, request, rows, { hasMore = true } = {}) {
  warnUnknown(world, request, ['_fields']);
  const wanted = wantedFields(request.params);
  const data = rows.map((row) => pickFields(row, wanted));
  return hasMore ? { data, has_more: false } : { data };
}

export function paged(world, request, rows, known = []) {
  warnUnknown(world, request, ['_fields', '_limit', '_skip', ...known]);
  const range = paging(request.params, { maxLimit: 200, maxSkip: 100_000,
    depthShape: world.switches.get('skip_error') });
  const { page, hasMore } = slicePage(rows, range, world.mutants, world.ownWrites);
  const wanted = wantedFields(request.params);
  return { data: page.map((row) => pickFields(row, wanted)), has_more: hasMore };
}

function userRow(world, user) {
  return { id: user.id, email: user.email, first_name: user.first_name,
    last_name: user.last_name, image: null, google_profile_image_url: null,
    email_verified_at: user.verified === null ? null : spellTime(user.verified),
    last_used_timezone: user.zone, organizations: [world.organization.id],
    date_created: spellTime(user.date_created), date_updated: spellTime(user.date_updated) };
}

// People who left are still listed (close 4.7).
export function listUsers(world, request) {
  const order = request.params._order_by;
  const keys = ['last_name,first_name', 'first_name,last_name'].includes(order)
    ? order.split(',') : null;
  if (order !== undefined && !keys) throw fieldError('_order_by', `"${order}" is not valid`);
  const rows = [...world.organization.users];
  if (keys) {
    rows.sort((a, b) => (a[keys[0]] + a[keys[1]] < b[keys[0]] + b[keys[1]] ? -1 : 1));
  }
  return paged(world, request, rows.map((user) => userRow(world, user)), ['_order_by']);
}

export function getUser(world, id, request) {
  const user = world.organization.userById.get(id);
  if (!user) throw notFound('User');
  return pickFields(userRow(world, user), wantedFields(request.params));
}

function membership(world, user) {
  return { id: user.membership, organization_id: world.organization.id, user_id: user.id,
    user_email: user.email, user_first_name: user.first_name, user_last_name: user.last_name,
    user_full_name: user.name, role_id: user.role.id };
}

export function listMemberships(world, request) {
  return paged(world, request, world.organization.users.filter((u) => !u.left)
    .map((u) => membership(world, u)));
}

export function getMembership(world, id, request) {
  const user = world.organization.users.find((u) => u.membership === id && !u.left);
  if (!user) throw notFound('Membership');
  return pickFields(membership(world, user), wantedFields(request.params));
}

function organizationRow(world) {
  const { organization } = world;
  return { id: organization.id, name: 'Sandbox & Söhne', currency: 'USD', currency_symbol: '$',
    plan_id: 'plan_sandbox', features: [],
    lead_statuses: organization.leadStatuses.map(({ id, label }) => ({ id, label })),
    opportunity_statuses: organization.oppStatuses.map(({ id, label, type }) =>
      ({ id, label, type })),
    pipelines: organization.pipelines.map((p) => pipelineRow(world, p)),
    lead_custom_fields: organization.fieldsOf('lead').map((f) => fieldRow(world, f)),
    date_created: spellTime(organization.created), date_updated: spellTime(organization.created) };
}

export function me(world, request) {
  const [user] = world.organization.users;
  const row = { ...userRow(world, user), organizations: [organizationRow(world)],
    memberships: [{ id: user.membership, organization_id: world.organization.id,
      user_id: user.id, role: user.role.name, role_id: user.role.id, permissions_granted: [] }],
    email_accounts: [], connected_accounts: [], phone_numbers: [], phone: null };
  return pickFields(row, wantedFields(request.params));
}

export function getOrganization(world, id, request) {
  const { organization } = world;
  if (id !== organization.id) throw notFound('Organization');
  const expand = String(request.params._expand ?? '').split(',').includes('memberships__user');
  const roster = (left) => organization.users.filter((u) => u.left === left).map((u) =>
    (expand ? { ...membership(world, u), user: userRow(world, u) } : membership(world, u)));
  return pickFields({ ...organizationRow(world), memberships: roster(false),
    inactive_memberships: roster(true) }, wantedFields(request.params));
}

export function listLeadStatuses(world, request) {
  return everything(world, request, world.organization.leadStatuses.map(({ id, label }) =>
    ({ id, label, organization_id: world.organization.id })));
}

export function listOpportunityStatuses(world, request) {
  return everything(world, request, world.organization.oppStatuses.map((s) =>
    ({ id: s.id, label: s.label, type: s.type, pipeline_id: s.pipeline.id,
      organization_id: world.organization.id })));
}

function pipelineRow(world, pipeline) {
  return { id: pipeline.id, name: pipeline.name, organization_id: world.organization.id,
    statuses: pipeline.statuses.map(({ id, label, type }) => ({ id, label, type })),
    created_by: world.organization.users[0]?.id ?? null, updated_by: null,
    date_created: spellNaive(pipeline.date_created),
    date_updated: spellNaive(pipeline.date_created) };
}

export function listPipelines(world, request) {
  return everything(world, request, world.organization.pipelines.map((p) => pipelineRow(world, p)));
}

export function getPipeline(world, id, request) {
  const pipeline = world.organization.pipelines.find((p) => p.id === id);
  if (!pipeline) throw notFound('Pipeline');
  return pickFields(pipelineRow(world, pipeline), wantedFields(request.params));
}

function association(world, object) {
  return { object_type: object, custom_activity_type_id: null, custom_object_type_id: null,
    editable_with_roles: [], required: false };
}

function fieldRow(world, field) {
  const { organization } = world;
  const row = { id: field.id, organization_id: organization.id, name: field.name,
    description: field.index % 4 === 0 ? `What "${field.name}" means.` : null, type: field.type,
    accepts_multiple_values: field.multi, required: false, is_shared: Boolean(field.shared),
    associations: (field.shared ?? []).map((object) => association(world, object)),
    editable_with_roles: [],
    referenced_custom_type_id: field.type === 'custom_object' ? organization.objectType.id : null,
    created_by: organization.users[0]?.id ?? null, updated_by: organization.users[0]?.id ?? null,
    date_created: spellTime(field.date_created), date_updated: spellTime(field.date_created) };
  if (field.choices) row.choices = field.choices;
  if (field.object === 'activity') row.custom_activity_type_id = organization.activityType.id;
  if (field.object === 'custom_object_type') {
    row.custom_object_type_id = organization.objectType.id;
  }
  return row;
}

const FIELD_OBJECTS = ['lead', 'contact', 'opportunity', 'activity', 'custom_object_type',
  'shared'];

// Per-object lists omit shared fields; the schema has them (close 4.14).
export function listCustomFields(world, object, request) {
  if (!FIELD_OBJECTS.includes(object)) throw unknownUrl();
  const rows = world.organization.fields.filter((f) => f.object === object)
    .map((f) => fieldRow(world, f));
  if (object === 'shared' || object === 'custom_object_type') {
    return everything(world, request, rows, { hasMore: object === 'shared' });
  }
  return paged(world, request, rows);
}

const FIELD_MODELS = { lead: 'LeadCustomField', contact: 'ContactCustomField',
  opportunity: 'OpportunityCustomField', activity: 'ActivityCustomField',
  custom_object_type: 'CustomObjectCustomField', shared: 'SharedCustomField' };

export function getCustomField(world, object, id, request) {
  if (!FIELD_OBJECTS.includes(object)) throw unknownUrl();
  const field = world.organization.fieldById.get(id);
  if (!field || field.object !== object) throw notFound(FIELD_MODELS[object]);
  return pickFields(fieldRow(world, field), wantedFields(request.params));
}

export function customFieldSchema(world, path, request) {
  const { organization } = world;
  const [object, typeId, ...rest] = path.split('/');
  const known = new Map([['lead', ['Lead', 'lead']], ['contact', ['Contact', 'contact']],
    ['opportunity', ['Opportunity', 'opportunity']]]).get(object);
  const typed = new Map([['activity', [organization.activityType, 'activity']],
    ['custom_object', [organization.objectType, 'custom_object_type']]]).get(object);
  let name;
  let kind;
  if (known && typeId === undefined) [name, kind] = known;
  else if (typed && typed[0].id === typeId && !rest.length) [{ name }, kind] = typed;
  else throw unknownUrl();
  warnUnknown(world, request, ['_fields']);
  return { object_type: path, name,
    fields: organization.fieldsOf(kind).map((f) => fieldRow(world, f)) };
}

export function listCustomActivityTypes(world, request) {
  const { organization } = world;
  return everything(world, request, [{ ...organization.activityType,
    organization_id: organization.id, description: null, api_create_only: false,
    editable_with_roles: [],
    fields: organization.fieldsOf('activity').map((f) => fieldRow(world, f)) }]);
}

export function listCustomObjectTypes(world, request) {
  const { organization } = world;
  return everything(world, request, [{ ...organization.objectType, name_plural: 'Contracts',
    organization_id: organization.id, description: null, api_create_only: false,
    editable_with_roles: [], back_reference_fields: [],
    fields: organization.fieldsOf('custom_object_type').map((f) => fieldRow(world, f)) }],
  { hasMore: false });
}
