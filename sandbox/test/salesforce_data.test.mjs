// Rows, how values are written, records by id, what changed, and edits (salesforce §4.3, §4.4,
// §7.1, §7.5, §9.2).

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { idMaker, normalizeId, numberOfId } from '../salesforce/ids.mjs';
import { javaDouble, NumberText, stringify } from '../salesforce/render.mjs';
import { SalesforceSandbox } from './harness.mjs';

let sb;
before(async () => { sb = await SalesforceSandbox.start('--accounts', '300'); });
after(() => sb.stop());
beforeEach(() => sb.reset());

const namesOf = async (object) => (await sb.get(`sobjects/${object}/describe`)).body.fields;
const withoutAttributes = ({ attributes, ...row }) => row;

describe('numbers and ids', () => {
  test('doubles as Java prints them', () => {
    const cases = [[0, '0.0'], [300, '300.0'], [-1, '-1.0'], [9999999, '9999999.0'],
      [1e7, '1.0E7'], [15000000, '1.5E7'], [12345678.9, '1.23456789E7'], [0.001, '0.001'],
      [0.0001, '1.0E-4'], [1e-24, '1.0E-24'], [Number('9.999999999999999999999999'), '10.0'],
      [-0.1, '-0.1'], [237.631, '237.631']];
    for (const [value, text] of cases) assert.equal(javaDouble(value), text);
  });

  test('JSON, compact and pretty', () => {
    const value = { a: new NumberText('1.0E7'), b: [], c: [{ d: 'x"\u2028\ud83d' }, 2], e: {} };
    assert.equal(stringify(value),
      '{"a":1.0E7,"b":[],"c":[{"d":"x\\"\u2028\\ud83d"},2],"e":{}}');
    assert.equal(stringify(value, true), '{\n  "a" : 1.0E7,\n  "b" : [ ],\n  "c" : [ {\n'
      + '    "d" : "x\\"\u2028\\ud83d"\n  }, 2 ],\n  "e" : { }\n}');
  });

  test('ids carry their check characters', () => {
    assert.equal(normalizeId('0031i000013x2TE'), '0031i000013x2TEAAY');
    assert.equal(normalizeId('0031i000013x2TEAAY'), '0031i000013x2TEAAY');
    assert.equal(normalizeId('0031i000013x2TEAAZ'), null);
    assert.equal(normalizeId('0031i000013x2T'), null);
    const make = idMaker('a0Z');
    for (const number of [0, 61, 62, 238328, 98765431, 62 ** 9 - 62 ** 3]) {
      const id = make(number);
      assert.equal(normalizeId(id.slice(0, 15)), id);
      assert.equal(numberOfId('a0Z', id), number);
    }
  });
});

describe('rows', () => {
  test('equal seeds give equal bytes, others do not', async () => {
    for (const object of ['Account', 'Contact', 'Opportunity', 'Everything__c', 'Task']) {
      const first = await sb.exportText(object);
      await sb.reset();
      assert.equal(await sb.exportText(object), first, object);
      await sb.reset({ seed: 2 });
      assert.notEqual(await sb.exportText(object), first, object);
      await sb.reset();
    }
  });

  test('a query reads what the export says, for every object and field', async () => {
    const { sobjects } = (await sb.get('sobjects')).body;
    for (const { name } of sobjects.filter((object) => object.queryable && object.name !== 'Wide__c')) {
      const fields = (await namesOf(name)).map((field) => field.name);
      const rows = await sb.rows(`SELECT ${fields.join(', ')} FROM ${name} ORDER BY Id`,
        { headers: { 'sforce-query-options': 'batchSize=2000' } });
      const expected = (await sb.exportText(name)).trim().split('\n').filter(Boolean)
        .map((line) => JSON.parse(line));
      assert.ok(expected.length > 0, name);
      const url = (row) => JSON.parse(JSON.stringify(row).replaceAll('/v62.0/', '/v67.0/'));
      assert.deepEqual(rows.map((row) => withoutAttributes(url(row))), expected, name);
      for (const { attributes, Id } of rows) {
        assert.deepEqual(attributes, { type: name,
          url: `/services/data/v62.0/sobjects/${name}/${Id}` });
      }
    }
  });

  test('an export of some fields', async () => {
    const rows = await sb.exportRows('Contact', '&fields=Id,name');
    const all = await sb.exportRows('Contact');
    assert.deepEqual(rows, all.map(({ Id, Name }) => ({ Id, Name })));
    assert.match(await sb.exportText('Contact', '&fields=Nope'), /has no field Nope/);
  });

  test('what the values are made to break', async () => {
    const accounts = await sb.exportRows('Account', '&deleted=1');
    const texts = accounts.flatMap((row) => Object.values(row)).filter((v) => typeof v === 'string');
    const has = (pattern) => assert.ok(texts.some((text) => pattern.test(text)), String(pattern));
    for (const script of ['Latin', 'Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Han', 'Hiragana',
      'Hangul', 'Thai', 'Devanagari', 'Georgian']) has(new RegExp(`\\p{Script=${script}}`, 'u'));
    for (const pattern of [/\u2028/, /\\/, /"/, /'/, /%/, /_/, /\u212a/, /İ/, /ß/, /e\u0301/, /é/,
      /🚀/u, /\u202e/, /\u00a0$/, /^acme$/, /^ACME$/, /^Acme$/]) has(pattern);
    assert.ok(!texts.some((text) => text === '' || /^ | $/.test(text)), 'trimmed, never empty');
    const lengths = accounts.map((row) => row.Description?.length ?? 0);
    assert.ok(Math.max(...lengths) >= 31_000);
    assert.ok(accounts.some((row) => row.IsDeleted));
    assert.ok(!(await sb.exportRows('Account')).some((row) => row.IsDeleted));
    const ids = new Set((await sb.exportRows('Account')).map((row) => row.Id));
    const contacts = await sb.exportRows('Contact');
    assert.ok(contacts.some((row) => row.AccountId === null));
    assert.ok(contacts.some((row) => row.AccountId !== null && !ids.has(row.AccountId)));
    const owners = (await sb.exportRows('Case')).map((row) => row.OwnerId.slice(0, 3));
    assert.deepEqual([...new Set(owners)].sort(), ['005', '00G']);
    const stamps = contacts.map((row) => row.SystemModstamp);
    assert.ok(new Set(stamps).size < stamps.length * 0.9, 'many equal stamps');
  });

  test('every nillable field of Everything__c is null somewhere and set somewhere', async () => {
    const rows = await sb.exportRows('Everything__c');
    const unset = ['LastViewedDate', 'LastReferencedDate', 'Text_Formula__c'];
    for (const { name, nillable } of await namesOf('Everything__c')) {
      if (unset.includes(name)) continue;
      const values = new Set(rows.map((row) => row[name] === null));
      assert.ok(values.has(false), `${name} is always null`);
      const always = !nillable || /Formula__c$/.test(name);
      assert.ok(always || values.has(true), `${name} is never null`);
      assert.ok(nillable || !values.has(true), `${name} is null`);
    }
    assert.ok(rows.some((row) => row.Text_Formula__c === ''), 'formulas know the empty text');
  });

  test('values are written as the API does', async () => {
    const patterns = { Id: /^"a00\w{15}"$/, CreatedDate: /^"\d{4}-\d\d-\d\dT[\d:]{8}\.000\+0000"$/,
      Day__c: /^(null|"\d{4}-\d\d-\d\d")$/, Time__c: /^(null|"\d\d:\d\d:\d\d\.\d{3}Z")$/,
      Flag__c: /^(true|false)$/, Amount__c: /^(null|-?\d+\.\d+(E-?\d+)?)$/,
      Count__c: /^(null|-?\d+\.\d+(E-?\d+)?)$/, Colors__c: /^(null|"[^;"]+(;[^;"]+)*")$/,
      Place__c: /^(null|\{"latitude":-?\d+\.\d+,"longitude":-?\d+\.\d+\})$/ };
    const lines = (await sb.exportText('Everything__c')).trim().split('\n');
    for (const [name, pattern] of Object.entries(patterns)) {
      const value = new RegExp(`"${name}":(\\{[^}]*\\}|"(?:[^"\\\\]|\\\\.)*"|[^,}]+)`);
      for (const line of lines) assert.match(value.exec(line)[1], pattern, name);
    }
    const text = lines.join('\n');
    assert.match(text, /"Amount__c":1\.0E7[,}]/);
    assert.match(text, /"1700-01-01T00:00:00\.000\+0000"/);
    assert.match(await sb.exportText('Task'), /"4000-12-31"/);
    const account = (await sb.exportText('Account')).split('\n')[0];
    assert.match(account, /"BillingAddress":\{"city":.*"street":/);
    assert.match(account, /"NumberOfEmployees":(null|-?\d+)[,}]/);
  });

  test('open readings of values', async () => {
    const one = async () => sb.exportText('Everything__c');
    assert.match(await one(), /"Share__c":0\.0[,}]/);
    assert.match(await one(), /"Secret__c":"secret-/);
    await sb.switches({ integral_numbers: 'plain', encrypted_text: 'masked' });
    assert.match(await one(), /"Share__c":0[,}]/);
    assert.match(await one(), /"Secret__c":"\*+"/);
    await sb.row('Account', 'insert', { row: { Name: 'No address' } });
    const last = async () => JSON.parse((await sb.exportText('Account')).trim().split('\n').at(-1));
    assert.equal((await last()).BillingAddress, null);
    await sb.switches({ empty_address: 'object' });
    assert.equal((await last()).BillingAddress.city, null);
  });

  test('counts, exact and not', async () => {
    const count = async () => (await sb.get('limits/recordCount?sObjects=Contact,Nope')).body.sObjects;
    assert.deepEqual(await count(), [{ count: 582, name: 'Contact' }]);
    await sb.switches({ record_count: 'exact' });
    assert.deepEqual(await count(), [{ count: 600, name: 'Contact' }]);
    await sb.switches({ record_count: 'zero' });
    assert.deepEqual(await count(), [{ count: 0, name: 'Contact' }]);
    await sb.switches({ record_count: 'absent' });
    assert.deepEqual(await count(), []);
  });
});

describe('records by id', () => {
  test('all fields or some, in either length of id; deleted and unknown', async () => {
    const [row] = await sb.exportRows('Contact');
    const { body } = await sb.get(`sobjects/Contact/${row.Id}`);
    assert.deepEqual(withoutAttributes(body), row);
    const some = (await sb.get(`sobjects/contact/${row.Id.slice(0, 15)}?fields=lastname`)).body;
    assert.deepEqual(withoutAttributes(some), { LastName: row.LastName, Id: row.Id });
    const deleted = (await sb.exportRows('Contact', '&deleted=1')).find((r) => r.IsDeleted);
    const gone = await sb.get(`sobjects/Contact/${deleted.Id}`);
    assert.equal(gone.status, 404);
    assert.equal(gone.body[0].errorCode, 'ENTITY_IS_DELETED');
    for (const id of ['0035g000000000zAAA', 'x', row.Id.replace('003', '001')]) {
      assert.equal((await sb.get(`sobjects/Contact/${id}`)).body[0].errorCode, 'NOT_FOUND', id);
    }
    const bad = await sb.get(`sobjects/Contact/${row.Id}?fields=Nope`);
    assert.equal(bad.body[0].errorCode, 'INVALID_FIELD');
    await sb.control('POST', '/mutants', ['record_of_other']);
    assert.notEqual((await sb.get(`sobjects/Contact/${row.Id}`)).body.Id, row.Id);
  });

  test('by external id: one, several, none; case where it counts', async () => {
    const rows = await sb.exportRows('Everything__c');
    const keyed = rows.filter((row) => row.External_Id__c !== null);
    const twice = keyed.find((row, i) => keyed.findIndex((other) =>
      other.External_Id__c === row.External_Id__c) < i);
    const unique = rows.find((row) => row.Unique_Case_Text__c !== null);
    const get = (field, value) => sb.get(`sobjects/Everything__c/${field}/${value}`);
    const one = await get('Unique_Case_Text__c', unique.Unique_Case_Text__c);
    assert.deepEqual(withoutAttributes(one.body), unique);
    const several = await get('External_Id__c', twice.External_Id__c);
    assert.equal(several.status, 300);
    assert.equal(several.body.length, 2);
    assert.equal((await get('External_Id__c', 'none')).status, 404);
    assert.match((await get('Text__c', 'x')).body[0].message, /Provided external ID field/);
    assert.equal((await get('Unique_Case_Text__c', 'kEY-0')).status, 404);
  });

  test('blobs', async () => {
    const [row] = await sb.exportRows('Attachment');
    const { headers, text } = await sb.get(row.Body.replace('v67.0', 'v62.0'));
    assert.match(headers.get('content-type'), /octetstream/);
    assert.equal(Buffer.byteLength(text), row.BodyLength);
  });

  test('retrieve: request order, null for what is not there', async () => {
    const rows = await sb.exportRows('Account');
    const deleted = (await sb.exportRows('Account', '&deleted=1')).find((r) => r.IsDeleted);
    const wanted = [rows[7], rows[2], rows[7], rows[30], rows[31]];
    const ids = [...wanted.map((row) => row.Id), 'wibble', deleted.Id, null];
    const post = async (more) => sb.post('composite/sobjects/Account',
      { ids, fields: ['Id', 'Name'], ...more });
    const { status, body } = await post();
    assert.equal(status, 200);
    assert.deepEqual(body.map((row) => row && row.Name),
      [...wanted.map((row) => row.Name), null, null, null]);
    const query = `ids=${ids.slice(0, 3)}&fields=Name`;
    assert.deepEqual((await sb.get(`composite/sobjects/Account?${query}`)).body
      .map((row) => row.Name), wanted.slice(0, 3).map((row) => row.Name));
    assert.equal((await post({ fields: ['Nope'] })).body[0].errorCode, 'INVALID_FIELD');
    assert.equal((await post({ ids: [] })).body[0].message, 'At least 1 record is required');
    const many = await post({ ids: Array(2001).fill(ids[0]) });
    assert.equal(many.body[0].errorCode, 'EXCEEDED_ID_LIMIT');
    assert.equal((await post({ ids: Array(2000).fill(ids[0]) })).body.length, 2000);
    await sb.switches({ retrieve_deleted: 'row' });
    assert.equal((await post()).body[6].Id, deleted.Id);
    await sb.control('POST', '/mutants', ['retrieve_shifts']);
    assert.equal((await post()).body.length, 6);
    await sb.control('POST', '/mutants', ['retrieve_other']);
    assert.notEqual((await post()).body[3].Id, ids[3]);
    await sb.control('POST', '/mutants', ['retrieve_drops_last']);
    assert.equal((await post({ ids: ids.slice(0, 3) })).body[2], null);
    await sb.switches({ retrieve_deleted: 'null' });
    await sb.control('POST', '/mutants', ['retrieve_undeletes']);
    const { body: [row] } = await post({ ids: [deleted.Id], fields: ['Id', 'IsDeleted'] });
    assert.deepEqual([row.Id, row.IsDeleted], [deleted.Id, false]);
  });
});

describe('what changed', () => {
  const span = 'start=2026-09-05T00:00:30%2B00:00&end=2026-09-15T00:00:30Z';
  const inSpan = (row) => row.SystemModstamp >= '2026-09-05' && row.SystemModstamp < '2026-09-15';

  test('updated and deleted', async () => {
    const all = await sb.exportRows('Account', '&deleted=1');
    const ids = (deleted) => all.filter((row) => row.IsDeleted === deleted && inSpan(row))
      .map((row) => row.Id).sort();
    const updated = (await sb.get(`sobjects/Account/updated/?${span}`)).body;
    assert.deepEqual(updated.ids.sort(), ids(false));
    assert.equal(updated.latestDateCovered, '2026-09-15T00:00:00.000+0000');
    const deleted = (await sb.get(`sobjects/Account/deleted?${span}`)).body;
    assert.deepEqual(deleted.deletedRecords.map((row) => row.id).sort(), ids(true));
    assert.ok(ids(true).length > 0 && ids(false).length > 10);
    assert.match(deleted.earliestDateAvailable, /\.000\+0000$/);
    await sb.control('POST', '/mutants', ['updated_forgets']);
    assert.ok((await sb.get(`sobjects/Account/updated/?${span}`)).body.ids.length < ids(false).length);
  });

  test('bad periods', async () => {
    for (const query of ['start=2026-09-15T00:00:00Z&end=2026-09-14T00:00:00Z',
      'start=2026-09-14T00:00:10Z&end=2026-09-14T00:00:50Z', 'start=x&end=y', '',
      'start=2026-01-01T00:00:00Z&end=2026-09-14T00:00:00Z']) {
      const { status, body } = await sb.get(`sobjects/Account/updated?${query}`);
      assert.equal(status, 400, query);
      assert.equal(body[0].errorCode, 'INVALID_REPLICATION_DATE');
    }
    assert.equal((await sb.get(`sobjects/AccountHistory/updated?${span}`)).status, 400);
  });
});

describe('edits by somebody else', () => {
  const named = async (name, options) =>
    sb.rows(`SELECT Id, Name, AnnualRevenue, IsDeleted FROM Account WHERE Name = '${name}'`, options);

  test('insert, update, delete, undelete, purge', async () => {
    const made = (await sb.row('Account', 'insert', { row: { Name: 'Brand new',
      AnnualRevenue: '9.999999999999999999999999', BillingCity: 'Oslo' } })).body.rows[0];
    assert.equal(made.BillingAddress.city, 'Oslo');
    assert.match(made.SystemModstamp, /^2026-09-15T12:00:\d\d\.000\+0000$/);
    const [row] = await named('Brand new');
    assert.equal(row.Id, made.Id);
    assert.equal(row.AnnualRevenue, 10);
    assert.equal((await sb.rows('SELECT Id FROM Account WHERE AnnualRevenue = 10 '
      + 'AND Name = \'Brand new\'')).length, 0, 'compared with all its digits');
    await sb.row('Account', 'update', { id: made.Id, row: { Name: 'Renamed' } });
    assert.equal((await named('Renamed')).length, 1);
    assert.equal((await named('Brand new')).length, 0);
    await sb.row('Account', 'delete', { id: made.Id });
    assert.equal((await named('Renamed')).length, 0);
    assert.equal((await named('Renamed', { all: true }))[0].IsDeleted, true);
    await sb.row('Account', 'undelete', { id: made.Id });
    assert.equal((await named('Renamed')).length, 1);
    await sb.row('Account', 'purge', { id: made.Id });
    assert.equal((await named('Renamed', { all: true })).length, 0);
    assert.equal((await sb.get(`sobjects/Account/${made.Id}`)).status, 404);
  });

  test('generated rows keep what was not edited, and computed fields follow', async () => {
    const [row] = await sb.exportRows('Opportunity');
    const { body } = await sb.row('Opportunity', 'update', { id: row.Id,
      row: { StageName: 'Closed Won', Amount: '200', Probability: '50' } });
    const [now] = body.rows;
    assert.equal(now.IsWon, true);
    assert.equal(now.ExpectedRevenue, 100);
    assert.equal(now.Name, row.Name);
    assert.equal(now.CloseDate, row.CloseDate);
    await sb.reset();
    assert.deepEqual((await sb.exportRows('Opportunity'))[0], row);
  });

  test('what makes no sense is refused', async () => {
    for (const [object, op, more] of [['Nope', 'insert', {}], ['Account', 'merge', {}],
      ['Account', 'insert', { row: { Nope: 1 } }], ['Account', 'insert', { row: { BillingAddress: {} } }],
      ['Account', 'update', { id: '001000000000000AAA', row: {} }],
      ['Account', 'insert', { row: { AnnualRevenue: '1e5' } }]]) {
      const { status, body } = await sb.row(object, op, more);
      assert.equal(status, 400, JSON.stringify([object, op, more]));
      assert.ok(body.error);
    }
  });

  test('rows change while a scan goes on, through a fault', async () => {
    const [row] = await sb.exportRows('Account');
    await sb.fault({ path: 'query', nth: 1 }, { kind: 'mutate', when: 'after',
      ops: [{ object: 'Account', op: 'update', id: row.Id, row: { Name: 'Changed' } }] });
    assert.equal((await named('Changed')).length, 0);
    assert.equal((await named('Changed')).length, 1);
  });

  test('locators can be expired', async () => {
    await sb.reset({ counts: { contacts: 3000 } });
    const { body } = await sb.query('SELECT Id FROM Contact');
    assert.equal(body.done, false);
    await sb.fault({ path: '/query/', nth: 1 }, { kind: 'expire_cursor' });
    const next = await sb.get(body.nextRecordsUrl);
    assert.equal(next.status, 400);
    assert.equal(next.body[0].errorCode, 'INVALID_QUERY_LOCATOR');
  });
});
