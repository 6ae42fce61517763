// The README names every switch, mutant and flag, so that it cannot fall behind.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CLOSE_MUTANTS, CLOSE_SWITCHES } from '../close/config.mjs';
import { USAGE } from '../core/options.mjs';
import { CORE_SWITCHES } from '../core/sandbox.mjs';
import { SALESFORCE_MUTANTS, SALESFORCE_SWITCHES } from '../salesforce/config.mjs';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README is complete', () => {
  const switches = [CORE_SWITCHES, CLOSE_SWITCHES, SALESFORCE_SWITCHES].flatMap(Object.entries);
  for (const [name, { about }] of switches) {
    assert.ok(readme.includes(`| \`${name}\` |`), `switch ${name}`);
    assert.ok(readme.includes(about), `switch ${name}: ${about}`);
  }
  for (const [name, about] of [CLOSE_MUTANTS, SALESFORCE_MUTANTS].flatMap(Object.entries)) {
    assert.ok(readme.includes(`| \`${name}\` | ${about} |`), `mutant ${name}`);
  }
  for (const [flag] of USAGE.matchAll(/--[a-z-]+/g)) assert.ok(readme.includes(flag), flag);
});
