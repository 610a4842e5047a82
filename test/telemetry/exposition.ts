/** Reads the text format of Prometheus, as far as it is written here. */

export interface Sample {
  /** With `_bucket`, `_sum` or `_count` for the parts of a histogram. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export type Exposition = ReturnType<typeof readExposition>;

const labelPattern = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

function sampleOf(line: string): Sample {
  const [, name = '', labels = '', value = ''] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  return { name, labels: Object.fromEntries([...labels.matchAll(labelPattern)].map(([, key, text]) => [key, text])), value: Number(value) };
}

export function readExposition(text: string) {
  const families = new Map<string, Family>();
  for (const block of text.split(/\n(?=# HELP )/)) {
    const [, name = '', help = ''] = /^# HELP (\S+) (.*)$/m.exec(block) ?? [];
    const [, type = ''] = /^# TYPE \S+ (\S+)$/m.exec(block) ?? [];
    const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    families.set(name, { name, type, help, samples: lines.map(sampleOf) });
  }
  const matches = (sample: Sample, wanted: Readonly<Record<string, string>>) =>
    Object.entries(wanted).every(([name, value]) => sample.labels[name] === value);
  /** Samples of this name, which may be of a part of a histogram, with at least these labels. */
  function samples(name: string, labels: Readonly<Record<string, string>> = {}): Sample[] {
    const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
    if (!family) throw new Error(`There is no metric ${name}.`);
    return family.samples.filter((sample) => sample.name === name && matches(sample, labels));
  }
  return {
    families,
    samples,
    /** Sum of their values; 0 when there are none. */
    sum: (name: string, labels: Readonly<Record<string, string>> = {}) => samples(name, labels).reduce((sum, { value }) => sum + value, 0),
  };
}
