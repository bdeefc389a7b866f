import type { Suite } from './suite.ts';

/** All suites by the name they are asked for; each is loaded only when it runs. */
export const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  azure: async () => (await import('./suites/azure/azure.ts')).azureSuite,
  fev: async () => (await import('./suites/fev/fev.ts')).fevSuite,
  gift: async () => (await import('./suites/gift/gift.ts')).giftSuite,
  intervals: async () => (await import('./suites/intervals/intervals.ts')).intervalsSuite,
  m4: async () => (await import('./suites/m4/m4.ts')).m4Suite,
  main: async () => (await import('./suites/main/main.ts')).mainSuite,
  peers: async () => (await import('./suites/peers/peers.ts')).peersSuite,
  speed: async () => (await import('./suites/speed/speed.ts')).speedSuite,
  tuning: async () => (await import('./suites/tuning/tuning.ts')).tuningSuite,
};
