import grafana from '@grafana/eslint-config';
import importX from 'eslint-plugin-import-x';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import sonarjs from 'eslint-plugin-sonarjs';
import tseslint from 'typescript-eslint';

const defaultExportsAllowed = [
  '**/*.config.{js,mjs,ts}',
  '**/jest.config.js',
  'src/pages/**/*Page.tsx',
  'src/**/*.lazy.tsx',
];

export default tseslint.config(
  { ignores: ['**/node_modules', '**/dist', '.demo', '.cache', 'coverage', 'test/e2e/output', 'test/fixtures'] },
  ...grafana,
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { sonarjs, 'import-x': importX, '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: ['test', 'describe'], package: 'node:test' }] },
      ],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-redeclare': 'off', // a zod schema and its type share one name; tsc checks the rest
      'import-x/no-default-export': 'error',
      'sonarjs/cognitive-complexity': ['error', 12],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
    },
  },
  { files: ['src/**/*.tsx'], ...jsxA11y.flatConfigs.recommended },
  {
    // A component's JSX is one expression: its length says little about how hard it is to follow.
    files: ['src/**/*.tsx', 'test/plugin-host/**/*.tsx'],
    rules: {
      'max-lines-per-function': ['error', { max: 120, skipBlankLines: true, skipComments: true }],
      'react/react-in-jsx-scope': 'off', // the automatic runtime imports what JSX needs
    },
  },
  {
    // Bounds-checked maths over typed arrays: every index is guarded by its loop.
    files: [
      'backend/src/timeseries/**',
      'backend/src/forecasting/**',
      'backend/src/detection/**',
      'backend/src/capacity/**',
      'test/bench/**',
    ],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: ['**/*.test.{ts,tsx}', 'test/**'],
    rules: { 'max-lines': ['error', { max: 500 }], 'max-lines-per-function': 'off' },
  },
  { files: ['backend/src/cli/**', 'test/{bench,demo,support}/**'], rules: { 'no-console': 'off' } },
  { files: defaultExportsAllowed, rules: { 'import-x/no-default-export': 'off' } },
  { files: ['**/*.{js,mjs}'], ...tseslint.configs.disableTypeChecked },
  { files: ['backend/**', 'test/**'], rules: { 'react-hooks/rules-of-hooks': 'off' } }
);
