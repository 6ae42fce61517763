// The control port, determinism, edits, mutants, bench mode and the command line.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { after, before, beforeEach, describe, test } from 'node:test';
import { and, asc, objectType, or, regular, Sandbox, text, utc, where } from './harness.mjs';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));
const sha = (s) => createHash('sha256').update(s).digest('hex');
const created = regular('lead', 'date_created');

let sb;
before(async () => {
  sb = await Sandbox.start('--leads', '300');
});
beforeEach(() => sb.reset());
after(() => sb.stop());

async function hashes(box) {
  const out = {};
  for (const object of ['leads', 'contacts', 'opportunities', 'users', 'tasks', 'activities',
    'smart_views']) {
    out[object] = sha(await box.exportText(object));
  }
  return out;
}

describe('determinism', () => {
  test('the same seed gives the same rows, another seed others', async () => {
    const first = await hashes(sb);
    const other = await Sandbox.start('--leads', '300', '--clock', 'real');
    assert.deepEqual(await hashes(other), first);
    await other.stop();
    await sb.reset({ seed: 2 });
    const second = await hashes(sb);
    for (const object of Object.keys(first)) assert.notEqual(second[object], first[object]);
    await sb.reset();
    assert.deepEqual(await hashes(sb), first);
  });

  test('the export is what GET by id answers', async () => {
    const paths = { leads: 'lead', contacts: 'contact', opportunities: 'opportunity',
      tasks: 'task', notes: 'activity/note', calls: 'activity/call', emails: 'activity/email',
      sms: 'activity/sms', meetings: 'activity/meeting', smart_views: 'saved_search' };
    for (const [object, path] of Object.entries(paths)) {
      const rows = await sb.exportRows(object);
      assert.ok(rows.length > 5, object);
      assert.deepEqual(rows.map((r) => r.id), rows.map((r) => r.id).sort());
      for (const row of rows.slice(0, 5)) {
        assert.deepEqual((await sb.get(`${path}/${row.id}/`)).body, row);
      }
    }
  });

  test('the data has the oddities it promises', async () => {
    const leads = await sb.exportRows('leads');
    const opportunities = await sb.exportRows('opportunities');
    const all = JSON.stringify(leads);
    for (const script of ['Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Devanagari', 'Han', 'Hangul',
      'Thai', 'Georgian', 'Katakana']) {
      assert.match(all, new RegExp(`\\p{Script=${script}}`, 'u'), script);
    }
    assert.match(all, /\p{Emoji_Presentation}/u);
    assert.ok(leads.some((l) => l.description.length > 20_000));
    assert.ok(leads.some((l) => l.name === null) && leads.some((l) => l.name === ''));
    assert.ok(all.includes('0001-01-01') && all.includes('9999-12-31'));
    assert.ok(leads.some((l) => /:\d\d\+00:00$/.test(l.date_created)));
    assert.ok(leads.some((l) => /\.\d{3}000\+00:00$/.test(l.date_created)));
    assert.ok(opportunities.some((o) => o.value === 2 ** 53));
    assert.ok(opportunities.some((o) => o.value === null));
    assert.ok(opportunities.every((o) => o.value === null || o.value >= 0));
    const [{ id }] = (await sb.get('me/')).body.organizations;
    const { body } = await sb.get(`organization/${id}/`);
    const left = body.inactive_memberships.map((m) => m.user_id);
    assert.ok(left.length > 0);
    assert.ok(opportunities.some((o) => left.includes(o.user_id)));
  });
});

describe('control', () => {
  test('state lists switches, mutants, counts and credentials', async () => {
    const { body } = await sb.control('GET', '/state');
    assert.equal(body.seed, 1);
    assert.equal(body.counts.leads, 300);
    assert.deepEqual(body.switches.gzip.allowed, ['on', 'off']);
    assert.ok(Object.keys(body.mutants.available).length >= 22);
    assert.equal(body.close.api_key, sb.close.api_key);
  });

  test('unknown names are refused and change nothing', async () => {
    const bad = [['/switches', { nope: 'x' }], ['/switches', { gzip: 'maybe' }],
      ['/mutants', ['nope']], ['/reset', { sed: 1 }], ['/reset', { counts: { cats: 1 } }],
      ['/reset', { switches: { nope: '1' } }], ['/reset', { mutants: ['nope'] }],
      ['/clock', { set: 'soon' }], ['/rows', { object: 'cats', op: 'insert' }],
      ['/rows', { object: 'leads', op: 'insert', row: { nmae: 'x' } }]];
    for (const [path, body] of bad) {
      const { status } = await sb.control('POST', path, body);
      assert.equal(status, 400, `${path} ${JSON.stringify(body)}`);
    }
    assert.equal((await sb.control('GET', '/nothing')).status, 404);
    assert.equal((await sb.control('GET', '/state')).body.counts.leads, 300);
  });

  test('the clock can be set, moved and frozen', async () => {
    await sb.control('POST', '/clock', { set: '2030-01-01T00:00:00Z', freeze: true });
    await sb.control('POST', '/clock', { advance_ms: 1500 });
    const { now, frozen } = (await sb.control('GET', '/state')).body.clock;
    assert.deepEqual([now, frozen], ['2030-01-01T00:00:01.500Z', true]);
    const { rows } = (await sb.control('POST', '/rows', { object: 'contacts', op: 'insert',
      row: { name: 'N', emails: [{ email: 'n@n.test' }] } })).body;
    assert.equal(rows[0].date_created, '2030-01-01T00:00:01.500000+00:00');
    assert.equal(rows[0].title, '');
    await sb.control('POST', '/clock', { real: true });
    const real = (await sb.control('GET', '/state')).body.clock.now;
    assert.ok(Math.abs(Date.parse(real) - Date.now()) < 5000);
  });

  test('edits move rows between leads and cascade', async () => {
    const leads = await sb.exportRows('leads');
    const from = leads.find((l) => l.contacts.length > 0 && l.opportunities.length > 0);
    const to = leads.find((l) => l.contacts.length === 0);
    const [moved] = from.contact_ids;
    const edit = (body) => sb.control('POST', '/rows', { provider: 'close', ...body });
    await edit({ object: 'contacts', op: 'update', id: moved, row: { lead_id: to.id } });
    assert.deepEqual((await sb.get(`lead/${to.id}/`)).body.contact_ids, [moved]);
    assert.ok(!(await sb.get(`lead/${from.id}/`)).body.contact_ids.includes(moved));
    await edit({ object: 'leads', op: 'delete', id: from.id });
    assert.equal((await sb.get(`opportunity/${from.opportunities[0].id}/`)).status, 404);
    assert.equal((await sb.get(`contact/${moved}/`)).status, 200);
    const counts = (await sb.control('GET', '/state')).body.counts;
    assert.equal(counts.leads, 299);
  });
});

// Each mutant must change what a reader sees: {name: probe}; the probe's answers must differ.
const READ = { skip_off_by_one: 'lead/?_limit=50&_skip=50&_fields=id',
  duplicate_row: 'lead/?_limit=50&_skip=50&_fields=id', has_more_early: 'lead/?_limit=250&_skip=0',
  total_off_by_one: 'lead/?_limit=1&_fields=id', int32_values: 'opportunity/?_order_by=-value',
  filter_ignored: 'opportunity/?status_type=won&_fields=id',
  last_value_ignored: 'opportunity/?status_type__in=won,lost&_fields=id',
  bounds_swapped: 'opportunity/?date_created__gt=2024-03-15T10:00:00&_fields=id&_limit=0',
  order_reversed: 'opportunity/?_order_by=confidence&_fields=confidence',
  null_order: 'opportunity/?_order_by=value&_limit=1&_fields=value',
  aggregates_of_page: 'opportunity/?_limit=5&_fields=id',
  page_shifts_while_reading: 'task/?_type=all&_limit=20&_skip=60&_fields=id' };
const count = (...arms) => async () => sb.count('lead', ...arms);
const name = regular('lead', 'name');
const acme = where(name, text('full_words', 'aCME'));
// Answers of a GET for each of some ids.
const byId = async (object) => {
  const { data } = (await sb.get(`${object}/?_limit=20&_fields=id`)).body;
  return Promise.all(data.map(({ id }) => sb.get(`${object}/${id}/?_fields=id`)
    .then((answer) => answer.body.id)));
};
const ofOneLead = async () => {
  const [{ lead_id: lead }] = (await sb.get('activity/note/?_limit=1&_skip=9')).body.data;
  const read = async (path) =>
    (await sb.get(`${path}/?lead_id=${lead}&_fields=id`)).body.data.length;
  return Promise.all(['contact', 'opportunity', 'task', 'activity', 'activity/note'].map(read));
};
const PROBES = {
  keyset_bound_exclusive: count(where(created, { type: 'moment_range',
    on_or_after: utc('2024-03-15T10:00:00.123Z') })),
  index_forgets: count(),
  id_get_other: () => byId('lead'),
  wrong_lead: ofOneLead,
  lost_or: count(or(where(name, text('full_words', 'zzz')), acme)),
  negate_loses_nulls: count(where(regular('lead', 'description'), { type: 'exists' }, true)),
  prefix_needs_word: count(where(name, text('beginning_of_words', 'acm'))),
  number_bounds_open: count(where(regular('lead', 'num_contacts'),
    { type: 'number_range', gte: 2, lte: 2 })),
  related_any: count({ type: 'has_related', this_object_type: 'lead',
    related_object_type: 'contact', related_query: where(regular('contact', 'name'),
      text('full_words', 'zzz')) }),
  cursor_off_by_one: async () => {
    let n = 0;
    let cursor = null;
    do {
      const { body } = await sb.search(objectType('lead'), { _limit: 100, cursor });
      n += body.data.length;
      ({ cursor } = body);
    } while (cursor);
    return n;
  },
  id_in_drops_last: async () => {
    const { data } = (await sb.get('user/?_fields=id')).body;
    assert.ok(data.length);
    const leads = (await sb.get('lead/?_limit=3&_fields=id')).body.data.map((l) => l.id).sort();
    return (await sb.get(`lead/?_fields=id&id__in=${leads}`)).body.data.length;
  },
  shifted_by_own_write: async () => {
    const { data } = (await sb.get('contact/?_limit=1&_skip=5&_fields=id')).body;
    await sb.control('POST', '/rows', { object: 'contacts', op: 'update', id: data[0].id,
      row: { title: 'x' } });
    return (await sb.get('contact/?_limit=1&_skip=5&_fields=id')).body.data[0].id;
  },
  stale_get: async () => {
    await sb.switches({ index_lag: '45' });
    const [{ id }] = (await sb.get('lead/?_limit=1&_fields=id')).body.data;
    await sb.control('POST', '/rows', { object: 'leads', op: 'update', id, row: { name: 'New' } });
    return (await sb.get(`lead/${id}/?_fields=name`)).body.name;
  },
};

describe('mutants', () => {
  test('every mutant is seen by a probe', async () => {
    const { available } = (await sb.control('GET', '/state')).body.mutants;
    for (const mutant of Object.keys(available)) {
      const path = READ[mutant] && READ[mutant].replace('_limit=250', '_limit=150');
      const probe = PROBES[mutant] ?? (async () => (await sb.get(path)).text);
      assert.ok(PROBES[mutant] || path, `no probe for ${mutant}`);
      await sb.reset();
      const right = await probe();
      await sb.reset({ mutants: [mutant] });
      assert.notDeepEqual(await probe(), right, mutant);
      await sb.reset();
      assert.deepEqual(await probe(), right, mutant);
    }
  });

  test('date bounds of a search are swapped too', async () => {
    const arm = where(created, { type: 'moment_range',
      on_or_after: utc('2024-03-15T10:00:00.123Z') });
    const right = await sb.count('lead', arm);
    await sb.control('POST', '/mutants', ['bounds_swapped']);
    assert.ok(await sb.count('lead', arm) < right);
  });
});

describe('bench mode', () => {
  test('serves the same page again, until something changes; logs nothing', async () => {
    const bench = await Sandbox.start('--leads', '50', '--bench', '--switch', 'index_lag=0');
    const page = async () => (await bench.search(and(objectType('lead')),
      { sort: asc(created), _limit: 10 })).text;
    const first = await page();
    assert.equal(await page(), first);
    await bench.control('POST', '/clock', { advance_ms: 60_000 });
    assert.notEqual(await page(), first);
    assert.deepEqual((await bench.control('GET', '/log')).body.entries, []);
    await bench.stop();
  });
});

describe('command line', () => {
  const run = (...args) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

  test('unknown flags and values end with a usage line', () => {
    for (const args of [['--provider', 'close', '--nope'], ['--provider', 'x'], [],
      ['--provider', 'close', '--leads', 'many'], ['--provider', 'close', '--clock', 'soon']]) {
      const { status, stderr, stdout } = run(...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, /usage: /);
      assert.equal(stdout, '');
    }
    const bad = run('--provider', 'close', '--switch', 'gzip=maybe');
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /switch gzip takes on\|off/);
    assert.equal(run('--provider', 'close', '--mutant', 'nope').status, 1);
  });

  test('start-up switches and mutants survive a reset', async () => {
    const other = await Sandbox.start('--leads', '5', '--switch', 'gzip=off',
      '--mutant', 'lost_or');
    await other.control('POST', '/switches', { gzip: 'on' });
    await other.control('POST', '/reset', {});
    const { switches, mutants } = (await other.control('GET', '/state')).body;
    assert.equal(switches.gzip.value, 'off');
    assert.deepEqual(mutants.active, ['lost_or']);
    await other.stop();
  });
});
