import type { ByteCounters, NetworkSample, NodeSummary } from '../model/node-summary.ts';
import type { Node } from '../model/node.ts';
import { isObject, type JsonObject, numberOf, objectOf, objectsOf, textOf } from './json-value.ts';

/** Decodes a Node from JSON. Values of a wrong type count as absent. */
export function decodeNodeJson(node: JsonObject): Node {
  const info = objectOf(objectOf(node, 'status'), 'nodeInfo');
  return {
    name: textOf(objectOf(node, 'metadata'), 'name'),
    providerID: textOf(objectOf(node, 'spec'), 'providerID'),
    bootID: textOf(info, 'bootID'),
    containerRuntimeVersion: textOf(info, 'containerRuntimeVersion'),
    operatingSystem: textOf(info, 'operatingSystem'),
    notReady: whyNotReady(objectsOf(objectOf(node, 'status'), 'conditions')),
  };
}

function whyNotReady(conditions: readonly JsonObject[]): string | null {
  const ready = conditions.find((condition) => textOf(condition, 'type') === 'Ready');
  if (ready === undefined || textOf(ready, 'status') === 'True') return null;
  return textOf(ready, 'message') || textOf(ready, 'reason') || 'NotReady';
}

/** Decodes the networks of a stats/summary (k8s.io/kubelet/pkg/apis/stats/v1alpha1, Summary). */
export function decodeSummaryJson(summary: JsonObject): NodeSummary {
  const pods = new Map<string, NetworkSample>();
  for (const pod of objectsOf(summary, 'pods')) {
    const network = decodeNetwork(pod);
    if (network !== null) pods.set(textOf(objectOf(pod, 'podRef'), 'uid'), network);
  }
  return { node: decodeNetwork(objectOf(summary, 'node')), pods };
}

/**
 * Decodes NetworkStats. Returns null if it is absent, has no time, or has no interface.
 *
 * cAdvisor reports no interfaces of a network if one of them has a character in its name that cAdvisor takes for a space, and also if
 * there is only lo. These cases cannot be distinguished.
 */
function decodeNetwork(parent: JsonObject): NetworkSample | null {
  const network = parent['network'];
  if (!isObject(network)) return null;
  const time = Date.parse(textOf(network, 'time'));
  if (Number.isNaN(time)) return null;
  const interfaces = objectsOf(network, 'interfaces').map((device): readonly [string, ByteCounters] => [
    textOf(device, 'name'),
    { rxBytes: numberOf(device, 'rxBytes'), txBytes: numberOf(device, 'txBytes') },
  ]);
  return interfaces.length === 0 ? null : { time, interfaces: new Map(interfaces) };
}
