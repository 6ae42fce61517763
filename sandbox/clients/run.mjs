#!/usr/bin/env node
// Installs the clients below build/clients/ (only when their pins changed), starts a sandbox, runs
// each client against it, and stops the sandbox. One line per check; non-zero if one fails.
// Arguments are the providers to do it for; without any, all of them.

import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BUILD = join(HERE, '../../build/clients');
const VENV = join(BUILD, 'venv');
const PYTHON = join(VENV, 'bin/python');

function must(command, args, options) {
  const { status, error, stdout, stderr } = spawnSync(command, args,
    { encoding: 'utf8', ...options });
  if (error || status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed\n${error?.message ?? ''}${stdout}`
      + `${stderr}`);
  }
}

// Runs `work` unless the stamp already holds the same text.
function oncePer(stampName, text, work) {
  const stamp = join(BUILD, stampName);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return;
  work();
  writeFileSync(stamp, text);
}

function install() {
  mkdirSync(BUILD, { recursive: true });
  must(process.execPath, [join(HERE, '../../tools/install-sandbox')]);
  oncePer('node.stamp', readFileSync(join(HERE, 'package.json'), 'utf8'), () => {
    copyFileSync(join(HERE, 'package.json'), join(BUILD, 'package.json'));
    must('npm', ['install', '--no-audit', '--no-fund'], { cwd: BUILD });
  });
  oncePer('python.stamp', readFileSync(join(HERE, 'requirements.txt'), 'utf8'), () => {
    must('python3', ['-m', 'venv', VENV]);
    must(PYTHON, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r',
      join(HERE, 'requirements.txt')]);
  });
}

// Per provider: the flags of its sandbox, and its clients.
const PROVIDERS = {
  close: { flags: ['--leads', '450', '--switch', 'index_lag=0'],
    node: 'close_node.cjs', python: 'close_python.py' },
  // simple-salesforce signs for five minutes.
  salesforce: { flags: ['--accounts', '600', '--contacts', '4500', '--switch', 'jwt_max_life=300'],
    node: 'salesforce_node.cjs', python: 'salesforce_python.py' },
};

async function startSandbox(provider, flags) {
  const child = spawn(process.execPath, [join(HERE, '../main.mjs'), '--provider', provider,
    ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, line };
}

async function run(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  return status === 0;
}

async function check(provider) {
  const { flags, node, python } = PROVIDERS[provider];
  const { child, line } = await startSandbox(provider, flags);
  try {
    const byNode = await run(process.execPath, [join(HERE, node), BUILD, line]);
    return await run(PYTHON, [join(HERE, python), line]) && byNode;
  } finally {
    child.kill('SIGTERM');
  }
}

install();
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PROVIDERS);
let fine = true;
for (const provider of wanted) fine = await check(provider) && fine;
process.exitCode = fine ? 0 : 1;
