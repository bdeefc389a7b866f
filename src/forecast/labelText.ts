/** `{service="api"}` as Grafana's legend shows it, or `fallback` without labels. */
export function labelText(labels: Readonly<Record<string, string>>, fallback: string): string {
  const { __name__: metric = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([name, value]) => `${name}="${value}"`);
  const braces = pairs.length === 0 ? '' : `{${pairs.join(', ')}}`;
  return metric + braces === '' ? fallback : metric + braces;
}
