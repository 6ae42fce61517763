// The organization's request quota and the other limits (salesforce §3).

import { ApiError } from './errors.mjs';

const CALLS = { concurrent: 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.',
  total: 'TotalRequests Limit exceeded.' };

export function limitExceeded(style = 'concurrent') {
  if (!CALLS[style]) throw new Error(`style must be one of ${Object.keys(CALLS).join(', ')}`);
  return new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', CALLS[style]);
}

export class Quota {
  constructor(switches) {
    this.switches = switches;
    this.own = 0;
  }

  get used() {
    return this.switches.number('used_requests') + this.own;
  }

  take() {
    if (this.used >= this.switches.number('daily_requests')) throw limitExceeded('total');
    this.own++;
  }

  headers() {
    const form = this.switches.get('limit_info');
    if (form === 'none') return {};
    const usage = `api-usage=${this.used}/${this.switches.get('daily_requests')}`;
    return { 'sforce-limit-info': form === 'plain' ? usage
      : `${usage}; per-app-api-usage=${this.own}/250(appName=sandbox-app)` };
  }
}

export function getLimits({ quota, switches }) {
  const max = switches.number('daily_requests');
  const whole = (n) => ({ Max: n, Remaining: n });
  return { body: { DailyApiRequests: { Max: max, Remaining: Math.max(0, max - quota.used) },
    DailyBulkApiBatches: whole(15000), DailyBulkV2QueryJobs: whole(10000),
    DailyBulkV2QueryFileStorageMB: whole(976562), DailyDurableStreamingApiEvents: whole(10000),
    DurableStreamingApiConcurrentClients: whole(20), DataStorageMB: { Max: 1024, Remaining: 900 } } };
}

// A cached estimate: never exact, and not to be trusted (salesforce §3.3).
export function recordCounts({ schema, world, switches }, request) {
  const wanted = request.params.sObjects?.split(',').map((name) => schema.object(name.trim()))
    .filter(Boolean) ?? schema.objects();
  const how = switches.get('record_count');
  if (how === 'absent') return { body: { sObjects: [] } };
  const seen = { exact: (n) => n, zero: () => 0, stale: (n) => Math.floor(n * 0.97) }[how];
  return { body: { sObjects: wanted.map(({ name }) => ({ count: seen(world.count(name)), name })) } };
}
