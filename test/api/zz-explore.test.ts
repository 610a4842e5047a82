import { afterAll, beforeAll, test } from 'vitest';
import { type RunningService, startService } from '../setup/service.js';
import { createCaller, sampleInput } from './operations.js';

let service: RunningService;
const api = createCaller(() => service);
beforeAll(async () => { service = await startService(); });
afterAll(() => service.remove());

test('extreme definitions live', async () => {
  const odd: unknown[] = [0, 1, 1.5, 2 ** 31 - 1, 2 ** 53 - 1, 1e308, 5e-324, 1e-9, 1e12, 'constructor'];
  const full = (method: string) => ({
    hashKey: 'userId', trafficAllocation: 1,
    variants: [{ key: 'a', weight: 0.5, payload: { x: 1 }, isControl: true }, { key: 'b', weight: 0.5 }],
    metrics: { primary: { key: 'm', type: 'CONVERSION', windowHours: 1, cap: 2 }, secondary: [{ key: 's', type: 'CONTINUOUS', cap: 5, windowHours: 1 }, { key: 'c', type: 'COUNT', cap: 5 }], guardrails: [{ key: 'g', threshold: 0.1 }, { key: 'g2', type: 'CONTINUOUS', threshold: 0.1, cap: 4 }] },
    targeting: { include: ['region:US'], exclude: ['c>1'] },
    evaluation: { method, alpha: 0.05, power: 0.8, maxPeeks: 3, minSampleSize: 1, horizonUnits: 10, minimumEffect: 0.1, lossThreshold: 0.1, schedule: 'hourly' },
  });
  const leaves = (value: unknown, path: (string | number)[] = []): (string | number)[][] =>
    typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([k, v]) => leaves(v, [...path, k])) : typeof value === 'number' ? [path] : [];
  const put = (value: any, path: (string | number)[], to: unknown): any => {
    if (path.length === 0) return to;
    const copy = Array.isArray(value) ? [...value] : { ...value };
    copy[path[0]!] = put(value[path[0]!], path.slice(1), to);
    return copy;
  };
  let lived = 0;
  for (const method of ['ALWAYS_VALID', 'FREQUENTIST_T_TEST']) for (const path of leaves(full(method))) for (const value of odd) {
    let input = sampleInput(put(full(method), path, value)) as any;
    if (path[0] === 'variants') input.variants[path[1] === '0' ? 1 : 0].weight = 1 - (value as number);
    const made = await api.call('createExperiment', { input }, { selection: '{experiment {id}}' });
    if (made.errors) { if (/INTERNAL/.test(JSON.stringify(made.errors))) console.log('create', path, value); continue; }
    lived += 1;
    const key = input.key;
    const note = (what: string, r: any) => { if (r.errors) console.log(method, what, path.join('.'), value, JSON.stringify(r.errors).slice(0, 300)); return r; };
    note('start', await api.call('startExperiment', { key }, { selection: '{experiment {id}}' }));
    const now = new Date().toISOString();
    const users = Array.from({ length: 24 }, (_, i) => `u${i}`);
    const unit = (userId: string) => ({ userId, attributes: { region: 'US' } });
    const got = await Promise.all(users.map((u) => api.call('assign', { experimentKey: key, unit: unit(u) })));
    for (const r of got) note('assign', r);
    const events = users.flatMap((u, i) => ['m', 's', 'c', 'g', 'g2'].flatMap((metric) => (i % 3 ? [{ eventId: `${key}${u}${metric}`, metric, unit: unit(u), occurredAt: new Date().toISOString(), value: i % 2 ? 1e12 : -1e-9 * i }] : [])));
    note('track', await api.call('trackEvents', { input: { events } }));
    note('evaluate', await api.call('evaluateExperiment', { key }));
    note('pause', await api.call('pauseExperiment', { key }, { selection: '{experiment {id}}' }));
    note('counts', await api.call('experiment', { key }, { selection: '{counts {variants {exposures conversions metrics {total}}}}' }));
    note('stop', await api.call('stopExperiment', { key }));
    note('archive', await api.call('archiveExperiment', { key }, { selection: '{experiment {id}}' }));
  }
  console.log('lived', lived);
}, 300_000);
