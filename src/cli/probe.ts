import type { ProbeOptions } from '../probe/probes.ts';
import { UsageError } from '../errors.ts';
import { PROBE_IMAGE, PROBE_NAMESPACE } from '../probe/probe-pod.ts';
import type { Values } from './command.ts';
import { checkedNamespace } from './connection.ts';

/**
 * Reads --probe, --probe-image and --probe-namespace. Returns null without --probe.
 *
 * @throws UsageError if --probe is missing, or the image or namespace is invalid
 */
export function probeOptions(values: Values): Omit<ProbeOptions, 'timeout'> | null {
  const image = values.string('probe-image') || null;
  const namespace = values.string('probe-namespace') || null;
  if (!values.boolean('probe')) {
    const given = image !== null ? '--probe-image' : namespace !== null ? '--probe-namespace' : null;
    if (given !== null) throw new UsageError(`The flag ${given} needs --probe.`);
    return null;
  }
  if (image !== null && /[\s\p{Cc}]/u.test(image)) {
    throw new UsageError(`invalid value "${image}" for --probe-image. Use an image such as ${PROBE_IMAGE}.`);
  }
  return {
    image: image ?? PROBE_IMAGE,
    namespace: checkedNamespace(namespace ?? PROBE_NAMESPACE),
  };
}
