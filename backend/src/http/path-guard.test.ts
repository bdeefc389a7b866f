import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { pathFault } from './path-guard.ts';

const plainSegment = fc.stringMatching(/^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,20}$/);
const hostileText = fc.string({
  unit: fc.constantFrom('/', '.', '\\', '%2e', '%2E', '%2f', '%5c', '%', 'a', '0', ':', '?'),
});

describe('the path guard', () => {
  test('lets plain paths pass, with any query', () => {
    fc.assert(
      fc.property(fc.array(plainSegment, { minLength: 1, maxLength: 6 }), hostileText, (segments, query) => {
        expect(pathFault(`/${segments.join('/')}?${query}`)).toBeUndefined();
      })
    );
  });

  test('refuses every path that a URL parser would change', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const path = `/${text}`.split('?', 1)[0] ?? '';
        const changed = !URL.canParse(path, 'http://h') || new URL(path, 'http://h').pathname !== path;
        expect(changed && pathFault(path) === undefined).toBe(false);
      }),
      { numRuns: 1_000 }
    );
  });

  test('refuses every path whose segments change when it is decoded', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const path = `/${text}`.split('?', 1)[0] ?? '';
        const passed = pathFault(path) === undefined;
        expect(passed && decodeURIComponent(path).split(/[/\\]/).length !== path.split('/').length).toBe(false);
      }),
      { numRuns: 1_000 }
    );
  });
});
