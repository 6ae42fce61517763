// Moments of a search condition (close 5.3), as milliseconds.

import { isDate, parseTime } from './times.mjs';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

// Calendar arithmetic happens in the caller's zone: times are shifted there and back.
class LocalCalendar {
  constructor(now, offset) {
    this.shift = offset * HOUR;
    this.local = now + this.shift;
  }

  utc(local) {
    return local - this.shift;
  }

  startOfDay(local = this.local) {
    return Math.floor(local / DAY) * DAY;
  }

  month(local, delta) {
    const d = new Date(local);
    return Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + delta, 1);
  }
}

function periods(calendar) {
  const day = calendar.startOfDay();
  const week = day - ((new Date(day).getUTCDay() + 6) % 7) * DAY;
  const month = (n) => calendar.month(day, n);
  const quarter = (n) => {
    const start = new Date(day);
    return Date.UTC(start.getUTCFullYear(), Math.floor(start.getUTCMonth() / 3) * 3 + 3 * n, 1);
  };
  const year = (n) => Date.UTC(new Date(day).getUTCFullYear() + n, 0, 1);
  const three = (name, at, step) => Object.entries({ [`last-${name}`]: -1, [`this-${name}`]: 0,
    [`next-${name}`]: 1 }).map(([key, n]) => [key, [at(n, step), at(n + 1, step)]]);
  return Object.fromEntries([
    ['yesterday', [day - DAY, day]], ['today', [day, day + DAY]],
    ['tomorrow', [day + DAY, day + 2 * DAY]],
    ...three('week', (n) => week + n * 7 * DAY), ...three('month', month),
    ...three('quarter', quarter), ...three('year', year),
  ]);
}

const OFFSETS = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds'];
const MAX_DAYS = 3650;

function offsetMoment(moment, context, fail) {
  const { direction, offset, which_day_end: end } = moment;
  if (!['past', 'future'].includes(direction)) throw fail('direction must be past or future');
  for (const key of Object.keys(offset ?? {})) {
    if (!OFFSETS.includes(key)) throw fail(`unknown offset ${key}`);
  }
  const of = (key) => Number(offset?.[key] ?? 0) * (direction === 'past' ? -1 : 1);
  if (Math.abs(of('days')) > MAX_DAYS) throw fail(`days must be at most ${MAX_DAYS}`);
  const calendar = new LocalCalendar(momentOf(moment.moment, context, fail), context.offset);
  const d = new Date(calendar.local);
  d.setUTCMonth(d.getUTCMonth() + 12 * of('years') + of('months'));
  let at = d.getTime() + (of('weeks') * 7 + of('days')) * DAY + of('hours') * HOUR
    + of('minutes') * 60_000 + of('seconds') * 1000;
  if (end === 'start') at = calendar.startOfDay(at);
  else if (end === 'end') at = calendar.startOfDay(at) + DAY;
  else if (end !== undefined && end !== null) throw fail('which_day_end must be start or end');
  return calendar.utc(at);
}

function which(moment, fail) {
  if (!['start', 'end'].includes(moment.which)) throw fail('which: this field is required');
  return moment.which;
}

const MOMENTS = {
  now: (moment, { now }) => now,
  fixed_utc: (moment, context, fail) => {
    const at = parseTime(moment.value);
    if (at === null) throw fail(`not a time: ${moment.value}`);
    return at;
  },
  fixed_local_date: (moment, { offset }, fail) => {
    if (!isDate(moment.value ?? '')) throw fail(`not a date: ${moment.value}`);
    return parseTime(moment.value, offset) + (which(moment, fail) === 'end' ? DAY : 0);
  },
  offset: offsetMoment,
  start_end_of_predefined_relative_period: (moment, { now, offset }, fail) => {
    const calendar = new LocalCalendar(now, offset);
    const range = periods(calendar)[moment.range];
    if (!range) throw fail(`unknown range ${moment.range}`);
    return calendar.utc(range[which(moment, fail) === 'start' ? 0 : 1]);
  },
};

const KEYS = { now: [], fixed_utc: ['value'], fixed_local_date: ['value', 'which'],
  offset: ['direction', 'moment', 'offset', 'which_day_end'],
  start_end_of_predefined_relative_period: ['range', 'which'] };

export function momentOf(moment, context, fail) {
  const make = Object.hasOwn(MOMENTS, moment?.type ?? '') ? MOMENTS[moment.type] : null;
  if (!make) throw fail(`unknown moment ${moment?.type}`);
  for (const key of Object.keys(moment)) {
    if (key !== 'type' && !KEYS[moment.type].includes(key)) throw fail(`unknown key ${key}`);
  }
  return make(moment, context, fail);
}

