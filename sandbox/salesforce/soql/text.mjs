// Text as SOQL compares it (salesforce §5.4): without case, by the bytes of the upper-cased value.

const ASCII = /^[\x00-\x7f]*$/; // eslint-disable-line no-control-regex
const SURROGATES = /[\ud800-\udfff]/;

// Upper case, character by character: ß has no single upper-case letter and stays.
export function upper(text) {
  const whole = text.toUpperCase();
  if (whole.length === text.length || ASCII.test(text)) return whole;
  let out = '';
  for (const char of text) {
    const big = char.toUpperCase();
    out += big.length === char.length ? big : char;
  }
  return out;
}

// The form that equal texts share; a function of the switches. Patterns keep their blanks.
export function folder(switches, { pattern = false } = {}) {
  const lower = switches.get('text_fold') === 'lower';
  const accents = switches.get('accents') === 'significant';
  const blanks = pattern || switches.get('trailing_blanks') === 'significant';
  return (text) => {
    let out = text;
    if (!accents && !ASCII.test(out)) out = out.normalize('NFD').replace(/\p{M}+/gu, '');
    out = lower ? out.toLowerCase() : upper(out);
    return blanks ? out : out.replace(/ +$/, '');
  };
}

// Order of UTF-8 bytes, which is the order of code points.
export function compareBytes(a, b) {
  if (a === b) return 0;
  if (SURROGATES.test(a) || SURROGATES.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

const META = /[\\^$.*+?()[\]{}|]/g;

// The tokens of a LIKE pattern: '%', '_' or {char}. Under the reading `escape`, a backslash that
// remains after the string's own escapes takes the character behind it as it is.
function tokensOf(parts, reading) {
  const out = [];
  for (let i = 0; i < parts.length; i++) {
    const { char, escaped } = parts[i];
    const next = parts[i + 1];
    if (char === '\\' && reading === 'escape' && next) {
      out.push({ char: next.char });
      i += 1;
    } else if ((char === '%' || char === '_') && !escaped) out.push(char);
    else out.push({ char });
  }
  return out;
}

// `anchored: false` is the mutant that searches anywhere, `underscore: false` the one whose _ stands
// for itself.
export function likeMatcher(parts, { switches, fold, anchored = true, underscore = true }) {
  const flags = switches.get('like_underscore') === 'unit' ? '' : 'u';
  let pattern = '';
  let literal = '';
  const flush = () => {
    pattern += fold(literal).replace(META, '\\$&');
    literal = '';
  };
  for (const token of tokensOf(parts, switches.get('like_backslash'))) {
    if (token.char !== undefined) literal += token.char;
    else if (token === '_' && !underscore) literal += '_';
    else {
      flush();
      pattern += token === '%' ? '[\\s\\S]*' : '[\\s\\S]';
    }
  }
  flush();
  const regex = new RegExp(anchored ? `^${pattern}$` : pattern, flags);
  return (text) => regex.test(fold(text));
}
