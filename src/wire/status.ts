import { isObject, type JsonObject, numberOf, objectOf, objectsOf, textOf } from './json-value.ts';
import { ProtobufReader, WireError } from './protobuf-reader.ts';

/** Fields of metav1.Status, the error response of an API server. */
export interface Status {
  /** False for a body of whatever stands before the API server, and of the kubelet behind it. */
  readonly isStatus: boolean;
  readonly message: string;
  /** For programs: Forbidden, Expired, NotFound, … */
  readonly reason: string;
  readonly causes: readonly string[];
  /** A new paging token, which comes with 410 Expired. */
  readonly continueToken: string;
  /** Seconds to wait before the same request makes sense; 0 where it is not said. */
  readonly retryAfterSeconds: number;
}

/** Decodes the body of any error: a Status in protobuf or JSON, or the plain text of a proxy. */
export function decodeStatus(contentType: string, body: Buffer): Status {
  try {
    const isUntypedProtobuf = contentType === '' && body.toString('latin1', 0, 4) === 'k8s\0';
    if (isUntypedProtobuf || contentType.startsWith('application/vnd.kubernetes.protobuf'))
      return decodeProtobuf(body);
    if (contentType === '' || contentType.startsWith('application/json')) return decodeJson(body);
  } catch (error) {
    if (!(error instanceof WireError) && !(error instanceof SyntaxError)) throw error;
    // An error about the body of an error does not help: show its text.
  }
  const firstLine = body.toString('utf8').trim().split('\n', 1)[0] ?? '';
  return {
    isStatus: false,
    message: firstLine.slice(0, 300),
    reason: '',
    causes: [],
    continueToken: '',
    retryAfterSeconds: 0,
  };
}

function decodeJson(body: Buffer): Status {
  const status = JSON.parse(body.toString('utf8')) as unknown;
  if (!isObject(status)) throw new WireError('a Status is an object');
  return statusOfJson(status);
}

/** Decodes a Status from JSON. Values of a wrong type count as absent. */
export function statusOfJson(status: JsonObject): Status {
  const details = objectOf(status, 'details');
  return {
    isStatus: textOf(status, 'kind') === 'Status',
    message: textOf(status, 'message'),
    reason: textOf(status, 'reason'),
    causes: objectsOf(details, 'causes').map((cause) => textOf(cause, 'message')),
    continueToken: textOf(objectOf(status, 'metadata'), 'continue'),
    retryAfterSeconds: numberOf(details, 'retryAfterSeconds'),
  };
}

/** Decodes the envelope of pod-list-protobuf.ts around a Status, which is always small. */
function decodeProtobuf(body: Buffer): Status {
  const status = {
    isStatus: false,
    message: '',
    reason: '',
    causes: [] as string[],
    continueToken: '',
    retryAfterSeconds: 0,
  };
  const readStatus = (reader: ProtobufReader): void => {
    while (reader.next()) {
      if (reader.field === 1) status.continueToken = reader.message(readContinue);
      else if (reader.field === 3) status.message = reader.string();
      else if (reader.field === 4) status.reason = reader.string();
      else if (reader.field === 5) reader.message(readDetails);
      else reader.skip();
    }
  };
  const readDetails = (reader: ProtobufReader): void => {
    while (reader.next()) {
      if (reader.field === 4) status.causes.push(reader.message(readCauseMessage));
      else if (reader.field === 5) status.retryAfterSeconds = reader.int32();
      else reader.skip();
    }
  };
  const envelope = new ProtobufReader(body, Math.min(4, body.length));
  while (envelope.next()) {
    if (envelope.field === 2) {
      status.isStatus = true;
      envelope.message(readStatus);
    } else envelope.skip();
  }
  return status;
}

/** ListMeta { continue 3 } */
function readContinue(reader: ProtobufReader): string {
  let token = '';
  while (reader.next()) {
    if (reader.field === 3) token = reader.string();
    else reader.skip();
  }
  return token;
}

/** StatusCause { reason 1, message 2 } */
function readCauseMessage(reader: ProtobufReader): string {
  let message = '';
  while (reader.next()) {
    if (reader.field === 2) message = reader.string();
    else reader.skip();
  }
  return message;
}
