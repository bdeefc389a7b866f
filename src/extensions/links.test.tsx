import fs from 'node:fs';
import path from 'node:path';
import { AppPlugin, type PluginExtensionEventHelpers, type PluginExtensionOpenModalOptions } from '@grafana/data';
import { render, screen } from '@testing-library/react';
import { fakeGrafana, ok } from '../test/grafana.ts';
import { recordedContext } from '../test/recordedContext.ts';
import { aProposals } from '../test/remediationBuilders.ts';
import { addExtensionLinks } from './links.tsx';

const folder = path.resolve('test/fixtures/grafana-12.3.0/extension-contexts');
const recorded = fs.readdirSync(folder).filter((file) => file.includes('alerting-instance-action'));

function remediateLink() {
  const link = addExtensionLinks(new AppPlugin()).addedLinkConfigs.find(({ title }) => title === 'Remediate alert');
  if (link === undefined) {
    throw new Error('the link is not registered');
  }
  return link;
}

/** What the link opens when a person clicks it in a list. */
function click(context: object): PluginExtensionOpenModalOptions {
  let opened: PluginExtensionOpenModalOptions | undefined;
  const helpers = { context, openModal: (options: PluginExtensionOpenModalOptions) => (opened = options) };
  remediateLink().onClick?.(undefined, helpers as unknown as PluginExtensionEventHelpers);
  if (opened === undefined) {
    throw new Error('nothing was opened');
  }
  return opened;
}

test('the menu entry is decided without a look at the alert: lists ask hundreds of times', () => {
  fakeGrafana();
  const touched: PropertyKey[] = [];
  const watched = new Proxy({}, { get: (_target, key) => touched.push(key) });
  expect(remediateLink().configure?.(watched)).toMatchObject({ title: 'Remediate alert' });
  expect(touched).toEqual([]);
});

test('there is no address, since Grafana would open it in place of the modal', () => {
  expect(remediateLink().path).toBeUndefined();
});

test.each(recorded)('%s opens the modal, which asks the backend with the labels of the alert', async (file) => {
  const grafana = fakeGrafana({ routes: { 'POST api/v1/remediation/proposals': ok(aProposals()) } });
  const { title, body: Body } = click(recordedContext(path.join(folder, file)));
  expect(title).toMatch(/^Probe /);
  render(<Body />);
  expect(await screen.findByRole('region', { name: 'Plan' })).toBeVisible();
  expect(grafana.requests[0]?.data).toMatchObject({ labels: { alertname: title, grafana_folder: 'AIOps' } });
});

test('a title that hides its direction is shown with what it hides', () => {
  expect(click({ instance: { labels: { alertname: 'a\u202eb' } } }).title).toBe('a\\u202eb');
});
