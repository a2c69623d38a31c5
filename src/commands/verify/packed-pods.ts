import type { Pod } from '../../model/pod.ts';

/** Fewer take less memory than the code that compresses them. */
const MIN_PODS = 500;

/**
 * Keeps Pods compressed, since all Pods of a large cluster would take hundreds of megabytes. Each iteration unpacks them
 * again.
 */
export async function packPods(pods: readonly Pod[]): Promise<Iterable<Pod>> {
  if (pods.length < MIN_PODS) return pods;
  const { deflateRawSync, inflateRawSync } = await import('node:zlib');
  const stored = JSON.stringify(pods.map((pod): StoredPod => ({ ...pod, labels: [...pod.labels] })));
  // Higher levels take several times as long and save a third.
  const packed = deflateRawSync(stored, { level: 1 });
  collectGarbage();
  return new PackedPods(packed, inflateRawSync);
}

/** A class, because a closure in Bun also keeps the Pods that it was made from. */
class PackedPods implements Iterable<Pod> {
  readonly #packed: Buffer;
  readonly #inflate: (packed: Buffer) => Buffer;

  constructor(packed: Buffer, inflate: (packed: Buffer) => Buffer) {
    this.#packed = packed;
    this.#inflate = inflate;
  }

  *[Symbol.iterator](): Generator<Pod> {
    collectGarbage();
    const stored = JSON.parse(this.#inflate(this.#packed).toString()) as readonly StoredPod[];
    for (const pod of stored) yield { ...pod, labels: new Map(pod.labels) };
  }
}

/** A Pod as JSON can hold it. */
type StoredPod = Omit<Pod, 'labels'> & { readonly labels: readonly (readonly [string, string])[] };

/** Bun's collector runs so late that the garbage of a few pages would double the memory. Node.js needs no help. */
function collectGarbage(): void {
  const { Bun } = globalThis as { readonly Bun?: { gc(isSynchronous: boolean): void } };
  Bun?.gc(true);
}
