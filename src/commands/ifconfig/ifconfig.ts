import { exitCode, type ExitCode, ExplainedError } from '../../errors.ts';
import type { Interfaces, NetworkInterface } from '../../inspection/network-interface.ts';
import { prepareExec } from '../../kube/api/exec.ts';
import { getPod, podsOfWorkload } from '../../kube/api/find-pods.ts';
import type { Session } from '../../kube/api/session.ts';
import { document } from '../../output/document.ts';
import { ifconfig as ifconfigText, unshownAddresses } from './interface-blocks.ts';
import { interfaceList } from '../../output/interface-list.ts';
import { text } from '../../output/safe-text.ts';
import { containerToLookInto, notRunningReason } from '../../model/containers.ts';
import { isLive } from '../../model/liveness.ts';
import type { Pod } from '../../model/pod.ts';
import type { PodReference } from '../../model/pod-reference.ts';
import { firstProcess, sandboxProcess } from '../../verdict/pod-parts.ts';
import type { CommandContext, ConnectionOptions } from '../shared/context.ts';
import type { IfconfigFormat } from '../shared/formats.ts';
import { inspectContainer } from '../shared/inspect-container.ts';
import { type ProbeOptions, Probes } from '../../probe/probes.ts';
import { withSession } from '../shared/session.ts';
import { WindowsNodes } from '../shared/windows-nodes.ts';

export interface IfconfigOptions {
  readonly connection: ConnectionOptions;
  /** For a workload, its first Pod is used, as by kubectl exec. */
  readonly pod: PodReference;
  /** One interface, or null for all. */
  readonly name: string | null;
  /** Null for the default container of the Pod. */
  readonly container: string | null;
  /** Includes interfaces that are down. */
  readonly all: boolean;
  /** Uses a probe Pod on the node in place of an exec into the container. Null without --probe. */
  readonly probe: Omit<ProbeOptions, 'timeout'> | null;
  /** Milliseconds. */
  readonly timeout: number;
  readonly output: IfconfigFormat;
}

/** Runs `kubectl hostns ifconfig`: prints the interfaces of a container in the format of busybox's ifconfig. */
export async function ifconfig(options: IfconfigOptions, context: CommandContext): Promise<ExitCode> {
  return withSession(options.connection, context, async (session, steadfast) => {
    const windows = new WindowsNodes(session);
    const found = findPod(options.pod, session);
    windows.prefetch();
    if (options.probe === null) prepareExec();
    const pod = await found;
    await windows.meet([pod]);
    if (windows.runs(pod)) {
      throw new ExplainedError(`The Pod ${pod.name} runs on Windows, whose interfaces this cannot show.`);
    }
    const container = containerToLookInto(pod, options.container);
    const reason = isLive(pod) ? notRunningReason(pod, container) : pod.status.phase;
    if (reason !== null) {
      throw new ExplainedError(
        `The container ${container} of the Pod ${pod.name} is not running (${reason}).`,
      );
    }
    const interfaces =
      options.probe === null
        ? await fromInside(pod, container, options, session, context)
        : await byProbe(
            pod,
            container,
            new Probes({ ...options.probe, timeout: options.timeout }, session, steadfast(), context),
            context,
          );
    print(interfaces, pod, container, options, context);
    return exitCode.ok;
  });
}

async function fromInside(
  pod: Pod,
  container: string,
  { timeout }: IfconfigOptions,
  session: Session,
  context: CommandContext,
): Promise<Interfaces> {
  const inspection = { parts: ['interfaces'], timeout, pending: Promise.resolve() } as const;
  const seen = await inspectContainer(pod, container, inspection, session);
  if (seen.kind === 'unseen') {
    throw (
      seen.error ??
      new ExplainedError(`Cannot look into the container ${container} of the Pod ${pod.name}: ${seen.why}.`)
    );
  }
  const { interfaces, garbled, isComplete } = seen.what;
  if (!isComplete)
    context.stderr.write(text`Note: the report of the container was cut off; what had come is shown.\n`);
  for (const what of garbled)
    context.stderr.write(text`Note: the container reports what no kernel prints: ${what}.\n`);
  if (interfaces !== null) return interfaces;
  throw new ExplainedError(`The container ${container} of the Pod ${pod.name} does not show its interfaces.`);
}

/** Reads the interfaces with the probe Pod: the container cannot influence the result, and its image does not matter. */
async function byProbe(
  pod: Pod,
  container: string,
  probes: Probes,
  { stderr }: CommandContext,
): Promise<Interfaces> {
  const of = `the container ${container} of the Pod ${pod.name}`;
  let interfaces: Interfaces;
  try {
    interfaces = await probes.use(pod.spec.nodeName, async (probe) => {
      const view = await probe.look(true);
      if (!view.isComplete)
        stderr.write(text`Note: the report of the probe Pod was cut off; what had come is shown.\n`);
      const [net] = firstProcess(pod, view, container)?.namespaces.net ?? [];
      const seen = net === undefined ? null : view.interfacesOf(net);
      if (net === undefined || seen === null) {
        throw new ExplainedError(`No process of ${of} can be seen on the node ${pod.spec.nodeName}.`);
      }
      if (seen.interfaces.some(({ mtu }) => mtu !== null)) return seen;
      // The /sys of the sandbox: the container could mount anything over its own.
      const sandbox = sandboxProcess(pod, view, net);
      if (sandbox === null) return seen;
      return view.interfacesOf(net, await probe.devicesOf(sandbox)) ?? seen;
    });
  } catch (error) {
    // The first error, or Ctrl-C, is reported last, and sets the exit code.
    for (const message of await probes.close()) stderr.write(text`error: ${message}\n`);
    throw error;
  }
  // A probe Pod that was not removed sets the exit code, whatever it reported.
  const [left] = await probes.close();
  if (left !== undefined) throw new ExplainedError(left);
  return interfaces;
}

async function findPod(reference: PodReference, session: Session): Promise<Pod> {
  const { namespace } = session.connection;
  if (reference.kind === 'pod') return getPod(reference.name, namespace, session);
  const [first] = await podsOfWorkload(reference.workload, reference.name, namespace, {
    ...session,
    onProgress: () => undefined,
  });
  return first;
}

function print(
  { interfaces, unattributed, warnings }: Interfaces,
  pod: Pod,
  container: string,
  { name, all, output }: IfconfigOptions,
  { stdout, stderr }: CommandContext,
): void {
  const isNamed = (device: NetworkInterface): boolean =>
    device.name === name || device.addresses.some(({ label }) => label === name);
  const wanted = name === null ? interfaces : interfaces.filter(isNamed);
  if (wanted.length === 0 && name !== null) {
    throw new ExplainedError(
      `The container ${container} of the Pod ${pod.name} has no interface "${name}"; it has ${interfaces.map((device) => device.name).join(', ')}.`,
    );
  }
  for (const warning of warnings) stderr.write(text`Note: ${warning}\n`);
  if (output === 'text') {
    stdout.write(ifconfigText(wanted, { all, name }));
    const more = wanted.flatMap((device) =>
      unshownAddresses(device).map(
        ({ address, prefixLength }) => `${device.name} ${address}/${String(prefixLength)}`,
      ),
    );
    if (more.length > 0) {
      stderr.write(
        text`Note: ifconfig shows one address of each interface; there are more: ${more.join(', ')}\n`,
      );
    }
    if (unattributed.length > 0) {
      stderr.write(text`Note: the interface of these addresses is unknown: ${unattributed.join(' ')}\n`);
    }
    return;
  }
  const of = { namespace: pod.namespace, pod: pod.name, container, node: pod.spec.nodeName };
  stdout.write(document(interfaceList(of, { interfaces: wanted, unattributed }), output));
}
