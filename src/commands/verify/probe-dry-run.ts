import { exitCode, type ExitCode, ExplainedError } from '../../errors.ts';
import { createProbe } from '../../probe/probe-pods.ts';
import type { Session } from '../../kube/api/session.ts';
import { document } from '../../output/document.ts';
import { text } from '../../output/safe-text.ts';
import type { YamlValue } from '../../output/yaml.ts';
import type { CommandContext } from '../shared/context.ts';
import type { DryRun, VerifyFormat } from '../shared/formats.ts';
import type { Probes } from '../../probe/probes.ts';

/**
 * Prints the probe Pod for each node, and creates none.
 *
 * @param names of the nodes, each at least once
 * @throws ExplainedError if the server would reject a probe Pod
 */
export async function dryRunProbes(
  names: readonly string[],
  probes: Probes,
  { dryRun, output }: { readonly dryRun: DryRun; readonly output: VerifyFormat },
  session: Session,
  { stdout }: CommandContext,
): Promise<ExitCode> {
  const nodes = [...new Set(names)].sort();
  if (nodes.length === 0) throw new ExplainedError('No Pod was found, so no probe Pod would be created.');
  const objects: YamlValue[] = [];
  for (const node of nodes) {
    const manifest = probes.manifest(node);
    objects.push(
      dryRun === 'client'
        ? manifest
        : ((await createProbe(manifest, true, session)).object as Readonly<Record<string, YamlValue>>),
    );
    if (output === 'table' || output === 'wide') {
      stdout.write(
        text`pod/${manifest.metadata.name} on ${node} created (${dryRun === 'client' ? '' : 'server '}dry run)\n`,
      );
    }
  }
  if (output === 'yaml') {
    for (const [index, object] of objects.entries()) {
      if (index > 0) stdout.write(text`---\n`);
      stdout.write(document(object, 'yaml'));
    }
  }
  if (output === 'json') {
    const [first = null, ...more] = objects;
    stdout.write(
      document(more.length === 0 ? first : { apiVersion: 'v1', kind: 'List', items: objects }, 'json'),
    );
  }
  return exitCode.ok;
}
