// Building blocks of the fields of a search.

export const stored = (world, object, kind, field, more = {}) => ({ kind, ...more,
  read: (slot, view) => world.tables[object].get(slot, field, view) });

export const readAs = (world, object) => (kind, field, more) =>
  stored(world, object, kind, field, more);

export const user = (of, field) => of('reference', field, { reference: 'user_or_group' });

// Fields whose searchability the reference marks as unconfirmed.
export const maybe = (fields) => Object.fromEntries(Object.entries(fields)
  .map(([name, field]) => [name, { ...field, unconfirmed: true }]));
