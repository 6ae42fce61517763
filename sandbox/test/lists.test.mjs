// Offset lists: limits, orders, depths, filters, sums, ids, overrides (close 1.3, 3, 4.1-4.3).

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { millis, Sandbox } from './harness.mjs';

let sb;
let leads;
let contacts;
let opportunities;
before(async () => {
  sb = await Sandbox.start('--leads', '400', '--switch', 'index_lag=0');
  leads = await sb.exportRows('leads');
  contacts = await sb.exportRows('contacts');
  opportunities = await sb.exportRows('opportunities');
});
beforeEach(() => sb.reset());
after(() => sb.stop());

async function readAll(path, limit = 100) {
  const rows = [];
  const glue = path.includes('?') ? '&' : '?';
  for (let more = true; more;) {
    const { status, body } = await sb.get(`${path}${glue}_limit=${limit}&_skip=${rows.length}`);
    assert.equal(status, 200);
    rows.push(...body.data);
    more = body.has_more && body.data.length > 0;
  }
  return rows;
}

const ids = (rows) => rows.map((row) => row.id).sort();

function descending(rows, field) {
  for (let i = 1; i < rows.length; i++) {
    assert.ok(millis(rows[i - 1][field]) >= millis(rows[i][field]), `${field} at ${i}`);
  }
}

describe('paging', () => {
  test('every list gives every row once, in its default order', async () => {
    const read = { lead: await readAll('lead/', 90), contact: await readAll('contact/'),
      opportunity: await readAll('opportunity/', 200) };
    assert.deepEqual(ids(read.lead), ids(leads));
    assert.deepEqual(ids(read.contact), ids(contacts));
    assert.deepEqual(ids(read.opportunity), ids(opportunities));
    descending(read.lead, 'date_updated');
    descending(read.contact, 'date_created');
    descending(read.opportunity, 'date_created');
  });

  test('_limit above the maximum, not a number, negative', async () => {
    for (const object of ['lead', 'contact', 'opportunity', 'user']) {
      const { status, body } = await sb.get(`${object}/?_limit=201`);
      assert.equal(status, 400);
      assert.deepEqual(body, { errors: [],
        'field-errors': { _limit: 'Input should be less than or equal to 200' } });
      assert.equal((await sb.get(`${object}/?_limit=x`)).status, 400);
      assert.equal((await sb.get(`${object}/?_skip=-1`)).status, 400);
    }
  });

  test('_skip beyond the depth names max_skip, in either shape', async () => {
    assert.equal((await sb.get('lead/?_skip=35000')).status, 200);
    const deep = await sb.get('lead/?_skip=35001');
    assert.equal(deep.status, 400);
    assert.match(deep.body.error, /max_skip = 35000/);
    await sb.switches({ skip_error: 'field-errors', contact_skip_max: '50' });
    const { body } = await sb.get('contact/?_skip=51');
    assert.match(body['field-errors']._skip, /max_skip = 50/);
  });

  test('_limit=0 counts leads; totals only where the API gives them', async () => {
    const { body } = await sb.get('lead/?_limit=0');
    assert.deepEqual(body, { data: [], has_more: true, total_results: 400 });
    assert.ok(!('total_results' in (await sb.get('contact/')).body));
    assert.ok(!('total_results' in (await sb.get('user/')).body));
    assert.equal((await sb.get('opportunity/')).body.total_results, opportunities.length);
  });

  test('a lead updated while it is read jumps to the front', async () => {
    const first = (await sb.get('lead/?_limit=200&_fields=id')).body.data;
    const rest = (await sb.get('lead/?_skip=399&_limit=1&_fields=id')).body.data;
    await sb.control('POST', '/rows', { provider: 'close', object: 'leads', op: 'update',
      id: rest[0].id, row: { description: 'touched' } });
    const second = (await sb.get('lead/?_limit=200&_skip=200&_fields=id')).body.data;
    const seen = new Set([...first, ...second].map((row) => row.id));
    assert.ok(!seen.has(rest[0].id));
  });

  test('lists without paging return everything', async () => {
    for (const path of ['status/lead/', 'status/opportunity/', 'pipeline/',
      'custom_field/shared/']) {
      const { body } = await sb.get(`${path}?_limit=1`);
      assert.ok(body.data.length > 1, path);
    }
    assert.ok(!('has_more' in (await sb.get('custom_field/custom_object_type/')).body));
  });
});

describe('fields and parameters', () => {
  test('_fields selects, ignores unknown names, works by id', async () => {
    const key = Object.keys(leads[0]).find((name) => name.startsWith('custom.cf_'));
    const { body } = await sb.get(`lead/${leads[0].id}/?_fields=id,name,nonsense,${key}`);
    assert.deepEqual(Object.keys(body).sort(), ['id', 'name', key].sort());
    const page = (await sb.get('contact/?_fields=id&_limit=3')).body.data;
    for (const row of page) assert.deepEqual(Object.keys(row), ['id']);
    const custom = (await sb.get(`lead/${leads[0].id}/?_fields=custom`)).body;
    assert.deepEqual(Object.keys(custom), ['custom']);
  });

  test('unknown parameters are ignored and logged, or refused by switch', async () => {
    await sb.control('DELETE', '/log');
    const { body } = await sb.get('lead/?smart_view_id=save_x&date_updated__gt=2030-01-01');
    assert.equal(body.total_results, 400);
    const { entries } = (await sb.control('GET', '/log')).body;
    assert.deepEqual(entries[0].warnings, ['unknown parameter smart_view_id ignored',
      'unknown parameter date_updated__gt ignored']);
    await sb.switches({ unknown_param: 'refuse' });
    assert.equal((await sb.get('lead/?smart_view_id=save_x')).status, 400);
  });

  test('id__in through x-http-method-override', async () => {
    const wanted = leads.slice(0, 100).map((row) => row.id);
    const { body } = await sb.call('POST', 'lead/', {
      headers: { 'x-http-method-override': 'GET' },
      body: { _params: { id__in: wanted.join(','), _limit: 100, _fields: 'id' } } });
    assert.deepEqual(ids(body.data), [...wanted].sort());
    const { entries } = (await sb.control('GET', '/log')).body;
    assert.equal(entries.at(-1).params._limit, '100');
  });

  test('a missing slash is a 404, or a redirect for GET', async () => {
    const { status, body } = await sb.get('lead?_limit=1');
    assert.equal(status, 404);
    assert.match(body.error, /requested URL was not found/);
    await sb.switches({ missing_slash: 'redirect' });
    const moved = await sb.get('lead?_limit=1');
    assert.equal(moved.status, 301);
    assert.equal(moved.headers.get('location'), '/api/v1/lead/?_limit=1');
    assert.equal((await sb.call('POST', 'data/search', { body: {} })).status, 404);
  });

  test('contacts of one lead', async () => {
    const lead = leads.find((row) => row.contacts.length > 1);
    const { body } = await sb.get(`contact/?lead_id=${lead.id}`);
    assert.deepEqual(ids(body.data), [...lead.contact_ids].sort());
  });
});

describe('errors', () => {
  test('404 by id, 401, 405, 415, broken JSON', async () => {
    assert.deepEqual(await sb.get('lead/lead_nope/').then((r) => [r.status, r.body]),
      [404, { error: 'Empty query: Lead matching query does not exist.' }]);
    assert.deepEqual(await sb.get('me/', { auth: 'Basic eDo=' }).then((r) => [r.status, r.body]),
      [401, { error: 'Unauthorized' }]);
    assert.equal((await sb.get('me/', { auth: null })).status, 401);
    const withPassword = `Basic ${Buffer.from(`${sb.close.api_key}:x`).toString('base64')}`;
    assert.equal((await sb.get('me/', { auth: withPassword })).status, 401);
    assert.equal((await sb.call('DELETE', 'me/')).status, 405);
    assert.equal((await sb.get('data/search/')).status, 405);
    assert.equal((await sb.get('nothing/here/')).status, 404);
    const search = `${sb.close.http}/api/v1/data/search/`;
    const post = (type, body) => fetch(search, { method: 'POST', body,
      headers: { authorization: sb.auth, 'content-type': type } }).then((r) => r.status);
    assert.equal(await post('text/plain', '{}'), 415);
    assert.equal(await post('application/json', '{'), 400);
  });
});

describe('opportunities', () => {
  const total = async (query) => (await sb.get(`opportunity/?_limit=1&${query}`)).body
    .total_results;
  const expectCount = async (query, test) => {
    assert.equal(await total(query), opportunities.filter(test).length, query);
  };

  test('filters are ANDed and take comma lists', async () => {
    const { status_id: status, user_id: user, lead_id: lead } = opportunities[3];
    const other = opportunities.find((o) => o.status_id !== status).status_id;
    await expectCount(`lead_id=${lead}`, (o) => o.lead_id === lead);
    await expectCount(`status_id__in=${status},${other}`,
      (o) => [status, other].includes(o.status_id));
    await expectCount(`status_id=${status}&user_id=${user}`,
      (o) => o.status_id === status && o.user_id === user);
    await expectCount('status_type__in=won,lost', (o) => o.status_type !== 'active');
    await expectCount('status_label=Won', (o) => o.status_label === 'Won');
    await expectCount('value_period__in=monthly,annual', (o) => o.value_period !== 'one_time');
    await expectCount('is_stalled=true', (o) => o.is_stalled);
    assert.equal((await sb.get('opportunity/?status_type=open')).status, 400);
  });

  test('date filters, in whole seconds', async () => {
    await expectCount('date_won__gte=2024-01-01&date_won__lt=2025-01-01',
      (o) => o.date_won >= '2024-01-01' && o.date_won < '2025-01-01');
    await expectCount('date_created__gte=2024-03-15', (o) => millis(o.date_created)
      >= Date.UTC(2024, 2, 15));
    const at = opportunities.find((o) => /\.\d+\+/.test(o.date_created)).date_created;
    const second = Math.floor(millis(at) / 1000);
    await expectCount(`date_created__lte=${encodeURIComponent(at.replace(/\.\d+/, ''))}`,
      (o) => Math.floor(millis(o.date_created) / 1000) <= second);
    await sb.switches({ list_date_precision: 'ms' });
    await expectCount(`date_created__gt=${encodeURIComponent(at)}`,
      (o) => millis(o.date_created) > millis(at));
  });

  test('orders, both ways', async () => {
    for (const key of ['value', 'confidence', 'date_won', 'annualized_value', 'user_name']) {
      for (const sign of ['', '-']) {
        const { data } = (await sb.get(`opportunity/?_order_by=${sign}${key}&_limit=200`)).body;
        const values = data.map((o) => o[key]).filter((v) => v !== null);
        const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        assert.deepEqual(values, sign ? sorted.reverse() : sorted, sign + key);
      }
    }
    assert.equal((await sb.get('opportunity/?_order_by=note')).status, 400);
  });

  test('sums cover all matches and stay exact', async () => {
    const { text, body } = await sb.get('opportunity/?_limit=1');
    const sum = (period) => opportunities.filter((o) => o.value_period === period)
      .reduce((a, o) => a + BigInt(o.value ?? 0), 0n);
    for (const period of ['one_time', 'monthly', 'annual']) {
      const raw = new RegExp(`"total_value_${period}":(\\d+)`).exec(text)[1];
      assert.equal(BigInt(raw), sum(period), period);
    }
    const counted = Object.values(body.count_by_value_period).reduce((a, b) => a + b, 0);
    assert.equal(counted, opportunities.length);
    const none = (await sb.get('opportunity/?lead_id=lead_none')).body;
    assert.equal(none.total_value_annualized, 0);
    assert.equal(none.total_value_annualized_formatted, null);
  });

  test('groups count whole, page by objects, and can be reversed', async () => {
    const by = async (group) => (await sb.get(`opportunity/?_group_by=${group}&_limit=200`
      + '&_fields=id,date_won')).body;
    const months = (await by('date_won__month')).data.filter((g) => g.key !== null);
    for (const group of months) {
      assert.equal(group.total_results, opportunities.filter((o) => o.date_won
        ?.startsWith(`${group.year}-${String(group.month).padStart(2, '0')}`)).length);
    }
    const keys = months.map((g) => g.key);
    assert.deepEqual(keys, [...keys].sort());
    const reversed = (await by('-date_won__month')).data[0].key;
    assert.ok(reversed >= keys.at(-1));
    const objects = (await by('user_id')).data.reduce((n, g) => n + g.objects.length, 0);
    assert.equal(objects, 200);
  });
});

describe('text queries', () => {
  const count = async (query) => (await sb.get(`lead/?_limit=0&query=${encodeURIComponent(query)}`))
    .body.total_results;

  test('words, keys, boolean words, dates, counters, slices', async () => {
    const total = await count('*');
    const acme = await count('name:"acme"');
    assert.ok(acme > 0);
    assert.equal(await count('not name:"acme"'), total - acme);
    const status = leads[0].status_label;
    assert.equal(await count(`status:"${status.replace(/"/g, '\\"')}"`),
      leads.filter((l) => l.status_label === status).length);
    assert.equal(await count('contacts > 2'), leads.filter((l) => l.contacts.length > 2).length);
    assert.equal(await count('created >= "2024-01-01" AND created < "2025-01-01"'),
      leads.filter((l) => l.date_created.startsWith('2024')).length);
    const slices = await Promise.all([1, 2, 3].map((i) => count(`slice:${i}/3`)));
    assert.equal(slices.reduce((a, b) => a + b), total);
    assert.equal(await count('opportunity(value >= 50000 status_type:won)'),
      leads.filter((l) => l.opportunities.some((o) => o.value >= 50000
        && o.status_type === 'won')).length);
    const both = await count('name:"acme" OR contacts > 2');
    assert.ok(both >= acme && both < total);
  });

  test('what cannot be parsed is a 400', async () => {
    for (const query of ['(acme', 'nope:1', 'name:', 'slice:4/3']) {
      const { status } = await sb.get(`lead/?query=${encodeURIComponent(query)}`);
      assert.equal(status, 400, query);
    }
  });
});
