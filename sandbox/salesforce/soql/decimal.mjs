// Decimals as text, such as 12.50 or -0.000000000000000000000001, compared and summed with all of
// their digits.

function split(text) {
  const negative = text.startsWith('-');
  const [whole, fraction = ''] = text.replace(/^[+-]/, '').split('.');
  return { negative, whole, fraction };
}

function scaled(text, scale) {
  const { negative, whole, fraction } = split(text);
  const size = BigInt(`${whole || '0'}${fraction.padEnd(scale, '0')}`);
  return negative ? -size : size;
}

const scaleOf = (text) => split(text).fraction.length;

// Exact order; most pairs differ as doubles already, and rounding keeps the order.
export function compareDecimals(a, b) {
  const [x, y] = [Number(a), Number(b)];
  if (x !== y) return x < y ? -1 : 1;
  if (a === b) return 0;
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const [exactA, exactB] = [scaled(a, scale), scaled(b, scale)];
  if (exactA === exactB) return 0;
  return exactA < exactB ? -1 : 1;
}

// One text per value: 1.50 and 01.5 are the same.
export function canonicalDecimal(text) {
  const { negative, whole, fraction } = split(text);
  const w = whole.replace(/^0+/, '') || '0';
  const f = fraction.replace(/0+$/, '');
  const size = f ? `${w}.${f}` : w;
  return negative && size !== '0' ? `-${size}` : size;
}

export class DecimalSum {
  constructor() {
    this.scale = 0;
    this.total = 0n;
    this.count = 0;
  }

  add(text) {
    const scale = scaleOf(text);
    if (scale > this.scale) {
      this.total *= 10n ** BigInt(scale - this.scale);
      this.scale = scale;
    }
    this.total += scaled(text, this.scale);
    this.count += 1;
  }

  // The sum divided by `by`, as text with 30 more digits than the values have.
  text(by = 1) {
    const more = by === 1 ? 0 : 30;
    const scale = this.scale + more;
    const quotient = this.total * 10n ** BigInt(more) / BigInt(by);
    const digits = (quotient < 0n ? -quotient : quotient).toString().padStart(scale + 1, '0');
    const cut = digits.length - scale;
    const size = scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
    return quotient < 0n ? `-${size}` : size;
  }
}
