import { describe, expect, test } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { rowChangePrinter, type RowChangeOptions } from '../../../src/commands/list/row-changes.ts';
import type { RowChange } from '../../../src/model/watched-pods.ts';
import { pod } from '../../support/pods.ts';
import { schemaErrors, validator } from '../../support/schemas.ts';

const NOW = 1_790_000_060;

const OPTIONS: RowChangeOptions = {
  format: 'table',
  withNamespace: false,
  wide: false,
  labelColumns: [],
  withLabels: false,
  withHeader: true,
  withEvents: false,
};

function change(type: RowChange['type'], name: string, phase = 'Running'): RowChange {
  return {
    type,
    row: { pod: pod({ name, status: { phase, containerStatuses: [] } }), shares: ['network'] },
  };
}

/** What is printed of changes that come one by one. */
function printed(options: Partial<RowChangeOptions>, ...changes: readonly RowChange[]): string {
  const print = rowChangePrinter({ ...OPTIONS, ...options });
  return changes.map((one) => print([one], NOW)).join('');
}

const CHANGES = [change('ADDED', 'a', 'Pending'), change('MODIFIED', 'a-long-name'), change('DELETED', 'a')];

describe('changes as rows', () => {
  test('have one header, and columns that keep their place as long as they can', () => {
    expect(printed({}, ...CHANGES)).toBe(
      [
        'NAME   NODE          NETWORK   PID   IPC   STATUS              AGE',
        'a      kube-node-1   host      -     -     Pending             60s',
        'a-long-name   kube-node-1   host      -     -     Running             60s',
        'a             kube-node-1   host      -     -     Running             60s',
        '',
      ].join('\n'),
    );
  });

  test('say how they have come about, where that is asked for', () => {
    expect(printed({ withEvents: true }, ...CHANGES)).toBe(
      [
        'EVENT      NAME   NODE          NETWORK   PID   IPC   STATUS              AGE',
        'ADDED      a      kube-node-1   host      -     -     Pending             60s',
        'MODIFIED   a-long-name   kube-node-1   host      -     -     Running             60s',
        'DELETED    a             kube-node-1   host      -     -     Running             60s',
        '',
      ].join('\n'),
    );
  });

  test('can do without the header', () => {
    expect(printed({ withHeader: false }, change('ADDED', 'a'))).toBe(
      'a   kube-node-1   host   -   -   Running   60s\n',
    );
  });

  test('as names', () => {
    expect(printed({ format: 'name' }, ...CHANGES)).toBe('pod/a\npod/a-long-name\npod/a\n');
    expect(printed({ format: 'name', withEvents: true }, ...CHANGES)).toBe(
      'ADDED pod/a\nMODIFIED pod/a-long-name\nDELETED pod/a\n',
    );
  });
});

describe('changes as documents', () => {
  const valid = validator('sharing-pod');

  test.each([true, false])('are one line of JSON each, as the schema says (events: %s)', (withEvents) => {
    const output = printed({ format: 'json', withEvents }, ...CHANGES);
    const documents = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string; object?: object; name?: string });
    expect(documents).toHaveLength(3);
    for (const document of documents) expect(schemaErrors(valid, document)).toEqual([]);
    expect(documents.map(({ type }) => type)).toEqual(
      withEvents ? ['ADDED', 'MODIFIED', 'DELETED'] : [undefined, undefined, undefined],
    );
    expect(documents[1]).toMatchObject(
      withEvents ? { object: { name: 'a-long-name' } } : { name: 'a-long-name' },
    );
  });

  test('are documents of one YAML stream, the same as the JSON', () => {
    const lines = printed({ format: 'json', withEvents: true }, ...CHANGES)
      .trimEnd()
      .split('\n');
    expect(loadAll(printed({ format: 'yaml', withEvents: true }, ...CHANGES))).toEqual(
      lines.map((line) => load(line)),
    );
  });

  test('hold no character that a terminal would act on', () => {
    const hostile = change('ADDED', 'a\u001b[2J\u202e\n');
    for (const format of ['table', 'wide', 'json', 'yaml', 'name'] as const) {
      expect(printed({ format }, hostile)).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}|\n\n/u);
    }
  });
});
