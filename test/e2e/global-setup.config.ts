import { startServers } from './servers.ts';

/** Playwright calls this once; what it returns runs at the end. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  return await startServers();
}
