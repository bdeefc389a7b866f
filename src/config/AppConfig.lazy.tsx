import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Stack } from '@grafana/ui';
import { createQueryClient } from '../api/queryClient.ts';
import { ConnectionForm } from './ConnectionForm.tsx';
import { ConnectionTest } from './ConnectionTest.tsx';
import type { AppSettings } from './settings.ts';

/** Where the backend is, the token that Grafana shows it, and a test that names what is wrong. */
export default function AppConfig({ plugin }: PluginConfigPageProps<AppPluginMeta<AppSettings>>) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <Stack direction="column" gap={3}>
        <ConnectionForm meta={plugin.meta} />
        {plugin.meta.enabled === true ? <ConnectionTest /> : null}
      </Stack>
    </QueryClientProvider>
  );
}
