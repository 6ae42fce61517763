// Drives the npm client jsforce: it logs in over SOAP and with a JWT, pages, describes, aggregates,
// retrieves by id, and renews a session that ended.

const { createSign } = require('node:crypto');
const { createRequire } = require('node:module');

const [, , modules, infoText] = process.argv;
const jsforce = createRequire(`${modules}/`)('jsforce');
const info = JSON.parse(infoText);
const org = info.salesforce;
const VERSION = '62.0';

let failed = 0;
function check(name, fine, detail = '') {
  process.stdout.write(`${fine ? 'ok' : 'FAILED'}  npm jsforce: ${name} ${detail}\n`);
  if (!fine) failed++;
}

async function control(method, path, body) {
  const res = await fetch(info.control + path, { method, body: body && JSON.stringify(body) });
  return res.text();
}

async function exported(object) {
  const text = await control('GET', `/export?provider=salesforce&object=${object}`);
  return text.trim().split('\n').map((line) => JSON.parse(line));
}

function assertion() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256' })}.${part({ iss: org.client_id, sub: org.username,
    aud: org.login_url, exp: Math.floor(Date.now() / 1000) + 150 })}`;
  const signature = createSign('RSA-SHA256').update(signed).sign(org.private_key, 'base64url');
  return `${signed}.${signature}`;
}

async function byPassword() {
  const conn = new jsforce.Connection({ loginUrl: org.login_url, version: VERSION });
  const user = await conn.login(org.username, org.password + org.security_token);
  check('SOAP login', /^005/.test(user.id) && conn.instanceUrl === org.instance_url,
    conn.instanceUrl);
  return conn;
}

async function byAssertion() {
  const conn = new jsforce.Connection({ version: VERSION,
    oauth2: { clientId: org.client_id, loginUrl: org.login_url } });
  await conn.authorize({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertion() });
  const { records } = await conn.query('SELECT Id FROM User LIMIT 1');
  check('JWT bearer', records.length === 1);
}

async function pages(conn) {
  const expected = await exported('Contact');
  const seen = new Set();
  let page = await conn.query('SELECT Id, LastName, Account.Name FROM Contact');
  for (let more = true; more;) {
    page.records.forEach((row) => seen.add(row.Id));
    more = !page.done;
    if (more) page = await conn.queryMore(page.nextRecordsUrl);
  }
  check('pages of contacts', seen.size === expected.length && page.totalSize === expected.length,
    `${seen.size} rows`);
  const accounts = new Map((await exported('Account')).map((row) => [row.Id, 0]));
  const below = expected.filter((row) => accounts.has(row.AccountId));
  let held = 0;
  page = await conn.query('SELECT Id, (SELECT LastName FROM Contacts) FROM Account');
  for (let more = true; more;) {
    held += page.records.reduce((n, row) => n + (row.Contacts?.totalSize ?? 0), 0);
    more = !page.done;
    if (more) page = await conn.queryMore(page.nextRecordsUrl);
  }
  check('child rows', held === below.length, `${held} contacts below accounts`);
}

async function aggregates(conn) {
  const expected = new Map();
  for (const row of await exported('Opportunity')) {
    expected.set(row.StageName, (expected.get(row.StageName) ?? 0) + 1);
  }
  const { records } = await conn.query(
    'SELECT StageName, COUNT(Id) n, SUM(Amount) total FROM Opportunity GROUP BY StageName');
  check('aggregates', records.length === expected.size
    && records.every((row) => row.n === expected.get(row.StageName)), `${records.length} groups`);
  const count = await conn.query('SELECT COUNT() FROM Opportunity WHERE IsClosed = false');
  check('COUNT()', count.totalSize > 0 && count.records.length === 0, `${count.totalSize}`);
}

async function metadata(conn) {
  const { sobjects } = await conn.describeGlobal();
  check('describeGlobal', sobjects.some((object) => object.name === 'Everything__c'),
    `${sobjects.length} objects`);
  const { fields } = await conn.describe('Everything__c');
  check('describe', new Set(fields.map((field) => field.type)).size >= 18,
    `${fields.length} fields`);
  const limits = await conn.limits();
  check('limits', limits.DailyApiRequests.Remaining > 0);
}

async function records(conn) {
  const all = await exported('Account');
  const ids = all.slice(0, 30).map((row) => row.Id);
  const rows = await conn.sobject('Account').retrieve(ids);
  check('retrieve', rows.length === ids.length && rows.every((row, i) => row.Id === ids[i]
    && row.Name === all[i].Name));
  const found = await conn.sobject('Contact').find({ LastName: 'O\'Neil' }, ['Id', 'LastName'])
    .execute();
  check('find', found.length > 0 && found.every((row) => row.LastName === 'O\'Neil'),
    `${found.length} rows`);
  const gone = await conn.sobject('Account').deleted('2026-09-05T00:00:00Z', '2026-09-15T00:00:00Z');
  check('deleted', gone.deletedRecords.length > 0, `${gone.deletedRecords.length} rows`);
  const error = await conn.query('SELECT Nothing FROM Account').catch((reason) => reason);
  check('error code', error.errorCode === 'INVALID_FIELD', error.errorCode);
}

async function renewal() {
  const conn = new jsforce.Connection({ version: VERSION, instanceUrl: org.instance_url,
    accessToken: org.access_token, refreshToken: org.refresh_token,
    oauth2: { clientId: org.client_id, clientSecret: org.client_secret, loginUrl: org.login_url } });
  await control('POST', '/faults', [{ match: { nth: 1, path: 'query' },
    action: { kind: 'revoke_token' } }]);
  const { records: rows } = await conn.query('SELECT Id FROM Account LIMIT 3');
  check('a session that ended is renewed', rows.length === 3
    && conn.accessToken !== org.access_token);
  await control('DELETE', '/faults');
}

async function main() {
  const conn = await byPassword();
  await byAssertion();
  await metadata(conn);
  await pages(conn);
  await aggregates(conn);
  await records(conn);
  await renewal();
}

main().catch((error) => check('run', false, error.stack ?? JSON.stringify(error)))
  .finally(() => { process.exitCode = failed ? 1 : 0; });
