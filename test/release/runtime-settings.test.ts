import { expect, test } from '@jest/globals';
import { DISABLED_VARIABLES, disableVariables } from '../../scripts/release/runtime-settings.ts';

const names = DISABLED_VARIABLES.map((name) => `\0${name}\0`).join('');

test('the names of variables that change Bun are made ones that no variable can have', () => {
  const bun = disableVariables(Buffer.from(`${names}table${DISABLED_VARIABLES[0]}X\0BUN_INSPECT_NOTIFY\0`));
  expect(bun.toString()).not.toMatch(/[\0e]BUN_(?:BE_BUN|OPTIONS|INSPECT)/);
  expect(bun.toString()).toContain('\0\0UN_INSPECT_NOTIFY\0');
});

test('JavaScript and messages of Bun stay as they are', () => {
  const rest = 'process.env.BUN_INSPECT, "NODE_CHANNEL_FD", \'BUN_OPTIONS\', see BUN_BE_BUN (BUN_CONFIG_X)';
  expect(disableVariables(Buffer.from(`${names}${rest}`)).toString()).toContain(rest);
});

test('a Bun that does not have one of the names is refused', () => {
  expect(() => disableVariables(Buffer.from(names.replace('BUN_OPTIONS', 'BUN_FLAGS')))).toThrow(
    "Bun's executable does not have the variable BUN_OPTIONS.",
  );
});
