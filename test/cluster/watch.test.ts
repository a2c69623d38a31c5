import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import {
  apply,
  ask,
  createNamespace,
  describeOnOwnCluster,
  eventually,
  hostns,
  lines,
  randomName,
  removeNamespace,
  type Running,
  startHostns,
  restartApiServer,
} from './cluster.ts';

const ours = describeOnOwnCluster('the API server that is restarted, for it must be ours.');

const CHANGES = 200;
const NODES = ['kube-node-1', 'kube-node-2'] as const;

interface Line {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: { readonly namespace: string; readonly name: string; readonly uid: string };
}

ours('list --watch', () => {
  const namespace = randomName('watch');
  const started: Running[] = [];
  beforeAll(() => createNamespace(namespace));
  afterAll(async () => {
    for (const watch of started) await watch.end('SIGKILL');
    await removeNamespace(namespace);
  });

  test(`ends with the rows of list after ${String(CHANGES)} changes, two restarts of the API server and a compaction`, async () => {
    const watches = {
      json: startHostns('list', '-A', '-w', '-o', 'json', '--output-watch-events'),
      table: startHostns('list', '-A', '-w', '--output-watch-events', '-v=6'),
      selected: startHostns(
        'list',
        '-n',
        namespace,
        '-w',
        '-l',
        'app=a',
        '-o',
        'json',
        '--output-watch-events',
      ),
    };
    started.push(...Object.values(watches));
    await eventually(
      'all of them have begun',
      () => watches.json.stdout() !== '' && watches.table.stdout() !== '',
    );
    const script = new Script(namespace);
    for (let change = 0; change < CHANGES; change += 1) {
      if (change === 60) restartApiServer();
      if (change === 130) restartApiServer('--compact');
      script.step();
    }
    expect(script.done).toBe(CHANGES);
    const listed = (...args: readonly string[]): readonly unknown[] =>
      (JSON.parse(hostns('list', ...args, '-o', 'json').stdout) as { items: readonly unknown[] }).items;
    // A kubelet may still be busy with a Pod: each look is at all of it anew.
    const look = () => ({
      watched: [
        sorted(replay(watches.json.stdout())),
        sorted(replay(watches.selected.stdout())),
        lastRows(watches.table.stdout()),
      ],
      listed: [
        sorted(listed('-A')),
        sorted(listed('-n', namespace, '-l', 'app=a')),
        rowsOf(hostns('list', '-A').stdout),
      ],
    });
    let last = look();
    await eventually('what was watched is what is listed', () => {
      last = look();
      return JSON.stringify(last.watched) === JSON.stringify(last.listed);
    }).catch(() => {
      expect(last.watched).toEqual(last.listed);
    });

    for (const watch of Object.values(watches)) {
      const { code, stderr } = await watch.end('SIGINT');
      expect(code).toBe(130);
      // Each outage is said once, and that it is over; nothing else is.
      const said = lines(stderr).filter((line) => !line.startsWith('GET '));
      expect(said.filter((line) => !/^(Note: the watch|No resources found)/.test(line))).toEqual([]);
    }
    const requests = lines(watches.table.stderr()).filter((line) => line.startsWith('GET '));
    // What the new server has forgotten is listed again, and told as differences.
    expect(requests.filter((line) => line.includes('limit=')).length).toBeGreaterThanOrEqual(2);
    expect(requests.filter((line) => line.includes('watch=true')).length).toBeGreaterThanOrEqual(3);
  }, 300_000);

  /** A row for each Pod that is there in the end. Fails where a change is lost or told twice. */
  function replay(output: string): readonly unknown[] {
    const rows = new Map<string, Line['object']>();
    for (const line of lines(output.slice(0, output.lastIndexOf('\n') + 1))) {
      const { type, object } = JSON.parse(line) as Line & { object: Record<string, unknown> };
      const { apiVersion, kind, ...row } = object;
      expect([apiVersion, kind]).toEqual(['kubectl-hostns/v1', 'SharingPod']);
      const key = `${row.namespace}/${row.name}`;
      const known = rows.get(key);
      expect({ key, type, isKnown: known !== undefined }).toEqual({ key, type, isKnown: type !== 'ADDED' });
      if (known !== undefined) expect({ key, uid: row.uid }).toEqual({ key, uid: known.uid });
      if (type === 'DELETED') rows.delete(key);
      else rows.set(key, row);
    }
    return [...rows.values()];
  }

  /** What a reader of the table takes for the truth in the end: the last row of each Pod that has not gone. */
  function lastRows(output: string): readonly string[] {
    const last = new Map<string, string>();
    for (const line of lines(output).slice(1)) {
      const [event, inNamespace = '', name = '', ...rest] = line.split(/ {2,}/);
      const key = `${inNamespace} ${name}`;
      // All but the AGE, which goes on.
      if (event === 'DELETED') last.delete(key);
      else last.set(key, [key, ...rest.slice(0, -1)].join(' '));
    }
    return [...last.values()].sort();
  }

  function rowsOf(output: string): readonly string[] {
    return lines(output)
      .slice(1)
      .map((line) => line.split(/ {2,}/).slice(0, -1).join(' '))
      .sort();
  }
});

function sorted(rows: readonly unknown[]): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

/** Random creations, changes of labels and of status, and deletions, in one namespace. */
class Script {
  done = 0;
  readonly #namespace: string;
  readonly #alive: string[] = [];
  #made = 0;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  step(): void {
    const choices = [this.#create, this.#create, this.#label, this.#status, this.#delete];
    const step = this.#alive.length < 5 ? this.#create : choices[randomInt(choices.length)];
    step?.call(this);
    this.done += 1;
  }

  #create(): void {
    // Names come again, as those of a StatefulSet do.
    const name = `pod-${String(this.#made % 40)}`;
    this.#made += 1;
    if (this.#alive.includes(name)) {
      this.#delete(name);
    }
    const runs = randomInt(6) === 0;
    const kinds = ['hostNetwork', 'hostPID', 'hostIPC'].filter(() => randomInt(2) === 0);
    apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: this.#namespace, labels: { app: randomInt(2) === 0 ? 'a' : 'b' } },
      spec: {
        ...Object.fromEntries(kinds.map((kind) => [kind, true])),
        // One that no scheduler looks at has the status that the test gives it.
        ...(runs ? { nodeName: NODES[randomInt(2)] } : { schedulerName: 'none' }),
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'c', image: 'e2e.local/busybox:1', imagePullPolicy: 'Never' }],
      },
    });
    this.#alive.push(name);
  }

  #label(): void {
    this.#ask('label', 'pod', this.#any(), `app=${randomInt(2) === 0 ? 'a' : 'b'}`, '--overwrite');
  }

  #status(): void {
    const phase = ['Pending', 'Running', 'Succeeded', 'Failed'][randomInt(4)];
    const status = JSON.stringify({ status: { phase, reason: randomName('reason') } });
    this.#ask('patch', 'pod', this.#any(), '--subresource=status', '--type=merge', '-p', status);
  }

  #delete(name = this.#any()): void {
    this.#alive.splice(this.#alive.indexOf(name), 1);
    this.#ask('delete', 'pod', name, '--wait=true');
  }

  #any(): string {
    return this.#alive[randomInt(this.#alive.length)] ?? '';
  }

  #ask(...args: readonly string[]): void {
    ask(...args, '-n', this.#namespace);
  }
}
