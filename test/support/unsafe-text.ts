/**
 * What may reach no terminal: controls but line feeds, what shows nothing or turns text around, halves of characters,
 * private ones, and spaces that are no U+0020.
 */
export const UNSAFE_TEXT =
  /(?![ \n])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}]/u;

/** Of each kind some, by what they would do. */
export const HOSTILE: Readonly<Record<string, string>> = {
  'controls a terminal': '\u0000\u0007\b\t\u000b\u001b[2J\u001b]0;title\u0007\u007f\u009b31m',
  'begins a line': '\r\n\r\f\u0085\u2028\u2029\n',
  'is not seen, or turns what is seen around':
    '\u00a0\u00ad\u0600\u061c\u180e\u200b\u200d\u200f\u202e\u2066\u2069\u3164\ufe0f\ufeff\ufff9\ue000\u{e0041}\u{e0100}',
  'is half a character': '\ud800x\udc00',
};
