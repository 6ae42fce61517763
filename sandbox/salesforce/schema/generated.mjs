// Any number of further objects, as large organizations have them: four of five are custom
// objects, the others the satellites and settings that a list of objects is full of.

import { cycledObject } from './custom.mjs';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
// Keys of the custom objects in custom.mjs end before this one.
const FIRST_KEY = 62;
const FIELDS = 20;
const NO_ACTIONS = 'createable deletable feedEnabled layoutable mruEnabled searchable triggerable '
  + 'undeletable updateable';

const SATELLITES = [
  (base) => ({ name: `${base}__Share`, prefix: null, off: NO_ACTIONS }),
  (base) => ({ name: `${base}__History`, prefix: null, off: NO_ACTIONS }),
  (base) => ({ name: `${base}__ChangeEvent`, prefix: null, off: `${NO_ACTIONS} queryable` }),
  (base, prefix) => ({ name: `${base}__mdt`, prefix: `m${prefix.slice(1)}`,
    off: 'createable deletable feedEnabled updateable replicateable' }),
  (base, prefix) => ({ name: `${base}__c`, prefix, attributes: { customSetting: true },
    off: 'feedEnabled layoutable' }),
];

function keyOf(number) {
  const at = FIRST_KEY + number;
  return `a${BASE62[Math.floor(at / 62) % 62]}${BASE62[at % 62]}`;
}

function generated(number) {
  const word = String(number).padStart(4, '0');
  const prefix = keyOf(number);
  const label = `Generated ${word}`;
  const common = { label, plural: `${label}s`, fields: FIELDS };
  if (number % 5 !== 4) {
    return cycledObject({ ...common, name: `Generated_${word}__c`, prefix,
      extra: `Account__c | Account | reference Account Account__r | child:Generated_${word}__r` });
  }
  const satellite = SATELLITES[Math.floor(number / 5) % SATELLITES.length];
  return cycledObject({ ...common, ...satellite(`Satellite_${word}`, prefix) });
}

export function generatedObjects(count) {
  return Array.from({ length: count }, (_, number) => generated(number));
}
