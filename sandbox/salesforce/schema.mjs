// The objects of the organization and their fields, as describes give them (salesforce §6).
// Names are found in any case. Fields and objects can be hidden or lose abilities while the
// sandbox runs, through switches, as an administrator's change would do it.

import { STANDARD } from './schema/standard.mjs';
import { customObjects } from './schema/custom.mjs';
import { generatedObjects } from './schema/generated.mjs';
import { idField, readFields } from './schema/fields.mjs';

const PLAIN = { activateable: false, associateEntityType: null, associateParentEntity: null,
  createable: true, custom: false, customSetting: false, deepCloneable: false, deletable: true,
  deprecatedAndHidden: false, feedEnabled: true, hasSubtypes: false, isInterface: false,
  isSubtype: false, layoutable: true, mergeable: false, mruEnabled: true, queryable: true,
  replicateable: true, retrieveable: true, searchable: true, triggerable: true, undeletable: true,
  updateable: true };

function switchedOff(names) {
  return Object.fromEntries((names ?? '').split(' ').filter(Boolean).map((name) => [name, false]));
}

class SObject {
  constructor(schema, { name, label, plural, prefix, off, on, fields, idLabel, ...more }) {
    this.schema = schema;
    Object.assign(this, PLAIN, { name, label, labelPlural: plural, keyPrefix: prefix,
      custom: /__(c|mdt)$/.test(name) }, switchedOff(off));
    for (const flag of (on ?? '').split(' ').filter(Boolean)) this[flag] = true;
    this.recordTypes = more.recordTypes ?? [];
    Object.assign(this, more.attributes);
    this.allFields = [idField(idLabel ?? `${label} ID`), ...readFields(fields)];
    this.hidden = false;
    this.arrange();
  }

  // Sets up the look-ups over the fields that can be seen.
  arrange() {
    this.fields = this.allFields.filter((field) => !field.hidden);
    this.byName = new Map(this.fields.map((field) => [field.name.toLowerCase(), field]));
    const references = this.fields.filter((field) => field.relationshipName
      && field.referenceTo.length > 0);
    this.byRelationship = new Map(references.map((field) =>
      [field.relationshipName.toLowerCase(), field]));
  }

  field(name) {
    return this.byName.get(name.toLowerCase());
  }

  // The reference field behind a relationship name.
  parent(relationshipName) {
    return this.byRelationship.get(relationshipName.toLowerCase());
  }

  get childRelationships() {
    return this.schema.childrenOf(this.name);
  }

  child(relationshipName) {
    const wanted = relationshipName.toLowerCase();
    return this.childRelationships.find((c) => c.relationshipName?.toLowerCase() === wanted);
  }
}

export class Schema {
  // objects: how many generated ones; wide: number of fields of Wide__c.
  constructor({ objects = 0, wide = 800 } = {}) {
    this.list = [...STANDARD, ...customObjects(wide), ...generatedObjects(objects)]
      .map((table) => new SObject(this, table));
    this.arrange();
  }

  arrange() {
    this.visible = this.list.filter((object) => !object.hidden);
    this.byName = new Map(this.visible.map((object) => [object.name.toLowerCase(), object]));
    this.children = null;
  }

  object(name) {
    return this.byName.get(String(name).toLowerCase());
  }

  objects() {
    return this.visible;
  }

  childrenOf(name) {
    if (this.children === null) {
      this.children = new Map();
      for (const object of this.visible) {
        for (const field of object.fields) this.addChild(object, field);
      }
    }
    return this.children.get(name) ?? [];
  }

  addChild(object, field) {
    for (const target of field.referenceTo) {
      if (!this.children.has(target)) this.children.set(target, []);
      this.children.get(target).push({ relationshipName: field.childName,
        childSObject: object.name, field: field.name, cascadeDelete: field.childCascade,
        restrictedDelete: field.childRestrict });
    }
  }

  // `edits` has lists of Object or Object.Field under hidden, unfilterable, unsortable and
  // ungroupable; what is not listed is back to normal. False when nothing changed.
  apply(edits) {
    const wanted = JSON.stringify(edits);
    if (wanted === (this.applied ?? JSON.stringify({}))) return false;
    this.applied = wanted;
    for (const object of this.list) this.applyTo(object, edits);
    this.arrange();
    return true;
  }

  applyTo(object, edits) {
    const names = (list) => new Set((list ?? []).map((name) => name.toLowerCase()));
    const hidden = names(edits.hidden);
    const lost = { filterable: names(edits.unfilterable), sortable: names(edits.unsortable),
      groupable: names(edits.ungroupable) };
    object.hidden = hidden.has(object.name.toLowerCase());
    for (const field of object.allFields) {
      const path = `${object.name}.${field.name}`.toLowerCase();
      field.usual ??= { filterable: field.filterable, sortable: field.sortable,
        groupable: field.groupable };
      field.hidden = hidden.has(path);
      for (const [flag, list] of Object.entries(lost)) {
        field[flag] = field.usual[flag] && !list.has(path);
      }
    }
    object.arrange();
  }
}
