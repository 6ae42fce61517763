// Reads the compact tables of this folder into fields with the attributes of a describe
// (salesforce §6.2). One line is one field:
//
//   Name | Label | type and its arguments | modifiers | formula
//
// and a line that starts with @ stands for several: @system, @deleted, @viewed, @address [prefix].

import { PICKLISTS } from './picklists.mjs';

const TEXT = ['string', 'picklist', 'multipicklist', 'combobox', 'email', 'phone', 'url', 'textarea',
  'encryptedstring', 'anyType', 'id', 'reference'];
const FRACTIONS = ['double', 'currency', 'percent'];

// What a field of the type can do in a query (salesforce §5.6): filter, sort, group, aggregate.
const CAN = {
  id: 'FSGA', reference: 'FSGA', picklist: 'FSGA', email: 'FSGA', phone: 'FSGA', int: 'FSGA',
  string: 'FSGA', url: 'FSGA', date: 'FSGA', combobox: 'FSA', boolean: 'FSG', double: 'FSA',
  currency: 'FSA', percent: 'FSA', datetime: 'FSA', time: 'FS', address: 'F', location: 'F',
  multipicklist: 'F', encryptedstring: '', base64: '', anyType: 'S', textarea: 'FSGA',
};

const SOAP = { id: 'tns:ID', reference: 'tns:ID', boolean: 'xsd:boolean', int: 'xsd:int',
  double: 'xsd:double', currency: 'xsd:double', percent: 'xsd:double', date: 'xsd:date',
  datetime: 'xsd:dateTime', time: 'xsd:time', base64: 'xsd:base64Binary', address: 'urn:address',
  location: 'urn:location', anyType: 'xsd:anyType' };

const SYSTEM = `
CreatedDate | Created Date | datetime | readonly required default
CreatedById | Created By ID | reference User CreatedBy | readonly required default
LastModifiedDate | Last Modified Date | datetime | readonly required default
LastModifiedById | Last Modified By ID | reference User LastModifiedBy | readonly required default
SystemModstamp | System Modstamp | datetime | readonly required default`;

const VIEWED = `
LastViewedDate | Last Viewed Date | datetime | readonly
LastReferencedDate | Last Referenced Date | datetime | readonly`;

function addressLines(prefix = '') {
  const [at, title] = [`part:${prefix}Address`, prefix && `${prefix} `];
  return `
${prefix}Street | ${title}Street | textarea 255 | ${at}
${prefix}City | ${title}City | string 40 | ${at}
${prefix}State | ${title}State/Province | string 80 | ${at}
${prefix}PostalCode | ${title}Zip/Postal Code | string 20 | ${at}
${prefix}Country | ${title}Country | string 80 | ${at}
${prefix}Latitude | ${title}Latitude | double 18.15 | ${at}
${prefix}Longitude | ${title}Longitude | double 18.15 | ${at}
${prefix}GeocodeAccuracy | ${title}Geocode Accuracy | picklist 40 GeocodeAccuracy | ${at} restricted
${prefix}Address | ${title}Address | address | readonly perm near`;
}

const SHORTHANDS = {
  '@system': () => SYSTEM,
  '@deleted': () => 'IsDeleted | Deleted | boolean | readonly default',
  '@viewed': () => VIEWED,
  '@address': (prefix) => addressLines(prefix),
};

function expand(text) {
  return text.split('\n').map((line) => line.trim()).filter(Boolean).flatMap((line) => {
    if (!line.startsWith('@')) return [line];
    const [word, ...args] = line.split(/\s+/);
    return expand(SHORTHANDS[word](...args));
  });
}

function sizes(type, arg) {
  const out = { length: 0, byteLength: 0, precision: 0, scale: 0, digits: 0 };
  if (type === 'id' || type === 'reference') return { ...out, length: 18, byteLength: 18 };
  if (FRACTIONS.includes(type)) {
    const [precision, scale] = arg.split('.').map(Number);
    return { ...out, precision, scale };
  }
  if (type === 'int') return { ...out, digits: Number(arg) };
  if (!TEXT.includes(type)) return out;
  return { ...out, length: Number(arg), byteLength: Number(arg) * 3 };
}

function abilities(type, length) {
  if (type === 'textarea' && length > 255) return '';
  if (type === 'url' && length > 255) return 'FSA';
  return CAN[type];
}

function picklistOf(name) {
  return (PICKLISTS[name] ?? []).map((entry) => {
    const [, word, marks] = /^(.*?)([*!]*)$/s.exec(entry);
    const [value, label = value] = word.split('=');
    return { active: !marks.includes('!'), defaultValue: marks.includes('*'), label,
      validFor: null, value };
  });
}

// The attributes that one modifier decides.
const MODIFIERS = {
  required: { nillable: false, permissionable: false },
  readonly: { createable: false, updateable: false, permissionable: false },
  insertonly: { updateable: false },
  updateonly: { createable: false },
  default: { defaultedOnCreate: true },
  noperm: { permissionable: false },
  perm: { permissionable: true },
  nil: { nillable: true },
  search: { searchPrefilterable: true },
  nosearch: { searchPrefilterable: false },
  restricted: { restrictedPicklist: true },
  name: { nameField: true },
  unique: { unique: true },
  cs: { caseSensitive: true },
  ext: { externalId: true, idLookup: true },
  lookup: { idLookup: true },
  auto: { autoNumber: true, createable: false, updateable: false, nillable: false,
    defaultedOnCreate: true, groupable: false },
  // What happens to the row when the parent goes; only master-detail says so on the field itself.
  cascade: { childCascade: true },
  restrict: { childRestrict: true },
  master: { writeRequiresMasterRead: true, relationshipOrder: 0, nillable: false,
    updateable: false, cascadeDelete: true, childCascade: true, permissionable: false },
  near: { queryByDistance: true },
  html: { htmlFormatted: true, extraTypeInfo: 'richtextarea' },
  formula: { calculated: true, createable: false, updateable: false },
  // Flags of users about what they may do and prefer (salesforce §5.6).
  preference: { sortable: false, groupable: false },
};
const ABILITY = { F: 'filterable', S: 'sortable', G: 'groupable', A: 'aggregatable' };

function modify(field, word) {
  const [name, value] = word.split(/:(.*)/s);
  if (MODIFIERS[name]) Object.assign(field, MODIFIERS[name]);
  else if (/^[+-][FSGA]$/.test(word)) field[ABILITY[word[1]]] = word[0] === '+';
  else if (name === 'part') field.compoundFieldName = value;
  else if (name === 'extra') field.extraTypeInfo = value;
  else if (name === 'child') field.childName = value;
  else if (name === 'relation') field.relationshipName = value;
  else if (name === 'value') field.defaultValue = value;
  else if (name === 'bytes') field.byteLength = Number(value);
  else throw new Error(`${field.name}: unknown modifier ${word}`);
}

function readReference(field, [targets, relationship]) {
  field.referenceTo = targets.split(',');
  field.relationshipName = relationship && relationship !== '-' ? relationship : null;
  field.polymorphicForeignKey = field.referenceTo.length > 1;
  field.namePointing = field.referenceTo.length > 1;
}

// Lines that were read before: generated objects repeat theirs.
const known = new Map();

function readField(line) {
  if (!known.has(line)) known.set(line, parseField(line));
  return { ...known.get(line) };
}

function parseField(line) {
  const [name, label, spec, mods = '', formula] = line.split('|').map((part) => part.trim());
  const [type, ...args] = spec.split(/\s+/);
  if (!(type in CAN)) throw new Error(`${name}: unknown type ${type}`);
  const size = sizes(type, args[0]);
  const can = abilities(type, size.length);
  const field = {
    name, label, type, ...size, soapType: SOAP[type] ?? 'xsd:string',
    filterable: can.includes('F'), sortable: can.includes('S'), groupable: can.includes('G'),
    aggregatable: can.includes('A'), createable: true, updateable: true, nillable: true,
    permissionable: true, defaultedOnCreate: false, calculated: false, autoNumber: false,
    unique: false, caseSensitive: false, externalId: false, idLookup: false, nameField: false,
    namePointing: false, polymorphicForeignKey: false, referenceTo: [], relationshipName: null,
    relationshipOrder: null, cascadeDelete: false, restrictedDelete: false, childName: null,
    childCascade: false, childRestrict: false,
    writeRequiresMasterRead: false, restrictedPicklist: false, searchPrefilterable: null,
    compoundFieldName: null, extraTypeInfo: null, defaultValue: null, htmlFormatted: false,
    queryByDistance: false, picklistValues: [], custom: /__[cs]$/.test(name),
    calculatedFormula: formula ?? null,
  };
  if (type === 'boolean') {
    Object.assign(field, { nillable: false, defaultedOnCreate: true, defaultValue: false });
  }
  if (type === 'textarea') field.extraTypeInfo = 'plaintextarea';
  if (type === 'reference') readReference(field, args);
  if (['picklist', 'multipicklist', 'combobox'].includes(type)) {
    field.picklistValues = picklistOf(args[1]);
  }
  for (const word of mods.split(/\s+/).filter(Boolean)) modify(field, word);
  if (field.calculated && !['boolean', 'date'].includes(type)) field.groupable = false;
  field.searchPrefilterable ??= type === 'reference' && field.createable && field.nillable;
  return field;
}

export function readFields(text) {
  return expand(text).map(readField);
}

export function idField(label) {
  return readField(`Id | ${label} | id | readonly required default lookup`);
}
