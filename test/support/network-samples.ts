import type { NetworkSample } from '../../src/model/node-summary.ts';

/** `at(10, { eth0: [rx, tx] })`: what the kubelet read ten seconds into the test. */
export function at(
  seconds: number,
  interfaces: Readonly<Record<string, readonly [rx: number, tx: number]>>,
): NetworkSample {
  return {
    time: seconds * 1000,
    interfaces: new Map(
      Object.entries(interfaces).map(([name, [rxBytes, txBytes]]) => [name, { rxBytes, txBytes }]),
    ),
  };
}
