// Request quotas that refill at the end of a window, per (owner, group).

export class Limiter {
  constructor() {
    this.reset();
  }

  reset() {
    this.buckets = new Map();
  }

  // Takes one request out of every bucket, or out of none if one is empty.
  take(wants, now) {
    const states = wants.map(({ key, limit, windowMs, type }) => {
      let bucket = this.buckets.get(key);
      if (!bucket || now >= bucket.until || bucket.windowMs !== windowMs) {
        bucket = { used: 0, until: now + windowMs, windowMs };
        this.buckets.set(key, bucket);
      }
      return { bucket, limit, type, windowMs };
    });
    const refusing = states.filter((s) => s.bucket.used >= s.limit);
    if (refusing.length === 0) for (const s of states) s.bucket.used++;
    const view = (s) => ({ type: s.type, limit: s.limit,
      remaining: Math.max(0, s.limit - s.bucket.used), windowMs: s.windowMs,
      resetMs: Math.max(0, s.bucket.until - now) });
    refusing.sort((a, b) => b.bucket.until - a.bucket.until);
    return { ok: refusing.length === 0, state: view(refusing[0] ?? states[0]) };
  }
}
