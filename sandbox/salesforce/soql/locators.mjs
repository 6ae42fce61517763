// Query locators (salesforce §3.6): a snapshot of rows, by index, that pages are read from.

import { idMaker } from '../ids.mjs';
import { refused } from './failures.mjs';

const STRIDE = 7_654_321_987;
// Rows of all snapshots together, at four bytes each; beyond, the oldest snapshot goes.
const MAX_ROWS = 128_000_000;

export function invalidLocator() {
  return refused('INVALID_QUERY_LOCATOR', 'invalid query locator');
}

export class Locators {
  constructor({ switches, clock }) {
    Object.assign(this, { switches, clock });
    this.entries = new Map();
    this.rows = 0;
    this.next = 1;
    this.makeId = idMaker('0r8');
  }

  // entry: whatever a page needs, with its rows and the user it is bound to.
  add(entry) {
    const locator = this.makeId(this.next++ * STRIDE);
    this.entries.set(locator, { ...entry, born: this.clock.now() });
    this.rows += entry.rows.length;
    for (const [name, other] of this.entries) {
      if (name !== locator && (this.old(other) || this.rows > MAX_ROWS)) this.drop(name);
    }
    return locator;
  }

  drop(locator) {
    this.rows -= this.entries.get(locator).rows.length;
    this.entries.delete(locator);
  }

  old({ born }) {
    return this.clock.now() - born >= this.switches.number('locator_life') * 1000;
  }

  get(locator, user) {
    const entry = this.entries.get(locator);
    if (entry === undefined || entry.user !== user || this.old(entry)) throw invalidLocator();
    return entry;
  }

  expireAll() {
    this.entries.clear();
    this.rows = 0;
  }
}
