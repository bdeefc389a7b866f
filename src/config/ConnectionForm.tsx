import type { AppPluginMeta } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Button, Field, FieldSet, Input, SecretInput } from '@grafana/ui';
import { useMutation } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { faultOfUrl, saveSettings, type AppSettings } from './settings.ts';

interface ConnectionFormProps {
  readonly meta: AppPluginMeta<AppSettings>;
}

function urlFaultText(text: string): string | undefined {
  switch (faultOfUrl(text)) {
    case 'missing':
      return t('config.urlMissing', 'Enter the address of the backend, such as http://aiops:9099');
    case 'no-url':
      return t('config.urlInvalid', 'This is no address: expected http:// or https://, a host and a port');
    case 'credentials':
      return t('config.urlCredentials', 'Every Viewer can read this address: leave user and password out');
    case 'query':
      return t('config.urlQuery', 'Leave out what follows ? or #: the proxy would lose it');
    case undefined:
      return undefined;
  }
}

/** Sends the settings and loads the page again, since Grafana hands them out when it loads. */
function useSave(meta: AppPluginMeta<AppSettings>) {
  return useMutation({
    mutationFn: (change: { apiUrl: string; token: string }) =>
      saveSettings({
        enabled: true,
        pinned: meta.pinned ?? true,
        jsonData: { ...meta.jsonData, apiUrl: change.apiUrl.trim().replace(/\/+$/, '') },
        ...(change.token === '' ? {} : { backendToken: change.token }),
      }),
    onSuccess: () => window.location.reload(),
  });
}

/** Address and token of the backend. */
export function ConnectionForm({ meta }: ConnectionFormProps) {
  const [apiUrl, setApiUrl] = useState(meta.jsonData?.apiUrl ?? '');
  const [token, setToken] = useState('');
  const [tokenKept, setTokenKept] = useState(meta.secureJsonFields?.backendToken === true);
  const [tried, setTried] = useState(false);
  const save = useSave(meta);
  const urlId = useId();
  const tokenId = useId();
  const urlFault = urlFaultText(apiUrl);
  const file = meta.jsonData?.provisionedBy;

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (urlFault === undefined) {
      save.mutate({ apiUrl, token });
    }
  };
  return (
    <form onSubmit={onSubmit} noValidate>
      <FieldSet label={t('config.title', 'AIOps backend')} disabled={file !== undefined}>
        {file === undefined ? null : (
          <Alert severity="info" title={t('config.provisioned', 'Set by {{- file}}', { file })}>
            {t('config.provisionedHow', 'Grafana reads that file at every start: change the values there.')}
          </Alert>
        )}
        <Field
          label={t('config.url', 'Backend URL')}
          description={t('config.urlHelp', 'As Grafana reaches it, not as your browser does')}
          htmlFor={urlId}
          invalid={tried && urlFault !== undefined}
          error={tried ? (urlFault ?? '') : ''}
        >
          <Input
            id={urlId}
            width={60}
            value={apiUrl}
            placeholder="http://aiops:9099"
            onChange={(event) => setApiUrl(event.currentTarget.value)}
          />
        </Field>
        <Field
          label={t('config.token', 'Backend token')}
          description={t('config.tokenHelp', 'The value of AIOPS_TOKEN; only Grafana shows it to the backend')}
          htmlFor={tokenId}
        >
          <SecretInput
            id={tokenId}
            width={60}
            value={token}
            isConfigured={tokenKept}
            disabled={file !== undefined}
            onReset={() => setTokenKept(false)}
            onChange={(event) => setToken(event.currentTarget.value)}
          />
        </Field>
        {save.error === null ? null : (
          <Alert severity="error" title={t('config.saveFailed', 'The settings could not be saved')}>
            {t(
              'config.saveFailedHow',
              'Changing them needs the Admin role. If the app is provisioned from a file, change them there.'
            )}
          </Alert>
        )}
        {file === undefined ? (
          <Button type="submit" disabled={save.isPending} icon={save.isPending ? 'spinner' : 'save'}>
            {meta.enabled === true ? t('config.save', 'Save') : t('config.enable', 'Enable and save')}
          </Button>
        ) : null}
      </FieldSet>
    </form>
  );
}
