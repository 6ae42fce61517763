// Advanced filtering (close 5).

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { and, asc, custom, desc, millis, objectType, or, regular, Sandbox, text, utc, where }
  from './harness.mjs';

let sb;
let leads;
let contacts;
let opportunities;
let fields;
before(async () => {
  sb = await Sandbox.start('--leads', '400', '--switch', 'index_lag=0');
  leads = await sb.exportRows('leads');
  contacts = await sb.exportRows('contacts');
  opportunities = await sb.exportRows('opportunities');
  const { custom_fields: list } = (await sb.control('GET', '/state')).body.close;
  fields = Object.fromEntries(list.map((f) => [`${f.object} ${f.name}`, f.id]));
});
beforeEach(() => sb.reset());
after(() => sb.stop());

const name = regular('lead', 'name');
const created = regular('lead', 'date_created');
const exists = { type: 'exists' };
const refused = async (query, pattern, more) => {
  const { status, body } = await sb.search(query, more);
  assert.equal(status, 400, JSON.stringify(body));
  assert.match(JSON.stringify(body), pattern);
};

describe('envelope', () => {
  test('without _fields only the type and the id come back', async () => {
    const { body } = await sb.search(objectType('lead'), { _limit: 1 });
    assert.deepEqual(Object.keys(body.data[0]), ['__object_type', 'id']);
    assert.ok(!('count' in body) && !('has_more' in body));
  });

  test('counts, results_limit and _limit', async () => {
    const { body } = await sb.search(objectType('lead'),
      { results_limit: 0, include_counts: true });
    assert.deepEqual(body, { data: [], cursor: null, count: { limited: 0, total: 400 } });
    const ten = (await sb.search(objectType('lead'), { results_limit: 10, _limit: 200,
      include_counts: true })).body;
    assert.equal(ten.data.length, 10);
    assert.deepEqual(ten.count, { limited: 10, total: 400 });
    await refused(objectType('lead'), /less than or equal to 200/, { _limit: 201 });
  });

  test('without a type node rows of several types come back', async () => {
    const { body } = await sb.search({ type: 'match_all' }, { _limit: 200 });
    const types = new Set(body.data.map((row) => row.__object_type));
    for (const type of ['lead', 'contact', 'opportunity', 'activity.note']) {
      assert.ok(types.has(type), type);
    }
  });

  test('selectors: too many, deleted custom field, unknown name, custom', async () => {
    const many = Array.from({ length: 101 }, (_, i) => `x${i}`);
    await refused(objectType('lead'), /List is too long\./, { _fields: { lead: many } });
    await refused(objectType('lead'), /custom\.cf_gone/, { _fields: { lead: ['custom.cf_gone'] } });
    const row = leads.find((l) => Object.keys(l).some((k) => k.startsWith('custom.cf_')));
    const keys = Object.keys(row).filter((k) => k.startsWith('custom.cf_')).sort();
    const one = async () => (await sb.search(and(objectType('lead'),
      { type: 'id', value: row.id }), { _fields: { lead: ['nope', 'custom'] } })).body.data[0];
    assert.deepEqual(Object.keys(await one()).filter((k) => k.startsWith('custom')).sort(), keys);
    await sb.switches({ search_custom_selector: 'nested' });
    assert.deepEqual(Object.keys((await one()).custom).map((k) => `custom.${k}`).sort(), keys);
  });

  test('timestamps come with a space or a T', async () => {
    const stamps = async () => (await sb.search(objectType('lead'), { _limit: 1,
      _fields: { lead: ['date_created', 'date_updated'] } })).body.data[0];
    const mixed = await stamps();
    assert.equal(mixed.date_created[10] + mixed.date_updated[10], ' T');
    await sb.switches({ search_timestamps: 'T' });
    assert.equal((await stamps()).date_created[10], 'T');
  });
});

describe('cursors', () => {
  const page = (cursor) => sb.search(objectType('lead'), { _limit: 150, cursor });

  test('walk everything once', async () => {
    const seen = [];
    let cursor = null;
    do {
      const { body } = await page(cursor);
      seen.push(...body.data.map((row) => row.id));
      ({ cursor } = body);
    } while (cursor);
    assert.deepEqual(seen.sort(), leads.map((l) => l.id).sort());
  });

  test('die after 30 seconds of the sandbox clock', async () => {
    const { cursor } = (await page(null)).body;
    await sb.control('POST', '/clock', { advance_ms: 29_000 });
    assert.equal((await page(cursor)).status, 200);
    await sb.control('POST', '/clock', { advance_ms: 2_000 });
    const { status, body } = await page(cursor);
    assert.equal(status, 400);
    assert.deepEqual(body, { 'field-errors': { cursor: 'Expired cursor' } });
  });

  test('end at 10,000 objects with a 400', async () => {
    await sb.reset({ counts: { leads: 10_300, contacts: 0, opportunities: 0 } });
    let cursor = null;
    let rows = 0;
    let last;
    do {
      last = await sb.search(objectType('lead'), { _limit: 200, cursor, sort: asc(created) });
      rows += last.body.data?.length ?? 0;
      ({ cursor } = last.body);
    } while (cursor);
    assert.equal(rows, 10_000);
    assert.equal(last.status, 400);
    assert.ok(last.body['field-errors'].cursor);
  });
});

describe('keyset', () => {
  test('fresh queries by date_created read everything, plateaus included', async () => {
    const seen = new Set();
    let bound = null;
    for (;;) {
      const arms = bound === null ? [] : [where(created, { type: 'moment_range',
        on_or_after: utc(new Date(bound).toISOString()) })];
      const { data } = (await sb.search(and(objectType('lead'), ...arms), { _limit: 200,
        sort: asc(created), _fields: { lead: ['id', 'date_created'] } })).body;
      const before = seen.size;
      for (const row of data) seen.add(row.id);
      bound = millis(data.at(-1).date_created);
      if (data.length < 200 || seen.size === before) break;
    }
    assert.equal(seen.size, 400);
  });

  test('ties come in another order each time; sorted both ways', async () => {
    const read = async (sort) => (await sb.search(objectType('lead'), { _limit: 200, sort,
      _fields: { lead: ['date_created'] } })).body.data;
    const first = await read(asc(created));
    const times = first.map((row) => millis(row.date_created));
    assert.deepEqual(times, [...times].sort((a, b) => a - b));
    const orders = new Set();
    const tie = leads.map((l) => millis(l.date_created)).sort((a, b) => a - b);
    assert.ok(new Set(tie).size < tie.length);
    for (let i = 0; i < 8; i++) {
      orders.add((await sb.search(and(objectType('lead'), where(created, { type: 'moment_range',
        on_or_after: utc('2024-03-15T10:00:00.123Z'), before: utc('2024-03-15T10:00:00.124Z') })),
      { sort: desc(created) })).body.data.map((row) => row.id).join());
    }
    assert.ok(orders.size > 1);
  });
});

describe('narrow searches', () => {
  const updated = regular('lead', 'date_updated');
  const between = (field, from, to) => where(field, { type: 'moment_range',
    on_or_after: utc(new Date(from).toISOString()), before: utc(new Date(to).toISOString()) });

  test('ids and ranges, whatever the sort, give what a look at every row gives', async () => {
    const times = leads.flatMap((l) => [millis(l.date_created), millis(l.date_updated)])
      .sort((a, b) => a - b);
    for (const [from, to] of [[10, 14], [100, 420], [5, 790], [700, 705]]) {
      const [low, high] = [times[from], times[to]];
      const inside = (l, name) => millis(l[name]) >= low && millis(l[name]) < high;
      for (const names of [['date_created'], ['date_updated'], ['date_created', 'date_updated']]) {
        const arms = names.map((n) => between(regular('lead', n), low, high));
        const wanted = leads.filter((l) => names.every((n) => inside(l, n)));
        for (const sort of [asc(created), desc(updated), asc(name), []]) {
          const { body } = await sb.search(and(and(objectType('lead'), ...arms)), { sort,
            _limit: 200, include_counts: true });
          assert.equal(body.count.total, wanted.length);
          const ids = new Set(wanted.map((l) => l.id));
          assert.equal(body.data.length, Math.min(wanted.length, 200));
          assert.ok(body.data.every((row) => ids.has(row.id)));
        }
        assert.equal(await sb.count('lead', ...arms), wanted.length);
        assert.equal(await sb.count('lead', ...arms.map((arm) => ({ ...arm, negate: true }))),
          leads.filter((l) => names.every((n) => !inside(l, n))).length);
      }
    }
    const some = leads.slice(0, 30).map((l) => ({ type: 'id', value: l.id }));
    const early = leads.slice(0, 30).filter((l) => millis(l.date_created) < times[400]);
    assert.equal(await sb.count('lead', or(...some, { type: 'id', value: 'lead_none' }),
      between(created, 0, times[400])), early.length);
    assert.equal(await sb.count('lead', or(...some, between(created, 0, times[400]))),
      leads.filter((l) => leads.indexOf(l) < 30 || millis(l.date_created) < times[400]).length);
  });
});

describe('conditions', () => {
  const tokens = (s) => new Set((s ?? '').toLowerCase().match(/[\p{L}\p{N}\p{M}]+/gu));

  test('text', async () => {
    const full = await sb.count('lead', where(name, text('full_words', 'ACME ltd')));
    assert.equal(full, leads.filter((l) => tokens(l.name).has('acme')
      && tokens(l.name).has('ltd')).length);
    const prefix = await sb.count('lead', where(name, text('beginning_of_words', 'acm')));
    assert.ok(prefix >= full && prefix > 0);
    const odd = leads.find((l) => (l.name ?? '').toLowerCase() === 'acme') ?? leads[0];
    assert.ok(await sb.count('lead', where(name, text('exact_value', odd.name.toUpperCase()))) > 0);
    await sb.switches({ search_exact_case: 'sensitive' });
    assert.equal(await sb.count('lead', where(name, text('exact_value', odd.name))),
      leads.filter((l) => l.name === odd.name).length);
    await refused(where(name, text('contains', 'x')), /unknown text mode/);
    await sb.switches({ search_case: 'sensitive' });
    const exact = (s) => new Set((s ?? '').match(/[\p{L}\p{N}\p{M}]+/gu));
    for (const word of ['ACME', 'acme', 'Acme', 'aCME']) {
      assert.equal(await sb.count('lead', where(name, text('full_words', word))),
        leads.filter((l) => exact(l.name).has(word)).length, word);
    }
  });

  test('e-mail tokens match an address that contains them', async () => {
    const email = { type: 'has_related', this_object_type: 'contact',
      related_object_type: 'contact_email',
      related_query: where(regular('contact_email', 'email'), text('full_words', 'x@y.test')) };
    const has = (l) => l.contacts.some((c) => c.emails.some((e) => e.email === 'x@y.test'));
    assert.equal(await sb.count('contact', email), contacts.filter((c) =>
      c.emails.some((e) => e.email === 'x@y.test')).length);
    assert.equal(await sb.count('lead', { type: 'has_related', this_object_type: 'lead',
      related_object_type: 'contact', related_query: email }), leads.filter(has).length);
  });

  test('references, terms, numbers', async () => {
    const ids = [leads[0].status_id, leads[1].status_id];
    assert.equal(await sb.count('lead', where(regular('lead', 'status_id'),
      { type: 'reference', reference_type: 'status.lead', object_ids: ids })),
    leads.filter((l) => ids.includes(l.status_id)).length);
    assert.equal(await sb.count('opportunity', where(regular('opportunity', 'status_type'),
      { type: 'term', values: ['won', 'lost'] })),
    opportunities.filter((o) => o.status_type !== 'active').length);
    const value = regular('opportunity', 'value');
    assert.equal(await sb.count('opportunity', where(value,
      { type: 'number_range', gte: 50_000, lt: 1_000_000 })),
    opportunities.filter((o) => o.value !== null && o.value >= 50_000 && o.value < 1_000_000)
      .length);
    await sb.switches({ search_money_unit: 'major' });
    assert.equal(await sb.count('opportunity', where(value, { type: 'number_range', gte: 500 })),
      opportunities.filter((o) => o.value !== null && o.value >= 50_000).length);
  });

  test('moments: [a, b), which is mandatory, relative ones', async () => {
    const at = leads.find((l) => /\.\d+\+/.test(l.date_created)).date_created;
    const iso = new Date(millis(at)).toISOString();
    const count = (range) => sb.count('lead', where(created, { type: 'moment_range', ...range }));
    const after = await count({ on_or_after: utc(iso) });
    const before = await count({ before: utc(iso), on_or_after: null });
    assert.equal(after, leads.filter((l) => millis(l.date_created) >= millis(at)).length);
    assert.equal(after + before, 400);
    const day = (which) => ({ type: 'fixed_local_date', value: '2024-03-15', which });
    assert.equal(await count({ on_or_after: day('start'), before: day('end') }),
      leads.filter((l) => l.date_created.startsWith('2024-03-15')).length);
    await refused(where(created, { type: 'moment_range', before: { type: 'fixed_local_date',
      value: '2024-03-15' } }), /which/);
    const past = { type: 'offset', direction: 'past', moment: { type: 'now' },
      offset: { years: 1 }, which_day_end: 'start' };
    assert.equal(await count({ on_or_after: past }), leads.filter((l) =>
      millis(l.date_created) >= Date.UTC(2025, 8, 15)).length);
    await refused(where(created, { type: 'moment_range', gte: '2024-01-01' }), /unknown key gte/);
    await sb.switches({ search_unknown_key: 'ignore' });
    assert.equal(await count({ gte: '2024-01-01' }), 400);
  });

  test('custom fields of every kind', async () => {
    const at = (label) => fields[`lead ${label}`];
    const have = (label, test) => leads.filter((l) => l[`custom.${at(label)}`] !== undefined
      && test(l[`custom.${at(label)}`])).length;
    const count = (label, condition) => sb.count('lead', where(custom(at(label)), condition));
    assert.equal(await count('Industry', { type: 'term', values: ['Finance, Banking'] }),
      have('Industry', (v) => v === 'Finance, Banking'));
    assert.equal(await count('Tags', { type: 'term', values: ['VIP'] }),
      have('Tags', (v) => v.includes('VIP')));
    assert.equal(await count('Employees', { type: 'number_range', lt: 100 }),
      have('Employees', (v) => v < 100));
    assert.equal(await count('Renewal Date', { type: 'moment_range',
      on_or_after: utc('2020-01-01T00:00:00Z') }), have('Renewal Date', (v) => v >= '2020-01-01'));
    assert.equal(await count('Last Audit', { type: 'moment_range',
      before: utc('1000-01-01T00:00:00Z') }), have('Last Audit', (v) => v.startsWith('0001')));
    assert.equal(await count('Region', exists), have('Region', () => true));
    const [{ id: user }] = (await sb.get('user/')).body.data;
    assert.equal(await count('Team', { type: 'reference', reference_type: 'user_or_group',
      object_ids: [user] }), have('Team', (v) => v.includes(user)));
  });

  test('exists and the empty string', async () => {
    const description = regular('lead', 'description');
    const missing = () => sb.count('lead', where(description, exists, true));
    assert.equal(await missing(), leads.filter((l) => l.description === '').length);
    await sb.switches({ search_exists_empty: 'true' });
    assert.equal(await missing(), 0);
  });

  test('negation of a value condition, both readings', async () => {
    const field = custom(fields['lead Employees']);
    const key = `custom.${fields['lead Employees']}`;
    const count = () => sb.count('lead', where(field, { type: 'number_range', gte: 100 }, true));
    const low = leads.filter((l) => l[key] < 100).length;
    const unset = leads.filter((l) => l[key] === undefined).length;
    assert.equal(await count(), low + unset);
    await sb.switches({ search_negate: 'exclude' });
    assert.equal(await count(), low);
  });

  test('or, nested and, negated or, smart counters', async () => {
    const many = where(regular('lead', 'num_contacts'), { type: 'number_range', gte: 3 });
    const acme = where(name, text('full_words', 'acme'));
    const test2 = (l) => l.contacts.length >= 3 || tokens(l.name).has('acme');
    assert.equal(await sb.count('lead', or(many, acme)), leads.filter(test2).length);
    assert.equal(await sb.count('lead', { ...or(many, acme), negate: true }),
      leads.filter((l) => !test2(l)).length);
    const none = where(regular('lead', 'num_emails'), { type: 'number_range', lte: 0 });
    const emails = new Set((await sb.exportRows('emails')).map((row) => row.lead_id));
    assert.equal(await sb.count('lead', none), leads.filter((l) => !emails.has(l.id)).length);
    await sb.switches({ search_counters: 'missing' });
    assert.equal(await sb.count('lead', none), 0);
  });

  test('free text, phrases, addresses, parents, local time, query_string', async () => {
    const free = await sb.count('lead', { type: 'text', mode: 'full_words', value: 'y.test' });
    const own = (l) => [l.name, l.description, l.url, ...l.contacts.flatMap((c) =>
      c.emails.map((e) => e.email))];
    assert.equal(free, leads.filter((l) => own(l).some((t) => tokens(t).has('y')
      && tokens(t).has('test'))).length);
    const phrase = await sb.count('lead', where(regular('lead', 'description'),
      text('phrase', 'follow up')));
    assert.equal(phrase, leads.filter((l) => /follow-up/.test(l.description)).length);
    const inOslo = { type: 'has_related', this_object_type: 'lead', related_object_type: 'address',
      related_query: where(regular('address', 'city'), text('full_words', 'oslo')) };
    const oslo = (l) => l.addresses.some((a) => a.city === 'Oslo');
    assert.equal(await sb.count('lead', inOslo), leads.filter(oslo).length);
    const osloLeads = new Set(leads.filter(oslo).map((l) => l.id));
    assert.equal(await sb.count('contact', { type: 'has_related', this_object_type: 'contact',
      related_object_type: 'lead', related_query: inOslo }),
    contacts.filter((c) => osloLeads.has(c.lead_id)).length);
    await sb.control('POST', '/clock', { set: '2026-09-15T12:00:00Z' });
    const noon = where(regular('lead', 'timezone_id'),
      { type: 'local_time', on_or_after: '21:00:00', before: '21:30:00' });
    // A zone whose rules have not changed for decades: releases of Node differ over others.
    assert.equal(await sb.count('lead', noon), leads.filter((l) =>
      l.addresses[0]?.country === 'JP').length);
    assert.equal(await sb.count('lead', { type: 'query_string', value: 'contacts > 2' }),
      leads.filter((l) => l.contacts.length > 2).length);
    assert.equal((await sb.search(objectType('custom_object'))).body.data.length, 0);
    await refused(objectType('activity.nonsense'), /unknown object_type/);
    await refused(objectType('lead'), /does not belong/, { sort: asc(regular('contact', 'name')) });
  });

  test('local dates follow X-TZ-Offset', async () => {
    const range = where(created, { type: 'moment_range', on_or_after: { which: 'start',
      type: 'fixed_local_date', value: '2024-03-15' } });
    const count = async (offset) => (await sb.call('POST', 'data/search/', {
      headers: { 'x-tz-offset': offset }, body: { query: and(objectType('lead'), range),
        results_limit: 0, include_counts: true } })).body.count.total;
    for (const offset of ['0', '-4', '5.5', '-14']) {
      const from = Date.UTC(2024, 2, 15) - Number(offset) * 3_600_000;
      assert.equal(await count(offset), leads.filter((l) => millis(l.date_created) >= from).length);
    }
    await sb.switches({ tz_offset: 'ignore' });
    assert.equal(await count('-14'), await count('0'));
  });

  test('a field of another type, an unknown field, a condition that does not fit', async () => {
    await refused(and(objectType('contact'), where(regular('contact', 'email'), exists)),
      /Field 'email' does not belong to type 'contact'/);
    await refused(and(objectType('contact'), where(name, exists)),
      /Field 'name' does not belong to type 'contact'/);
    await refused(and(objectType('lead'), where(custom('cf_gone'), exists)), /cf_gone/);
    await refused(and(objectType('lead'), where(name, { type: 'number_range', gt: 1 })), /cannot/);
    await refused({ type: 'not' }, /unknown query type/);
  });

  test('null placement under sort', async () => {
    const field = custom(fields['lead Employees']);
    const key = `custom.${fields['lead Employees']}`;
    const first = async () => (await sb.search(objectType('lead'), { sort: asc(field), _limit: 1,
      _fields: { lead: [key] } })).body.data[0][key];
    assert.notEqual(await first(), undefined);
    await sb.switches({ search_null_order: 'first' });
    assert.equal(await first(), undefined);
  });
});

describe('index lag', () => {
  test('searches see an edit late, lists at once', async () => {
    await sb.reset({ switches: { index_lag: '45' } });
    const { body } = await sb.control('POST', '/rows', { provider: 'close', object: 'leads',
      op: 'insert', row: { name: 'Freshly made' } });
    const [{ id }] = body.rows;
    const find = async () => (await sb.count('lead', { type: 'id', value: id }));
    assert.equal(await find(), 0);
    assert.equal((await sb.get(`lead/${id}/`)).status, 200);
    await sb.control('POST', '/clock', { advance_ms: 46_000 });
    assert.equal(await find(), 1);
    await sb.control('POST', '/rows', { object: 'leads', op: 'delete', id });
    assert.equal(await find(), 1);
    assert.equal((await sb.get(`lead/${id}/`)).status, 404);
    await sb.control('POST', '/clock', { advance_ms: 46_000 });
    assert.equal(await find(), 0);
  });
});
