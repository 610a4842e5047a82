import { expect, test } from 'vitest';
import { readConfiguration } from './terraform/configuration.js';
import { hasTerraform, openTerraform } from './terraform/terraform.js';

/** ops/terraform/bootstrap: the bucket of the state, and the role that pipelines take. */

const folder = 'ops/terraform/bootstrap';

interface Condition {
  readonly test: string;
  readonly variable: string;
  readonly values: readonly string[];
}

test('jobs of one environment of one repository may take the role, and no others', async () => {
  const { data } = await readConfiguration(folder);
  const [{ statement }] = data.aws_iam_policy_document.assumed_by_jobs;
  const [{ actions, condition }, ...others] = statement;
  expect([actions, others]).toEqual([['sts:AssumeRoleWithWebIdentity'], []]);
  const issuer = 'token.actions.githubusercontent.com';
  // Compared whole: a pattern would let in what begins or ends so.
  expect((condition as Condition[]).map(({ test, variable, values }) => [test, variable, values])).toEqual([
    ['StringEquals', `${issuer}:aud`, ['sts.amazonaws.com']],
    ['StringEquals', `${issuer}:sub`, [`repo:\${var.repository}:environment:\${var.environment}`]],
  ]);
});

test('the role hands on one role alone, and to tasks alone', async () => {
  const { data } = await readConfiguration(folder);
  const [{ statement }] = data.aws_iam_policy_document.deploy;
  for (const { resources } of statement) expect(resources).toEqual([expect.stringMatching(/role\/\$\{local\.name\}-execution$/)]);
  const passing = statement.find(({ actions }: { actions: string[] }) => actions.includes('iam:PassRole'));
  expect(passing.condition[0].values).toEqual(['ecs-tasks.amazonaws.com']);
});

if (hasTerraform) {
  test('Terraform plans a bucket that keeps versions, encrypted and closed to the public', async () => {
    const bootstrap = await openTerraform(folder);
    try {
      await bootstrap.validate();
      const { resources } = await bootstrap.plan({ region: 'eu-central-1', environment: 'production', repository: 'acme/bellwether' });
      const valuesOf = (type: string) => resources.find((resource) => resource.type === type)?.values;
      expect(valuesOf('aws_s3_bucket').bucket).toBe('bellwether-production-state-123456789012');
      expect(valuesOf('aws_s3_bucket_versioning').versioning_configuration).toMatchObject([{ status: 'Enabled' }]);
      const encryption = [{ apply_server_side_encryption_by_default: [{ sse_algorithm: 'aws:kms' }] }];
      expect(valuesOf('aws_s3_bucket_server_side_encryption_configuration').rule).toMatchObject(encryption);
      const closed = { block_public_acls: true, block_public_policy: true, ignore_public_acls: true, restrict_public_buckets: true };
      expect(valuesOf('aws_s3_bucket_public_access_block')).toMatchObject(closed);
    } finally {
      bootstrap.close();
    }
  });
}
