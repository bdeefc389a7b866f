import { useEffect, useState } from 'react';
import type { PanelProps } from '@grafana/data';
import { getBackendSrv } from '@grafana/runtime';
import { Badge, Dropdown, IconButton, Menu, Stack } from '@grafana/ui';
import { alertInstancePoint, linksAt, menuTitle } from './extensions.tsx';
import { deepFreeze } from './read-only.ts';

interface Instance {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
  readonly activeAt: string;
  readonly value: string;
}
interface Rule {
  readonly name: string;
  readonly uid?: string;
  readonly alerts?: readonly Instance[];
}
interface Rules {
  readonly data: { readonly groups: ReadonlyArray<{ readonly name: string; readonly rules: readonly Rule[] }> };
}

const rulesUrl = '/api/prometheus/grafana/api/v1/rules';

function InstanceMenu({ instance, rule }: { readonly instance: Instance; readonly rule: Rule }) {
  const links = linksAt(alertInstancePoint, { instance, rule });
  if (links.length === 0) {
    return null;
  }
  const menu = (
    <Menu>
      {links.map((link) => (
        <Menu.Item
          key={link.title}
          label={menuTitle(link.title)}
          {...(link.icon === undefined ? {} : { icon: link.icon })}
          onClick={() => link.onClick?.()}
        />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={menu}>
      <IconButton name="ellipsis-v" aria-label={`More actions for ${rule.name}`} />
    </Dropdown>
  );
}

/** Alert instances in rows with the ⋮ menu; the objects are frozen, as those of Grafana's own list are. */
export function AlertListPanel({ renderCounter }: PanelProps) {
  const [rules, setRules] = useState<readonly Rule[]>([]);
  const [error, setError] = useState<string>();
  useEffect(() => {
    getBackendSrv()
      .get<Rules>(rulesUrl)
      .then((answer) => setRules(deepFreeze(answer.data.groups.flatMap((group) => group.rules))))
      .catch((cause: { status: number }) => setError(`${rulesUrl} answered ${cause.status}`));
  }, [renderCounter]);
  const rows = rules.flatMap((rule) => (rule.alerts ?? []).map((instance) => ({ rule, instance })));
  if (error !== undefined || rows.length === 0) {
    return <div>{error ?? 'No alerts matching filters'}</div>;
  }
  return (
    <Stack direction="column" gap={1}>
      {rows.map(({ rule, instance }, i) => (
        <Stack key={i} direction="row" gap={2} alignItems="center">
          <Badge text={instance.state} color={instance.state === 'firing' ? 'red' : 'orange'} />
          <span style={{ flexGrow: 1 }}>{rule.name}</span>
          <InstanceMenu instance={instance} rule={rule} />
        </Stack>
      ))}
    </Stack>
  );
}
