import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { envelope } from './pod-list-bytes.ts';

/** metav1.Status: what an API server answers instead of what was asked for. */
export interface Status {
  readonly code: number;
  /** '' for none. */
  readonly reason: string;
  readonly message: string;
  /** The token with which the list can be gone on with, which comes with 410 Expired. */
  readonly continueToken?: string;
  readonly retryAfterSeconds?: number;
}

export class StatusError extends Error {
  readonly status: Status;

  constructor(code: number, reason: string, message: string, continueToken?: string) {
    super(message);
    this.status = { code, reason, message, ...(continueToken === undefined ? {} : { continueToken }) };
  }
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

/** @param resource with its group */
export function notFound(resource: string, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${resource} "${name}" not found`);
}

export function statusAsJson({ code, reason, message, continueToken, retryAfterSeconds }: Status): Buffer {
  return Buffer.from(
    `${JSON.stringify({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: continueToken === undefined ? {} : { continue: continueToken },
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }),
      code,
    })}\n`,
  );
}

/** Status { metadata 1 { continue 3 }, status 2, message 3, reason 4, details 5 { retryAfterSeconds 5 }, code 6 } */
export function statusAsProtobuf(status: Status): Buffer {
  const metadata = new BinaryWriter();
  if (status.continueToken !== undefined)
    metadata.tag(3, WireType.LengthDelimited).string(status.continueToken);
  const writer = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .bytes(metadata.finish())
    .tag(2, WireType.LengthDelimited)
    .string('Failure')
    .tag(3, WireType.LengthDelimited)
    .string(status.message)
    .tag(4, WireType.LengthDelimited)
    .string(status.reason);
  if (status.retryAfterSeconds !== undefined) {
    const details = new BinaryWriter().tag(5, WireType.Varint).int32(status.retryAfterSeconds);
    writer.tag(5, WireType.LengthDelimited).bytes(details.finish());
  }
  return envelope('Status', writer.tag(6, WireType.Varint).int32(status.code).finish());
}
