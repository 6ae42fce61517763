// Search cursors: a frozen list of matches and a position; they die 30 s after they were issued
// (close 3.5).

const LIFE_MS = 30_000;

export class Cursors {
  constructor(clock) {
    this.clock = clock;
    this.serial = 0;
    this.open = new Map();
  }

  issue(state) {
    const name = Buffer.from(`cursor:${++this.serial}`).toString('base64');
    this.open.set(name, { ...state, until: this.clock.now() + LIFE_MS });
    return name;
  }

  // undefined when it is unknown or expired.
  find(name) {
    const state = this.open.get(name);
    return state && this.clock.now() < state.until ? state : undefined;
  }

  touch(name) {
    const state = this.open.get(name);
    if (state) state.until = this.clock.now() + LIFE_MS;
  }

  expireAll() {
    for (const state of this.open.values()) state.until = -Infinity;
  }

  // In bench mode cached pages keep naming their cursors, so only long-dead ones go.
  prune() {
    const now = this.clock.now();
    for (const [name, state] of this.open) {
      if (state.until + 10 * LIFE_MS < now) this.open.delete(name);
    }
  }
}
