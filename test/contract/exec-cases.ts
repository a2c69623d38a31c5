import type { Cases } from './case.ts';
import { podPath, podsPath } from './conversation.ts';
import { container, podDocument } from './subjects.ts';

const PLAIN = { namespace: 'default', pod: 'plain-2', container: 'c' };

/** What is run, and what it says; the stand-in has no shell, and plays it. */
export const COMMANDS: readonly {
  readonly command: readonly string[];
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
}[] = [
  { command: ['/bin/true'] },
  { command: ['/bin/sh', '-c', 'echo out'], stdout: 'out\n' },
  { command: ['/bin/sh', '-c', 'echo err >&2; exit 3'], stderr: 'err\n', exit: 3 },
  {
    command: ['/bin/sh', '-c', 'echo out; echo err >&2; exit 200'],
    stdout: 'out\n',
    stderr: 'err\n',
    exit: 200,
  },
];

export const execCases: Cases = {
  commands: async (talk) => {
    for (const { command } of COMMANDS) await talk.exec({ ...PLAIN, command });
  },
  'sub-protocols': async (talk) => {
    const command = ['/bin/true'];
    const [v4, v5] = ['v4.channel.k8s.io', 'v5.channel.k8s.io'];
    await talk.exec({ ...PLAIN, command }, { protocols: [v4, v5] });
    // Of all others the kubelet decides, whose answer is no JSON, whatever it is.
    for (const accept of ['application/json', 'application/json, */*']) {
      await talk.exec({ ...PLAIN, command }, { protocols: [v4], accept });
      await talk.exec({ ...PLAIN, command }, { protocols: ['v9.example.com'], accept });
    }
  },
  'a program that is not in the image': (talk) =>
    talk.exec({
      namespace: 'default',
      pod: 'distroless-net-2',
      container: 'c',
      command: ['/bin/sh', '-c', ':'],
    }),
  'what does not exist': async (talk) => {
    const command = ['/bin/true'];
    await talk.exec({ ...PLAIN, container: 'missing', command });
    await talk.exec({ namespace: 'default', pod: 'missing', container: 'c', command });
    await talk.exec({ namespace: 'no-such-namespace', pod: 'missing', container: 'c', command });
    await talk.exec({ ...PLAIN, command }, { as: 'nobody' });
  },
  'no request for a WebSocket': async (talk) => {
    const path = `${podPath('default', 'plain-2')}/exec`;
    await talk.get(path, { query: { command: '/bin/true', container: 'c', stdout: 'true' } });
    await talk.get(`${podPath('default', 'missing')}/exec`, {
      query: { command: '/bin/true', container: 'c', stdout: 'true' },
    });
  },
  'Pods that do not run': async (talk) => {
    const { still, moving } = talk.place;
    const command = ['/bin/true'];
    await talk.exec({ namespace: still, pod: 'bravo', container: 'c', command });
    await talk.exec({ namespace: still, pod: 'bravo', container: 'init', command });
    await talk.exec({ namespace: still, pod: 'bravo', container: 'missing', command });
    const spec = {
      nodeName: 'kube-node-2',
      restartPolicy: 'Never',
      containers: [container('c', { command })],
    };
    await talk.quietly('POST', podsPath(moving), { body: podDocument('done', { spec }, moving) });
    await talk.side.complete(moving, 'done');
    await talk.exec({ namespace: moving, pod: 'done', container: 'c', command });
  },
};
