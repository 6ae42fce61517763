// The spellings of time (close 4, "Timestamps"): six digits with millisecond precision, and no
// fraction when it is zero; newer objects are naive.

const DAY = 86_400_000;
const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

// `YYYY-MM-DD` of a day number, by the usual count of days in eras of 400 years from 0000-03-01.
function dateOf(day) {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460)
    + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4)
    - Math.floor(yearOfEra / 100));
  const m = Math.floor((5 * dayOfYear + 2) / 153);
  const month = m < 10 ? m + 3 : m - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const date = dayOfYear - Math.floor((153 * m + 2) / 5) + 1;
  return `${year < 1000 ? String(year).padStart(4, '0') : year}-${TWO[month]}-${TWO[date]}`;
}

function spell(at, end) {
  const ms = Math.floor(at);
  const day = Math.floor(ms / DAY);
  const rest = ms - day * DAY;
  const fraction = rest % 1000;
  const seconds = (rest - fraction) / 1000;
  const clock = `${TWO[Math.floor(seconds / 3600)]}:${TWO[Math.floor(seconds / 60) % 60]}`;
  const text = `${dateOf(day)}T${clock}:${TWO[seconds % 60]}`;
  return fraction === 0 ? `${text}${end}`
    : `${text}.${String(fraction).padStart(3, '0')}000${end}`;
}

export function spellTime(ms) {
  return spell(ms, '+00:00');
}

export function spellNaive(ms) {
  return spell(ms, '');
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?$/;

export function isDate(text) {
  return DATE.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

// Milliseconds of a date or a date-time; what has no offset is taken at the caller's.
export function parseTime(text, offsetHours = 0) {
  if (typeof text !== 'string') return null;
  const shift = -offsetHours * 3_600_000;
  if (DATE.test(text)) {
    const at = Date.parse(`${text}T00:00:00Z`);
    return Number.isNaN(at) ? null : at + shift;
  }
  const m = TIME.exec(text);
  if (!m) return null;
  const clock = m[2].replace(/(\.\d{3})\d+$/, '$1');
  const zone = m[3] ? m[3].replace(/^([+-]\d\d)(\d\d)$/, '$1:$2') : 'Z';
  const at = Date.parse(`${m[1]}T${clock}${zone}`);
  if (Number.isNaN(at)) return null;
  return m[3] ? at : at + shift;
}
