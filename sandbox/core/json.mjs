// JSON with exact big integers, and with pieces that are JSON text already.

export class Json {
  constructor(text) {
    this.text = text;
  }

  toJSON() {
    return JSON.parse(this.text);
  }
}

// What JSON has to escape; most strings hold nothing of it, and then quotes are all they need.
const SPECIAL = /["\\\u0000-\u001f\ud800-\udfff]/;

// The text of one value; undefined has none.
export function textOf(value) {
  switch (typeof value) {
    case 'string': return SPECIAL.test(value) ? JSON.stringify(value) : `"${value}"`;
    case 'number': return Number.isFinite(value) ? `${value}` : 'null';
    case 'boolean': case 'bigint': return `${value}`;
    case 'undefined': return undefined;
    default:
      if (value === null) return 'null';
      if (value.length === 0) return '[]';
      return value instanceof Json ? value.text : JSON.stringify(value);
  }
}

// Like JSON.stringify, down to the pieces.
export function stringify(value) {
  if (value === null || typeof value !== 'object' || value instanceof Json) {
    return textOf(value) ?? 'null';
  }
  if (Array.isArray(value)) return `[${value.map((item) => stringify(item)).join(',')}]`;
  return `{${Object.keys(value).filter((key) => value[key] !== undefined)
    .map((key) => `${JSON.stringify(key)}:${stringify(value[key])}`).join(',')}}`;
}

export function parseJson(text) {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
