import type { Labels } from '../../timeseries/series.ts';

/** Labels that say what an alert is, not what it is about. */
const aboutTheAlert: ReadonlySet<string> = new Set(['__name__', 'alertname', 'severity', 'origin', 'job_name', 'kind']);

/**
 * Whether a series is one of those that an alert is about: no label that both have differs. Exporters of one host listen
 * on different ports, so of `instance` the host is enough. Alerts call a label that they set themselves `exported_…`.
 */
export function fitsLabels(series: Labels, alert: Labels): boolean {
  return Object.entries(series).every(([name, value]) => {
    const exported = Object.hasOwn(series, `exported_${name}`) ? undefined : own(alert, `exported_${name}`);
    const other = exported ?? (aboutTheAlert.has(name) ? undefined : own(alert, name));
    return other === undefined || other === value || (name === 'instance' && hostOf(other) === hostOf(value));
  });
}

function own(labels: Labels, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

function hostOf(instance: string): string {
  return instance.replace(/:\d{1,5}$/, '');
}
