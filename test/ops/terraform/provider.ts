import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Decoder, Encoder, ExtData } from '@msgpack/msgpack';
import { message, readMessage } from './messages.js';
import { awsSchema, type Block, schemaMessage } from './schema.js';

/**
 * Stands in for the AWS provider where Terraform validates and plans: it has that one's schema, plans every resource as it is written, with what
 * the cloud would decide unknown, and reads data sources as they are given here. It never applies anything.
 *
 * It speaks the plugin protocol 6 (gRPC over HTTP/2), and Terraform is told to find it by TF_REATTACH_PROVIDERS.
 *
 * @see https://github.com/hashicorp/terraform/tree/main/docs/plugin-protocol
 */

type Values = Record<string, unknown>;

/** A value that is not known before something is applied, as Terraform writes it. */
const unknown = new ExtData(0, Buffer.from([0]));
const encoder = new Encoder();
const decoder = new Decoder();

/** What data sources and ephemeral resources answer, beside what they were asked. */
const answers: Readonly<Record<string, Values>> = {
  aws_availability_zones: { names: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'] },
  aws_caller_identity: { account_id: '123456789012' },
  aws_iam_policy_document: { json: '{}' },
  aws_secretsmanager_random_password: { random_password: 'd'.repeat(48) },
  aws_secretsmanager_secret_version: { secret_string: 'd'.repeat(48) },
};

/** What of a resource is as good as known before it is there: with it the tasks of ECS can be looked into. */
const decided: Readonly<Record<string, (values: Values) => Values>> = {
  aws_db_instance: ({ identifier }) => ({ endpoint: `${identifier}.rds.example:5432` }),
  aws_elasticache_replication_group: (values) => ({ primary_endpoint_address: `${values.replication_group_id}.cache.example` }),
  aws_secretsmanager_secret: ({ name }) => ({ arn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}` }),
};

const dynamic = (values: unknown) => message([[1, encoder.encode(values)]]);

function read(bytes: Uint8Array | undefined): Values | null {
  return decoder.decode(readMessage(bytes ?? new Uint8Array()).get(1) ?? new Uint8Array([0xc0])) as Values | null;
}

/** As it is written, open where the cloud may decide, and without what must not be kept. */
function planned(type: string, values: Values): Values {
  const { attributes } = awsSchema.resources[type] as Block;
  const open = Object.entries(attributes).filter(([name, { computed, write_only }]) => write_only || (computed && values[name] === null));
  const left = Object.fromEntries(open.map(([name, { write_only }]) => [name, write_only ? null : unknown]));
  return { ...values, ...left, ...decided[type]?.(values) };
}

const calls: Readonly<Record<string, (type: string, request: ReadonlyMap<number, Uint8Array>) => Buffer>> = {
  GetProviderSchema: schemaMessage,
  PlanResourceChange: (type, request) => {
    const values = read(request.get(3));
    return message([
      [1, dynamic(values && planned(type, values))],
      // Not held to having decided everything, as the providers of the older kit.
      [5, true],
    ]);
  },
  ReadDataSource: (type, request) => message([[1, dynamic({ ...read(request.get(2)), ...answers[type] })]]),
  OpenEphemeralResource: (type, request) => message([[3, dynamic({ ...read(request.get(2)), ...answers[type] })]]),
};
/** Whose answers are empty: nothing was found wrong. */
const silent = /^(Validate|Configure|CloseEphemeral|StopProvider)/;

function answer(stream: ServerHttp2Stream, path: string, request: Buffer): void {
  const method = path.split('/').at(-1) ?? '';
  const call = calls[method] ?? (silent.test(method) ? () => Buffer.alloc(0) : null);
  if (call === null) {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '12' }, { endStream: true });
    return;
  }
  const fields = readMessage(request.subarray(5));
  const body = call(Buffer.from(fields.get(1) ?? []).toString(), fields);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat([prefix, body]));
}

/** @returns what Terraform needs in its environment to use it, and what ends it */
export async function startProvider(): Promise<{ readonly env: Readonly<Record<string, string>>; readonly stop: () => void }> {
  const server = createServer();
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    // What Terraform has cut off, as it does with its side channel when it ends, wants no answer.
    stream.on('end', () => stream.destroyed || answer(stream, String(headers[':path']), Buffer.concat(chunks)));
    stream.on('error', () => {});
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const reattach = {
    Protocol: 'grpc',
    ProtocolVersion: 6,
    Pid: process.pid,
    Test: true,
    Addr: { Network: 'tcp', String: `127.0.0.1:${port}` },
  };
  return {
    env: { TF_REATTACH_PROVIDERS: JSON.stringify({ 'registry.terraform.io/hashicorp/aws': reattach }) },
    stop: () => server.close(),
  };
}
