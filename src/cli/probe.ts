import type { ProbeOptions } from '../probe/probes.ts';
import { UsageError } from '../errors.ts';
import { PROBE_IMAGE, PROBE_NAMESPACE } from '../probe/probe-pod.ts';
import type { Values } from './command.ts';
import { checkedNamespace } from './connection.ts';

/**
 * What --probe and its companions ask for; null for no probe.
 *
 * @throws UsageError for a companion without --probe, and for what cannot be an image or a namespace
 */
export function probeOptions(values: Values): Omit<ProbeOptions, 'timeout'> | null {
  const image = values.string('probe-image') || null;
  const namespace = values.string('probe-namespace') || null;
  if (!values.boolean('probe')) {
    const given = image !== null ? '--probe-image' : namespace !== null ? '--probe-namespace' : null;
    if (given !== null) throw new UsageError(`The flag ${given} goes with --probe.`);
    return null;
  }
  if (image !== null && /[\s\p{Cc}]/u.test(image)) {
    throw new UsageError(`The flag --probe-image takes an image such as ${PROBE_IMAGE}, not "${image}".`);
  }
  return {
    image: image ?? PROBE_IMAGE,
    namespace: checkedNamespace(namespace ?? PROBE_NAMESPACE),
  };
}
