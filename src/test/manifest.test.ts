import fs from 'node:fs';
import path from 'node:path';
import { AppPlugin } from '@grafana/data';
import packageJson from '../../package.json';
import pluginJson from '../../plugin.json';
import alertsJson from '../panels/alerts/plugin.json';
import panelJson from '../panels/forecast/plugin.json';
import { addExtensionLinks } from '../extensions/links.tsx';
import {
  alertsPanelId,
  appRoot,
  forecastPanelId,
  planAction,
  pluginId,
  readAction,
  runAction,
  writeAction,
} from '../pluginId.ts';

test('the code and all manifests use the same ids', () => {
  expect(pluginJson.id).toBe(pluginId);
  expect([panelJson.id, alertsJson.id]).toEqual([forecastPanelId, alertsPanelId]);
  expect(packageJson.name).toBe(pluginId);
});

test('the links of the code are those that the manifest declares, or Grafana refuses them', () => {
  const links = addExtensionLinks(new AppPlugin()).addedLinkConfigs;
  const declared = pluginJson.extensions.addedLinks.map(({ title, description, targets }) => ({
    title,
    description,
    targets,
  }));
  expect(links.map(({ title, description, targets }) => ({ title, description, targets: [targets].flat() }))).toEqual(
    declared
  );
});

test('titles of links are long enough for the validator and are not cut in the menu', () => {
  const lengths = pluginJson.extensions.addedLinks.map(({ title }) => title.length);
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(25);
});

test('every page lies below the app and is guarded by an action or a role', () => {
  const pages = pluginJson.includes.filter(({ type }) => type === 'page');
  expect(pages.map(({ path: address }) => address)).toEqual([
    `${appRoot}/overview`,
    `${appRoot}/forecasts`,
    `${appRoot}/anomalies`,
    `${appRoot}/capacity`,
    `${appRoot}/remediation`,
    `${appRoot}/calendars`,
    `/plugins/${pluginId}`,
  ]);
  expect(pages.every((page) => page.action === readAction || page.role === 'Admin')).toBe(true);
});

test('the nested panels and the languages that the manifest names exist', () => {
  const panels = pluginJson.includes.filter(({ type }) => type === 'panel').map((include) => include.path);
  const locales = pluginJson.languages.map((language) => `locales/${language}/${pluginId}.json`);
  expect([...panels, ...locales].filter((file) => !fs.existsSync(path.join('src', file)))).toEqual([]);
});

test('viewers read, editors write and plan, administrators run', () => {
  expect(pluginJson.roles.map(({ role, grants }) => [role.permissions.map(({ action }) => action), grants])).toEqual([
    [[readAction], ['Viewer']],
    [[writeAction], ['Editor']],
    [[planAction], ['Editor']],
    [[runAction], ['Admin']],
  ]);
});
