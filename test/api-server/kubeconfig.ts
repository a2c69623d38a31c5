/** A kubeconfig of one cluster and one user, whose fields are kubeconfig's own. */
export interface KubeconfigOptions {
  readonly cluster: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly namespace?: string;
  /** What the context, the cluster and the user are called. */
  readonly name?: string;
}

/** Written as JSON, which is YAML. */
export function kubeconfig({ cluster, user = {}, namespace, name = 'recorded' }: KubeconfigOptions): string {
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': name,
      contexts: [
        { name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } },
      ],
      clusters: [{ name, cluster }],
      users: [{ name, user }],
    },
    null,
    2,
  )}\n`;
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
