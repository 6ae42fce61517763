// Reads the line that the sandbox prints when it is ready and prints shell assignments.
// usage: node tools/sandbox-environment.mjs PROVIDER < line

import { readFileSync } from 'node:fs';

const provider = process.argv[2];
const ready = JSON.parse(readFileSync(0, 'utf8').split('\n')[0]);
const account = ready[provider];
const prefix = `CRM_FDW_${provider.toUpperCase()}`;
const variables = {
  CRM_FDW_CONTROL_URL: ready.control,
  CRM_FDW_CA_FILE: ready.ca_file,
  [`${prefix}_URL`]: account.http,
  [`${prefix}_HTTPS_URL`]: account.https,
  [`${prefix}_KEY`]: account.api_key,
  [`${prefix}_CLIENT_ID`]: account.oauth.client_id,
  [`${prefix}_CLIENT_SECRET`]: account.oauth.client_secret,
  [`${prefix}_REFRESH_TOKEN`]: account.oauth.refresh_token,
};
for (const [name, value] of Object.entries(variables)) {
  console.log(`export ${name}='${String(value).replaceAll("'", "'\\''")}'`);
}
