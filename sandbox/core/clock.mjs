// The sandbox's own time. It ticks like the wall clock from wherever it was set, unless frozen,
// so that clients that really wait get their answer and tests can still jump.

export class Clock {
  constructor(start) {
    this.start = start;
    this.reset();
  }

  reset(start = this.start) {
    this.frozenAt = null;
    if (start === 'real') this.offset = 0;
    else this.set(start);
  }

  now() {
    return this.frozenAt ?? Date.now() + this.offset;
  }

  set(iso) {
    const at = Date.parse(iso);
    if (Number.isNaN(at)) throw new Error(`not a time: ${iso}`);
    this.offset = at - Date.now();
    if (this.frozenAt !== null) this.frozenAt = at;
  }

  advance(ms) {
    if (!Number.isFinite(ms)) throw new Error('advance_ms is not a number');
    this.offset += ms;
    if (this.frozenAt !== null) this.frozenAt += ms;
  }

  freeze(on) {
    if (on) this.frozenAt = this.now();
    else if (this.frozenAt !== null) {
      this.offset = this.frozenAt - Date.now();
      this.frozenAt = null;
    }
  }

  real() {
    this.frozenAt = null;
    this.offset = 0;
  }

  state() {
    return { now: new Date(this.now()).toISOString(), frozen: this.frozenAt !== null };
  }
}
