// Describes, conditional requests, composite, and schemas that change (salesforce §5.6, §6, §7.3).

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { SalesforceSandbox } from './harness.mjs';

let sb;
before(async () => { sb = await SalesforceSandbox.start('--accounts', '20'); });
after(() => sb.stop());
beforeEach(() => sb.reset());

const describeOf = async (name, options) => sb.get(`sobjects/${name}/describe`, options);
const fieldOf = (body, name) => body.fields.find((field) => field.name === name);

// filter, sort, group, aggregate
function can({ filterable, sortable, groupable, aggregatable }) {
  return `${filterable ? 'F' : ''}${sortable ? 'S' : ''}${groupable ? 'G' : ''}`
    + `${aggregatable ? 'A' : ''}`;
}

describe('one object', () => {
  test('every type of field, and what each can do', async () => {
    const everything = (await describeOf('Everything__c')).body;
    const account = (await describeOf('Account')).body;
    const attachment = (await describeOf('Attachment')).body;
    const history = (await describeOf('AccountHistory')).body;
    const task = (await describeOf('Task')).body;
    const all = [everything, account, attachment, history, task].flatMap((body) => body.fields);
    const types = new Set(all.map((field) => field.type));
    for (const type of ['id', 'reference', 'string', 'textarea', 'email', 'phone', 'url', 'picklist',
      'multipicklist', 'combobox', 'boolean', 'int', 'double', 'currency', 'percent', 'date',
      'datetime', 'time', 'location', 'address', 'encryptedstring', 'base64', 'anyType']) {
      assert.ok(types.has(type), type);
    }
    const expected = { Text__c: 'FSGA', Number__c: 'FSA', Short_Area__c: 'FSGA', Long_Area__c: '',
      Rich_Area__c: '', Email__c: 'FSGA', Url__c: 'FSGA', Picklist__c: 'FSGA', Colors__c: 'F',
      Flag__c: 'FSG', Count__c: 'FSA', Amount__c: 'FSA', Share__c: 'FSA', Day__c: 'FSGA',
      Moment__c: 'FSA', Time__c: 'FS', Account__c: 'FSGA', Place__c: 'F', Secret__c: '',
      Text_Formula__c: 'FSA', Number_Formula__c: 'FSA', Flag_Formula__c: 'FSG',
      Day_Formula__c: 'FSGA', Id: 'FSGA' };
    for (const [name, flags] of Object.entries(expected)) {
      assert.equal(can(fieldOf(everything, name)), flags, name);
    }
    assert.equal(can(fieldOf(attachment, 'Body')), '');
    assert.equal(can(fieldOf(task, 'Subject')), 'FSA');
    assert.equal(can(fieldOf(task, 'ActivityDate')), 'FSG');
    assert.equal(can(fieldOf((await describeOf('Case')).body, 'Comments')), 'SA');
    assert.equal(can(fieldOf((await describeOf('Case')).body, 'CaseNumber')), 'FSA');
    assert.equal(can(fieldOf((await describeOf('Product2')).body, 'Description')), 'FSA');
    assert.equal(can(fieldOf((await describeOf('Product2')).body, 'DisplayUrl')), 'FSA');
    const user = (await describeOf('User')).body;
    assert.equal(can(fieldOf(user, 'UserPermissionsOfflineUser')), 'F');
    assert.equal(can(fieldOf(user, 'FederationIdentifier')), 'FSA');
  });

  test('keys, formulas, compounds, references', async () => {
    const { fields, keyPrefix, childRelationships } = (await describeOf('everything__C')).body;
    const field = (name) => fields.find((known) => known.name === name);
    assert.equal(keyPrefix, 'a00');
    assert.ok(field('Unique_Case_Text__c').unique && field('Unique_Case_Text__c').caseSensitive
      && field('Unique_Case_Text__c').externalId);
    assert.ok(field('Unique_Text__c').unique && !field('Unique_Text__c').caseSensitive);
    assert.ok(field('External_Id__c').externalId && !field('External_Id__c').unique);
    assert.ok(field('Number__c').autoNumber && !field('Number__c').createable);
    assert.ok(field('Number_Formula__c').calculated);
    assert.equal(field('Number_Formula__c').calculatedFormula, 'Count__c / 3');
    assert.equal(field('Place__Latitude__s').compoundFieldName, 'Place__c');
    assert.deepEqual(field('Account__c').referenceTo, ['Account']);
    assert.equal(field('Account__c').relationshipName, 'Account__r');
    assert.equal(field('Untraversable__c').relationshipName, null);
    assert.ok(field('OwnerId').polymorphicForeignKey);
    assert.ok(childRelationships.some((child) => child.childSObject === 'Everything_Line__c'
      && child.relationshipName === 'Lines__r' && child.cascadeDelete));
    const line = (await describeOf('Everything_Line__c')).body;
    const master = fieldOf(line, 'Everything__c');
    assert.equal(master.relationshipOrder, 0);
    assert.ok(!master.nillable && !master.updateable && master.cascadeDelete);
    assert.equal(fieldOf(line, 'OwnerId'), undefined);
  });

  test('800 fields, or as many as wanted', async () => {
    assert.equal((await describeOf('Wide__c')).body.fields.length, 800);
    await sb.reset({ counts: { wide: 50, objects: 30 } });
    const { body } = await describeOf('Wide__c');
    assert.equal(body.fields.length, 50);
    const { sobjects } = (await sb.get('sobjects/')).body;
    assert.equal(sobjects.filter((object) => /^(Generated|Satellite)_/.test(object.name)).length, 30);
    const prefixes = sobjects.map((object) => object.keyPrefix).filter(Boolean);
    assert.equal(new Set(prefixes).size, prefixes.length);
    assert.ok(sobjects.some((object) => !object.queryable));
    for (const { name, urls } of sobjects) {
      assert.equal((await sb.get(urls.describe)).body.name, name);
    }
  });

  test('unknown objects', async () => {
    for (const path of ['sobjects/Nope', 'sobjects/Nope/describe']) {
      const { status, body } = await sb.get(path);
      assert.equal(status, 404);
      assert.equal(body[0].errorCode, 'NOT_FOUND');
    }
    assert.equal((await sb.get('sobjects/account')).body.objectDescribe.name, 'Account');
  });
});

describe('conditional describes', () => {
  for (const path of ['sobjects/', 'sobjects/Account/describe']) {
    test(`${path} is not modified until the schema is`, async () => {
      const first = await sb.get(path);
      const since = { 'if-modified-since': first.headers.get('last-modified') };
      const second = await sb.get(path, { headers: since });
      assert.equal(second.status, 304);
      assert.equal(second.text, '');
      assert.ok(second.headers.get('sforce-limit-info'));
      const older = { 'if-modified-since': 'Mon, 01 Jan 2024 00:00:00 GMT' };
      assert.equal((await sb.get(path, { headers: older })).status, 200);
      await sb.switches({ hidden: 'Account.Fax' });
      const third = await sb.get(path, { headers: since });
      assert.equal(third.status, 200);
      assert.notEqual(third.headers.get('last-modified'), first.headers.get('last-modified'));
      await sb.control('POST', '/mutants', ['describe_never_changes']);
      assert.equal((await sb.get(path, { headers: since })).status, 304);
    });
  }
});

describe('a schema that changes', () => {
  test('hidden objects and fields are not there', async () => {
    await sb.switches({ hidden: 'Case,Account.Fax' });
    assert.equal((await describeOf('Case')).status, 404);
    const { body } = await describeOf('Account');
    assert.equal(fieldOf(body, 'Fax'), undefined);
    assert.ok(!body.childRelationships.some((child) => child.childSObject === 'Case'));
    const { sobjects } = (await sb.get('sobjects')).body;
    assert.ok(!sobjects.some((object) => object.name === 'Case'));
    const { status, body: [error] } = await sb.query('SELECT Fax FROM Account');
    assert.equal(status, 400);
    assert.equal(error.errorCode, 'INVALID_FIELD');
    await sb.switches({ hidden: '' });
    assert.equal((await describeOf('Case')).status, 200);
    assert.equal((await sb.query('SELECT Fax FROM Account')).status, 200);
  });

  test('fields lose abilities, and queries notice', async () => {
    const soql = 'SELECT Id FROM Account WHERE Industry = \'Energy\'';
    assert.equal((await sb.query(soql)).status, 200);
    await sb.switches({ unfilterable: 'Account.Industry', unsortable: 'Account.Name',
      ungroupable: 'Account.Type' });
    const { body } = await describeOf('Account');
    assert.equal(can(fieldOf(body, 'Industry')), 'SGA');
    assert.equal(can(fieldOf(body, 'Name')), 'FGA');
    assert.equal(can(fieldOf(body, 'Type')), 'FSA');
    const refused = await sb.query(soql);
    assert.equal(refused.status, 400);
    assert.match(refused.body[0].message, /can not be filtered/);
  });
});

describe('composite', () => {
  const V = '/services/data/v62.0';
  const part = (referenceId, url, more) => ({ method: 'GET', url: V + url, referenceId, ...more });
  const send = (...compositeRequest) => sb.post('composite', { compositeRequest });

  test('describes, queries and failures, for one request', async () => {
    const { status, body } = await send(
      part('a', '/sobjects/Account/describe'),
      part('b', '/sobjects/Account/describe',
        { httpHeaders: { 'If-Modified-Since': 'Tue, 01 Sep 2026 00:00:00 GMT' } }),
      part('c', '/query?q=SELECT Id FROM Account ORDER BY Id LIMIT 1'),
      part('d', '/sobjects/Account/@{c.records[0].Id}?fields=Name'),
      part('e', '/sobjects/Nope/describe'));
    assert.equal(status, 200);
    const [a, b, c, d, e] = body.compositeResponse;
    assert.deepEqual([a, b, c, d, e].map((answer) => answer.httpStatusCode),
      [200, 304, 200, 200, 404]);
    assert.deepEqual([a, b, c, d, e].map((answer) => answer.referenceId).join(''), 'abcde');
    assert.equal(a.body.name, 'Account');
    assert.ok(a.httpHeaders['Last-Modified'] && a.httpHeaders.ETag);
    assert.equal(b.body, null);
    assert.equal(d.body.Id, c.body.records[0].Id);
    assert.equal(e.body[0].errorCode, 'NOT_FOUND');
    const usage = async () => Number(/=(\d+)/.exec((await sb.get('limits')).headers
      .get('sforce-limit-info'))[1]);
    const before = await usage();
    await send(part('a', '/sobjects'), part('b', '/limits'));
    assert.equal(await usage(), before + 2);
  });

  test('at most 25 parts, 5 of them queries', async () => {
    const many = (n, url) => Array.from({ length: n }, (_, i) => part(`r${i}`, url));
    assert.equal((await send(...many(25, '/sobjects/Group/describe'))).status, 200);
    assert.equal((await send(...many(26, '/sobjects/Group/describe'))).status, 400);
    assert.equal((await send(...many(5, '/query?q=SELECT Id FROM Group'))).status, 200);
    assert.equal((await send(...many(6, '/query?q=SELECT Id FROM Group'))).status, 400);
    assert.equal((await send(part('x', '/limits'), part('x', '/limits'))).status, 400);
    assert.equal((await sb.post('composite', '{')).body[0].errorCode, 'JSON_PARSER_ERROR');
    assert.equal((await sb.post('composite', '{}', { headers: { 'content-type': 'text/plain' } }))
      .status, 415);
  });
});
