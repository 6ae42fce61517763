// What a SOQL statement may say (salesforce §5): the grammar, and its rules against the schema.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parse } from '../salesforce/soql/parse.mjs';
import { Desk } from './soql_world.mjs';

const desk = new Desk({});
const E = 'Everything__c';
const where = (condition) => `SELECT Id FROM ${E} WHERE ${condition}`;
const ID = '0015g00000xyzab';
const SEMI = 'Account__c IN (SELECT AccountId FROM Contact)';

const ACCEPTED = [
  `select id, NAME, account__r.owner.name from everything__C`,
  `SELECT e.Id, e.Account__r.Name FROM ${E} e WHERE e.Flag__c = TRUE`,
  'SELECT Contact.FirstName, Contact.Account.Name FROM Contact',
  'SELECT c.FirstName, a.Name FROM Contact c, c.Account a WHERE a.Name != null',
  'SELECT Name, (SELECT LastName FROM Contacts WHERE LastName != null ORDER BY LastName LIMIT 3) '
    + 'FROM Account',
  'SELECT Id, TYPEOF What WHEN Account THEN Phone, Industry WHEN Opportunity THEN Amount ELSE Name END '
    + 'FROM Task',
  'SELECT FIELDS(STANDARD) FROM Account', `SELECT FIELDS(ALL) FROM ${E} LIMIT 200`,
  `SELECT FIELDS(CUSTOM) FROM ${E} WHERE Id IN ('${ID}')`,
  `SELECT toLabel(Picklist__c), FORMAT(Amount__c) m, convertCurrency(Amount__c) c FROM ${E}`,
  `SELECT COUNT() FROM ${E} LIMIT 5`,
  `SELECT COUNT(Id) n, SUM(Amount__c), AVG(Count__c), MIN(Day__c), MAX(Moment__c) FROM ${E}`,
  `SELECT Flag__c f, COUNT(Id) FROM ${E} GROUP BY Flag__c HAVING COUNT(Id) > 1 `
    + 'ORDER BY COUNT(Id) DESC LIMIT 3 OFFSET 1',
  `SELECT Account__r.Name, COUNT(Id) FROM ${E} GROUP BY Account__r.Name`,
  `SELECT CALENDAR_YEAR(Moment__c) y, COUNT(Id) FROM ${E} GROUP BY CALENDAR_YEAR(Moment__c)`,
  `SELECT DAY_ONLY(convertTimezone(Moment__c)), COUNT(Id) FROM ${E} `
    + 'GROUP BY DAY_ONLY(convertTimezone(Moment__c))',
  `SELECT Id FROM ${E} ORDER BY Name ASC NULLS LAST, Day__c DESC NULLS FIRST LIMIT 10 OFFSET 2000`,
  ...['Name = \'a\' AND Flag__c = TRUE AND Day__c = TODAY', 'Name = \'a\' OR Name = \'b\' OR Name = \'c\'',
    'Name = \'a\' AND (Flag__c = TRUE OR Flag__c = FALSE)', '(NOT Name LIKE \'a%\')', 'NOT Name = \'a\'',
    'Name = \'a\' AND (NOT (Name LIKE \'b%\'))', 'Name <> null', 'Name LIKE \'a\\_b\\%c\\\\d\'',
    'Name = \'\\n\\r\\t\\b\\f\\"\\\'\\\\\\u00e9\\N\\U00E9\'', 'Count__c = -1.5', 'Count__c > .5',
    'Day__c = 2024-02-29', 'Day__c = TODAY', 'Moment__c >= 2024-01-31T10:00:00Z',
    'Moment__c < 2024-01-31T10:00:00.123+01:00', 'Moment__c = LAST_N_DAYS:30', 'Time__c = 10:15:00.000Z',
    'Time__c > 10:15:00Z', `Account__c = '${ID}AAA'`, 'Id = null',
    'Colors__c INCLUDES (\'Red;Blue\',\'Green\')',
    'Colors__c EXCLUDES (\'Red\')', 'Colors__c = \'Red;Blue\'', 'Flag__c IN (TRUE, FALSE)',
    'Day__c IN (2024-01-01, TODAY)',
    'Name IN (\'a\', null)', 'CALENDAR_MONTH(Day__c) = 2', 'DAY_ONLY(Moment__c) = 2024-01-01',
    'toLabel(Picklist__c) = \'Open\'', 'Place__c = null', 'Owner.Type = \'User\'', 'Owner.Name LIKE \'a%\'',
    'Account__r.Owner.IsActive = TRUE', `(${SEMI})`,
    `Flag__c = TRUE AND (Name = 'a' OR Name = 'b') AND ${SEMI}`,
    `${SEMI} AND Contact__c NOT IN (SELECT Id FROM Contact)`].map(where),
  'SELECT Id FROM Event WHERE WhoId IN (SELECT Id FROM Contact)',
  'SELECT Id FROM Account USING SCOPE everything', 'SELECT Id FROM Account FOR VIEW',
  'SELECT Id FROM Account WITH SECURITY_ENFORCED',
];

const WITH_CARET = new RegExp('^\\nSELECT Id, Foo FROM Account\\n {11}\\^\\nERROR at Row:1:Column:12\\n'
  + 'No such column \'Foo\' on entity \'Account\'\\. If you');
const REFUSED = [
  ['MALFORMED_QUERY', /unexpected token: 'OR'/,
    where('Name = \'a\' AND Flag__c = TRUE OR Day__c = null')],
  ['MALFORMED_QUERY', /unexpected token: 'NOT'/, where('Name = \'a\' AND NOT Flag__c = TRUE')],
  ['MALFORMED_QUERY', /unexpected token/, where('Name NOT LIKE \'a\'')],
  ['MALFORMED_QUERY', /unexpected token: '\)'/, where('Name IN ()')],
  ['MALFORMED_QUERY', /unexpected token: 'e5'/, where('Count__c = 1e5')],
  ['MALFORMED_QUERY', /escape/, where('Name = \'\\q\'')],
  ['MALFORMED_QUERY', /escape/, where('Name = \'\\%\'')],
  ['MALFORMED_QUERY', /escape/, where('Name LIKE \'\\a\'')],
  ['MALFORMED_QUERY', /unexpected token/, where('Name = \'it\'\'s\'')],
  ['MALFORMED_QUERY', /newline/, where('Name = \'a\nb\'')],
  ['MALFORMED_QUERY', /unexpected token: '<EOF>'/, where('Name = \'a')],
  ['MALFORMED_QUERY', /unexpected token/, where('Name = Text__c')],
  ['MALFORMED_QUERY', /unexpected token: '"'/, where('Name = "a"')],
  ['MALFORMED_QUERY', /unexpected token/, where('Count__c + 1 = 2')],
  ['MALFORMED_QUERY', /unexpected token/, where('Name = :bound')],
  ['MALFORMED_QUERY', /unexpected token: '\/'/, `SELECT Id /* c */ FROM ${E}`],
  ['MALFORMED_QUERY', /unexpected token: ';'/, `SELECT Id FROM ${E};`],
  ['MALFORMED_QUERY', /unexpected token: '\*'/, `SELECT * FROM ${E}`],
  ['MALFORMED_QUERY', /unexpected token: '\.'/, `SELECT Account__r..Name FROM ${E}`],
  ['MALFORMED_QUERY', /unexpected token: 'UPPER'/, `SELECT UPPER(Name) FROM ${E}`],
  ['MALFORMED_QUERY', /unexpected token: 'like'/, `SELECT COUNT(Id) like FROM ${E}`],
  ['MALFORMED_QUERY', /LIMIT/, `SELECT Id FROM ${E} LIMIT -1`],
  ['MALFORMED_QUERY', /100000 characters/, where(`Name = '${'x'.repeat(100_000)}'`)],
  ['MALFORMED_QUERY', /4001 > 4000/, where(`Name = '${'x'.repeat(4001)}'`)],
  ['MALFORMED_QUERY', /aliasing/, `SELECT Name n FROM ${E}`],
  // names
  ['INVALID_FIELD', WITH_CARET, 'SELECT Id, Foo FROM Account'],
  ['INVALID_FIELD', /Row:2:Column:7\nNo such column 'Foo'/,
    'SELECT Id FROM Account\nWHERE Foo = 1'],
  ['INVALID_FIELD', /Didn't understand relationship 'Foo__r' in field path/,
    `SELECT Foo__r.Name FROM ${E}`],
  ['INVALID_FIELD', /No such column 'Industry' on entity 'Name'/, `SELECT What.Industry FROM Task`],
  ['INVALID_TYPE', /sObject type 'Foo' is not supported/, 'SELECT Id FROM Foo'],
  ['INVALID_TYPE', /Didn't understand relationship 'Foos' in FROM part/,
    'SELECT (SELECT Id FROM Foos) FROM Account'],
  ['INVALID_FIELD', /duplicate field selected: Id/, `SELECT Id, Name, id FROM ${E}`],
  ['INVALID_FIELD', /duplicate field selected: Name/, 'SELECT FIELDS(STANDARD), Name FROM Account'],
  ['MALFORMED_QUERY', /levels/,
    `SELECT Parent__r.Parent__r.Parent__r.Parent__r.Parent__r.Parent__r.Name FROM ${E}`],
  ['MALFORMED_QUERY', /LIMIT of at most 200/, `SELECT FIELDS(ALL) FROM ${E} LIMIT 201`],
  ['MALFORMED_QUERY', /custom fields/, 'SELECT FIELDS(CUSTOM) FROM User LIMIT 1'],
  // literals
  ['INVALID_FIELD', /'Moment__c' must be of type dateTime and should not be enclosed in quotes/,
    where('Moment__c > \'2024-01-01T00:00:00Z\'')],
  ['INVALID_FIELD', /must be of type dateTime/, where('Moment__c > 2024-01-01')],
  ['INVALID_FIELD', /must be of type date/, where('Day__c > 2024-01-01T00:00:00Z')],
  ['INVALID_FIELD', /must be of type date and should not/, where('Day__c = \'\'')],
  ['INVALID_FIELD', /must be of type string and should be enclosed in quotes/, where('Name = 5')],
  ['INVALID_FIELD', /must be of type double/, where('Amount__c = \'5\'')],
  ['INVALID_FIELD', /must be of type boolean/, where('Flag__c = \'true\'')],
  ['INVALID_FIELD', /must be of type int/, 'SELECT Id FROM Account WHERE NumberOfEmployees = 1.5'],
  ['INVALID_FIELD', /must be of type int/,
    'SELECT Id FROM Account WHERE NumberOfEmployees = 2147483648'],
  ['INVALID_FIELD', /must be of type int/, where('CALENDAR_YEAR(Day__c) = 2024-01-01')],
  ['INVALID_QUERY_VALUE', /range/, where('Day__c = 2023-02-29')],
  ['INVALID_QUERY_VALUE', /range/, where('Day__c > 1699-12-31')],
  ['INVALID_QUERY_VALUE', /range/, where('Moment__c < 4000-12-31T00:00:01Z')],
  ['MALFORMED_QUERY', /unexpected token/, where('Time__c = 9:15:00Z')],
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid ID field: abc/, where('Id = \'abc\'')],
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid ID field/,
    where('Account__c IN (\'0015g00000xyzabAAB\')')],
  // operators
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid operator on id field/, where('Id LIKE \'a%\'')],
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid operator on id field/,
    where('Account__c LIKE \'a%\'')],
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid operator on multipicklist field/,
    where('Colors__c LIKE \'a%\'')],
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid operator on multipicklist field/,
    where('Colors__c > \'a\'')],
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid operator on double field/,
    where('Count__c LIKE \'1%\'')],
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid operator on boolean field/, where('Flag__c > FALSE')],
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid LIKE value/, where('Name LIKE \'\'')],
  ['INVALID_QUERY_FILTER_OPERATOR', /invalid operator on string field/,
    where('Name INCLUDES (\'a\')')],
  ['INVALID_FIELD', /field 'Long_Area__c' can not be filtered in a query call/,
    where('Long_Area__c = \'a\'')],
  ['INVALID_FIELD', /'Secret__c' can not be filtered/, where('Secret__c = \'a\'')],
  ['INVALID_FIELD', /'Colors__c' can not be sorted in a query call/,
    `SELECT Id FROM ${E} ORDER BY Colors__c`],
  ['NUMBER_OUTSIDE_VALID_RANGE', /Maximum SOQL offset allowed for apiName Account is 2000/,
    'SELECT Id FROM Account OFFSET 2001'],
  // aggregates
  ['MALFORMED_QUERY', /Field must be grouped or aggregated: Name/,
    `SELECT Name, COUNT(Id) FROM ${E}`],
  ['MALFORMED_QUERY', /Field must be grouped or aggregated: Day__c/,
    `SELECT CALENDAR_YEAR(Day__c) FROM ${E}`],
  ['MALFORMED_QUERY', /Field must be grouped or aggregated: Name/,
    `SELECT Flag__c, COUNT(Id) FROM ${E} GROUP BY Flag__c ORDER BY Name`],
  ['MALFORMED_QUERY', /Field must be grouped or aggregated: Name/,
    `SELECT Flag__c FROM ${E} GROUP BY Flag__c HAVING Name = 'a'`],
  ['MALFORMED_QUERY', /Grouped field should not be aggregated: Day__c/,
    `SELECT Day__c, COUNT(Day__c) FROM ${E} GROUP BY Day__c`],
  ['MALFORMED_QUERY', /Non-grouped query that uses overall aggregate functions cannot also use LIMIT/,
    `SELECT COUNT(Id) FROM ${E} LIMIT 1`],
  ['MALFORMED_QUERY', /unexpected token|must be the only/, `SELECT COUNT(), Name FROM ${E}`],
  ['MALFORMED_QUERY', /must be the only/, `SELECT COUNT() FROM ${E} ORDER BY Name`],
  ['MALFORMED_QUERY', /must be the only/, `SELECT COUNT() FROM ${E} GROUP BY Flag__c`],
  ['MALFORMED_QUERY', /duplicate alias: Name/,
    `SELECT Name, Account__r.Name FROM ${E} GROUP BY Name, Account__r.Name`],
  ['INVALID_FIELD', /'Amount__c' can not be grouped/,
    `SELECT Amount__c FROM ${E} GROUP BY Amount__c`],
  ['INVALID_FIELD', /'Moment__c' can not be grouped/,
    `SELECT Moment__c FROM ${E} GROUP BY Moment__c`],
  ['INVALID_FIELD', /Name does not support aggregate operator SUM/, `SELECT SUM(Name) FROM ${E}`],
  ['INVALID_FIELD', /Flag__c does not support aggregate operator COUNT/,
    `SELECT COUNT(Flag__c) FROM ${E}`],
  ['INVALID_FIELD', /Name of type string does not support function/,
    where('CALENDAR_YEAR(Name) = 1')],
  ['INVALID_FIELD', /does not support function DAY_ONLY/, where('DAY_ONLY(Day__c) = 2024-01-01')],
  // semi-joins
  ['MALFORMED_QUERY', /only allowed at the top level WHERE/, where(`(Flag__c = TRUE AND ${SEMI})`)],
  ['MALFORMED_QUERY', /only allowed at the top level WHERE/,
    where(`((Name = 'a') AND ${SEMI}) AND (Flag__c = TRUE)`)],
  ['MALFORMED_QUERY', /only allowed at the top level WHERE/, where(`(NOT ${SEMI})`)],
  ['MALFORMED_QUERY', /not allowed with the 'OR' operator/, where(`Flag__c = TRUE OR ${SEMI}`)],
  ['MALFORMED_QUERY', /not allowed with the 'OR' operator/,
    where(`Flag__c = TRUE AND (Name = 'a' OR ${SEMI})`)],
  ['EXCEEDED_MAX_SEMIJOIN_SUBSELECTS', /2/, where(`${SEMI} AND ${SEMI} AND ${SEMI}`)],
  ['MALFORMED_QUERY', /same object type/, where('Account__c IN (SELECT ContactId FROM Case)')],
  ['MALFORMED_QUERY', /left operand field/,
    where('Account__r.Id IN (SELECT AccountId FROM Contact)')],
  ['MALFORMED_QUERY', /left operand field/, where('Name IN (SELECT AccountId FROM Contact)')],
  ['MALFORMED_QUERY', /inner select field/, where('Account__c IN (SELECT Name FROM Contact)')],
  ['MALFORMED_QUERY', /inner select field/,
    where('Account__c IN (SELECT Account.Id FROM Contact)')],
  ['MALFORMED_QUERY', /inner and outer selects/, where(`Id IN (SELECT Parent__c FROM ${E})`)],
  ['MALFORMED_QUERY', /top level WHERE/,
    where('Account__c IN (SELECT AccountId FROM Contact WHERE OwnerId IN (SELECT Id FROM User))')],
  ['MALFORMED_QUERY', /unexpected token|missing/,
    where('Account__c IN (SELECT AccountId FROM Contact LIMIT 1)')],
  ['MALFORMED_QUERY', /'Task' is not supported for semi join/,
    'SELECT Id FROM Contact WHERE Id IN (SELECT WhoId FROM Task)'],
  ['MALFORMED_QUERY', /top level/,
    'SELECT (SELECT Id FROM Contacts WHERE OwnerId IN (SELECT Id FROM User)) FROM Account'],
  // subqueries, TYPEOF
  ['MALFORMED_QUERY', /aggregate queries are not allowed/,
    'SELECT (SELECT COUNT(Id) FROM Contacts) FROM Account'],
  ['MALFORMED_QUERY', /polymorphic/,
    'SELECT TYPEOF Account WHEN Account THEN Name END FROM Contact'],
];

test('statements that are accepted', () => {
  for (const soql of ACCEPTED) assert.deepEqual(desk.refusal(soql), ['accepted', ''], soql);
});

test('statements that are refused, and how', () => {
  for (const [code, message, soql] of REFUSED) {
    const [gotCode, gotMessage] = desk.refusal(soql);
    assert.equal(gotCode, code, `${soql}: ${gotMessage}`);
    assert.match(gotMessage, message, soql);
  }
});

test('subqueries go one level down before v58 and five from there on', () => {
  const nested = (levels) => (levels === 0 ? `SELECT Id FROM ${E}`
    : `SELECT Id, (${nested(levels - 1).replace(`FROM ${E}`, 'FROM Children__r')}) FROM ${E}`);
  assert.deepEqual(desk.refusal(nested(1), { version: '57.0' }), ['accepted', '']);
  assert.match(desk.refusal(nested(2), { version: '57.0' })[1], /deeper than 1 levels/);
  assert.deepEqual(desk.refusal(nested(5)), ['accepted', '']);
  assert.match(desk.refusal(nested(6))[1], /deeper than 5 levels/);
});

// Paths to parents, each behind the paths that lead to it.
function parentPaths(name, count) {
  const out = [];
  const queue = [{ path: '', object: desk.schema.object(name) }];
  while (out.length < count) {
    const { path, object } = queue.shift();
    for (const field of object.fields) {
      const target = field.referenceTo.length === 1 && desk.schema.object(field.referenceTo[0]);
      if (!field.relationshipName || !target) continue;
      out.push(`${path}${field.relationshipName}.Id`);
      queue.push({ path: `${path}${field.relationshipName}.`, object: target });
    }
  }
  return out.slice(0, count);
}

test('a statement reads 55 relationships at most', () => {
  const soql = (count) => `SELECT ${parentPaths(E, count)} FROM ${E}`;
  assert.deepEqual(desk.refusal(soql(55)), ['accepted', '']);
  assert.match(desk.refusal(soql(56))[1], /No more than 55 relationships/);
});

test('a statement has 20 subqueries at most', () => {
  const names = (object) => desk.schema.object(object).childRelationships
    .map(({ relationshipName }) => relationshipName).filter(Boolean);
  const select = (name, inner = []) => `(SELECT ${['Id', ...inner]} FROM ${name})`;
  const ofContacts = names('Contact').map((name) => select(name));
  const ofDeals = names('Opportunity').map((name) => select(name));
  // One more than the room: subqueries of two children, and of Account itself.
  const others = names('Account').filter((name) => !/^(Contacts|Opportunities)$/.test(name));
  const rest = others.slice(0, 20 - ofContacts.length - ofDeals.length - 2).map((n) => select(n));
  const soql = (more) => `SELECT ${[select('Contacts', ofContacts), select('Opportunities', ofDeals),
    ...rest, ...more]} FROM Account`;
  assert.deepEqual(desk.refusal(soql([])), ['accepted', '']);
  assert.match(desk.refusal(soql([select(others.at(-1))]))[1], /No more than 20 subqueries/);
});

test('switches decide about ids with a wrong check and fractions against an int', () => {
  const id = where('Id = \'a005g0000000001aaa\'');
  for (const reading of ['ignore', 'repair']) {
    assert.equal(desk.with({ switches: { id_checksum: reading } }).refusal(id)[0], 'accepted');
  }
  const int = 'SELECT Id FROM Account WHERE NumberOfEmployees > 1.5';
  assert.equal(desk.with({ switches: { int_fraction: 'compare' } }).refusal(int)[0], 'accepted');
  assert.equal(desk.with({}).refusal(id)[0], 'INVALID_QUERY_FILTER_OPERATOR');
  assert.equal(desk.refusal(int)[0], 'INVALID_FIELD');
});

test('the same text is parsed once', () => {
  const soql = `SELECT Id FROM ${E} WHERE Name = 'once'`;
  assert.equal(parse(soql), parse(soql));
});
