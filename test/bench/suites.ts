import type { Suite } from './suite.ts';

/** All suites by the name they are asked for; each is loaded only when it runs. */
export const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  azure: async () => (await import('./suites/azure/azure.ts')).azureSuite,
  capacity: async () => (await import('./suites/capacity/capacity.ts')).capacitySuite,
  cloud: async () => (await import('./suites/cloud/cloud.ts')).cloudSuite,
  fev: async () => (await import('./suites/fev/fev.ts')).fevSuite,
  gift: async () => (await import('./suites/gift/gift.ts')).giftSuite,
  ingest: async () => (await import('./suites/ingest/ingest.ts')).ingestSuite,
  intervals: async () => (await import('./suites/intervals/intervals.ts')).intervalsSuite,
  kpi: async () => (await import('./suites/kpi/kpi.ts')).kpiSuite,
  m4: async () => (await import('./suites/m4/m4.ts')).m4Suite,
  main: async () => (await import('./suites/main/main.ts')).mainSuite,
  nab: async () => (await import('./suites/nab/nab.ts')).nabSuite,
  overlay: async () => (await import('./suites/overlay/overlay.ts')).overlaySuite,
  peers: async () => (await import('./suites/peers/peers.ts')).peersSuite,
  remediation: async () => (await import('./suites/remediation/remediation.ts')).remediationSuite,
  scoring: async () => (await import('./suites/scoring/scoring.ts')).scoringSuite,
  speed: async () => (await import('./suites/speed/speed.ts')).speedSuite,
  storm: async () => (await import('./suites/storm/storm.ts')).stormSuite,
  'tsb-ad': async () => (await import('./suites/tsb-ad/tsb-ad.ts')).tsbAdSuite,
  tuning: async () => (await import('./suites/tuning/tuning.ts')).tuningSuite,
  wsd: async () => (await import('./suites/wsd/wsd.ts')).wsdSuite,
};
