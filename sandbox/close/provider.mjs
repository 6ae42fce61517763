// The Close API as one provider: routing, authentication, quotas, and what the control port needs.

import { jsonAnswer } from '../core/answer.mjs';
import { mix } from '../core/hash.mjs';
import { parseJson, stringify } from '../core/json.mjs';
import { Limiter } from '../core/limiter.mjs';
import { MergedTable } from '../core/merged_table.mjs';
import { LATEST } from '../core/table.mjs';
import { Tokens } from '../core/oauth.mjs';
import { ACTIVITY_TABLES } from './activity_types.mjs';
import { callerOf, revokeEndpoint, tokenEndpoint } from './auth.mjs';
import { CLOSE_MUTANTS, CLOSE_SWITCHES } from './config.mjs';
import { fillCounts, makeTables } from './data.mjs';
import { ApiError, methodNotAllowed, searchError, unauthorized, unknownUrl } from './errors.mjs';
import { applyRowOp } from './mutate.mjs';
import { Organization } from './organization.mjs';
import { overrideParams, queryParams, tzOffset } from './params.mjs';
import { limitAnswer, rateHeaders, takeQuota } from './rate.mjs';
import { Renderer } from './render.mjs';
import { findRoute } from './routes.mjs';
import { SearchFields } from './search_fields.mjs';
import { QueryCompiler } from './search_query.mjs';
import { makeSmartViews, VIEW_TYPES } from './smart_views.mjs';
import { Cursors } from './cursors.mjs';

// What can be exported, by the tables it is made of.
const OBJECTS = { leads: ['lead'], contacts: ['contact'], opportunities: ['opportunity'],
  tasks: ['task'], notes: ['activity.note'], calls: ['activity.call'], emails: ['activity.email'],
  sms: ['activity.sms'], meetings: ['activity.meeting'], activities: ACTIVITY_TABLES };
const COUNT_NAMES = ['leads', 'contacts', 'opportunities', 'tasks', 'activities', 'users'];
const API = '/api/v1/';
const JSON_TYPES = ['application/json', ''];

export class CloseProvider {
  static providerName = 'close';
  static switches = CLOSE_SWITCHES;
  static mutants = CLOSE_MUTANTS;
  static counts = COUNT_NAMES;

  constructor({ clock, switches, mutants, bench }) {
    this.name = CloseProvider.providerName;
    this.clock = clock;
    this.switches = switches;
    this.mutants = mutants;
    this.bench = bench;
    this.limiter = new Limiter();
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
    const full = fillCounts(counts);
    this.organization = new Organization(seed, full.users);
    this.tables = makeTables({ seed, counts: full, clock: this.clock,
      organization: this.organization });
    this.activities = new MergedTable(ACTIVITY_TABLES.map((name) => this.tables[name]));
    this.views = makeSmartViews(seed, this.organization);
    this.callerOffset = 0;
    this.renderer = new Renderer(this);
    this.tokens = new Tokens();
    this.cursors = new Cursors(this.clock);
    this.limiter.reset();
    this.ownWrites = 0;
    this.requests = 0;
    this.changed();
  }

  // Anything that could change an answer empties the page cache of bench mode.
  changed() {
    this.pages = new Map();
  }

  counts() {
    const { tables } = this;
    const activities = ACTIVITY_TABLES.reduce((n, name) => n + tables[name].count(), 0);
    return { leads: tables.lead.count(), contacts: tables.contact.count(),
      opportunities: tables.opportunity.count(), tasks: tables.task.count(), activities,
      users: this.organization.users.length };
  }

  credentials() {
    return { api_key: this.organization.apiKey,
      oauth: { client_id: this.tokens.clientId, client_secret: this.tokens.clientSecret,
        refresh_token: this.tokens.refreshToken } };
  }

  state() {
    const { organization } = this;
    return { organization_id: organization.id, objects: [...Object.keys(OBJECTS), 'smart_views'],
      custom_fields: organization.fields.map(({ id, object, name, type, multi, shared }) =>
        ({ id, object, name, type, multi, ...(shared && { shared }) })) };
  }

  // The state of the search index.
  indexView() {
    return { lag: this.switches.number('index_lag') * 1000, now: this.clock.now() };
  }

  // Whether a row of the primary store is in a smart view.
  viewTest(view, type, offset) {
    const compiler = new QueryCompiler(this, { fields: new SearchFields(this), view: LATEST, offset,
      fail: (text) => searchError(text, this.switches.get('search_error')), pinned: false,
      now: this.clock.now(), warnings: [] });
    return compiler.compile({ type: 'saved_search', saved_search_id: view.id }, type);
  }

  staleView() {
    return { lag: Math.max(1, this.switches.number('index_lag')) * 1000, now: this.clock.now() };
  }

  tieBreaker() {
    const salt = this.requests;
    return (slot) => mix(slot, salt, 0x71e5);
  }

  // Puts runs of equal keys, in place, into an order of this request only.
  shuffleTies(slots, table, field, view) {
    const tie = this.tieBreaker();
    let from = 0;
    for (let to = 1; to <= slots.length; to++) {
      const same = to < slots.length
        && table.get(slots[to], field, view) === table.get(slots[from], field, view);
      if (same) continue;
      if (to - from > 1) slots.subarray(from, to).sort((a, b) => tie(a) - tie(b) || a - b);
      from = to;
    }
  }

  expireCursors() {
    this.cursors.expireAll();
  }

  revokeTokens() {
    this.tokens.revokeAccess();
  }

  mutate(ops) {
    this.callerOffset = 0;
    const rows = ops.map((op) => applyRowOp(this, op));
    this.ownWrites += ops.length;
    this.changed();
    return rows;
  }

  rateLimited(action) {
    return limitAnswer(this, action);
  }

  // Ordered by id. Users and smart views are the answers of their lists.
  * exportRows(name) {
    const small = { users: 'user/', smart_views: 'saved_search/' }[name];
    if (small) {
      const { handler } = findRoute('GET', small);
      const params = name === 'users' ? { _limit: '200' }
        : { _limit: '200', type__in: VIEW_TYPES.join() };
      const { data } = handler(this, { params, warnings: [], headers: {} });
      for (const row of data.sort((a, b) => (a.id < b.id ? -1 : 1))) yield stringify(row);
      return;
    }
    if (!Object.hasOwn(OBJECTS, name)) throw new Error(`unknown object ${name}`);
    const rows = OBJECTS[name].flatMap((object) => {
      const table = this.tables[object];
      return Array.from(table.order('date_created', LATEST), (slot) =>
        ({ object, slot, id: table.ids[slot] }));
    });
    rows.sort((a, b) => (a.id < b.id ? -1 : 1));
    for (const { object, slot } of rows) {
      // Between two rows a request may have come with its own.
      this.callerOffset = 0;
      yield stringify(this.renderer.row(object, slot));
    }
  }

  handle(request) {
    this.requests++;
    try {
      return this.answer(request);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.finish(request, error.status, error.body, error.headers);
    }
  }

  answer(request) {
    request.params = queryParams(request.query);
    this.callerOffset = tzOffset(request, this.switches);
    if (request.method === 'POST' && request.path === '/oauth2/token/') {
      return this.finish(request, 200, tokenEndpoint(request, this));
    }
    if (request.method === 'POST' && request.path === '/oauth2/revoke/') {
      return this.finish(request, 200, revokeEndpoint(request, this));
    }
    if (!request.path.startsWith(API)) throw unknownUrl();
    const method = this.readBody(request);
    const caller = callerOf(request, this);
    const path = request.path.slice(API.length);
    const refused = takeQuota(this, request, caller, method, path);
    if (refused) return refused;
    if (!caller.ok) throw unauthorized();
    if (!path.endsWith('/')) return this.withoutSlash(request, method);
    const route = findRoute(method, path);
    if (route === null) throw unknownUrl();
    if (route.allow) throw methodNotAllowed(route.allow);
    return this.cached(request, method, () =>
      this.finish(request, 200, route.handler(this, request, ...route.args)));
  }

  // Parses the body and applies x-http-method-override (close 1.3); returns the meant method.
  readBody(request) {
    const override = String(request.headers['x-http-method-override'] ?? '').toUpperCase();
    if (request.method === 'GET' || request.method === 'HEAD') return 'GET';
    if (request.bodyText !== '') {
      const type = String(request.headers['content-type'] ?? '').split(';')[0].trim();
      if (!JSON_TYPES.includes(type.toLowerCase())) {
        throw new ApiError(415, { error: 'The body must be application/json.' });
      }
      const parsed = parseJson(request.bodyText);
      if (!parsed.ok) throw new ApiError(400, { error: 'The body is not valid JSON.' });
      request.json = parsed.value;
    }
    if (override !== 'GET' || request.method !== 'POST') return request.method;
    request.params = { ...request.params, ...overrideParams(request.json?._params) };
    return 'GET';
  }

  withoutSlash(request, method) {
    if (method !== 'GET' || request.method !== 'GET'
      || this.switches.get('missing_slash') !== 'redirect') throw unknownUrl();
    const query = request.query ? `?${request.query}` : '';
    const answer = this.finish(request, 301, '');
    answer.headers.location = `${request.path}/${query}`;
    return answer;
  }

  // Bench mode renders a page once, unless the passing of time could still change it.
  cached(request, method, make) {
    const view = this.indexView();
    const settled = Object.values(this.tables).every((table) => table.settled(view));
    const reads = method === 'GET' || request.path.endsWith('/data/search/');
    if (!this.bench || !reads || request.quota || !settled) return make();
    const key = `${method} ${request.path}?${request.query}\n${request.bodyText}`;
    const known = this.pages.get(key);
    if (known) {
      this.cursors.touch(known.cursor);
      return known.answer;
    }
    const answer = make();
    this.pages.set(key, { answer, cursor: request.cursor });
    return answer;
  }

  finish(request, status, body, headers = {}) {
    const text = typeof body === 'string' ? body : stringify(body);
    return jsonAnswer(status, text, { ...rateHeaders(this, request), ...headers });
  }
}
