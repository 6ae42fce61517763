// Starts a sandbox on free ports and talks to it the way a plain client would: Sandbox is Close,
// SalesforceSandbox is Salesforce.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));

class AnySandbox {
  static async start(...flags) {
    const child = spawn(process.execPath, [MAIN, '--provider', this.provider, ...flags],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    return new this(child, JSON.parse(line));
  }

  constructor(child, info) {
    this.child = child;
    this.info = info;
  }

  async stop() {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }

  async control(method, path, body) {
    const res = await fetch(this.info.control + path, { method,
      body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: res.status, body: await res.json() };
  }

  // Back to the start, with these switches.
  async reset(values = {}) {
    const { status, body } = await this.control('POST', '/reset', values);
    if (status !== 200) throw new Error(body.error);
    return body;
  }

  async switches(values) {
    return (await this.control('POST', '/switches', values)).body;
  }

  async fault(match, action) {
    const { status, body } = await this.control('POST', '/faults', [{ match, action }]);
    if (status !== 200) throw new Error(body.error);
  }

  async exportRows(object, more = '') {
    const text = await this.exportText(object, more);
    return text.trim().split('\n').map((line) => JSON.parse(line));
  }

  async exportText(object, more = '') {
    const { provider } = this.constructor;
    return (await fetch(`${this.info.control}/export?provider=${provider}&object=${object}${more}`))
      .text();
  }
}

export class Sandbox extends AnySandbox {
  static provider = 'close';

  constructor(child, info) {
    super(child, info);
    this.close = info.close;
    this.auth = `Basic ${Buffer.from(`${this.close.api_key}:`).toString('base64')}`;
  }

  // Searches see writes at once unless told otherwise.
  reset({ switches = {}, ...rest } = {}) {
    return super.reset({ switches: { index_lag: '0', ...switches }, ...rest });
  }

  async call(method, path, { body, headers = {}, auth = this.auth, redirect = 'manual' } = {}) {
    const res = await fetch(`${this.close.http}/api/v1/${path}`, { method, redirect,
      headers: { ...(auth && { authorization: auth }), ...headers,
        ...(body !== undefined && { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await res.text();
    return { status: res.status, headers: res.headers, text,
      body: text === '' ? null : JSON.parse(text) };
  }

  get(path, options) {
    return this.call('GET', path, options);
  }

  async search(query, more = {}) {
    return this.call('POST', 'data/search/', { body: { query, ...more } });
  }

  // Number of rows of a type that match the arms.
  async count(type, ...arms) {
    const { status, body } = await this.search(and(objectType(type), ...arms),
      { results_limit: 0, include_counts: true });
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.count.total;
  }

  token(fields) {
    return fetch(`${this.close.http}/oauth2/token/`, { method: 'POST',
      body: new URLSearchParams(fields) });
  }

  // The bytes of an answer as they come, until the connection ends one way or the other, or is
  // quiet for `timeout` ms; the first byte may take `patience` (busy machines).
  raw(path, { timeout = 2000, patience = 10_000 } = {}) {
    return new Promise((resolve) => {
      const out = { bytes: 0, ended: false, error: null, headers: null };
      let timer;
      const wait = (ms) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
          out.timedOut = true;
          resolve({ ...out });
          req.destroy();
        }, ms);
        timer.unref();
      };
      const req = http.get(`${this.close.http}/api/v1/${path}`, { agent: false,
        headers: { authorization: this.auth } }, (res) => {
        Object.assign(out, { headers: res.headers, status: res.statusCode });
        res.on('data', (chunk) => {
          out.bytes += chunk.length;
          wait(timeout);
        });
        res.on('end', () => { out.ended = true; });
        res.on('error', (error) => { out.error = error.code; });
        res.on('close', () => resolve(out));
      });
      req.on('error', (error) => resolve({ ...out, error: error.code }));
      wait(patience);
    });
  }
}

export class SalesforceSandbox extends AnySandbox {
  static provider = 'salesforce';

  constructor(child, info) {
    super(child, info);
    this.salesforce = info.salesforce;
    this.token = this.salesforce.access_token;
  }

  // Path below /services/data/v62.0/, or from the root when it begins with a slash.
  async call(method, path, { body, headers = {}, token = this.token, base } = {}) {
    const url = path.startsWith('/') ? path : `/services/data/v62.0/${path}`;
    const res = await fetch((base ?? this.salesforce.http) + url, { method,
      headers: { ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body) });
    const text = await res.text();
    const json = /json/.test(res.headers.get('content-type') ?? '');
    return { status: res.status, headers: res.headers, text,
      body: json && text !== '' ? JSON.parse(text) : null };
  }

  get(path, options) {
    return this.call('GET', path, options);
  }

  post(path, body, options) {
    return this.call('POST', path, { body, ...options });
  }

  query(soql, { all = false, ...options } = {}) {
    return this.get(`${all ? 'queryAll' : 'query'}?q=${encodeURIComponent(soql)}`, options);
  }

  // All rows of all pages.
  async rows(soql, options) {
    const rows = [];
    for (let { status, body } = await this.query(soql, options); ;) {
      if (status !== 200) throw new Error(`${soql}: ${JSON.stringify(body)}`);
      rows.push(...body.records);
      if (body.done) return rows;
      ({ status, body } = await this.get(body.nextRecordsUrl, options));
    }
  }

  // A form for the token endpoint, on the login host unless told otherwise.
  login(fields, { base = this.salesforce.login_url, headers } = {}) {
    return this.call('POST', '/services/oauth2/token', { base, token: null,
      body: new URLSearchParams(fields).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers } });
  }

  row(object, op, more) {
    return this.control('POST', '/rows', { provider: 'salesforce', object, op, ...more });
  }
}

export const and = (...queries) => ({ type: 'and', queries });
export const or = (...queries) => ({ type: 'or', queries });
export const objectType = (type) => ({ type: 'object_type', object_type: type });
export const regular = (type, name) =>
  ({ type: 'regular_field', object_type: type, field_name: name });
export const custom = (id) => ({ type: 'custom_field', custom_field_id: id });
export const where = (field, condition, negate = false) =>
  ({ type: 'field_condition', negate, field, condition });
export const utc = (value) => ({ type: 'fixed_utc', value });
export const text = (mode, value) => ({ type: 'text', mode, value });
export const asc = (field) => [{ direction: 'asc', field }];
export const desc = (field) => [{ direction: 'desc', field }];
export const millis = (stamp) => Date.parse(stamp.replace(' ', 'T'));
