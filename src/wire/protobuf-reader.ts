/** Bytes that violate their encoding. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

export const wireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Ten bytes have room for 64 bits. More are an error in every implementation. */
export const MAX_VARINT_BYTES = 10;

/**
 * Reads one protobuf message in place, without copying and without an object for each nested message.
 *
 * Every length is checked against its message, so that no byte outside of it is read. Unknown fields are skipped. https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufReader {
  /** The field that `next` has found. */
  field = 0;
  /** Its wire type. */
  type = 0;
  #position: number;
  #end: number;
  readonly #buffer: Buffer;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer;
    this.#position = start;
    this.#end = end;
  }

  /** Goes to the next field; false at the end of the message. The field must then be read or skipped. */
  next(): boolean {
    if (this.#position === this.#end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag % 8;
    if (this.field === 0) throw new WireError('a field number is 0');
    return true;
  }

  /**
   * An unsigned number. Bits above 2^53 are not exact, which no field that is read here has a use for;
   * a negative int32 comes as 2^64 minus its amount.
   */
  varint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new WireError('a varint is longer than ten bytes');
  }

  /** Reads a signed 32-bit number. protobuf writes negative ones with 64 bits. */
  int32(): number {
    this.#expect(wireType.varint);
    let value = 0;
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
      const byte = this.#byte();
      if (count < 5) value |= (byte & 0x7f) << (7 * count);
      if (byte < 0x80) return value;
    }
    throw new WireError('a varint is longer than ten bytes');
  }

  /** A signed 64-bit number, exact up to 2^53 on either side of 0. */
  int64(): number {
    this.#expect(wireType.varint);
    let value = 0;
    let complement = 0;
    let factor = 1;
    for (let count = 0; count < MAX_VARINT_BYTES; count += 1) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      // Of the tenth byte only the lowest bit is a part of the number, and it is the sign.
      if (count === MAX_VARINT_BYTES - 1 && byte < 0x80) return bits % 2 === 1 ? -1 - complement : value;
      value += bits * factor;
      complement += (0x7f - bits) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new WireError('a varint is longer than ten bytes');
  }

  uint(): number {
    this.#expect(wireType.varint);
    return this.varint();
  }

  bool(): boolean {
    return this.uint() !== 0;
  }

  /** UTF-8; what is not valid becomes U+FFFD. */
  string(): string {
    const start = this.#enterBytes();
    return this.#buffer.toString('utf8', start, this.#position);
  }

  /** A view of the bytes, which are not copied. */
  bytes(): Buffer {
    const start = this.#enterBytes();
    return this.#buffer.subarray(start, this.#position);
  }

  /** Reads a nested message with `read`, which need not come to its end. */
  message<T>(read: (reader: this) => T): T {
    const start = this.#enterBytes();
    const end = this.#position;
    const outerEnd = this.#end;
    this.#position = start;
    this.#end = end;
    const value = read(this);
    this.#position = end;
    this.#end = outerEnd;
    return value;
  }

  skip(): void {
    switch (this.type) {
      case wireType.varint:
        this.varint();
        return;
      case wireType.fixed64:
        this.#advance(8);
        return;
      case wireType.bytes:
        this.#advance(this.varint());
        return;
      case wireType.fixed32:
        this.#advance(4);
        return;
      default:
        // Groups are not in proto3, and nothing in Kubernetes has ever used them.
        throw new WireError(`field ${String(this.field)} has wire type ${String(this.type)}`);
    }
  }

  /** The start of a length-delimited field; the position is then behind it. */
  #enterBytes(): number {
    this.#expect(wireType.bytes);
    const length = this.varint();
    const start = this.#position;
    this.#advance(length);
    return start;
  }

  #expect(type: number): void {
    if (this.type !== type) {
      throw new WireError(
        `field ${String(this.field)} has wire type ${String(this.type)} instead of ${String(type)}`,
      );
    }
  }

  #byte(): number {
    const byte = this.#position < this.#end ? this.#buffer[this.#position] : undefined;
    if (byte === undefined) throw new WireError('a message ends inside a field');
    this.#position += 1;
    return byte;
  }

  #advance(length: number): void {
    if (length > this.#end - this.#position) throw new WireError('a field is longer than its message');
    this.#position += length;
  }
}
