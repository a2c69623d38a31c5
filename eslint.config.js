import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import regexp from 'eslint-plugin-regexp';
import tseslint from 'typescript-eslint';

const noWayAroundSafeText = [
  {
    selector: "TSAsExpression TSTypeReference[typeName.name='SafeText']",
    message: 'Only src/output/safe-text.ts makes SafeText: call safeLine, safeLines, safeJson or text.',
  },
  {
    selector: "TSTypePredicate TSTypeReference[typeName.name='SafeText']",
    message: 'No function but those of src/output/safe-text.ts can know that a text is safe.',
  },
  {
    selector: "ImportSpecifier[imported.name='SafeText'][local.name!='SafeText']",
    message: 'SafeText keeps its name, so that a search finds where it is used.',
  },
];

export default defineConfig(
  { ignores: ['dist', 'coverage', '.cluster', 'test/cluster/kubernetes'] },
  {
    files: ['**/*.ts'],
    extends: [
      eslint.configs.recommended,
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked,
    ],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // An empty string is "not given" on kubectl's command line and in its files.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // The documents that we print are types, not interfaces: an interface has no index signature.
      '@typescript-eslint/consistent-type-definitions': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { regexp },
    rules: {
      // Input comes from clusters, containers and files: none of it may keep a regular expression busy for minutes.
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
      'no-restricted-syntax': ['error', ...noWayAroundSafeText],
      'no-restricted-globals': [
        'error',
        {
          name: 'process',
          message:
            'What a function needs of the process is an argument; only src/main.ts, src/index.ts, src/environment.ts and src/version.ts look at it.',
        },
      ],
      'no-restricted-imports': ['error', { paths: ['process', 'node:process', 'console', 'node:console'] }],
    },
  },
  { files: ['src/output/safe-text.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['src/main.ts', 'src/index.ts', 'src/environment.ts', 'src/version.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  { files: ['test/**/*.ts', 'scripts/**/*.ts'], rules: { 'no-console': 'off' } },
);
