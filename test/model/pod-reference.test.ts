import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../src/errors.ts';
import { parsePodReferences } from '../../src/model/pod-reference.ts';

/** `pod/web`, `deployments/web`. */
function shown(...words: readonly string[]): readonly string[] {
  return parsePodReferences(words).map((reference) =>
    reference.kind === 'pod' ? `pod/${reference.name}` : `${reference.workload.resource}/${reference.name}`,
  );
}

describe('Pods on a command line', () => {
  test.each([
    [
      ['web', 'deploy/api'],
      ['pod/web', 'deployments/api'],
    ],
    [['pod', 'web'], ['pod/web']],
    [
      ['pods', 'web', 'api'],
      ['pod/web', 'pod/api'],
    ],
    [['deployment', 'web'], ['deployments/web']],
    [['ds.apps', 'proxy'], ['daemonsets/proxy']],
    // A lone word that is also the name of a workload type can be the name of a Pod.
    [['job'], ['pod/job']],
    [['pods'], ['pod/pods']],
    [['deployments.v1.apps', 'web'], ['deployments/web']],
    [
      ['job.nightly', 'web'],
      ['pod/job.nightly', 'pod/web'],
    ],
    [
      ['web', 'pod'],
      ['pod/web', 'pod/pod'],
    ],
  ])('%j are %j', (words, references) => {
    expect(shown(...words)).toEqual(references);
  });

  test.each([
    [['deployment.extensions/web'], /^The type "deployment.extensions" has no Pods that are known here/],
    [['pod', 'ds/web'], 'Give either TYPE NAME or TYPE/NAME: "pod" stands before "ds/web".'],
    [['pod', ''], '"pod/" names no Pod.'],
    [['service/web'], /^The type "service" has no Pods that are known here/],
  ])('%j is refused', (words, message) => {
    expect(() => shown(...words)).toThrow(UsageError);
    expect(() => shown(...words)).toThrow(message);
  });
});
