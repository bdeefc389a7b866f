import { useEffect, useState } from 'react';
import { AppEvents, type BusEventType, type BusEventWithPayload } from '@grafana/data';
import { Alert, type AlertVariant } from '@grafana/ui';
import { appEvents } from './services.ts';

interface Notice {
  readonly id: number;
  readonly severity: AlertVariant;
  readonly title: string;
  readonly text: string;
}

const severities: Readonly<Record<string, AlertVariant>> = {
  [AppEvents.alertSuccess.name]: 'success',
  [AppEvents.alertWarning.name]: 'warning',
  [AppEvents.alertError.name]: 'error',
  [AppEvents.alertInfo.name]: 'info',
};
const shownMs = 6000;

/** The notices that plugins publish as `alert-success`, `alert-error` …, in the corner where Grafana shows them. */
export function Notices() {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  useEffect(() => {
    let count = 0;
    const subscriptions = Object.entries(severities).map(([type, severity]) =>
      appEvents.getStream({ type } as BusEventType<BusEventWithPayload<string[]>>).subscribe((event) => {
        const [title = '', text = ''] = event.payload;
        const id = (count += 1);
        setNotices((before) => [...before.slice(-4), { id, severity, title, text }]);
        setTimeout(() => setNotices((before) => before.filter((notice) => notice.id !== id)), shownMs);
      })
    );
    return () => subscriptions.forEach((subscription) => subscription.unsubscribe());
  }, []);
  return (
    <div style={{ position: 'fixed', top: 50, right: 16, width: 400, zIndex: 1100 }} aria-live="polite">
      {notices.map(({ id, severity, title, text }) => (
        <Alert key={id} severity={severity} title={title} elevated>
          {text}
        </Alert>
      ))}
    </div>
  );
}
