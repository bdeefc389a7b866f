import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { GrafanaClient } from './grafana-client.ts';

/** What answers at `grafana.url`, and as whom. */
export interface GrafanaCapabilities {
  /** Such as 12.3.0. */
  readonly version: string;
  /** Login of the service account. */
  readonly account: string;
  /** Organization of the token: dashboards and annotations are its. */
  readonly orgId: number;
  /** Versions in which dashboards can be read beside the legacy API, such as v2beta1; none before 12. */
  readonly dashboardVersions: readonly string[];
}

const Health = z.object({ version: z.string().optional() });
const User = z.object({ uid: z.string().default(''), login: z.string().default(''), orgId: z.number().default(1) });
const ApiGroup = z.object({ versions: z.array(z.object({ version: z.string() })) });

/**
 * Asks Grafana for its version, and itself who it is. A wrong token is answered like an anonymous viewer on most reads
 * where anonymous access is on, so the account is asked for by name.
 * @throws AppError `source_…`; `source_unauthorized` when the token is nobody's or a person's
 */
export async function probeGrafana(client: GrafanaClient, signal: AbortSignal): Promise<GrafanaCapabilities> {
  const health = await client.ask({ method: 'GET', path: 'api/health' }, Health, signal);
  const user = await client.ask({ method: 'GET', path: 'api/user' }, User, signal);
  if (!user.uid.startsWith('service-account:')) {
    const message = `${client.where}: the token belongs to ${user.login === '' ? 'nobody' : user.login}, not to a service account; make one with the role Editor and write its token into grafana.tokenFile`;
    throw new AppError('source_unauthorized', message);
  }
  const group = await client.send({ method: 'GET', path: 'apis/dashboard.grafana.app/' }, signal);
  const parsed = ApiGroup.safeParse(group.status < 300 ? group.json : undefined);
  return {
    version: health.version ?? 'unknown',
    account: user.login,
    orgId: user.orgId,
    dashboardVersions: parsed.success ? parsed.data.versions.map(({ version }) => version) : [],
  };
}
