// Logging in (salesforce §1): tokens, the flows that end in one, and who is calling.

import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { Rand } from '../core/hash.mjs';
import { ApiError, OAuthError, sessionInvalid } from './errors.mjs';

export const ORGANIZATION_ID = '00D5g000000SandEAG';
const SECRETS = ['client_secret', 'refresh_token', 'assertion', 'password', 'token', 'code'];
const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

// Why a user who exists cannot log in.
const USER_STATES = { unapproved: 'user hasn\'t approved this consumer',
  locked: 'user is locked', inactive: 'inactive user',
  restricted: 'authentication failure - ip restricted' };

// The credentials are the same under every seed; only the key is made at start.
export class Accounts {
  constructor() {
    this.rand = new Rand(0, 'salesforce accounts');
    this.clientId = `3MVG9${this.rand.id('', 0, 80).slice(1)}`;
    this.clientSecret = this.rand.id('', 1, 64).slice(1);
    this.username = 'api@sandbox.test';
    this.password = `Pw.${this.rand.id('', 2, 12).slice(1)}`;
    this.securityToken = this.rand.id('', 3, 24).slice(1);
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.privateKey = privateKey.export({ type: 'pkcs8', format: 'pem' });
    this.publicKey = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }));
    this.reset();
  }

  reset() {
    this.serial = 0;
    this.sessions = new Map();
    this.accessToken = this.newSession(0);
    this.refreshToken = this.newRefreshToken();
  }

  newSession(now) {
    const secret = this.rand.id('', 100 + ++this.serial, 88).slice(1);
    const token = `${ORGANIZATION_ID.slice(0, 15)}!AQ${secret}`;
    // The ready token is as old as its first use.
    this.sessions.set(token, { usedAt: now || null, requests: 0 });
    return token;
  }

  newRefreshToken() {
    return `5Aep8${this.rand.id('', 100 + ++this.serial, 82).slice(1)}`;
  }

  revoke(token) {
    this.sessions.delete(token);
    if (token === this.refreshToken) this.refreshToken = this.newRefreshToken();
  }

  revokeAccess() {
    this.sessions.clear();
  }

  // Every use of a token puts its end off.
  use(token, { now, lifeMs, maxRequests }) {
    const session = this.sessions.get(token);
    if (!session) return false;
    session.usedAt ??= now;
    const old = now - session.usedAt >= lifeMs;
    const worn = maxRequests > 0 && session.requests >= maxRequests;
    if (old || worn) {
      this.sessions.delete(token);
      return false;
    }
    session.usedAt = now;
    session.requests++;
    return true;
  }
}

export function authenticate(request, { accounts, clock, switches, mutants }) {
  const header = request.headers.authorization;
  if (header === undefined) throw sessionInvalid();
  const [, scheme, token] = /^(\S+)\s+(\S+)$/.exec(header.trim()) ?? [];
  if (!/^(bearer|oauth)$/i.test(scheme ?? '')) {
    throw new ApiError(401, 'INVALID_AUTH_HEADER', 'INVALID_HEADER_TYPE');
  }
  if (mutants.has('token_never_expires')) return;
  const known = accounts.use(token, { now: clock.now(),
    lifeMs: switches.number('token_life') * 1000, maxRequests: switches.number('token_requests') });
  if (!known) throw sessionInvalid();
}

// ---- the token endpoint ------------------------------------------------------------------------------

function form(request) {
  const type = String(request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
  const source = type === 'application/x-www-form-urlencoded' ? request.bodyText : request.query;
  const out = Object.fromEntries(new URLSearchParams(source));
  request.logBody = Object.fromEntries(Object.entries(out).map(([name, value]) =>
    [name, SECRETS.includes(name) ? '***' : value]));
  return out;
}

function client(request, fields) {
  const [scheme, value = ''] = String(request.headers.authorization ?? '').split(/\s+/);
  if (!/^basic$/i.test(scheme)) return [fields.client_id, fields.client_secret];
  const text = Buffer.from(value, 'base64').toString('utf8');
  const mark = text.indexOf(':');
  return [text.slice(0, mark), text.slice(mark + 1)];
}

function checkUser(switches) {
  const refusal = USER_STATES[switches.get('user_state')];
  if (refusal) throw new OAuthError('invalid_grant', refusal);
}

function checkClient(request, fields, accounts, { needsSecret }) {
  const [id, secret] = client(request, fields);
  if (id !== accounts.clientId) {
    throw new OAuthError('invalid_client_id', 'client identifier invalid');
  }
  const fine = secret === undefined ? !needsSecret : secret === accounts.clientSecret;
  if (!fine) throw new OAuthError('invalid_client', 'invalid client credentials');
}

function decodePart(part) {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function readAssertion(assertion, accounts) {
  const invalid = new OAuthError('invalid_grant', 'invalid assertion');
  const parts = String(assertion).split('.');
  if (parts.length !== 3) throw invalid;
  const [header, claims] = [decodePart(parts[0]), decodePart(parts[1])];
  if (header?.alg !== 'RS256' || claims === null || typeof claims !== 'object') throw invalid;
  if (claims.iss !== accounts.clientId) {
    throw new OAuthError('invalid_client_id', 'client identifier invalid');
  }
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`);
  const signature = Buffer.from(parts[2], 'base64url');
  if (!verify('RSA-SHA256', signed, accounts.publicKey, signature)) throw invalid;
  return claims;
}

function checkExpiry(exp, switches) {
  const seconds = Number(exp);
  const now = Date.now() / 1000 + switches.number('jwt_skew');
  if (!(seconds > now) || seconds > now + switches.number('jwt_max_life')) {
    throw new OAuthError('invalid_grant', 'expired authorization code');
  }
}

function jwtFlow(request, fields, { accounts, switches, hosts }) {
  if (!fields.assertion) throw new OAuthError('invalid_request', 'must provide assertion');
  const claims = readAssertion(fields.assertion, accounts);
  const audiences = [...hosts.login, ...(switches.get('jwt_my_domain') === 'accept'
    ? hosts.instance : [])];
  if (!audiences.includes(String(claims.aud).replace(/\/$/, ''))) {
    throw new OAuthError('invalid_grant', 'audience is invalid');
  }
  checkExpiry(claims.exp, switches);
  if (claims.sub !== accounts.username) {
    throw new OAuthError('invalid_grant', USER_STATES.unapproved);
  }
  checkUser(switches);
  return { scope: 'api web' };
}

// Only the organization's own host knows which user the client stands for.
function clientCredentialsFlow(request, fields, { accounts, switches, onLoginHost }) {
  if (onLoginHost(request)) {
    throw new OAuthError('invalid_grant', 'request not supported on this domain');
  }
  checkClient(request, fields, accounts, { needsSecret: true });
  checkUser(switches);
  return { scope: 'api', signed: true };
}

function refreshFlow(request, fields, { accounts, switches }) {
  checkClient(request, fields, accounts, { needsSecret: false });
  if (fields.refresh_token !== accounts.refreshToken) {
    throw new OAuthError('invalid_grant', 'expired access/refresh token');
  }
  checkUser(switches);
  if (switches.get('refresh_rotation') === 'off') return { scope: 'api refresh_token', signed: true };
  accounts.refreshToken = accounts.newRefreshToken();
  return { scope: 'api refresh_token', signed: true, refresh: accounts.refreshToken };
}

function passwordFlow(request, fields, { accounts, switches }) {
  checkClient(request, fields, accounts, { needsSecret: true });
  const wrong = fields.username !== accounts.username
    || fields.password !== accounts.password + accounts.securityToken;
  if (switches.get('password_grant') === 'refuse' || wrong) {
    throw new OAuthError('invalid_grant', 'authentication failure');
  }
  checkUser(switches);
  return { scope: 'api', signed: true };
}

const FLOWS = { [JWT_GRANT]: jwtFlow, client_credentials: clientCredentialsFlow,
  refresh_token: refreshFlow, password: passwordFlow };

export function tokenEndpoint(request, provider) {
  const fields = form(request);
  const flow = FLOWS[fields.grant_type];
  if (!flow) throw new OAuthError('unsupported_grant_type', 'grant type not supported');
  const { scope, signed, refresh } = flow(request, fields, provider);
  const now = provider.clock.now();
  return { access_token: provider.accounts.newSession(now), ...(refresh && { refresh_token: refresh }),
    ...(signed && { signature: provider.accounts.rand.id('', now % 1e9, 44).slice(1) }),
    scope, instance_url: provider.instanceUrl(request), id: provider.identityUrl(),
    token_type: 'Bearer', ...(signed && { issued_at: String(Math.floor(now)) }) };
}

export function revokeEndpoint(request, { accounts }) {
  const { token } = form(request);
  if (!token) throw new OAuthError('unsupported_token_type', 'this token type is not supported');
  accounts.revoke(token);
}
