import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { kubeconfig } from '../api-server/kubeconfig.ts';
import {
  apply,
  ask,
  createNamespace,
  eventually,
  executableFolder,
  hostns,
  describeOnOwnCluster,
  kubectl,
  lines,
  randomName,
  removeNamespace,
} from './cluster.ts';

const ours = describeOnOwnCluster(
  "in a Pod, for it mounts this machine's folders, which only the project's own node has.",
);
ours('in a Pod', () => {
  const namespace = randomName('in-cluster');

  beforeAll(async () => {
    await createNamespace(namespace);
    ask('create', 'clusterrole', namespace, '--verb=list', '--resource=pods,nodes');
    ask(
      'create',
      'clusterrolebinding',
      namespace,
      `--clusterrole=${namespace}`,
      `--serviceaccount=${namespace}:default`,
    );
    // The image has no C library, so that the executable is lent the machine's, as the node has it.
    const folders = {
      '/plugin': executableFolder,
      '/lib': '/lib',
      '/lib64': '/lib64',
      '/usr/lib': '/usr/lib',
    };
    const mounts = Object.entries(folders).map(([mountPath, path], index) => ({
      mountPath,
      path,
      name: `folder-${String(index)}`,
    }));
    apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'lister', namespace },
      spec: {
        nodeName: 'kube-node-1',
        hostNetwork: true,
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'c',
            image: 'e2e.local/busybox:1',
            imagePullPolicy: 'Never',
            // There is no kube-proxy: the server's own address instead of its service's.
            env: [
              { name: 'KUBERNETES_SERVICE_HOST', value: '127.0.0.1' },
              { name: 'KUBERNETES_SERVICE_PORT', value: process.env['HOSTNS_CLUSTER_API_PORT'] ?? '6443' },
            ],
            volumeMounts: mounts.map(({ name, mountPath }) => ({ name, mountPath, readOnly: true })),
          },
        ],
        volumes: mounts.map(({ name, path }) => ({ name, hostPath: { path } })),
      },
    });
    await eventually('the Pod runs', () =>
      ask('get', 'pod', 'lister', '-n', namespace, '--no-headers').includes('Running'),
    );
  });

  afterAll(async () => {
    await removeNamespace(namespace);
  });

  const inPod = (...args: readonly string[]) =>
    kubectl(['exec', 'lister', '-n', namespace, '--', '/plugin/kubectl-hostns', ...args]);

  const inPodShell = (script: string) =>
    kubectl(['exec', 'lister', '-n', namespace, '--', 'sh', '-c', script]);

  test("the service account's cluster, rights and namespace are used", () => {
    expect(inPod('list', '-A', '-o', 'name')).toEqual(hostns('list', '-A', '-o', 'name'));
    expect(lines(inPod('list', '-o', 'name').stdout)).toEqual(['pod/lister']);
  });

  test("--server and a kubeconfig without a namespace use the service account's namespace, as kubectl does", () => {
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
    const server = `https://127.0.0.1:${process.env['HOSTNS_CLUSTER_API_PORT'] ?? '6443'}`;
    const cluster = { server, 'certificate-authority': `${folder}/ca.crt` };
    const config = kubeconfig({ cluster, user: { tokenFile: `${folder}/token` } });
    const written = inPodShell(`cat > /tmp/config <<'END'\n${config}\nEND\n`);
    expect(written).toMatchObject({ code: 0 });
    const flags = `--server ${server} --certificate-authority ${folder}/ca.crt --token "$(cat ${folder}/token)"`;
    for (const how of ['--kubeconfig /tmp/config', flags]) {
      const { stdout } = inPodShell(`/plugin/kubectl-hostns list -o name ${how}`);
      expect(lines(stdout)).toEqual(['pod/lister']);
    }
  });
});
