/** Plugin tests: jsdom, TypeScript and JSX by swc. Packages that ship only ES modules are transformed as well. */
const esmPackages = [
  '@grafana',
  '@openfeature',
  '@tanstack',
  '@react-hookz',
  '@ver0',
  '@wojtekmaj',
  'd3',
  'd3-.*',
  'delaunator',
  'get-user-locale',
  'internmap',
  'memoize',
  'mimic-function',
  'ol',
  'marked',
  'react-calendar',
  'react-colorful',
  'rxjs',
  'robust-predicates',
  'uplot',
  'uuid',
  'zod',
];

export default {
  displayName: 'plugin',
  rootDir: '.',
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.test.{ts,tsx}'],
  testEnvironment: 'jest-environment-jsdom',
  setupFiles: ['jest-canvas-mock', '<rootDir>/src/test/environment.ts'],
  setupFilesAfterEnv: ['<rootDir>/src/test/setup.ts'],
  transform: {
    '^.+\\.(mjs|jsx?|tsx?)$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'commonjs' },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:.*/)?(?:${esmPackages.join('|')})/)`],
  moduleNameMapper: {
    '\\.(css|svg)$': '<rootDir>/src/test/empty.ts',
    '^react-inlinesvg$': '<rootDir>/src/test/inlineSvg.js',
  },
  maxWorkers: 2,
  testTimeout: 30_000,
};
