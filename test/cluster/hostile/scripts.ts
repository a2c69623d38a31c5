/**
 * What the containers of the hostile Pods run, in busybox's sh.
 *
 * A process moves or changes a namespace without a fork: `exec unshare …` and `exec nsenter …` keep its number. A
 * script that does so over and over is in an environment variable, by which it starts itself again.
 */
type Command = readonly string[];

/** A container's command, and the environment that it needs. */
export interface Program {
  readonly command: Command;
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

/** A child in a network of its own, for which no capability is needed. */
const DECOY = 'unshare -r -n /bin/sleep 1000000 &';

function shell(script: string, env: Readonly<Record<string, string>> = {}): Program {
  return {
    command: ['/bin/sh', '-c', script],
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
  };
}

/** A new IPC namespace ten times a second. */
export function changesIpc(): Program {
  return shell(`${DECOY} exec unshare -r -i /bin/sh -c "$AGAIN"`, {
    AGAIN: 'usleep 100000; exec unshare -i /bin/sh -c "$AGAIN"',
  });
}

/** A process every 200 ms, which starts the next one and ends. The first process of the container leaves. */
export function chain(): Program {
  return shell(
    'next() { usleep 200000; next & exit; }; next & exec unshare -r -n /bin/sh -c "while :; do sleep 1; done"',
  );
}

/** The first thread leaves, another one stays. */
export function threadStays(): Program {
  return shell('exec unshare -r /bin/hostile leave');
}

/** The first thread has ended, another one stays. */
export function leaderless(): Program {
  return shell(`${DECOY} exec /bin/hostile leaderless`);
}

/** Alternates between the network that it starts in and one of its own, each for random milliseconds. */
export function mover(here: number, away: number): Program {
  // On average the given time; RANDOM has 15 bits.
  const wait = (milliseconds: number): string =>
    `usleep $((RANDOM % ${String(2 * milliseconds)} * 1000 + 1000))`;
  return shell('exec 3</proc/self/ns/net; exec unshare -n /bin/sh -c "exec 4</proc/self/ns/net; $AWAY"', {
    HERE: `${wait(here)}; exec nsenter --net=/proc/self/fd/4 /bin/sh -c "$AWAY"`,
    AWAY: `${wait(away)}; exec nsenter --net=/proc/self/fd/3 /bin/sh -c "$HERE"`,
  });
}

/** The network devices of the node's first process, with their counters. */
export function follower(): Program {
  return shell(
    'mkdir -p /dev/net && { [ -c /dev/net/tun ] || mknod /dev/net/tun c 10 200; } && exec hostile follow /proc/1/net/dev',
  );
}

/** In the node's namespaces of these kinds (`-n`, `-i`): those of its parent, the runtime's shim. */
export function enters(flags: readonly string[]): Program {
  return shell(`exec nsenter -t $PPID ${flags.join(' ')} /bin/sleep 1000000`);
}

export function unshares(flags: readonly string[]): Program {
  return { command: ['/bin/unshare', ...flags, '/bin/sleep', '1000000'] };
}

/** Creates and removes a network device for random seconds. The name may be any that the kernel takes. */
export function blinkingDevice(name: string): Program {
  return shell(
    'while :; do brctl addbr "$DEVICE"; sleep $((RANDOM % 8 + 1)); brctl delbr "$DEVICE"; sleep $((RANDOM % 8 + 1)); done',
    {
      DEVICE: name,
    },
  );
}

/**
 * A cgroup hierarchy of its own, in which its processes are in the groups of these paths. 0 is the process that
 * writes it; Kubernetes would expand `$$`.
 */
export function ownHierarchy(name: string, paths: readonly string[]): Program {
  return shell(
    `mkdir /h && mount -t cgroup -o none,name=${name} cgroup /h && for path in ${paths.join(' ')}; do
mkdir -p "/h$path"
sh -c 'echo 0 >"$0/cgroup.procs"; exec sleep 1000000' "/h$path" &
echo 0 >"/h$path/cgroup.procs"
done && exec sleep 1000000`,
  );
}

export function sleeps(): Program {
  return { command: ['/bin/sleep', '1000000'] };
}

export function manyProcesses(count: number): Program {
  return shell(
    `i=0; while [ $i -lt ${String(count)} ]; do sleep 1000000 & i=$((i + 1)); done; exec sleep 1000000`,
  );
}

/** Processes that live for a moment, so many a second. */
export function shortLived(rate: number): Program {
  return shell(`while :; do (:) & usleep ${String(Math.round(1_000_000 / rate))}; done`);
}

/** Processes that have ended and that nobody waits for. */
export function zombies(count: number): Program {
  return shell(
    `i=0; while [ $i -lt ${String(count)} ]; do usleep 500000 & i=$((i + 1)); done; exec sleep 1000000`,
  );
}

export function manyThreads(count: number): Program {
  return { command: ['/bin/hostile', 'threads', String(count)] };
}
