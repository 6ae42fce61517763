// Faults scheduled through the control port. A fault fires on the nth matching request, on every
// k-th, or on all of them, at most `times` times (once for nth, else without limit).

const NEEDS = {
  status: ['status'], rate_limit: [], hang: [], hang_body: ['after_bytes'], delay: ['ms'],
  reset: [], cut: ['after_bytes'], truncate_gzip: [], drip: ['bytes', 'interval_ms'],
  replace: [], expire_cursor: [], revoke_token: [], zip_bomb: ['bytes'], mutate: ['ops'],
};
const TAKES = {
  status: ['headers', 'body'], rate_limit: ['style', 'reset', 'nested'], hang: ['ms'],
  replace: ['status', 'headers', 'body', 'body_base64'], mutate: ['when'],
};
const MATCH_KEYS = ['provider', 'method', 'path', 'query', 'body', 'nth', 'every', 'times'];
// These change what happens around the answer and can be combined with one that shapes it.
const SIDE_EFFECTS = new Set(['mutate', 'expire_cursor', 'revoke_token', 'delay']);

function checkPositive(name, value) {
  if (value !== undefined && !(Number.isInteger(value) && value > 0)) {
    throw new Error(`match.${name} must be a positive integer`);
  }
}

function compile({ match = {}, action, ...rest }, id) {
  if (Object.keys(rest).length) throw new Error(`unknown fault key ${Object.keys(rest)[0]}`);
  if (!action || !Object.hasOwn(NEEDS, action.kind)) {
    throw new Error(`unknown action kind ${action?.kind}; one of ${Object.keys(NEEDS).join(', ')}`);
  }
  for (const key of Object.keys(match)) {
    if (!MATCH_KEYS.includes(key)) throw new Error(`unknown match key ${key}`);
  }
  for (const key of ['nth', 'every', 'times']) checkPositive(key, match[key]);
  for (const key of NEEDS[action.kind]) {
    if (action[key] === undefined) throw new Error(`action ${action.kind} needs ${key}`);
  }
  const allowed = ['kind', ...NEEDS[action.kind], ...(TAKES[action.kind] ?? [])];
  for (const key of Object.keys(action)) {
    if (!allowed.includes(key)) throw new Error(`action ${action.kind} does not take ${key}`);
  }
  const regex = (text) => (text === undefined ? null : new RegExp(text));
  return { id, match, action, seen: 0, hits: 0, path: regex(match.path),
    query: regex(match.query), body: regex(match.body) };
}

function fires(fault) {
  const { nth, every } = fault.match;
  const times = fault.match.times ?? (nth === undefined ? Infinity : 1);
  if (fault.hits >= times) return false;
  if (nth !== undefined) return fault.seen >= nth;
  return every === undefined || fault.seen % every === 0;
}

export class Faults {
  constructor() {
    this.serial = 0;
    this.list = [];
  }

  add(specs) {
    if (!Array.isArray(specs)) throw new Error('faults must be a list');
    const made = specs.map((spec) => compile(spec, ++this.serial));
    this.list.push(...made);
    return made.map((fault) => fault.id);
  }

  clear() {
    this.list = [];
  }

  state() {
    return this.list.map(({ id, match, action, seen, hits }) =>
      ({ id, match, action, seen, hits }));
  }

  // The actions for a request: all side effects that fire, and the first that shapes the answer.
  actionsFor(request) {
    const actions = [];
    let shaped = false;
    for (const fault of this.list) {
      const m = fault.match;
      if (m.provider && m.provider !== request.provider) continue;
      if (m.method && m.method.toUpperCase() !== request.method) continue;
      if (fault.path && !fault.path.test(request.path)) continue;
      if (fault.query && !fault.query.test(request.query)) continue;
      if (fault.body && !fault.body.test(request.bodyText)) continue;
      fault.seen++;
      const side = SIDE_EFFECTS.has(fault.action.kind);
      if ((!side && shaped) || !fires(fault)) continue;
      fault.hits++;
      shaped ||= !side;
      actions.push(fault.action);
    }
    return actions;
  }
}
