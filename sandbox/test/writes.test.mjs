// Creates, patches and deletes (close 6).

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Sandbox } from './harness.mjs';

let sb;
let fields;
before(async () => {
  sb = await Sandbox.start('--leads', '50');
  const { custom_fields: list } = (await sb.control('GET', '/state')).body.close;
  fields = Object.fromEntries(list.map((f) => [`${f.object} ${f.name}`, `custom.${f.id}`]));
});
beforeEach(() => sb.reset());
after(() => sb.stop());

const post = (path, body) => sb.call('POST', path, { body });
const put = (path, body) => sb.call('PUT', path, { body });
const counts = async () => (await sb.control('GET', '/state')).body.counts;
const warnings = async () => (await sb.control('GET', '/log')).body.entries.at(-1).warnings;

test('a lead with contacts, defaults and rewrites', async () => {
  const { status, body } = await post('lead/', { name: 'Made', no_such: 1,
    contacts: [{ name: 'Ida', emails: [{ email: 'ida@made.test' }],
      phones: [{ phone: '(415) 555-0100' }] }], [fields['lead Tags']]: ['a', 'b'] });
  assert.equal(status, 200);
  assert.equal(body.description, '');
  assert.equal(body.url, null);
  assert.equal(body.contacts[0].phones[0].phone, '+14155550100');
  assert.deepEqual(body[fields['lead Tags']], ['a', 'b']);
  assert.deepEqual(await warnings(), ['unknown property no_such ignored']);
  assert.deepEqual((await sb.get(`lead/${body.id}/`)).body, body);
});

test('PUT patches, null clears, .add and .remove edit', async () => {
  const { id } = (await post('lead/', { name: 'Made', description: 'x',
    [fields['lead Tags']]: ['a'], [fields['lead Region']]: 'North' })).body;
  let { body } = await put(`lead/${id}/`, { description: null, [fields['lead Region']]: null,
    [`${fields['lead Tags']}.add`]: 'VIP' });
  assert.deepEqual([body.name, body.description, body[fields['lead Tags']]],
    ['Made', '', ['a', 'VIP']]);
  assert.ok(!(fields['lead Region'] in body));
  ({ body } = await put(`lead/${id}/`, { [`${fields['lead Tags']}.remove`]: 'a' }));
  assert.deepEqual(body[fields['lead Tags']], ['VIP']);
  const bad = await put(`lead/${id}/`, { [fields['lead Industry']]: 'Nonsense' });
  assert.equal(bad.status, 400);
});

test('references are reported under model names', async () => {
  const { status, body } = await post('lead/', { status_id: 'foo' });
  assert.equal(status, 400);
  assert.match(body['field-errors'].status, /add "foo" to the list of lead statuses/);
  assert.deepEqual((await post('contact/', { lead_id: 'lead_x' })).body['field-errors'],
    { lead: 'Object does not exist.' });
});

test('no lead_id makes a stray lead', async () => {
  const before = await counts();
  const contact = (await post('contact/', { name: 'Stray' })).body;
  assert.equal((await sb.get(`lead/${contact.lead_id}/`)).body.name, 'Stray');
  const deal = (await post('opportunity/', { value: 1 })).body;
  assert.equal(deal.lead_name, 'Untitled');
  assert.equal((await counts()).leads, before.leads + 2);
  await sb.switches({ opportunity_without_lead: 'refuse' });
  assert.deepEqual((await post('opportunity/', {})).body['field-errors'],
    { lead: 'This field is required.' });
});

test('opportunity defaults, pipelines and date_won', async () => {
  const [lead] = (await sb.get('lead/?_limit=1&_fields=id')).body.data;
  const pipelines = (await sb.get('pipeline/')).body.data;
  const first = (await post('opportunity/', { lead_id: lead.id, value: 50_000, confidence: 70 }))
    .body;
  assert.deepEqual([first.status_id, first.note, first.value_formatted, first.expected_value],
    [pipelines[0].statuses[0].id, '', '$500', 35_000]);
  const won = pipelines[1].statuses.find((s) => s.type === 'won').id;
  assert.equal((await post('opportunity/', { lead_id: lead.id, status_id: won,
    pipeline_id: pipelines[0].id })).status, 400);
  const moved = (await put(`opportunity/${first.id}/`, { status_id: won })).body;
  assert.equal(moved.date_won, '2026-09-15');
  const back = (await put(`opportunity/${first.id}/`, { status_id: first.status_id })).body;
  assert.equal(back.date_won, '2026-09-15');
});

test('a contact moves only by switch', async () => {
  const [a, b] = (await sb.get('lead/?_limit=2&_fields=id')).body.data;
  const { id } = (await post('contact/', { lead_id: a.id, name: 'Mover' })).body;
  assert.equal((await put(`contact/${id}/`, { lead_id: b.id })).body.lead_id, a.id);
  await sb.switches({ contact_move: 'move' });
  assert.equal((await put(`contact/${id}/`, { lead_id: b.id })).body.lead_id, b.id);
});

test('DELETE cascades, twice is a 404, a window can hide it', async () => {
  const { id, contacts } = (await post('lead/', { name: 'x', contacts: [{ name: 'y' }] })).body;
  await sb.switches({ delete_window: '5' });
  const gone = await sb.call('DELETE', `lead/${id}/`);
  assert.deepEqual([gone.status, gone.body], [200, {}]);
  assert.equal((await sb.call('DELETE', `lead/${id}/`)).status, 404);
  assert.equal((await sb.get(`lead/${id}/`)).status, 200);
  await sb.control('POST', '/clock', { advance_ms: 6000 });
  assert.equal((await sb.get(`lead/${id}/`)).status, 404);
  assert.equal((await sb.get(`contact/${contacts[0].id}/`)).status, 404);
});
