import { expect, test } from '@jest/globals';
import { terminalStyle } from '../../src/output/terminal-style.ts';

test.each([
  [{}, { color: true, unicode: false }],
  [
    { TERM: 'xterm', LANG: 'en_US.UTF-8' },
    { color: true, unicode: true },
  ],
  [{ LANG: 'C.utf8' }, { color: true, unicode: true }],
  [{ LANG: 'de_DE.UTF-8@euro' }, { color: true, unicode: true }],
  [{ LANG: 'de_DE.ISO-8859-1' }, { color: true, unicode: false }],
  // LC_ALL before LC_CTYPE before LANG; an empty one counts as unset.
  [
    { LC_ALL: 'POSIX', LANG: 'en_US.UTF-8' },
    { color: true, unicode: false },
  ],
  [
    { LC_ALL: '', LC_CTYPE: 'C.UTF-8', LANG: 'C' },
    { color: true, unicode: true },
  ],
  [{ NO_COLOR: '1' }, { color: false, unicode: false }],
  [{ NO_COLOR: '' }, { color: true, unicode: false }],
  [
    { NO_COLOR: '1', CLICOLOR_FORCE: '1' },
    { color: false, unicode: false },
  ],
  [{ CLICOLOR: '0' }, { color: false, unicode: false }],
  [
    { CLICOLOR: '0', CLICOLOR_FORCE: '1' },
    { color: true, unicode: false },
  ],
  [
    { CLICOLOR: '0', CLICOLOR_FORCE: '0' },
    { color: false, unicode: false },
  ],
  [{ TERM: 'dumb', LANG: 'C.UTF-8' }, null],
])('the terminal of %j has the style %j', (environment, style) => {
  expect(terminalStyle(environment)).toEqual(style);
});
