// Logging in, keeping and losing sessions, quotas, and the gateway in front (salesforce §1–§3).

import assert from 'node:assert/strict';
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { SalesforceSandbox } from './harness.mjs';

const JWT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
let sb;
let org;

before(async () => {
  sb = await SalesforceSandbox.start('--accounts', '30');
  org = sb.salesforce;
});
after(() => sb.stop());
beforeEach(() => sb.reset());

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inSeconds = (seconds) => Math.floor(Date.now() / 1000) + seconds;

function assertion(claims = {}, { key = org.private_key, alg = 'RS256' } = {}) {
  const signed = `${part({ alg })}.${part({ iss: org.client_id, sub: org.username,
    aud: org.login_url, exp: inSeconds(150), ...claims })}`;
  const signature = alg === 'RS256' ? createSign('RSA-SHA256').update(signed).sign(key, 'base64url')
    : createHmac('sha256', key).update(signed).digest('base64url');
  return `${signed}.${signature}`;
}

const jwt = (claims, how, options) =>
  sb.login({ grant_type: JWT, assertion: assertion(claims, how) }, options);

function refused(answer, error, description) {
  assert.equal(answer.status, 400);
  assert.deepEqual(answer.body, { error, error_description: description });
}

async function works(token) {
  const { status } = await sb.get('limits', { token });
  return status === 200;
}

describe('JWT bearer', () => {
  test('a token for the instance, without expires_in or refresh token', async () => {
    const { status, body } = await jwt();
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(),
      ['access_token', 'id', 'instance_url', 'scope', 'token_type']);
    assert.equal(body.instance_url, org.http);
    assert.match(body.access_token, /^00D\w{12}!/);
    assert.match(body.id, /\/id\/00D\w{15}\/005\w{15}$/);
    assert.ok(await works(body.access_token));
  });

  test('the key file holds the key, for its owner only', () => {
    assert.equal(readFileSync(org.private_key_file, 'utf8'), org.private_key);
    assert.equal(statSync(org.private_key_file).mode & 0o777, 0o600);
  });

  test('audiences', async () => {
    for (const aud of [org.login_url, `${org.login_url}/`, 'https://login.salesforce.com',
      org.instance_url]) {
      assert.equal((await jwt({ aud })).status, 200, aud);
    }
    refused(await jwt({ aud: 'https://test.salesforce.com' }), 'invalid_grant',
      'audience is invalid');
    await sb.switches({ jwt_my_domain: 'refuse' });
    refused(await jwt({ aud: org.instance_url }), 'invalid_grant', 'audience is invalid');
  });

  test('exp: seconds, ahead, and not too far; number or text', async () => {
    const text = 'expired authorization code';
    assert.equal((await jwt({ exp: String(inSeconds(100)) })).status, 200);
    for (const exp of [inSeconds(-5), inSeconds(400), Date.now() + 150_000, 'soon', undefined]) {
      refused(await jwt({ exp }), 'invalid_grant', text);
    }
    await sb.switches({ jwt_max_life: '300' });
    assert.equal((await jwt({ exp: inSeconds(290) })).status, 200);
    await sb.switches({ jwt_skew: '600' });
    refused(await jwt({ exp: inSeconds(150) }), 'invalid_grant', text);
  });

  test('signature and algorithm', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    refused(await jwt({}, { key: other }), 'invalid_grant', 'invalid assertion');
    refused(await jwt({}, { alg: 'HS256' }), 'invalid_grant', 'invalid assertion');
    const good = assertion();
    const altered = `${good.split('.')[0]}.${part({ iss: org.client_id, sub: org.username,
      aud: org.login_url, exp: inSeconds(151) })}.${good.split('.')[2]}`;
    refused(await sb.login({ grant_type: JWT, assertion: altered }), 'invalid_grant',
      'invalid assertion');
    refused(await sb.login({ grant_type: JWT, assertion: 'x.y' }), 'invalid_grant',
      'invalid assertion');
  });

  test('client and user', async () => {
    refused(await jwt({ iss: 'somebody' }), 'invalid_client_id', 'client identifier invalid');
    refused(await jwt({ sub: 'nobody@sandbox.test' }), 'invalid_grant',
      'user hasn\'t approved this consumer');
    const texts = { unapproved: 'user hasn\'t approved this consumer', locked: 'user is locked',
      inactive: 'inactive user', restricted: 'authentication failure - ip restricted' };
    for (const [state, text] of Object.entries(texts)) {
      await sb.switches({ user_state: state });
      refused(await jwt(), 'invalid_grant', text);
    }
  });
});

describe('the other flows', () => {
  const client = () => ({ client_id: org.client_id, client_secret: org.client_secret });

  test('client credentials, on the organization\'s own host only', async () => {
    const fields = { grant_type: 'client_credentials', ...client() };
    refused(await sb.login(fields), 'invalid_grant', 'request not supported on this domain');
    const { status, body } = await sb.login(fields, { base: org.instance_url });
    assert.equal(status, 200);
    assert.ok(await works(body.access_token));
    assert.match(body.issued_at, /^\d{13}$/);
    const basic = Buffer.from(`${org.client_id}:${org.client_secret}`).toString('base64');
    assert.equal((await sb.login({ grant_type: 'client_credentials' },
      { base: org.instance_url, headers: { authorization: `Basic ${basic}` } })).status, 200);
    refused(await sb.login({ ...fields, client_secret: 'x' }, { base: org.instance_url }),
      'invalid_client', 'invalid client credentials');
    refused(await sb.login({ ...fields, client_id: 'x' }, { base: org.instance_url }),
      'invalid_client_id', 'client identifier invalid');
  });

  test('refresh, with and without rotation', async () => {
    const fields = { grant_type: 'refresh_token', client_id: org.client_id,
      refresh_token: org.refresh_token };
    const first = await sb.login(fields);
    assert.equal(first.status, 200);
    assert.equal(first.body.refresh_token, undefined);
    assert.ok(await works(first.body.access_token));
    await sb.switches({ refresh_rotation: 'on' });
    const second = await sb.login(fields);
    assert.notEqual(second.body.refresh_token, org.refresh_token);
    refused(await sb.login(fields), 'invalid_grant', 'expired access/refresh token');
    assert.equal((await sb.login({ ...fields, refresh_token: second.body.refresh_token })).status,
      200);
  });

  test('username and password are refused by default', async () => {
    const fields = { grant_type: 'password', ...client(), username: org.username,
      password: org.password + org.security_token };
    refused(await sb.login(fields), 'invalid_grant', 'authentication failure');
    await sb.switches({ password_grant: 'accept' });
    assert.equal((await sb.login(fields)).status, 200);
    refused(await sb.login({ ...fields, password: org.password }), 'invalid_grant',
      'authentication failure');
  });

  test('unknown grant types; a GET', async () => {
    assert.equal((await sb.login({ grant_type: 'device' })).body.error, 'unsupported_grant_type');
    assert.equal((await sb.get('/services/oauth2/token', { base: org.login_url })).status, 405);
  });

  test('SOAP login', async () => {
    const soap = (password) => sb.call('POST', '/services/Soap/u/62.0', { token: null,
      base: org.login_url, headers: { 'content-type': 'text/xml', soapaction: 'login' },
      body: '<env:Envelope xmlns:n1="urn:partner.soap.sforce.com"><env:Body><n1:login>'
        + `<n1:username>${org.username}</n1:username><n1:password>${password}</n1:password>`
        + '</n1:login></env:Body></env:Envelope>' });
    const { status, text } = await soap(org.password + org.security_token);
    assert.equal(status, 200);
    assert.ok(await works(/<sessionId>([^<]+)</.exec(text)[1]));
    assert.ok(text.includes(`<serverUrl>${org.http}/services/Soap/u/62.0/00D`));
    const wrong = await soap('x');
    assert.equal(wrong.status, 500);
    assert.match(wrong.text, /<faultcode>sf:INVALID_LOGIN</);
    await sb.switches({ soap_login: 'refuse' });
    assert.equal((await soap(org.password + org.security_token)).status, 500);
  });

  test('secrets do not reach the log', async () => {
    await jwt();
    await sb.login({ grant_type: 'refresh_token', ...client(), refresh_token: org.refresh_token });
    await sb.get('limits');
    const log = JSON.stringify((await sb.control('GET', '/log')).body.entries);
    for (const secret of [org.client_secret, org.refresh_token, org.access_token, 'eyJ']) {
      assert.ok(!log.includes(secret), secret);
    }
  });
});

describe('sessions', () => {
  const invalid = [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }];

  test('no token, a wrong one, another scheme', async () => {
    for (const token of [null, '00Dxx!wrong']) {
      const { status, body } = await sb.get('limits', { token });
      assert.equal(status, 401);
      assert.deepEqual(body, invalid);
    }
    const basic = await sb.get('limits', { token: null, headers: { authorization: 'Basic eDp5' } });
    assert.equal(basic.status, 401);
    assert.equal(basic.body[0].errorCode, 'INVALID_AUTH_HEADER');
    const oauth = await sb.get('limits',
      { token: null, headers: { authorization: `OAuth ${org.access_token}` } });
    assert.equal(oauth.status, 200);
  });

  test('a token ends after its last use, after N requests, or when revoked', async () => {
    await sb.switches({ token_life: '100' });
    assert.ok(await works(org.access_token));
    await sb.control('POST', '/clock', { advance_ms: 90_000 });
    assert.ok(await works(org.access_token));
    await sb.control('POST', '/clock', { advance_ms: 90_000 });
    assert.ok(await works(org.access_token));
    await sb.control('POST', '/clock', { advance_ms: 110_000 });
    assert.deepEqual((await sb.get('limits')).body, invalid);

    await sb.reset({ switches: { token_requests: '3' } });
    for (const fine of [true, true, true, false]) assert.equal(await works(org.access_token), fine);
    const { body } = await jwt();
    assert.ok(await works(body.access_token));

    await sb.reset();
    await sb.fault({ nth: 2 }, { kind: 'revoke_token' });
    for (const fine of [true, false, false]) assert.equal(await works(org.access_token), fine);

    await sb.reset();
    await sb.call('POST', '/services/oauth2/revoke', { token: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${encodeURIComponent(org.access_token)}` });
    assert.ok(!await works(org.access_token));
    await sb.reset({ mutants: ['token_never_expires'] });
    await sb.fault({ nth: 1 }, { kind: 'revoke_token' });
    assert.ok(await works(org.access_token));
  });

  test('the login host has no data', async () => {
    assert.equal((await sb.get('limits', { base: org.login_url })).status, 401);
    await sb.switches({ login_host_rest: 'serve' });
    assert.equal((await sb.get('limits', { base: org.login_url })).status, 200);
  });
});

describe('versions, quotas, sizes', () => {
  test('the list of versions needs no token and costs nothing', async () => {
    const { status, body, headers } = await sb.get('/services/data/', { token: null });
    assert.equal(status, 200);
    assert.equal(headers.get('sforce-limit-info'), null);
    assert.deepEqual(body.map(({ version }) => version), ['59.0', '60.0', '61.0', '62.0', '63.0',
      '64.0', '65.0', '66.0', '67.0']);
    for (const { url } of body) assert.equal((await sb.get(`${url}/`)).status, 200, url);
    assert.equal((await sb.get('/services/data/v99.0/limits')).status, 404);
    assert.equal((await sb.get('/services/data/v30.0/limits')).status, 410);
  });

  test('Sforce-Limit-Info counts every request', async () => {
    await sb.switches({ daily_requests: '100000', used_requests: '10' });
    const info = async () => (await sb.get('limits')).headers.get('sforce-limit-info');
    assert.equal(await info(), 'api-usage=11/100000');
    assert.equal(await info(), 'api-usage=12/100000');
    await sb.switches({ limit_info: 'per_app' });
    assert.match(await info(), /^api-usage=13\/100000; per-app-api-usage=\d+\/250\(appName=/);
    await sb.switches({ limit_info: 'none' });
    assert.equal(await info(), null);
    assert.equal((await sb.get('limits')).body.DailyApiRequests.Remaining, 100000 - 15);
  });

  test('403 when the day is used up, and as a fault', async () => {
    await sb.switches({ daily_requests: '20', used_requests: '18' });
    assert.ok(await works(org.access_token) && await works(org.access_token));
    const over = await sb.get('limits');
    assert.equal(over.status, 403);
    assert.deepEqual(over.body, [{ message: 'TotalRequests Limit exceeded.',
      errorCode: 'REQUEST_LIMIT_EXCEEDED' }]);
    await sb.reset();
    await sb.fault({ nth: 1 }, { kind: 'rate_limit' });
    const busy = await sb.get('limits');
    assert.equal(busy.status, 403);
    assert.match(busy.body[0].message, /^ConcurrentRequests /);
    assert.ok(await works(org.access_token));
  });

  test('URIs and headers beyond 16,384 bytes', async () => {
    const long = (length) => `query?q=${'x'.repeat(length)}`;
    const uri = await sb.get(long(16_400));
    assert.equal(uri.status, 414);
    assert.match(uri.headers.get('content-type'), /html/);
    const both = await sb.get(long(16_200));
    assert.equal(both.status, 431);
    assert.equal((await sb.get(long(15_800))).status, 400);
    await sb.switches({ uri_limit: '300' });
    assert.equal((await sb.get('limits', { headers: { 'x-pad': 'y'.repeat(300) } })).status, 431);
  });

  test('pretty and compact bodies', async () => {
    const body = async (headers) => (await sb.get('limits/recordCount?sObjects=Account', { headers }))
      .text;
    assert.equal(await body(), '{"sObjects":[{"count":29,"name":"Account"}]}');
    const pretty = '{\n  "sObjects" : [ {\n    "count" : 29,\n    "name" : "Account"\n  } ]\n}';
    assert.equal(await body({ 'x-prettyprint': '1' }), pretty);
    await sb.switches({ pretty: 'always' });
    assert.equal(await body(), pretty);
    await sb.switches({ pretty: 'never' });
    assert.equal(await body({ 'x-prettyprint': '1' }),
      '{"sObjects":[{"count":29,"name":"Account"}]}');
  });

  test('unknown paths and methods', async () => {
    const missing = await sb.get('wibble');
    assert.equal(missing.status, 404);
    assert.deepEqual(missing.body, [{ message: 'The requested resource does not exist',
      errorCode: 'NOT_FOUND' }]);
    const method = await sb.call('DELETE', 'query');
    assert.equal(method.status, 405);
    assert.equal(method.headers.get('allow'), 'GET');
    assert.equal(method.body[0].errorCode, 'METHOD_NOT_ALLOWED');
  });
});
