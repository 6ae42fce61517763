// Literals of SOQL (salesforce §5.2).

import { malformed, refused } from './failures.mjs';

const LONGEST = 4000;
const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(1700, 0, 1);
const LAST_MS = Date.UTC(4000, 11, 31);
const LETTERS = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '"': '"', '\'': '\'', '\\': '\\' };

// The pieces of the text between the quotes: one character each, with whether a backslash stood
// before it. `like` also takes \_ and \%.
function pieces(body, like) {
  const out = [];
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== '\\') {
      out.push({ char: body[i], escaped: false });
      continue;
    }
    const letter = body[++i];
    const lower = letter?.toLowerCase();
    if (lower in LETTERS) out.push({ char: LETTERS[lower], escaped: true });
    else if (like && (letter === '_' || letter === '%')) out.push({ char: letter, escaped: true });
    else if (lower === 'u' && /^[0-9a-fA-F]{4}/.test(body.slice(i + 1))) {
      out.push({ char: String.fromCharCode(parseInt(body.slice(i + 1, i + 5), 16)), escaped: true });
      i += 4;
    } else {
      const end = lower === 'u' ? i + 5 : i + 1;
      throw malformed(`Invalid string literal '${body}'. Illegal character sequence `
        + `'${body.slice(i - 1, end)}' in string literal.`);
    }
  }
  return out;
}

// A string literal with its quotes; LIKE patterns also come in `parts`.
export function stringLiteral(text, { like = false } = {}) {
  const parts = pieces(text.slice(1, -1), like);
  if (parts.length > LONGEST) {
    throw malformed(`maximum length of a string literal exceeded: ${parts.length} > ${LONGEST}`);
  }
  return { kind: 'string', value: parts.map((part) => part.char).join(''), ...(like && { parts }) };
}

function checkRange(ms, text) {
  if (Number.isNaN(ms) || ms < FIRST_MS || ms > LAST_MS) {
    throw refused('INVALID_QUERY_VALUE', `invalid date or out of range: ${text}`);
  }
  return ms;
}

export function dateLiteral(text) {
  const ms = Date.parse(`${text}T00:00:00Z`);
  const valid = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
  checkRange(valid ? ms : NaN, text);
  return { kind: 'date', value: text };
}

const DATETIME = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)$/i;

export function datetimeLiteral(text) {
  const match = DATETIME.exec(text);
  if (!match) throw malformed(`invalid dateTime: ${text}`);
  const [, day, h, m, s, fraction = '', zone] = match;
  dateLiteral(day);
  if (Number(h) > 23 || Number(m) > 59 || Number(s) > 59) checkRange(NaN, text);
  const offset = zone.length === 1 ? 0 : (zone[0] === '-' ? -1 : 1)
    * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
  const ms = Date.parse(`${day}T${h}:${m}:${s}Z`) - offset * 60_000
    + Number(fraction.padEnd(3, '0').slice(0, 3));
  return { kind: 'datetime', value: checkRange(ms, text) };
}

export function timeLiteral(text) {
  const match = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z$/i.exec(text);
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59 || Number(match[3]) > 59) {
    throw malformed(`invalid time: ${text}`);
  }
  const [, h, m, s, fraction = ''] = match;
  return { kind: 'time', value: ((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1000
    + Number(fraction.padEnd(3, '0').slice(0, 3)) };
}

export function dateText(ms) {
  return new Date(ms).toISOString().slice(0, 10);
}

// ---- named date literals ---------------------------------------------------------------------

function startOf(unit, ms) {
  const at = new Date(ms);
  const year = at.getUTCFullYear();
  switch (unit) {
    case 'DAY': return Date.UTC(year, at.getUTCMonth(), at.getUTCDate());
    case 'WEEK': return Date.UTC(year, at.getUTCMonth(), at.getUTCDate() - at.getUTCDay());
    case 'MONTH': return Date.UTC(year, at.getUTCMonth(), 1);
    case 'QUARTER': return Date.UTC(year, at.getUTCMonth() - at.getUTCMonth() % 3, 1);
    default: return Date.UTC(year, 0, 1);
  }
}

// The start of the unit, n units later.
function shifted(unit, start, n) {
  const at = new Date(start);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  switch (unit) {
    case 'DAY': return start + n * DAY_MS;
    case 'WEEK': return start + 7 * n * DAY_MS;
    case 'MONTH': return Date.UTC(year, month + n, 1);
    case 'QUARTER': return Date.UTC(year, month + 3 * n, 1);
    default: return Date.UTC(year + n, 0, 1);
  }
}

const SINGLE_DAYS = { YESTERDAY: -1, TODAY: 0, TOMORROW: 1 };
const FROM_TO = { LAST: [-1, 0], THIS: [0, 1], NEXT: [1, 2] };

// [from, to) in ms, for a `now` and in days of UTC; weeks start on Sunday, and fiscal years are
// calendar years.
export function dateRange(name, n, now) {
  const plain = name.replace('FISCAL_', '');
  const today = startOf('DAY', now);
  if (plain in SINGLE_DAYS) {
    const from = today + SINGLE_DAYS[plain] * DAY_MS;
    return [from, from + DAY_MS];
  }
  if (plain === 'LAST_90_DAYS') return dateRange('LAST_N_DAYS', 90, now);
  if (plain === 'NEXT_90_DAYS') return dateRange('NEXT_N_DAYS', 90, now);
  const ago = /^N_(\w+)S_AGO$/.exec(plain);
  if (ago) {
    const from = shifted(ago[1], startOf(ago[1], now), -n);
    return [from, shifted(ago[1], from, 1)];
  }
  const several = /^(LAST|NEXT)_N_(\w+)S$/.exec(plain);
  if (several) {
    const [, side, unit] = several;
    const start = startOf(unit, now);
    // LAST_N_DAYS includes today; the other units exclude the current period.
    if (side === 'LAST') return [shifted(unit, start, -n), unit === 'DAY' ? start + DAY_MS : start];
    return [shifted(unit, start, 1), shifted(unit, start, n + 1)];
  }
  const [, side, unit] = /^(LAST|THIS|NEXT)_(\w+)$/.exec(plain);
  const start = startOf(unit, now);
  return FROM_TO[side].map((k) => shifted(unit, start, k));
}
