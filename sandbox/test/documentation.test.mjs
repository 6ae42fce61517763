// The README names every switch, mutant and flag, so that it cannot fall behind.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CLOSE_MUTANTS, CLOSE_SWITCHES } from '../close/config.mjs';
import { USAGE } from '../core/options.mjs';
import { CORE_SWITCHES } from '../core/sandbox.mjs';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README is complete', () => {
  for (const [name, { about }] of Object.entries({ ...CORE_SWITCHES, ...CLOSE_SWITCHES })) {
    assert.ok(readme.includes(`| \`${name}\` |`), `switch ${name}`);
    assert.ok(readme.includes(about), `switch ${name}: ${about}`);
  }
  for (const [name, about] of Object.entries(CLOSE_MUTANTS)) {
    assert.ok(readme.includes(`| \`${name}\` | ${about} |`), `mutant ${name}`);
  }
  for (const [flag] of USAGE.matchAll(/--[a-z-]+/g)) assert.ok(readme.includes(flag), flag);
});
