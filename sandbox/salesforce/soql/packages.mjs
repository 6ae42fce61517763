// The npm packages of sandbox/package.json, which tools/install-sandbox puts below build/. They
// are loaded when first needed, so that a sandbox without Salesforce works without them.

import { createRequire } from 'node:module';

const require = createRequire(new URL('../../../build/sandbox/', import.meta.url));

export function load(name) {
  try {
    return require(name);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(`${name} is not installed: run tools/install-sandbox`);
  }
}
