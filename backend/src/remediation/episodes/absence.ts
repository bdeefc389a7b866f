/**
 * Why an alert says nothing of the thing that it watches; null for one that does. Grafana renames the alert of a rule that
 * gets no data or fails, and gives the reason of any other state as an annotation, also through another Alertmanager.
 */
export function absenceOf(
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>
): string | null {
  const { alertname } = labels;
  if (alertname === 'DatasourceError' || alertname === 'DatasourceNoData') {
    return alertname;
  }
  const reason = annotations['grafana_state_reason'] ?? '';
  return reason === '' ? null : reason.slice(0, 100);
}
