import { type PodJson, recordedNodes, recordedPods } from '../api-server/recorded.ts';

/** What the list must say, computed from the recorded JSON alone, by other means than the program's. */

export const WINDOWS_NODE = recordedNodes.find(
  ({ metadata }) => metadata.labels?.['kubernetes.io/os'] === 'windows',
)?.metadata.name;

export function shares({ spec, metadata }: PodJson): readonly string[] {
  const isHostProcess = metadata.name === 'windows-agent';
  const ownsItsNetwork = spec.nodeName === WINDOWS_NODE && !isHostProcess;
  return [
    ...(spec.hostNetwork === true && !ownsItsNetwork ? ['network'] : []),
    ...(spec.hostPID === true ? ['pid'] : []),
    ...(spec.hostIPC === true ? ['ipc'] : []),
  ];
}

export function isLive({ status }: PodJson): boolean {
  return !['Succeeded', 'Failed'].includes(status.phase);
}

/** NAMESPACE/NAME of the live recorded Pods that share something and for which `also` holds. */
export function sharingPods(also: (pod: PodJson) => boolean = () => true): readonly string[] {
  return recordedPods
    .map(({ json }) => json)
    .filter((pod) => shares(pod).length > 0 && isLive(pod) && also(pod))
    .map(pathOf);
}

export function pathOf({ metadata }: PodJson): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** The cells of each line of a table. */
export function cellsOf(table: string): readonly (readonly string[])[] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {3,}/));
}

/** NAMESPACE/NAME of each row of a table of all namespaces with its titles. */
export function podsOf(table: string): readonly string[] {
  return cellsOf(table)
    .slice(1)
    .map(([namespace = '', name = '']) => `${namespace}/${name}`);
}
