import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SharingPod } from '../../src/model/sharing-pod.ts';
import { type RowChange, WatchedPods } from '../../src/model/watched-pods.ts';
import { pod } from '../support/pods.ts';

function row(name: string, uid: string, resourceVersion: string): SharingPod {
  return { pod: pod({ name, uid, resourceVersion }), shares: ['network'] };
}

const inShort = (changes: readonly RowChange[]): readonly string[] =>
  changes.map(({ type, row: { pod: of } }) => `${type} ${of.name} ${of.uid} ${of.resourceVersion}`);

function watched(...rows: readonly SharingPod[]): WatchedPods {
  const pods = new WatchedPods();
  pods.replace(rows);
  return pods;
}

describe('what a watcher is shown', () => {
  test('a new Pod is added, and one that is known is modified', () => {
    const pods = new WatchedPods();
    expect(inShort(pods.put(row('a', '1', '7')))).toEqual(['ADDED a 1 7']);
    expect(inShort(pods.put(row('a', '1', '8')))).toEqual(['MODIFIED a 1 8']);
  });

  test('a change that was shown is not shown again', () => {
    expect(watched(row('a', '1', '7')).put(row('a', '1', '7'))).toEqual([]);
  });

  test('a Pod of the same name in another namespace is another Pod', () => {
    const other = { ...row('a', '2', '7'), pod: pod({ name: 'a', namespace: 'other', uid: '2' }) };
    expect(
      watched(row('a', '1', '7'))
        .put(other)
        .map(({ type }) => type),
    ).toEqual(['ADDED']);
  });

  test('a Pod that has taken the place of another: that one goes first', () => {
    expect(inShort(watched(row('a', '1', '7')).put(row('a', '2', '9')))).toEqual([
      'DELETED a 1 7',
      'ADDED a 2 9',
    ]);
  });

  test('a Pod that goes is shown as it was last', () => {
    expect(inShort(watched(row('a', '1', '7')).remove(row('a', '1', '9')))).toEqual(['DELETED a 1 9']);
  });

  test('one that no longer shares anything is shown as when it did', () => {
    const shared = row('a', '1', '7');
    expect(watched(shared).remove({ ...row('a', '1', '9'), shares: [] })).toEqual([
      { type: 'DELETED', row: shared },
    ]);
  });

  test('one that was never shown does not go, nor does it twice, nor for another of its name', () => {
    const pods = watched(row('a', '1', '7'));
    expect(pods.remove(row('b', '2', '8'))).toEqual([]);
    expect(pods.remove(row('a', '2', '8'))).toEqual([]);
    expect(pods.remove(row('a', '1', '9'))).toHaveLength(1);
    expect(pods.remove(row('a', '1', '9'))).toEqual([]);
  });

  test('a new list is told as its differences, first what has gone', () => {
    const pods = watched(row('a', '1', '7'), row('b', '2', '7'), row('c', '3', '7'), row('d', '4', '7'));
    const changes = pods.replace([
      row('a', '1', '7'),
      row('b', '2', '9'),
      row('d', '5', '9'),
      row('e', '6', '9'),
    ]);
    expect(inShort(changes)).toEqual([
      'DELETED c 3 7',
      'MODIFIED b 2 9',
      'DELETED d 4 7',
      'ADDED d 5 9',
      'ADDED e 6 9',
    ]);
  });

  test('whatever happens, who replays the changes has what is there', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const uid = fc.constantFrom('1', '2');
    const version = fc.constantFrom('7', '8');
    const rows = fc.tuple(name, uid, version).map((parts) => row(...parts));
    const step = fc.oneof(
      rows.map((of) => ({ kind: 'put', of }) as const),
      rows.map((of) => ({ kind: 'remove', of }) as const),
      fc
        .uniqueArray(rows, { selector: ({ pod: { name: key } }) => key })
        .map((of) => ({ kind: 'replace', of }) as const),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const pods = new WatchedPods();
        const truth = new Map<string, SharingPod>();
        const replayed = new Map<string, SharingPod>();
        for (const { kind, of } of steps) {
          if (kind === 'replace') {
            truth.clear();
            for (const one of of) truth.set(one.pod.name, one);
          } else if (kind === 'put') truth.set(of.pod.name, of);
          else if (truth.get(of.pod.name)?.pod.uid === of.pod.uid) truth.delete(of.pod.name);
          const changes =
            kind === 'replace' ? pods.replace(of) : kind === 'put' ? pods.put(of) : pods.remove(of);
          for (const { type, row: changed } of changes) {
            expect(replayed.has(changed.pod.name)).toBe(type !== 'ADDED');
            if (type === 'DELETED') replayed.delete(changed.pod.name);
            else replayed.set(changed.pod.name, changed);
          }
          const inOrder = (of: ReadonlyMap<string, SharingPod>): readonly string[] =>
            [...of.values()]
              .map(({ pod: { name: key, uid: id, resourceVersion } }) => `${key} ${id} ${resourceVersion}`)
              .sort();
          expect(inOrder(replayed)).toEqual(inOrder(truth));
        }
      }),
    );
  });
});
