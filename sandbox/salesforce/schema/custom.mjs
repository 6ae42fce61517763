// Custom objects: one with a field of every type that custom objects can have, its detail object,
// and one that is as wide as wanted.

const OWNED = `
  OwnerId | Owner ID | reference Group,User Owner | required default
  @deleted`;

const EVERYTHING = {
  name: 'Everything__c', label: 'Everything', plural: 'Everything', prefix: 'a00',
  idLabel: 'Record ID', recordTypes: ['First', 'Second'],
  fields: `
  ${OWNED}
  Name | Everything Name | string 80 | default name lookup noperm
  RecordTypeId | Record Type ID | reference RecordType RecordType | nosearch noperm
  @system
  @viewed
  Number__c | Serial Number | string 30 | auto
  Text__c | Text | string 255 |
  Unique_Text__c | Unique Text | string 100 | unique
  Unique_Case_Text__c | Unique Case-Sensitive Text | string 100 | unique cs ext
  External_Id__c | External ID | string 60 | ext
  Short_Area__c | Short Area | textarea 255 |
  Long_Area__c | Long Area | textarea 32768 |
  Second_Long_Area__c | Second Long Area | textarea 131072 |
  Rich_Area__c | Rich Area | textarea 32768 | html
  Email__c | Email | email 80 |
  Phone__c | Phone | phone 40 |
  Url__c | Link | url 255 |
  Picklist__c | Stage | picklist 255 Stage__c |
  Restricted_Picklist__c | Size | picklist 255 Size__c | restricted
  Colors__c | Colors | multipicklist 4099 Colors__c |
  Flag__c | Flag | boolean |
  Count__c | Count | double 18.0 |
  Measure__c | Measure | double 16.2 |
  Fine_Measure__c | Fine Measure | double 18.17 |
  Amount__c | Amount | currency 18.2 |
  Share__c | Share | percent 16.2 |
  Day__c | Day | date |
  Moment__c | Moment | datetime |
  Time__c | Time of Day | time |
  Account__c | Account | reference Account Account__r | child:Everything__r
  Contact__c | Contact | reference Contact Contact__r | child:Everything__r
  Parent__c | Parent | reference Everything__c Parent__r | child:Children__r
  Untraversable__c | Reviewer | reference User |
  Place__Latitude__s | Place (Latitude) | double 18.15 | part:Place__c
  Place__Longitude__s | Place (Longitude) | double 18.15 | part:Place__c
  Place__c | Place | location | near
  Secret__c | Secret | encryptedstring 175 |
  Text_Formula__c | Text Formula | string 1300 | formula | Text__c & "!"
  Number_Formula__c | Number Formula | double 18.2 | formula | Count__c / 3
  Money_Formula__c | Money Formula | currency 18.2 | formula | Amount__c * 2
  Flag_Formula__c | Flag Formula | boolean | formula | Measure__c > 0
  Day_Formula__c | Day Formula | date | formula | Day__c + 30`,
};

const LINE = {
  name: 'Everything_Line__c', label: 'Everything Line', plural: 'Everything Lines', prefix: 'a01',
  idLabel: 'Record ID',
  fields: `
  @deleted
  Name | Line Number | string 80 | auto name lookup noperm
  @system
  Everything__c | Everything | reference Everything__c Everything__r | master child:Lines__r
  Quantity__c | Quantity | double 10.3 |
  Amount__c | Amount | currency 18.2 |
  Note__c | Note | string 255 |
  Done__c | Done | boolean |
  Due__c | Due | date |`,
};

// The types that wide and generated objects cycle through.
const CYCLE = ['string 255', 'double 16.2', 'picklist 255 Region__c', 'boolean', 'date',
  'datetime', 'currency 18.2', 'email 80', 'string 40', 'percent 5.2', 'phone 40', 'textarea 255'];

export function cycledFields(name, label, count) {
  const lines = [];
  for (let i = 1; i <= count; i++) {
    const number = String(i).padStart(3, '0');
    lines.push(`${name}_${number}__c | ${label} ${number} | ${CYCLE[i % CYCLE.length]} |`);
  }
  return lines.join('\n');
}

const BARE = `
  ${OWNED}
  Name | Name | string 80 | default name lookup noperm
  @system`;
// Id and the fields of BARE.
const BARE_COUNT = 9;

// A custom object with that many fields of all the cycle's types.
export function cycledObject({ name, label, plural, prefix, fields, extra = '', field = 'Field',
  ...more }) {
  return { name, label, plural, prefix, idLabel: 'Record ID', ...more,
    fields: `${BARE}\n${extra}\n${cycledFields(field, field, fields - BARE_COUNT)}` };
}

export function customObjects(wide) {
  return [EVERYTHING, LINE, cycledObject({ name: 'Wide__c', label: 'Wide', plural: 'Wides',
    prefix: 'a02', fields: Math.max(wide, BARE_COUNT), field: 'Measured_Property' })];
}
