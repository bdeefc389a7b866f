/** Contract and integration tests: the real app in-process, real servers where they can be had. */
export default {
  displayName: 'integration',
  rootDir: '.',
  testMatch: ['<rootDir>/{bench,contract,integration}/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testTimeout: 60_000,
};
