// Money in minor units, exact beyond 2^53: sums are BigInt; the text carries the period
// (close 4.3).

const PERIOD_TEXT = { one_time: '', monthly: ' monthly', annual: ' annual' };

export function annualized(value, period) {
  return value === null ? null : BigInt(value) * (period === 'monthly' ? 12n : 1n);
}

// value x confidence / 100; how odd cents are rounded is unconfirmed, hence the switch. Exact: a
// plain number as long as the product fits one, else a BigInt.
export function expected(value, confidence, rounding) {
  if (value === null) return null;
  if (value * confidence > Number.MAX_SAFE_INTEGER) return expectedBig(value, confidence, rounding);
  const product = value * confidence;
  const rest = product % 100;
  const whole = (product - rest) / 100;
  return roundsUp(rest, whole % 2 !== 0, rounding) ? whole + 1 : whole;
}

function roundsUp(rest, odd, rounding) {
  if (rest === 0 || rounding === 'floor') return false;
  return rest > 50 || (rest === 50 && (rounding === 'half_up' || odd));
}

function expectedBig(value, confidence, rounding) {
  const product = BigInt(value) * BigInt(confidence);
  const whole = product / 100n;
  return roundsUp(Number(product % 100n), whole % 2n !== 0n, rounding) ? whole + 1n : whole;
}

// An exact sum of many amounts; only what does not fit a plain number is added as BigInt.
export class MoneySum {
  constructor() {
    this.small = 0;
    this.big = 0n;
  }

  add(amount) {
    const sum = typeof amount === 'number' ? this.small + amount : Infinity;
    if (sum <= Number.MAX_SAFE_INTEGER) this.small = sum;
    else this.big += BigInt(amount);
  }

  value() {
    return this.big + BigInt(this.small);
  }
}

export function formatMoney(value) {
  const cents = BigInt(value);
  const units = String(cents / 100n).replace(/\B(?=(\d{3})+$)/g, ',');
  const rest = cents % 100n;
  return rest === 0n ? `$${units}` : `$${units}.${String(rest).padStart(2, '0')}`;
}

export function formatValue(value, period) {
  return value === null ? '' : `${formatMoney(value)}${PERIOD_TEXT[period]}`;
}

// Small sums stay plain numbers, so that ordinary answers need no second pass.
export function plain(big) {
  return big === null || big > BigInt(Number.MAX_SAFE_INTEGER) ? big : Number(big);
}
