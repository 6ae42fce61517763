// Named choices. A definition is {values: [...]} or {check: RegExp, shape: text}, a default, and
// one line about what it decides. Values are strings everywhere, as on the command line.

export class Switches {
  constructor(definitions) {
    this.definitions = definitions;
    this.initial = {};
    this.reset();
  }

  reset(overrides = {}) {
    this.values = {};
    for (const [name, def] of Object.entries(this.definitions)) this.values[name] = def.default;
    this.assign({ ...this.initial, ...overrides });
  }

  // The command line decides what a reset goes back to.
  setInitial(values) {
    this.validate(values);
    this.initial = { ...values };
    this.reset();
  }

  validate(values) {
    for (const [name, value] of Object.entries(values)) {
      const def = this.definitions[name];
      if (!def) throw new Error(`unknown switch ${name}`);
      const text = String(value);
      const fine = def.values ? def.values.includes(text) : def.check.test(text);
      if (!fine) {
        throw new Error(`switch ${name} takes ${def.values?.join('|') ?? def.shape}, not ${text}`);
      }
    }
  }

  assign(values) {
    this.validate(values);
    for (const [name, value] of Object.entries(values)) this.values[name] = String(value);
  }

  get(name) {
    return this.values[name];
  }

  number(name) {
    return Number(this.values[name]);
  }

  state() {
    const out = {};
    for (const [name, def] of Object.entries(this.definitions)) {
      out[name] = { value: this.values[name], allowed: def.values ?? def.shape,
        default: def.default, about: def.about };
    }
    return out;
  }
}

// Rules broken on purpose, by name. Definitions are {name: description}.
export class Mutants {
  constructor(definitions) {
    this.definitions = definitions;
    this.initial = [];
    this.active = new Set();
  }

  set(names) {
    if (!Array.isArray(names)) throw new Error('mutants must be a list of names');
    for (const name of names) {
      if (!Object.hasOwn(this.definitions, name)) throw new Error(`unknown mutant ${name}`);
    }
    this.active = new Set(names);
  }

  setInitial(names) {
    this.set(names);
    this.initial = [...names];
  }

  reset(names = this.initial) {
    this.set(names);
  }

  has(name) {
    return this.active.has(name);
  }
}
