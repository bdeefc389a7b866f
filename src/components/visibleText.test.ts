import { visibleLines, visibleText } from './visibleText.ts';

test.each([
  ['plain text stays', 'shop-api · 웹 서버 – 5 %', 'shop-api · 웹 서버 – 5 %'],
  ['markup is text already', '<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['an override of the direction is seen', 'web\u202e1-bew', 'web\\u202e1-bew'],
  ['isolates and marks are seen', '\u2066a\u2069\u200f', '\\u2066a\\u2069\\u200f'],
  ['a space without width is seen', 'we\u200bb', 'we\\u200bb'],
  ['escapes of terminals are seen', '\u001b[31mred', '\\u001b[31mred'],
  ['a line end in a label is seen', 'a\nb', 'a\\u000ab'],
  ['tags outside of the first plane are seen', `x${String.fromCodePoint(0xe0041)}`, 'x\\u{e0041}'],
])('%s', (_name, text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test('output keeps its lines and tabs, and nothing else that is hidden', () => {
  expect(visibleLines('ok\r\n\tchanged\u0007\u202e')).toBe('ok\n\tchanged\\u0007\\u202e');
});
