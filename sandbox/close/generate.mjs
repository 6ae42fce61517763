// What the generators of all objects share: dates, texts, and columns that are kept.

import { TEXT_WORDS } from './words.mjs';

export const DAY = 86_400_000;
export const LAST_DAY = Date.UTC(2026, 8, 10);
const BUSY_DAY = Date.UTC(2024, 2, 15);
const BUSY_MS = BUSY_DAY + 10 * 3_600_000 + 123;
const BULK_EDIT = Date.UTC(2026, 4, 1, 8);
const FIRST_DAY = Date.UTC(2019, 0, 1);
const LONG_TEXT = 32 << 10;

export function lazy(make) {
  let value;
  return () => (value ??= make());
}

// A short column that is asked for again and again: every value is made once.
export function kept(count, make) {
  let values = null;
  return (i) => {
    values ??= new Array(count);
    const known = values[i];
    if (known !== undefined) return known;
    return (values[i] = make(i));
  };
}

// Many rows on one day, and some of them in one millisecond: full scale from 60,000 rows on.
export function createdColumn(rand, count, earliest) {
  const dayRows = Math.min(20_000, Math.floor(count / 3));
  const msRows = Math.min(500, Math.max(Math.floor(count / 120), Math.min(count, 5)));
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let at = FIRST_DAY + rand.wide(i, 'created', LAST_DAY - FIRST_DAY);
    if (i < msRows) at = BUSY_MS;
    else if (i < dayRows) at = BUSY_DAY + rand.below(i, 'created', DAY);
    else if (earliest) at = Math.max(at, earliest(i));
    if (i >= msRows && rand.chance(i, 'whole second', 5)) at = Math.floor(at / 1000) * 1000;
    out[i] = at;
  }
  return out;
}

export function updatedColumn(rand, created) {
  return created.map((at, i) => {
    if (i % 17 === 3 && i < 10_200) return Math.max(at, BULK_EDIT);
    if (rand.chance(i, 'untouched', 10)) return at;
    const later = at + rand.wide(i, 'updated', 400 * DAY);
    return later < LAST_DAY ? later : at + rand.below(i, 'updated', DAY);
  });
}

export function sentence(rand, i, field, words) {
  const out = [];
  for (let k = 0; k < words; k++) out.push(rand.pick(i, `${field}${k}`, TEXT_WORDS));
  return out.join(' ');
}

export function longText(rand, i, field) {
  const piece = `${sentence(rand, i, field, 12)}.\n`;
  return piece.repeat(Math.ceil(LONG_TEXT / Buffer.byteLength(piece)));
}
