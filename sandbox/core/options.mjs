// The command line. Which counts there are (--leads, --users, …) is the provider's to say: its
// class lists them, and a flag has - where their names have _.

export class UsageError extends Error {}

const NUMBERS = ['port', 'https-port', 'control-port', 'seed'];

export const USAGE = `usage: node sandbox/main.mjs --provider close|salesforce [--port N]
  [--https-port N] [--control-port N] [--seed N] [--bench] [--clock ISO|real] [--mutant NAME]...
  [--switch NAME=VALUE]... and numbers of rows:
  close: [--leads N] [--contacts N] [--opportunities N] [--tasks N] [--activities N] [--users N]
  salesforce: [--accounts N] [--contacts N] [--leads N] [--opportunities N] [--line-items N]
  [--products N] [--campaigns N] [--campaign-members N] [--events N] [--tasks N] [--cases N]
  [--everything N] [--everything-lines N] [--wides N] [--users N] [--objects N] [--wide N]`;

function wholeNumber(flag, text) {
  if (!/^\d+$/.test(text ?? '')) throw new UsageError(`--${flag} needs a whole number`);
  return Number(text);
}

// The provider's class, which the flags of counts depend on wherever --provider stands.
function providerOf(name, providers) {
  if (name === null) throw new UsageError('--provider is missing');
  if (!Object.hasOwn(providers, name)) {
    throw new UsageError(`--provider must be ${Object.keys(providers).join(' or ')}`);
  }
  return providers[name];
}

function readCounts(flags, { counts }) {
  const out = {};
  for (const [flag, text] of flags) {
    const name = flag.replaceAll('-', '_');
    if (!counts.includes(name)) throw new UsageError(`unknown flag --${flag}`);
    out[name] = wholeNumber(flag, text);
  }
  return out;
}

// Values of flags that no provider need know are taken at once; the others wait for --provider.
export function parseOptions(argv, providers) {
  const out = { port: 0, 'https-port': 0, 'control-port': 0, seed: 1, counts: {}, bench: false,
    clock: '2026-09-15T12:00:00.000Z', mutants: [], switches: {}, provider: null };
  const rest = [...argv];
  const others = [];
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
    else if (name === 'bench' && glued === undefined) out.bench = true;
    else if (name === 'clock') out.clock = value();
    else if (name === 'provider') out.provider = value();
    else if (name === 'mutant') out.mutants.push(value());
    else if (name === 'switch') {
      const [key, ...v] = value().split('=');
      if (!v.length) throw new UsageError('--switch needs NAME=VALUE');
      out.switches[key] = v.join('=');
    } else others.push([name, glued ?? rest.shift()]);
  }
  if (out.clock !== 'real' && Number.isNaN(Date.parse(out.clock))) {
    throw new UsageError('--clock needs an ISO time or "real"');
  }
  out.counts = readCounts(others, providerOf(out.provider, providers));
  return out;
}
