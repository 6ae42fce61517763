// Answers of query and queryAll: envelopes, pages and locators (salesforce §3.5, §3.6, §4.2).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { stringify } from '../salesforce/render.mjs';
import { Desk, idAt } from './soql_world.mjs';

const E = 'Everything__c';
const LINE = 'Everything_Line__c';
const many = (count, more = () => ({})) => Array.from({ length: count },
  (_, i) => ({ Name: `n${i}`, ...more(i) }));
const names = (records) => records.map(({ Name }) => Name);
const ALL = `SELECT Name FROM ${E}`;

// The sizes of a query's pages.
function sizes(desk, soql, options) {
  const out = [];
  let page = desk.query(soql, options);
  for (;;) {
    out.push(page.records.length);
    if (page.done) return out;
    page = desk.more(page.nextRecordsUrl);
  }
}

test('the envelope: canonical names, nested parents, nulls, order of the selection', () => {
  const desk = new Desk({ [E]: [{ Name: 'a', Amount__c: '10000000', Count__c: '3', Day__c: '2024-01-02',
    Moment__c: Date.UTC(2024, 0, 2, 3, 4, 5), Time__c: 1500, Account__c: idAt('Account', 0) },
  { Name: 'b' }], Account: [{ Name: 'Acme', OwnerId: idAt('User', 0) }], User: [{ Email: 'o@x.test' }] });
  const { status, body } = desk.service.query({ version: '62.0', user: 'u', soql: 'select NAME, '
    + 'account__r.name, ACCOUNT__R.owner.email, amount__c, COUNT__c, day__c, moment__c, time__c, '
    + `flag__c, id from ${E} order by name` });
  assert.equal(status, 200);
  const url = (name, index) => `/services/data/v62.0/sobjects/${name}/${idAt(name, index)}`;
  const first = `{"attributes":{"type":"${E}","url":"${url(E, 0)}"},"Name":"a","Account__r":`
    + `{"attributes":{"type":"Account","url":"${url('Account', 0)}"},"Name":"Acme","Owner":{"attributes":`
    + `{"type":"User","url":"${url('User', 0)}"},"Email":"o@x.test"}},"Amount__c":1.0E7,"Count__c":3.0,`
    + '"Day__c":"2024-01-02","Moment__c":"2024-01-02T03:04:05.000+0000","Time__c":"00:00:01.500Z",'
    + `"Flag__c":false,"Id":"${idAt(E, 0)}"}`;
  const second = `{"attributes":{"type":"${E}","url":"${url(E, 1)}"},"Name":"b","Account__r":null,`
    + `"Amount__c":null,"Count__c":null,"Day__c":null,"Moment__c":null,"Time__c":null,`
    + `"Flag__c":false,"Id":"${idAt(E, 1)}"}`;
  assert.equal(stringify(body), `{"totalSize":2,"done":true,"records":[${first},${second}]}`);
});

test('pages: 2,000 by default, batchSize between 200 and 2,000, each row once', () => {
  const desk = new Desk({ [E]: many(4500) });
  const page = desk.query(ALL);
  assert.equal(page.totalSize, 4500);
  assert.equal(page.done, false);
  assert.match(page.nextRecordsUrl, /^\/services\/data\/v62\.0\/query\/0r8\w{15}-2000$/);
  assert.deepEqual(sizes(desk, ALL), [2000, 2000, 500]);
  assert.deepEqual(sizes(desk, `${ALL} LIMIT 450`, { batchSize: 200 }), [200, 200, 50]);
  assert.deepEqual(sizes(desk, `${ALL} LIMIT 400`, { batchSize: 200 }), [200, 200]);
  assert.deepEqual(sizes(desk, `${ALL} LIMIT 450`, { batchSize: 1 }), [200, 200, 50]);
  assert.deepEqual(sizes(desk, ALL, { batchSize: 9999 }), [2000, 2000, 500]);
  assert.equal(new Set(names(desk.all(ALL, { batchSize: 300 }))).size, 4500);
  desk.with({ switches: { page_size: 'smaller' } });
  assert.deepEqual(sizes(desk, `${ALL} LIMIT 400`, { batchSize: 200 }), [150, 150, 100]);
  desk.with({ switches: { page_size: 'larger' } });
  assert.deepEqual(sizes(desk, `${ALL} LIMIT 400`, { batchSize: 200 }), [250, 150]);
});

test('long texts and many columns make pages smaller', () => {
  const desk = new Desk({ [E]: many(450), Wide__c: many(2500) });
  assert.deepEqual(sizes(desk, `SELECT Id, Long_Area__c FROM ${E}`), [450]);
  assert.deepEqual(sizes(desk, `SELECT Id, Long_Area__c, Rich_Area__c FROM ${E}`), [200, 200, 50]);
  assert.equal(desk.query('SELECT FIELDS(STANDARD) FROM Wide__c').records.length, 2000);
  const columns = desk.schema.object('Wide__c').fields.map(({ name }) => name);
  assert.equal(desk.query(`SELECT ${columns} FROM Wide__c`).records.length, 250);
});

test('OFFSET gives the first batch and nothing behind it', () => {
  const desk = new Desk({ [E]: many(900) });
  const ordered = `${ALL} ORDER BY Id`;
  const page = desk.query(`${ordered} OFFSET 100`, { batchSize: 200 });
  assert.deepEqual([page.done, page.totalSize, page.records[0].Name], [true, 200, 'n100']);
  assert.deepEqual(names(desk.query(`${ordered} LIMIT 2 OFFSET 3`).records), ['n3', 'n4']);
});

test('locators are bound to the user, live two days, and can be expired', () => {
  const desk = new Desk({ [E]: many(500) });
  const open = () => desk.query(ALL, { batchSize: 200 }).nextRecordsUrl;
  const refused = (work) => assert.throws(work, { status: 400, errorCode: 'INVALID_QUERY_LOCATOR' });
  const url = open();
  assert.deepEqual(desk.more(url), desk.more(url));
  refused(() => desk.more(url, { user: 'somebody else' }));
  refused(() => desk.more(url.replace(/-200$/, '-500')));
  refused(() => desk.more(url.replace(/0r8\w{4}/, '0r8zzzz')));
  desk.clock.at += 2 * 86_400_000 - 1;
  assert.equal(desk.more(url).records.length, 200);
  desk.clock.at += 1;
  refused(() => desk.more(url));
  const other = open();
  desk.service.expireLocators();
  refused(() => desk.more(other));
  desk.with({ switches: { locator_life: '60' } });
  const short = open();
  desk.clock.at += 60_000;
  refused(() => desk.more(short));
});

test('a locator is a snapshot of rows, whose values are read with the page', () => {
  const desk = new Desk({ [E]: many(400, () => ({ Text__c: 'old' })) });
  const rows = desk.world.rows(E);
  const read = (switches) => {
    desk.with({ switches });
    const first = desk.query(`SELECT Name, Text__c FROM ${E} WHERE Text__c = 'old' ORDER BY Id`,
      { batchSize: 200 });
    rows[300].Text__c = 'new';
    rows[301].IsDeleted = true;
    rows.push({ Name: 'late', Text__c: 'old' });
    desk.world.revision += 1;
    const second = desk.more(first.nextRecordsUrl);
    Object.assign(rows[300], { Text__c: 'old' });
    Object.assign(rows[301], { IsDeleted: false });
    rows.pop();
    desk.world.revision += 1;
    assert.equal(first.totalSize, 400);
    assert.equal(second.totalSize, 400);
    return second.records;
  };
  const records = read({});
  assert.equal(records.length, 199);
  assert.ok(!names(records).includes('n301') && !names(records).includes('late'));
  assert.equal(records.find(({ Name }) => Name === 'n300').Text__c, 'new');
  assert.ok(names(read({ deleted_between_pages: 'stay' })).includes('n301'));
});

test('queryAll gives the Recycle Bin too', () => {
  const desk = new Desk({ [E]: many(3, (i) => ({ IsDeleted: i === 1 })) });
  assert.deepEqual(names(desk.query(ALL).records).sort(), ['n0', 'n2']);
  assert.deepEqual(names(desk.query(ALL, { all: true }).records).sort(), ['n0', 'n1', 'n2']);
  assert.deepEqual(names(desk.query(`${ALL} WHERE IsDeleted = TRUE`, { all: true }).records), ['n1']);
  assert.equal(desk.query(`${ALL} WHERE Id = '${idAt(E, 1)}'`).totalSize, 0);
});

test('rows of subqueries count towards the page, and have pages of their own', () => {
  const desk = new Desk({ [E]: many(3), [LINE]: many(450, (i) => ({
    Everything__c: idAt(E, i < 300 ? 0 : 1) })) });
  const soql = `SELECT Name, (SELECT Name FROM Lines__r) FROM ${E} ORDER BY Name`;
  const first = desk.query(soql, { batchSize: 200 });
  assert.deepEqual(names(first.records), ['n0']);
  assert.equal(first.done, false);
  const lines = first.records[0].Lines__r;
  assert.deepEqual([lines.totalSize, lines.done, lines.records.length], [300, false, 200]);
  assert.equal(desk.more(lines.nextRecordsUrl).records.length, 100);
  const second = desk.more(first.nextRecordsUrl);
  assert.deepEqual(names(second.records), ['n1', 'n2']);
  assert.equal(second.records[1].Lines__r, null);
  assert.equal(second.done, true);
});

test('explain runs nothing', () => {
  const desk = new Desk({ [E]: many(5) });
  const { body } = desk.service.explain({ soql: ALL, version: '62.0' });
  assert.deepEqual([body.plans[0].sobjectType, body.plans[0].leadingOperationType], [E, 'TableScan']);
  assert.throws(() => desk.service.explain({ soql: 'SELECT', version: '62.0' }),
    { errorCode: 'MALFORMED_QUERY' });
});

test('CRM_SANDBOX_SOQL_LOG collects every statement', () => {
  const folder = mkdtempSync(join(tmpdir(), 'soql-'));
  const file = join(folder, 'log');
  process.env.CRM_SANDBOX_SOQL_LOG = file;
  try {
    const desk = new Desk({});
    desk.query(ALL);
    desk.refusal('SELECT\nnothing');
    assert.equal(readFileSync(file, 'utf8'), `${JSON.stringify(ALL)}\n"SELECT\\nnothing"\n`);
  } finally {
    delete process.env.CRM_SANDBOX_SOQL_LOG;
    rmSync(folder, { recursive: true });
  }
});

test('tools/check-soql fails for what either parser refuses, and for nothing at all', () => {
  const tool = fileURLToPath(new URL('../../tools/check-soql', import.meta.url));
  const run = (...statements) => spawnSync(process.execPath, [tool],
    { input: statements.map((soql) => `${JSON.stringify(soql)}\n`).join(''), encoding: 'utf8' });
  assert.equal(run(ALL, `${ALL} WHERE Name LIKE 'a\\_%'`).status, 0);
  // The grammar of Salesforce lets empty parts of a path pass, the other one does not.
  for (const planted of [`${ALL} WHERE Name = 'a' AND Name = 'b' OR Name = 'c'`,
    `SELECT Account__r..Name FROM ${E}`]) {
    const { status, stdout } = run(ALL, planted);
    assert.equal(status, 1);
    assert.ok(stdout.includes(JSON.stringify(planted)));
  }
  assert.equal(run().status, 1);
});

test('mutants of pages can be seen', () => {
  const desk = new Desk({ [E]: many(650) });
  const pages = (mutant) => {
    desk.with({ mutants: mutant === null ? [] : [mutant] });
    return names(desk.all(`${ALL} ORDER BY Id`, { batchSize: 200 }));
  };
  assert.ok(!pages('locator_row_lost').includes('n200'));
  assert.equal(pages('locator_row_lost').length, 647);
  assert.equal(pages('locator_row_repeated').length, 653);
  assert.equal(pages('locator_row_repeated').filter((name) => name === 'n199').length, 2);
  assert.equal(pages('locator_done_early').length, 600);
  assert.deepEqual(pages('locator_page_repeated').slice(200, 400), pages(null).slice(0, 200));
  assert.equal(pages('locator_page_repeated').length, 650);
  assert.equal(pages('locator_order_changes').length, 650);
  assert.ok(new Set(pages('locator_order_changes')).size < 650);
  const totalUnder = (mutant) => desk.with({ mutants: [mutant] })
    .query(ALL, { batchSize: 200 }).totalSize;
  assert.equal(totalUnder('total_size_of_page'), 200);
  assert.equal(totalUnder('total_size_short'), 649);
});
