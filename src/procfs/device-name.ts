/** IFNAMSIZ of include/uapi/linux/if.h counts the NUL at the end. */
const MAX_BYTES = 15;

/**
 * True if the kernel accepts the text as the name of a network device (dev_valid_name of net/core/dev.c).
 *
 * The kernel allows control characters. U+FFFD counts as one byte, because it may replace a byte that is not UTF-8.
 */
export function isDeviceName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.length > MAX_BYTES) return false;
  const bytes = new TextEncoder().encode(name);
  const replaced = name.split('\uFFFD').length - 1;
  return bytes.length - 2 * replaced <= MAX_BYTES && !bytes.some(isForbidden);
}

/** True for '/', ':' and isspace() of lib/ctype.c. That uses Latin-1, so a byte 0xA0 in a UTF-8 name is a space. */
function isForbidden(byte: number): boolean {
  return (
    byte === 0 ||
    byte === 0x2f ||
    byte === 0x3a ||
    byte === 0x20 ||
    (byte >= 0x09 && byte <= 0x0d) ||
    byte === 0xa0
  );
}
