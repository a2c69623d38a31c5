/** Controls but line feeds, C1, zero-width and bidirectional characters, separators: none may reach a terminal. */
export const UNSAFE_TEXT =
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
