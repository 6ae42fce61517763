// Stateless pseudo-random numbers: every value is a function of (seed, salt, index), so that any
// row can be made on its own, in any order, without storing it.

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

// Ids are assembled here: a string built by += would keep a node per character alive.
const scratch = Buffer.alloc(128);

export function saltOf(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

export function mix(a, b, c) {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) + Math.imul(c ^ 0x165667b1, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 13), 0x297a2d39);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  return (h ^ (h >>> 15)) >>> 0;
}

// Numbers for one kind of object. `field` names keep the values of one row independent; where a
// field is asked for very often, it is the name's saltOf().
export class Rand {
  constructor(seed, kind) {
    this.seed = mix(Number(seed) | 0, saltOf(kind), 1);
    this.salts = new Map();
  }

  u32(i, field) {
    if (typeof field === 'number') return mix(this.seed, i, field);
    let salt = this.salts.get(field);
    if (salt === undefined) this.salts.set(field, (salt = saltOf(field)));
    return mix(this.seed, i, salt);
  }

  below(i, field, n) {
    return this.u32(i, field) % n;
  }

  // 53 random bits, for ranges that do not fit 32.
  wide(i, field, n, highField = `${field}:high`) {
    const high = this.u32(i, highField) & 0x1fffff;
    return (high * 4294967296 + this.u32(i, field)) % n;
  }

  chance(i, field, percent) {
    return this.below(i, field, 10000) < percent * 100;
  }

  pick(i, field, list) {
    return list[this.below(i, field, list.length)];
  }

  id(prefix, i, length = 43) {
    const at = scratch.latin1Write(`${prefix}_`, 0);
    let h = mix(this.seed, i, saltOf(prefix));
    for (let k = 0; k < length; k++) {
      h = mix(h, i, k);
      scratch[at + k] = BASE62.charCodeAt(h % 62);
    }
    return scratch.latin1Slice(0, at + length);
  }
}
