import { expect, test } from 'vitest';
import { decodeNodeId, nodeId } from '../../src/graphql/node-id.js';

const uuid = '018f3c1e-7b1a-7c3e-9d5a-0123456789ab';

test('an id leads back to what it names', () => {
  expect(decodeNodeId(nodeId('Variant', uuid, 'blue.v-2'))).toEqual({ kind: 'Variant', parts: [uuid, 'blue.v-2'] });
  expect(decodeNodeId(nodeId('Evaluation', uuid, 12))).toEqual({ kind: 'Evaluation', parts: [uuid, '12'] });
});

test('ids differ over types and over what they name', () => {
  const ids = [nodeId('Variant', uuid, 'a'), nodeId('Metric', uuid, 'a'), nodeId('Variant', uuid, 'b'), nodeId('Experiment', uuid)];
  expect(new Set(ids).size).toBe(4);
});

test.each(['', 'x', uuid, '!!', Buffer.from('z:1').toString('base64url'), Buffer.from('v').toString('base64url'), 'eA'.repeat(400)])(
  'knows %j for no id of its own',
  (id) => {
    expect(decodeNodeId(id)).toBeNull();
  },
);

test('gives one thing one id: other spellings of it are none', () => {
  const id = nodeId('Experiment', uuid);
  expect(decodeNodeId(`${id}=`)).toBeNull();
  expect(decodeNodeId(`${id}\n`)).toBeNull();
});
