// Reads the line that the sandbox prints when it is ready and prints shell assignments: CRM_FDW_<PROVIDER>_URL,
// …_CONTROL_URL and so on, one for each address and credential; CRM_FDW_CONTROL_URL and CRM_FDW_CA_FILE are those
// of the sandbox started last.
// usage: node tools/sandbox-environment.mjs PROVIDER < line

import { readFileSync } from 'node:fs';

const NAMES = { http: 'URL', https: 'HTTPS_URL', api_key: 'KEY' };

const provider = process.argv[2];
const ready = JSON.parse(readFileSync(0, 'utf8').split('\n')[0]);
const variables = { CRM_FDW_CONTROL_URL: ready.control, CRM_FDW_CA_FILE: ready.ca_file };

function add(account) {
  for (const [key, value] of Object.entries(account)) {
    if (typeof value === 'object') add(value);
    else variables[`CRM_FDW_${provider}_${NAMES[key] ?? key}`.toUpperCase()] = value;
  }
}

add({ ...ready[provider], control_url: ready.control });
for (const [name, value] of Object.entries(variables)) {
  console.log(`export ${name}='${String(value).replaceAll("'", "'\\''")}'`);
}
