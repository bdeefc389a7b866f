/** The settings: what they are and how they are read; the parts are in `config/`. */
export type { Config, GrafanaConfig } from './config/config-types.ts';
export { loadConfig } from './config/load-config.ts';
export { policyTable, settingsTable } from './config/settings-table.ts';
