/** The settings: types here, reading in `config/`. */
export type {
  Config,
  GrafanaConfig,
  LimitsConfig,
  ServerConfig,
  StoreConfig,
} from './config/config-types.ts';
