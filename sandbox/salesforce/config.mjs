// Switches for the points the reference leaves open, and rules broken on purpose; those of SOQL
// are beside its code.

import { SOQL_MUTANTS, SOQL_SWITCHES } from './soql/mutants.mjs';

const whole = { check: /^\d+$/, shape: 'a whole number' };
const names = { check: /^([\w.]+(,[\w.]+)*)?$/, shape: 'Object or Object.Field, …', default: '' };

export const SALESFORCE_SWITCHES = {
  jwt_max_life: { check: /^\d+$/, shape: 'seconds', default: '180',
    about: 'how far ahead exp of a JWT may lie' },
  jwt_skew: { check: /^-?\d+$/, shape: 'seconds', default: '0',
    about: 'how far the clock that JWTs are checked with is ahead of the machine\'s' },
  jwt_my_domain: { values: ['accept', 'refuse'], default: 'accept',
    about: 'the My Domain URL as aud of a JWT' },
  user_state: { values: ['approved', 'unapproved', 'locked', 'inactive', 'restricted'],
    default: 'approved', about: 'what a login of the user meets' },
  password_grant: { values: ['refuse', 'accept'], default: 'refuse',
    about: 'the username-password flow, which newer organizations block' },
  soap_login: { values: ['accept', 'refuse'], default: 'accept',
    about: 'login() of the SOAP API, which is to be removed' },
  refresh_rotation: { values: ['off', 'on'], default: 'off',
    about: 'whether a refresh token works once and brings the next one' },
  token_requests: { ...whole, default: '0',
    about: 'requests after which an access token expires; 0 = never' },
  login_host_rest: { values: ['refuse', 'serve'], default: 'refuse',
    about: 'data requests sent to the login host: a 401, or the answer' },
  daily_requests: { ...whole, default: '5000000', about: 'requests per day; more are a 403' },
  used_requests: { ...whole, default: '18', about: 'requests that others made before' },
  limit_info: { values: ['plain', 'per_app', 'none'], default: 'plain',
    about: 'form of Sforce-Limit-Info' },
  uri_limit: { ...whole, default: '16384',
    about: 'bytes of the URI (414), and of URI and headers together (431)' },
  pretty: { values: ['header', 'always', 'never'], default: 'header',
    about: 'layout of bodies: pretty under X-PrettyPrint: 1, always, or compact' },
  integral_numbers: { values: ['java', 'plain'], default: 'java',
    about: 'a whole number in a double: 300.0 or 300' },
  empty_address: { values: ['null', 'object'], default: 'null',
    about: 'an address without any part: null, or an object of nulls' },
  encrypted_text: { values: ['plain', 'masked'], default: 'plain',
    about: 'encrypted text with and without the permission to see it' },
  record_count: { values: ['stale', 'exact', 'zero', 'absent'], default: 'stale',
    about: 'what recordCount says' },
  retrieve_deleted: { values: ['null', 'row'], default: 'null',
    about: 'deleted rows in a collections retrieve' },
  user_time_zone: { values: ['America/New_York', 'UTC', 'Asia/Kolkata', 'Pacific/Kiritimati'],
    default: 'America/New_York', about: 'time zone of the user, for named date literals' },
  hidden: { ...names, about: 'objects and fields the user may not see' },
  unfilterable: { ...names, about: 'fields that lost filterable' },
  unsortable: { ...names, about: 'fields that lost sortable' },
  ungroupable: { ...names, about: 'fields that lost groupable' },
  ...SOQL_SWITCHES,
};

export const SALESFORCE_MUTANTS = {
  describe_never_changes: 'If-Modified-Since is always answered with 304',
  retrieve_shifts: 'a collections retrieve leaves out missing ids instead of giving null',
  retrieve_drops_last: 'a collections retrieve gives null for its last id',
  retrieve_undeletes: 'a collections retrieve gives deleted rows as if they were not',
  retrieve_other: 'a collections retrieve gives another row for every fourth id',
  record_of_other: 'GET by id gives another row for every fourth id',
  updated_forgets: 'getUpdated lacks every tenth id',
  token_never_expires: 'expired and revoked access tokens go on working',
  ...SOQL_MUTANTS,
};
