// Drives the npm client close.io. It hard-codes its host, so the class is extended: `_request` is
// the one place all its calls go through, and the only thing changed is the start of the URI.

const { createRequire } = require('node:module');

const [, , modules, infoText] = process.argv;
const Closeio = createRequire(`${modules}/`)('close.io');
const info = JSON.parse(infoText);

class SandboxClient extends Closeio {
  constructor(key) {
    super(key);
    this.calls = [];
  }

  _request(options) {
    const uri = options.uri.replace('https://api.close.com', info.close.http);
    this.calls.push(uri);
    return super._request({ ...options, uri });
  }
}

let failed = 0;
function check(name, fine, detail = '') {
  process.stdout.write(`${fine ? 'ok' : 'FAILED'}  npm close.io: ${name} ${detail}\n`);
  if (!fine) failed++;
}

const settle = (promise) => new Promise((resolve, reject) => { promise.then(resolve, reject); });

async function control(method, path, body) {
  const res = await fetch(info.control + path, { method, body: body && JSON.stringify(body) });
  return res.json();
}

async function readLeads(client) {
  const seen = new Set();
  for (let more = true, skip = 0; more;) {
    const page = await settle(client.lead.search({ query: '*', limit: 100, skip,
      fields: 'id,name' }));
    page.data.forEach((row) => seen.add(row.id));
    skip += page.data.length;
    more = page.has_more;
  }
  return seen;
}

async function main() {
  const { counts } = await control('GET', '/state');
  const client = new SandboxClient(info.close.api_key);
  const me = await settle(client.user.me());
  check('me', me.organizations.length === 1, me.email);
  const leads = await readLeads(client);
  check('pages of leads', leads.size === counts.leads, `${leads.size} rows`);
  const [id] = leads;
  const lead = await settle(client.lead.read(id));
  check('lead by id', lead.id === id && Array.isArray(lead.contacts));
  const named = await settle(client.lead.search({ name: '"acme"' }));
  check('text search', named.total_results > 0 && named.data.every((row) =>
    /acme/i.test(row.name)), `${named.total_results} found`);
  const won = await settle(client.opportunity.search({ status_type: 'won', _limit: 50 }));
  check('opportunities', won.data.length > 0 && won.data.every((o) => o.status_type === 'won'));
  const statuses = await settle(client.status.lead.list());
  check('lead statuses', statuses.data.length > 3);
  const missing = await settle(client.lead.read('lead_none')).catch((error) => error);
  check('error body of a 404', /matching query does not exist/.test(missing.error));
  // The client has no retry of its own: the 429 must reach its caller with all the facts.
  await control('POST', '/faults', [{ match: { nth: 1 }, action: { kind: 'rate_limit',
    reset: 0.2 } }]);
  const limited = await settle(client.user.me()).catch((error) => error);
  await new Promise((resolve) => setTimeout(resolve, Number(limited.rate_reset) * 1000));
  const again = await settle(client.user.me());
  check('429, waited for, then fine', limited.rate_limit_type === 'key' && again.id === me.id,
    `rate_reset=${limited.rate_reset}`);
  await control('DELETE', '/faults');
  check('every call reached the sandbox', client.calls.every((uri) =>
    uri.startsWith(info.close.http)), `${client.calls.length} calls`);
}

main().catch((error) => check('run', false, error.stack ?? JSON.stringify(error)))
  .finally(() => { process.exitCode = failed ? 1 : 0; });
