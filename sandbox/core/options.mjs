// The command line. Flags that a provider adds counts for (--leads, --users, …) come from it.

export class UsageError extends Error {}

const NUMBERS = ['port', 'https-port', 'control-port', 'seed'];
const COUNTS = ['leads', 'contacts', 'opportunities', 'tasks', 'activities', 'users'];

export const USAGE = `usage: node sandbox/main.mjs --provider close [--port N] [--https-port N]
  [--control-port N] [--seed N] [--leads N] [--contacts N] [--opportunities N] [--tasks N]
  [--activities N] [--users N] [--bench] [--clock ISO|real] [--mutant NAME]...
  [--switch NAME=VALUE]...`;

function wholeNumber(flag, text) {
  if (!/^\d+$/.test(text ?? '')) throw new UsageError(`--${flag} needs a whole number`);
  return Number(text);
}

export function parseOptions(argv) {
  const out = { port: 0, 'https-port': 0, 'control-port': 0, seed: 1, counts: {}, bench: false,
    clock: '2026-09-15T12:00:00.000Z', mutants: [], switches: {}, provider: null };
  const rest = [...argv];
  while (rest.length) {
    const flag = rest.shift();
    if (!flag.startsWith('--')) throw new UsageError(`unexpected argument ${flag}`);
    const [name, glued] = flag.slice(2).split(/=(.*)/s);
    const value = () => {
      const text = glued ?? rest.shift();
      if (text === undefined) throw new UsageError(`--${name} needs a value`);
      return text;
    };
    if (NUMBERS.includes(name)) out[name] = wholeNumber(name, value());
    else if (COUNTS.includes(name)) out.counts[name] = wholeNumber(name, value());
    else if (name === 'bench' && glued === undefined) out.bench = true;
    else if (name === 'clock') out.clock = value();
    else if (name === 'provider') out.provider = value();
    else if (name === 'mutant') out.mutants.push(value());
    else if (name === 'switch') {
      const [key, ...v] = value().split('=');
      if (!v.length) throw new UsageError('--switch needs NAME=VALUE');
      out.switches[key] = v.join('=');
    } else throw new UsageError(`unknown flag --${name}`);
  }
  if (out.clock !== 'real' && Number.isNaN(Date.parse(out.clock))) {
    throw new UsageError('--clock needs an ISO time or "real"');
  }
  if (out.provider === null) throw new UsageError('--provider is missing');
  return out;
}
