/** One change between two versions of a policy. */
export interface PolicyChange {
  /** Dotted path, such as guard.cooldown. */
  readonly path: string;
  /** JSON of the value before and after; null when it was or is not there. */
  readonly from: string | null;
  readonly to: string | null;
}

/** What changed between two definitions, by path; lists are compared as a whole. */
export function diffPolicies(before: object, after: object): readonly PolicyChange[] {
  const [from, to] = [leavesOf(before, ''), leavesOf(after, '')];
  const paths = [...new Set([...from.keys(), ...to.keys()])].sort();
  return paths
    .map((path) => ({ path, from: from.get(path) ?? null, to: to.get(path) ?? null }))
    .filter((change) => change.from !== change.to);
}

function leavesOf(value: object, prefix: string): Map<string, string> {
  const leaves = new Map<string, string>();
  for (const [key, child] of Object.entries(value) as Array<[string, unknown]>) {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof child === 'object' && child !== null && !Array.isArray(child) && Object.keys(child).length > 0) {
      leavesOf(child, path).forEach((text, inner) => leaves.set(inner, text));
    } else if (child !== undefined) {
      leaves.set(path, JSON.stringify(child));
    }
  }
  return leaves;
}
