// Compares our answers with recorded ones of the real API: same keys, same JSON types, same
// nullability. The recordings belong to others and live outside the project; without them this
// file says so and passes.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { Sandbox } from './harness.mjs';

const ROOT = process.env.CRM_FDW_RECORDINGS
  ?? fileURLToPath(new URL('../../../shared/recordings', import.meta.url));
const FOLDER = join(ROOT, 'close');

// Recorded shapes that ours does not have, each with its reason. Paths as shapesOf() writes them.
const RECORDED_ONLY = [
  [/\.custom\.lcf_\*/, 'field ids before 2018; today cf_'],
];

// What ours has beyond the recordings: fields of the reference that are newer or optional.
const NEWER = {
  lead: ['contact_ids', 'primary_email', 'primary_phone', 'primary_address_summary', 'localtime',
    'source', 'recent_calls'],
  contact: ['timezone', 'timezone_source', 'subscriptions', 'recent_calls', 'display_name',
    'lead_suggestions_operation_id'],
  opportunity: ['annualized_expected_value', 'annualized_value', 'attachments', 'expected_value',
    'is_stalled', 'note_html', 'pipeline_id', 'pipeline_name', 'status_display_name'],
  status: ['pipeline_id'],
  // The recorded tasks are of type lead and older than these.
  task: ['priority', 'resolution', 'agent_config_id', 'sequence_id', 'sequence_subscription_id'],
  // The list of calls was recorded before the list of all activities, which has more fields.
  call: ['note_html', 'outcome_id', 'playbook_id', 'conversation_type_id', 'quality_info',
    'sequence_name', 'activity_at', 'recording_expires_at', 'date_answered', 'is_forwarded',
    'is_joinable', 'is_to_group_number', 'transferred_from_user_id', 'transferred_to_user_id',
    'forwarded_to', 'coach_legs'],
  created: [],
  meeting: ['created_by_name', 'updated_by_name', 'outcome_id'],
  field: ['accepts_multiple_values', 'associations', 'description', 'editable_with_roles',
    'is_shared', 'referenced_custom_type_id', 'required', 'choices'],
};

function stringKind(text) {
  if (/^\d{4}-\d\d-\d\dT[\d:]+(\.\d{6})?\+00:00$/.test(text)) return 'time';
  if (/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text)) return 'naive time';
  return /^\d{4}-\d\d-\d\d$/.test(text) ? 'date' : 'string';
}

function kindOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'string' ? stringKind(value) : typeof value;
}

// All (path, kind) pairs of a document; custom values may be anything and are skipped.
function shapesOf(value, path = '', out = new Set()) {
  out.add(`${path}:${kindOf(value)}`);
  if (Array.isArray(value)) for (const item of value) shapesOf(item, `${path}[]`, out);
  else if (value !== null && typeof value === 'object') {
    for (const [key, item] of Object.entries(value)) {
      const custom = /^custom\.(l?cf)_/.exec(key);
      if (custom) out.add(`${path}.custom.${custom[1]}_*`);
      else if (['custom', 'count_by_value_period'].includes(key)) {
        out.add(`${path}.${key}:object`);
      } else shapesOf(item, `${path}.${key}`, out);
    }
  }
  return out;
}

function answersOf(folder) {
  const out = [];
  const { files } = JSON.parse(readFileSync(join(folder, 'closex.json'), 'utf8'));
  for (const [file, pairs] of Object.entries(files)) {
    for (const { request, response } of pairs) {
      if (typeof response.body !== 'string' || !response.body.startsWith('{')) continue;
      out.push({ from: file, method: request.method, status: response.status_code,
        path: new URL(request.url).pathname + new URL(request.url).search,
        body: JSON.parse(response.body) });
    }
  }
  const bundle = JSON.parse(readFileSync(join(folder, 'amp.json'), 'utf8')).files;
  const paths = { 'leads.json': '/api/v1/lead/', 'create-lead.json': '/api/v1/lead/lead_x/',
    'unsupported.json': '/api/v1/nothing/', 'activities.json': '/api/v1/activity/' };
  for (const [file, body] of Object.entries(bundle)) {
    const path = paths[file.split('/').pop()];
    if (path) out.push({ from: file, method: 'get', path, body, status: body.error ? 404 : 200 });
  }
  return out;
}

let sb;
const cache = new Map();
const many = async (path) => {
  if (!cache.has(path)) cache.set(path, (await sb.get(path)).body);
  return cache.get(path);
};

// Other types of tasks have other fields; the recorded ones are of type lead.
function plainTasks(lead) {
  return { ...lead, tasks: lead.tasks.filter((task) => task._type === 'lead') };
}

async function leadList() {
  const body = await many('lead/?_limit=200');
  return [{ ...body, data: body.data.map(plainTasks) }];
}

async function byId(object) {
  const { data } = await many(`${object}/?_limit=200`);
  return Promise.all(data.map((row) => many(`${object}/${row.id}/`)));
}

async function leadFields() {
  const { data } = await many('custom_field/lead/');
  return Promise.all(data.map((row) => many(`custom_field/lead/${row.id}/`)));
}

// Which of our requests answers the recorded one: [pattern, object, () => list of answers].
const SAME = [
  [/^\/api\/v1\/lead\/(\?|$)/, 'lead', leadList],
  [/^\/api\/v1\/lead\/[^/]+\/$/, 'lead', async () => (await byId('lead'))
    .map(plainTasks)],
  [/^\/api\/v1\/opportunity\/(\?|$)/, 'opportunity', async () => [
    await many('opportunity/?_limit=200'), await many('opportunity/?lead_id=lead_none')]],
  [/^\/api\/v1\/opportunity\/[^/]+\/$/, 'opportunity', () => byId('opportunity')],
  [/^\/api\/v1\/contact\/[^/]+\/$/, 'contact', () => byId('contact')],
  [/^\/api\/v1\/status\/lead\/$/, 'status', async () => [await many('status/lead/')]],
  [/^\/api\/v1\/status\/opportunity\/$/, 'status', async () => [await many('status/opportunity/')]],
  [/^\/api\/v1\/custom_fields\/lead\/[^/]+\/$/, 'field', leadFields],
  ...['call', 'created', 'meeting'].map((type) => [new RegExp(`^${type} `), type, async () => [
    await many(`activity/${type}/?_limit=100`)]]),
];

// Activities of several types come together; each type has a shape of its own.
function perType(answer) {
  if (!answer.path.includes('/activity/') || !answer.body.data) return [answer];
  const types = [...new Set(answer.body.data.map((row) => row._type))];
  return types.map((type) => ({ ...answer, path: `${type.toLowerCase()} of ${answer.path}`,
    body: { ...answer.body, data: answer.body.data.filter((row) => row._type === type) } }));
}

const LEFT_OUT = [[/\/user\/|\/organization\//, 'cassettes without a body']];

function missing(recorded, ours) {
  return [...recorded].filter((shape) => !ours.has(shape)
    && !RECORDED_ONLY.some(([pattern]) => pattern.test(shape)));
}

// Keys ours has and the recording lacks, below rows that the recording has at all.
function extra(recorded, ours, object) {
  const key = (shape) => shape.replace(/:[^:]*$/, '');
  const known = new Set([...recorded].map(key));
  const parents = new Set([...recorded].filter((s) => s.endsWith(':object')).map(key));
  const newer = new Set([...NEWER[object], ...NEWER.contact, ...NEWER.opportunity, ...NEWER.task,
    'tz_ids', 'outbound_sms_blocked', 'is_unsubscribed', 'country', 'integration_links']);
  return [...new Set([...ours].map(key))].filter((path) => {
    const cut = path.lastIndexOf('.');
    const name = path.slice(cut + 1);
    return cut >= 0 && parents.has(path.slice(0, cut)) && !known.has(path)
      && !path.includes('.custom.') && !newer.has(name.replace('[]', ''))
      && !path.endsWith('[]');
  });
}

const present = existsSync(join(FOLDER, 'closex.json'));
if (!present) process.stdout.write(`# recordings left out: nothing at ${FOLDER}\n`);

describe('recordings', { skip: !present && 'recordings are not here' }, () => {
  let answers;
  before(async () => {
    sb = await Sandbox.start('--leads', '200', '--opportunities', '200');
    answers = answersOf(FOLDER).flatMap(perType);
  });
  after(() => sb.stop());

  test('rows: keys, types and nullability', async () => {
    let compared = 0;
    const problems = [];
    for (const answer of answers) {
      if (answer.status !== 200 || answer.method !== 'get') continue;
      if (LEFT_OUT.some(([pattern]) => pattern.test(answer.path))) continue;
      const same = SAME.find(([pattern]) => pattern.test(answer.path));
      assert.ok(same, `nothing of ours answers ${answer.path}`);
      const recorded = shapesOf(answer.body);
      const ours = new Set();
      for (const body of await same[2]()) shapesOf(body, '', ours);
      for (const shape of missing(recorded, ours)) problems.push(`${answer.path} ${shape} missing`);
      if (answer.body.data?.length !== 0 && !answer.from.includes('create-lead')) {
        for (const path of extra(recorded, ours, same[1])) {
          problems.push(`${answer.path} ${path} not recorded`);
        }
      }
      compared++;
    }
    assert.deepEqual([...new Set(problems)], []);
    assert.ok(compared >= 12, `only ${compared} answers compared`);
  });

  test('errors: the same keys', async () => {
    const ours = {
      401: (await sb.get('me/', { auth: null })).body,
      404: (await sb.get('lead/wibble/')).body,
    };
    await sb.fault({ nth: 1 }, { kind: 'rate_limit', reset: 0.595 });
    ours[429] = (await sb.get('me/')).body;
    let compared = 0;
    for (const answer of answers) {
      const mine = ours[answer.status];
      if (!mine) continue;
      assert.deepEqual(Object.keys(mine).sort(), Object.keys(answer.body).sort(), answer.from);
      compared++;
      if (answer.path.includes('wibble')) assert.deepEqual(mine, answer.body);
    }
    assert.ok(compared >= 3);
  });
});
