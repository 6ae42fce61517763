// The Salesforce APIs as one provider: hosts, authentication, limits, routing, and what the
// control port needs.

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonAnswer } from '../core/answer.mjs';
import { parseJson } from '../core/json.mjs';
import { Accounts, authenticate, ORGANIZATION_ID, revokeEndpoint, tokenEndpoint } from './auth.mjs';
import { SALESFORCE_MUTANTS, SALESFORCE_SWITCHES } from './config.mjs';
import { COUNTED, fillCounts, World } from './data.mjs';
import { Describes } from './describe.mjs';
import { ApiError, methodNotAllowed, notFound, OAuthError, sessionInvalid } from './errors.mjs';
import { limitExceeded, Quota } from './limits.mjs';
import { applyRowOp } from './mutate.mjs';
import { QueryService } from './query.mjs';
import { configureRendering, recordUrl, renderValue, stringify } from './render.mjs';
import { findRoute } from './routes.mjs';
import { Schema } from './schema.mjs';
import { soapLogin } from './soap.mjs';

const VERSIONS = [['59.0', 'Winter \'24'], ['60.0', 'Spring \'24'], ['61.0', 'Summer \'24'],
  ['62.0', 'Winter \'25'], ['63.0', 'Spring \'25'], ['64.0', 'Summer \'25'],
  ['65.0', 'Winter \'26'], ['66.0', 'Spring \'26'], ['67.0', 'Summer \'26']];
const RETIRED_BELOW = 31;
const JSON_TYPE = { 'content-type': 'application/json;charset=UTF-8' };
const SCHEMA_COUNTS = { objects: 0, wide: 800 };
const COUNT_NAMES = ['users', ...Object.keys(COUNTED), ...Object.keys(SCHEMA_COUNTS)];
// The login host of production; the sandbox's own names are added to it.
const LOGIN_HOST = 'https://login.salesforce.com';

function gatewayAnswer(status, reason) {
  return { status, headers: { 'content-type': 'text/html;charset=iso-8859-1' },
    raw: Buffer.from(`<h1>Bad Message ${status}</h1><pre>reason: ${reason}</pre>`) };
}

// Parameters of a query string, where + stands for a blank.
function paramsOf(query) {
  return Object.fromEntries(new URLSearchParams(query));
}

const listOf = (text) => text.split(',').filter(Boolean);

export class SalesforceProvider {
  static providerName = 'salesforce';
  static switches = SALESFORCE_SWITCHES;
  static mutants = SALESFORCE_MUTANTS;
  static counts = COUNT_NAMES;

  constructor({ clock, switches, mutants }) {
    Object.assign(this, { name: SalesforceProvider.providerName, clock, switches, mutants });
    this.accounts = new Accounts();
    this.newest = VERSIONS.at(-1)[0];
    this.hosts = { login: [LOGIN_HOST], instance: [] };
  }

  // Called once the ports are known: `dir` is removed when the sandbox ends.
  started({ dir, httpUrl, httpsUrl }) {
    const loginUrl = (url) => url.replace('127.0.0.1', 'localhost');
    this.urls = { http: httpUrl, https: httpsUrl };
    this.hosts = { login: [LOGIN_HOST, loginUrl(httpUrl), loginUrl(httpsUrl)],
      instance: [httpUrl, httpsUrl] };
    this.loginUrl = loginUrl(httpUrl);
    this.keyFile = join(dir, 'salesforce.key');
    writeFileSync(this.keyFile, this.accounts.privateKey);
    chmodSync(this.keyFile, 0o600);
  }

  checkCounts(counts) {
    for (const [name, n] of Object.entries(counts)) {
      if (!COUNT_NAMES.includes(name)) throw new Error(`unknown count ${name}`);
      if (!Number.isInteger(n) || n < 0) throw new Error(`${name} must be a whole number`);
    }
    if (counts.users === 0) throw new Error('users must be at least 1');
  }

  reset({ seed, counts }) {
    this.checkCounts(counts);
    const { objects, wide } = { ...SCHEMA_COUNTS, ...counts };
    this.schema = new Schema({ objects, wide });
    this.world = new World({ schema: this.schema, seed, counts: fillCounts(counts),
      username: this.accounts.username });
    this.describes = new Describes(this);
    this.quota = new Quota(this.switches);
    this.queries = new QueryService(this);
    this.accounts.reset();
    this.userId = this.world.idAt('User', 0);
    this.user = this.makeUser();
    this.changed();
  }

  // One object as long as the organization lives: locators are bound to it.
  makeUser() {
    const { switches, userId } = this;
    return { id: userId, locale: 'en_US', get timeZone() {
      return switches.get('user_time_zone');
    } };
  }

  // Switches decide how values are written and what can be seen of the schema.
  changed() {
    configureRendering(this.switches);
    const edits = {};
    for (const name of ['hidden', 'unfilterable', 'unsortable', 'ungroupable']) {
      const list = listOf(this.switches.get(name));
      if (list.length) edits[name] = list;
    }
    if (this.schema.apply(edits)) this.describes.schemaChanged();
  }

  counts() {
    const out = {};
    for (const object of this.schema.objects()) out[object.name] = this.world.count(object.name);
    return out;
  }

  credentials() {
    const { accounts } = this;
    return { login_url: this.loginUrl, instance_url: this.urls?.http, client_id: accounts.clientId,
      client_secret: accounts.clientSecret, username: accounts.username,
      password: accounts.password, security_token: accounts.securityToken,
      private_key: accounts.privateKey, private_key_file: this.keyFile,
      refresh_token: accounts.refreshToken, access_token: accounts.accessToken };
  }

  state() {
    return { organization_id: ORGANIZATION_ID,
      objects: this.schema.objects().map((object) => object.name) };
  }

  identityUrl() {
    return `${LOGIN_HOST}/id/${ORGANIZATION_ID}/${this.userId}`;
  }

  instanceUrl(request) {
    return request.secure ? this.urls.https : this.urls.http;
  }

  // The same ports answer for both hosts: localhost is the login host, 127.0.0.1 My Domain.
  onLoginHost(request) {
    return /^localhost(:|$)/i.test(request.headers.host ?? '');
  }

  expireCursors() {
    this.queries.expireLocators();
  }

  revokeTokens() {
    this.accounts.revokeAccess();
  }

  mutate(ops) {
    return ops.map((op) => applyRowOp(this, op));
  }

  rateLimited({ style }) {
    const { status, body } = limitExceeded(style);
    return this.finish({ headers: {} }, { status, body, headers: this.quota.headers() });
  }

  // Fields as the API gives them, all or those asked for, ordered by id; with deleted and archived
  // rows on request.
  * exportRows(name, { deleted = '0', fields } = {}) {
    const object = this.schema.object(name);
    if (!object) throw new Error(`unknown object ${name}`);
    const seen = deleted === '1' ? 'alive' : 'live';
    const wanted = fields === undefined ? object.fields : listOf(fields).map((field) => {
      if (!object.field(field)) throw new Error(`${object.name} has no field ${field}`);
      return object.field(field);
    });
    const idOf = this.world.reader(object.name, 'Id');
    const columns = wanted.map((field) => [field, this.world.reader(object.name, field.name)]);
    for (let i = 0; i < this.world.count(object.name); i++) {
      if (!this.world[seen](object.name, i)) continue;
      const url = recordUrl(object, idOf(i), this.newest);
      const row = {};
      for (const [field, read] of columns) row[field.name] = renderValue(field, read(i), url);
      yield stringify(row);
    }
  }

  handle(request) {
    try {
      return this.finish(request, this.answer(request));
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof OAuthError)) throw error;
      const headers = error.status === 401 ? { 'www-authenticate': 'Token' } : {};
      return this.finish(request, { status: error.status, body: error.body,
        headers: { ...headers, ...error.headers } });
    }
  }

  answer(request) {
    const limit = this.switches.number('uri_limit');
    if (request.uriBytes > limit) return gatewayAnswer(414, 'URI Too Long');
    if (request.uriBytes + request.headerBytes > limit) {
      return gatewayAnswer(431, 'Request Header Fields Too Large');
    }
    if (request.path.startsWith('/services/oauth2/')) return this.oauth(request);
    const soap = /^\/services\/Soap\/[uc]\/(\d+\.\d)/.exec(request.path);
    if (soap && request.method === 'POST') return soapLogin(request, this, soap[1]);
    if (/^\/services\/data\/?$/.test(request.path)) return this.versions(request);
    request.counted = true;
    if (this.onLoginHost(request) && this.switches.get('login_host_rest') === 'refuse') {
      throw sessionInvalid();
    }
    authenticate(request, this);
    this.quota.take();
    return this.dispatch(request);
  }

  oauth(request) {
    const action = request.path.replace(/\/$/, '').slice('/services/oauth2/'.length);
    if (!['token', 'revoke'].includes(action)) throw notFound();
    if (request.method !== 'POST') throw methodNotAllowed(request.method, ['POST']);
    if (action === 'token') return { body: tokenEndpoint(request, this) };
    revokeEndpoint(request, this);
    return { raw: Buffer.alloc(0) };
  }

  versions(request) {
    if (request.method !== 'GET') throw methodNotAllowed(request.method, ['GET']);
    return { body: VERSIONS.map(([version, label]) =>
      ({ label, url: `/services/data/v${version}`, version })) };
  }

  readBody(request) {
    if (request.method !== 'POST' || request.inner) return;
    const type = String(request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
    if (type !== 'application/json') {
      throw new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE',
        `Content type '${type}' not supported by resource`);
    }
    const parsed = parseJson(request.bodyText);
    if (!parsed.ok) {
      throw new ApiError(400, 'JSON_PARSER_ERROR', 'Unexpected character or end of input');
    }
    request.json = parsed.value;
  }

  // Answers a request, or a part of a composite one, whose caller is known.
  dispatch(request) {
    const m = /^\/services\/data\/v(\d+\.\d)(?:\/(.*?))?\/*$/.exec(request.path);
    if (!m) throw notFound();
    const [, version, path = ''] = m;
    if (Number(version) < RETIRED_BELOW) {
      throw new ApiError(410, 'UNSUPPORTED_API_VERSION', `API version ${version} is retired`);
    }
    if (!VERSIONS.some(([known]) => known === version)) throw notFound();
    request.params = paramsOf(request.query);
    const route = findRoute(request.method, path);
    if (route === null) throw notFound();
    if (route.allow) throw methodNotAllowed(request.method, route.allow);
    this.readBody(request);
    return route.handler(this, request, version, ...route.args);
  }

  finish(request, { status = 200, body, raw, headers = {}, texts = {} }) {
    const counted = request.counted ? this.quota.headers() : {};
    if (raw) return { status, headers: { ...counted, ...headers }, body: raw };
    const pretty = this.isPretty(request);
    const text = (texts[pretty] ??= stringify(body, pretty));
    return jsonAnswer(status, text, { ...JSON_TYPE, ...counted, ...headers });
  }

  isPretty(request) {
    const how = this.switches.get('pretty');
    return how === 'header' ? request.headers['x-prettyprint'] === '1' : how === 'always';
  }
}
