// Phone numbers of generated rows.

import { CITIES, DIAL } from './words.mjs';

export function formatPhone(phone) {
  return `${phone.slice(0, 3)} ${phone.slice(3, 7)} ${phone.slice(7)}`;
}

export function phoneNumber(rand, i, field) {
  const [, country] = rand.pick(i, `${field} city`, CITIES);
  return `${DIAL[country]}${1_000_000 + rand.below(i, field, 8_999_999)}`;
}
