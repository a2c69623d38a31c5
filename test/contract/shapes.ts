import type { Pod } from '../../src/model/pod.ts';
import {
  isObject,
  type JsonObject,
  objectOf,
  objectsOf,
  arrayOf,
  textOf,
} from '../../src/wire/json-value.ts';
import { decodeNodeJson } from '../../src/wire/node-json.ts';
import { decodePodJson } from '../../src/wire/pod-json.ts';
import { pruned } from './placeholders.ts';

/** The nodes that both sides have; the stand-in has more. */
const NODES = ['kube-node-1', 'kube-node-2'];

/** How much of a Pod is compared: all that the program reads, or what tells it apart. */
export type Detail = 'whole' | 'brief';

/** Of a Pod all that the program reads, but for when and at which version it was. */
export function podShape(pod: Pod, detail: Detail): unknown {
  const { name, namespace, uid, status } = pod;
  const labels = Object.fromEntries(pod.labels);
  const isDeleted = pod.deletionTimestamp !== null;
  if (detail === 'brief') {
    const own = Object.fromEntries(Object.entries(labels).filter(([key]) => key !== 'contract'));
    const { phase, reason } = status;
    return pruned({ name, uid, labels: own, phase, reason, isDeleted });
  }
  const { creationTimestamp, resourceVersion, ...rest } = pod;
  return pruned({
    ...rest,
    namespace,
    labels,
    deletionTimestamp: isDeleted,
    hasCreationTimestamp: creationTimestamp !== null,
    hasResourceVersion: resourceVersion !== '',
    status: { ...status, startTime: status.startTime === null ? null : 'TIME' },
  });
}

/** What of a document somebody reads, but for Pods' lists. */
export function documentShape(document: JsonObject, detail: Detail, names: readonly string[]): unknown {
  const kind = textOf(document, 'kind');
  const metadata = objectOf(document, 'metadata');
  const name = textOf(metadata, 'name');
  const namesAmong = (items: readonly JsonObject[]): readonly string[] =>
    items.map((item) => textOf(objectOf(item, 'metadata'), 'name')).filter((one) => names.includes(one));
  switch (kind) {
    case 'Pod':
      return { kind, pod: podShape(decodePodJson(document), detail) };
    case 'PartialObjectMetadata': {
      const { namespace, uid } = metadata;
      // Nothing but the metadata is what is asked for.
      return { kind, name, namespace, uid, others: others(document) };
    }
    case 'PartialObjectMetadataList':
      return { kind, continue: metadata['continue'], names: namesAmong(objectsOf(document, 'items')) };
    case 'Table':
      return tableShape(document, names);
    case 'Node':
      return { kind, node: nodeShape(document) };
    case 'NodeList':
      return {
        kind,
        continue: metadata['continue'],
        nodes: objectsOf(document, 'items')
          .filter((node) => NODES.includes(textOf(objectOf(node, 'metadata'), 'name')))
          .map(nodeShape),
      };
    case 'Namespace':
      return { kind, name, phase: textOf(objectOf(document, 'status'), 'phase') };
    case 'SelfSubjectAccessReview':
      return { kind, allowed: objectOf(document, 'status')['allowed'] };
    case 'Deployment': {
      const spec = objectOf(document, 'spec');
      const template = decodePodJson(objectOf(spec, 'template'));
      const { containers, hostNetwork, hostPID, hostIPC } = template.spec;
      return {
        kind,
        name,
        selector: spec['selector'],
        template: pruned({
          labels: Object.fromEntries(template.labels),
          containers,
          hostNetwork,
          hostPID,
          hostIPC,
        }),
      };
    }
    default:
      return versionShape(document) ?? { kind, keys: Object.keys(document) };
  }
}

function others(document: JsonObject): readonly string[] {
  return Object.keys(document).filter((key) => !['kind', 'apiVersion', 'metadata'].includes(key));
}

function tableShape(table: JsonObject, names: readonly string[]): unknown {
  const at = objectsOf(table, 'columnDefinitions').findIndex((column) => textOf(column, 'format') === 'name');
  const rows = objectsOf(table, 'rows').filter((row) => names.includes(String(arrayOf(row, 'cells')[at])));
  return {
    kind: 'Table',
    names: rows.map((row) => arrayOf(row, 'cells')[at]),
    objects: rows.filter((row) => isObject(row['object'])).length,
  };
}

function nodeShape(node: JsonObject): unknown {
  const { containerRuntimeVersion, bootID, ...rest } = decodeNodeJson(node);
  return pruned({
    ...rest,
    containerRuntimeVersion: containerRuntimeVersion.replace(/\d+\.\d+\.\d+.*/, 'VERSION'),
    hasBootID: bootID !== '',
  });
}

function versionShape(document: JsonObject): unknown {
  const { gitVersion, platform } = document;
  if (typeof gitVersion !== 'string' || typeof platform !== 'string') return null;
  return {
    gitVersion: gitVersion.replaceAll(/\d+/g, 'N'),
    platform: platform.replace(/\/\w+$/, '/ARCHITECTURE'),
  };
}

/** The networks of a stats/summary, as far as they are the same on every machine: their devices. */
export function summaryShape(summary: JsonObject, podNames: readonly string[]): unknown {
  const node = objectOf(summary, 'node');
  const pods = objectsOf(summary, 'pods').filter((pod) =>
    podNames.includes(textOf(objectOf(pod, 'podRef'), 'name')),
  );
  return {
    nodeName: node['nodeName'],
    node: networkShape(node),
    pods: pods
      .map((pod) => ({
        podRef: Object.keys(objectOf(pod, 'podRef')).sort(),
        name: textOf(objectOf(pod, 'podRef'), 'name'),
        ...networkShape(pod),
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

function networkShape(parent: JsonObject): object {
  const network = parent['network'];
  if (!isObject(network)) return { network: null };
  return {
    time: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(textOf(network, 'time')) ? 'TIME' : network['time'],
    interfaces: objectsOf(network, 'interfaces')
      .map(({ name, rxBytes, txBytes }) => [name, typeof rxBytes, typeof txBytes].join(' '))
      .sort(),
  };
}
