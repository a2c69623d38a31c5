import { sharesByJson, decodePodJson } from './pod-json.ts';
import { objectOf, objectsOf, textOf } from './json-value.ts';
import type { DecodedList, PodListDecoder, WantedPods } from './pod-list.ts';
import { WireError } from './protobuf-reader.ts';
import { quoted } from './wording.ts';

/** Maximum size of a page: 2000 Pods of 128 KiB, while the largest real ones have about 10 KiB. A string in V8 has at most twice as many bytes. */
const MAX_PAGE_BYTES = 256 * 1024 * 1024;

/**
 * Decodes a JSON PodList, which servers and proxies without protobuf send. The page is parsed as a whole, because paging limits its
 * size.
 */
export class JsonPodListDecoder implements PodListDecoder {
  readonly #chunks: Buffer[] = [];
  readonly #wanted: WantedPods;
  #length = 0;

  constructor(wanted: WantedPods) {
    this.#wanted = wanted;
  }

  push(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > MAX_PAGE_BYTES) {
      throw new WireError(`a page of JSON is longer than the ${String(MAX_PAGE_BYTES)} bytes that are read`);
    }
    this.#chunks.push(chunk);
  }

  end(): DecodedList {
    const list = parse(Buffer.concat(this.#chunks));
    if (textOf(list, 'kind') !== 'PodList' && textOf(list, 'kind') !== 'List') {
      throw new WireError(
        `the body is a ${quoted(textOf(list, 'kind')) || 'document without a kind'}, not a PodList`,
      );
    }
    if (!('items' in list)) throw new WireError('the body is a list without items');
    const items = objectsOf(list, 'items');
    const metadata = objectOf(list, 'metadata');
    const remaining = metadata['remainingItemCount'];
    return {
      metadata: {
        resourceVersion: textOf(metadata, 'resourceVersion'),
        continueToken: textOf(metadata, 'continue'),
        remainingItemCount: typeof remaining === 'number' ? remaining : null,
      },
      pods: items.filter((pod) => this.#wanted === 'every' || sharesByJson(pod)).map(decodePodJson),
      total: items.length,
    };
  }
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return objectOf({ body: JSON.parse(body.toString('utf8')) as unknown }, 'body');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new WireError(`the body is not JSON: ${error.message}`, { cause: error });
  }
}
