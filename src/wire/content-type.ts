import { JsonPodListDecoder } from './pod-list-json.ts';
import type { PodListDecoder, WantedPods } from './pod-list.ts';
import { ProtobufPodListDecoder } from './pod-list-protobuf.ts';
import { WireError } from './protobuf-reader.ts';

/** What is asked for: protobuf first, JSON where the server or something before it has no protobuf. */
export const POD_LIST_ACCEPT = 'application/vnd.kubernetes.protobuf, application/json';

/**
 * The decoder for what came, which need not be what was asked for.
 *
 * @throws WireError where the content type is of no use
 */
export function podListDecoder(contentType: string, wanted: WantedPods): PodListDecoder {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  switch (mediaType) {
    case 'application/vnd.kubernetes.protobuf':
      return new ProtobufPodListDecoder(wanted);
    case 'application/json':
      return new JsonPodListDecoder(wanted);
    default:
      throw new WireError(
        `the answer's content type is ${mediaType === '' ? 'missing' : `"${mediaType}"`}, neither protobuf nor JSON`,
      );
  }
}
