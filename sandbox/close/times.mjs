// The spellings of time (close 4, "Timestamps"): six digits with millisecond precision, and no
// fraction when it is zero; newer objects are naive.

export function spellTime(ms) {
  const iso = new Date(ms).toISOString();
  const fraction = iso.slice(-4, -1);
  const seconds = iso.slice(0, -5);
  return fraction === '000' ? `${seconds}+00:00` : `${seconds}.${fraction}000+00:00`;
}

export function spellNaive(ms) {
  const iso = new Date(ms).toISOString();
  const fraction = iso.slice(-4, -1);
  return fraction === '000' ? iso.slice(0, -5) : `${iso.slice(0, -1)}000`;
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
