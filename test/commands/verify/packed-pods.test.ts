import { expect, test } from '@jest/globals';
import { packPods } from '../../../src/commands/verify/packed-pods.ts';
import { pod } from '../../support/pods.ts';

test.each([1, 499, 500, 2000])('%d packed Pods come out as they were, each time', async (count) => {
  const pods = Array.from({ length: count }, (_, index) => ({
    ...pod({ name: `web-${String(index)}-ü`, spec: { nodeName: `node-${String(index % 7)}` } }),
    labels: new Map([['app', `web-${String(index)}`]]),
  }));
  const packed = await packPods(pods);
  expect([...packed]).toEqual(pods);
  expect([...packed]).toEqual(pods);
});
