/** IFNAMSIZ of include/uapi/linux/if.h counts the NUL at the end. */
const MAX_BYTES = 15;

/**
 * Whether the kernel would take the text as the name of a network device: dev_valid_name of net/core/dev.c.
 *
 * Control characters are allowed there, and so they are here. A U+FFFD counts as one byte: it may stand
 * for one that was no UTF-8.
 */
export function isDeviceName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || name.length > MAX_BYTES) return false;
  const bytes = new TextEncoder().encode(name);
  const replaced = name.split('\uFFFD').length - 1;
  return bytes.length - 2 * replaced <= MAX_BYTES && !bytes.some(isForbidden);
}

/** '/', ':' and isspace() of lib/ctype.c, which goes by Latin-1: 0xA0 in a UTF-8 name is a space to it. */
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
