import { JsonPodListDecoder } from './pod-list-json.ts';
import type { PodListDecoder, WantedPods } from './pod-list.ts';
import { ProtobufPodListDecoder } from './pod-list-protobuf.ts';
import type { PodWatchDecoder } from './pod-watch.ts';
import { JsonPodWatchDecoder } from './pod-watch-json.ts';
import { ProtobufPodWatchDecoder } from './pod-watch-protobuf.ts';
import { WireError } from './protobuf-reader.ts';

/** What is asked for: protobuf first, JSON where the server or something before it has no protobuf. */
export const POD_LIST_ACCEPT = 'application/vnd.kubernetes.protobuf, application/json';

/**
 * The decoder for what came, which need not be what was asked for.
 *
 * @throws WireError where the content type is of no use
 */
export function podListDecoder(contentType: string, wanted: WantedPods): PodListDecoder {
  return encodingOf(contentType) === 'protobuf'
    ? new ProtobufPodListDecoder(wanted)
    : new JsonPodListDecoder(wanted);
}

/**
 * The decoder for the events that came, which need not be what was asked for.
 *
 * @throws WireError where the content type is of no use
 */
export function podWatchDecoder(contentType: string, wanted: WantedPods): PodWatchDecoder {
  return encodingOf(contentType) === 'protobuf'
    ? new ProtobufPodWatchDecoder(wanted)
    : new JsonPodWatchDecoder(wanted);
}

function encodingOf(contentType: string): 'protobuf' | 'json' {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  // As in client-go, a missing type means JSON.
  if (mediaType === '' || mediaType === 'application/json') return 'json';
  throw new WireError(`the answer's content type is "${mediaType}", neither protobuf nor JSON`);
}
