// Quotas: one bucket per (key, method, prefix), one three times as large for the organization,
// and three generations of headers (close 2).

import { createHash } from 'node:crypto';
import { jsonAnswer } from '../core/answer.mjs';

function configured(world) {
  const text = world.switches.get('rate_limit');
  if (text === 'off') return null;
  const [limit, seconds] = text.split('/').map(Number);
  return { limit, windowMs: seconds * 1000 };
}

const decimal = (ms) => String(Math.round(ms) / 1000);

// The proxy's own bucket, which must not be mixed up with the endpoint group's.
const SPLIT = { 'ratelimit-limit': '60', 'ratelimit-remaining': '59', 'ratelimit-reset': '1',
  'x-ratelimit-limit': '60, 60;w=1, 100;w=1', 'x-ratelimit-remaining': '59',
  'x-ratelimit-reset': '1' };

function spell(style, { limit, remaining, resetMs }) {
  const reset = decimal(resetMs);
  switch (style) {
    case 'comma': return { ratelimit: `limit=${limit}, remaining=${remaining}, reset=${reset}` };
    case 'semicolon':
      return { ratelimit: `limit=${limit}; remaining=${remaining}; reset=${reset}` };
    case 'legacy': return { 'x-rate-limit-limit': String(limit),
      'x-rate-limit-remaining': String(remaining), 'x-rate-limit-reset': reset };
    default: return {};
  }
}

export function rateHeaders(world, request) {
  const split = world.switches.get('rate_split_headers') === 'on' ? SPLIT : {};
  if (!request.quota) return split;
  return { ...split, ...spell(world.switches.get('rate_headers'), request.quota) };
}

function refusal(state, { style, split, nested, group }) {
  const inner = { rate_limit: state.limit, rate_limit_type: state.type,
    rate_endpoint_group: group, rate_reset: decimal(state.resetMs),
    rate_window: state.windowMs / 1000, message: 'API call count exceeded for this period' };
  return jsonAnswer(429, JSON.stringify(nested ? { error: inner } : inner), { ...split,
    ...spell(style, state), 'retry-after': String(Math.ceil(state.resetMs / 1000)) });
}

// Failing requests count too, so this runs before the key is checked. null = go on.
export function takeQuota(world, request, caller, method, path) {
  const quota = configured(world);
  if (!quota) return null;
  const [first, second] = path.split('/');
  const prefix = first === 'activity' ? `${first}/${second ?? ''}` : first;
  const group = createHash('md5').update(`${method} ${prefix}`).digest('hex');
  const wants = [{ key: `key ${caller.key} ${group}`, ...quota, type: 'key' },
    { key: `organization ${group}`, limit: quota.limit * 3, windowMs: quota.windowMs,
      type: 'organization' }];
  const { ok, state } = world.limiter.take(wants, world.clock.now());
  request.quota = state;
  if (ok) return null;
  return refusal(state, { style: world.switches.get('rate_headers'), group,
    split: rateHeaders(world, {}), nested: world.switches.get('rate_body') === 'nested' });
}

// A 429 on demand; `remaining` may well be above zero (close 2.1).
export function limitAnswer(world, { style, reset = 1, nested }) {
  const quota = configured(world) ?? { limit: 240, windowMs: 8000 };
  const state = { ...quota, type: 'key', remaining: 17, resetMs: reset * 1000 };
  return refusal(state, { style: style ?? world.switches.get('rate_headers'),
    split: rateHeaders(world, {}), group: createHash('md5').update('fault').digest('hex'),
    nested: nested ?? world.switches.get('rate_body') === 'nested' });
}
