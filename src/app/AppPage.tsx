import { PluginPage, type PluginPageProps } from '@grafana/runtime';
import { KillSwitchButton } from '../remediation/KillSwitchButton.tsx';

/** A page of the app: Grafana's frame, with the state of remediation in its header. */
export function AppPage(props: Omit<PluginPageProps, 'actions'>) {
  return <PluginPage {...props} actions={<KillSwitchButton />} />;
}
