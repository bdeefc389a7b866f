import { AppPlugin, PluginType, type AppPluginMeta } from '@grafana/data';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { pluginId } from '../pluginId.ts';
import { aSource, aStatus } from '../test/builders.ts';
import { fail, fakeGrafana, ok, problem } from '../test/grafana.ts';
import AppConfig from './AppConfig.lazy.tsx';
import { faultOfUrl, saveSettings, type AppSettings } from './settings.ts';

const status = 'GET api/v1/status';
const save = `POST api/plugins/${pluginId}/settings`;
const logos = { small: '', large: '' };

function open(overrides: Partial<AppPluginMeta<AppSettings>> = {}) {
  const meta: AppPluginMeta<AppSettings> = {
    id: pluginId,
    name: 'AIOps',
    type: PluginType.app,
    module: '',
    baseUrl: '',
    enabled: true,
    pinned: true,
    jsonData: { apiUrl: 'http://aiops:9099' },
    secureJsonFields: { backendToken: true },
    info: { author: { name: '' }, description: '', links: [], logos, screenshots: [], updated: '', version: '' },
    ...overrides,
  };
  const plugin = new AppPlugin<AppSettings>();
  plugin.meta = meta;
  render(<AppConfig plugin={plugin} query={{}} />);
}

const runTest = () => userEvent.click(screen.getByRole('button', { name: 'Test the connection' }));
const steps = async () =>
  (await within(await screen.findByRole('list', { name: 'Connection test' })).findAllByRole('listitem')).map(
    (item) => item.textContent
  );

test('a good connection ticks every step and tells version, caller and sources', async () => {
  fakeGrafana({ routes: { [status]: ok(aStatus()) } });
  open();
  await runTest();
  expect(await steps()).toEqual([
    ' App enabled in this organization: ok',
    ' Backend reachable from Grafana: ok',
    ' Token accepted: ok',
    ' Role allows reading: the backend sees user admin Admin',
    ' Backend answers: version 0.1.0',
    ' Source main: ok',
    ' Changes allowed: ok',
  ]);
});

test.each([
  [
    'settings are missing',
    fail(404, { message: 'Plugin setting not found' }),
    0,
    'AIOps is not set up in this organization',
  ],
  ['nothing answers', fail(502, ''), 1, 'The AIOps backend does not answer'],
  ['the token differs', problem(401, 'unauthorized', 'wrong bearer token'), 2, 'The backend refused the token'],
  ['the role is too small', fail(403, { message: 'Access denied' }), 3, 'Your role does not allow this'],
  ['the answer is unknown', ok({ hello: 1 }), 4, 'The backend answered in an unknown form'],
])('when %s the list stops there and the cause is named', async (_name, answer, failedAt, title) => {
  fakeGrafana({ routes: { [status]: answer } });
  open();
  await runTest();
  expect(await screen.findByText(title)).toBeVisible();
  const texts = await steps();
  expect(texts.slice(0, failedAt).every((text) => text?.endsWith(': ok'))).toBe(true);
  expect(texts.slice(failedAt + 1).every((text) => text?.endsWith('not reached'))).toBe(true);
});

test('a source that fails and changes that would be refused are told before the first try', async () => {
  const caller = { ...aStatus().caller, changesRefused: 'the signed user cannot be checked: set grafana.url' };
  const sources = [aSource({ reachable: false, message: 'connection refused' })];
  fakeGrafana({ routes: { [status]: ok(aStatus({ caller, sources })) } });
  open();
  await runTest();
  expect((await steps()).slice(5)).toEqual([
    ' Source main: connection refused',
    ' Changes allowed: the signed user cannot be checked: set grafana.url',
  ]);
});

test('saving keeps keys that the form does not know, and the token unless it was typed', async () => {
  const grafana = fakeGrafana({ routes: { [save]: ok({}) } });
  await saveSettings({ enabled: true, pinned: true, jsonData: { apiUrl: 'http://a:1', other: 'kept' } });
  expect(grafana.requests[0]?.data).toEqual({
    enabled: true,
    pinned: true,
    jsonData: { apiUrl: 'http://a:1', other: 'kept' },
  });
});

test('a typed token is sent as a secret', async () => {
  const grafana = fakeGrafana({ routes: { [save]: fail(403, { message: 'Access denied' }) } });
  open({ secureJsonFields: {} });
  await userEvent.type(screen.getByLabelText(/Backend token/), 's3cret');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('The settings could not be saved')).toBeVisible();
  expect(grafana.requests[0]?.data).toMatchObject({ secureJsonData: { backendToken: 's3cret' } });
});

test('values from a provisioning file are shown, locked, with the name of the file', () => {
  open({ jsonData: { apiUrl: 'http://aiops:9099', provisionedBy: 'provisioning/plugins/aiops.yaml' } });
  expect(screen.getByText('Set by provisioning/plugins/aiops.yaml')).toBeVisible();
  expect(screen.getByLabelText(/Backend URL/)).toBeDisabled();
  expect(screen.getByLabelText(/Backend URL/)).toHaveValue('http://aiops:9099');
  expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
});

test('an address that is none is told at its field and not saved', async () => {
  const grafana = fakeGrafana();
  open({ jsonData: { apiUrl: 'aiops:9099' } });
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText(/This is no address/)).toBeVisible();
  expect(grafana.calls).toEqual([]);
});

test.each([
  ['', 'missing'],
  ['localhost', 'no-url'],
  ['ftp://host', 'no-url'],
  ['http://user:pw@host', 'credentials'],
  ['http://host?x=1', 'query'],
  ['https://host/base', undefined],
])('the address %p is judged %p', (text, fault) => {
  expect(faultOfUrl(text)).toBe(fault);
});
