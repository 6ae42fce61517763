#!/usr/bin/env node
// Starts the sandbox of one CRM and prints its addresses as one JSON line.

import { CloseProvider } from './close/provider.mjs';
import { parseOptions, USAGE, UsageError } from './core/options.mjs';
import { Sandbox } from './core/sandbox.mjs';
import { SalesforceProvider } from './salesforce/provider.mjs';

const PROVIDERS = { close: CloseProvider, salesforce: SalesforceProvider };

function fail(message, status) {
  process.stderr.write(`sandbox: ${message}\n`);
  process.exitCode = status;
}

async function main() {
  const options = parseOptions(process.argv.slice(2), PROVIDERS);
  const sandbox = new Sandbox({ options, Provider: PROVIDERS[options.provider] });
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    sandbox.stop();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('uncaughtException', (error) => {
    process.stderr.write(`sandbox: ${error.stack}\n`);
    sandbox.stop();
    process.exit(1);
  });
  const ready = await sandbox.start();
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

main().catch((error) => {
  if (error instanceof UsageError) fail(`${error.message}\n${USAGE}`, 2);
  else fail(error.message, 1);
});
