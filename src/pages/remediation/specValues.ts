/** One setting of a policy by its place, such as `guard.cooldown`. */
export interface SpecValue {
  readonly path: string;
  readonly value: string;
}

/** A setting that two versions have differently; undefined where one has none. */
export interface SpecChange {
  readonly path: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}

/** All settings of a policy in the order they stand in; lists are one value. */
export function specValues(spec: object, prefix = ''): readonly SpecValue[] {
  return Object.entries(spec).flatMap(([key, value]: [string, unknown]) =>
    isBranch(value)
      ? specValues(value, `${prefix}${key}.`)
      : [{ path: prefix + key, value: typeof value === 'string' ? value : JSON.stringify(value) }]
  );
}

/** What changed from one version to the next, by place. */
export function specChanges(before: object, after: object): readonly SpecChange[] {
  const from = new Map(specValues(before).map(({ path, value }) => [path, value]));
  const to = new Map(specValues(after).map(({ path, value }) => [path, value]));
  return [...new Set([...from.keys(), ...to.keys()])]
    .map((path) => ({ path, from: from.get(path), to: to.get(path) }))
    .filter((change) => change.from !== change.to);
}
