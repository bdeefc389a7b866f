import { resolve } from 'node:path';
import { parseDurationMs } from '../contract/duration.ts';
import { inventoryFiles, vaultFault } from '../remediation/engines/ansible/trust.ts';
import type { EngineSettings } from '../remediation/engines/engine-settings.ts';
import { readManifests } from '../remediation/engines/manifest.ts';
import { addressFault } from '../remediation/engines/webhook/address-guard.ts';
import type { EngineEntry } from './engine-schema.ts';
import type { ConfigProblem } from './problems.ts';
import type { YamlFile } from './yaml-file.ts';

const usualForks = 5;
const usualTimeout = '30s';

/** A checked engine in units, with absolute paths; `folder` is where relative ones start. */
export function resolveEngine(entry: EngineEntry, folder: string): EngineSettings {
  const path = (given: string | undefined) => (given === undefined ? undefined : resolve(folder, given));
  const { name, atMost } = entry;
  if (entry.kind === 'webhook') {
    return {
      ...{ name, atMost, kind: 'webhook' },
      url: (entry.url ?? '').replace(/\/+$/, ''),
      actions: resolve(folder, entry.actions ?? ''),
      groups: entry.hosts ?? {},
      bearerTokenFile: path(entry.bearerTokenFile),
      timeoutMs: parseDurationMs(entry.timeout ?? usualTimeout) ?? 0,
    };
  }
  return {
    ...{ name, atMost, kind: 'ansible' },
    inventory: resolve(folder, entry.inventory ?? ''),
    playbooks: resolve(folder, entry.playbooks ?? ''),
    forks: entry.forks ?? usualForks,
    vaultPasswordFile: path(entry.vaultPasswordFile),
    commands: path(entry.commands),
  };
}

/** What is wrong with engines beyond the shape of their keys: files that others could change, and faulty manifests. */
export function engineFaults(
  file: YamlFile,
  engines: readonly EngineEntry[],
  folder: string
): readonly ConfigProblem[] {
  return engines.flatMap((entry, index) => {
    const at = (key: string, message: string | undefined): readonly ConfigProblem[] =>
      message === undefined ? [] : [{ where: file.file, ...file.positionOf(['engines', index, key]), message }];
    const settings = resolveEngine(entry, folder);
    if (settings.kind === 'webhook') {
      return [...at('url', addressFault(settings.url)), ...readManifests(settings.actions, 'webhook').problems];
    }
    const { vaultPasswordFile } = settings;
    return [
      ...at('inventory', inventoryFiles(settings.inventory).fault),
      ...at('vaultPasswordFile', vaultPasswordFile === undefined ? undefined : vaultFault(vaultPasswordFile)),
      ...readManifests(settings.playbooks, 'ansible').problems,
    ];
  });
}
