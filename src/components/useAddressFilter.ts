import { useSearchParams } from 'react-router-dom';

/** The query of the address as a filter, so that a link shows the same list; `all` and an empty text leave it. */
export function useAddressFilter() {
  const [params, setParams] = useSearchParams();
  const set = (changes: Readonly<Record<string, string>>) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [key, value] of Object.entries(changes)) {
          if (value === '' || value === 'all') {
            next.delete(key);
          } else {
            next.set(key, value);
          }
        }
        return next;
      },
      { replace: true }
    );
  return { params, set, clear: () => setParams({}, { replace: true }) };
}
