// OAuth, quotas, compression, HTTPS and every kind of fault (close 1.2, 2).

import assert from 'node:assert/strict';
import { readFileSync, existsSync } from 'node:fs';
import https from 'node:https';
import { gunzipSync } from 'node:zlib';
import { after, before, beforeEach, describe, test } from 'node:test';
import { objectType, Sandbox } from './harness.mjs';

let sb;
before(async () => {
  sb = await Sandbox.start('--leads', '150');
});
beforeEach(() => sb.reset());
after(() => sb.stop());

const PATH = 'lead/?_limit=100';

describe('oauth', () => {
  const refresh = (token, extra = {}) => sb.token({ grant_type: 'refresh_token',
    client_id: sb.close.oauth.client_id, client_secret: sb.close.oauth.client_secret,
    refresh_token: token, ...extra });

  test('refresh tokens rotate, the old one is refused', async () => {
    const first = await (await refresh(sb.close.oauth.refresh_token)).json();
    assert.equal(first.token_type, 'Bearer');
    assert.equal(first.expires_in, 3600);
    assert.notEqual(first.refresh_token, sb.close.oauth.refresh_token);
    const again = await refresh(sb.close.oauth.refresh_token);
    assert.equal(again.status, 400);
    assert.equal((await again.json()).error, 'invalid_grant');
    const second = await (await refresh(first.refresh_token)).json();
    assert.equal((await sb.get('me/', { auth: `Bearer ${second.access_token}` })).status, 200);
    assert.equal((await refresh(second.refresh_token, { client_secret: 'x' })).status, 401);
    const { close } = (await sb.control('GET', '/state')).body;
    assert.equal(close.oauth.refresh_token, second.refresh_token);
  });

  test('access tokens expire by the clock and can be revoked', async () => {
    await sb.switches({ token_life: '60' });
    const made = await (await refresh(sb.close.oauth.refresh_token)).json();
    assert.equal(made.expires_in, 60);
    const auth = `Bearer ${made.access_token}`;
    assert.equal((await sb.get('me/', { auth })).status, 200);
    await sb.control('POST', '/clock', { advance_ms: 61_000 });
    assert.equal((await sb.get('me/', { auth })).status, 401);
    const next = await (await refresh(made.refresh_token)).json();
    await sb.fault({ path: 'lead', nth: 1 }, { kind: 'revoke_token' });
    const bearer = { auth: `Bearer ${next.access_token}` };
    assert.equal((await sb.get('me/', bearer)).status, 200);
    assert.equal((await sb.get(PATH, bearer)).status, 401);
    const revoked = await fetch(`${sb.close.http}/oauth2/revoke/`, { method: 'POST',
      body: new URLSearchParams({ token: next.refresh_token,
        client_id: sb.close.oauth.client_id, client_secret: sb.close.oauth.client_secret }) });
    assert.equal(revoked.status, 200);
    assert.equal((await refresh(next.refresh_token)).status, 400);
  });
});

describe('quotas', () => {
  const spend = async (n, path = 'me/') => {
    let last;
    for (let i = 0; i < n; i++) last = await sb.get(path);
    return last;
  };

  test('per key, method and prefix; the headers tell', async () => {
    await sb.reset({ switches: { rate_limit: '3/8' } });
    const third = await spend(3);
    assert.equal(third.status, 200);
    assert.match(third.headers.get('ratelimit'), /^limit=3; remaining=0; reset=\d+(\.\d+)?$/);
    const refused = await sb.get('me/');
    assert.equal(refused.status, 429);
    const reset = Number(/reset=([\d.]+)/.exec(refused.headers.get('ratelimit'))[1]);
    assert.equal(refused.headers.get('retry-after'), String(Math.ceil(reset)));
    assert.equal(refused.body.rate_limit_type, 'key');
    assert.equal(refused.body.rate_limit, 3);
    assert.equal((await sb.get('user/')).status, 200);
    await sb.control('POST', '/clock', { advance_ms: 8_000 });
    assert.equal((await sb.get('me/')).status, 200);
  });

  test('the organization has three times as much; failures count', async () => {
    await sb.reset({ switches: { rate_limit: '3/8', rate_body: 'nested' } });
    for (let key = 0; key < 3; key++) {
      for (let i = 0; i < 3; i++) {
        assert.equal((await sb.get('me/', { auth: `Bearer other${key}` })).status, 401);
      }
    }
    const { status, body } = await sb.get('me/');
    assert.equal(status, 429);
    assert.equal(body.error.rate_limit_type, 'organization');
  });

  test('all generations of headers, and the proxy\'s own', async () => {
    await sb.reset({ switches: { rate_limit: '50/8', rate_headers: 'comma' } });
    assert.match((await sb.get('me/')).headers.get('ratelimit'), /^limit=50, remaining=49, reset=/);
    await sb.switches({ rate_headers: 'legacy', rate_split_headers: 'on' });
    const legacy = (await sb.get('me/')).headers;
    assert.equal(legacy.get('x-rate-limit-limit'), '50');
    assert.equal(legacy.get('x-ratelimit-limit'), '60, 60;w=1, 100;w=1');
    assert.equal(legacy.get('ratelimit-reset'), '1');
    await sb.switches({ rate_headers: 'none', rate_split_headers: 'off' });
    const none = [...(await sb.get('me/')).headers.keys()].filter((k) => k.includes('rate'));
    assert.deepEqual(none, []);
  });
});

describe('transport', () => {
  test('gzip when offered, identity by switch', async () => {
    assert.equal((await sb.get(PATH)).headers.get('content-encoding'), 'gzip');
    await sb.switches({ gzip: 'off' });
    assert.equal((await sb.get(PATH)).headers.get('content-encoding'), null);
  });

  test('HTTPS with the sandbox\'s authority, for both names', async () => {
    const port = new URL(sb.close.https).port;
    const ca = readFileSync(sb.info.ca_file);
    for (const hostname of ['localhost', '127.0.0.1']) {
      const status = await new Promise((resolve, reject) => {
        https.get({ hostname, port, path: '/api/v1/me/', ca, family: 4,
          headers: { authorization: sb.auth } }, (res) => {
          res.resume();
          resolve(res.statusCode);
        }).on('error', reject);
      });
      assert.equal(status, 200);
    }
  });

  test('log and connections', async () => {
    await sb.control('DELETE', '/log');
    const before = (await sb.control('GET', '/connections')).body.close;
    await sb.raw('me/?_fields=id');
    assert.equal((await sb.control('GET', '/connections')).body.close, before + 1);
    const { entries, next } = (await sb.control('GET', '/log')).body;
    assert.equal(entries.length, 1);
    const [entry] = entries;
    assert.equal(entry.path, '/api/v1/me/');
    assert.equal(entry.query, '_fields=id');
    assert.deepEqual(entry.params, { _fields: 'id' });
    assert.equal(entry.headers.authorization, 'Basic');
    assert.equal(entry.status, 200);
    assert.equal(next, entry.n + 1);
    assert.equal((await sb.control('GET', `/log?since=${next}`)).body.entries.length, 0);
  });
});

describe('faults', () => {
  test('status on the nth, every k-th, a few times', async () => {
    await sb.fault({ path: 'user', nth: 2 },
      { kind: 'status', status: 503, headers: { 'retry-after': '1' }, body: { error: 'busy' } });
    const states = [];
    for (let i = 0; i < 3; i++) states.push((await sb.get('user/')).status);
    assert.deepEqual(states, [200, 503, 200]);
    await sb.control('DELETE', '/faults');
    await sb.fault({ path: '/me/', every: 2, times: 1 }, { kind: 'status', status: 502 });
    states.length = 0;
    for (let i = 0; i < 4; i++) states.push((await sb.get('me/')).status);
    assert.deepEqual(states, [200, 502, 200, 200]);
    const { faults } = (await sb.control('GET', '/faults')).body;
    assert.deepEqual([faults[0].seen, faults[0].hits], [4, 1]);
  });

  test('rate_limit with quota left', async () => {
    await sb.fault({ nth: 1 }, { kind: 'rate_limit', style: 'comma', reset: 0.59, nested: true });
    const { status, headers, body } = await sb.get('me/');
    assert.equal(status, 429);
    assert.equal(headers.get('ratelimit'), 'limit=240, remaining=17, reset=0.59');
    assert.equal(headers.get('retry-after'), '1');
    assert.equal(body.error.rate_reset, '0.59');
  });

  test('hang, hang_body, cut, reset', async () => {
    await sb.fault({ nth: 1 }, { kind: 'hang' });
    assert.ok((await sb.raw(PATH, { patience: 500 })).timedOut);
    await sb.control('DELETE', '/faults');
    await sb.fault({ nth: 1 }, { kind: 'hang_body', after_bytes: 100 });
    const hung = await sb.raw(PATH, { timeout: 300 });
    assert.ok(hung.timedOut);
    assert.equal(hung.bytes, 100);
    await sb.control('DELETE', '/faults');
    await sb.fault({ nth: 1 }, { kind: 'cut', after_bytes: 5000 });
    const cut = await sb.raw(PATH);
    assert.equal(cut.bytes, 5000);
    assert.equal(cut.ended, false);
    await sb.control('DELETE', '/faults');
    await sb.fault({ nth: 1 }, { kind: 'reset' });
    assert.equal((await sb.raw(PATH)).error, 'ECONNRESET');
  });

  test('delay, drip, replace', async () => {
    const timed = async (action) => {
      await sb.control('DELETE', '/faults');
      await sb.fault({ nth: 1 }, action);
      const started = Date.now();
      const out = await sb.raw('user/?_limit=1&_fields=id');
      return { ...out, ms: Date.now() - started };
    };
    assert.ok((await timed({ kind: 'delay', ms: 120 })).ms >= 115);
    const drip = await timed({ kind: 'drip', bytes: 20, interval_ms: 20 });
    assert.ok(drip.ended && drip.ms >= 50);
    await sb.fault({}, { kind: 'replace', status: 201, body_base64: 'eyJ4Ijoi',
      headers: { a: 'b' } });
    const bad = await sb.raw(PATH);
    assert.deepEqual([bad.status, bad.bytes, bad.headers.a], [201, 6, 'b']);
  });

  test('truncate_gzip and zip_bomb', async () => {
    const packed = async () => {
      const res = await new Promise((resolve) => {
        https.get(`${sb.close.https}/api/v1/${PATH}`, { rejectUnauthorized: false,
          headers: { authorization: sb.auth } }, (r) => {
          const chunks = [];
          r.on('data', (c) => chunks.push(c));
          r.on('end', () => resolve(Buffer.concat(chunks)));
        });
      });
      return res;
    };
    await sb.fault({ nth: 1 }, { kind: 'truncate_gzip' });
    assert.throws(() => gunzipSync(Buffer.alloc(0)));
    const half = await packed();
    assert.throws(() => gunzipSync(half), /unexpected end of file/);
    await sb.control('DELETE', '/faults');
    await sb.fault({ nth: 1 }, { kind: 'zip_bomb', bytes: 20_000_000 });
    const bomb = await packed();
    assert.ok(bomb.length < 200_000);
    assert.ok(gunzipSync(bomb).length > 20_000_000);
  });

  test('expire_cursor and mutate between pages', async () => {
    const page = (cursor) => sb.search(objectType('lead'), { _limit: 10, cursor });
    const { cursor } = (await page(null)).body;
    await sb.fault({ path: 'search', nth: 1 }, { kind: 'expire_cursor' });
    assert.equal((await page(cursor)).body['field-errors'].cursor, 'Expired cursor');
    assert.equal((await page(null)).status, 200);
    await sb.control('DELETE', '/faults');
    const before = (await sb.get('lead/?_limit=1')).body;
    await sb.fault({ path: '/lead/', nth: 1 }, { kind: 'mutate', when: 'after', ops: [
      { object: 'lead', op: 'insert', row: { name: 'Between the pages' } },
      { object: 'lead', op: 'delete', id: before.data[0].id }] });
    assert.equal((await sb.get('lead/?_limit=1')).body.data[0].id, before.data[0].id);
    const next = (await sb.get('lead/?_limit=1')).body;
    assert.equal(next.data[0].name, 'Between the pages');
    assert.equal(next.total_results, before.total_results);
    assert.equal((await sb.get(`lead/${before.data[0].id}/`)).status, 404);
  });

  test('misspelled faults are refused', async () => {
    for (const spec of [{ action: { kind: 'explode' } }, { action: { kind: 'cut' } },
      { match: { pth: 'x' }, action: { kind: 'reset' } },
      { match: { nth: 0 }, action: { kind: 'reset' } },
      { action: { kind: 'status', status: 500, bdy: '' } }]) {
      assert.equal((await sb.control('POST', '/faults', [spec])).status, 400);
    }
  });
});

test('a stopped sandbox leaves no file behind', async () => {
  const other = await Sandbox.start('--leads', '1');
  assert.ok(existsSync(other.info.ca_file));
  await other.stop();
  assert.equal(other.child.exitCode, 0);
  assert.ok(!existsSync(other.info.ca_file));
});
