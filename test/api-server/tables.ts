import type { IncomingMessage } from 'node:http';

/** Whether the client wants a Table rather than the objects. */
export function isTable({ accept }: IncomingMessage['headers']): boolean {
  return accept?.includes('as=Table') === true;
}

/** A Table without its objects, of the names alone. */
export function tableOf(names: readonly string[]): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: [
      { name: 'Age', type: 'string', format: '', description: 'Its age.', priority: 0 },
      { name: 'Name', type: 'string', format: 'name', description: 'Its name.', priority: 0 },
    ],
    rows: names.map((name) => ({ cells: ['21d', name], object: null })),
  };
}
