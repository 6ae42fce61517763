// The request log. Its numbers never repeat within a run, so "since" stays meaningful after DELETE.

export class RequestLog {
  constructor() {
    this.entries = [];
    this.next = 1;
  }

  add(entry) {
    const full = { n: this.next++, ...entry };
    this.entries.push(full);
    return full;
  }

  clear() {
    this.entries = [];
  }

  since(n, provider) {
    const entries = this.entries.filter((e) => e.n >= n && (!provider || e.provider === provider));
    return { entries, next: this.next };
  }
}
