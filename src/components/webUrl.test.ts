import { webUrl } from './webUrl.ts';

test.each([
  ['javascript:alert(1)', undefined],
  [' javascript:alert(1)', undefined],
  ['java\nscript:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['//evil.example/x', undefined],
  ['/\\evil.example/x', undefined],
  ['/\t/evil.example/x', undefined],
  ['not a url', undefined],
  ['', undefined],
  [null, undefined],
  ['https://runbooks.example/x', 'https://runbooks.example/x'],
  ['/a/selfheal-aiops-app/anomalies', '/a/selfheal-aiops-app/anomalies'],
])('the address %p of an alert becomes %p', (text, url) => {
  expect(webUrl(text)).toBe(url);
});
