import { afterEach, expect, test } from 'vitest';
import { type Launched, launchService } from '../process/launched.js';
import { makeEnvironment } from '../setup/service.js';
import { openReceiver, type Receiver } from './receiver.js';

/** Tracing of the program as it is started, by its environment alone. */

/** Says of each package of the SDK that it is loaded. */
const hooks = `export async function resolve(name, context, next) {
  if (name.startsWith('@opentelemetry/')) process._rawDebug('loads ' + name);
  return next(name, context);
}`;
const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
const sayingWhatIsLoaded = `--import ${dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hooks))});`)}`;

let service: Launched | undefined;
let receiver: Receiver | undefined;
afterEach(async () => {
  service?.signal('SIGKILL', 'group');
  await service?.ended;
  await receiver?.close();
  service = receiver = undefined;
});

async function launch(env: Record<string, string>) {
  const base = await makeEnvironment({ LOG_LEVEL: 'warn', NODE_OPTIONS: sayingWhatIsLoaded });
  const command = [process.execPath, 'dist/main.js'] as const;
  const launched = await launchService({ dataDir: base.BELLWETHER_DATA_DIR ?? '', command, env: { ...base, ...env } });
  service = launched;
  const ask = async (query: string) => {
    const response = await fetch(`${launched.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${base.BELLWETHER_CLIENT_KEY}` },
      body: JSON.stringify({ query }),
    });
    return { status: response.status, headers: [...response.headers.keys()].sort(), body: await response.text() };
  };
  return { launched, ask };
}

const question = 'query AtTheEnd { assignments(unit: {userId: "a"}) { variant } }';
const answer = { status: 200, body: '{"data":{"assignments":[]}}\n' };

test('without a receiver no package of the SDK is loaded; with one they are, and answers are the same', async () => {
  const off = await launch({});
  const untraced = await off.ask(question);
  expect(untraced).toMatchObject(answer);
  expect(off.launched.output()).not.toContain('loads @opentelemetry');
  // Whoever starts it waits for this line, and at this level for no other.
  expect(off.launched.output().match(/"level":"info".*/g)).toEqual([expect.stringContaining('"msg":"Ready"')]);
  service?.signal('SIGKILL', 'group');
  await service?.ended;
  receiver = await openReceiver();
  const on = await launch({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  expect(on.launched.output()).toContain('loads @opentelemetry/sdk-trace-base');
  expect(await on.ask(question)).toEqual(untraced);
});

test('SIGTERM delivers the spans that were still waiting, as protobuf where nothing else is said', async () => {
  receiver = await openReceiver();
  const { launched, ask } = await launch({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '600000' });
  expect(await ask(question)).toMatchObject(answer);
  expect(receiver.text()).not.toContain('query AtTheEnd');
  launched.signal('SIGTERM', 'process');
  expect(await launched.ended).toEqual({ code: 0 });
  expect(receiver.types).toEqual(new Set(['application/x-protobuf']));
  expect(receiver.text()).toContain('query AtTheEnd');
  expect(receiver.text()).toContain('migrate');
});

test('a receiver that takes all and never answers keeps nobody waiting, at the end neither', async () => {
  receiver = await openReceiver({ answers: false });
  const { launched, ask } = await launch({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '10' });
  const arrives = receiver.something();
  for (let i = 0; i < 50; i += 1) expect(await ask(question)).toMatchObject(answer);
  await arrives;
  launched.signal('SIGTERM', 'process');
  // Past its time it would have been ended hard, with 1.
  expect(await launched.ended).toEqual({ code: 0 });
});

test('a receiver that is away is told of once, and answers go on', async () => {
  const { launched, ask } = await launch({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_EXPORTER_OTLP_TIMEOUT: '100',
    OTEL_BSP_SCHEDULE_DELAY: '10',
  });
  expect(await ask(question)).toMatchObject(answer);
  await launched.printed(/Spans could not be delivered/);
  expect(await ask(question)).toMatchObject(answer);
  launched.signal('SIGTERM', 'process');
  expect(await launched.ended).toEqual({ code: 0 });
  expect(launched.output().match(/Spans could not be delivered/g)).toHaveLength(1);
});
