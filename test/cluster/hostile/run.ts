import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminKubeconfig, apply, ask, eventually, kubectl, PROBE, startHostns } from '../cluster.ts';
import { itemsOf, type Parts, Tally } from './outcomes.ts';
import type { HostilePod } from './pods.ts';
import { containerGroups, type RunningPod, Sightings } from './sightings.ts';

export const NODES = ['kube-node-1', 'kube-node-2'] as const;

/** How often the kernel is asked. */
const SAMPLE_MILLISECONDS = 300;

/** Beside hundreds of processes, a probe Pod starts slowly. */
export const TIMEOUT = ['--timeout', '2m'] as const;

interface Status {
  readonly name: string;
  readonly containerID?: string;
  readonly state?: { readonly running?: object };
}

interface PodJson {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly Status[];
    readonly initContainerStatuses?: readonly Status[];
    readonly ephemeralContainerStatuses?: readonly Status[];
  };
}

/** The seed of a run: HOSTNS_SEED repeats one. */
export function runSeed(): number {
  const given = process.env['HOSTNS_SEED'] ?? '';
  return given === '' ? randomInt(2 ** 31) : Number(given);
}

function isReady({ status }: PodJson): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
}

/** The hostile Pods of one namespace, what was seen of them and what `verify` says. */
export class HostileRun {
  readonly tally = new Tally();
  readonly #namespace: string;
  readonly #pods: HostilePod[] = [];
  readonly #sightings = new Sightings();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  get pods(): readonly HostilePod[] {
    return this.#pods;
  }

  /** Creates Pods, and waits until all of their containers run and the kubelets have measured them. */
  async start(pods: readonly HostilePod[]): Promise<void> {
    apply(...pods.map(({ manifest }) => manifest));
    this.#pods.push(...pods);
    // Not `kubectl wait`, which asks for one Pod after the other.
    await eventually('every Pod is Ready', () => this.#listed().every(isReady));
    for (const { name, ephemeral } of pods) if (ephemeral !== null) this.addEphemeral(name, ephemeral);
    const ofEphemeral = pods.filter(({ ephemeral }) => ephemeral !== null).map(({ name }) => name);
    await eventually('every ephemeral container runs', () =>
      this.#listed()
        .filter(({ metadata }) => ofEphemeral.includes(metadata.name))
        .every(({ status }) =>
          (status.ephemeralContainerStatuses ?? [{ name: '' }]).every(
            ({ state }) => state?.running !== undefined,
          ),
        ),
    );
    await this.#untilMeasured();
  }

  /** The cgroups of the containers of some Pods. */
  groupsOf(pods: readonly HostilePod[]): readonly string[] {
    const uids = new Set(
      this.#listed()
        .filter(({ metadata }) => pods.some(({ name }) => name === metadata.name))
        .map(({ metadata }) => metadata.uid),
    );
    return this.#running()
      .filter(({ uid }) => uids.has(uid))
      .flatMap(containerGroups);
  }

  addEphemeral(name: string, container: object): void {
    const pod = JSON.parse(ask('get', 'pod', name, '-n', this.#namespace, '-o', 'json')) as {
      readonly spec: object;
    };
    const path = `/api/v1/namespaces/${this.#namespace}/pods/${name}/ephemeralcontainers`;
    const changed = { ...pod, spec: { ...pod.spec, ephemeralContainers: [container] } };
    const { code, stderr } = kubectl(
      ['replace', '--raw', path, '-f', '-'],
      adminKubeconfig,
      JSON.stringify(changed),
    );
    if (code !== 0) throw new Error(`kubectl replace --raw ${path}: ${stderr}`);
  }

  /** Runs `verify` with these flags on all of the Pods, samples the kernel meanwhile, and tallies the verdicts. */
  async verify(...flags: readonly string[]): Promise<void> {
    const names = flags.includes('--all') ? [] : this.#pods.map(({ name }) => name);
    const running = this.#running();
    const words = [...flags, ...TIMEOUT, ...(flags.includes('--probe') ? PROBE.slice(1) : [])];
    const command = startHostns('verify', ...names, '-n', this.#namespace, '-o', 'json', ...words);
    const items = itemsOf(await this.#sampleUntil(command.ended, running));
    const uids = new Map(this.#listed().map(({ metadata }) => [metadata.name, metadata.uid]));
    const partsOf = ({ name }: HostilePod): Parts => this.#sightings.partsOf(uids.get(name) ?? '');
    this.tally.add(`verify ${flags.join(' ')}`, this.#pods, items, partsOf);
  }

  async #sampleUntil<T>(ended: Promise<T>, running: readonly RunningPod[]): Promise<T> {
    for (;;) {
      this.#sightings.sample(running);
      const done = await Promise.race([ended.then((value) => ({ value })), sleep(SAMPLE_MILLISECONDS, null)]);
      if (done !== null) return done.value;
    }
  }

  #running(): readonly RunningPod[] {
    return this.#listed().map(({ metadata, spec, status }) => ({
      uid: metadata.uid,
      node: spec.nodeName,
      containers: new Map(
        [
          ...(status.containerStatuses ?? []),
          ...(status.initContainerStatuses ?? []),
          ...(status.ephemeralContainerStatuses ?? []),
        ].map(({ name, containerID = '' }) => [containerID.replace(/^.*:\/\//, ''), name]),
      ),
    }));
  }

  #listed(): readonly PodJson[] {
    const text = ask('get', 'pods', '-n', this.#namespace, '-o', 'json');
    return (JSON.parse(text) as { readonly items: readonly PodJson[] }).items;
  }

  async #untilMeasured(): Promise<void> {
    await eventually(
      'the kubelets have measured every Pod',
      () => {
        const measured = NODES.flatMap((node) => {
          const { pods } = JSON.parse(ask('get', '--raw', `/api/v1/nodes/${node}/proxy/stats/summary`)) as {
            readonly pods: readonly {
              readonly podRef: { readonly uid: string };
              readonly network?: object;
            }[];
          };
          return pods.filter(({ network }) => network !== undefined).map(({ podRef }) => podRef.uid);
        });
        return this.#listed().every(({ metadata }) => measured.includes(metadata.uid));
      },
      60,
    );
  }
}
