import type { Actor } from '../../jobs/jobs.ts';
import type { ProvenPerson } from '../remediation-api.ts';
import { actorOf, type CallContext } from '../route.ts';

/**
 * Who a word on a run is counted for. People may change their name and login in Grafana, so the uid that never changes
 * stands behind it: two words of one person must not look like those of two.
 */
export function personOf(call: CallContext): ProvenPerson {
  const { name } = namedActor(call);
  return { name, role: call.user?.role ?? 'None', via: 'grafana' };
}

export function namedActor(call: CallContext): Actor {
  const { id, name } = actorOf(call);
  return { id, name: `${name} · ${id}` };
}
