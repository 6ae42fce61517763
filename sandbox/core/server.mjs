// The provider-facing HTTP and HTTPS servers: connections, bodies, the log, faults and latency.
// It knows no CRM; a provider answers through handle(request).

import http from 'node:http';
import https from 'node:https';
import { parseJson } from './json.mjs';
import { jsonAnswer, send } from './answer.mjs';

const MAX_BODY = 64 << 20;
// Node's own limit would answer before a provider could do it in its own way.
const MAX_HEAD = 128 << 10;

async function readBody(req) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('request body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

// As they were on the wire: name, colon, blank, value, line end.
function headerBytes(raw) {
  return raw.reduce((sum, text) => sum + text.length + 2, 0);
}

function loggedHeaders(headers) {
  const out = { ...headers };
  if (out.authorization !== undefined) out.authorization = out.authorization.split(' ')[0];
  return out;
}

export class ProviderServer {
  constructor({ provider, log, faults, certificates, bench }) {
    this.provider = provider;
    this.log = log;
    this.faults = faults;
    this.bench = bench;
    this.connections = 0;
    this.sockets = new Map();
    const handler = (req, res) => {
      this.serve(req, res).catch((error) => this.broken(res, error));
    };
    this.http = http.createServer({ maxHeaderSize: MAX_HEAD }, handler);
    this.https = https.createServer({ key: certificates.key, cert: certificates.cert,
      maxHeaderSize: MAX_HEAD }, handler);
    for (const server of [this.http, this.https]) {
      server.keepAliveTimeout = 60_000;
      server.on('connection', (socket) => this.accept(socket));
    }
  }

  // HTTPS hands requests a TLS socket; resets need the TCP one below it, found by its peer port.
  accept(socket) {
    const port = socket.remotePort;
    socket.on('error', () => socket.destroy());
    this.sockets.set(port, { number: ++this.connections, socket });
    socket.on('close', () => {
      if (this.sockets.get(port)?.socket === socket) this.sockets.delete(port);
    });
  }

  async listen(port, httpsPort) {
    const open = (server, p) => new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(p, '127.0.0.1', () => resolve(server.address().port));
    });
    this.httpUrl = `http://127.0.0.1:${await open(this.http, port)}`;
    this.httpsUrl = `https://127.0.0.1:${await open(this.https, httpsPort)}`;
  }

  close() {
    for (const { socket } of this.sockets.values()) socket.destroy();
    this.http.close();
    this.https.close();
  }

  broken(res, error) {
    if (res.destroyed) return;
    process.stderr.write(`sandbox: ${error.stack}\n`);
    if (res.headersSent) res.destroy();
    else res.writeHead(500, { 'content-type': 'text/plain' }).end('sandbox failure\n');
  }

  async serve(req, res) {
    const known = this.sockets.get(req.socket.remotePort);
    const bodyText = await readBody(req);
    const mark = req.url.indexOf('?');
    const request = {
      provider: this.provider.name,
      method: req.method,
      path: mark < 0 ? req.url : req.url.slice(0, mark),
      query: mark < 0 ? '' : req.url.slice(mark + 1),
      headers: req.headers,
      uriBytes: req.url.length,
      headerBytes: headerBytes(req.rawHeaders),
      secure: Boolean(req.socket.encrypted),
      bodyText,
      socket: known?.socket ?? req.socket,
      warnings: [],
      params: Object.fromEntries(new URLSearchParams(mark < 0 ? '' : req.url.slice(mark + 1))),
    };
    const actions = this.faults.actionsFor(request);
    const find = (kind) => actions.find((action) => action.kind === kind);
    const wait = (find('delay')?.ms ?? 0) + this.provider.switches.number('latency_ms');
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    for (const action of actions) this.before(action);
    const shape = actions.find((a) => !['mutate', 'delay', 'expire_cursor', 'revoke_token']
      .includes(a.kind));
    const answer = this.faultAnswer(shape) ?? this.provider.handle(request);
    for (const action of actions) {
      if (action.kind === 'mutate' && action.when === 'after') this.provider.mutate(action.ops);
    }
    const gzip = this.provider.switches.get('gzip') === 'on';
    const entry = this.bench ? null : this.log.add({
      provider: request.provider, method: request.method, path: request.path,
      query: request.query, params: request.params, headers: loggedHeaders(req.headers),
      body: request.logBody ?? this.loggedBody(bodyText), status: 0, bytes: 0,
      connection: known?.number ?? 0,
      warnings: request.warnings,
    });
    const sent = send({ res, request, answer, action: shape, gzip });
    if (entry) Object.assign(entry, sent);
  }

  before(action) {
    if (action.kind === 'mutate' && action.when !== 'after') this.provider.mutate(action.ops);
    if (action.kind === 'expire_cursor') this.provider.expireCursors();
    if (action.kind === 'revoke_token') this.provider.revokeTokens();
  }

  // Faults that replace the provider's work; null when the provider shall answer.
  faultAnswer(action) {
    if (action?.kind === 'rate_limit') return this.provider.rateLimited(action);
    if (action?.kind === 'hang' || action?.kind === 'reset') return jsonAnswer(0, '');
    if (action?.kind !== 'status') return null;
    const { body = '' } = action;
    return jsonAnswer(action.status, typeof body === 'string' ? body : JSON.stringify(body),
      action.headers);
  }

  loggedBody(text) {
    if (text === '') return null;
    const parsed = parseJson(text);
    return parsed.ok ? parsed.value : text;
  }
}
