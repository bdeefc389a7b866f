/** The HTTP API's schemas: what the backend parses and answers, and what the plugin's types come from. */
export * from './api.ts';
export * from './duration.ts';
export * from './forecast.ts';
export * from './job.ts';
export * from './sensitivity.ts';
