/** The HTTP API's schemas: what the backend parses and answers, and what the plugin's types come from. */
export * from './alert.ts';
export * from './anomaly.ts';
export * from './api.ts';
export * from './calendar.ts';
export * from './capacity.ts';
export * from './change.ts';
export * from './detect.ts';
export * from './duration.ts';
export * from './forecast.ts';
export * from './job.ts';
export * from './overlay.ts';
export * from './sensitivity.ts';
export * from './remediation/control.ts';
export * from './remediation/episode.ts';
export * from './remediation/policy.ts';
export * from './remediation/run.ts';
export * from './remediation/verdict.ts';
