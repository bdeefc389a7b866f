import type { PanelOptionsEditorBuilder, SelectableValue } from '@grafana/data';
import { lateText as t } from '../../app/lateText.ts';
import type { AlertsPanelOptions } from './options.ts';

type Builder = PanelOptionsEditorBuilder<AlertsPanelOptions>;

interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Choices of a multi select: the builder's types take the type of all chosen for that of one. */
function several(choices: readonly Choice[]): { options: Array<SelectableValue<string[]>> } {
  return { options: choices as unknown as Array<SelectableValue<string[]>> };
}

const sources = () =>
  several([
    { value: 'alertmanager', label: 'Alertmanager' },
    { value: 'grafana', label: t('alertsOption.grafana', 'Grafana alerting') },
    { value: 'aiops', label: t('alertsOption.own', 'Anomalies found here') },
  ]);
const states = () =>
  several([
    { value: 'firing', label: t('alertsOption.firing', 'Firing') },
    { value: 'pending', label: t('alertsOption.pending', 'Pending') },
    { value: 'suppressed', label: t('alertsOption.suppressed', 'Silenced') },
    { value: 'resolved', label: t('alertsOption.resolved', 'Resolved') },
  ]);
const groupings = () => ({
  options: [
    { value: 'none', label: t('alertsOption.noGroup', 'Nothing') },
    { value: 'severity', label: t('alertsOption.severity', 'Severity') },
    { value: 'state', label: t('alertsOption.state', 'State') },
    { value: 'source', label: t('alertsOption.source', 'Source') },
    { value: 'job', label: t('alertsOption.job', 'Job') },
    { value: 'label', label: t('alertsOption.label', 'A label') },
  ],
});
const orders = () => ({
  options: [
    { value: 'importance', label: t('alertsOption.importance', 'Most important first') },
    { value: 'newest', label: t('alertsOption.newest', 'Newest first') },
    { value: 'score', label: t('alertsOption.score', 'Highest score first') },
  ],
});

/** What is listed. */
export function addFilterOptions(builder: Builder): void {
  const category = [t('alertsOption.filter', 'What is listed')];
  builder
    .addMultiSelect({
      path: 'sources',
      name: t('alertsOption.sources', 'Sources'),
      category,
      defaultValue: ['alertmanager', 'grafana', 'aiops'],
      settings: sources(),
    })
    .addMultiSelect({
      path: 'states',
      name: t('alertsOption.states', 'States'),
      category,
      defaultValue: ['firing', 'pending', 'suppressed'],
      settings: states(),
    })
    .addTextInput({
      path: 'matchers',
      name: t('alertsOption.matchers', 'Labels'),
      description: t(
        'alertsOption.matchersHelp',
        'Matchers with commas between them; | separates several values, and dashboard variables are replaced'
      ),
      category,
      defaultValue: '',
      settings: { placeholder: 'team=payments, service=$service, severity!=info' },
    })
    .addSliderInput({
      path: 'maxRows',
      name: t('alertsOption.maxRows', 'Rows at most'),
      category,
      defaultValue: 50,
      settings: { min: 5, max: 200, step: 5 },
    });
}

/** How it is laid out. */
export function addLayoutOptions(builder: Builder): void {
  const category = [t('alertsOption.layout', 'Layout')];
  builder
    .addSelect({
      path: 'groupBy',
      name: t('alertsOption.groupBy', 'Group by'),
      category,
      defaultValue: 'none',
      settings: groupings(),
    })
    .addTextInput({
      path: 'groupLabel',
      name: t('alertsOption.groupLabel', 'Label to group by'),
      category,
      defaultValue: 'service',
      showIf: ({ groupBy }) => groupBy === 'label',
    })
    .addSelect({
      path: 'sortBy',
      name: t('alertsOption.sortBy', 'Order'),
      category,
      defaultValue: 'importance',
      settings: orders(),
    })
    .addTextInput({
      path: 'ownerLabels',
      name: t('alertsOption.owners', 'Owner labels'),
      description: t('alertsOption.ownersHelp', 'Labels that say who owns it, with commas between them'),
      category,
      defaultValue: 'team, owner',
    })
    .addBooleanSwitch({
      path: 'showSearch',
      name: t('alertsOption.search', 'Search line'),
      category,
      defaultValue: true,
    });
}
