// Stored values as the REST API writes them (salesforce §4.3), and the JSON text around them.

import { Json, textOf } from '../core/json.mjs';

// How open points are read; config.mjs says what the choices mean.
const reading = { integral: 'java', emptyAddress: 'null', secret: 'plain' };

export function configureRendering(switches) {
  reading.integral = switches.get('integral_numbers');
  reading.emptyAddress = switches.get('empty_address');
  reading.secret = switches.get('encrypted_text');
}

// A number whose text is kept as it is: `1.0E7` is not what JSON.stringify would write.
export class NumberText extends Json {}

// Double.toString of Java: a fraction always, an exponent below 1e-3 and from ten million on.
export function javaDouble(value) {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [mantissa, exponent] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

// A stored decimal (text with all its digits) or a JS number, rounded to a double.
export function numberText(decimal) {
  const text = javaDouble(Number(decimal));
  return new NumberText(reading.integral === 'plain' ? text.replace(/\.0$/, '') : text);
}

const NO_ADDRESS = { city: null, country: null, geocodeAccuracy: null, latitude: null,
  longitude: null, postalCode: null, state: null, street: null };

const pad = (number, width) => String(number).padStart(width, '0');

export function datetimeText(ms) {
  return `${new Date(ms).toISOString().slice(0, -1)}+0000`;
}

// Milliseconds of the day.
export function timeText(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${pad(Math.floor(seconds / 3600), 2)}:${pad(Math.floor(seconds / 60) % 60, 2)}:`
    + `${pad(seconds % 60, 2)}.${pad(ms % 1000, 3)}Z`;
}

const coordinate = (decimal) => (decimal === null ? null : numberText(decimal));

function addressValue(value) {
  return { city: value.city, country: value.country, geocodeAccuracy: value.geocodeAccuracy,
    latitude: coordinate(value.latitude), longitude: coordinate(value.longitude),
    postalCode: value.postalCode, state: value.state, street: value.street };
}

export function recordUrl(object, id, version) {
  return `/services/data/v${version}/sobjects/${object.name}/${id}`;
}

// The JSON value of one field. `url` is the record's own, which blobs are fetched below.
export function renderValue(field, value, url) {
  if (value === null || value === undefined) {
    return field.type === 'address' && reading.emptyAddress === 'object' ? NO_ADDRESS : null;
  }
  switch (field.type) {
    case 'double': case 'currency': case 'percent': return numberText(value);
    case 'datetime': return datetimeText(value);
    case 'time': return timeText(value);
    case 'address': return addressValue(value);
    case 'location':
      return { latitude: coordinate(value.latitude), longitude: coordinate(value.longitude) };
    case 'encryptedstring':
      return reading.secret === 'plain' ? value : '*'.repeat(value.length);
    case 'base64': return `${url}/${field.name}`;
    default: return value;
  }
}

// A record with its attributes. `row` is a stored row, `fields` are describe fields, version is
// the number without the v, such as 62.0.
export function renderRecord(object, row, fields, version) {
  const url = recordUrl(object, row.Id, version);
  const out = { attributes: { type: object.name, url } };
  for (const field of fields) out[field.name] = renderValue(field, row[field.name], url);
  return out;
}

function compactText(value) {
  if (value === null || typeof value !== 'object') return textOf(value) ?? 'null';
  if (value instanceof Json) return value.text;
  if (Array.isArray(value)) {
    let out = '[';
    for (let i = 0; i < value.length; i++) out += (i ? ',' : '') + compactText(value[i]);
    return `${out}]`;
  }
  let out = '{';
  for (const key in value) {
    if (value[key] === undefined) continue;
    out += `${out.length > 1 ? ',' : ''}"${key}":${compactText(value[key])}`;
  }
  return `${out}}`;
}

// The layout of recorded bodies: two blanks, a blank on both sides of the colon, brackets of an
// array on the line of what they hold.
function prettyText(value, indent) {
  if (value === null || typeof value !== 'object') return textOf(value) ?? 'null';
  if (value instanceof Json) return value.text;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[ ]';
    return `[ ${value.map((item) => prettyText(item, indent)).join(', ')} ]`;
  }
  const deeper = `${indent}  `;
  const parts = Object.keys(value).filter((key) => value[key] !== undefined)
    .map((key) => `${deeper}"${key}" : ${prettyText(value[key], deeper)}`);
  return parts.length === 0 ? '{ }' : `{\n${parts.join(',\n')}\n${indent}}`;
}

// JSON text of a body; keys must not need escapes, which no name of an API does.
export function stringify(value, pretty = false) {
  return pretty ? prettyText(value, '') : compactText(value);
}
