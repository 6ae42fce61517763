// Record ids (salesforce §4.4): three characters for the object, twelve that encode the index of
// the row, three that make the id safe under case folding.

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SUFFIX = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const DIGIT = new Map([...BASE62].map((c, i) => [c, i]));
const POD = '5g0';

// All groups of three digits, and which of their characters are capitals, as bits.
const TRIPLES = [];
const CAPITALS = new Uint8Array(62 ** 3);

function capitals(text) {
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 65 && c <= 90) bits |= 1 << i;
  }
  return bits;
}

function fillTriples() {
  for (const a of BASE62) {
    for (const b of BASE62) {
      for (const c of BASE62) {
        CAPITALS[TRIPLES.length] = capitals(a + b + c);
        TRIPLES.push(a + b + c);
      }
    }
  }
}

function suffixOf(id15) {
  return SUFFIX[capitals(id15.slice(0, 5))] + SUFFIX[capitals(id15.slice(5, 10))]
    + SUFFIX[capitals(id15.slice(10))];
}

// Ids of one prefix, made of a number below 62^9. POD holds no capitals, so the second and third
// check characters depend on the number alone.
export function idMaker(prefix) {
  if (TRIPLES.length === 0) fillTriples();
  const start = prefix + POD;
  const first = SUFFIX[capitals(start.slice(0, 5))];
  return (number) => {
    const high = Math.floor(number / 62 ** 6);
    const low = number - high * 62 ** 6;
    const middle = Math.floor(low / 62 ** 3);
    const last = low - middle * 62 ** 3;
    return start + TRIPLES[high] + TRIPLES[middle] + TRIPLES[last] + first
      + SUFFIX[(CAPITALS[high] << 1) | ((CAPITALS[middle] & 1) << 4)]
      + SUFFIX[(CAPITALS[middle] >> 1) | (CAPITALS[last] << 2)];
  };
}

// The number in an id of either length, or -1 when it is not one that idMaker made.
export function numberOfId(prefix, id) {
  if (id.length !== 15 && id.length !== 18) return -1;
  if (!id.startsWith(prefix) || !id.startsWith(POD, 3)) return -1;
  let number = 0;
  for (let k = 6; k < 15; k++) {
    const digit = DIGIT.get(id[k]);
    if (digit === undefined) return -1;
    number = number * 62 + digit;
  }
  return number;
}

// The 18-character form; null when the text is no id at all, or its last three are wrong.
export function normalizeId(text) {
  if (!/^(?:[0-9A-Za-z]{15}|[0-9A-Za-z]{18})$/.test(text)) return null;
  const id15 = text.slice(0, 15);
  const full = id15 + suffixOf(id15);
  return text.length === 15 || text === full ? full : null;
}
