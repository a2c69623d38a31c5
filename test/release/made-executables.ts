/** Executables as short as can be, in the formats of the three systems. */

/** The text by which a release recognizes the program. */
const PROGRAM = 'kubectl hostns list';
const BYTES = 8192;

const padded = (head: Buffer, text: string): Buffer => {
  const file = Buffer.alloc(BYTES);
  head.copy(file);
  file.write(text, BYTES - text.length - 1);
  return file;
};

export function madeElf(machine: number, linker: string, text = PROGRAM): Buffer {
  const head = Buffer.alloc(512);
  head.write('\x7fELF\x02\x01', 'latin1');
  head.writeUInt16LE(machine, 18);
  head.write(linker, 100);
  return padded(head, text);
}

export function madePe(machine: number, text = PROGRAM): Buffer {
  const head = Buffer.alloc(512);
  head.write('MZ');
  head.writeUInt32LE(0x80, 0x3c);
  head.write('PE\0\0', 0x80);
  head.writeUInt16LE(machine, 0x84);
  return padded(head, text);
}

/** One segment __LINKEDIT with the text, and behind it the signature, if any. */
export function madeMachO(cpu: number, sign?: (code: Buffer) => Buffer, text = PROGRAM): Buffer {
  const code = padded(Buffer.alloc(32 + 72 + 16 + 16), text);
  const signature = sign?.(code) ?? Buffer.of();
  code.writeUInt32LE(0xfeedfacf);
  code.writeUInt32LE(cpu, 4);
  code.writeUInt32LE(sign === undefined ? 2 : 3, 16);
  code.writeUInt32LE(sign === undefined ? 88 : 104, 20);
  code.writeUInt32LE(0x19, 32);
  code.writeUInt32LE(72, 36);
  code.write('__LINKEDIT', 40);
  code.writeBigUInt64LE(4096n, 32 + 40);
  code.writeBigUInt64LE(BigInt(BYTES - 4096 + signature.length), 32 + 48);
  let at = 32 + 72;
  if (sign !== undefined) {
    code.writeUInt32LE(0x1d, at);
    code.writeUInt32LE(16, at + 4);
    code.writeUInt32LE(BYTES, at + 8);
    code.writeUInt32LE(signature.length, at + 12);
    at += 16;
  }
  code.writeUInt32LE(0x2a, at);
  code.writeUInt32LE(16, at + 4);
  return Buffer.concat([code, sign?.(code) ?? Buffer.of()]);
}
