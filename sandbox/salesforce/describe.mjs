// Describes (salesforce §6): of all objects and of one, with If-Modified-Since.

import { notFound } from './errors.mjs';

const FLAGS = ['activateable', 'associateEntityType', 'associateParentEntity', 'createable', 'custom',
  'customSetting', 'deepCloneable', 'deletable', 'deprecatedAndHidden', 'feedEnabled',
  'hasSubtypes', 'isInterface', 'isSubtype', 'keyPrefix', 'label', 'labelPlural', 'layoutable',
  'mergeable', 'mruEnabled', 'name', 'queryable', 'replicateable', 'retrieveable', 'searchable',
  'triggerable', 'undeletable', 'updateable'];

const MASTER_RECORD_TYPE = '012000000000000AAA';

function describeUrls(name, version) {
  const base = `/services/data/v${version}/sobjects/${name}`;
  return { compactLayouts: `${base}/describe/compactLayouts`, rowTemplate: `${base}/{ID}`,
    approvalLayouts: `${base}/describe/approvalLayouts`, listviews: `${base}/listviews`,
    describe: `${base}/describe`, quickActions: `${base}/quickActions`,
    layouts: `${base}/describe/layouts`, sobject: base };
}

function flagsOf(object) {
  return Object.fromEntries(FLAGS.map((name) => [name, object[name] ?? null]));
}

export function objectSummary(object, version) {
  return { ...flagsOf(object), urls: describeUrls(object.name, version) };
}

function describeField(field) {
  return {
    aggregatable: field.aggregatable, aiPredictionField: false, autoNumber: field.autoNumber,
    byteLength: field.byteLength, calculated: field.calculated,
    calculatedFormula: field.calculatedFormula, cascadeDelete: field.cascadeDelete,
    caseSensitive: field.caseSensitive, compoundFieldName: field.compoundFieldName,
    controllerName: null, createable: field.createable, custom: field.custom,
    defaultValue: field.defaultValue, defaultValueFormula: null,
    defaultedOnCreate: field.defaultedOnCreate, dependentPicklist: false,
    deprecatedAndHidden: false, digits: field.digits, displayLocationInDecimal: false,
    encrypted: field.type === 'encryptedstring', externalId: field.externalId,
    extraTypeInfo: field.extraTypeInfo, filterable: field.filterable, filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: field.calculated && field.type === 'double',
    groupable: field.groupable, highScaleNumber: false, htmlFormatted: field.htmlFormatted,
    idLookup: field.idLookup, inlineHelpText: null, label: field.label, length: field.length,
    mask: null, maskType: null, name: field.name, nameField: field.nameField,
    namePointing: field.namePointing, nillable: field.nillable,
    permissionable: field.permissionable, picklistValues: field.picklistValues,
    polymorphicForeignKey: field.polymorphicForeignKey, precision: field.precision,
    queryByDistance: field.queryByDistance, referenceTargetField: null,
    referenceTo: field.referenceTo, relationshipName: field.relationshipName,
    relationshipOrder: field.relationshipOrder, restrictedDelete: field.restrictedDelete,
    restrictedPicklist: field.restrictedPicklist, scale: field.scale,
    searchPrefilterable: field.searchPrefilterable, soapType: field.soapType,
    sortable: field.sortable, type: field.type, unique: field.unique,
    updateable: field.updateable, writeRequiresMasterRead: field.writeRequiresMasterRead,
  };
}

function describeChild({ cascadeDelete, childSObject, field, relationshipName, restrictedDelete }) {
  return { cascadeDelete, childSObject, deprecatedAndHidden: false, field,
    junctionIdListNames: [], junctionReferenceTo: [], relationshipName, restrictedDelete };
}

function recordTypeInfo(object, name, id, isDefault, version) {
  const layouts = `/services/data/v${version}/sobjects/${object.name}/describe/layouts`;
  return { active: true, available: true, defaultRecordTypeMapping: isDefault,
    developerName: name, master: name === 'Master', name, recordTypeId: id,
    urls: { layout: `${layouts}/${id}` } };
}

function recordTypeInfos(object, world, version) {
  const own = world.recordTypes.map((type, index) => ({ ...type, index }))
    .filter((type) => type.object === object.name);
  return [...own.map(({ name, index }, i) =>
    recordTypeInfo(object, name, world.idAt('RecordType', index), i === 0, version)),
  recordTypeInfo(object, 'Master', MASTER_RECORD_TYPE, own.length === 0, version)];
}

export function describeObject(object, world, version) {
  const plural = object.labelPlural.toLowerCase();
  return {
    actionOverrides: [], ...flagsOf(object),
    childRelationships: object.childRelationships.map(describeChild),
    compactLayoutable: object.layoutable, defaultImplementation: null, extendedBy: null,
    extendsInterfaces: null, fields: object.fields.map(describeField), implementedBy: null,
    implementsInterfaces: null, listviewable: null, lookupLayoutable: null, namedLayoutInfos: [],
    networkScopeFieldName: null, recordTypeInfos: recordTypeInfos(object, world, version),
    searchLayoutable: object.layoutable, sobjectDescribeOption: 'FULL',
    supportedScopes: [{ label: `All ${plural}`, name: 'everything' },
      { label: `My ${plural}`, name: 'mine' }],
    urls: describeUrls(object.name, version),
  };
}

// Describes are made once per version and kept as they are until the schema changes.
export class Describes {
  constructor({ schema, world, mutants, clock }) {
    Object.assign(this, { schema, world, mutants, clock });
    this.changedAt = Date.UTC(2026, 8, 1);
    this.bodies = new Map();
  }

  // Whole seconds, as HTTP dates are.
  schemaChanged() {
    this.changedAt = Math.floor(this.clock.now() / 1000) * 1000;
    this.bodies.clear();
  }

  body(key, make) {
    let known = this.bodies.get(key);
    if (!known) this.bodies.set(key, (known = { body: make(), texts: {} }));
    return known;
  }

  answer(request, key, make) {
    const since = Date.parse(request.headers['if-modified-since'] ?? '');
    const headers = { 'last-modified': new Date(this.changedAt).toUTCString(),
      etag: `"${this.changedAt.toString(36)}"` };
    const unchanged = since >= this.changedAt
      || (this.mutants.has('describe_never_changes') && !Number.isNaN(since));
    if (unchanged) return { status: 304, headers, raw: Buffer.alloc(0) };
    return { status: 200, headers, ...this.body(key, make) };
  }

  global(request, version) {
    return this.answer(request, `v${version}`, () => ({ encoding: 'UTF-8', maxBatchSize: 200,
      sobjects: this.schema.objects().map((object) => objectSummary(object, version)) }));
  }

  object(request, name, version) {
    const object = this.schema.object(name);
    if (!object) throw notFound();
    return this.answer(request, `v${version} ${object.name}`, () =>
      describeObject(object, this.world, version));
  }
}
