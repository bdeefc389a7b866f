import { locationUtil } from '@grafana/data';

/** Stands for wherever Grafana is: an address that leaves it is seen by its other origin. */
const somewhere = 'http://grafana.invalid';

/** An address that an alert names, when it is one that a browser may open: labels come from anywhere. */
export function webUrl(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined || text === '') {
    return undefined;
  }
  if (text.startsWith('/')) {
    const stays = URL.canParse(text, somewhere) && new URL(text, somewhere).origin === somewhere;
    return stays ? locationUtil.assureBaseUrl(text) : undefined;
  }
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : undefined;
}
