// What SOQL gives (salesforce §5.4, §5.5, §5.7 – §5.9), over rows written down here, under the
// default reading of every open point and under the others.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { SOQL_MUTANTS } from '../salesforce/soql/mutants.mjs';
import { Desk, idAt } from './soql_world.mjs';

const E = 'Everything__c';
const noon = Date.UTC(2024, 2, 15, 12);

const account = (i) => idAt('Account', i);
const ROWS = [
  { Name: 'n0', Text__c: 'acme', Picklist__c: 'a_won', Colors__c: 'Red;Green', Flag__c: true,
    Count__c: '5', Share__c: '0.1', Amount__c: '10', Day__c: '2024-03-15',
    Moment__c: noon, Time__c: 36_000_000, Account__c: account(0), OwnerId: idAt('User', 0) },
  { Name: 'n1', Text__c: 'ACME', Picklist__c: 'z_new', Colors__c: 'Green;Blue', Flag__c: false,
    Count__c: '5.000000000000000000000001', Amount__c: '9.999999999999999999999999',
    Day__c: '2024-03-16', Moment__c: noon + 1000, Time__c: 36_000_500, Account__c: account(1),
    OwnerId: idAt('Group', 0) },
  { Name: 'n2', Text__c: 'Beta', Picklist__c: 'm_open', Colors__c: 'Blue', Count__c: '-0.5',
    Amount__c: '300', Day__c: '2024-03-14', Moment__c: noon - 86_400_000, Account__c: account(2) },
  { Name: 'n3' },
];
const tables = () => ({
  [E]: structuredClone(ROWS),
  Account: [{ Name: 'Acme', Industry: 'Banking', NumberOfEmployees: 5 },
    { Name: 'Beta', NumberOfEmployees: 7 }, { Name: 'Gone', IsDeleted: true, NumberOfEmployees: 5 },
    { Name: 'zeta' }],
  User: [{ Name: 'Ida Ek', Username: 'ida@x.test', IsActive: true }],
  Group: [{ Name: 'Queue', Type: 'Queue' }],
  Contact: [{ LastName: 'Ek', AccountId: account(0), Title: 'CEO' },
    { LastName: 'Ng', AccountId: account(1), Title: null },
    { LastName: 'Xi', AccountId: null, Title: 'CEO' }],
  Task: [{ Subject: 'a', WhatId: account(0) }, { Subject: 'e', WhatId: idAt(E, 0) }, { Subject: 'n' }],
});
const desk = new Desk(tables());

// Names of the rows of Everything__c under a condition, without their n.
const names = (condition, options) => desk.values(`SELECT Name FROM ${E} WHERE ${condition}`, 'Name',
  options).join('').replaceAll('n', '');
const under = (switches) => desk.with({ switches });

test('nulls, under both readings', () => {
  // condition, rows by default, rows under null_negation=exclude
  const table = [
    ['Text__c = \'acme\'', '01', '01'], ['Text__c IN (\'acme\')', '01', '01'],
    ['Text__c LIKE \'a%\'', '01', '01'], ['Text__c < \'b\'', '01', '01'], ['Text__c >= \'b\'', '2', '2'],
    ['Count__c > 0', '01', '01'], ['Day__c <= 2024-03-15', '02', '02'],
    ['Text__c = null', '3', '3'], ['Text__c != null', '012', '012'],
    ['Text__c = \'\'', '3', '3'], ['Text__c != \'\'', '012', '012'],
    ['Text__c != \'acme\'', '23', '2'], ['Text__c NOT IN (\'acme\', \'x\')', '23', '2'],
    ['Count__c != 5', '123', '12'], ['Day__c != 2024-03-15', '123', '12'],
    ['Text__c IN (null, \'beta\')', '23', '23'], ['Text__c NOT IN (null, \'beta\')', '013', '01'],
    ['(NOT Text__c = \'acme\')', '23', '2'], ['(NOT Text__c LIKE \'a%\')', '23', '2'],
    ['(NOT Text__c = null)', '012', '012'], ['(NOT Text__c != null)', '3', '3'],
    ['(NOT (Text__c = \'acme\' OR Count__c = -0.5))', '3', ''],
    ['(NOT (Text__c = \'acme\' AND Count__c = 5))', '123', '12'],
    ['Colors__c EXCLUDES (\'Red\')', '123', '12'], ['Colors__c INCLUDES (\'Red\')', '0', '0'],
    ['Flag__c = FALSE', '123', '123'], ['Flag__c != TRUE', '123', '123'], ['Flag__c = null', '123', '123'],
    ['Flag__c != null', '0', '0'], ['(NOT Flag__c = TRUE)', '123', '123'],
    ['Account__r.Name = null', '3', '3'], ['Account__r.Name != null', '012', '012'],
    ['Account__r.Name = \'acme\'', '0', '0'], ['Account__r.Name != \'acme\'', '123', '12'],
    ['Account__r.IsDeleted = FALSE', '013', '013'], ['Account__r.IsDeleted = TRUE', '2', '2'],
    ['Account__r.IsDeleted != null', '2', '2'],
    ['Account__r.Industry != \'Banking\'', '123', ''],
    ['Account__c = null', '3', '3'], [`Account__c != '${account(0)}'`, '123', '12'],
  ];
  for (const [condition, plain, excluded] of table) {
    assert.equal(under({}) && names(condition), plain, condition);
    assert.equal(under({ null_negation: 'exclude' }) && names(condition), excluded,
      `${condition}, excluding`);
  }
  const inList = 'Text__c NOT IN (null, \'beta\')';
  assert.equal(under({ not_in_null: 'complement' }) && names(inList), '01');
  assert.equal(under({ not_in_null: 'nothing' }) && names(inList), '');
  assert.equal(under({ missing_parent_negation: 'exclude' }) && names('Account__r.Name != \'acme\''), '12');
  assert.equal(names('Account__r.Name = null'), '3');
  desk.with({});
});

test('the empty text of a formula is null or a text', () => {
  const formulas = new Desk({ [E]: [{ Name: 'a', Text_Formula__c: '' }, { Name: 'b' },
    { Name: 'c', Text_Formula__c: 'x' }] });
  const found = (condition) => formulas.values(`SELECT Name FROM ${E} WHERE Text_Formula__c ${condition}`,
    'Name').join('');
  assert.deepEqual([found('= null'), found('!= null'), found('= \'\''), found('!= \'x\'')],
    ['ab', 'c', 'ab', 'ab']);
  formulas.with({ switches: { formula_empty_text: 'text' } });
  assert.deepEqual([found('= null'), found('!= null'), found('= \'\''), found('!= \'x\'')],
    ['b', 'ac', 'a', 'ab']);
});

test('text compares without case, by the bytes of the upper-cased value', () => {
  const words = ['acme', 'ACME', '_x', 'Zed', 'café', 'cafe\u0301', 'CAFE', '\u212Ailo', 'kilo',
    'ſtrasse', 'straße', 'İx', 'a\\b', '50%', '50x', 'a_b', 'aXb', 'b🚀c', 'line\nbreak'];
  const texts = new Desk({ [E]: words.map((Text__c, i) => ({ Text__c,
    Unique_Case_Text__c: i < 2 ? Text__c : null })) });
  const found = (condition, switches = {}) => texts.with({ switches })
    .values(`SELECT Text__c FROM ${E} WHERE ${condition}`, 'Text__c').join(' ');
  assert.equal(found('Text__c = \'aCmE\''), 'ACME acme');
  assert.equal(found('Unique_Case_Text__c = \'acme\''), 'acme');
  assert.equal(found('Unique_Case_Text__c IN (\'ACME\')'), 'ACME');
  assert.equal(found('Unique_Case_Text__c LIKE \'a%\''), 'acme');
  assert.equal(found('Text__c = \'CAFÉ\''), 'café');
  assert.equal(found('Text__c = \'cafe\'', { accents: 'ignored' }), 'CAFE cafe\u0301 café');
  assert.equal(found('Text__c = \'kilo\''), 'kilo');
  assert.equal(found('Text__c = \'kilo\'', { text_fold: 'lower' }), 'kilo \u212Ailo');
  assert.equal(found('Text__c = \'strasse\''), 'ſtrasse');
  assert.equal(found('Text__c = \'strasse\'', { text_fold: 'lower' }), '');
  assert.equal(found('Text__c = \'acme  \''), '');
  assert.equal(found('Text__c = \'acme  \'', { trailing_blanks: 'ignored' }), 'ACME acme');
  assert.equal(found('Text__c > \'z\''), ['_x', 'Zed', 'İx', 'ſtrasse', '\u212Ailo']
    .filter((word) => word !== 'ſtrasse').sort().join(' '));
  const lines = new Desk({ [E]: [{ Text__c: 'a\r\nb' }] });
  const breaks = (literal) => lines.query(`SELECT Id FROM ${E} WHERE Text__c = ${literal}`).totalSize;
  assert.deepEqual([breaks('\'a\\r\\nb\''), breaks('\'a\\nb\'')], [1, 0]);
  lines.with({ switches: { line_breaks: 'lf' } });
  assert.deepEqual([breaks('\'a\\r\\nb\''), breaks('\'a\\nb\'')], [0, 1]);
  // LIKE
  assert.equal(found('Text__c LIKE \'50\\%\''), '50%');
  assert.equal(found('Text__c LIKE \'a\\_b\''), 'a_b');
  assert.equal(found('Text__c LIKE \'a_b\''), 'aXb a\\b a_b');
  assert.equal(found('Text__c LIKE \'A_B\' AND Text__c != \'axb\''), 'a\\b a_b');
  assert.equal(found('Text__c LIKE \'cme\''), '');
  assert.equal(found('Text__c LIKE \'%CM%\''), 'ACME acme');
  assert.equal(found('Text__c LIKE \'a\\\\b\''), 'a\\b');
  assert.equal(found('Text__c LIKE \'a\\\\_b\'', { like_backslash: 'escape' }), 'a_b');
  assert.equal(found('Text__c LIKE \'b_c\''), 'b🚀c');
  assert.equal(found('Text__c LIKE \'b_c\'', { like_underscore: 'unit' }), '');
  assert.equal(found('Text__c LIKE \'b__c\'', { like_underscore: 'unit' }), 'b🚀c');
  assert.equal(found('Text__c LIKE \'line%\''), 'line\nbreak');
  assert.deepEqual(texts.with({}).values(`SELECT Text__c FROM ${E} WHERE Text__c IN `
    + '(\'_x\',\'zed\',\'b🚀c\',\'İx\') ORDER BY Text__c', 'Text__c'), ['b🚀c', 'Zed', '_x', 'İx']);
});

test('ids compare by 15 characters with case; numbers by all digits; times by the second', () => {
  const [long] = [account(0)];
  for (const id of [long, long.slice(0, 15)]) assert.equal(names(`Account__c = '${id}'`), '0');
  assert.equal(names(`Account__c IN ('${long}', '${account(2).slice(0, 15)}')`), '02');
  const swapped = long.replace(/[A-Z]/g, (c) => c.toLowerCase());
  assert.equal(names(`Account__c = '${swapped.slice(0, 15)}'`), swapped.slice(0, 15)
    === long.slice(0, 15) ? '0' : '');
  const lowered = `${long.slice(0, 15).toLowerCase()}${long.slice(15)}`;
  assert.equal(under({ id_checksum: 'repair' }) && names(`Account__c = '${lowered}'`), '0');
  assert.equal(under({ id_checksum: 'ignore' }) && names(`Account__c = '${long.slice(0, 15)}ZZZ'`), '0');
  desk.with({});
  assert.equal(names('Count__c = 5'), '0');
  assert.equal(names('Count__c = 5.0'), '0');
  assert.equal(names('Count__c > 5'), '1');
  assert.equal(names('Amount__c = 10'), '0');
  assert.equal(names('Amount__c < 10'), '1');
  assert.equal(names('Amount__c IN (10.00, 9.999999999999999999999999)'), '01');
  assert.equal(names('Moment__c = 2024-03-15T12:00:00.999Z'), '0');
  assert.equal(under({ datetime_fraction: 'exact' }) && names('Moment__c > 2024-03-15T12:00:00.999Z'), '1');
  assert.equal(desk.with({}) && names('Moment__c = 2024-03-15T07:00:00-05:00'), '0');
  assert.equal(names('Time__c > 10:00:00Z'), '1');
  assert.equal(names('Time__c = 10:00:00.5Z'), '1');
});

test('named date literals, in the user\'s time zone', () => {
  // The sandbox's clock stands at 2026-03-15T12:00:00Z, a Sunday.
  const days = ['2026-03-14', '2026-03-15', '2026-03-16', '2026-02-28', '2025-12-31', '2026-03-08'];
  const dates = new Desk({ [E]: days.map((day) => ({ Name: day, Day__c: day,
    Moment__c: Date.parse(`${day}T03:00:00Z`) })) });
  const found = (condition, zone = 'UTC') => dates.with({ switches: { user_time_zone: zone } })
    .values(`SELECT Name FROM ${E} WHERE ${condition}`, 'Name').map((day) => day.slice(5)).join(' ');
  assert.equal(found('Day__c = TODAY'), '03-15');
  assert.equal(found('Day__c < TODAY'), '12-31 02-28 03-08 03-14');
  assert.equal(found('Day__c > TODAY'), '03-16');
  assert.equal(found('Day__c >= YESTERDAY AND Day__c <= TOMORROW'), '03-14 03-15 03-16');
  assert.equal(found('Day__c = THIS_WEEK'), '03-15 03-16');
  assert.equal(found('Day__c = LAST_WEEK'), '03-08 03-14');
  assert.equal(found('Day__c = LAST_N_DAYS:1'), '03-14 03-15');
  assert.equal(found('Day__c = LAST_MONTH'), '02-28');
  assert.equal(found('Day__c = LAST_N_MONTHS:3'), '12-31 02-28');
  assert.equal(found('Day__c = LAST_YEAR OR Day__c = N_DAYS_AGO:7'), '12-31 03-08');
  assert.equal(found('Day__c != THIS_QUARTER'), '12-31');
  assert.equal(found('Moment__c = TODAY'), '03-15');
  assert.equal(found('Moment__c = TODAY', 'America/New_York'), '03-16');
  assert.equal(found('DAY_ONLY(Moment__c) = 2026-03-15'), '03-15');
  assert.equal(found('DAY_ONLY(convertTimezone(Moment__c)) = 2026-03-15', 'America/New_York'), '03-16');
  assert.equal(found('CALENDAR_MONTH(Day__c) = 3 AND DAY_IN_WEEK(Day__c) = 1'), '03-08 03-15');
  assert.equal(found('WEEK_IN_YEAR(Day__c) = 53'), '12-31');
  assert.equal(found('DAY_IN_YEAR(Day__c) = 365 OR WEEK_IN_MONTH(Day__c) = 4'), '12-31 02-28');
});

test('picklists go by the order of their values and by the label in LIKE', () => {
  assert.equal(names('Picklist__c = \'A_WON\''), '0');
  assert.equal(names('Picklist__c LIKE \'Brand%\''), '1');
  assert.equal(names('Picklist__c LIKE \'z%\''), '');
  assert.equal(names('toLabel(Picklist__c) = \'won\''), '0');
  assert.equal(names('Picklist__c > \'m_open\''), '0');
  assert.deepEqual(desk.values(`SELECT Picklist__c FROM ${E} ORDER BY Picklist__c NULLS LAST`, 'Picklist__c'),
    ['z_new', 'm_open', 'a_won', null]);
  assert.equal(names('Colors__c INCLUDES (\'Red;Green\',\'Blue\')'), '012');
  assert.equal(names('Colors__c INCLUDES (\'Green;Blue\')'), '1');
  assert.equal(names('Colors__c EXCLUDES (\'Green\')'), '23');
  assert.equal(names('Colors__c = \'green;red\''), '0');
});

test('order', () => {
  const order = (by, switches = {}) => under(switches)
    .values(`SELECT Name FROM ${E} ORDER BY ${by}`, 'Name').join('').replaceAll('n', '');
  assert.equal(order('Count__c'), '3201');
  assert.equal(order('Count__c DESC'), '3102');
  assert.equal(order('Count__c DESC', { desc_nulls: 'last' }), '1023');
  assert.equal(order('Count__c NULLS LAST'), '2013');
  assert.equal(order('Day__c DESC NULLS LAST'), '1023');
  assert.equal(order('Text__c NULLS LAST, Amount__c'), '1023');
  assert.equal(order('Text__c NULLS LAST, Amount__c DESC'), '0123');
  assert.equal(order('Flag__c DESC, Name DESC'), '0321');
  assert.equal(order('Flag__c, Name DESC'), '3210');
  assert.equal(order('Flag__c, Name', { boolean_order: 'true_first' }), '0123');
  assert.equal(order('Id'), '0123');
  assert.equal(order('Id DESC LIMIT 2'), '32');
  assert.equal(order('Flag__c DESC LIMIT 4 OFFSET 0', { offset_hidden_id: 'on' }), '0123');
  // NULLS LAST is ignored for references and behind them.
  assert.equal(order('Account__c NULLS LAST'), '3012');
  assert.equal(order('Account__r.Name DESC NULLS LAST'), '3210');
  assert.equal(order('CALENDAR_YEAR(Day__c) NULLS LAST, Name'), '0123');
  desk.with({});
});

test('what is not ordered comes in an order of its own, the same for the same text', () => {
  const many = new Desk({ [E]: Array.from({ length: 60 }, (_, i) => ({ Name: `n${i}`, Count__c: '1' })) });
  const asStored = Array.from({ length: 60 }, (_, i) => `n${i}`);
  for (const soql of [`SELECT Name FROM ${E}`, `SELECT Name FROM ${E} ORDER BY Count__c`,
    `SELECT Name FROM ${E} WHERE Count__c = 1`]) {
    const got = many.all(soql).map(({ Name }) => Name);
    assert.notDeepEqual(got, asStored);
    assert.deepEqual(got.slice().sort(), asStored.slice().sort());
    assert.deepEqual(many.all(soql).map(({ Name }) => Name), got);
  }
  assert.equal(many.all(`SELECT Name FROM ${E} LIMIT 5`).length, 5);
});

test('parents, several types of parents, TYPEOF and deleted parents', () => {
  const owners = desk.values(`SELECT Owner.Name, Owner.Type FROM ${E} WHERE Owner.Type = 'User'`, 'Owner');
  assert.deepEqual(owners.map(({ Name, Type }) => [Name, Type]), [['Ida Ek', 'User']]);
  assert.equal(names('Owner.Name = \'queue\' AND Owner.Type = \'Group\''), '1');
  const tasks = desk.all('SELECT Subject, TYPEOF What WHEN Account THEN Industry, NumberOfEmployees '
    + 'ELSE Name END FROM Task ORDER BY Subject');
  assert.deepEqual(tasks.map(({ What }) => What && [What.attributes.type, What.Industry, What.Name]),
    [['Account', 'Banking', undefined], [E, undefined, 'n0'], null]);
  const parents = `SELECT Name, Account__r.Name FROM ${E} ORDER BY Name`;
  assert.deepEqual(desk.all(parents).map((row) => row.Account__r?.Name ?? null),
    ['Acme', 'Beta', 'Gone', null]);
  under({ deleted_parent: 'null' });
  assert.deepEqual(desk.all(parents).map((row) => row.Account__r?.Name ?? null),
    ['Acme', 'Beta', null, null]);
  assert.equal(desk.query(parents, { all: true }).records[2].Account__r.Name, 'Gone');
  desk.with({});
});

test('semi-joins and anti-joins', () => {
  const accounts = (condition, options) => desk.values(`SELECT Name FROM Account WHERE ${condition}`,
    'Name', options).join(' ');
  assert.equal(accounts('Id IN (SELECT AccountId FROM Contact)'), 'Acme Beta');
  assert.equal(accounts('Id IN (SELECT AccountId FROM Contact WHERE Title = \'ceo\')'), 'Acme');
  // Null keys inside are harmless.
  assert.equal(accounts('Id NOT IN (SELECT AccountId FROM Contact)'), 'zeta');
  assert.equal(names('Account__c IN (SELECT Id FROM Account WHERE Industry = null)'), '1');
  assert.equal(names('Account__c IN (SELECT Id FROM Account)', { all: true }), '012');
  assert.equal(names('Account__c NOT IN (SELECT Id FROM Account)'), '23');
  assert.equal(under({ anti_join_null: 'exclude' })
    && names('Account__c NOT IN (SELECT Id FROM Account)'), '2');
  desk.with({});
  assert.equal(desk.all('SELECT Id FROM Task WHERE WhatId IN (SELECT Id FROM Account)').length, 1);
});

test('subqueries', () => {
  const rows = desk.all('SELECT Name, (SELECT LastName FROM Contacts WHERE Title != null) FROM Account '
    + 'ORDER BY Name');
  assert.deepEqual(rows.map(({ Contacts }) => Contacts && Contacts.records.map((c) => c.LastName)),
    [['Ek'], null, null]);
  assert.deepEqual(Object.keys(rows[0].Contacts), ['totalSize', 'done', 'records']);
});

test('aggregates and groups', () => {
  const all = (soql, options) => desk.all(soql, options).map(({ attributes, ...rest }) => {
    assert.deepEqual(attributes, { type: 'AggregateResult' });
    return rest;
  });
  const text = (value) => (value?.text !== undefined ? value.text : value);
  assert.deepEqual(desk.query(`SELECT COUNT() FROM ${E}`), { totalSize: 4, done: true, records: [] });
  assert.equal(desk.query(`SELECT COUNT() FROM ${E} WHERE Text__c != 'acme' LIMIT 1`).totalSize, 1);
  const [row] = all('SELECT COUNT(Id) n, COUNT(Text__c), COUNT_DISTINCT(Text__c), SUM(Amount__c) s, '
    + `AVG(Amount__c), MIN(Amount__c), MAX(Day__c), MIN(Picklist__c), MAX(Text__c) FROM ${E}`);
  assert.deepEqual(Object.keys(row), ['n', 'expr0', 'expr1', 's', 'expr2', 'expr3', 'expr4', 'expr5',
    'expr6']);
  assert.deepEqual(Object.values(row).map(text), [4, 3, 2, '320.0', '106.66666666666667', '10.0',
    '2024-03-16', 'z_new', 'Beta']);
  assert.deepEqual(all(`SELECT SUM(Amount__c), MAX(Name), COUNT(Id) FROM ${E} WHERE Name = 'no'`),
    [{ expr0: null, expr1: null, expr2: 0 }]);
  const groups = (switches) => under(switches).all(`SELECT Text__c, COUNT(Id) c FROM ${E} GROUP BY Text__c `
    + 'ORDER BY COUNT(Id) DESC, Text__c')
    .map(({ Text__c, c }) => `${(Text__c ?? 'null').toLowerCase()} ${text(c)}`);
  assert.deepEqual(groups({}), ['acme 2', 'null 1', 'beta 1']);
  assert.deepEqual(groups({ group_fold: 'exact' }).sort(), ['acme 1', 'acme 1', 'beta 1', 'null 1']);
  assert.deepEqual(groups({ aggregate_integers: 'decimal' }), ['acme 2.0', 'null 1.0', 'beta 1.0']);
  desk.with({});
  assert.deepEqual(all(`SELECT Flag__c f, COUNT(Id) FROM ${E} GROUP BY Flag__c HAVING COUNT(Id) >= 2`),
    [{ f: false, expr0: 3 }]);
  assert.deepEqual(all(`SELECT CALENDAR_MONTH(Day__c), COUNT(Id) FROM ${E} WHERE Day__c != null `
    + 'GROUP BY CALENDAR_MONTH(Day__c)'),
    [{ expr0: 3, expr1: 3 }]);
  assert.deepEqual(all(`SELECT Account__r.Name, SUM(Count__c) FROM ${E} WHERE Account__c != null `
    + 'GROUP BY Account__r.Name ORDER BY Account__r.Name LIMIT 1')
    .map(({ Name, expr0 }) => [Name, expr0.text]), [['Acme', '5.0']]);
});

test('formulas are grouped, or not', () => {
  const soql = `SELECT Day_Formula__c FROM ${E} GROUP BY Day_Formula__c`;
  assert.equal(under({}).refusal(soql)[0], 'accepted');
  assert.equal(under({ group_formula: 'refuse' }).refusal(soql)[0], 'INVALID_FIELD');
  desk.with({});
});

test('more groups than a batch are refused, unless LIMIT says less', () => {
  const days = Array.from({ length: 2001 }, (_, i) => ({
    Day__c: new Date(i * 86_400_000).toISOString().slice(0, 10) }));
  const many = new Desk({ [E]: days });
  const soql = `SELECT Day__c, COUNT(Id) FROM ${E} GROUP BY Day__c`;
  assert.deepEqual(many.refusal(soql), ['EXCEEDED_ID_LIMIT', 'Aggregate query does not support '
    + 'queryMore(), use LIMIT to restrict the results to a single batch']);
  assert.equal(many.query(`${soql} LIMIT 2000`).totalSize, 2000);
  many.with({ switches: { group_limit: 'batch' } });
  assert.equal(many.refusal(`${soql} LIMIT 2000`, { batchSize: 200 })[0], 'EXCEEDED_ID_LIMIT');
});

// One query per rule that a mutant breaks: it must give something else than without.
const BROKEN = {
  equals_case_sensitive: names.bind(null, 'Text__c = \'Acme\''),
  soql_or_drops_second: names.bind(null, '(Name = \'n0\' OR Name = \'n1\')'),
  soql_null_order: () => desk.values(`SELECT Name FROM ${E} ORDER BY Count__c NULLS FIRST`, 'Name'),
  not_null_ignored: names.bind(null, 'Text__c != null'),
  parent_boolean_null: names.bind(null, 'Account__r.IsDeleted = FALSE'),
  decimals_rounded: names.bind(null, 'Amount__c = 10'),
  date_bound_exclusive: names.bind(null, 'Day__c >= 2024-03-15'),
  in_drops_last: names.bind(null, 'Name IN (\'n0\', \'n1\')'),
  includes_or: names.bind(null, 'Colors__c INCLUDES (\'Red;Blue\')'),
  like_unanchored: names.bind(null, 'Text__c LIKE \'cme\''),
  count_skips_nulls: () => desk.query(`SELECT COUNT() FROM ${E} WHERE Text__c != 'acme'`).totalSize,
  group_null_lost: () => desk.query(`SELECT Day__c FROM ${E} GROUP BY Day__c`).totalSize,
  semijoin_ignores_filter: names.bind(null,
    'Account__c IN (SELECT Id FROM Account WHERE Name = \'Acme\')'),
  ids_without_case: names.bind(null, `Account__c = '${account(0).slice(0, 15).toLowerCase()}'`),
  second_key_ignored: () => desk.values(`SELECT Name FROM ${E} ORDER BY Text__c, Amount__c`, 'Name')
    .concat(desk.values(`SELECT Name FROM ${E} ORDER BY Text__c, Amount__c DESC`, 'Name')),
  soql_limit_short: () => desk.query(`SELECT Name FROM ${E} LIMIT 2`).totalSize,
  deleted_rows_returned: () => desk.query('SELECT Id FROM Account').totalSize,
  anti_join_as_semi_join: names.bind(null, 'Account__c NOT IN (SELECT Id FROM Account)'),
  sum_of_doubles: () => desk.all(`SELECT SUM(Count__c) FROM ${E} WHERE Name = 'n2'`)
    .concat(desk.all(`SELECT AVG(Share__c) FROM ${E}`)).map(({ expr0 }) => expr0.text),
  count_of_deleted: () => desk.query('SELECT COUNT() FROM Account').totalSize,
  queryall_hides_deleted: () => desk.query('SELECT Id FROM Account', { all: true }).totalSize,
  like_case_sensitive: names.bind(null, 'Text__c LIKE \'ACM%\''),
  like_underscore_literal: names.bind(null, 'Text__c LIKE \'a_me\''),
  is_null_finds_nothing: names.bind(null, 'Text__c = null'),
  numbers_as_text: names.bind(null, 'Count__c > 1 AND Count__c < 30'),
  datetime_of_minute: names.bind(null, 'Moment__c > 2024-03-15T12:00:00Z'),
  date_range_late: names.bind(null, 'Day__c >= 2024-03-15'),
  int_range_off_by_one: () => desk.all('SELECT Id FROM Account WHERE NumberOfEmployees >= 7'),
};
// Those of pages are tried in salesforce_query.test.mjs.
const PAGE_MUTANTS = ['locator_row_lost', 'locator_row_repeated', 'total_size_of_page',
  'locator_done_early', 'locator_page_repeated', 'locator_order_changes', 'total_size_short'];

test('each mutant can be seen', () => {
  assert.deepEqual([...Object.keys(BROKEN), ...PAGE_MUTANTS].sort(), Object.keys(SOQL_MUTANTS).sort());
  for (const [mutant, probe] of Object.entries(BROKEN)) {
    const usual = desk.with({}) && probe();
    const broken = desk.with({ mutants: [mutant] }) && probe();
    assert.notDeepEqual(broken, usual, mutant);
  }
  desk.with({});
});
