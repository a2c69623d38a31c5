import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteQueue } from '../../src/wire/byte-queue.ts';

function queueOf(...pieces: readonly string[]): ByteQueue {
  const queue = new ByteQueue();
  for (const piece of pieces) queue.push(Buffer.from(piece));
  return queue;
}

test('bytes are taken by lengths, wherever they were cut', () => {
  const queue = queueOf('ab', '', 'cde', 'f');
  expect(queue.length).toBe(6);
  expect(queue.take(1)?.toString()).toBe('a');
  expect(queue.take(3)?.toString()).toBe('bcd');
  expect(queue.length).toBe(2);
  expect(queue.take(2)?.toString()).toBe('ef');
  expect(queue.length).toBe(0);
});

test('what has not come yet is not given, and nothing is lost by asking', () => {
  const queue = queueOf('ab');
  expect(queue.take(3)).toBeNull();
  expect(queue.length).toBe(2);
  queue.push(Buffer.from('c'));
  expect(queue.take(3)?.toString()).toBe('abc');
  expect(queue.take(1)).toBeNull();
});

test('of nothing nothing is taken', () => {
  expect(queueOf().take(0)).toEqual(Buffer.alloc(0));
  expect(queueOf().take(1)).toBeNull();
  const queue = queueOf('ab');
  expect(queue.take(0)?.length).toBe(0);
  expect(queue.take(2)?.toString()).toBe('ab');
});

test('what stands in one piece is not copied', () => {
  const piece = Buffer.alloc(4, 'abcd');
  const queue = new ByteQueue();
  queue.push(piece);
  queue.push(Buffer.from('ef'));
  for (const length of [1, 3]) expect(queue.take(length)?.buffer).toBe(piece.buffer);
  expect(queue.take(2)?.toString()).toBe('ef');
});

test('all that is pushed is taken, once and in its order', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 5 })), fc.array(fc.nat(7)), (pieces, lengths) => {
      const queue = queueOf(...pieces);
      const taken = lengths.map((length) => queue.take(length)?.toString() ?? '');
      expect([...taken, queue.take(queue.length)?.toString()].join('')).toBe(
        Buffer.from(pieces.join('')).toString(),
      );
    }),
  );
});
