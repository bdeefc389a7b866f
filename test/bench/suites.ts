import type { Suite } from './suite.ts';

/** All suites by the name they are asked for; each is loaded only when it runs. */
export const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  main: async () => (await import('./suites/main/main.ts')).mainSuite,
};
