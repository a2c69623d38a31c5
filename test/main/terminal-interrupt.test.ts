import { expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Order, type TerminalEnd, TerminalRun } from '../support/terminal.ts';
import { testCluster } from './cluster.ts';
import { inShort } from './probing.ts';
import { programCommand } from './run.ts';

const cluster = testCluster();

const PODS = '/api/v1/namespaces/kube-system/pods';
const POD = '/api/v1/namespaces/default/pods/plain-2';

/** Longer than an order takes to reach the program. */
const PAUSE_MILLISECONDS = 150;

/** The steps of a probe Pod's life, each with the request during which the program is interrupted. */
const MOMENTS = {
  'before its creation': /^POST \/apis\/authorization.k8s.io\/v1\/selfsubjectaccessreviews$/,
  'during its creation': new RegExp(`^POST ${PODS}$`),
  'before it runs': new RegExp(`^GET ${PODS}/PROBE$`),
  'during its exec': new RegExp(`^GET ${PODS}/PROBE/exec$`),
  'during its deletion': new RegExp(`^DELETE ${PODS}/PROBE$`),
} as const;

const SHOW_CURSOR = '\u001b[?25h';

/** What the user does, one after the other. */
const ORDERS: readonly (readonly Order[])[] = [
  ['key'],
  ['key', 'key', 'SIGTERM'],
  ['SIGTERM'],
  ['SIGHUP'],
  ['hangup'],
  ['quit-key', 'quit-key'],
];

const codeOf = ([first]: readonly Order[]): number => (first === 'quit-key' ? 131 : 130);

test.each(Object.entries(MOMENTS))(
  'on a terminal, Ctrl-C, Ctrl-\\ and signals remove the probe Pod and exit with 130 or 131: %s',
  async (_, request) => {
    // Each run has a server of its own, so that all can run at the same time.
    const ends = await Promise.all(ORDERS.map((orders) => interrupted(request, orders)));
    for (const { orders, code, shown, left, creations, deletions } of ends) {
      expect({ orders, code, left }).toEqual({ orders, code: codeOf(orders), left: 0 });
      expect({ orders, deletions }).toEqual({ orders, deletions: creations });
      expect(shown).toContain('Pods verified');
      const said = shown.replaceAll(SHOW_CURSOR, '');
      if (!orders.includes('hangup')) expect(said).toMatch(/error: Interrupted\.\r\n$/);
    }
  },
);

interface Interrupted extends TerminalEnd {
  readonly orders: readonly Order[];
  /** How many Pods are left. */
  readonly left: number;
  readonly creations: number;
  readonly deletions: number;
}

/** Verifies a Pod with --probe, and gives the orders while the first such request is answered. */
async function interrupted(request: RegExp, orders: readonly Order[]): Promise<Interrupted> {
  const server = await cluster.startServer({});
  const give = async (): Promise<void> => {
    for (const order of orders) {
      terminal.order(order);
      await sleep(PAUSE_MILLISECONDS);
    }
  };
  let isGiven = false;
  server.respond = (asked) => {
    // The Pod is held back until the spinner shows: its library handles signals, too.
    if (inShort(asked) === `GET ${POD}` && server.made.length === 0) {
      return { kind: 'late', until: terminal.shows('Pods verified') };
    }
    if (isGiven || !request.test(inShort(asked))) return null;
    isGiven = true;
    return { kind: 'late', until: give() };
  };
  const KUBECONFIG = await cluster.kubeconfig({ cluster: { server: server.url } });
  const terminal = new TerminalRun([...programCommand, 'verify', 'plain-2', '--probe'], { KUBECONFIG });
  const end = await terminal.ended;
  const count = (short: string): number => server.requests.filter((one) => inShort(one) === short).length;
  return {
    ...end,
    orders,
    left: server.made.length,
    creations: count(`POST ${PODS}`),
    deletions: count(`DELETE ${PODS}/PROBE`),
  };
}
