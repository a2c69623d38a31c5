/** Of the machine that printed the text: all but s390x are little. */
export type Endianness = 'little' | 'big';

/**
 * The 32-bit word, as a number whose highest byte is the first on the wire, that the kernel printed with
 * %08X: the bytes of an address are in network order in memory, but the word is read in the machine's.
 *
 * @param hex exactly eight hexadecimal digits
 */
export function networkWord(hex: string, endianness: Endianness): number {
  if (!/^[0-9A-Fa-f]{8}$/.test(hex)) throw new RangeError('a 32-bit word has eight hexadecimal digits');
  const ordered =
    endianness === 'big' ? hex : hex.slice(6) + hex.slice(4, 6) + hex.slice(2, 4) + hex.slice(0, 2);
  return Number.parseInt(ordered, 16);
}

/** "192.0.2.2", from a number whose highest byte is the first. */
export function ipv4Text(word: number): string {
  return [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff].join('.');
}

/** "192.0.2.2", from what %08X printed: "020200C0" on a little-endian machine. */
export function ipv4FromHex(hex: string, endianness: Endianness): string {
  return ipv4Text(networkWord(hex, endianness));
}

/** The number whose highest byte is the first, or null for anything but what %pI4 prints. */
export function ipv4Word(text: string): number | null {
  if (!/^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$/.test(text)) return null;
  const word = text.split('.').reduce((high, octet) => high * 256 + Number(octet), 0) % 2 ** 32;
  // Octets above 255 and leading zeros come out otherwise than they went in.
  return ipv4Text(word) === text ? word : null;
}

/** The bytes that pairs of hexadecimal digits stand for, in their order. */
export function bytesFromHex(hex: string): Uint8Array {
  if (!/^(?:[0-9A-Fa-f]{2})*$/.test(hex)) throw new RangeError('a byte has two hexadecimal digits');
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}

/**
 * The canonical text of an IPv6 address (RFC 5952), as inet_ntop of glibc and uClibc writes it: the last
 * 32 bits are dotted in ::ffff:192.0.2.2 and in ::192.0.2.2, which a sit tunnel has. musl dots only the
 * first of the two.
 *
 * @param bytes the sixteen, as on the wire
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

/** The first of the longest runs of zeros. */
function longestZeros(words: readonly number[]): { readonly start: number; readonly length: number } {
  let longest = { start: 0, length: 0 };
  let start = 0;
  for (const [index, word] of words.entries()) {
    if (word !== 0) start = index + 1;
    else if (index + 1 - start > longest.length) longest = { start, length: index + 1 - start };
  }
  return longest;
}
