// The resources query, queryAll and query?explain (salesforce §3.5, §3.6, §4.1, §4.2).

import { appendFileSync } from 'node:fs';

import { check } from './soql/check.mjs';
import { Evaluator } from './soql/evaluate.mjs';
import { invalidLocator, Locators } from './soql/locators.mjs';
import { shuffle } from './soql/order.mjs';
import { parse } from './soql/parse.mjs';
import { aggregateRecord, RecordWriter, shapeOf } from './soql/records.mjs';

const PAGE_MIN = 200;
const PAGE_MAX = 2000;
// Records with this many columns come in pages of this size.
const WIDE = [[250, 250], [100, 1000]];
const LONG_TEXTS = 2;
const LONG_TEXT_PAGE = 200;

const isLongText = ({ kind, column }) => kind === 'column' && column.field?.custom
  && column.type === 'textarea' && column.field.length > 255;

export class QueryService {
  // mutants and switches are read when a query runs.
  constructor({ schema, world, switches, mutants, clock }) {
    Object.assign(this, { schema, switches, mutants });
    this.evaluator = new Evaluator({ world, schema, switches, mutants, clock });
    this.locators = new Locators({ switches, clock });
    this.world = world;
  }

  // all: queryAll. version: the API's number, such as '62.0'. batchSize: from
  // Sforce-Query-Options, or undefined. user: locators are bound to it.
  query({ soql, all: withDeleted = false, version, batchSize, user }) {
    const all = withDeleted && !this.mutants.has('queryall_hides_deleted');
    const query = this.read(soql, version);
    const run = this.evaluator.run(query, { all, text: soql });
    if (query.counting) return answer({ totalSize: run.count(), done: true, records: [] });
    const batch = this.batch(batchSize);
    if (query.aggregate) return this.aggregates(query, run, batch);
    let rows = run.rows();
    const size = this.pageSize(query, batch);
    // With OFFSET the first batch is all there is.
    if (query.offset !== null) rows = rows.slice(0, size);
    return answer(this.page({ query, run, rows, size, all, user, text: soql }, 0, version));
  }

  // The page of a locator that starts at `offset`.
  more({ locator, offset, version, user }) {
    const entry = this.locators.get(locator, user);
    const at = Number(offset);
    if (!Number.isInteger(at) || at < 0 || at >= entry.rows.length) throw invalidLocator();
    const run = this.evaluator.run(entry.query, { all: entry.all, text: entry.text });
    if (this.mutants.has('locator_order_changes')) {
      entry.rows = shuffle(entry.rows.slice(), `${entry.text} ${at}`);
    }
    return answer(this.page({ ...entry, run, locator }, at, version));
  }

  explain({ soql, version }) {
    const query = this.read(soql, version);
    const rows = this.world.count(query.object.name);
    const byId = query.where !== null;
    return answer({ plans: [{ cardinality: byId ? Math.ceil(rows / 10) : rows, fields: [],
      leadingOperationType: byId ? 'Other' : 'TableScan', notes: [], relativeCost: byId ? 0.5 : 1.5,
      sobjectCardinality: rows, sobjectType: query.object.name }], sourceQuery: soql });
  }

  // Every locator is gone, as after two days.
  expireLocators() {
    this.locators.expireAll();
  }

  read(soql, version) {
    const log = process.env.CRM_SANDBOX_SOQL_LOG;
    if (log) appendFileSync(log, `${JSON.stringify(soql)}\n`);
    return check(parse(soql, Number(version)), { schema: this.schema, switches: this.switches,
      version });
  }

  batch(wanted) {
    const size = Math.min(Math.max(wanted || PAGE_MAX, PAGE_MIN), PAGE_MAX);
    switch (this.switches.get('page_size')) {
      case 'smaller': return Math.floor(size * 0.75);
      case 'larger': return Math.ceil(size * 1.25);
      default: return size;
    }
  }

  pageSize({ items }, batch) {
    const wide = WIDE.find(([columns]) => items.length >= columns);
    const size = wide ? Math.min(batch, wide[1]) : batch;
    return items.filter(isLongText).length >= LONG_TEXTS ? Math.min(size, LONG_TEXT_PAGE) : size;
  }

  aggregates(query, run, batch) {
    const maximum = this.switches.get('group_limit') === 'batch' ? batch : PAGE_MAX;
    const { grouping, order } = run.groups(maximum);
    const records = Array.from(order, (group) => aggregateRecord(query, grouping, group,
      this.switches));
    return answer({ totalSize: records.length, done: true, records });
  }

  // One page of a snapshot: {query, run, rows, size, all, user, text, locator?}.
  page(scan, offset, version) {
    const { query, run, rows, size } = scan;
    const writer = new RecordWriter({ run, version,
      nested: (item, children) => this.nested(scan, item, children, version, writer) });
    const shape = shapeOf(query.items);
    const records = [];
    let at = this.firstOf(offset);
    const back = offset > 0 && this.mutants.has('locator_page_repeated') ? size : 0;
    // Rows of subqueries count, but a page holds one record at least.
    for (; at < rows.length && (at <= offset || at - offset + writer.childRows < size); at++) {
      const row = rows[at - back];
      if (this.gone(scan, row, offset)) continue;
      records.push(writer.record(shape, query.object, row));
    }
    return this.envelope(scan, records, at, version);
  }

  // Where a page starts in the snapshot; the mutants lose or repeat a row where pages meet.
  firstOf(offset) {
    if (offset === 0) return 0;
    if (this.mutants.has('locator_row_lost')) return offset + 1;
    return this.mutants.has('locator_row_repeated') ? offset - 1 : offset;
  }

  // Rows are read when their page is: what was deleted since may be missing.
  gone({ query, all }, row, offset) {
    const { name } = query.object;
    if (!this.world.alive(name, row)) return true;
    return offset > 0 && !all && this.switches.get('deleted_between_pages') === 'disappear'
      && !this.mutants.has('deleted_rows_returned') && !this.world.live(name, row);
  }

  envelope(scan, records, end, version) {
    const { rows, size, locator } = scan;
    const counted = this.mutants.has('total_size_of_page') ? records.length : rows.length;
    const totalSize = this.mutants.has('total_size_short') ? Math.max(0, counted - 1) : counted;
    const left = rows.length - end;
    if (left === 0 || (left <= size && this.mutants.has('locator_done_early'))) {
      return { totalSize, done: true, records };
    }
    const name = locator ?? this.locators.add({ query: scan.query, rows, size, all: scan.all,
      user: scan.user, text: scan.text });
    return { totalSize, done: false,
      nextRecordsUrl: `/services/data/v${version}/query/${name}-${end}`, records };
  }

  // The envelope of a subquery; what exceeds a page has a locator of its own.
  nested(scan, { query }, rows, version, writer) {
    const body = this.page({ ...scan, query, rows, locator: undefined }, 0, version);
    writer.childRows += body.records.length;
    return body;
  }
}

function answer(body) {
  return { status: 200, body };
}
