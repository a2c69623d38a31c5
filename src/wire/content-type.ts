import { JsonPodListDecoder } from './pod-list-json.ts';
import type { PodListDecoder, WantedPods } from './pod-list.ts';
import { ProtobufPodListDecoder } from './pod-list-protobuf.ts';
import type { PodWatchDecoder } from './pod-watch.ts';
import { JsonPodWatchDecoder } from './pod-watch-json.ts';
import { ProtobufPodWatchDecoder } from './pod-watch-protobuf.ts';
import { WireError } from './protobuf-reader.ts';

/** Value of Accept: protobuf, or JSON if the server or a proxy does not support protobuf. */
export const POD_LIST_ACCEPT = 'application/vnd.kubernetes.protobuf, application/json';

/**
 * Returns the decoder for a list of Pods. The server may answer in another encoding than was requested.
 *
 * @param contentType '' if the answer has none
 * @param begin the first bytes of the answer, if there are any
 * @throws WireError for a content type that is neither protobuf nor JSON
 */
export function podListDecoder(
  contentType: string,
  wanted: WantedPods,
  begin: Buffer = Buffer.alloc(0),
): PodListDecoder {
  return encodingOf(contentType, begin) === 'protobuf'
    ? new ProtobufPodListDecoder(wanted)
    : new JsonPodListDecoder(wanted);
}

/**
 * Returns the decoder for the events of a watch, as podListDecoder does for a list.
 *
 * @throws WireError for a content type that is neither protobuf nor JSON
 */
export function podWatchDecoder(
  contentType: string,
  wanted: WantedPods,
  begin: Buffer = Buffer.alloc(0),
): PodWatchDecoder {
  return encodingOf(contentType, begin) === 'protobuf'
    ? new ProtobufPodWatchDecoder(wanted)
    : new JsonPodWatchDecoder(wanted);
}

/**
 * First byte of protobuf: the "k" of the magic number, or the length of the first frame of a watch, which is less than
 * 16 MiB. JSON cannot begin with either.
 */
const PROTOBUF_BEGINS: readonly (number | undefined)[] = [0x6b, 0];

function encodingOf(contentType: string, begin: Buffer): 'protobuf' | 'json' {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'application/vnd.kubernetes.protobuf') return 'protobuf';
  if (mediaType === 'application/json') return 'json';
  // As in client-go, a missing type means the requested one, and that is either.
  if (mediaType === '') return PROTOBUF_BEGINS.includes(begin[0]) ? 'protobuf' : 'json';
  throw new WireError(`the answer's content type is "${mediaType}", neither protobuf nor JSON`);
}
