/** Byte order of the machine that printed the text. Of the machines that Kubernetes runs on, only s390x is big-endian. */
export type Endianness = 'little' | 'big';

/**
 * Reads a 32-bit address that the kernel printed with %08X. The address is in network byte order in memory, but the
 * kernel prints it as a word in the byte order of the machine.
 *
 * @param hex exactly eight hexadecimal digits
 * @returns a number whose highest byte is the first byte of the address
 */
export function networkWord(hex: string, endianness: Endianness): number {
  if (!/^[0-9A-Fa-f]{8}$/.test(hex)) throw new RangeError('a 32-bit word has eight hexadecimal digits');
  const ordered =
    endianness === 'big' ? hex : hex.slice(6) + hex.slice(4, 6) + hex.slice(2, 4) + hex.slice(0, 2);
  return Number.parseInt(ordered, 16);
}

/** Returns "192.0.2.2" for a number whose highest byte is the first byte of the address. */
export function ipv4Text(word: number): string {
  return [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff].join('.');
}

/** Returns "192.0.2.2" for the text that %08X printed: "020200C0" on a little-endian machine. */
export function ipv4FromHex(hex: string, endianness: Endianness): string {
  return ipv4Text(networkWord(hex, endianness));
}

/** Parses an address that %pI4 printed, the reverse of ipv4Text; null for any other text. */
export function ipv4Word(text: string): number | null {
  if (!/^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$/.test(text)) return null;
  const word = text.split('.').reduce((high, octet) => high * 256 + Number(octet), 0) % 2 ** 32;
  // Octets above 255 and leading zeros do not survive the conversion back to text.
  return ipv4Text(word) === text ? word : null;
}

/** Converts pairs of hexadecimal digits to bytes. */
export function bytesFromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(hex)) throw new RangeError('a byte has two hexadecimal digits');
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

/**
 * Returns the canonical text of an IPv6 address (RFC 5952), like inet_ntop of glibc and uClibc. They write the last 32
 * bits with dots in ::ffff:192.0.2.2 and in ::192.0.2.2, the address of a sit tunnel. musl does so only in the first.
 *
 * @param bytes the sixteen bytes in network order
 */
export function ipv6Text(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new RangeError('an IPv6 address has sixteen bytes');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words = Array.from({ length: 8 }, (_, index) => view.getUint16(2 * index));
  const { start, length } = longestZeros(words);
  if (start === 0 && (length === 6 || (length === 5 && words[5] === 0xffff))) {
    return `${length === 6 ? '::' : '::ffff:'}${ipv4Text(view.getUint32(12))}`;
  }
  const hex = words.map((word) => word.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** Finds the longest run of zeros, the first one if there are several. */
function longestZeros(words: readonly number[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [index, word] of words.entries()) {
    if (word !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  }
  return longest;
}
