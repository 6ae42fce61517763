// Money in minor units, exact beyond 2^53: sums are BigInt; the text carries the period
// (close 4.3).

const PERIOD_TEXT = { one_time: '', monthly: ' monthly', annual: ' annual' };

export function annualized(value, period) {
  return value === null ? null : BigInt(value) * (period === 'monthly' ? 12n : 1n);
}

// value x confidence / 100; how odd cents are rounded is unconfirmed, hence the switch.
export function expected(value, confidence, rounding) {
  if (value === null) return null;
  const product = BigInt(value) * BigInt(confidence);
  const whole = product / 100n;
  const rest = product % 100n;
  if (rest === 0n || rounding === 'floor') return whole;
  if (rounding === 'half_up') return rest >= 50n ? whole + 1n : whole;
  if (rest === 50n) return whole % 2n === 0n ? whole : whole + 1n;
  return rest > 50n ? whole + 1n : whole;
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
