// JSON with exact big integers: BigInt becomes a plain JSON number. The marker is a private-use
// character pair that the replacer adds itself, and the second pass runs only when it was used.

const MARK = '\uE0B5';
const MARKED = new RegExp(`"${MARK}(-?\\d+)${MARK}"`, 'g');

export function stringify(value) {
  let marked = false;
  const text = JSON.stringify(value, (key, v) => {
    if (typeof v !== 'bigint') return v;
    marked = true;
    return `${MARK}${v}${MARK}`;
  });
  return marked ? text.replace(MARKED, '$1') : text;
}

export function parseJson(text) {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}
