import { readFileSync } from 'node:fs';
import { recordedWorkloads } from '../api-server/recorded.ts';
import { Api } from './api.ts';
import { readKubeconfig, type Side } from './side.ts';
import { eventually } from './subjects.ts';

/** The running test cluster, whose etcd answers on this machine. */
export function realSide(kubeconfig: string): Side {
  const connection = readKubeconfig(readFileSync(kubeconfig, 'utf8'));
  const side: Side = {
    ...connection,
    compact,
    async complete(namespace, name) {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      await eventually(`${name} has ended`, async () => {
        const { status } = (await askJson(side, 'GET', path)) as {
          readonly status: { readonly phase: string };
        };
        if (status.phase !== 'Succeeded') throw new Error(`It is ${status.phase}.`);
      });
    },
    async deployment(name, namespace) {
      const { metadata, spec, ...rest } = recordedDeployment(name);
      await askJson(side, 'POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
        ...rest,
        metadata: { name: metadata.name },
        spec: { ...spec, replicas: 0 },
        status: undefined,
      });
      return namespace;
    },
  };
  return side;
}

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

function recordedDeployment(name: string): Deployment {
  const [, found] =
    Object.entries(recordedWorkloads).find(([path]) => path.endsWith(`/deployments/${name}`)) ?? [];
  if (found === undefined) throw new Error(`The Deployment ${name} is not recorded.`);
  return found as Deployment;
}

async function askJson(side: Side, method: string, path: string, document?: object): Promise<unknown> {
  const api = new Api(side);
  try {
    const { status, body } = await api.ask({
      method,
      path,
      ...(document === undefined
        ? {}
        : { body: { type: 'application/json', content: JSON.stringify(document) } }),
    });
    if (status >= 300) throw new Error(`${method} ${path}: ${String(status)} ${body.toString()}`);
    return JSON.parse(body.toString()) as unknown;
  } finally {
    api.close();
  }
}

/** As test/cluster/restart-apiserver does. */
async function compact(): Promise<void> {
  const port = process.env['HOSTNS_CLUSTER_ETCD_PORT'] ?? '12379';
  const ask = async (what: string, body: object): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}/v3/kv/${what}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`etcd answers ${String(response.status)} to ${what}.`);
    return response.json();
  };
  const { header } = (await ask('range', { key: 'AA==' })) as {
    readonly header: { readonly revision: string };
  };
  await ask('compaction', { revision: header.revision, physical: true });
}
