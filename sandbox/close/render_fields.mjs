// How one field of a row is spelled: functions of a row reader, put together per object.

import { spellTime } from './times.mjs';

export const get = (field) => (r) => r.get(field) ?? null;

export const time = (field) => (r) => {
  const at = r.get(field);
  return at === null || at === undefined ? null : spellTime(at);
};

// The same for every row; `text` says so to the renderer.
export const fixed = (value) => Object.assign(() => value, { text: JSON.stringify(value) });
export const empty = fixed([]);

// {name: get(name)} and the like, for fields that have nothing special.
export const each = (make, ...names) =>
  Object.fromEntries(names.map((name) => [name, make(name)]));

export function htmlOf(note, unset = '') {
  if (!note) return unset;
  const safe = note.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `<body><p>${safe.replace(/\n/g, '<br>')}</p></body>`;
}
