// Activities: lists, traps, writes, and what search says about them (close 4.5, 5.4, 9.6).

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { and, asc, millis, objectType, regular, Sandbox, text, utc, where } from './harness.mjs';

const PATHS = { Note: 'note', Call: 'call', Email: 'email', SMS: 'sms', Meeting: 'meeting',
  Created: 'created', LeadStatusChange: 'status_change/lead',
  OpportunityStatusChange: 'status_change/opportunity', TaskCompleted: 'task_completed' };

let sb;
let all;
let leads;
let busiest;
before(async () => {
  sb = await Sandbox.start('--leads', '400', '--switch', 'index_lag=0');
  all = await sb.exportRows('activities');
  leads = await sb.exportRows('leads');
  const counts = new Map();
  for (const { lead_id: id } of all) if (id) counts.set(id, (counts.get(id) ?? 0) + 1);
  busiest = [...counts].sort((a, b) => b[1] - a[1])[0][0];
});
beforeEach(() => sb.reset());
after(() => sb.stop());

const ofType = (type) => all.filter((row) => row._type === type);
const ids = (rows) => rows.map((row) => row.id).sort();
async function readAll(path, query = '') {
  const rows = [];
  for (let more = true; more;) {
    const { status, body } = await sb.get(`${path}?_limit=100&_skip=${rows.length}&${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.ok(!('total_results' in body));
    rows.push(...body.data);
    more = body.has_more;
  }
  return rows;
}
const sorted = (rows, field, sign) => {
  const times = rows.map((row) => millis(row[field]));
  assert.deepEqual(times, [...times].sort((a, b) => sign * (a - b)), field);
};
const bad = async (path, pattern) => {
  const { status, text: body } = await sb.get(path);
  assert.equal(status, 400, path);
  assert.match(body, pattern);
};

describe('data', () => {
  test('every type, base fields, future meetings, text that was never set', () => {
    assert.equal(all.length, 800);
    for (const type of Object.keys(PATHS)) {
      const rows = ofType(type);
      assert.ok(rows.length > 5, type);
      for (const row of rows) {
        assert.match(row.id, /^acti_/);
        assert.ok('lead_id' in row && 'user_id' in row && Array.isArray(row.users));
        assert.equal('contact_id' in row, type !== 'TaskCompleted');
      }
    }
    const now = Date.parse('2026-09-15T12:00:00Z');
    assert.ok(ofType('Meeting').some((row) => millis(row.date_created) > now));
    assert.ok(ofType('Meeting').every((row) => row.starts_at === row.activity_at));
    assert.ok(ofType('Email').some((row) => row.lead_id === null));
    assert.ok(ofType('Note').some((row) => row.activity_at !== row.date_created));
    for (const [type, field] of [['Note', 'note'], ['Email', 'subject'], ['Meeting', 'location'],
      ['SMS', 'text'], ['Call', 'note']]) {
      assert.ok(ofType(type).some((row) => row[field] === ''), `${type} ${field}`);
    }
    assert.ok(ofType('Call').some((row) => typeof row.cost === 'number'));
    assert.equal(all.filter((row) => row.date_created.startsWith('2024-03-15T10:00:00.123')).length
      >= 9, true);
  });

  test('links lead to rows that exist', async () => {
    const leadIds = new Set(leads.map((lead) => lead.id));
    const contactIds = new Set((await sb.exportRows('contacts')).map((row) => row.id));
    const deals = new Map((await sb.exportRows('opportunities')).map((row) => [row.id, row]));
    for (const row of all) {
      assert.ok(row.lead_id === null || leadIds.has(row.lead_id));
      assert.ok(!row.contact_id || contactIds.has(row.contact_id));
    }
    for (const row of ofType('OpportunityStatusChange')) {
      assert.equal(deals.get(row.opportunity_id).lead_id, row.lead_id);
    }
  });
});

describe('lists', () => {
  test('typed lists and the list of all agree, newest first', async () => {
    const union = await readAll('activity/');
    assert.deepEqual(ids(union), ids(all));
    sorted(union, 'date_created', -1);
    for (const [type, path] of Object.entries(PATHS)) {
      const rows = await readAll(`activity/${path}/`);
      assert.deepEqual(ids(rows), ids(ofType(type)), type);
      sorted(rows, 'date_created', -1);
      assert.deepEqual(rows[0], union.find((row) => row.id === rows[0].id));
      assert.deepEqual((await sb.get(`activity/${path}/${rows[0].id}/`)).body, rows[0]);
    }
    const note = ofType('Note')[0].id;
    assert.equal((await sb.get(`activity/${note}/`)).status, 404);
    assert.match((await sb.get(`activity/call/${note}/`)).body.error, /Call matching query/);
  });

  test('limits', async () => {
    await bad('activity/?_limit=101', /less than or equal to 100/);
    await bad('activity/note/?_limit=101', /less than or equal to 100/);
    await bad('activity/email/?_skip=250001', /max_skip = 250000/);
  });

  test('id__in and lists of leads', async () => {
    const wanted = [all[3], all[50], all[90]].map((row) => row.id);
    assert.deepEqual(ids(await readAll('activity/', `id__in=${wanted},acti_none`)), wanted.sort());
    const [a, b] = ofType('Note').map((row) => row.lead_id);
    assert.deepEqual(ids(await readAll('activity/note/', `lead_id=${a},${b}`)),
      ids(ofType('Note').filter((row) => [a, b].includes(row.lead_id))));
    assert.deepEqual(ids(await readAll('activity/', `lead_id__in=${a},${b}`)),
      ids(all.filter((row) => [a, b].includes(row.lead_id))));
    const one = ofType('Note')[0];
    assert.deepEqual(ids(await readAll('activity/', `id__in=${wanted},${one.id}&lead_id=${a}`)),
      ids(all.filter((row) => [...wanted, one.id].includes(row.id) && row.lead_id === a)));
    const [change] = ofType('OpportunityStatusChange');
    assert.deepEqual(ids(await readAll('activity/status_change/opportunity/',
      `opportunity_id=${change.opportunity_id}`)), ids(ofType('OpportunityStatusChange')
      .filter((row) => row.opportunity_id === change.opportunity_id)));
  });

  test('orders', async () => {
    sorted(await readAll('activity/', '_order_by=date_created'), 'date_created', 1);
    sorted(await readAll('activity/call/', '_order_by=date_created'), 'date_created', 1);
    const rows = await readAll('activity/', `_order_by=-activity_at&lead_id=${busiest}`);
    sorted(rows.filter((row) => row.activity_at !== null), 'activity_at', -1);
    assert.deepEqual(ids(rows), ids(all.filter((row) => row.lead_id === busiest)));
    await bad('activity/?_order_by=-activity_at', /single lead_id/);
    await bad(`activity/?_order_by=activity_at&lead_id=${busiest}`, /not a valid order/);
    await bad('activity/?_order_by=note', /is not one of/);
  });

  test('only the date filters of the sort field', async () => {
    const at = ofType('Note').find((row) => /\.\d+\+/.test(row.date_created)).date_created;
    const bound = Math.floor(millis(at) / 1000);
    const value = encodeURIComponent(at);
    for (const [op, match] of [['gt', (s) => s > bound], ['gte', (s) => s >= bound],
      ['lt', (s) => s < bound], ['lte', (s) => s <= bound]]) {
      for (const [path, rows] of [['activity/', all], ['activity/note/', ofType('Note')]]) {
        assert.deepEqual(ids(await readAll(path, `date_created__${op}=${value}`)),
          ids(rows.filter((row) => match(Math.floor(millis(row.date_created) / 1000)))), op);
      }
    }
    await bad('activity/note/?activity_at__gte=2024-01-01', /sort field date_created/);
    await bad(`activity/?_order_by=-activity_at&lead_id=${busiest}&date_created__gt=2024-01-01`,
      /sort field activity_at/);
    assert.deepEqual(ids(await readAll('activity/', `_order_by=-activity_at&lead_id=${busiest}`
      + '&activity_at__gte=2024-06-01')), ids(all.filter((row) => row.lead_id === busiest
      && row.activity_at !== null && row.activity_at >= '2024-06-01')));
  });

  test('who and which type: ignored, honoured or refused without a single lead', async () => {
    const user = ofType('Note').find((row) => row.user_id).user_id;
    const mine = all.filter((row) => row.user_id === user);
    const busy = (row) => row.lead_id === busiest;
    assert.deepEqual(ids(await readAll('activity/', `lead_id=${busiest}&user_id=${user}`)),
      ids(mine.filter(busy)));
    assert.deepEqual(ids(await readAll('activity/', `lead_id=${busiest}&_type=Note,Call`)),
      ids(all.filter((row) => busy(row) && ['Note', 'Call'].includes(row._type))));
    assert.equal((await readAll('activity/', `user_id=${user}`)).length, all.length);
    const { entries } = (await sb.control('GET', '/log')).body;
    assert.deepEqual(entries.at(-1).warnings, ['user_id ignored without a single lead_id']);
    await sb.switches({ activity_filters: 'honour' });
    assert.deepEqual(ids(await readAll('activity/', `user_id=${user}`)), ids(mine));
    assert.deepEqual(ids(await readAll('activity/note/', `user_id=${user}`)),
      ids(mine.filter((row) => row._type === 'Note')));
    assert.deepEqual(ids(await readAll('activity/', '_type__in=SMS,Meeting')),
      ids(all.filter((row) => ['SMS', 'Meeting'].includes(row._type))));
    const contact = ofType('Call').find((row) => row.contact_id).contact_id;
    assert.deepEqual(ids(await readAll('activity/call/', `contact_id=${contact}`)),
      ids(ofType('Call').filter((row) => row.contact_id === contact)));
    await sb.switches({ activity_filters: '400' });
    await bad(`activity/?user_id=${user}`, /single lead_id/);
    await bad(`activity/call/?contact_id=${contact}`, /single lead_id/);
    await bad('activity/?_type=Nonsense', /not a valid activity type/);
  });

  test('typed lists may ignore _order_by and _fields', async () => {
    const keys = async (path) => Object.keys((await sb.get(path)).body.data[0]);
    assert.deepEqual(await keys('activity/note/?_fields=id'), ['id']);
    await sb.switches({ activity_order: 'ignore' });
    assert.ok((await keys('activity/note/?_fields=id')).length > 10);
    assert.deepEqual(await keys('activity/meeting/?_fields=id'), ['id']);
    assert.deepEqual(await keys('activity/?_fields=id'), ['id']);
    sorted(await readAll('activity/call/', '_order_by=date_created'), 'date_created', -1);
    sorted(await readAll('activity/', '_order_by=date_created'), 'date_created', 1);
  });
});

describe('writes', () => {
  const post = (path, body) => sb.call('POST', path, { body });
  const put = (path, body) => sb.call('PUT', path, { body });

  test('notes', async () => {
    const { body } = await post('activity/note/', { lead_id: busiest, note: 'a < b', no_such: 1 });
    assert.deepEqual([body.note, body.note_html, body.title, body.source, body.users,
      body.activity_at === body.date_created], ['a < b', '<body><p>a &lt; b</p></body>', null,
      'api', [], true]);
    assert.equal((await sb.get(`activity/?lead_id=${busiest}&_limit=1`)).body.data.length, 1);
    const html = (await put(`activity/note/${body.id}/`, { note: 'no', note_html: '<p>yes</p>',
      pinned: true })).body;
    assert.deepEqual([html.note, html.pinned, html.pinned_at !== null], ['yes', true, true]);
    const old = (await post('activity/note/', { lead_id: busiest,
      date_created: '2001-02-03T04:05:06Z' })).body;
    assert.deepEqual([old.date_created, old.activity_at, old.note],
      ['2001-02-03T04:05:06+00:00', '2001-02-03T04:05:06+00:00', '']);
    assert.deepEqual((await post('activity/note/', { note: 'x' })).body['field-errors'],
      { lead: 'This field is required.' });
    assert.equal((await sb.call('DELETE', `activity/note/${body.id}/`)).status, 200);
    assert.equal((await sb.get(`activity/note/${body.id}/`)).status, 404);
    assert.equal((await sb.call('POST', 'activity/meeting/', { body: {} })).status, 405);
  });

  test('calls', async () => {
    const owner = leads.flatMap((lead) => lead.contacts).find((c) => c.phones.length && c.lead_id);
    const number = owner.phones[0].phone;
    const { body } = await post('activity/call/', { phone: number, duration: 7,
      recording_url: 'https://x.test/a.mp3' });
    assert.equal(body.remote_phone, number);
    const owners = leads.flatMap((lead) => lead.contacts)
      .filter((c) => c.phones.some((p) => p.phone === number));
    assert.ok(owners.some((c) => c.lead_id === body.lead_id && c.id === body.contact_id));
    assert.deepEqual([body.source, body.call_method, body.status, body.has_recording, body.note],
      ['External', 'external', 'completed', true, null]);
    assert.match(body.recording_url, /^https:\/\/api\.close\.com\//);
    const patched = (await put(`activity/call/${body.id}/`, { duration: 9, recording_url: null,
      direction: 'inbound' })).body;
    assert.deepEqual([patched.duration, patched.recording_url, patched.direction],
      [9, null, 'outbound']);
    const inside = ofType('Call').find((row) => row.source === 'Close.io');
    assert.equal((await put(`activity/call/${inside.id}/`, { duration: 1 + inside.duration }))
      .status, 400);
  });

  test('status changes and new leads leave activities', async () => {
    const { id, status_id: before } = (await post('lead/', { name: 'Logged' })).body;
    const { data: statuses } = (await sb.get('status/lead/')).body;
    const next = statuses.find((status) => status.id !== before).id;
    await put(`lead/${id}/`, { status_id: next });
    await put(`lead/${id}/`, { name: 'No change of status' });
    const { data } = (await sb.get(`activity/?lead_id=${id}&_order_by=date_created`)).body;
    assert.deepEqual(data.map((row) => row._type).sort(), ['Created', 'LeadStatusChange']);
    const change = data.find((row) => row._type === 'LeadStatusChange');
    assert.deepEqual([change.old_status_id, change.new_status_id], [before, next]);
  });

  test('edits of somebody else', async () => {
    const { body } = await sb.control('POST', '/rows', { object: 'meetings', op: 'insert',
      row: { lead_id: busiest, title: 'Kickoff', starts_at: '2027-01-01T10:00:00Z' } });
    const [row] = body.rows;
    assert.equal(row.starts_at, '2027-01-01T10:00:00+00:00');
    assert.deepEqual((await sb.get(`activity/meeting/${row.id}/`)).body, row);
    const wrong = await sb.control('POST', '/rows', { object: 'notes', op: 'insert',
      row: { subject: 'x' } });
    assert.equal(wrong.status, 400);
  });
});

describe('search', () => {
  const field = (type, name) => regular(`activity.${type}`, name);
  const count = (type, ...arms) => sb.count(`activity.${type}`, ...arms);
  const term = (...values) => ({ type: 'term', values });
  const refused = async (type, arm) => {
    const { status, body } = await sb.search(and(objectType(`activity.${type}`), arm));
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(JSON.stringify(body), /does not belong to type/);
  };

  test('all types with rows, in date order', async () => {
    for (const [type, name] of [['Note', 'note'], ['Call', 'call'], ['Email', 'email'],
      ['SMS', 'sms'], ['Meeting', 'meeting'], ['LeadStatusChange', 'lead_status_change'],
      ['TaskCompleted', 'task_completed']]) {
      assert.equal(await count(name), ofType(type).length, type);
      const { data } = (await sb.search(objectType(`activity.${name}`), { _limit: 200,
        sort: asc(field(name, 'date_created')),
        _fields: { [`activity.${name}`]: ['date_created', 'lead_id'] } })).body;
      sorted(data, 'date_created', 1);
      assert.deepEqual(Object.keys(data[0]), ['__object_type', 'id', 'lead_id', 'date_created']);
    }
    assert.equal((await sb.search(objectType('activity.created'))).status, 400);
  });

  test('direction has words of its own', async () => {
    const inbound = ofType('Call').filter((row) => row.direction === 'inbound').length;
    const direction = (word) => count('call', where(field('call', 'direction'), term(word)));
    assert.deepEqual([await direction('incoming'), await direction('inbound')], [inbound, 0]);
    await sb.switches({ search_call_direction: 'inbound_outbound' });
    assert.deepEqual([await direction('incoming'), await direction('inbound')], [0, inbound]);
    assert.equal(await count('email', where(field('email', 'direction'), term('incoming'))),
      ofType('Email').filter((row) => row.direction === 'incoming').length);
  });

  test('dates, status, user, duration, text', async () => {
    const from = '2024-03-15T10:00:00.123Z';
    const range = { type: 'moment_range', on_or_after: utc(from) };
    for (const name of ['date_created', 'activity_at', 'date_updated']) {
      assert.equal(await count('call', where(field('call', name), range)), ofType('Call')
        .filter((row) => row[name] !== null && millis(row[name]) >= Date.parse(from)).length, name);
    }
    assert.equal(await count('call', where(field('call', 'status'), term('busy', 'failed'))),
      ofType('Call').filter((row) => ['busy', 'failed'].includes(row.status)).length);
    const user = ofType('Note').find((row) => row.user_id).user_id;
    assert.equal(await count('note', where(field('note', 'user_id'), { type: 'reference',
      reference_type: 'user_or_group', object_ids: [user] })),
    ofType('Note').filter((row) => row.user_id === user).length);
    assert.equal(await count('call', where(field('call', 'duration'),
      { type: 'number_range', gte: 600 })),
    ofType('Call').filter((row) => row.duration >= 600).length);
    const has = (row) => /(?<![\p{L}\p{N}\p{M}])acme(?![\p{L}\p{N}\p{M}])/iu.test(row.note);
    assert.equal(await count('note', where(field('note', 'note'), text('full_words', 'acme'))),
      ofType('Note').filter(has).length);
    const sent = ofType('Email').filter((row) => row.date_sent !== null);
    assert.equal(await count('email', where(field('email', 'date_sent'), { type: 'exists' })),
      sent.length);
  });

  test('leads by their activities, and counters', async () => {
    const calls = ofType('Call').filter((row) => row.duration > 1800).map((row) => row.lead_id);
    assert.equal(await sb.count('lead', { type: 'has_related', this_object_type: 'lead',
      related_object_type: 'activity.call', related_query: where(field('call', 'duration'),
        { type: 'number_range', gt: 1800 }) }), new Set(calls).size);
    const notes = (lead) => ofType('Note').filter((row) => row.lead_id === lead.id).length;
    assert.equal(await sb.count('lead', where(regular('lead', 'num_notes'),
      { type: 'number_range', gte: 2 })), leads.filter((lead) => notes(lead) >= 2).length);
    const later = ofType('Meeting').filter((row) => millis(row.starts_at)
      > Date.parse('2026-09-15T13:00:00Z')).map((row) => row.lead_id);
    assert.equal(await sb.count('lead', where(regular('lead', 'num_upcoming_meetings'),
      { type: 'number_range', gte: 1 })), new Set(later).size);
    const lead = (query) => sb.get(`lead/?_limit=0&query=${encodeURIComponent(query)}`)
      .then((answer) => answer.body.total_results);
    assert.equal(await lead('call(duration > 1800)'), new Set(calls).size);
    assert.equal(await lead('notes >= 2'), leads.filter((row) => notes(row) >= 2).length);
  });

  test('fields without evidence can be refused', async () => {
    const exists = { type: 'exists' };
    await sb.switches({ search_unconfirmed_fields: 'refuse' });
    for (const [type, names] of [['call', ['duration', 'user_id', 'date_updated']],
      ['note', ['note']], ['email', ['subject']]]) {
      for (const name of names) await refused(type, where(field(type, name), exists));
    }
    for (const [type, names] of [['lead', ['url', 'description', 'created_by', 'num_notes']],
      ['contact', ['title', 'lead_id']],
      ['opportunity', ['value', 'confidence', 'date_won', 'note', 'contact_id']]]) {
      for (const name of names) {
        const { status } = await sb.search(and(objectType(type), where(regular(type, name),
          exists)));
        assert.equal(status, 400, `${type} ${name}`);
      }
    }
    for (const [type, name] of [['lead', 'name'], ['lead', 'num_emails'], ['contact', 'name'],
      ['opportunity', 'status_type'], ['activity.call', 'direction'],
      ['activity.email', 'date_sent'], ['activity.note', 'activity_at']]) {
      assert.ok(await sb.count(type, where(regular(type, name), exists)) > 0, `${type} ${name}`);
    }
  });

  test('task as a type is unconfirmed', async () => {
    assert.equal(await sb.count('task'), 200);
    await sb.switches({ search_task_type: 'refuse' });
    assert.equal((await sb.search(objectType('task'))).status, 400);
    const { body } = await sb.search({ type: 'match_all' }, { _limit: 200 });
    assert.ok(body.data.every((row) => row.__object_type !== 'task'));
  });

  test('the index is late for activities too', async () => {
    await sb.reset({ switches: { index_lag: '45' } });
    const { body } = await sb.call('POST', 'activity/note/', { body: { lead_id: busiest } });
    const find = () => count('note', { type: 'id', value: body.id });
    assert.equal(await find(), 0);
    await sb.control('POST', '/clock', { advance_ms: 46_000 });
    assert.equal(await find(), 1);
  });
});

describe('smart views', () => {
  const view = (id) => ({ type: 'saved_search', saved_search_id: id });

  test('list by type, and by id', async () => {
    const { data, has_more: more } = (await sb.get('saved_search/')).body;
    assert.ok(data.length >= 6 && !more && data.every((row) => row.type === 'lead'));
    const names = data.map((row) => row.name);
    assert.equal(names.filter((name) => name === 'Follow up').length, 2);
    assert.ok(names.some((name) => name.includes('"') && /\p{Script=Han}/u.test(name)));
    assert.deepEqual((await sb.get(`saved_search/${data[2].id}/`)).body, data[2]);
    assert.equal((await sb.get('saved_search/save_none/')).status, 404);
    const both = (await sb.get('saved_search/?type__in=contact,opportunity&_fields=type')).body
      .data;
    assert.deepEqual(new Set(both.map((row) => row.type)), new Set(['contact', 'opportunity']));
    assert.equal((await sb.get('saved_search/?_limit=2&_skip=2')).body.data.length, 2);
    assert.equal((await sb.get('saved_search/?type=nonsense')).status, 400);
  });

  test('membership is what the query of the view finds; alone it brings its type', async () => {
    const views = await sb.exportRows('smart_views');
    for (const { id, type, s_query: query, query: legacy } of views) {
      const { body } = await sb.search(view(id), { include_counts: true, _limit: 200 });
      const object = type === 'call' ? 'activity.call' : type;
      assert.ok(body.data.every((row) => row.__object_type === object), type);
      const direct = query ? await sb.search(query.query, { include_counts: true })
        : await sb.search(and(objectType(type), { type: 'query_string', value: legacy }),
          { include_counts: true });
      assert.equal(body.count.total, direct.body.count.total);
      assert.ok(body.count.total > 0, id);
      assert.equal(await sb.count(object, view(id)), body.count.total);
      assert.equal(await sb.count(object, view(id), { ...view(id), negate: true }), 0);
    }
    assert.equal((await sb.search(view('save_none'))).status, 400);
  });

  test('other places that name a view', async () => {
    const [hot] = (await sb.get('saved_search/')).body.data;
    const inside = await sb.count('lead', view(hot.id));
    const query = encodeURIComponent(`in:"${hot.name}"`);
    assert.equal((await sb.get(`lead/?_limit=0&query=${query}`)).body.total_results, inside);
    const statuses = new Set(hot.s_query.query.queries[1].condition.object_ids);
    const leadIds = new Set(leads.filter((lead) => statuses.has(lead.status_id)).map((l) => l.id));
    assert.equal((await sb.get(`opportunity/?_limit=1&lead_saved_search_id=${hot.id}`)).body
      .total_results, (await sb.exportRows('opportunities')).filter((row) =>
      leadIds.has(row.lead_id)).length);
  });
});
