import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../src/config.js';
import { readConfiguration } from './terraform/configuration.js';
import { awsSchema } from './terraform/schema.js';
import { hasTerraform, openTerraform, type Planned, type PlannedResource, type Terraform } from './terraform/terraform.js';

/** What Terraform itself makes of ops/terraform, with the schema of the AWS provider: where there is a Terraform, as in pipelines. */

const installation = {
  region: 'eu-central-1',
  environment: 'production',
  certificate_arn: 'arn:aws:acm:eu-central-1:123456789012:certificate/abc',
  image: 'ghcr.io/acme/bellwether:1.2.3',
  migrate_image: 'ghcr.io/acme/bellwether:1.2.4',
  origins: '["https://shop.example"]',
};
const sizes = ['small.tfvars', 'large.tfvars'];
const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }).services;

let terraform: Terraform;
const plans = new Map<string, Planned>();

beforeAll(async () => {
  if (!hasTerraform) return;
  terraform = await openTerraform('ops/terraform');
  await terraform.validate();
  for (const size of sizes) plans.set(size, await terraform.plan(installation, size));
});
afterAll(() => terraform?.close());

function all(size: string, type: string, name?: string): readonly PlannedResource[] {
  const resources = plans.get(size)?.resources ?? [];
  return resources.filter((resource) => resource.type === type && (name === undefined || resource.name === name));
}

function only(size: string, type: string, name?: string, index?: string) {
  const [resource, ...others] = all(size, type, name).filter((one) => index === undefined || one.index === index);
  if (resource === undefined || others.length > 0) throw new Error(`${type}.${name}: ${others.length} others`);
  return resource.values;
}

test.each(['ops/terraform', 'ops/terraform/bootstrap'])(
  'what %s is tried with is what the provider that it asks for has',
  async (folder) => {
    const { terraform, resource = {}, data = {}, ephemeral = {} } = await readConfiguration(folder);
    const [, constraint] = /^~> (\d+\.\d+)$/.exec(terraform[0].required_providers[0].aws.version) ?? [];
    expect(awsSchema.provider_version).toMatch(`${constraint}.`);
    expect(Object.keys(awsSchema.resources)).toEqual(expect.arrayContaining(Object.keys(resource)));
    expect(Object.keys(awsSchema.data_sources)).toEqual(expect.arrayContaining(Object.keys(data)));
    expect(Object.keys(awsSchema.ephemeral_resources)).toEqual(expect.arrayContaining(Object.keys(ephemeral)));
  },
);

describe.each(hasTerraform ? sizes : [])('an installation by %s', (size) => {
  test('has three zones, with public and private networks of their own', () => {
    for (const name of ['public', 'private']) {
      const zones = all(size, 'aws_subnet', name).map(({ values }) => values.availability_zone);
      expect(new Set(zones).size).toBe(3);
    }
    const networks = all(size, 'aws_subnet').map(({ values }) => values.cidr_block);
    expect(new Set(networks).size).toBe(6);
    expect(all(size, 'aws_route', 'private_out')).toHaveLength(3);
  });

  test('keeps the record: encrypted, inside, thirty days back, with a read replica and the settings of docker-compose.yml', () => {
    const database = only(size, 'aws_db_instance', 'main');
    expect(database).toMatchObject({
      engine: 'postgres',
      storage_encrypted: true,
      publicly_accessible: false,
      backup_retention_period: 30,
      deletion_protection: true,
      skip_final_snapshot: false,
      password_wo: null,
    });
    expect(Number(database.engine_version)).toBeGreaterThanOrEqual(17);
    const replica = only(size, 'aws_db_instance', 'replica');
    expect(replica).toMatchObject({ replicate_source_db: database.identifier, storage_encrypted: true, publicly_accessible: false });
    const set = new Map(
      only(size, 'aws_db_parameter_group').parameter.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    const locks = compose.postgres.command.find((word: string) => word.startsWith('max_locks_per_transaction='));
    expect(`max_locks_per_transaction=${set.get('max_locks_per_transaction')}`).toBe(locks);
    expect(set.get('rds.force_ssl')).toBe('1');
  });

  test.each(['queue', 'cache'])('has three encrypted nodes for the %s, with the policy of docker-compose.yml', (group) => {
    expect(only(size, 'aws_elasticache_replication_group', 'main', group)).toMatchObject({
      engine: 'valkey',
      num_cache_clusters: 3,
      automatic_failover_enabled: true,
      multi_az_enabled: true,
      at_rest_encryption_enabled: 'true',
      transit_encryption_enabled: true,
      transit_encryption_mode: 'required',
    });
    const [, policy] = / --maxmemory-policy (\S+)/.exec(compose[`redis-${group}`].command.join(' ')) ?? [];
    const { parameter } = only(size, 'aws_elasticache_parameter_group', 'main', group);
    expect(parameter).toEqual([{ name: 'maxmemory-policy', value: policy }]);
  });

  test('takes requests and sockets over TLS, and asks instances whether they are ready', () => {
    expect(only(size, 'aws_lb_listener', 'https')).toMatchObject({
      protocol: 'HTTPS',
      port: 443,
      certificate_arn: installation.certificate_arn,
    });
    expect(only(size, 'aws_lb_listener', 'http').default_action[0].redirect[0]).toMatchObject({
      protocol: 'HTTPS',
      status_code: 'HTTP_301',
    });
    const target = only(size, 'aws_lb_target_group');
    expect(target.health_check[0]).toMatchObject({ path: '/ready', matcher: '200' });
    expect(target.stickiness).toEqual([]);
    // An instance keeps an idle connection longer than the balancer does, and pings sockets more often than it gives up on them.
    const [, keptMs] = /keepAliveTimeout: ([\d_]+)/.exec(readFileSync('src/http/server.ts', 'utf8')) ?? [];
    const [, pingMs] = /pingEveryMs = ([\d_]+)/.exec(readFileSync('src/http/socket-watch.ts', 'utf8')) ?? [];
    const idleMs = only(size, 'aws_lb').idle_timeout * 1_000;
    expect(idleMs).toBeLessThan(Number(keptMs?.replaceAll('_', '')));
    expect(idleMs).toBeGreaterThan(Number(pingMs?.replaceAll('_', '')));
  });

  test.each(['api', 'worker', 'migrate'] as const)('gives a task of %s an environment that the service takes', (role) => {
    const task = only(size, 'aws_ecs_task_definition', 'main', role);
    const [certificates, service] = JSON.parse(task.container_definitions);
    expect(service.command).toEqual([role]);
    expect(service.dependsOn).toEqual([{ containerName: certificates.name, condition: 'SUCCESS' }]);
    expect(service.image).toBe(role === 'migrate' ? installation.migrate_image : installation.image);
    type Pair = { readonly name: string; readonly value: string };
    const environment = Object.fromEntries(service.environment.map(({ name, value }: Pair) => [name, value]));
    const secrets = Object.fromEntries(service.secrets.map(({ name }: Pair) => [name, `secret-of-${name.padEnd(40, '.')}`]));
    const config = readConfig({ HOST: '0.0.0.0', ...environment, ...secrets }, role === 'migrate' ? null : role);
    const password = encodeURIComponent(secrets.DATABASE_PASSWORD as string);
    const address = (name: string) =>
      `postgresql://bellwether:${password}@${name}.rds.example:5432/bellwether?sslmode=verify-full&sslrootcert=/data/rds.pem`;
    expect(config.databaseUrl).toBe(address('bellwether-production'));
    expect(config.replica?.url).toBe(address('bellwether-production-replica'));
    expect(config.redis).toEqual({
      queueUrl: 'rediss://bellwether-production-queue.cache.example:6379',
      cacheUrl: 'rediss://bellwether-production-cache.cache.example:6379',
    });
    expect(config.origins).toEqual(['https://shop.example']);
    expect(Object.values(config.keys)).not.toContain(null);
    expect(service.stopTimeout).toBeGreaterThan(config.drainSeconds + 5);
    // As long as the balancer takes to see that an instance is leaving.
    const [{ interval, unhealthy_threshold: checks }] = only(size, 'aws_lb_target_group').health_check;
    if (role === 'api') expect(config.drainSeconds).toBeGreaterThan(interval * checks);
    for (const container of [certificates, service]) {
      expect(container).toMatchObject({ readonlyRootFilesystem: true, linuxParameters: { capabilities: { drop: ['ALL'] } } });
    }
    expect(certificates.environment).toContainEqual({ name: 'CERTIFICATES_FILE', value: '/data/rds.pem' });
  });

  test('rolls a release back that does not get ready, and scales', () => {
    for (const role of ['api', 'worker']) {
      const service = only(size, 'aws_ecs_service', 'main', role);
      expect(service).toMatchObject({ deployment_minimum_healthy_percent: 100, launch_type: 'FARGATE' });
      expect(service.deployment_circuit_breaker).toEqual([{ enable: true, rollback: true }]);
      expect(service.load_balancer).toHaveLength(role === 'api' ? 1 : 0);
      const { min_capacity, max_capacity } = only(size, 'aws_appautoscaling_target', 'main', role);
      expect(max_capacity).toBeGreaterThan(min_capacity);
      expect(service.desired_count).toBe(min_capacity);
    }
  });

  test('lets the world reach the balancer alone', () => {
    const open = all(size, 'aws_vpc_security_group_ingress_rule').filter(
      ({ values }) => values.cidr_ipv4 !== undefined && values.cidr_ipv4 !== null,
    );
    expect(open.map(({ name, values }) => [name, values.from_port])).toEqual([
      ['balancer', 443],
      ['balancer', 80],
    ]);
    for (const { values } of all(size, 'aws_ecs_service')) expect(values.network_configuration[0].assign_public_ip).toBe(false);
  });

  test('leads from each alarm to a part of the runbook', () => {
    const headings = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    const alarms = all(size, 'aws_cloudwatch_metric_alarm');
    expect(alarms.length).toBeGreaterThan(15);
    for (const { values } of alarms) {
      const [, heading] = /^docs\/runbook\.md: (.+)$/.exec(values.alarm_description) ?? [];
      expect(headings).toContain(heading);
      // One that tells nobody is none.
      expect(Number.isFinite(values.threshold)).toBe(true);
    }
    const metrics = alarms.filter(({ values }) => values.namespace === 'Bellwether/production').map(({ values }) => values.metric_name);
    const counted = all(size, 'aws_cloudwatch_log_metric_filter').map(({ values }) => values.metric_transformation[0].name);
    expect(metrics.sort()).toEqual(counted.sort());
  });

  test('has no secret in its plan', () => {
    // What the provider draws for each password and key.
    expect(plans.get(size)?.text).not.toContain('d'.repeat(48));
    expect(all(size, 'aws_secretsmanager_secret')).toHaveLength(5);
  });
});

if (hasTerraform) {
  describe('Terraform', () => {
    test('would lay out the files as they are', async () => {
      await expect(terraform.checkFormat()).resolves.toBe('');
    });

    test.each([
      ['environment', 'Production', /small letters/],
      ['vpc_cidr', '10.0.0.0/24', /between \/16 and \/20/],
      ['postgres_version', '16', /from 17 on/],
      ['retention_days', '0', /1 to 3650/],
    ])('refuses %s = %s', async (name, value, message) => {
      await expect(terraform.plan({ ...installation, [name]: value }, 'small.tfvars')).rejects.toThrow(message);
    });

    test('does without a replica', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'bellwether-sizes-'));
      const file = join(folder, 'alone.tfvars');
      writeFileSync(file, readFileSync('ops/terraform/small.tfvars', 'utf8').replace(/^(postgres_replica_class *= ).*$/m, '$1null'));
      try {
        const { resources } = await terraform.plan(installation, file);
        expect(resources.filter(({ type }) => type === 'aws_db_instance')).toHaveLength(1);
        const task = resources.find(({ address }) => address === 'aws_ecs_task_definition.main["api"]');
        expect(task?.values.container_definitions).not.toContain('DATABASE_REPLICA_URL');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test('refuses what the provider does not know', async () => {
      const other = await openTerraform('test/ops/terraform/faulty');
      try {
        await expect(other.validate()).rejects.toThrow(/argument named "cidr_blok" is not expected(?:.|\n)*"ip_protocol" is required/);
      } finally {
        other.close();
      }
    });
  });
}
