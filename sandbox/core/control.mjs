// The control port: JSON in, JSON out; 400 with {"error"} for what it does not understand.

import http from 'node:http';

import { stringify } from './json.mjs';

class BadRequest extends Error {}

async function readJson(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new BadRequest('the body is not JSON');
  }
}

const RESET_KEYS = ['seed', 'counts', 'clock', 'switches', 'mutants'];

export class Control {
  constructor(sandbox) {
    this.sandbox = sandbox;
    this.server = http.createServer((req, res) => this.serve(req, res));
    this.server.keepAliveTimeout = 60_000;
    this.routes = {
      'GET /state': () => sandbox.state(),
      'POST /reset': (body) => this.reset(body ?? {}),
      'POST /clock': (body) => this.clock(body ?? {}),
      'POST /switches': (body) => {
        sandbox.switches.assign(body ?? {});
        sandbox.changed();
        return sandbox.switches.values;
      },
      'POST /mutants': (body) => {
        sandbox.mutants.set(body);
        sandbox.changed();
        return { active: [...sandbox.mutants.active] };
      },
      'GET /faults': () => ({ faults: sandbox.faults.state() }),
      'POST /faults': (body) => ({ ids: sandbox.faults.add(body) }),
      'DELETE /faults': () => {
        sandbox.faults.clear();
        return {};
      },
      'GET /log': (body, q) => sandbox.log.since(Number(q.get('since') ?? 0), q.get('provider')),
      'DELETE /log': () => {
        sandbox.log.clear();
        return {};
      },
      'POST /rows': ({ provider, ...op } = {}) => ({ rows: this.provider(provider).mutate([op]) }),
      'GET /connections': () => sandbox.connections(),
    };
  }

  provider(name) {
    const provider = this.sandbox.providers.get(name ?? [...this.sandbox.providers.keys()][0]);
    if (!provider) throw new BadRequest(`unknown provider ${name}`);
    return provider;
  }

  reset(body) {
    for (const key of Object.keys(body)) {
      if (!RESET_KEYS.includes(key)) throw new BadRequest(`unknown reset key ${key}`);
    }
    this.sandbox.reset(body);
    return this.sandbox.state();
  }

  clock(body) {
    const { clock } = this.sandbox;
    // Stopped before it is set, so that it stands at that very time.
    if (body.freeze === true) clock.freeze(true);
    for (const key of Object.keys(body)) {
      if (key === 'set') clock.set(body.set);
      else if (key === 'advance_ms') clock.advance(body.advance_ms);
      else if (key === 'real' && body.real === true) clock.real();
      else if (key === 'freeze') clock.freeze(body.freeze === true);
      else throw new BadRequest(`unknown clock key ${key}`);
    }
    this.sandbox.changed();
    return clock.state();
  }

  async export(query, res) {
    const { provider, object, ...more } = Object.fromEntries(query);
    const lines = this.provider(provider).exportRows(object, more);
    // What is refused is refused with the first row, before the head.
    let next = lines.next();
    res.writeHead(200, { 'content-type': 'application/x-ndjson' });
    for (; !next.done; next = lines.next()) {
      if (!res.write(`${next.value}\n`)) await new Promise((resolve) => res.once('drain', resolve));
    }
    res.end();
  }

  async serve(req, res) {
    const url = new URL(req.url, 'http://control');
    const reply = (status, value) => res.writeHead(status, { 'content-type': 'application/json' })
      .end(`${stringify(value)}\n`);
    try {
      const body = await readJson(req);
      if (req.method === 'GET' && url.pathname === '/export') {
        return await this.export(url.searchParams, res);
      }
      const route = this.routes[`${req.method} ${url.pathname}`];
      if (!route) return reply(404, { error: `no ${req.method} ${url.pathname}` });
      return reply(200, route(body, url.searchParams));
    } catch (error) {
      if (res.headersSent) return res.destroy();
      return reply(400, { error: error.message });
    }
  }

  listen(port) {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, '127.0.0.1', () => {
        this.url = `http://127.0.0.1:${this.server.address().port}`;
        resolve();
      });
    });
  }

  close() {
    this.server.close();
    this.server.closeAllConnections?.();
  }
}
