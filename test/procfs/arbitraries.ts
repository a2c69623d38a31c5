import fc from 'fast-check';
import { isDeviceName } from '../../src/procfs/device-name.ts';
import type { Endianness } from '../../src/procfs/address.ts';

/** Common device names, and unusual ones that the kernel accepts. */
export const deviceName = fc.oneof(
  fc.constantFrom('lo', 'eth0', 'cni0', 'abcdefghijklmno', '*', '\u001b[2J', '\ufeff', 'é€'),
  fc.string({ minLength: 1, maxLength: 15 }).filter(isDeviceName),
);

export const octets = fc.array(fc.nat(255), { minLength: 4, maxLength: 4 });

export const endianness = fc.constantFrom<Endianness>('little', 'big');

/** Prints four bytes of memory with %08X. */
export function hostWord(bytes: readonly number[], order: Endianness): string {
  const ordered = order === 'big' ? bytes : bytes.toReversed();
  return ordered.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}
