import { suggestion } from '../../config/nearest.ts';
import { parseDurationMs } from '../../contract/duration.ts';
import type { PolicySpec } from '../../contract/remediation/policy.ts';
import { messageOf } from '../../errors.ts';
import { queryFault } from '../verification/query-fault.ts';
import { actionFaults } from './action-faults.ts';
import { parseMatcher, type Matcher } from './matcher.ts';
import type { PolicyFault, PolicyNames } from './policy-names.ts';
import { fillPromQl, placeholdersOf } from './placeholders.ts';

/**
 * Why a policy could not be carried out, or never apply: a rule that is silently ignored is worse than none.
 * Empty when there is nothing to say.
 */
export function policyFaults(spec: PolicySpec, names: PolicyNames): readonly PolicyFault[] {
  return [
    ...matcherFaults(spec),
    ...nameFaults(spec, names),
    ...jobFaults(spec, names),
    ...actionFaults(spec, names),
    ...verifyFaults(spec),
    ...floorFaults(spec),
  ];
}

function matcherFaults({ when }: PolicySpec): readonly PolicyFault[] {
  const matchers: Matcher[] = [];
  const faults = (when.alert ?? []).flatMap((text, i): PolicyFault[] => {
    try {
      matchers.push(parseMatcher(text));
      return [];
    } catch (error) {
      return [{ path: ['when', 'alert', i], message: messageOf(error) }];
    }
  });
  if (faults.length > 0 || when.alert === undefined) {
    return faults;
  }
  const never = contradiction(matchers);
  if (never !== undefined) {
    return [{ path: ['when', 'alert'], message: `no alert fits both ${never[0]} and ${never[1]}` }];
  }
  return matchers.every(({ fits }) => fits(''))
    ? [{ path: ['when', 'alert'], message: 'these fit every alert; name at least one label that it must have' }]
    : [];
}

/** Two conditions on one label that no value meets; only equality can be looked through. */
function contradiction(matchers: readonly Matcher[]): readonly [string, string] | undefined {
  for (const exact of matchers.filter(({ operator }) => operator === '=')) {
    const other = matchers.find(({ label, fits }) => label === exact.label && !fits(exact.value));
    if (other !== undefined) {
      return [textOf(exact), textOf(other)];
    }
  }
  return undefined;
}

function textOf({ label, operator, value }: Matcher): string {
  return `${label}${operator}${JSON.stringify(value)}`;
}

function nameFaults(spec: PolicySpec, names: PolicyNames): readonly PolicyFault[] {
  const { verify, guard, sources, otherwise } = spec;
  const of = (path: PolicyFault['path'], name: string | undefined) => (name === undefined ? [] : [{ path, name }]);
  const each = (path: PolicyFault['path'], list: readonly string[]) =>
    list.map((name, i) => ({ path: [...path, i], name }));
  const named = [
    { what: 'webhook', known: [...names.webhooks, 'aiops'], uses: each(['sources'], sources) },
    { what: 'calendar', known: names.calendars, uses: each(['guard', 'calendars'], guard.calendars) },
    { what: 'contact', known: names.contacts, uses: each(['otherwise', 'escalate'], otherwise.escalate) },
    {
      what: 'source',
      known: names.sources,
      uses: [
        ...of(['verify', 'source'], verify?.source),
        ...of(['guard', 'minHealthy', 'source'], guard.minHealthy?.source),
      ],
    },
  ];
  return named.flatMap(({ what, known, uses }) =>
    uses
      .filter(({ name }) => !known.includes(name))
      .map(({ path, name }) => ({ path, message: `${what} "${name}" does not exist${suggestion(name, known)}` }))
  );
}

function jobFaults({ when, verify }: PolicySpec, { jobs }: PolicyNames): readonly PolicyFault[] {
  const uses = [
    { path: ['when', 'detection', 'job'], name: when.detection?.job, kind: when.detection?.kind },
    { path: ['when', 'forecast', 'job'], name: when.forecast?.job, kind: 'capacity' },
    { path: ['verify', 'detector'], name: verify?.detector, kind: undefined },
  ];
  return uses.flatMap(({ path, name, kind }): PolicyFault[] => {
    if (name === undefined) {
      return [];
    }
    const job = jobs.get(name);
    if (job === undefined) {
      return [{ path, message: `job "${name}" does not exist${suggestion(name, [...jobs.keys()])}` }];
    }
    const kinds = job.detect.map((detector) => detector.kind);
    return kind === undefined || kinds.some((one) => one === kind)
      ? []
      : [
          {
            path,
            message: `job "${name}" does not look for ${kind}, only for ${kinds.join(', ')}: this would never apply`,
          },
        ];
  });
}

function verifyFaults({ verify }: PolicySpec): readonly PolicyFault[] {
  if (verify === undefined) {
    return [];
  }
  const [forMs, everyMs, windowMs] = [verify.for, verify.every, verify.within].map(
    (text) => parseDurationMs(text) ?? 0
  );
  if (forMs === undefined || everyMs === undefined || windowMs === undefined) {
    return [];
  }
  const times =
    forMs > windowMs
      ? [{ path: ['verify', 'within'], message: `${verify.within} is over before anything held for ${verify.for}` }]
      : everyMs > forMs
        ? [{ path: ['verify', 'every'], message: `looks every ${verify.every} can't tell what held for ${verify.for}` }]
        : [];
  const healthy = { promql: verify.healthy, windowMs, forMs, mustFilter: true };
  const worse = verify.notWorse.map((promql, i) => ({
    path: ['verify', 'notWorse', i],
    query: { promql, windowMs, forMs: 0, mustFilter: false },
  }));
  const queries = [{ path: ['verify', 'healthy'], query: healthy }, ...worse];
  return [
    ...times,
    ...queries.flatMap(({ path, query }) => {
      const message = placeholderFault(query.promql) ?? queryFault(query);
      return message === undefined ? [] : [{ path, message }];
    }),
  ];
}

function floorFaults({ guard }: PolicySpec): readonly PolicyFault[] {
  const { minHealthy } = guard;
  if (minHealthy === undefined) {
    return [];
  }
  return (['query', 'of'] as const).flatMap((key) => {
    const promql = minHealthy[key];
    // Asked before a run, so that how far back it looks does not matter.
    const query = { promql, windowMs: Infinity, forMs: 0, mustFilter: false };
    const message = placeholderFault(promql) ?? queryFault(query);
    return message === undefined ? [] : [{ path: ['guard', 'minHealthy', key], message }];
  });
}

/** Why labels can't be put into a query. */
function placeholderFault(promql: string): string | undefined {
  try {
    fillPromQl(promql, Object.fromEntries(placeholdersOf(promql).map((label) => [label, 'x'])));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
