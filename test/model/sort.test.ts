import { describe, expect, test } from '@jest/globals';
import { podOrder } from '../../src/model/sort.ts';
import { containerStatus, pod } from '../support/pods.ts';

const names = (path: string, ...pods: readonly ReturnType<typeof pod>[]): readonly string[] | undefined => {
  const order = podOrder(path);
  return order === null ? undefined : [...pods].sort(order).map(({ name }) => name);
};

describe('--sort-by', () => {
  const old = pod({ name: 'b', creationTimestamp: 1, labels: new Map([['app.kubernetes.io/name', 'x']]) });
  const young = pod({ name: 'a', creationTimestamp: 2, labels: new Map([['app.kubernetes.io/name', 'w']]) });
  const unscheduled = pod({ name: 'c', spec: { nodeName: '' } });

  test.each(['.metadata.name', 'metadata.name', '{.metadata.name}', '{metadata.name}'])(
    'takes %s',
    (path) => {
      expect(names(path, old, young)).toEqual(['a', 'b']);
    },
  );

  test('sorts times as times', () => {
    expect(names('.metadata.creationTimestamp', young, old)).toEqual(['b', 'a']);
  });

  test('takes the restarts of a container by its position', () => {
    const restarted = pod({
      name: 'r',
      status: { containerStatuses: [containerStatus('c', {}, { restartCount: 7 })] },
    });
    const steady = pod({ name: 's', status: { containerStatuses: [containerStatus('c', {})] } });
    const path = '.status.containerStatuses[0].restartCount';
    const waiting = pod({ name: 'w', status: { containerStatuses: [] } });
    expect(names(path, restarted, steady, waiting)).toEqual(['w', 's', 'r']);
    expect(names(`{${path.replace('[0]', '[1]')}}`, restarted, steady)).toEqual(['r', 's']);
  });

  test('puts what has no value first', () => {
    expect(names('.spec.nodeName', old, unscheduled)).toEqual(['c', 'b']);
  });

  test('keeps the order of what is equal', () => {
    expect(names('.status.phase', old, young, unscheduled)).toEqual(['b', 'a', 'c']);
  });

  test.each([
    String.raw`.metadata.labels.app\.kubernetes\.io/name`,
    `.metadata.labels['app.kubernetes.io/name']`,
    `{.metadata.labels["app.kubernetes.io/name"]}`,
  ])('takes the label %s', (path) => {
    expect(names(path, old, young, unscheduled)).toEqual(['c', 'a', 'b']);
  });

  test.each(['.spec.containers', '.metadata.labels', 'AGE', '', '.constructor'])(
    'does not know %p',
    (path) => {
      expect(podOrder(path)).toBeNull();
    },
  );
});
