import type { JobSpec } from '../../contract/job.ts';
import type { ActionManifest } from '../engines/automation-engine.ts';

/** What a policy may name. */
export interface PolicyNames {
  /** Manifests by engine; the first engine is the one of policies that name none. */
  readonly engines: ReadonlyMap<string, readonly ActionManifest[]>;
  /** Metric sources. */
  readonly sources: readonly string[];
  readonly webhooks: readonly string[];
  readonly calendars: readonly string[];
  readonly contacts: readonly string[];
  readonly jobs: ReadonlyMap<string, Pick<JobSpec, 'detect'>>;
}

/** A fault that the schema can't see: the path of the part to change, and why. */
export interface PolicyFault {
  readonly path: ReadonlyArray<string | number>;
  readonly message: string;
}
