import type { PolicySpec } from '../../contract/remediation/policy.ts';

type Dependent = Pick<PolicySpec, 'name' | 'guard'>;

/** Names of `dependsOn` that stand for no policy. */
export function unknownDependencies(spec: Dependent, all: readonly Dependent[]): readonly string[] {
  return spec.guard.dependsOn.filter((name) => !all.some((policy) => policy.name === name));
}

/**
 * A chain of policies that wait for each other, from and back to `start`; undefined when there is none.
 * Each policy is visited once.
 */
export function dependencyCycle(start: string, all: readonly Dependent[]): readonly string[] | undefined {
  const dependsOn = new Map(all.map(({ name, guard }) => [name, guard.dependsOn]));
  const cameFrom = new Map<string, string>();
  const waiting = [start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    for (const next of dependsOn.get(name) ?? []) {
      if (next === start) {
        return pathTo(name, start, cameFrom);
      }
      if (!cameFrom.has(next)) {
        cameFrom.set(next, name);
        waiting.push(next);
      }
    }
  }
  return undefined;
}

function pathTo(last: string, start: string, cameFrom: ReadonlyMap<string, string>): readonly string[] {
  const path = [start];
  for (let name: string | undefined = last; name !== undefined && name !== start; name = cameFrom.get(name)) {
    path.unshift(name);
  }
  return [start, ...path];
}
