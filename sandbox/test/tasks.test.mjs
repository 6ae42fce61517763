// Tasks (close 4.4, 9.5).

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { millis, Sandbox } from './harness.mjs';

let sb;
let tasks;
before(async () => {
  sb = await Sandbox.start('--leads', '400', '--switch', 'index_lag=0');
  tasks = await sb.exportRows('tasks');
});
beforeEach(() => sb.reset());
after(() => sb.stop());

const list = async (query) => (await sb.get(`task/?_limit=200&${query}`)).body;
const total = async (query) => (await sb.get(`task/?_limit=1&${query}`)).body.total_results;
const expectAll = async (query, match) => {
  assert.equal(await total(`_type=all&${query}`), tasks.filter(match).length, query);
};
const day = (task) => task.date?.slice(0, 10) ?? null;
// A day counts as its midnight, an instant in whole seconds.
const second = (task) => Math.floor(Date.parse(task.date.length === 10
  ? `${task.date}T00:00:00Z` : task.date) / 1000);

describe('data', () => {
  test('all types, both spellings of date, dateless ones, and what only some types have', () => {
    const types = new Set(tasks.map((task) => task._type));
    assert.equal(types.size, 9);
    assert.ok(tasks.some((task) => task.date?.length === 10));
    assert.ok(tasks.some((task) => task.date?.length > 19));
    assert.ok(tasks.some((task) => task.date === null));
    for (const task of tasks) {
      assert.match(task.id, task._type === 'lead' ? /^task_/ : /^noti_/);
      assert.equal(task.due_date, task.is_dateless ? null : task.date);
      assert.equal('voicemail_url' in task, ['outgoing_call', 'missed_call', 'voicemail',
        'answered_detached_call'].includes(task._type));
      assert.equal('email_id' in task, ['incoming_email', 'email_followup'].includes(task._type));
      assert.equal('opportunity_value' in task, task._type === 'opportunity_due');
    }
    assert.ok(tasks.some((task) => /\p{Script=Cyrillic}/u.test(task.text ?? '')));
    assert.ok(tasks.some((task) => task.text === null) && tasks.some((task) => task.text === ''));
  });

  test('a completed task and its activity point at each other', async () => {
    const done = (await sb.exportRows('activities')).filter((row) => row._type === 'TaskCompleted');
    const byId = new Map(tasks.map((task) => [task.id, task]));
    assert.ok(done.length > 5);
    for (const row of done) {
      const task = byId.get(row.task_id);
      assert.deepEqual([task.object_id, task.object_type, task.is_complete, task.view,
        task.lead_id], [row.id, 'taskcompleted', true, 'archive', row.lead_id]);
      assert.ok(!('contact_id' in row));
    }
  });

  test('automatic tasks are about rows that exist', async () => {
    const known = new Set([...await sb.exportRows('activities'),
      ...await sb.exportRows('opportunities')].map((row) => row.id));
    const about = tasks.filter((task) => task.object_id !== null);
    assert.ok(about.length > 50 && about.every((task) => known.has(task.object_id)));
  });

  test('leads carry their tasks', async () => {
    const [{ lead_id: id }] = tasks;
    const lead = (await sb.get(`lead/${id}/`)).body;
    assert.deepEqual(lead.tasks.map((task) => task.id).sort(),
      tasks.filter((task) => task.lead_id === id).map((task) => task.id).sort());
  });
});

describe('list', () => {
  test('without _type only tasks of type lead', async () => {
    const plain = tasks.filter((task) => task._type === 'lead');
    assert.equal(await total(''), plain.length);
    assert.equal(await total('_type=all'), tasks.length);
    assert.equal(await total('_type=voicemail'),
      tasks.filter((task) => task._type === 'voicemail').length);
    assert.equal(await total('_type__in=lead,voicemail'), tasks.filter((task) =>
      ['lead', 'voicemail'].includes(task._type)).length);
    const other = tasks.find((task) => task._type !== 'lead');
    assert.equal(await total(`id__in=${other.id}`), 0);
    assert.equal((await sb.get('task/?_type=nonsense')).status, 400);
  });

  test('pages give every row once, newest first', async () => {
    const seen = [];
    for (let more = true; more;) {
      const { body } = await sb.get(`task/?_type=all&_limit=90&_skip=${seen.length}`);
      seen.push(...body.data);
      more = body.has_more;
    }
    assert.deepEqual(seen.map((task) => task.id).sort(), tasks.map((task) => task.id));
    const times = seen.map((task) => millis(task.date_created));
    assert.deepEqual(times, [...times].sort((a, b) => b - a));
    assert.match((await sb.get('task/?_limit=201')).body['field-errors']._limit, /equal to 200/);
    assert.match((await sb.get('task/?_skip=250001')).body.error, /max_skip = 250000/);
  });

  test('ids, leads, owners, completion', async () => {
    const [a, b] = [tasks[1], tasks[5]];
    await expectAll(`id=${a.id}`, (task) => task.id === a.id);
    await expectAll(`id__in=${a.id},${b.id},task_none`, (task) => [a.id, b.id].includes(task.id));
    await expectAll(`id__in=${a.id},${b.id}&lead_id=${b.lead_id}`, (task) =>
      [a.id, b.id].includes(task.id) && task.lead_id === b.lead_id);
    await expectAll(`lead_id=${a.lead_id}`, (task) => task.lead_id === a.lead_id);
    await expectAll(`assigned_to=${a.assigned_to}`, (task) => task.assigned_to === a.assigned_to);
    await expectAll('is_complete=false', (task) => !task.is_complete);
    await expectAll(`is_complete=true&assigned_to=${a.assigned_to}`, (task) => task.is_complete
      && task.assigned_to === a.assigned_to);
    assert.equal((await sb.get('task/?is_complete=maybe')).status, 400);
  });

  test('instants in whole seconds', async () => {
    const at = tasks.find((task) => /\.\d+\+/.test(task.date_created)).date_created;
    const bound = Math.floor(millis(at) / 1000);
    const value = encodeURIComponent(at);
    for (const [op, match] of [['gt', (s) => s > bound], ['gte', (s) => s >= bound],
      ['lt', (s) => s < bound], ['lte', (s) => s <= bound]]) {
      for (const field of ['date_created', 'date_updated']) {
        await expectAll(`${field}__${op}=${value}`,
          (task) => match(Math.floor(millis(task[field]) / 1000)));
      }
    }
  });

  test('date compares days with instants, by either reading', async () => {
    const has = tasks.filter((task) => task.date !== null);
    const some = has.find((task) => task.date.length > 19);
    const from = day(some);
    const midnight = Date.parse(`${from}T00:00:00Z`) / 1000;
    await expectAll(`date__gte=${from}`, (task) => task.date !== null && second(task) >= midnight);
    await expectAll(`date__lte=${from}`, (task) => task.date !== null && second(task) <= midnight);
    await expectAll(`due_date__gte=${from}`, (task) => task.due_date !== null
      && second(task) >= midnight);
    await sb.switches({ task_date_compare: 'day' });
    await expectAll(`date__lte=${from}`, (task) => task.date !== null && day(task) <= from);
    await expectAll(`date=${from}`, (task) => day(task) === from);
    assert.equal((await sb.get('task/?date__gt=soon')).status, 400);
  });

  test('view, by the caller\'s day, overrides some bounds', async () => {
    for (const view of ['inbox', 'future', 'archive']) {
      await expectAll(`view=${view}`, (task) => task.view === view);
    }
    await expectAll('view=future&date__gte=2999-01-01', (task) => task.view === 'future');
    await sb.control('POST', '/clock', { set: '2026-09-15T23:00:00Z', freeze: true });
    const made = (await sb.call('POST', 'task/', { body: { lead_id: tasks[0].lead_id, text: 'x',
      date: '2026-09-16' } })).body;
    assert.equal(made.view, 'future');
    const read = async (offset) => (await sb.get(`task/?id=${made.id}&view=inbox`,
      { headers: { 'x-tz-offset': offset } })).body.data.map((task) => task.view);
    assert.deepEqual(await read('0'), []);
    assert.deepEqual(await read('2'), ['inbox']);
  });

  test('orders, nulls by switch', async () => {
    for (const sign of ['', '-']) {
      const { data } = await list(`_type=all&_order_by=${sign}date`);
      const keys = data.filter((task) => task.date !== null).map(second);
      assert.deepEqual(keys, [...keys].sort((a, b) => (sign ? b - a : a - b)));
      const created = (await list(`_type=all&_order_by=${sign}date_created`)).data
        .map((task) => millis(task.date_created));
      assert.deepEqual(created, [...created].sort((a, b) => (sign ? b - a : a - b)));
    }
    await sb.switches({ list_null_order: 'first' });
    assert.equal((await list('_type=all&_order_by=date')).data[0].date, null);
    assert.equal((await sb.get('task/?_order_by=text')).status, 400);
  });

  test('_fields', async () => {
    const { data } = await list('_type=voicemail&_fields=id,voicemail_url');
    for (const row of data) assert.deepEqual(Object.keys(row).sort(), ['id', 'voicemail_url']);
  });
});

describe('writes', () => {
  const post = (body) => sb.call('POST', 'task/', { body });
  const put = (id, body) => sb.call('PUT', `task/${id}/`, { body });

  test('defaults of a new task', async () => {
    const { status, body } = await post({ lead_id: tasks[0].lead_id, text: 'Call back' });
    assert.equal(status, 200);
    assert.deepEqual([body.is_dateless, body.date, body.due_date, body.view, body.is_complete,
      body.priority, body._type], [true, '2026-09-15', null, 'inbox', false, 'medium', 'lead']);
    const later = (await post({ lead_id: tasks[0].lead_id, text: 'y', date: '2026-12-24' })).body;
    assert.deepEqual([later.is_dateless, later.due_date, later.view],
      [false, '2026-12-24', 'future']);
    assert.deepEqual((await post({ text: 'x' })).body['field-errors'],
      { lead: 'This field is required.' });
    assert.equal((await post({ lead_id: tasks[0].lead_id, _type: 'voicemail' })).status, 400);
    assert.equal((await post({ lead_id: tasks[0].lead_id, _type: 'outgoing_call' })).status, 400);
  });

  test('completing leaves an activity; text belongs to lead tasks', async () => {
    const open = tasks.find((task) => task._type === 'lead' && !task.is_complete);
    const done = (await put(open.id, { is_complete: true, text: 'new' })).body;
    assert.deepEqual([done.view, done.object_type, done.text], ['archive', 'taskcompleted', 'new']);
    const log = (await sb.get(`activity/task_completed/${done.object_id}/`)).body;
    assert.deepEqual([log.task_id, log.task_text, log.lead_id], [open.id, 'new', open.lead_id]);
    const other = tasks.find((task) => task._type === 'voicemail');
    assert.equal((await put(other.id, { text: 'new' })).body.text, other.text);
    assert.equal((await sb.call('DELETE', `task/${other.id}/`)).status, 200);
    assert.deepEqual((await sb.get(`task/${other.id}/`)).body,
      { error: 'Empty query: Task matching query does not exist.' });
  });

  test('a deleted lead takes its tasks and activities along', async () => {
    const lead = tasks[0].lead_id;
    await sb.call('DELETE', `lead/${lead}/`);
    assert.equal(await total(`_type=all&lead_id=${lead}`), 0);
    assert.equal((await sb.get(`activity/?lead_id=${lead}`)).body.data.length, 0);
    assert.equal((await sb.get(`task/${tasks[0].id}/`)).status, 404);
  });
});
