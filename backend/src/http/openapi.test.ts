import { expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { openApiDocument } from './openapi.ts';
import { routes } from './routes/index.ts';

const file = new URL('../../docs/openapi.json', import.meta.url);
const packageFile = new URL('../../package.json', import.meta.url);

/** UPDATE_OPENAPI=1 writes the document anew. */
test('the committed description is what the route table says', async () => {
  const { version }: { version: string } = JSON.parse(await readFile(packageFile, 'utf8'));
  const text = `${JSON.stringify(openApiDocument(version), null, 2)}\n`;
  if (process.env['UPDATE_OPENAPI'] === '1') {
    await writeFile(file, text);
  }
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('every operation says which problems it can answer', () => {
  const document = openApiDocument('1.2.3');
  for (const route of routes) {
    const path = `/api/v1${route.path.replace(/:(\w+)/g, '{$1}')}`;
    const operation = document.paths?.[path]?.[route.method];
    expect(Object.keys(operation?.responses ?? {})).toEqual(
      expect.arrayContaining([String(route.success.status), '400', '401', '403', '429', '500', '504'])
    );
  }
});

test('only changes need a signed user', () => {
  const document = openApiDocument('1.2.3');
  expect(document.paths?.['/api/v1/jobs']?.post?.security).toEqual([{ token: [], signedUser: [] }]);
  expect(document.paths?.['/api/v1/forecasts/preview']?.post?.security).toEqual([{ token: [] }]);
});

test('schemas of the contract are named once and referred to', () => {
  const { components, paths } = openApiDocument('1.2.3');
  expect(Object.keys(components?.schemas ?? {})).toEqual(expect.arrayContaining(['JobSpec', 'Preview', 'Problem']));
  expect(JSON.stringify(paths)).toContain('#/components/schemas/JobSummary');
});
