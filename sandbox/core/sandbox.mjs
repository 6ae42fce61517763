// Puts the parts together: one clock, one log, one fault list, one set of switches and mutants,
// and a server per provider.

import { Clock } from './clock.mjs';
import { Control } from './control.mjs';
import { Faults } from './faults.mjs';
import { RequestLog } from './log.mjs';
import { ProviderServer } from './server.mjs';
import { Mutants, Switches } from './switches.mjs';
import { makeCertificates } from './tls.mjs';

export const CORE_SWITCHES = {
  gzip: { values: ['on', 'off'], default: 'on',
    about: 'answer in gzip when Accept-Encoding offers it' },
  latency_ms: { check: /^\d+$/, shape: 'milliseconds', default: '0',
    about: 'wait before every answer' },
  token_life: { check: /^\d+$/, shape: 'seconds', default: '3600',
    about: 'expires_in of OAuth access tokens' },
};

export class Sandbox {
  constructor({ options, Provider }) {
    this.options = options;
    this.clock = new Clock(options.clock);
    this.log = new RequestLog();
    this.faults = new Faults();
    this.switches = new Switches({ ...CORE_SWITCHES, ...Provider.switches });
    this.mutants = new Mutants(Provider.mutants);
    this.switches.setInitial(options.switches);
    this.mutants.setInitial(options.mutants);
    this.seed = options.seed;
    this.provider = new Provider({ clock: this.clock, switches: this.switches,
      mutants: this.mutants, bench: options.bench });
    this.providers = new Map([[Provider.providerName, this.provider]]);
    this.provider.reset({ seed: this.seed, counts: options.counts });
  }

  async start() {
    const { options, log, faults, provider } = this;
    this.certificates = makeCertificates();
    try {
      this.server = new ProviderServer({ provider, log, faults,
        certificates: this.certificates, bench: options.bench });
      await this.server.listen(options.port, options['https-port']);
      provider.started?.({ dir: this.certificates.dir, httpUrl: this.server.httpUrl,
        httpsUrl: this.server.httpsUrl });
      this.control = new Control(this);
      await this.control.listen(options['control-port']);
    } catch (error) {
      this.certificates.remove();
      throw error;
    }
    return { pid: process.pid, control: this.control.url, ca_file: this.certificates.caFile,
      [provider.name]: { http: this.server.httpUrl, https: this.server.httpsUrl,
        ...provider.credentials() } };
  }

  stop() {
    this.server?.close();
    this.control?.close();
    this.certificates?.remove();
  }

  // Validates everything first, so that a refused reset changes nothing.
  reset({ seed = this.options.seed, counts = {}, clock = this.options.clock, switches = {},
    mutants }) {
    if (!Number.isInteger(seed) || seed < 0) throw new Error('seed must be a whole number');
    this.provider.checkCounts(counts);
    this.switches.validate(switches);
    const unknown = (mutants ?? []).find((m) => !Object.hasOwn(this.mutants.definitions, m));
    if (unknown !== undefined) throw new Error(`unknown mutant ${unknown}`);
    if (clock !== 'real' && Number.isNaN(Date.parse(clock))) {
      throw new Error(`not a time: ${clock}`);
    }
    this.clock.reset(clock);
    this.switches.reset(switches);
    this.mutants.reset(mutants);
    this.faults.clear();
    this.log.clear();
    this.seed = seed;
    this.provider.reset({ seed, counts: { ...this.options.counts, ...counts } });
  }

  changed() {
    this.provider.changed();
  }

  connections() {
    return { [this.provider.name]: this.server.connections };
  }

  state() {
    return {
      seed: this.seed,
      clock: this.clock.state(),
      bench: this.options.bench,
      switches: this.switches.state(),
      mutants: { available: this.mutants.definitions, active: [...this.mutants.active] },
      [this.provider.name]: { http: this.server.httpUrl, https: this.server.httpsUrl,
        ...this.provider.credentials(), ...this.provider.state() },
      counts: this.provider.counts(),
    };
  }
}
