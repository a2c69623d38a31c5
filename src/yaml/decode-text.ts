const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Decodes a text like kubectl: UTF-16 with a byte order mark, or UTF-8. Invalid bytes become U+FFFD. The mark is not part of the
 * text.
 */
export function decodeText(bytes: Buffer): string {
  const text = decode(bytes);
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function decode(bytes: Buffer): string {
  const mark = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  if (mark !== 0xfe_ff && mark !== 0xff_fe) return bytes.toString('utf8');
  const pairs = bytes.subarray(0, bytes.length & ~1);
  const text = (mark === 0xfe_ff ? Buffer.from(pairs).swap16() : pairs).toString('utf16le').toWellFormed();
  return pairs.length === bytes.length ? text : `${text}\uFFFD`;
}
