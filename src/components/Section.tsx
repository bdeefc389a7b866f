import { Stack, Text } from '@grafana/ui';
import type { ReactNode } from 'react';

interface SectionProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** A part of a page with its heading, which screen readers find by name. */
export function Section({ title, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <Stack direction="column" gap={1}>
        <Text element="h2" variant="h5">
          {title}
        </Text>
        {children}
      </Stack>
    </section>
  );
}
