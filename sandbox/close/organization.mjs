// The organization of one seed: users, roles, statuses, pipelines, custom field definitions.
// Small, so it is held as plain objects.

import { Rand } from '../core/hash.mjs';
import { FIRST_NAMES, LAST_NAMES } from './words.mjs';

const LONG_LABEL = 'A very long label that does not fit the sixty three bytes of a PostgreSQL name';
const LONG_LABEL_2 = `${LONG_LABEL} (second)`;

// object, label, type, multi, choices. The labels clash on purpose once they are snake_cased.
const DEFINITIONS = [
  ['lead', 'Region', 'text'],
  ['lead', 'region', 'text'],
  ['lead', 'Region!', 'text'],
  ['lead', 'Notes & History', 'textarea'],
  ['lead', 'Employees', 'number'],
  ['lead', 'Annual Revenue (EUR)', 'number'],
  ['lead', 'Renewal Date', 'date'],
  ['lead', 'Last Audit', 'datetime'],
  ['lead', 'Industry', 'choices', false,
    ['Manufacturing', 'Retail', 'Finance, Banking', 'Здоровье', 'Retail & More', 'IT']],
  ['lead', 'Tags', 'choices', true, ['a', 'b', 'VIP', 'vip', 'do not call', '重要']],
  ['lead', 'Active?', 'choices', false, ['Yes', 'No']],
  ['lead', 'Account Owner', 'user'],
  ['lead', 'Team', 'user', true],
  ['lead', 'Main Contact', 'contact'],
  ['lead', 'Stakeholders', 'contact', true],
  ['lead', 'Aliases', 'text', true],
  ['lead', 'Scores', 'number', true],
  ['lead', 'Visit Dates', 'date', true],
  ['lead', 'Check-ins', 'datetime', true],
  ['lead', 'Contract', 'custom_object'],
  ['lead', 'External Ref', 'hidden'],
  ['lead', LONG_LABEL, 'text'],
  ['lead', LONG_LABEL_2, 'text'],
  ['lead', 'He said "hi" / it\'s \\ fine; --', 'text'],
  ['lead', 'Кодовое слово 客户编号 🏷️', 'text'],
  ['lead', 'Description', 'text'],
  ['lead', 'Status ID', 'number'],
  ['contact', 'Nickname', 'text'],
  ['contact', 'Birthday', 'date'],
  ['contact', 'Score', 'number'],
  ['contact', 'Languages', 'choices', true, ['en', 'de', 'ru', 'ja']],
  ['contact', 'Champion Owner', 'user'],
  ['contact', 'Last Seen', 'datetime'],
  ['opportunity', 'Competitor', 'text'],
  ['opportunity', 'Loss Reason', 'choices', false, ['Price', 'Timing', 'Lost, other']],
  ['opportunity', 'Discount %', 'number'],
  ['opportunity', 'Products', 'choices', true, ['Base', 'Pro', 'Add-on']],
  ['opportunity', 'Decision Date', 'date'],
  ['opportunity', 'Next Review', 'datetime'],
  ['opportunity', 'Sales Engineer', 'user'],
  ['opportunity', 'Champion', 'contact'],
  ['activity', 'Outcome Note', 'text'],
  ['activity', 'Rating', 'number'],
  ['custom_object_type', 'Contract Number', 'text'],
  ['custom_object_type', 'Signed On', 'date'],
  ['shared', 'Segment', 'choices', false, ['SMB', 'Mid', 'Enterprise'],
    ['lead', 'contact', 'opportunity']],
  ['shared', 'Legacy Code', 'text', false, undefined, ['lead', 'contact']],
];

const LEAD_STATUSES = ['Potential', 'Bad Fit, not interested', 'Qualified', 'Customer',
  'Interested', 'Клиент', 'He said "no"', 'Potential'];

const PIPELINES = [
  ['Sales', [['Qualify', 'active'], ['Proposal', 'active'], ['Won', 'won'], ['Lost', 'lost']]],
  ['Renewals', [['Qualify', 'active'], ['Negotiation, late', 'active'], ['Won', 'won'],
    ['Lost', 'lost']]],
  ['Партнёры', [['Новый', 'active'], ['Won', 'won'], ['Отказ', 'lost']]],
];

const ZONES = ['Europe/Berlin', 'America/New_York', null, 'Asia/Tokyo'];

export class Organization {
  constructor(seed, userCount) {
    this.rand = new Rand(seed, 'organization');
    this.id = this.rand.id('orga', 0);
    // The same under every seed, so that a reset does not lock its clients out.
    const keys = new Rand(0, 'api key');
    this.apiKey = `api_sandbox_${keys.id('k', 1, 22).slice(2)}.${keys.id('k', 2, 22).slice(2)}`;
    this.roles = ['admin', 'user', 'restricteduser'].map((name, i) => ({ name,
      id: i === 0 ? 'admin' : this.rand.id('role', i) }));
    this.created = Date.UTC(2018, 4, 7, 9, 30, 0, 0);
    this.users = Array.from({ length: userCount }, (_, i) => this.makeUser(i));
    this.userById = new Map(this.users.map((u) => [u.id, u]));
    this.makeStatuses();
    this.makeCustomFields();
  }

  // Every fourth user has left; the first is the caller and never leaves (close 4.7).
  makeUser(i) {
    const first = i === 0 ? 'Sandbox' : this.rand.pick(i, 'first', FIRST_NAMES);
    const last = i === 0 ? 'Owner' : this.rand.pick(i, 'last', LAST_NAMES);
    const created = this.created + i * 86_400_000 + this.rand.below(i, 'ms', 1000);
    return { id: this.rand.id('user', i), membership: this.rand.id('memb', i),
      email: `user${i}@sandbox.test`, first_name: first, last_name: last,
      name: `${first} ${last}`, left: i % 4 === 3, role: this.roles[i === 0 ? 0 : 1 + (i % 2)],
      verified: i % 5 === 2 ? null : created + 3_600_000, zone: ZONES[i % 4],
      date_created: created, date_updated: created + 1000 * this.rand.below(i, 'upd', 90_000_000) };
  }

  makeStatuses() {
    this.leadStatuses = LEAD_STATUSES.map((label, i) => ({ id: this.rand.id('stat', i), label }));
    this.pipelines = PIPELINES.map(([name, statuses], p) => ({
      id: this.rand.id('pipe', p), name,
      date_created: this.created + p * 3_600_000 + 820 + p,
      statuses: statuses.map(([label, type], s) => ({
        id: this.rand.id('stat', 100 + p * 10 + s), label, type })),
    }));
    this.oppStatuses = this.pipelines.flatMap((pipeline) => pipeline.statuses
      .map((status) => ({ ...status, pipeline })));
    this.leadStatusById = new Map(this.leadStatuses.map((s) => [s.id, s]));
    this.oppStatusById = new Map(this.oppStatuses.map((s) => [s.id, s]));
  }

  makeCustomFields() {
    this.activityType = { id: this.rand.id('actitype', 0, 22), name: 'Site visit' };
    this.objectType = { id: this.rand.id('cotype', 0, 22), name: 'Contract' };
    this.fields = DEFINITIONS.map(([object, name, type, multi = false, choices, shared], i) => ({
      id: this.rand.id('cf', i), object, name, type, multi, choices, shared, index: i,
      date_created: this.created + i * 60_000 + (i % 3) * 331,
    }));
    this.fieldById = new Map(this.fields.map((f) => [f.id, f]));
  }

  // Fields a type carries, in display order: its own and the shared ones (close 4.14).
  fieldsOf(object) {
    return this.fields.filter((f) => f.object === object || f.shared?.includes(object));
  }
}
