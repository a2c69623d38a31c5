import { expect, test } from '@jest/globals';
import type { Client } from '../../../src/kube/transport/client.ts';
import { windowsNodes } from '../../../src/kube/api/nodes.ts';
import type { Session } from '../../../src/kube/api/session.ts';

/** Of a server whose pages have one node each, and lead on to these tokens, the last of them again and again. */
function sessionOf(...tokens: readonly string[]): { readonly session: Session; readonly asked: string[] } {
  const asked: string[] = [];
  const client: Pick<Client, 'get'> = {
    get: ({ query }) => {
      asked.push(query?.['continue'] ?? '');
      const page = {
        kind: 'NodeList',
        metadata: { continue: tokens[Math.min(asked.length, tokens.length) - 1] },
        items: [{ metadata: { name: `node-${String(asked.length)}` } }],
      };
      return Promise.resolve({
        status: 200,
        location: '',
        contentType: 'application/json',
        body: { forEach: async (take) => take(Buffer.from(JSON.stringify(page))) },
        credentials: {},
      });
    },
  };
  return { session: { client } as Session, asked };
}

test('the Windows nodes are those of all pages', async () => {
  const { session, asked } = sessionOf('a', 'b', '');
  expect(await windowsNodes(session)).toEqual(new Set(['node-1', 'node-2', 'node-3']));
  expect(asked).toEqual(['', 'a', 'b']);
});

test.each([
  ['a'],
  ['a', 'b', 'a', 'b', 'a', 'b', ''],
  ['a', 'b', 'c', 'd', 'b', 'c', 'd', 'b', 'c', 'd', ''],
])('a list of Windows nodes that leads in a circle is none: %j', async (...tokens) => {
  await expect(windowsNodes(sessionOf(...tokens).session)).rejects.toThrow(
    'Cannot list the Windows nodes: the server gives the same page again and again.',
  );
});
