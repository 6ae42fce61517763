// Who is calling (close 1.2): Basic with the API key and an empty password, or a Bearer token.

import { ApiError } from './errors.mjs';

export function callerOf(request, { organization, tokens, clock }) {
  const [scheme, value = ''] = String(request.headers.authorization ?? '').split(/\s+/);
  if (/^basic$/i.test(scheme)) {
    const text = Buffer.from(value, 'base64').toString('utf8');
    return { key: text, ok: text === `${organization.apiKey}:` };
  }
  if (/^bearer$/i.test(scheme)) return { key: value, ok: tokens.valid(value, clock.now()) };
  return { key: 'anonymous', ok: false };
}

function invalidGrant(description) {
  return new ApiError(400, { error: 'invalid_grant', error_description: description });
}

function form(request) {
  const type = String(request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') {
    throw new ApiError(400, { error: 'invalid_request',
      error_description: 'The token endpoint takes form-encoded bodies.' });
  }
  const out = Object.fromEntries(new URLSearchParams(request.bodyText));
  request.logBody = Object.fromEntries(Object.entries(out).map(([name, value]) =>
    [name, ['client_secret', 'refresh_token', 'token', 'code'].includes(name) ? '***' : value]));
  return out;
}

// Clients may also name themselves by Basic auth (RFC 6749 2.3.1).
function client(request, fields) {
  const [scheme, value = ''] = String(request.headers.authorization ?? '').split(/\s+/);
  if (!/^basic$/i.test(scheme)) return [fields.client_id, fields.client_secret];
  const text = Buffer.from(value, 'base64').toString('utf8');
  const mark = text.indexOf(':');
  return [text.slice(0, mark), text.slice(mark + 1)];
}

export function tokenEndpoint(request, { organization, tokens, clock, switches }) {
  const fields = form(request);
  if (!tokens.knowsClient(...client(request, fields))) {
    throw new ApiError(401, { error: 'invalid_client' });
  }
  if (fields.grant_type !== 'refresh_token') {
    if (fields.grant_type === 'authorization_code') throw invalidGrant('Invalid code.');
    throw new ApiError(400, { error: 'unsupported_grant_type' });
  }
  const life = switches.number('token_life');
  const made = tokens.refresh(fields.refresh_token, clock.now(), life * 1000);
  if (!made) throw invalidGrant('The refresh token is invalid, expired or was already used.');
  return { access_token: made.accessToken, refresh_token: made.refreshToken, token_type: 'Bearer',
    expires_in: life, scope: 'all.full_access offline_access',
    user_id: organization.users[0]?.id ?? null, organization_id: organization.id };
}

export function revokeEndpoint(request, { tokens }) {
  const fields = form(request);
  if (!tokens.knowsClient(...client(request, fields))) {
    throw new ApiError(401, { error: 'invalid_client' });
  }
  tokens.revoke(fields.token);
  return {};
}
