/** Backend unit tests: ES modules, TypeScript stripped by swc; run with --experimental-vm-modules. */
export default {
  displayName: 'backend',
  rootDir: 'src',
  testMatch: ['**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testTimeout: 30_000,
};
